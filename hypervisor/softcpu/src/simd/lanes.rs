//! Packed integer operations on 64 bits, lane by lane.

/// An operation on corresponding lanes of two quadwords: destination and source.
pub(crate) trait Lanes: 'static {
    fn apply(a: u64, b: u64) -> u64;
}

/// A shift of all lanes by one count.
pub(crate) trait Shift: 'static {
    fn apply(a: u64, count: u64) -> u64;
}

/// Defines operations by what they do to one lane.
macro_rules! lanes {
    ($($name:ident($a:ident, $b:ident: $lane:ty) $body:expr;)*) => {$(
        pub(crate) struct $name;
        impl Lanes for $name {
            #[inline(always)]
            fn apply(a: u64, b: u64) -> u64 {
                let mut result = 0;
                for n in 0..64 / <$lane>::BITS {
                    let at = n * <$lane>::BITS;
                    let ($a, $b) = ((a >> at) as $lane, (b >> at) as $lane);
                    let lane: $lane = $body;
                    result |= (lane as u64 & u64::MAX >> (64 - <$lane>::BITS)) << at;
                }
                result
            }
        }
    )*};
}

macro_rules! shifts {
    ($($name:ident($a:ident, $n:ident: $lane:ty) $body:expr;)*) => {$(
        pub(crate) struct $name;
        impl Shift for $name {
            #[inline(always)]
            fn apply(a: u64, count: u64) -> u64 {
                let $n = count.min(u64::from(<$lane>::BITS)) as u32;
                let mut result = 0;
                for n in 0..64 / <$lane>::BITS {
                    let at = n * <$lane>::BITS;
                    let $a = (a >> at) as $lane;
                    let lane: $lane = $body;
                    result |= (lane as u64 & u64::MAX >> (64 - <$lane>::BITS)) << at;
                }
                result
            }
        }
    )*};
}

lanes! {
    Paddb(a, b: u8) a.wrapping_add(b);
    Paddw(a, b: u16) a.wrapping_add(b);
    Paddd(a, b: u32) a.wrapping_add(b);
    Paddq(a, b: u64) a.wrapping_add(b);
    Paddsb(a, b: i8) a.saturating_add(b);
    Paddsw(a, b: i16) a.saturating_add(b);
    Paddusb(a, b: u8) a.saturating_add(b);
    Paddusw(a, b: u16) a.saturating_add(b);
    Psubb(a, b: u8) a.wrapping_sub(b);
    Psubw(a, b: u16) a.wrapping_sub(b);
    Psubd(a, b: u32) a.wrapping_sub(b);
    Psubq(a, b: u64) a.wrapping_sub(b);
    Psubsb(a, b: i8) a.saturating_sub(b);
    Psubsw(a, b: i16) a.saturating_sub(b);
    Psubusb(a, b: u8) a.saturating_sub(b);
    Psubusw(a, b: u16) a.saturating_sub(b);
    Pmullw(a, b: u16) a.wrapping_mul(b);
    Pmulhw(a, b: i16) ((i32::from(a) * i32::from(b)) >> 16) as i16;
    Pmulhuw(a, b: u16) ((u32::from(a) * u32::from(b)) >> 16) as u16;
    Pmuludq(a, b: u64) u64::from(a as u32) * u64::from(b as u32);
    Pmaddwd(a, b: u32) product(a, b).wrapping_add(product(a >> 16, b >> 16));
    Psadbw(a, b: u64) byte_distance(a, b);
    Pavgb(a, b: u8) ((u16::from(a) + u16::from(b) + 1) >> 1) as u8;
    Pavgw(a, b: u16) ((u32::from(a) + u32::from(b) + 1) >> 1) as u16;
    Pminub(a, b: u8) a.min(b);
    Pmaxub(a, b: u8) a.max(b);
    Pminsw(a, b: i16) a.min(b);
    Pmaxsw(a, b: i16) a.max(b);
    Pcmpeqb(a, b: i8) -i8::from(a == b);
    Pcmpeqw(a, b: i16) -i16::from(a == b);
    Pcmpeqd(a, b: i32) -i32::from(a == b);
    Pcmpgtb(a, b: i8) -i8::from(a > b);
    Pcmpgtw(a, b: i16) -i16::from(a > b);
    Pcmpgtd(a, b: i32) -i32::from(a > b);
    Pand(a, b: u64) a & b;
    Pandn(a, b: u64) !a & b;
    Por(a, b: u64) a | b;
    Pxor(a, b: u64) a ^ b;
}

