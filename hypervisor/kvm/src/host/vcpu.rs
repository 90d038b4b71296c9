//! A virtual machine of one vCPU, and its exits as values.
//!
//! `unsafe` here: what the kernel wrote into the page that it shares with us, and two system calls.

use super::{fpu, kick, registers};
use crate::Unavailable;
use backplane::Width;
use engine::CpuState;
use kvm_bindings::{
    CpuId, KVM_CAP_EXIT_ON_EMULATION_FAILURE, KVM_CAP_X86_USER_SPACE_MSR, KVM_MSR_EXIT_REASON_FILTER,
    KVM_MSR_EXIT_REASON_INVAL, KVM_MSR_EXIT_REASON_UNKNOWN, Msrs, kvm_cpuid_entry2, kvm_enable_cap,
    kvm_interrupt, kvm_msr_entry, kvm_sregs, kvm_vcpu_events, kvm_xsave,
};
use kvm_ioctls::{Cap, Kvm as System, MsrFilterDefaultAction, MsrFilterRange, MsrFilterRangeFlags};
use kvm_ioctls::{VcpuExit, VcpuFd, VmFd};
use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What made the vCPU come out.
#[derive(Debug)]
pub(super) enum Came {
    /// Port accesses of one width, the data where the answer goes.
    Ports {
        port: u16,
        width: Width,
        write: bool,
        data: Vec<u8>,
    },
    /// An access to memory that is none.
    Memory {
        address: u64,
        write: bool,
        data: Vec<u8>,
    },
    /// HLT.
    Halt,
    /// Interrupts can be taken.
    Window,
    /// The timer, or the flag.
    Kicked,
    /// RDMSR or WRMSR, which fails when the vCPU goes on.
    Msr,
    Shutdown,
    Entry,
    Emulation,
    Other(String),
}

/// The machine and its CPU.
pub(super) struct Vcpu {
    vcpu: VcpuFd,
    pub(super) vm: VmFd,
    fresh: kvm_sregs,
}

/// Model-specific registers that the host's CPU works with.
mod msr {
    pub(super) const TSC: u32 = 0x10;
    pub(super) const SYSENTER: [u32; 3] = [0x174, 0x175, 0x176];
}

/// Pages for the kernel's own use on some hosts: below the local APIC, where no chip is.
const IDENTITY_PAGE: u64 = 0xFEFF_C000;
const TASK_PAGES: usize = 0xFEFF_D000;

/// KVM_INTERRUPT, which `kvm-ioctls` has not.
const INTERRUPT: libc::c_ulong = 0x4004_AE86;

/// Opens the device and looks at what must be there.
pub(super) fn open(device: &Path) -> Result<System, Unavailable> {
    let place = || device.to_owned();
    let name = CString::new(device.as_os_str().as_bytes()).map_err(|_| Unavailable::Missing(place()))?;
    let system = System::new_with_path(&name).map_err(|error| match error.errno() {
        libc::ENOENT | libc::ENXIO | libc::ENODEV | libc::ENOTDIR => Unavailable::Missing(place()),
        _ => Unavailable::Refused { device: place(), cause: error.to_string() },
    })?;
    if system.get_api_version() != 12 {
        return Err(Unavailable::Foreign(place()));
    }
    let needs = [
        (Cap::UserMemory, "memory slots"),
        (Cap::ReadonlyMem, "read-only memory slots"),
        (Cap::ImmediateExit, "immediate exit"),
        (Cap::VcpuEvents, "vCPU events"),
        (Cap::Debugregs, "debug registers"),
        (Cap::Xsave, "XSAVE"),
    ];
    for (cap, lacks) in needs {
        if !system.check_extension(cap) {
            return Err(Unavailable::Lacks { device: place(), lacks });
        }
    }
    if system.check_extension_raw(KVM_CAP_X86_USER_SPACE_MSR.into()) <= 0 {
        return Err(Unavailable::Lacks { device: place(), lacks: "exits for model-specific registers" });
    }
    Ok(system)
}

impl Vcpu {
    /// A vCPU that is what `cpu` is a preset of. CPUID cannot change afterwards.
    pub(super) fn new(system: &System, cpu: &CpuState) -> Result<Vcpu, kvm_ioctls::Error> {
        let vm = system.create_vm()?;
        // Some hosts need these before there is a vCPU, and some refuse them.
        let _ = vm.set_identity_map_address(IDENTITY_PAGE);
        let _ = vm.set_tss_address(TASK_PAGES);
        let reasons = KVM_MSR_EXIT_REASON_FILTER | KVM_MSR_EXIT_REASON_INVAL | KVM_MSR_EXIT_REASON_UNKNOWN;
        enable(&vm, KVM_CAP_X86_USER_SPACE_MSR, reasons.into())?;
        // One range is the least; what is in none is denied, too.
        let range = MsrFilterRange {
            flags: MsrFilterRangeFlags::READ | MsrFilterRangeFlags::WRITE,
            base: 0,
            msr_count: 32,
            bitmap: &[0; 4],
        };
        vm.set_msr_filter(MsrFilterDefaultAction::DENY, &[range])?;
        if vm.check_extension_raw(KVM_CAP_EXIT_ON_EMULATION_FAILURE.into()) > 0 {
            enable(&vm, KVM_CAP_EXIT_ON_EMULATION_FAILURE, 1)?;
        }
        let vcpu = vm.create_vcpu(0)?;
        vcpu.set_cpuid2(&cpuid(cpu))?;
        let tsc_khz = (cpu.model.tsc_hz() / 1000) as u32;
        if vm.check_extension(Cap::TscControl) {
            // Without it the counter ticks at the host's rate.
            let _ = vcpu.set_tsc_khz(tsc_khz);
        }
        let fresh = vcpu.get_sregs()?;
        Ok(Vcpu { vcpu, vm, fresh })
    }

