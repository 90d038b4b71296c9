//! Decimal adjustments. Flags that Intel leaves undefined follow the silicon that most models share.

use crate::cpu::Cpu;
use crate::fault::Done;
use crate::op::Op;
use crate::word::Word;

/// DAA.
pub(crate) fn daa(cpu: &mut Cpu, _: &Op) -> Done {
    decimal(cpu, |al, n| al.wrapping_add(n));
    Ok(())
}

/// DAS.
pub(crate) fn das(cpu: &mut Cpu, _: &Op) -> Done {
    decimal(cpu, |al, n| al.wrapping_sub(n));
    Ok(())
}

fn decimal(cpu: &mut Cpu, adjust: impl Fn(u32, u32) -> u32) {
    let old = u8::get(&cpu.s.gpr, 0);
    let (cf, af) = (cpu.lazy.cf(), cpu.lazy.af());
    let low = old & 0xF > 9 || af;
    // The 8086 compares the high digit with 9Fh when AF is set.
    let top = if cpu.is_8086() && af { 0x9F } else { 0x99 };
    let high = old > top || cf;
    let mut al = old;
    let mut borrow = false;
    if low {
        let next = adjust(al, 6);
        borrow = next > 0xFF && adjust(0, 6) > 0xFF;
        al = next & 0xFF;
    }
    if high {
        al = adjust(al, 0x60) & 0xFF;
    }
    u8::set(&mut cpu.s.gpr, 0, al);
    let overflow = adjusted_overflow(old, al, adjust(0, 1) == 1);
    cpu.set_zsp::<u8>(al);
    cpu.set_carry_overflow(high || borrow && !cpu.is_8086(), overflow);
    cpu.set_af(low);
}

/// OF of the adjustment as an addition or subtraction of a positive or negative byte.
fn adjusted_overflow(old: u32, new: u32, added: bool) -> bool {
    let delta = if added { new.wrapping_sub(old) } else { old.wrapping_sub(new) } & 0xFF;
    if added { (old ^ new) & (delta ^ new) & 0x80 != 0 } else { (old ^ delta) & (old ^ new) & 0x80 != 0 }
}

/// AAA.
pub(crate) fn aaa(cpu: &mut Cpu, _: &Op) -> Done {
    let al = u8::get(&cpu.s.gpr, 0);
    let adjust = al & 0xF > 9 || cpu.lazy.af();
    let delta = if adjust { 6 } else { 0 };
    cpu.add::<u8>(al, delta, 0);
    if adjust {
        if cpu.is_8086() {
            let ah = u8::get(&cpu.s.gpr, 4);
            u8::set(&mut cpu.s.gpr, 4, ah + 1);
            u8::set(&mut cpu.s.gpr, 0, al + 6);
        } else {
            let ax = u16::get(&cpu.s.gpr, 0);
            u16::set(&mut cpu.s.gpr, 0, ax + 0x106);
        }
    }
    finish_ascii(cpu, adjust);
    Ok(())
}

/// AAS.
pub(crate) fn aas(cpu: &mut Cpu, _: &Op) -> Done {
    let al = u8::get(&cpu.s.gpr, 0);
    let adjust = al & 0xF > 9 || cpu.lazy.af();
    let delta = if adjust { 6 } else { 0 };
    cpu.sub::<u8>(al, delta, 0);
    if adjust {
        if cpu.is_8086() {
            let ah = u8::get(&cpu.s.gpr, 4);
            u8::set(&mut cpu.s.gpr, 4, ah.wrapping_sub(1));
            u8::set(&mut cpu.s.gpr, 0, al.wrapping_sub(6));
        } else {
            let ax = u16::get(&cpu.s.gpr, 0);
            u16::set(&mut cpu.s.gpr, 0, ax.wrapping_sub(0x106));
        }
    }
    finish_ascii(cpu, adjust);
    Ok(())
}

fn finish_ascii(cpu: &mut Cpu, adjust: bool) {
    let al = u8::get(&cpu.s.gpr, 0) & 0xF;
    u8::set(&mut cpu.s.gpr, 0, al);
    let of = cpu.lazy.of();
    cpu.set_carry_overflow(adjust, of);
    cpu.set_af(adjust);
}

/// AAM; a base of 0 divides by zero, and up to the 286 shows it in the flags.
pub(crate) fn aam(cpu: &mut Cpu, op: &Op) -> Done {
    let base = op.imm & 0xFF;
    if base == 0 {
        if cpu.is_8086() || cpu.is_286() {
            cpu.logic::<u8>(0);
        }
        return super::muldiv::divide_error(cpu);
    }
    let al = u8::get(&cpu.s.gpr, 0);
    u16::set(&mut cpu.s.gpr, 0, ((al / base) << 8) | (al % base));
    cpu.logic::<u8>(al % base);
    Ok(())
}

/// AAD. The 286 shows the carry in OF too.
pub(crate) fn aad(cpu: &mut Cpu, op: &Op) -> Done {
    let (al, ah) = (u8::get(&cpu.s.gpr, 0), u8::get(&cpu.s.gpr, 4));
    let product = (ah * (op.imm & 0xFF)) & 0xFF;
    let sum = cpu.add::<u8>(al, product, 0);
    u16::set(&mut cpu.s.gpr, 0, sum);
    if cpu.is_286() {
        let (cf, af) = (cpu.lazy.cf(), cpu.lazy.af());
        cpu.set_carry_overflow(cf, cf);
        cpu.set_af(af);
    }
    Ok(())
}
