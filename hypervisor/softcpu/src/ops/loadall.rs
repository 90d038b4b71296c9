//! LOADALL of the 80286 (0F 05) and the 80386 (0F 07): every register with its hidden part, from memory, unchecked.
//!
//! Neither is in Intel's manuals; the layouts are those of Robert Collins' articles ("The LOADALL Instruction", TECH
//! Specialist, October 1991).

use crate::cpu::Cpu;
use crate::fault::{Done, Stop};
use crate::op::Op;
use crate::word::Word;
use engine::{CrZero, EFlags, Seg, SegAccess, Segment, Table};

/// Physical address of the 286's image.
const IMAGE_286: u32 = 0x800;
/// EFLAGS of a 386 that hold something.
const FLAGS_386: u32 = 0x0003_7FD5;

/// Bytes of an image.
struct Image<const BYTES: usize>([u8; BYTES]);

impl<const BYTES: usize> Image<BYTES> {
    fn word(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.0[at], self.0[at + 1]])
    }
    fn dword(&self, at: usize) -> u32 {
        u32::from(self.word(at)) | u32::from(self.word(at + 2)) << 16
    }
}

impl Image<0x66> {
    /// A hidden part: 24 bits of base, access, limit.
    fn segment(&self, at: usize, selector: u16) -> Segment {
        Segment {
            base: self.dword(at) & 0x00FF_FFFF,
            limit: u32::from(self.word(at + 4)),
            selector,
            access: SegAccess::from_bits_retain(u16::from(self.0[at + 3])),
        }
    }
    fn table(&self, at: usize) -> Table {
        Table { base: self.dword(at) & 0x00FF_FFFF, limit: self.word(at + 4) }
    }
}

impl Image<0xCC> {
    /// A hidden part: access where a descriptor has it, base, limit in bytes.
    fn segment(&self, at: usize, selector: u16) -> Segment {
        let access = (self.dword(at) >> 8 & 0x40FF) as u16;
        Segment {
            base: self.dword(at + 4),
            limit: self.dword(at + 8),
            selector,
            access: SegAccess::from_bits_retain(access),
        }
    }
    fn table(&self, at: usize) -> Table {
        Table { base: self.dword(at + 4), limit: self.word(at + 8) }
    }
}

/// LOADALL of the 286. It can set the protection enable bit and not clear it.
pub(crate) fn loadall_286(cpu: &mut Cpu, _: &Op) -> Done {
    cpu.require_cpl0()?;
    let mut image = Image([0; 0x66]);
    for (n, byte) in (0..).zip(&mut image.0) {
        let at = IMAGE_286 + n;
        *byte = (cpu.read_physical(at) >> (8 * (at & 3))) as u8;
    }
    let i = &image;
    cpu.s.cr0 = cpu.s.cr0 & !0xE | u32::from(i.word(0x06) & 0xF);
    cpu.s.eip = u32::from(i.word(0x1A));
    for (r, at) in (0..).zip([0x34, 0x32, 0x30, 0x2E, 0x2C, 0x2A, 0x28, 0x26]) {
        u16::set(&mut cpu.s.gpr, r, u32::from(i.word(at)));
    }
    let parts = [(Seg::Es, 0x24, 0x36), (Seg::Cs, 0x22, 0x3C), (Seg::Ss, 0x20, 0x42), (Seg::Ds, 0x1E, 0x48)];
    for (n, selector, hidden) in parts {
        cpu.set_seg(n as usize, i.segment(hidden, i.word(selector)));
    }
    cpu.s.gdtr = i.table(0x4E);
    cpu.s.ldtr = i.segment(0x54, i.word(0x1C));
    cpu.s.idtr = i.table(0x5A);
    cpu.s.tr = i.segment(0x60, i.word(0x16));
    finish(cpu, u32::from(i.word(0x18)) & 0x7FD5);
    Ok(())
}

/// LOADALL of the 386, from ES:EDI.
pub(crate) fn loadall_386(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.require_cpl0()?;
    let image = read_386(cpu, op)?;
    let i = &image;
    let known = CrZero::PE | CrZero::MP | CrZero::EM | CrZero::TS | CrZero::PG;
    cpu.s.cr0 = i.dword(0) & known.bits() | CrZero::ET.bits();
    cpu.s.eip = i.dword(0x08);
    for (r, at) in (0..8).zip([0x28, 0x24, 0x20, 0x1C, 0x18, 0x14, 0x10, 0x0C]) {
        cpu.s.gpr[r] = i.dword(at);
    }
    cpu.s.dr[6] = i.dword(0x2C);
    cpu.s.dr[7] = i.dword(0x30) & 0xFFFF_23FF | 0x400;
    // GS, FS, DS, SS, CS, ES in both lists.
    for (n, r) in [Seg::Gs, Seg::Fs, Seg::Ds, Seg::Ss, Seg::Cs, Seg::Es].into_iter().enumerate() {
        cpu.set_seg(r as usize, i.segment(0x84 + 12 * n, i.word(0x3C + 4 * n)));
    }
    cpu.s.tr = i.segment(0x54, i.word(0x34));
    cpu.s.idtr = i.table(0x60);
    cpu.s.gdtr = i.table(0x6C);
    cpu.s.ldtr = i.segment(0x78, i.word(0x38));
    finish(cpu, i.dword(0x04) & FLAGS_386);
    Ok(())
}

fn read_386(cpu: &mut Cpu, op: &Op) -> Result<Image<0xCC>, Stop> {
    let mut image = Image([0; 0xCC]);
    let start = cpu.s.gpr[7];
    for (n, byte) in (0..).zip(&mut image.0) {
        *byte = cpu.read::<u8>(Seg::Es as u8, start.wrapping_add(n) & op.mask)? as u8;
    }
    Ok(image)
}

/// Flags, privilege and all that hangs on them: CPL is the stack's DPL.
fn finish(cpu: &mut Cpu, flags: u32) {
    cpu.set_flags(flags);
    let privilege = cpu.seg(Seg::Ss).access.bits() >> 5 & 3;
    cpu.set_cpl(match (cpu.protected(), cpu.flag(EFlags::VM)) {
        (false, _) => 0,
        (true, true) => 3,
        (true, false) => privilege as u8,
    });
    cpu.derive_watch();
    cpu.flush_tlb();
}
