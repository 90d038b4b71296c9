//! String instructions: one iteration at a time, or many at once where nothing is in the way.
//!
//! Every iteration counts as one instruction. Between iterations the registers are exact, so a fault, an event or
//! a trap finds the instruction ready to be restarted.

use crate::cpu::Cpu;
use crate::fault::{Done, Stop};
use crate::op::{Op, repeat};
use crate::tlb::tag;
use crate::word::Word;
use engine::{EFlags, Model, Seg};

const ES: u8 = Seg::Es as u8;
const ESI: usize = 6;
const EDI: usize = 7;

/// Distance to the next element.
#[inline(always)]
fn step<W: Word>(cpu: &Cpu) -> u32 {
    if cpu.flag(EFlags::DF) { W::BYTES.wrapping_neg() } else { W::BYTES }
}

#[inline(always)]
fn advance(cpu: &mut Cpu, op: &Op, r: usize, by: u32) {
    let old = cpu.s.gpr[r];
    cpu.s.gpr[r] = old & !op.mask | old.wrapping_add(by) & op.mask;
}

/// Reads `seg:r` and moves `r` on. The 286 moves it even when the access faults.
#[inline(always)]
fn take<W: Word>(cpu: &mut Cpu, op: &Op, seg: u8, r: usize) -> Result<u32, Stop> {
    let value = cpu.read::<W>(seg, cpu.s.gpr[r] & op.mask);
    cpu.counted_ahead = 1;
    if value.is_ok() || cpu.s.model == Model::I80286 {
        let by = step::<W>(cpu);
        advance(cpu, op, r, by);
    }
    value
}

/// Writes `ES:DI` and moves DI on. The 286 moves it even when the access faults.
#[inline(always)]
fn put<W: Word>(cpu: &mut Cpu, op: &Op, value: u32) -> Done {
    let done = cpu.write::<W>(ES, cpu.s.gpr[EDI] & op.mask, value);
    cpu.counted_ahead = 2;
    if done.is_ok() || cpu.s.model == Model::I80286 {
        let by = step::<W>(cpu);
        advance(cpu, op, EDI, by);
    }
    done
}

/// A string instruction: one iteration, and how many iterations it can do at once.
trait Element: 'static {
    /// CMPS and SCAS end by ZF.
    const COMPARES: bool = false;
    fn once<W: Word>(cpu: &mut Cpu, op: &Op) -> Done;
    /// Does up to `most` iterations (the count register is the caller's); how many it did.
    fn many<W: Word>(_: &mut Cpu, _: &Op, _most: u32) -> u32 {
        0
    }
}

fn run<W: Word, E: Element>(cpu: &mut Cpu, op: &Op) -> Done {
    if op.rep == repeat::NONE {
        return E::once::<W>(cpu, op);
    }
    loop {
        let count = cpu.s.gpr[1] & op.mask;
        if count == 0 {
            return Ok(());
        }
        let budget = cpu.due.saturating_sub(cpu.s.retired).max(1);
        let most = u64::from(count).min(budget) as u32;
        let mut done =
            if most > 1 && !cpu.stepping && !cpu.watching { E::many::<W>(cpu, op, most) } else { 0 };
        if done == 0 {
            E::once::<W>(cpu, op).inspect_err(|_| faulted(cpu, op, count))?;
            done = 1;
        }
        let left = count - done;
        cpu.s.gpr[1] = cpu.s.gpr[1] & !op.mask | left;
        let ends = E::COMPARES && cpu.lazy.zf() != (op.rep == repeat::EQUAL);
        if left == 0 || ends {
            // The run loop counts the last iteration.
            cpu.s.retired += u64::from(done - 1);
            return Ok(());
        }
        cpu.s.retired += u64::from(done);
        if cpu.attention || cpu.stepping || cpu.s.retired >= cpu.due {
            return Err(Stop::Again);
        }
    }
}

