//! Options of `relic run` for kernels without a disk, and for the serial console that they speak on.

use crate::guest_file::MachineTable;
use crate::prepare;
use crate::session::Session;
use clap::Args;
use std::path::PathBuf;

/// Options of `relic run` for kernels and the serial console.
#[derive(Args)]
#[command(next_help_heading = "Kernels and the serial console")]
pub(crate) struct KernelArgs {
    /// Boot this Linux bzImage or multiboot kernel in place of a disk
    #[arg(long, value_name = "FILE")]
    pub(crate) kernel: Option<PathBuf>,
    /// The kernel's initial RAM disk, or its multiboot module
    #[arg(long, value_name = "FILE")]
    initrd: Option<PathBuf>,
    /// The kernel's command line
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    append: Option<String>,
    /// Print what comes from the first serial port, as it comes
    #[arg(long)]
    pub(crate) serial: bool,
    /// Run until the first serial port has sent this; done in order with --until-text and --type
    #[arg(long, value_name = "TEXT")]
    until_serial: Vec<String>,
    /// Send this to the first serial port, as `ls\r`; done in order with --until-text and --type
    #[arg(long, value_name = "TEXT", value_parser = unescaped)]
    send_serial: Vec<String>,
}

/// `\r`, `\n`, `\t`, `\e` and `\\` as the bytes they stand for.
fn unescaped(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        out.push(match c {
            '\\' => match rest.next() {
                Some('r') => '\r',
                Some('n') => '\n',
                Some('t') => '\t',
                Some('e') => '\x1B',
                Some('\\') => '\\',
                other => {
                    return Err(format!(
                        "`\\{}` means nothing; \\r \\n \\t \\e \\\\ do",
                        other.unwrap_or(' ')
                    ));
                }
            },
            c => c,
        });
    }
    Ok(out)
}

impl KernelArgs {
    /// What the command line says goes before what the guest's file says.
    pub(crate) fn overrule(&self, machine: &mut MachineTable) {
        let file = |to: &mut Option<PathBuf>, from: &Option<PathBuf>| {
            *to = from.as_deref().map(prepare::written).or(to.take());
        };
        file(&mut machine.kernel, &self.kernel);
        file(&mut machine.initrd, &self.initrd);
        machine.append = self.append.clone().or(machine.append.take());
    }

    /// Lets the serial port be heard.
    pub(crate) fn listen(&self, session: &mut Session) {
        if self.serial {
            session.listen_serial(Box::new(std::io::stdout()));
        }
    }
}
