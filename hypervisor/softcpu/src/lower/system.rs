//! System instructions and ports.

use super::{Lowering, sized};
use crate::op::Run;
use crate::ops::{bits, escape, identify, io, loadall, msr, segment, system};
use iced_x86::{Code, Mnemonic as M};

impl Lowering<'_> {
    pub(super) fn system(&mut self, opcode: u8) -> Option<Run> {
        self.ports(opcode).or_else(|| self.selectors()).or_else(|| self.registers_of_the_system())
    }

    fn ports(&mut self, opcode: u8) -> Option<Run> {
        let size = if opcode & 1 == 0 { 1 } else { self.word() };
        Some(match (self.ins.mnemonic(), opcode & 8 != 0) {
            (M::In, false) => sized!(size, io::in_imm),
            (M::In, true) => sized!(size, io::in_dx),
            (M::Out, false) => sized!(size, io::out_imm),
            (M::Out, true) => sized!(size, io::out_dx),
            _ => return None,
        })
    }

    fn selectors(&mut self) -> Option<Run> {
        let run: Run = match self.ins.mnemonic() {
            M::Lar => return Some(self.examine(true)),
            M::Lsl => return Some(self.examine(false)),
            M::Verr => segment::verr,
            M::Verw => segment::verw,
            M::Arpl => segment::arpl,
            M::Lldt => segment::lldt,
            M::Ltr => segment::ltr,
            M::Sldt => segment::sldt,
            M::Str => segment::str,
            _ => return None,
        };
        Some(run)
    }

    fn examine(&mut self, rights: bool) -> Run {
        if !self.op.memory {
            std::mem::swap(&mut self.op.reg, &mut self.op.rm);
        }
        let size = self.word();
        if rights { sized!(size, segment::lar) } else { sized!(size, segment::lsl) }
    }

    fn registers_of_the_system(&mut self) -> Option<Run> {
        let m = self.ins.mnemonic();
        self.op.extra = u8::from(matches!(m, M::Lidt | M::Sidt));
        Some(match m {
            M::Lgdt | M::Lidt => system::load_table,
            M::Sgdt | M::Sidt => system::store_table,
            M::Smsw => system::smsw,
            M::Lmsw => system::lmsw,
            M::Clts => system::clts,
            M::Invlpg => system::invlpg,
            M::Invd | M::Wbinvd => system::invalidate_caches,
            M::Cpuid => identify::cpuid,
            M::Rdtsc => identify::rdtsc,
            M::Rdpmc => identify::rdpmc,
            M::Rdmsr => msr::rdmsr,
            M::Wrmsr => msr::wrmsr,
            M::Sysenter => system::sysenter,
            M::Sysexit => system::sysexit,
            M::Loadall if self.ins.code() == Code::Loadall386 => loadall::loadall_386,
            M::Loadall => loadall::loadall_286,
            M::Wait => escape::wait,
            M::Ud0 | M::Ud1 | M::Ud2 => bits::undefined,
            _ => return None,
        })
    }
}
