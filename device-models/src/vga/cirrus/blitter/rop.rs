//! The sixteen raster operations.

/// What becomes of a source byte and a destination byte. Graphics register 32h names each by a code of its own; other
/// codes leave the destination alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rop {
    /// 0
    Zero,
    /// S & D
    And,
    /// D
    Keep,
    /// S & ~D
    SourceAndNot,
    /// ~D
    Not,
    /// S
    Source,
    /// 1
    One,
    /// ~S & D
    NotSourceAnd,
    /// S ^ D
    Xor,
    /// S | D
    Or,
    /// ~S | ~D
    Nand,
    /// ~(S ^ D)
    Xnor,
    /// S | ~D
    SourceOrNot,
    /// ~S
    NotSource,
    /// ~S | D
    NotSourceOr,
    /// ~S & ~D
    Nor,
}

impl Rop {
    /// The operation that a code names.
    pub(super) fn from_code(code: u8) -> Self {
        match code {
            0x00 => Rop::Zero,
            0x05 => Rop::And,
            0x09 => Rop::SourceAndNot,
            0x0B => Rop::Not,
            0x0D => Rop::Source,
            0x0E => Rop::One,
            0x50 => Rop::NotSourceAnd,
            0x59 => Rop::Xor,
            0x6D => Rop::Or,
            0x90 => Rop::Nor,
            0x95 => Rop::Xnor,
            0xAD => Rop::SourceOrNot,
            0xD0 => Rop::NotSource,
            0xD6 => Rop::NotSourceOr,
            0xDA => Rop::Nand,
            _ => Rop::Keep,
        }
    }

    /// Works `source` into `target`, byte by byte.
    pub(super) fn apply(self, source: &[u8], target: &mut [u8]) {
        match self {
            Rop::Zero => target.fill(0),
            Rop::And => each(source, target, |s, d| s & d),
            Rop::Keep => {}
            Rop::SourceAndNot => each(source, target, |s, d| s & !d),
            Rop::Not => each(source, target, |_, d| !d),
            Rop::Source => each(source, target, |s, _| s),
            Rop::One => target.fill(u8::MAX),
            Rop::NotSourceAnd => each(source, target, |s, d| !s & d),
            Rop::Xor => each(source, target, |s, d| s ^ d),
            Rop::Or => each(source, target, |s, d| s | d),
            Rop::Nand => each(source, target, |s, d| !(s & d)),
            Rop::Xnor => each(source, target, |s, d| !(s ^ d)),
            Rop::SourceOrNot => each(source, target, |s, d| s | !d),
            Rop::NotSource => each(source, target, |s, _| !s),
            Rop::NotSourceOr => each(source, target, |s, d| !s | d),
            Rop::Nor => each(source, target, |s, d| !(s | d)),
        }
    }
}

#[inline]
fn each(source: &[u8], target: &mut [u8], f: impl Fn(u8, u8) -> u8) {
    for (d, s) in target.iter_mut().zip(source) {
        *d = f(*s, *d);
    }
}
