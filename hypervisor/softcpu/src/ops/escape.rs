//! Escapes to the x87 and WAIT: availability, pending exceptions, memory operands, and the pointers to the last instruction.
//!
//! There is one instance of a handler for each row of the opcode map. Memory is accessed before any state changes, so that
//! a fault leaves the instruction restartable.

use crate::cpu::Cpu;
use crate::fault::{Done, Stop, mf, nm, ud};
use crate::flags::Lazy;
use crate::fpu::convert::{
    DOUBLE, SINGLE, from_bcd, from_binary, from_integer, load_binary, to_bcd, to_binary, to_integer,
};
use crate::fpu::environment::{
    LONGEST, LONGEST_STATE, Layout, from_bytes, initialise, set_control, to_bytes,
};
use crate::fpu::{INDEFINITE, Rounded, Status, Unit, register};
use crate::op::{Op, Run};
use crate::paging::Want;
use engine::{CrZero, EFlags, F80, Model, Reg, Seg};

/// The instances of a handler for all rows of the opcode map.
macro_rules! table {
    ($handler:ident) => {
        table!($handler, 0 1 2 3 4 5 6 7)
    };
    ($handler:ident, $($major:literal)*) => {
        [$([
            $handler::<$major, 0>, $handler::<$major, 1>, $handler::<$major, 2>, $handler::<$major, 3>,
            $handler::<$major, 4>, $handler::<$major, 5>, $handler::<$major, 6>, $handler::<$major, 7>,
        ],)*]
    };
}

/// Handlers of memory forms by the low three bits of the first byte and bits 5-3 of the second.
pub(crate) static MEMORY: [[Run; 8]; 8] = table!(with_memory);
/// Handlers of register forms, likewise.
pub(crate) static REGISTER: [[Run; 8]; 8] = table!(with_register);

/// An escape on an 8086: no 8087 is modelled, the CPU reads the operand and goes on.
pub(crate) fn absent(cpu: &mut Cpu, op: &Op) -> Done {
    if op.memory { crate::op::get::<u16>(cpu, op).map(|_| ()) } else { Ok(()) }
}

/// An escape that the x87 does not define.
pub(crate) fn undefined(cpu: &mut Cpu, _: &Op) -> Done {
    available(cpu)?;
    Err(ud())
}

const NOT_AVAILABLE: u32 = CrZero::EM.union(CrZero::TS).bits();

fn available(cpu: &Cpu) -> Done {
    if cpu.s.cr0 & NOT_AVAILABLE != 0 { Err(nm()) } else { Ok(()) }
}

fn pending(cpu: &Cpu) -> bool {
    cpu.s.fpu.status & Status::ES.bits() != 0
}

/// An exception was pending already. With CR0.NE it is #MF. Otherwise FERR# rises: the interrupt that it causes comes
/// before the escape; when none can come, the escape goes on as if IGNNE# were active.
fn report(cpu: &mut Cpu) -> Done {
    if cpu.s.cr0 & CrZero::NE.bits() != 0 {
        return Err(mf());
    }
    cpu.attention = true;
    cpu.bus.fpu_error(cpu.s.retired);
    let shadows = cpu.s.interruptibility;
    let open = cpu.flag(EFlags::IF) && !shadows.sti_shadow && !shadows.ss_shadow;
    if open && cpu.bus.interrupt() { Err(Stop::Before) } else { Ok(()) }
}

/// WAIT, FWAIT.
pub(crate) fn wait(cpu: &mut Cpu, _: &Op) -> Done {
    let cr0 = CrZero::from_bits_retain(cpu.s.cr0);
    if cr0.contains(CrZero::MP | CrZero::TS) {
        return Err(nm());
    }
    if cpu.s.model != Model::I8086 && pending(cpu) { report(cpu) } else { Ok(()) }
}

/// An escape that cannot start at once.
#[cold]
#[inline(never)]
fn held_up(cpu: &mut Cpu, op: &Op) -> Done {
    const SUMMARY: u16 = Status::ES.union(Status::BUSY).bits();
    available(cpu)?;
    report(cpu)?;
    let summary = cpu.s.fpu.status & SUMMARY;
    cpu.s.fpu.status &= !SUMMARY;
    let done = (op.run)(cpu, op);
    let fpu = &mut cpu.s.fpu;
    if fpu.status & !fpu.control & Status::EXCEPTIONS.bits() != 0 {
        fpu.status |= summary;
    }
    done
}

