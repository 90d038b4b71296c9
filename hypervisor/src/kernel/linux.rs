//! Linux's boot protocol (Documentation/arch/x86/boot.rst in Linux's sources), entered by its own real-mode code, so that the
//! kernel asks the BIOS what the machine has.

use super::{Card, Kernel, Kind, u16_at, u32_at};

/// Fields of the setup header.
mod field {
    pub(super) const SETUP_SECTORS: usize = 0x1F1;
    pub(super) const PARAGRAPHS: usize = 0x1F4;
    pub(super) const VIDEO_MODE: usize = 0x1FA;
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
    pub(super) const PREFERRED: usize = 0x258;
    pub(super) const NEEDED: usize = 0x260;
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
/// The first protocol that says where the kernel unpacks itself, and how much memory that takes.
const SAYS_NEED: u16 = 0x20A;
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

/// Where the memory ends that the kernel needs before it looks at the memory map.
fn unpacked_end(head: &[u8], version: u16) -> u64 {
    let field = |at| u32_at(head, at).map_or(0, u64::from);
    if version < SAYS_NEED { 0 } else { field(field::PREFERRED).max(KERNEL) + field(field::NEEDED) }
}

/// The video mode of `vga=` on the command line, which the loader hands over by number.
fn video_mode(command_line: &str) -> Result<Option<u16>, String> {
    const NAMED: [(&str, u16); 3] = [("normal", 0xFFFF), ("ext", 0xFFFE), ("ask", 0xFFFD)];
    let Some(mode) = command_line.split_whitespace().filter_map(|word| word.strip_prefix("vga=")).next_back()
    else {
        return Ok(None);
    };
    if let Some((_, number)) = NAMED.iter().find(|(name, _)| *name == mode) {
        return Ok(Some(*number));
    }
    let (digits, radix) = match mode.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (mode, 10),
    };
    match u16::from_str_radix(digits, radix) {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(format!("vga={mode} is not normal, ext, ask or a mode's number such as 0x317")),
    }
}

/// The card of a Linux kernel.
///
/// # Errors
/// It is too old, cut off, or too large for the machine, or `vga=` names no mode.
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
    let paragraphs = u32_at(image, field::PARAGRAPHS).unwrap_or(0);
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
    let end = card.end().max(unpacked_end(head, version));
    if end > ram {
        let (wanted, there) = (end.div_ceil(1 << 20), ram >> 20);
        return Err(format!(
            "this Linux kernel unpacks itself into {wanted} MiB of RAM; there are {there} MiB"
        ));
    }
    if setup.len() > usize::from(HEAP_END) - 0x200 {
        return Err(format!(
            "a Linux kernel with {} bytes of setup code; there is no room for it",
            setup.len()
        ));
    }
    let mut setup = setup.to_vec();
    setup[field::LOADER] = LOADER;
    setup[field::LOAD_FLAGS] |= CAN_USE_HEAP;
    let mut set = |at: usize, bytes: &[u8]| setup[at..at + bytes.len()].copy_from_slice(bytes);
    set(field::HEAP_END, &(HEAP_END - 0x200).to_le_bytes());
    set(field::COMMAND_LINE, &(COMMAND_LINE as u32).to_le_bytes());
    if let Some(mode) = video_mode(&kernel.command_line)? {
        set(field::VIDEO_MODE, &mode.to_le_bytes());
    }
    if let Some(initrd) = &kernel.initrd {
        let highest = u64::from(u32_at(head, field::INITRD_MOST).unwrap_or(0)) + 1;
        let at =
            highest.min(ram.saturating_sub(TABLES)).checked_sub(initrd.len() as u64).map(|at| at & !0xFFF);
        let at = at.filter(|at| *at >= end).ok_or_else(|| {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A kernel with a header and `bytes` of code, which needs `needed` bytes from 1 MiB on.
    fn kernel(bytes: usize, needed: u32) -> Kernel {
        let mut image = vec![0; 2 * SECTOR + bytes];
        let mut set = |at: usize, value: &[u8]| image[at..at + value.len()].copy_from_slice(value);
        set(field::SETUP_SECTORS, &[1]);
        set(field::PARAGRAPHS, &(bytes as u32 / 16).to_le_bytes());
        set(field::BOOT_FLAG, &[0x55, 0xAA]);
        set(field::MAGIC, &MAGIC.to_le_bytes());
        set(field::VERSION, &SAYS_NEED.to_le_bytes());
        set(field::LOAD_FLAGS, &[LOADED_HIGH]);
        set(field::INITRD_MOST, &0x7FFF_FFFFu32.to_le_bytes());
        set(field::COMMAND_MOST, &64u32.to_le_bytes());
        set(field::NEEDED, &needed.to_le_bytes());
        Kernel { image, ..Kernel::default() }
    }

    fn wrong(kernel: &Kernel, ram: u64) -> String {
        card(kernel, ram).err().expect("it is refused")
    }

    #[test]
    fn a_kernel_that_is_cut_off_is_refused() {
        let mut cut = kernel(4096, 0);
        assert!(card(&cut, 16 << 20).is_ok());
        cut.image.pop();
        assert!(wrong(&cut, 16 << 20).contains("cut off"));
        cut.image.truncate(0x208);
        assert!(wrong(&cut, 16 << 20).contains("cut off"));
    }

    #[test]
    fn memory_that_the_kernel_unpacks_into_must_be_there_and_is_not_given_to_the_initrd() {
        let mut large = kernel(4096, 8 << 20);
        assert!(wrong(&large, 8 << 20).contains("into 9 MiB of RAM; there are 8 MiB"));
        large.initrd = Some(vec![0; 1 << 20]);
        assert!(wrong(&large, 10 << 20).contains("does not fit"));
        assert!(card(&large, 11 << 20).is_ok());
    }

    #[test]
    fn the_kernel_is_told_the_last_video_mode_of_its_command_line() {
        for (line, mode) in [
            ("console=ttyS0", None),
            ("quiet vga=0x318 -s", Some(0x318)),
            ("vga=ask vga=792", Some(792)),
            ("vga=normal", Some(0xFFFF)),
        ] {
            assert_eq!(video_mode(line), Ok(mode), "{line}");
        }
        let odd = Kernel { command_line: "vga=1024x768".into(), ..kernel(16, 0) };
        assert!(wrong(&odd, 16 << 20).starts_with("vga=1024x768 is not"));
    }

    #[test]
    fn an_old_protocol_and_a_long_command_line_are_named() {
        let mut old = kernel(16, 0);
        old.image[field::VERSION..field::VERSION + 2].copy_from_slice(&0x201u16.to_le_bytes());
        assert!(wrong(&old, 16 << 20).contains("protocol 2.01"));
        let long = Kernel { command_line: "x".repeat(65), ..kernel(16, 0) };
        assert!(wrong(&long, 16 << 20).contains("65 bytes; this kernel takes 64"));
    }
}