/// A faulting iteration leaves the count as it was; the 286 has counted it already, and the next one too when it
/// is the write that faults.
fn faulted(cpu: &mut Cpu, op: &Op, count: u32) {
    if cpu.is_286() {
        let ahead = cpu.counted_ahead;
        u16::set(&mut cpu.s.gpr, 1, count.wrapping_sub(ahead) & op.mask);
    }
}

/// A run of elements inside one page of plain memory.
struct Run {
    /// Store offset of the lowest byte.
    at: usize,
    /// Elements.
    count: u32,
}

/// How many elements from `seg:r` on lie in one page that needs no second look, at most `most`.
fn plain_run<W: Word>(cpu: &Cpu, op: &Op, seg: u8, r: usize, most: u32, write: bool) -> Option<Run> {
    let offset = cpu.s.gpr[r] & op.mask;
    let window = &cpu.windows[usize::from(seg & 7)];
    let limit = if write { window.write } else { window.read }.min(i64::from(op.mask));
    let linear = window.base.wrapping_add(offset);
    let entry = cpu.tlb.at(linear, cpu.side);
    let open = if write { entry.write } else { entry.read };
    let in_page = linear & 0xFFF;
    if open != tag::<W>(linear) || i64::from(offset) + i64::from(W::BYTES) - 1 > limit {
        return None;
    }
    let down = cpu.flag(EFlags::DF);
    let (by_page, by_offset) = if down {
        (in_page / W::BYTES + 1, i64::from(offset / W::BYTES) + 1)
    } else {
        ((0x1000 - in_page) / W::BYTES, (limit + 1 - i64::from(offset)) / i64::from(W::BYTES))
    };
    let count = most.min(by_page).min(by_offset.min(i64::from(u32::MAX)) as u32);
    let first = (entry.offset + in_page) as usize;
    let at = if down { first - ((count - 1) * W::BYTES) as usize } else { first };
    Some(Run { at, count })
}

struct Movs;
impl Element for Movs {
    #[inline(always)]
    fn once<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
        let esi = cpu.s.gpr[ESI];
        let value = take::<W>(cpu, op, op.seg, ESI)?;
        put::<W>(cpu, op, value).inspect_err(|_| restore(cpu, ESI, esi))
    }

    fn many<W: Word>(cpu: &mut Cpu, op: &Op, most: u32) -> u32 {
        let Some(to) = plain_run::<W>(cpu, op, ES, EDI, most, true) else { return 0 };
        let Some(from) = plain_run::<W>(cpu, op, op.seg, ESI, to.count, false) else { return 0 };
        let down = cpu.flag(EFlags::DF);
        // Both ranges start where the first element lies; shorten the longer one.
        let count = from.count.min(to.count);
        let cut = |run: &Run| if down { run.at + ((run.count - count) * W::BYTES) as usize } else { run.at };
        let (source, target) = (cut(&from), cut(&to));
        let ahead = if down { source.wrapping_sub(target) } else { target.wrapping_sub(source) };
        let bytes = (count * W::BYTES) as usize;
        // A target just ahead of the source repeats a pattern: only what is not yet overwritten can be copied.
        let count = if ahead > 0 && ahead < bytes { ahead as u32 / W::BYTES } else { count };
        if count == 0 {
            return 0;
        }
        let skip = if down { bytes - (count * W::BYTES) as usize } else { 0 };
        cpu.ram.put_copy(source + skip, target + skip, (count * W::BYTES) as usize);
        let by = step::<W>(cpu).wrapping_mul(count);
        advance(cpu, op, ESI, by);
        advance(cpu, op, EDI, by);
        count
    }
}

/// The second access of an iteration faulted: the first index goes back, except on the 286.
fn restore(cpu: &mut Cpu, r: usize, value: u32) {
    if !cpu.is_286() {
        cpu.s.gpr[r] = value;
    }
}