/// Remembers an instruction that is not a control instruction. A Pentium 4 keeps the opcode only of those that raise an
/// unmasked exception, unless told otherwise (Intel SDM vol. 1, section 8.1.9.1); its escapes have [`Op::extra`] set.
#[inline(always)]
fn remember(cpu: &mut Cpu, op: &Op) {
    /// IA32_MISC_ENABLE: fopcode compatibility.
    const COMPATIBLE: u64 = 1 << 2;
    cpu.s.fpu.ip = cpu.start;
    cpu.s.fpu.cs = cpu.seg(Seg::Cs).selector;
    if op.extra == 0 || pending(cpu) || cpu.s.msr.misc_enable & COMPATIBLE != 0 {
        cpu.s.fpu.opcode = op.imm as u16;
    }
}

/// A form with a memory operand.
fn with_memory<const MAJOR: u8, const MINOR: u8>(cpu: &mut Cpu, op: &Op) -> Done {
    let waits = !matches!((MAJOR, MINOR), (1 | 5, 6 | 7));
    if cpu.s.cr0 & NOT_AVAILABLE != 0 || waits && pending(cpu) {
        return held_up(cpu, op);
    }
    let at = op.offset(cpu);
    match (MAJOR, MINOR) {
        (1, 4..=7) | (5, 4..=7) => return control::<MAJOR, MINOR>(cpu, op, at),
        (0 | 2 | 4 | 6, _) => {
            let number = match MAJOR {
                0 => from_binary(cpu.read::<u32>(op.seg, at)?.into(), SINGLE),
                4 => from_binary(cpu.read64(op.seg, at)?, DOUBLE),
                _ => exact(from_integer(integer::<MAJOR>(cpu, op, at)?)),
            };
            register::arithmetic_with::<MINOR>(&mut unit(cpu), number);
        }
        (_, 0) => {
            let number = match MAJOR {
                1 => load_binary(cpu.read::<u32>(op.seg, at)?.into(), SINGLE),
                5 => load_binary(cpu.read64(op.seg, at)?, DOUBLE),
                _ => exact(from_integer(integer::<MAJOR>(cpu, op, at)?)),
            };
            unit(cpu).push(number);
        }
        (7, 5) => {
            let value = cpu.read64(op.seg, at)?;
            unit(cpu).push(exact(from_integer(value as i64)));
        }
        (3, 5) => {
            let bytes = read_ten(cpu, op, at)?;
            unit(cpu).push(exact(from_bytes(bytes)));
        }
        (7, 4) => {
            let bytes = read_ten(cpu, op, at)?;
            unit(cpu).push(exact(from_bcd(bytes)));
        }
        _ => store::<MAJOR, MINOR>(cpu, op, at)?,
    }
    remember(cpu, op);
    cpu.s.fpu.dp = at;
    cpu.s.fpu.ds = cpu.s.seg[usize::from(op.seg)].selector;
    Ok(())
}

#[inline(always)]
fn unit<'c>(cpu: &'c mut Cpu) -> Unit<'c> {
    Unit { fpu: &mut cpu.s.fpu }
}

fn exact(value: F80) -> Rounded<F80> {
    (value, Status::empty())
}

/// A 16- or 32-bit integer operand.
#[inline(always)]
fn integer<const MAJOR: u8>(cpu: &mut Cpu, op: &Op, at: u32) -> Result<i64, Stop> {
    Ok(match MAJOR {
        2 | 3 => i64::from(cpu.read::<u32>(op.seg, at)? as i32),
        _ => i64::from(cpu.read::<u16>(op.seg, at)? as i16),
    })
}