shifts! {
    Psllw(a, n: u16) a.unbounded_shl(n);
    Pslld(a, n: u32) a.unbounded_shl(n);
    Psllq(a, n: u64) a.unbounded_shl(n);
    Psrlw(a, n: u16) a.unbounded_shr(n);
    Psrld(a, n: u32) a.unbounded_shr(n);
    Psrlq(a, n: u64) a.unbounded_shr(n);
    Psraw(a, n: i16) a.unbounded_shr(n);
    Psrad(a, n: i32) a.unbounded_shr(n);
}

/// The product of two signed words.
#[inline(always)]
fn product(a: u32, b: u32) -> u32 {
    (i32::from(a as i16) * i32::from(b as i16)) as u32
}

/// The sum of the bytes' absolute differences.
#[inline(always)]
fn byte_distance(a: u64, b: u64) -> u64 {
    let pairs = a.to_le_bytes().into_iter().zip(b.to_le_bytes());
    pairs.map(|(a, b)| u64::from(a.abs_diff(b))).sum()
}

/// A saturating conversion of a quadword's lanes to lanes of half the size.
pub(crate) trait Narrow: 'static {
    fn narrow(quad: u64) -> u32;
}

pub(crate) struct Packsswb;
pub(crate) struct Packssdw;
pub(crate) struct Packuswb;

/// Converts four words to bytes.
#[inline(always)]
fn narrow_words(quad: u64, convert: impl Fn(i16) -> u8) -> u32 {
    u32::from_le_bytes([0, 16, 32, 48].map(|at| convert((quad >> at) as i16)))
}

impl Narrow for Packsswb {
    #[inline(always)]
    fn narrow(quad: u64) -> u32 {
        narrow_words(quad, |word| word.clamp(-0x80, 0x7F) as u8)
    }
}

impl Narrow for Packuswb {
    #[inline(always)]
    fn narrow(quad: u64) -> u32 {
        narrow_words(quad, |word| word.clamp(0, 0xFF) as u8)
    }
}

impl Narrow for Packssdw {
    #[inline(always)]
    fn narrow(quad: u64) -> u32 {
        let word = |dword: u64| u32::from((dword as i32).clamp(-0x8000, 0x7FFF) as u16);
        word(quad) | word(quad >> 32) << 16
    }
}

/// Alternating lanes of two dwords.
pub(crate) trait Interleave: 'static {
    fn interleave(a: u32, b: u32) -> u64;
}

pub(crate) struct Bytes;
pub(crate) struct Words;
pub(crate) struct Dwords;

impl Interleave for Bytes {
    #[inline(always)]
    fn interleave(a: u32, b: u32) -> u64 {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a.to_le_bytes(), b.to_le_bytes());
        u64::from_le_bytes([a0, b0, a1, b1, a2, b2, a3, b3])
    }
}

impl Interleave for Words {
    #[inline(always)]
    fn interleave(a: u32, b: u32) -> u64 {
        let (a, b) = (u64::from(a), u64::from(b));
        a & 0xFFFF | (b & 0xFFFF) << 16 | (a >> 16) << 32 | (b >> 16) << 48
    }
}

impl Interleave for Dwords {
    #[inline(always)]
    fn interleave(a: u32, b: u32) -> u64 {
        u64::from(a) | u64::from(b) << 32
    }
}