struct Stos;
impl Element for Stos {
    #[inline(always)]
    fn once<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
        let value = W::get(&cpu.s.gpr, 0);
        put::<W>(cpu, op, value)
    }

    fn many<W: Word>(cpu: &mut Cpu, op: &Op, most: u32) -> u32 {
        let Some(to) = plain_run::<W>(cpu, op, ES, EDI, most, true) else { return 0 };
        let value = cpu.s.gpr[0].to_le_bytes();
        cpu.ram.put_fill(to.at, &value[..W::BYTES as usize], to.count as usize);
        let by = step::<W>(cpu).wrapping_mul(to.count);
        advance(cpu, op, EDI, by);
        to.count
    }
}

struct Lods;
impl Element for Lods {
    #[inline(always)]
    fn once<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
        let value = take::<W>(cpu, op, op.seg, ESI)?;
        W::set(&mut cpu.s.gpr, 0, value);
        Ok(())
    }
}

struct Scas;
impl Element for Scas {
    const COMPARES: bool = true;
    #[inline(always)]
    fn once<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
        let value = take::<W>(cpu, op, ES, EDI)?;
        let accumulator = W::get(&cpu.s.gpr, 0);
        cpu.sub::<W>(accumulator, value, 0);
        Ok(())
    }

    fn many<W: Word>(cpu: &mut Cpu, op: &Op, most: u32) -> u32 {
        let Some(run) = plain_run::<W>(cpu, op, ES, EDI, most, false) else { return 0 };
        let accumulator = W::get(&cpu.s.gpr, 0);
        let by = step::<W>(cpu);
        let first =
            if cpu.flag(EFlags::DF) { run.at + ((run.count - 1) * W::BYTES) as usize } else { run.at };
        let (mut at, mut done, mut value) = (first, 0, 0);
        while done < run.count {
            value = W::load(cpu.ram, at);
            at = at.wrapping_add(by as i32 as usize);
            done += 1;
            if (value == accumulator) != (op.rep == repeat::EQUAL) {
                break;
            }
        }
        cpu.sub::<W>(accumulator, value, 0);
        advance(cpu, op, EDI, by.wrapping_mul(done));
        done
    }
}

struct Cmps;
impl Element for Cmps {
    const COMPARES: bool = true;
    #[inline(always)]
    fn once<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
        // ES:DI comes first, as the 286 shows when it faults.
        let edi = cpu.s.gpr[EDI];
        let b = take::<W>(cpu, op, ES, EDI).inspect_err(|_| cpu.counted_ahead = 0)?;
        let a = take::<W>(cpu, op, op.seg, ESI).inspect_err(|_| restore(cpu, EDI, edi))?;
        cpu.sub::<W>(a, b, 0);
        Ok(())
    }
}

struct Ins;
impl Element for Ins {
    fn once<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
        let (port, offset) = (cpu.s.gpr[2] as u16, cpu.s.gpr[EDI] & op.mask);
        cpu.check_port(port, W::BYTES)?;
        // A read from a port cannot be undone: make sure of the memory first.
        if !cpu.is_8086() && !cpu.is_286() {
            cpu.probe(Seg::Es, offset, W::BYTES)?;
        }
        let value = cpu.read_port::<W>(port)?;
        put::<W>(cpu, op, value)
    }
}

struct Outs;
impl Element for Outs {
    fn once<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
        let port = cpu.s.gpr[2] as u16;
        cpu.check_port(port, W::BYTES)?;
        let value = take::<W>(cpu, op, op.seg, ESI)?;
        cpu.write_port::<W>(port, value)
    }
}

/// MOVS.
pub(crate) fn movs<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    run::<W, Movs>(cpu, op)
}
/// STOS.
pub(crate) fn stos<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    run::<W, Stos>(cpu, op)
}
/// LODS.
pub(crate) fn lods<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    run::<W, Lods>(cpu, op)
}
/// SCAS.
pub(crate) fn scas<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    run::<W, Scas>(cpu, op)
}
/// CMPS.
pub(crate) fn cmps<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    run::<W, Cmps>(cpu, op)
}
/// INS.
pub(crate) fn ins<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    run::<W, Ins>(cpu, op)
}
/// OUTS.
pub(crate) fn outs<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    run::<W, Outs>(cpu, op)
}
