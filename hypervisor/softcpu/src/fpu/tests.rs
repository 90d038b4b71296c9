//! The common-case lane against the general one, which must agree wherever both answer.

use super::arithmetic::{Dyadic, dyadic_of_any, square_root_of_any};
use super::convert::{DOUBLE, SINGLE, any_to_binary, any_to_integer};
use super::fast;
use super::float::Context;
use engine::F80;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A normal number, often with few significant bits or a rounding case in its lower ones.
    fn number(&mut self) -> F80 {
        let mantissa = match self.next() >> 61 {
            0 => u64::MAX << (self.next() >> 58),
            1 => self.next() & u64::MAX << (self.next() >> 58),
            2 => u64::MAX >> 1 & !(1 << (self.next() >> 59)),
            3 => 1 << (self.next() >> 58) | 1,
            _ => self.next(),
        };
        let near = match self.next() >> 60 {
            0 => 1 + (self.next() >> 57) as u16,
            1 => 0x7FFE - (self.next() >> 57) as u16,
            2..8 => 0x3FFF - 3 + (self.next() >> 61) as u16,
            _ => 0x3FFF - 64 + (self.next() >> 57) as u16,
        };
        F80 { mantissa: mantissa | 1 << 63, sign_exponent: near | (self.next() >> 63 << 15) as u16 }
    }

    /// Any rounding and precision, all exceptions masked.
    fn control(&mut self) -> u16 {
        if self.next() >> 63 == 0 { 0x037F } else { 0x007F | (self.next() & 0xF00) as u16 }
    }
}

const ROUNDS: usize = 20_000;

#[test]
fn common_arithmetic_agrees_with_the_general_lane() {
    let mut random = Random(0x1357_9BDF_0246_8ACE);
    let mut answered = 0;
    for _ in 0..ROUNDS {
        let (a, b, control) = (random.number(), random.number(), random.control());
        for op in [Dyadic::Add, Dyadic::Subtract, Dyadic::Multiply, Dyadic::Divide] {
            let general = dyadic_of_any(op, a, b, Context::of(control));
            let plain = fast::is_plain(control).then(|| fast::dyadic::<true>(op, a, b, control)).flatten();
            for common in [plain, fast::dyadic::<false>(op, a, b, control)].into_iter().flatten() {
                assert_eq!(common, general, "{a:x?} {op:?} {b:x?} {control:04x}");
                answered += 1;
            }
        }
        if let Some(root) = fast::square_root(a, control) {
            assert_eq!(root, square_root_of_any(a, Context::of(control)), "{a:x?} {control:04x}");
        }
    }
    assert!(answered > 4 * ROUNDS);
}

#[test]
fn common_conversions_agree_with_the_general_lane() {
    let mut random = Random(0x0F1E_2D3C_4B5A_6978);
    for _ in 0..ROUNDS {
        let (a, control) = (random.number(), random.control());
        let context = Context::of(control);
        for format in [SINGLE, DOUBLE] {
            if let Some(common) = fast::to_binary(a, format, control) {
                assert_eq!(common, any_to_binary(a, format, context), "{a:x?} {control:04x}");
            }
        }
        for bits in [16, 32, 64] {
            if let Some(common) = fast::to_integer(a, bits, control) {
                assert_eq!(common, any_to_integer(a, bits, context.rounding), "{a:x?} {control:04x}");
            }
        }
    }
}
