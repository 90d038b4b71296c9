//! The register page: the VGA's ports and the blitter's registers in memory.

use super::regs::graphics as r;

/// What answers at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Register {
    /// A VGA port.
    Port(u16),
    /// A graphics register.
    Graphics(usize),
    /// Nothing.
    None,
}

/// The port at offset 0 of the register page.
const FIRST_PORT: u16 = 0x3C0;
/// Ports in the register page.
const PORTS: u32 = 0x20;
/// The blitter's registers in the page.
const BLITTER: std::ops::Range<u32> = 0x100..0x200;
/// Offset of the blitter's status.
const STATUS: u8 = 0x40;

/// What answers at an offset of the register page.
pub(super) fn in_page(offset: u32) -> Register {
    if offset < PORTS {
        Register::Port(FIRST_PORT + offset as u16)
    } else if BLITTER.contains(&offset) {
        blitter(offset as u8)
    } else {
        Register::None
    }
}

/// Which graphics register answers at an offset of the blitter's 256 bytes.
pub(super) fn blitter(offset: u8) -> Register {
    let groups: [(u8, &[usize]); 15] = [
        (0x00, &r::BACKGROUND),
        (0x04, &r::FOREGROUND),
        (0x08, &r::WIDTH),
        (0x0A, &r::HEIGHT),
        (0x0C, &r::TARGET_PITCH),
        (0x0E, &r::SOURCE_PITCH),
        (0x10, &r::TARGET),
        (0x14, &r::SOURCE),
        (0x17, &[r::CLIP]),
        (0x18, &[r::BLT_MODE]),
        (0x1A, &[r::ROP]),
        (0x1B, &[r::BLT_EXTENSIONS]),
        (0x1C, &r::KEY),
        (0x20, &r::KEY_MASK),
        (STATUS, &[r::BLT_STATUS]),
    ];
    let register =
        groups.iter().find_map(|(first, group)| group.get(usize::from(offset.checked_sub(*first)?)));
    register.map_or(Register::None, |index| Register::Graphics(*index))
}
