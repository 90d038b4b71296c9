//! Kernels that a machine boots without a disk: Linux and multiboot.
//!
//! A kernel lies on the kernel card, a window of read-only memory, beside a list of what is to be copied where; the
//! kernel ROM (`firmware/kernel`), an option ROM like any other, does the copying and the entry at every boot. So nothing of the
//! guest's RAM is written from outside, and a guest that resets itself boots again.

mod card;
mod linux;
mod multiboot;

use crate::Rom;
pub(crate) use card::{Card, Kind};

/// A kernel and what goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kernel {
    /// What a multiboot kernel finds before its command line, as QEMU has it: the file's name.
    pub name: String,
    /// A Linux bzImage (boot protocol 2.06 or later), or a kernel with a multiboot header.
    pub image: Vec<u8>,
    /// Initial RAM disk, or the one multiboot module.
    pub initrd: Option<Vec<u8>>,
    /// Its command line.
    pub command_line: String,
}

/// Where the kernel ROM is.
const ROM: u32 = 0xD_0000;
/// Conventional memory that nobody else needs at boot: above the BIOS's data, below what the kernel ROM works in.
const LOW: std::ops::Range<u64> = 0x1000..0x9_D000;

impl Kernel {
    /// The two ROM images that boot it on a machine with so many bytes of RAM.
    ///
    /// # Errors
    /// One line: the kernel's name, and why it is none or does not fit.
    pub(crate) fn roms(&self, ram: u64) -> Result<[Rom; 2], String> {
        let card = if linux::is_one(&self.image) {
            linux::card(self, ram)
        } else if let Some(header) = multiboot::header(&self.image) {
            multiboot::card(self, &header, ram)
        } else {
            Err("not a kernel: neither a Linux bzImage nor a multiboot header in its first 8 KiB".into())
        };
        let card = card.and_then(|card| card.rom()).map_err(|reason| format!("{}: {reason}", self.name))?;
        Ok([Rom { address: ROM, bytes: firmware::KERNEL_ROM.to_vec() }, card])
    }
}

/// The little-endian number at an offset.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|two| u16::from_le_bytes(*two))
}
