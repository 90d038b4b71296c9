//! The configuration block of the program: what the recipe wants and where the check file lies.
//! `probe/config.asm` has the same layout.

use super::{CHECK_NAME, PROGRAM_NAME, ProbeOptions, check_data};
use crate::fat::{Parameters, locate};
use crate::geometry::Geometry;
use crate::iso::BLOCK;
use crate::recipe::Wait;

/// Offsets in the program.
mod field {
    pub(super) const MAGIC: usize = 0x804;
    pub(super) const WAIT: usize = 0x80D;
    pub(super) const PACE: usize = 0x80E;
    pub(super) const KEY_TICKS: usize = 0x810;
    pub(super) const MOUSE_TICKS: usize = 0x812;
    pub(super) const EXPECT: usize = 0x814;
    pub(super) const TYPED_LENGTH: usize = 0x815;
    pub(super) const TYPED: usize = 0x816;
    pub(super) const CHECK_START: usize = 0x826;
    pub(super) const CHECK_COUNT: usize = 0x82A;
    pub(super) const CHECK_UNIT: usize = 0x82C;
    pub(super) const CHECK_CRC: usize = 0x82E;
    pub(super) const TRACKS: usize = 0x832;
    pub(super) const HEADS: usize = 0x834;
    pub(super) const SECTORS: usize = 0x835;
}

const MAGIC: &[u8; 8] = b"RELICPRB";
const EXPECT_MOUSE: u8 = 1;
const SECTOR: usize = 512;

/// Where the check file lies.
struct Check {
    /// First sector on the boot drive.
    start: u32,
    /// Bytes of a sector.
    unit: usize,
    /// Geometry of the medium; none on a CD.
    geometry: Option<Geometry>,
}

/// Configures the program inside a FAT volume that holds it and the check file.
pub(crate) fn configure_volume(
    volume: &mut [u8],
    p: &Parameters<'_>,
    options: &ProbeOptions,
) -> Result<(), String> {
    let program = locate(volume, PROGRAM_NAME)?;
    let file = locate(volume, CHECK_NAME)?;
    let check = Check { start: p.hidden + file.sector, unit: SECTOR, geometry: Some(p.geometry) };
    let start = program.sector as usize * SECTOR;
    let bytes =
        volume.get_mut(start..start + program.bytes as usize).ok_or("the program lies outside the volume")?;
    write(bytes, options, &check);
    Ok(())
}

/// The program for a CD without emulation whose check file begins at logical block `block`.
pub(crate) fn configured_for_cd(program: &[u8], options: &ProbeOptions, block: u32) -> Vec<u8> {
    let mut program = program.to_vec();
    write(&mut program, options, &Check { start: block, unit: BLOCK, geometry: None });
    program
}

fn write(program: &mut [u8], options: &ProbeOptions, check: &Check) {
    debug_assert_eq!(&program[field::MAGIC..][..MAGIC.len()], MAGIC);
    let data = check_data();
    let keys = options.keys.as_bytes();
    let length = keys.len().min(ProbeOptions::MAX_KEYS);
    let mut put = |at: usize, bytes: &[u8]| program[at..at + bytes.len()].copy_from_slice(bytes);
    put(field::WAIT, &[u8::from(options.wait == Wait::Key)]);
    put(field::PACE, &options.pace_ticks.to_le_bytes());
    put(field::KEY_TICKS, &options.key_ticks.to_le_bytes());
    put(field::MOUSE_TICKS, &options.mouse_ticks.to_le_bytes());
    put(field::EXPECT, &[if options.expect_mouse { EXPECT_MOUSE } else { 0 }]);
    put(field::TYPED_LENGTH, &[length as u8]);
    put(field::TYPED, &keys[..length]);
    put(field::CHECK_START, &check.start.to_le_bytes());
    put(field::CHECK_COUNT, &((data.len() / check.unit) as u16).to_le_bytes());
    put(field::CHECK_UNIT, &(check.unit as u16).to_le_bytes());
    put(field::CHECK_CRC, &crc32(&data).to_le_bytes());
    if let Some(geometry) = check.geometry {
        put(field::TRACKS, &geometry.cylinders.to_le_bytes());
        put(field::HEADS, &[geometry.heads]);
        put(field::SECTORS, &[geometry.sectors]);
    }
}

/// CRC-32 of IEEE 802.3, as the program computes it.
fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xEDB8_8320;
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_of_the_check_string_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn the_program_has_its_block_where_this_side_writes_it() {
        let program = crate::probe::PROGRAM;
        assert_eq!(&program[field::MAGIC..][..8], MAGIC);
        assert_eq!(program[0x80C], 1, "layout version");
        assert_eq!(program[field::PACE], 18);
        assert_eq!(program[field::CHECK_UNIT + 1], 2, "512 bytes");
    }
}
