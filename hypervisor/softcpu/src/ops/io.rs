//! IN and OUT.

use crate::cpu::Cpu;
use crate::fault::{Done, Stop, gp};
use crate::op::Op;
use crate::word::Word;

/// Byte of a 32-bit TSS where the offset of the I/O bitmap lies.
const TSS_BITMAP: u32 = 0x66;

impl Cpu<'_> {
    /// The permission check of port instructions.
    #[inline]
    pub(crate) fn check_port(&mut self, port: u16, bytes: u32) -> Done {
        if !self.protected() || !self.v86() && self.s.cpl <= self.iopl() {
            return Ok(());
        }
        self.check_bitmap(port, bytes)
    }

    #[inline(never)]
    fn check_bitmap(&mut self, port: u16, bytes: u32) -> Done {
        let tr = self.s.tr;
        let is_32 = tr.access.bits() & 8 != 0;
        if !is_32 || tr.limit < TSS_BITMAP + 1 {
            return Err(gp(0));
        }
        let bitmap = self.read_system::<u16>(tr.base.wrapping_add(TSS_BITMAP))?;
        let at = bitmap + u32::from(port >> 3);
        if at + 1 > tr.limit {
            return Err(gp(0));
        }
        let bits = self.read_system::<u16>(tr.base.wrapping_add(at))? >> (port & 7);
        if bits & ((1 << bytes) - 1) != 0 { Err(gp(0)) } else { Ok(()) }
    }

    pub(crate) fn read_port<W: Word>(&mut self, port: u16) -> Result<u32, Stop> {
        self.check_port(port, W::BYTES)?;
        let value = self.bus.read_port(port, W::WIDTH, self.s.retired) & W::MASK;
        self.look_around();
        self.watch_port(port, W::BYTES);
        Ok(value)
    }

    pub(crate) fn write_port<W: Word>(&mut self, port: u16, value: u32) -> Done {
        self.check_port(port, W::BYTES)?;
        self.bus.write_port(port, W::WIDTH, value & W::MASK, self.s.retired);
        self.look_around();
        self.watch_port(port, W::BYTES);
        Ok(())
    }
}

/// `in acc, imm`
pub(crate) fn in_imm<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let value = cpu.read_port::<W>(op.imm as u16 & 0xFF)?;
    W::set(&mut cpu.s.gpr, 0, value);
    Ok(())
}

/// `in acc, dx`
pub(crate) fn in_dx<W: Word>(cpu: &mut Cpu, _: &Op) -> Done {
    let port = cpu.s.gpr[2] as u16;
    let value = cpu.read_port::<W>(port)?;
    W::set(&mut cpu.s.gpr, 0, value);
    Ok(())
}

/// `out imm, acc`
pub(crate) fn out_imm<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let value = W::get(&cpu.s.gpr, 0);
    cpu.write_port::<W>(op.imm as u16 & 0xFF, value)
}

/// `out dx, acc`
pub(crate) fn out_dx<W: Word>(cpu: &mut Cpu, _: &Op) -> Done {
    let (port, value) = (cpu.s.gpr[2] as u16, W::get(&cpu.s.gpr, 0));
    cpu.write_port::<W>(port, value)
}
