//! String instructions: one iteration at a time, or many at once where nothing is in the way.
//!
//! Every iteration counts as one instruction. Between iterations the registers are exact, so a fault, an event or
//! a trap finds the instruction ready to be restarted.

use crate::cpu::Cpu;
use crate::fault::{Done, Stop};
use crate::op::{Op, repeat};
use crate::tlb::{Kind, tag};

use crate::word::Word;
use backplane::{Repeat, Source};
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
        // Attention before the first iteration means that a device gave the code, and is to be asked for it again.
        let one_by_one = cpu.stepping || cpu.watching || cpu.attention;
        let mut done = if most > 1 && !one_by_one { E::many::<W>(cpu, op, most) } else { 0 };
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

/// A run of elements inside one page.
struct Run {
    /// Where the first one lies: a store offset, or a physical address.
    first: u32,
    /// Elements.
    count: u32,
}

/// What kind of page a run lies in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Plain memory that needs no second look.
    Plain,
    /// A chip's.
    Chip,
}

/// How many elements from `seg:r` on, at most `most`, lie in one page of the wanted kind.
fn clipped<W: Word>(
    cpu: &Cpu,
    op: &Op,
    (seg, r): (u8, usize),
    most: u32,
    write: bool,
    reach: Reach,
) -> Option<Run> {
    let offset = cpu.s.gpr[r] & op.mask;
    let window = &cpu.windows[usize::from(seg & 7)];
    let limit = if write { window.write } else { window.read }.min(i64::from(op.mask));
    let linear = window.base.wrapping_add(offset);
    let entry = cpu.tlb.at(linear, cpu.side);
    let in_page = linear & 0xFFF;
    // A page with code keeps its tag for writes; what lies beside the code is as plain as elsewhere.
    let beside_code = write && reach == Reach::Plain && entry.kind == Kind::Ram && entry.writable;
    let (open, page) = match reach {
        Reach::Plain if beside_code => (entry.known, entry.offset),
        Reach::Plain => (if write { entry.write } else { entry.read }, entry.offset),
        Reach::Chip if entry.kind == Kind::Device && (entry.writable || !write) => {
            (entry.known, entry.physical)
        }
        Reach::Chip => return None,
    };
    if open != tag::<W>(linear) || i64::from(offset) + i64::from(W::BYTES) - 1 > limit {
        return None;
    }
    let (by_page, by_offset) = if cpu.flag(EFlags::DF) {
        (in_page / W::BYTES + 1, i64::from(offset / W::BYTES) + 1)
    } else {
        ((0x1000 - in_page) / W::BYTES, (limit + 1 - i64::from(offset)) / i64::from(W::BYTES))
    };
    let count = most.min(by_page).min(by_offset.min(i64::from(u32::MAX)) as u32);
    let run = Run { first: page + in_page, count };
    (!beside_code || !meets_code::<W>(cpu, &run)).then_some(run)
}

/// Whether code was decoded from where a run lies.
fn meets_code<W: Word>(cpu: &Cpu, run: &Run) -> bool {
    let at = run.first - lowest::<W>(run.count, cpu.flag(EFlags::DF));
    cpu.code.touches(at, run.count * W::BYTES)
}

/// Hands a run on chip pages to the board; how many iterations it did.
fn repeat_on_chip<W: Word>(cpu: &mut Cpu, op: &Op, to: &Run, from: Source) -> u32 {
    let down = cpu.flag(EFlags::DF);
    let repeat = Repeat { from, to: to.first, width: W::WIDTH, count: to.count, down };
    let done = cpu.bus.repeat(&repeat, cpu.s.retired).min(to.count);
    cpu.attention |= cpu.ram.has_stale_code();
    let by = step::<W>(cpu).wrapping_mul(done);
    advance(cpu, op, EDI, by);
    if !matches!(from, Source::Value(_)) {
        advance(cpu, op, ESI, by);
    }
    done
}