/// The forms that store ST(0).
#[inline(always)]
fn store<const MAJOR: u8, const MINOR: u8>(cpu: &mut Cpu, op: &Op, at: u32) -> Done {
    let seg = op.seg;
    let size = match (MAJOR, MINOR) {
        (3, 7) | (7, 6) => TEN,
        (5, _) | (7, 7) => 8,
        (1 | 3, _) => 4,
        _ => 2,
    };
    let place = (seg, at, size);
    let pops = (MINOR != 2).into();
    match (MAJOR, MINOR) {
        (3, 7) => {
            let encode = |f, _| (to_bytes(f), Status::empty());
            store_as(cpu, place, pops, encode, |cpu, v| write_ten(cpu, place, v))
        }
        (7, 6) => store_as(cpu, place, pops, to_bcd, |cpu, v| write_ten(cpu, place, v)),
        (7, 7) => {
            let encode = |f, c| to_integer(f, 64, c);
            store_as(cpu, place, pops, encode, |cpu, v| cpu.write64(seg, at, v as u64))
        }
        (1, _) => {
            let encode = |f, c| to_binary(f, SINGLE, c);
            store_as(cpu, place, pops, encode, |cpu, v| cpu.write::<u32>(seg, at, v as u32))
        }
        (5, _) => {
            let encode = |f, c| to_binary(f, DOUBLE, c);
            store_as(cpu, place, pops, encode, |cpu, v| cpu.write64(seg, at, v))
        }
        (3, _) => {
            let encode = |f, c| to_integer(f, 32, c);
            store_as(cpu, place, pops, encode, |cpu, v| cpu.write::<u32>(seg, at, v as u32))
        }
        _ => {
            let encode = |f, c| to_integer(f, 16, c);
            store_as(cpu, place, pops, encode, |cpu, v| cpu.write::<u16>(seg, at, u32::from(v as u16)))
        }
    }
}

/// Segment, offset and size of an operand.
type Place = (u8, u32, u32);

/// Bytes of an extended or decimal number.
const TEN: u32 = 10;

/// Stores ST(0) as `encode` makes it. Nothing is stored or popped when an exception other than "inexact" is unmasked, but
/// `place` must be writable even then.
#[inline(always)]
fn store_as<T>(
    cpu: &mut Cpu,
    place: Place,
    pops: u8,
    encode: impl FnOnce(F80, u16) -> Rounded<T>,
    write: impl FnOnce(&mut Cpu, T) -> Done,
) -> Done {
    let source = unit(cpu);
    let empty = source.is_empty(0);
    let value = if empty { INDEFINITE } else { source.st(0) };
    let (encoded, flags) = encode(value, source.fpu.control);
    let flags = if empty { Status::IE | Status::SF } else { flags };
    if source.unmasked(flags & !Status::PE) {
        probe(cpu, place)?;
        unit(cpu).raise(flags & !(Status::PE | Status::C1));
        return Ok(());
    }
    write(cpu, encoded)?;
    let mut unit = unit(cpu);
    unit.raise(flags);
    unit.pops(pops);
    Ok(())
}

fn read_ten(cpu: &mut Cpu, op: &Op, at: u32) -> Result<[u8; 10], Stop> {
    let low = cpu.read64(op.seg, at)?.to_le_bytes();
    let [h0, h1, ..] = cpu.read::<u16>(op.seg, at.wrapping_add(8))?.to_le_bytes();
    let [b0, b1, b2, b3, b4, b5, b6, b7] = low;
    Ok([b0, b1, b2, b3, b4, b5, b6, b7, h0, h1])
}

/// Makes sure that a number can be written. Ten bytes are eight and two.
#[inline(never)]
fn probe(cpu: &mut Cpu, (seg, at, size): Place) -> Done {
    if size == TEN {
        probe(cpu, (seg, at, 8))?;
        return probe(cpu, (seg, at.wrapping_add(8), 2));
    }
    let linear = cpu.check(seg.into(), at, size, true)?;
    cpu.check_alignment(linear, size)?;
    cpu.probe_pages(linear, size, Want::Write)
}

/// Writes ten bytes or none.
fn write_ten(cpu: &mut Cpu, place: Place, bytes: [u8; 10]) -> Done {
    let (seg, at, _) = place;
    let [b0, b1, b2, b3, b4, b5, b6, b7, h0, h1] = bytes;
    probe(cpu, place)?;
    cpu.write64(seg, at, u64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]))?;
    cpu.write::<u16>(seg, at.wrapping_add(8), u16::from_le_bytes([h0, h1]).into())
}

