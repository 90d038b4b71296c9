//! ROM images that a machine file puts at physical addresses.
//!
//! An image that ends at 1 MiB or at 4 GiB is the system ROM, in place of relic's own: the CPU's reset vector, 16 bytes below
//! 4 GiB, lies in it. Boards decode the system ROM at both places, so it is seen whole below 4 GiB and, as far as 128 KiB go,
//! below 1 MiB. Any other image is seen at its address alone.

use backplane::PAGE;
use device_models::rom_images::MOST_IMAGES;
use std::ops::Range;

/// A ROM image at a physical address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rom {
    /// The first byte's address, a multiple of 4 KiB.
    pub address: u32,
    /// The content. What it lacks to whole pages of 4 KiB reads as FFh.
    pub bytes: Vec<u8>,
}

/// Where a ROM of the first megabyte may lie, and the part of it that belongs to the system ROM.
const LOW: Range<u64> = 0xC_0000..0x10_0000;
const LOW_SYSTEM: Range<u64> = 0xE_0000..0x10_0000;
/// The end of the address space.
const TOP: u64 = 1 << 32;
/// The largest image: what a flash chip of the time's largest boards held, and more.
const MAX_ROM: u64 = 16 << 20;

impl Rom {
    /// Whole pages of content.
    pub(crate) fn pages(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.resize(bytes.len().next_multiple_of(PAGE), 0xFF);
        bytes
    }

    fn span(&self) -> Range<u64> {
        let first = u64::from(self.address);
        first..first + self.bytes.len().next_multiple_of(PAGE) as u64
    }

    /// Whether it takes the place of the system ROM.
    pub fn is_system(&self) -> bool {
        [LOW.end, TOP].contains(&self.span().end)
    }

    fn check(&self, ram: u64) -> Result<(), String> {
        let (address, span) = (self.address, self.span());
        let inside = |room: Range<u64>| room.start <= span.start && span.end <= room.end;
        if !address.is_multiple_of(PAGE as u32) {
            return Err(format!("a ROM at {address:X}h: its address is not a multiple of 1000h"));
        }
        if self.bytes.is_empty() || self.bytes.len() as u64 > MAX_ROM {
            let bytes = self.bytes.len();
            return Err(format!("a ROM at {address:X}h has {bytes} bytes; 1 byte to 16 MiB are possible"));
        }
        let low = if self.is_system() { LOW_SYSTEM } else { LOW };
        if !inside(low.clone()) && !inside(ram.max(LOW.end)..TOP) {
            let (low, ram, last) = (low.start, ram.max(LOW.end), span.end - 1);
            return Err(format!(
                "a ROM at {address:X}h-{last:X}h is not inside {low:X}h-FFFFFh or {ram:X}h-FFFFFFFFh (RAM ends there)"
            ));
        }
        Ok(())
    }
}

/// Checks images against each other and the rest of the machine: `ram` bytes of RAM, and whether a system BIOS was given
/// by other means.
pub(crate) fn check(roms: &[Rom], ram: u64, bios: bool) -> Result<(), String> {
    roms.iter().try_for_each(|rom| rom.check(ram))?;
    if roms.len() > MOST_IMAGES {
        return Err(format!("{} ROMs; {MOST_IMAGES} are possible", roms.len()));
    }
    if roms.iter().filter(|rom| rom.is_system()).count() + usize::from(bios) > 1 {
        return Err("two ROMs where the system BIOS is: each that ends at 100000h or 100000000h, or is given as BIOS, \
                    is seen at both ends"
            .into());
    }
    for (at, rom) in roms.iter().enumerate() {
        let (one, others) = (rom.span(), &roms[..at]);
        if let Some(other) = others.iter().find(|o| o.span().start < one.end && one.start < o.span().end) {
            return Err(format!("the ROMs at {:X}h and {:X}h overlap", other.address, rom.address));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rom(address: u32, bytes: usize) -> Rom {
        Rom { address, bytes: vec![0; bytes] }
    }

    fn wrong(roms: &[Rom]) -> String {
        check(roms, 32 << 20, false).unwrap_err()
    }

    #[test]
    fn what_ends_where_a_bios_does_is_the_system_rom() {
        for (address, bytes) in
            [(0xF_0000, 0x1_0000), (0xE_0000, 0x2_0000), (0xF_F000, 1), (0xFFF0_0000, 1 << 20)]
        {
            assert!(rom(address, bytes).is_system(), "{address:X}");
            check(&[rom(address, bytes)], 32 << 20, false).unwrap();
        }
        assert!(!rom(0xE_0000, 0x1_0000).is_system());
    }

    #[test]
    fn what_cannot_be_there_is_named() {
        assert!(wrong(&[rom(0xF_0800, 16)]).contains("F0800h: its address"));
        assert!(wrong(&[rom(0xF_0000, 0)]).contains("0 bytes"));
        assert!(wrong(&[rom(0x8000_0000, (16 << 20) + 1)]).contains("16777217 bytes"));
        assert!(
            wrong(&[rom(0xC_0000, 0x4_0000)]).contains("not inside E0000h-FFFFFh"),
            "larger than a low BIOS"
        );
        assert!(wrong(&[rom(0x10_0000, 16)]).contains("2000000h-FFFFFFFFh"), "in RAM");
        assert!(wrong(&[rom(0xB_F000, 0x2000)]).contains("not inside C0000h-FFFFFh"), "in the video window");
        assert!(wrong(&[rom(0xFFFF_F000, 0x2000)]).contains("FFFFF000h-100000FFFh is not inside"));
    }

    #[test]
    fn two_roms_in_one_place_are_refused() {
        assert!(wrong(&[rom(0xD_0000, 0x2000), rom(0xD_1000, 1)]).contains("D0000h and D1000h overlap"));
        assert!(wrong(&[rom(0xF_0000, 0x1_0000), rom(0xFFFF_0000, 0x1_0000)]).contains("two ROMs"));
        assert!(check(&[rom(0xF_0000, 0x1_0000)], 32 << 20, true).unwrap_err().contains("two ROMs"));
        assert!(wrong(&vec![rom(0xD_0000, 1); MOST_IMAGES + 1]).contains("are possible"));
    }
}
