//! What CPU test programs need of `relic run` and of `guest.toml`: ROM images, POST codes, ports of their own, an end of
//! their own.

use crate::console::Console;
use crate::guest::Stop;
use crate::guest_file::{MachineTable, RomEntry};
use crate::prepare;
use crate::session::Session;
use clap::Args;
use std::path::PathBuf;

/// Where `--debug-exit` is without a port.
const EXIT_PORT: &str = "F4";

/// Options of `relic run` for CPU test programs.
#[derive(Args)]
#[command(next_help_heading = "CPU test programs")]
pub(crate) struct CpuTestArgs {
    /// A ROM image at a physical address in hex, as test.bin@E0000; may be given several times. One that ends at 100000 (1 MiB)
    /// or 100000000 (4 GiB) takes the place of the system BIOS and is seen at both
    #[arg(long, value_name = "FILE@ADDR", value_parser = rom)]
    pub(crate) rom: Vec<RomEntry>,
    /// The port, in hex, that the POST card listens to [default: 80]; shows its codes at the end
    #[arg(long, value_name = "PORT", value_parser = port)]
    post_port: Option<u16>,
    /// Run until the POST card shows this code, in hex; done in order with --type and --until-text
    #[arg(long, value_name = "CODE", value_parser = code)]
    until_post: Vec<u8>,
    /// One more port, in hex, for debug text, beside E9 and 402
    #[arg(long, value_name = "PORT", value_parser = port)]
    debug_port: Option<u16>,
    /// A port, in hex, where a write of N ends the run [default: F4]: the exit code is 0 if N is 0, otherwise 1; QEMU's
    /// isa-debug-exit ends with (N << 1) | 1
    #[arg(long, value_name = "PORT", value_parser = port, num_args = 0..=1, require_equals = true,
          default_missing_value = EXIT_PORT)]
    debug_exit: Option<u16>,
    /// The CPU has its local APIC, from the Pentium on
    #[arg(long)]
    apic: bool,
    /// The ports of QEMU's pc-testdev: E0-EB (E9 then takes no debug text), 2000-2017, and memory at FF000000
    #[arg(long)]
    testdev: bool,
}

/// A number in hex, written `1F0`, `1F0h` or `0x1F0`.
fn hex(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0x").or(text.strip_suffix(['h', 'H'])).unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| plain)
}

fn port(text: &str) -> Result<u16, String> {
    hex(text).and_then(|port| port.try_into().ok()).ok_or("a port is 0 to FFFF in hex".into())
}

fn code(text: &str) -> Result<u8, String> {
    hex(text).and_then(|code| code.try_into().ok()).ok_or("a POST code is 0 to FF in hex".into())
}

fn rom(text: &str) -> Result<RomEntry, String> {
    let (path, address) = text.rsplit_once('@').ok_or("write it as FILE@ADDR, such as test.bin@E0000")?;
    let address = hex(address).ok_or("the address is 0 to FFFFFFFF in hex")?;
    if path.is_empty() {
        return Err("it names no file".into());
    }
    Ok(RomEntry { path: prepare::written(&PathBuf::from(path)), address })
}

impl CpuTestArgs {
    /// What the command line says goes before what the guest's file says.
    pub(crate) fn overrule(&self, machine: &mut MachineTable) {
        if !self.rom.is_empty() {
            machine.rom.clone_from(&self.rom);
        }
        machine.post_port = self.post_port.or(machine.post_port);
        machine.debug_port = self.debug_port.or(machine.debug_port);
        machine.debug_exit = self.debug_exit.or(machine.debug_exit);
        machine.apic |= self.apic;
        machine.testdev |= self.testdev;
    }

    /// Says, beside the results, what the POST card shows if that was asked for, and that a test program is content. One
    /// that is not is a failure, which is said anyway.
    pub(crate) fn report(&self, name: &str, session: &mut Session, console: &Console) {
        if let Some(port) = self.post_port {
            let codes = session.post_codes().join(" ");
            console.complain(format!("relic: {name}: POST codes at port {port:X}h: {codes}"));
        }
        if session.ended() == Some(&Stop::Exited(0)) {
            console.complain(format!("relic: {name}: the guest exited with 0"));
        }
    }
}