    /// Puts a CPU into the vCPU, whose own state is lost.
    pub(super) fn load(&self, cpu: &CpuState, tsc: u64) -> Result<(), kvm_ioctls::Error> {
        let sregs = registers::system(cpu, &self.fresh);
        if cpu.cr0 & engine::CrZero::PG.bits() != 0 {
            // Only a change of CR0, CR3 or CR4 makes the kernel drop translations of the tables as they were.
            let paging_off = sregs.cr0 & !u64::from(engine::CrZero::PG.bits());
            self.vcpu.set_sregs(&kvm_sregs { cr0: paging_off, ..sregs })?;
        }
        self.vcpu.set_sregs(&sregs)?;
        self.vcpu.set_regs(&registers::general(cpu))?;
        // SAFETY: the image has the parts of the first 576 bytes only, and no part was enabled by request.
        unsafe { self.vcpu.set_xsave(&fpu::image(cpu)) }?;
        self.vcpu.set_debug_regs(&registers::debug(cpu))?;
        let sysenter = [cpu.msr.sysenter_cs, cpu.msr.sysenter_esp, cpu.msr.sysenter_eip].map(u64::from);
        let mut entries = vec![entry(msr::TSC, tsc)];
        entries.extend(msr::SYSENTER.into_iter().zip(sysenter).map(|(index, data)| entry(index, data)));
        self.vcpu.set_msrs(&msrs(&entries)?)?;
        self.vcpu.set_vcpu_events(&registers::events(cpu))
    }

    /// Takes the CPU out: its TSC, and the vector of an interrupt that was acknowledged and is not delivered.
    pub(super) fn unload(&self, cpu: &mut CpuState) -> Result<(u64, Option<u8>), kvm_ioctls::Error> {
        let mut read =
            msrs(&[msr::TSC, msr::SYSENTER[0], msr::SYSENTER[1], msr::SYSENTER[2]].map(|n| entry(n, 0)))?;
        self.vcpu.get_msrs(&mut read)?;
        let (regs, sregs) = (self.vcpu.get_regs()?, self.vcpu.get_sregs()?);
        let (xsave, debug, events): (kvm_xsave, _, kvm_vcpu_events) =
            (self.vcpu.get_xsave()?, self.vcpu.get_debug_regs()?, self.vcpu.get_vcpu_events()?);
        registers::take_general(cpu, &regs);
        registers::take_system(cpu, &sregs);
        fpu::take(cpu, &xsave);
        registers::take_debug(cpu, &debug);
        let [tsc, cs, esp, eip] = [0, 1, 2, 3].map(|n: usize| read.as_slice()[n].data);
        (cpu.msr.sysenter_cs, cpu.msr.sysenter_esp, cpu.msr.sysenter_eip) =
            (cs as u32, esp as u32, eip as u32);
        Ok((tsc, registers::take_events(cpu, &events)))
    }

