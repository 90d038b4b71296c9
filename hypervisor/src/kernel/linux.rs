//! Linux's boot protocol (Documentation/arch/x86/boot.rst in Linux's sources), entered by its own real-mode code, so that the
//! kernel asks the BIOS what the machine has.

use super::{Card, Kernel, Kind, u16_at, u32_at};

/// Fields of the setup header.
mod field {
    pub(super) const SETUP_SECTORS: usize = 0x1F1;
    pub(super) const BOOT_FLAG: usize = 0x1FE;
    pub(super) const MAGIC: usize = 0x202;
    pub(super) const VERSION: usize = 0x206;
    pub(super) const LOADER: usize = 0x210;
    pub(super) const LOAD_FLAGS: usize = 0x211;
    pub(super) const INITRD: usize = 0x218;
    pub(super) const INITRD_BYTES: usize = 0x21C;
    pub(super) const HEAP_END: usize = 0x224;
    pub(super) const COMMAND_LINE: usize = 0x228;
    pub(super) const INITRD_MOST: usize = 0x22C;
    pub(super) const COMMAND_MOST: usize = 0x238;
    pub(super) const END: usize = 0x268;
}

/// "HdrS".
const MAGIC: u32 = 0x5372_6448;
const LOADED_HIGH: u8 = 1 << 0;
const CAN_USE_HEAP: u8 = 1 << 7;
/// A loader without a number of its own.
const LOADER: u8 = 0xFF;
/// The first protocol that says how long a command line may be.
const OLDEST: u16 = 0x206;
const SECTOR: usize = 512;

/// Setup code, its heap, and the command line behind it.
const SETUP: u64 = 0x1_0000;
const HEAP_END: u16 = 0xE000;
const COMMAND_LINE: u64 = SETUP + HEAP_END as u64;
/// Where the rest of the kernel is loaded.
const KERNEL: u64 = 0x10_0000;
/// What is left free at the end of RAM, where BIOSes keep their tables.
const TABLES: u64 = 0x2_0000;

/// Whether the image has a Linux setup header.
pub(super) fn is_one(image: &[u8]) -> bool {
    u16_at(image, field::BOOT_FLAG) == Some(0xAA55) && u32_at(image, field::MAGIC) == Some(MAGIC)
}

/// The card of a Linux kernel.
///
/// # Errors
/// It is too old, cut off, or too large for the machine.
pub(super) fn card(kernel: &Kernel, ram: u64) -> Result<Card, String> {
    let image = &kernel.image;
    let cut = || format!("a Linux kernel that is cut off: it has {} bytes", image.len());
    let version = u16_at(image, field::VERSION).ok_or_else(cut)?;
    let head = image.get(..field::END).ok_or_else(cut)?;
    if version < OLDEST || head[field::LOAD_FLAGS] & LOADED_HIGH == 0 {
        return Err(format!(
            "a Linux kernel of boot protocol {}.{:02}; a bzImage of 2.06 (Linux 2.6.22) or later is expected",
            version >> 8,
            version & 0xFF
        ));
    }
    let sectors = match head[field::SETUP_SECTORS] {
        0 => 4,
        n => usize::from(n),
    };
    let (setup, rest) = image.split_at_checked((sectors + 1) * SECTOR).ok_or_else(cut)?;
    let paragraphs = u32_at(image, 0x1F4).unwrap_or(0);
    if (rest.len() as u64) < u64::from(paragraphs) * 16 || rest.is_empty() {
        return Err(cut());
    }
    let most = u32_at(head, field::COMMAND_MOST).unwrap_or(0).min(0x1000) as usize;
    if kernel.command_line.len() > most {
        let len = kernel.command_line.len();
        return Err(format!("the command line has {len} bytes; this kernel takes {most}"));
    }
    let mut card = Card::new(Kind::Linux, (SETUP >> 4) as u32, ram);
    card.put("the kernel", KERNEL, rest)?;
    let mut setup = setup.to_vec();
    setup[field::LOADER] = LOADER;
    setup[field::LOAD_FLAGS] |= CAN_USE_HEAP;
    let mut set = |at: usize, bytes: &[u8]| setup[at..at + bytes.len()].copy_from_slice(bytes);
    set(field::HEAP_END, &(HEAP_END - 0x200).to_le_bytes());
    set(field::COMMAND_LINE, &(COMMAND_LINE as u32).to_le_bytes());
    if let Some(initrd) = &kernel.initrd {
        let highest = u64::from(u32_at(head, field::INITRD_MOST).unwrap_or(0)) + 1;
        let at =
            highest.min(ram.saturating_sub(TABLES)).checked_sub(initrd.len() as u64).map(|at| at & !0xFFF);
        let at = at.filter(|at| *at >= card.end()).ok_or_else(|| {
            format!(
                "the initrd of {} bytes does not fit behind the kernel in {} MiB of RAM",
                initrd.len(),
                ram >> 20
            )
        })?;
        set(field::INITRD, &(at as u32).to_le_bytes());
        set(field::INITRD_BYTES, &(initrd.len() as u32).to_le_bytes());
        card.put("the initrd", at, initrd)?;
    }
    card.put("the setup code", SETUP, &setup)?;
    card.put("the command line", COMMAND_LINE, &[kernel.command_line.as_bytes(), &[0]].concat())?;
    Ok(card)
}