/// STOS or MOVS to a chip's pages.
#[cold]
fn to_chip<W: Word>(cpu: &mut Cpu, op: &Op, most: u32, moves: bool) -> u32 {
    let Some(to) = clipped::<W>(cpu, op, (ES, EDI), most, true, Reach::Chip) else { return 0 };
    if !moves {
        let value = Source::Value(W::get(&cpu.s.gpr, 0));
        return repeat_on_chip::<W>(cpu, op, &to, value);
    }
    for (reach, place) in [(Reach::Chip, Source::Chip as fn(u32) -> Source), (Reach::Plain, Source::Store)] {
        if let Some(from) = clipped::<W>(cpu, op, (op.seg, ESI), to.count, false, reach) {
            let to = Run { count: from.count, ..to };
            return repeat_on_chip::<W>(cpu, op, &to, place(from.first));
        }
    }
    0
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
        let Some(to) = clipped::<W>(cpu, op, (ES, EDI), most, true, Reach::Plain) else {
            return to_chip::<W>(cpu, op, most, true);
        };
        let Some(from) = clipped::<W>(cpu, op, (op.seg, ESI), to.count, false, Reach::Plain) else {
            return 0;
        };
        let down = cpu.flag(EFlags::DF);
        let ahead = if down { from.first.wrapping_sub(to.first) } else { to.first.wrapping_sub(from.first) };
        // A target just ahead of the source repeats a pattern: only what is not yet overwritten can be copied.
        let whole = if ahead == 0 { u32::MAX } else { ahead / W::BYTES };
        let count = from.count.min(whole);
        if count == 0 {
            return 0;
        }
        let below = lowest::<W>(count, down);
        let bytes = (count * W::BYTES) as usize;
        cpu.ram.put_copy((from.first - below) as usize, (to.first - below) as usize, bytes);
        let by = step::<W>(cpu).wrapping_mul(count);
        advance(cpu, op, ESI, by);
        advance(cpu, op, EDI, by);
        count
    }
}

/// How far the lowest of `count` elements lies below the first.
fn lowest<W: Word>(count: u32, down: bool) -> u32 {
    if down { (count - 1) * W::BYTES } else { 0 }
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
        let Some(to) = clipped::<W>(cpu, op, (ES, EDI), most, true, Reach::Plain) else {
            return to_chip::<W>(cpu, op, most, false);
        };
        let value = cpu.s.gpr[0].to_le_bytes();
        let at = to.first - lowest::<W>(to.count, cpu.flag(EFlags::DF));
        cpu.ram.put_fill(at as usize, &value[..W::BYTES as usize], to.count as usize);
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

    fn many<W: Word>(cpu: &mut Cpu, op: &Op, most: u32) -> u32 {
        let Some(run) = clipped::<W>(cpu, op, (op.seg, ESI), most, false, Reach::Plain) else { return 0 };
        let by = step::<W>(cpu);
        let last = run.first.wrapping_add(by.wrapping_mul(run.count - 1));
        W::set(&mut cpu.s.gpr, 0, W::load(cpu.ram, last as usize));
        advance(cpu, op, ESI, by.wrapping_mul(run.count));
        run.count
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
        let Some(run) = clipped::<W>(cpu, op, (ES, EDI), most, false, Reach::Plain) else { return 0 };
        let accumulator = W::get(&cpu.s.gpr, 0);
        let by = step::<W>(cpu);
        let (mut at, mut done, mut value) = (run.first as usize, 0, 0);
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
        let (esi, edi) = (cpu.s.gpr[ESI], cpu.s.gpr[EDI]);
        // Which operand comes first shows when both fault: ES:DI on the 286.
        let (a, b) = if cpu.is_286() {
            let b = take::<W>(cpu, op, ES, EDI).inspect_err(|_| cpu.counted_ahead = 0)?;
            (take::<W>(cpu, op, op.seg, ESI).inspect_err(|_| restore(cpu, EDI, edi))?, b)
        } else {
            let a = take::<W>(cpu, op, op.seg, ESI)?;
            (a, take::<W>(cpu, op, ES, EDI).inspect_err(|_| restore(cpu, ESI, esi))?)
        };
        cpu.sub::<W>(a, b, 0);
        Ok(())
    }

    fn many<W: Word>(cpu: &mut Cpu, op: &Op, most: u32) -> u32 {
        let Some(right) = clipped::<W>(cpu, op, (ES, EDI), most, false, Reach::Plain) else { return 0 };
        let Some(left) = clipped::<W>(cpu, op, (op.seg, ESI), right.count, false, Reach::Plain) else {
            return 0;
        };
        let by = step::<W>(cpu);
        let (mut pair, mut done) = ((0, 0), 0);
        while done < left.count {
            let ahead = by.wrapping_mul(done);
            let load = |first: u32| W::load(cpu.ram, first.wrapping_add(ahead) as usize);
            pair = (load(left.first), load(right.first));
            done += 1;
            if (pair.0 == pair.1) != (op.rep == repeat::EQUAL) {
                break;
            }
        }
        cpu.sub::<W>(pair.0, pair.1, 0);
        advance(cpu, op, ESI, by.wrapping_mul(done));
        advance(cpu, op, EDI, by.wrapping_mul(done));
        done
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