    /// Puts an acknowledged interrupt before the next instruction.
    pub(super) fn interrupt(&self, vector: u8) -> std::io::Result<()> {
        let what = kvm_interrupt { irq: vector.into() };
        // SAFETY: the descriptor is a vCPU's, and the kernel reads the structure, which lives through the call.
        match unsafe { libc::ioctl(self.vcpu.as_raw_fd(), INTERRUPT, &what) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    }

    /// Whether an interrupt could be put before the next instruction when the vCPU came out.
    pub(super) fn takes_interrupts(&mut self) -> bool {
        let shared = self.vcpu.get_kvm_run();
        shared.ready_for_interrupt_injection != 0 && shared.if_flag != 0
    }

    /// Asks for, or renounces, an exit when interrupts can be taken.
    pub(super) fn want_window(&mut self, wanted: bool) {
        self.vcpu.get_kvm_run().request_interrupt_window = wanted.into();
    }

    /// Makes the next entry come out at once, behind what is under way; or not.
    pub(super) fn exit_at_once(&mut self, at_once: bool) {
        self.vcpu.set_kvm_immediate_exit(at_once.into());
    }

    /// Enters the guest. The signal of a timer that `arm` sets brings it out, however soon it comes.
    pub(super) fn enter(&mut self, arm: impl FnOnce()) -> Came {
        let flag = &raw mut self.vcpu.get_kvm_run().immediate_exit;
        // SAFETY: the page lives as long as the vCPU, which is borrowed until the guard is dropped below.
        let watched = unsafe { kick::Watched::new(flag) };
        arm();
        let came = match self.vcpu.run() {
            Ok(VcpuExit::IoIn(port, data)) => Ok((port, false, data.to_vec())),
            Ok(VcpuExit::IoOut(port, data)) => Ok((port, true, data.to_vec())),
            Ok(VcpuExit::MmioRead(address, data)) => {
                Err(Came::Memory { address, write: false, data: data.to_vec() })
            }
            Ok(VcpuExit::MmioWrite(address, data)) => {
                Err(Came::Memory { address, write: true, data: data.to_vec() })
            }
            Ok(VcpuExit::Hlt) => Err(Came::Halt),
            Ok(VcpuExit::IrqWindowOpen) => Err(Came::Window),
            Ok(VcpuExit::Intr) => Err(Came::Kicked),
            Ok(VcpuExit::X86Rdmsr(exit)) => {
                *exit.error = 1;
                Err(Came::Msr)
            }
            Ok(VcpuExit::X86Wrmsr(exit)) => {
                *exit.error = 1;
                Err(Came::Msr)
            }
            Ok(VcpuExit::Shutdown) => Err(Came::Shutdown),
            Ok(VcpuExit::FailEntry(..)) => Err(Came::Entry),
            Ok(VcpuExit::InternalError) => Err(Came::Emulation),
            Ok(other) => Err(Came::Other(format!("{other:?}"))),
            Err(error) if [libc::EINTR, libc::EAGAIN].contains(&error.errno()) => Err(Came::Kicked),
            Err(error) => Err(Came::Other(error.to_string())),
        };
        drop(watched);
        let (port, write, data) = match came {
            Ok(ports) => ports,
            Err(came) => return came,
        };
        // SAFETY: the exit was one for ports, so this part of the union was written.
        let width = match unsafe { self.vcpu.get_kvm_run().__bindgen_anon_1.io.size } {
            1 => Width::Byte,
            2 => Width::Word,
            _ => Width::Dword,
        };
        Came::Ports { port, width, write, data }
    }

    /// Gives the answer to a read of ports that came last.
    pub(super) fn answer_ports(&mut self, data: &[u8]) {
        let shared = self.vcpu.get_kvm_run();
        // SAFETY: as in `enter`; the kernel put `count` items of `size` bytes at `data_offset` of the mapping, and `data` is as long.
        unsafe {
            let io = shared.__bindgen_anon_1.io;
            let len = data.len().min(io.count as usize * usize::from(io.size));
            let to = std::ptr::from_mut(shared).cast::<u8>().add(io.data_offset as usize);
            to.copy_from_nonoverlapping(data.as_ptr(), len);
        }
    }

    /// Gives the answer to a read of memory that came last.
    pub(super) fn answer_memory(&mut self, data: &[u8]) {
        // SAFETY: the exit was one for memory, so this part of the union was written; all of it is plain bytes.
        let mmio = unsafe { &mut self.vcpu.get_kvm_run().__bindgen_anon_1.mmio };
        for (to, from) in mmio.data.iter_mut().zip(data) {
            *to = *from;
        }
    }
}

fn enable(vm: &VmFd, cap: u32, argument: u64) -> Result<(), kvm_ioctls::Error> {
    let mut what = kvm_enable_cap { cap, ..kvm_enable_cap::default() };
    what.args[0] = argument;
    vm.enable_cap(&what)
}

fn entry(index: u32, data: u64) -> kvm_msr_entry {
    kvm_msr_entry { index, data, ..kvm_msr_entry::default() }
}

fn msrs(entries: &[kvm_msr_entry]) -> Result<Msrs, kvm_ioctls::Error> {
    Msrs::from_entries(entries).map_err(|_| kvm_ioctls::Error::new(libc::ENOMEM))
}

/// The preset's leaves, and no others.
fn cpuid(cpu: &CpuState) -> CpuId {
    let last = cpu.cpuid(0)[0];
    let mut leaves: Vec<u32> = (0..=last).collect();
    let extended = cpu.cpuid(0x8000_0000)[0];
    if extended >= 0x8000_0000 {
        leaves.extend(0x8000_0000..=extended);
    }
    let entries: Vec<_> = leaves
        .into_iter()
        .map(|function| {
            let [eax, ebx, ecx, edx] = cpu.cpuid(function);
            kvm_cpuid_entry2 { function, eax, ebx, ecx, edx, ..kvm_cpuid_entry2::default() }
        })
        .collect();
    CpuId::from_entries(&entries).unwrap_or_else(|_| unreachable!("a handful of leaves"))
}
