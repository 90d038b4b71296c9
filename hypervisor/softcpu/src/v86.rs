//! Virtual-8086 mode extensions: INT n through the task's own vector table, virtual interrupts (Intel SDM vol. 3, chapter
//! 20, "8086 Emulation").

use crate::cpu::{Cpu, cr4};
use crate::fault::{Done, Stop};
use crate::ops::stack::virtual_image;
use engine::{EFlags, Seg};

const TSS_BITMAP: u32 = 0x66;

/// Whether INT `number` goes to the monitor: its bit in the TSS's redirection bitmap is set, or there is none.
pub(crate) fn redirected_to_monitor(cpu: &mut Cpu, number: u8) -> Result<bool, Stop> {
    let tr = cpu.s.tr;
    if tr.access.bits() & 8 == 0 || tr.limit < TSS_BITMAP + 1 {
        return Ok(true);
    }
    let bitmap = cpu.read_system::<u16>(tr.base.wrapping_add(TSS_BITMAP))?;
    let at = bitmap.wrapping_sub(32).wrapping_add(u32::from(number >> 3));
    if at > tr.limit {
        return Ok(true);
    }
    let byte = cpu.read_system::<u8>(tr.base.wrapping_add(at))?;
    Ok(byte >> (number & 7) & 1 != 0)
}

/// Whether a virtual interrupt waits for a task that has them enabled: #GP before its next instruction (section 20.3.2).
/// POPF, IRET or a task switch can bring that about.
pub(crate) fn interrupt_waits(cpu: &Cpu) -> bool {
    let both = (EFlags::VIF | EFlags::VIP).bits();
    if cpu.s.eflags & both != both || cpu.s.cpl != 3 || cpu.iopl() == 3 {
        return false;
    }
    let mode = if cpu.v86() { cr4::VME } else { cr4::PVI };
    cpu.s.cr4 & mode != 0
}

/// INT through the vector table at linear 0, as an 8086 does it.
pub(crate) fn interrupt(cpu: &mut Cpu, number: u8) -> Done {
    cpu.atomically(|cpu| {
        let entry = cpu.read_linear::<u32>(u32::from(number) * 4, cpu.side)?;
        let own_flag = cpu.iopl() == 3;
        let image = if own_flag { cpu.flags() } else { virtual_image(cpu) };
        cpu.push::<u16>(image)?;
        cpu.push::<u16>(u32::from(cpu.seg(Seg::Cs).selector))?;
        cpu.push::<u16>(cpu.s.eip)?;
        let flag = if own_flag { EFlags::IF } else { EFlags::VIF };
        cpu.s.eflags &= !(flag | EFlags::TF).bits();
        cpu.load_real_seg(Seg::Cs as usize, (entry >> 16) as u16);
        cpu.s.eip = entry & 0xFFFF;
        cpu.no_step = true;
        Ok(())
    })
}