/// Control instructions with a memory operand: they leave the pointers to the last instruction alone.
fn control<const MAJOR: u8, const MINOR: u8>(cpu: &mut Cpu, op: &Op, at: u32) -> Done {
    let layout = Layout { wide: op.wide, protected: cpu.selectors() };
    match (MAJOR, MINOR) {
        (1, 4) => {
            let mut image = [0; LONGEST];
            read_image(cpu, op, at, &mut image[..layout.len()])?;
            layout.load(&mut cpu.s.fpu, &image);
        }
        (1, 5) => {
            let word = cpu.read::<u16>(op.seg, at)?;
            set_control(&mut cpu.s.fpu, word as u16);
        }
        (1, 6) => {
            let image = layout.store(&cpu.s.fpu);
            write_image(cpu, op, at, &image[..layout.len()])?;
            // All exceptions are masked afterwards.
            let masked = cpu.s.fpu.control | Status::EXCEPTIONS.bits();
            set_control(&mut cpu.s.fpu, masked);
        }
        (1, _) => cpu.write::<u16>(op.seg, at, cpu.s.fpu.control.into())?,
        (5, 4) => {
            let mut image = [0; LONGEST_STATE];
            read_image(cpu, op, at, &mut image[..layout.state_len()])?;
            layout.load_state(&mut cpu.s.fpu, &image);
        }
        (5, 6) => {
            let image = layout.store_state(&cpu.s.fpu);
            write_image(cpu, op, at, &image[..layout.state_len()])?;
            initialise(&mut cpu.s.fpu);
        }
        _ => cpu.write::<u16>(op.seg, at, cpu.s.fpu.status.into())?,
    }
    Ok(())
}

/// Reads an image in pieces of the operand size.
fn read_image(cpu: &mut Cpu, op: &Op, at: u32, image: &mut [u8]) -> Done {
    let size = if op.wide { 4 } else { 2 };
    for (n, piece) in image.chunks_exact_mut(size).enumerate() {
        let from = at.wrapping_add((n * size) as u32);
        let value = if op.wide { cpu.read::<u32>(op.seg, from)? } else { cpu.read::<u16>(op.seg, from)? };
        piece.copy_from_slice(&value.to_le_bytes()[..size]);
    }
    Ok(())
}

/// Writes an image whole or not at all.
fn write_image(cpu: &mut Cpu, op: &Op, at: u32, image: &[u8]) -> Done {
    let linear = cpu.check(op.seg.into(), at, image.len() as u32, true)?;
    cpu.check_alignment(linear, if op.wide { 4 } else { 2 })?;
    cpu.probe_pages(linear, image.len() as u32, Want::Write)?;
    for (n, piece) in image.chunks_exact(if op.wide { 4 } else { 2 }).enumerate() {
        match *piece {
            [b0, b1, b2, b3] => {
                cpu.write::<u32>(
                    op.seg,
                    at.wrapping_add(4 * n as u32),
                    u32::from_le_bytes([b0, b1, b2, b3]),
                )?;
            }
            [b0, b1] => {
                let value = u16::from_le_bytes([b0, b1]).into();
                cpu.write::<u16>(op.seg, at.wrapping_add(2 * n as u32), value)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// A form with a register operand, which is in [`Op::rm`].
fn with_register<const MAJOR: u8, const MINOR: u8>(cpu: &mut Cpu, op: &Op) -> Done {
    let is_control = matches!((MAJOR, MINOR), (3 | 7, 4));
    if cpu.s.cr0 & NOT_AVAILABLE != 0 || !is_control && pending(cpu) {
        return held_up(cpu, op);
    }
    let i = usize::from(op.rm & 7);
    match (MAJOR, MINOR) {
        (2 | 3, 0..=3) => {
            let flags = cpu.lazy;
            let condition = match MINOR {
                0 => flags.cf(),
                1 => flags.zf(),
                2 => flags.cf() || flags.zf(),
                _ => flags.pf(),
            };
            register::conditional_move(&mut unit(cpu), i, condition ^ (MAJOR == 3));
        }
        (3 | 7, 5 | 6) => {
            let order = register::compare_flags(&mut unit(cpu), i, MINOR == 5, (MAJOR == 7).into());
            // SF, AF and OF are cleared even if an exception stops the instruction.
            let kept = EFlags::from_bits_retain(cpu.lazy.bits()) & (EFlags::ZF | EFlags::PF | EFlags::CF);
            cpu.lazy = Lazy::of_bits(order.unwrap_or(kept).bits());
        }
        (7, 4) => {
            let ax = &mut cpu.s.gpr[Reg::Eax as usize];
            *ax = *ax & 0xFFFF_0000 | u32::from(cpu.s.fpu.status);
        }
        _ => register::execute::<MAJOR, MINOR>(&mut unit(cpu), i),
    }
    if !is_control {
        remember(cpu, op);
    }
    Ok(())
}
