//! Multiboot kernels (Multiboot Specification 0.6.96, section 3.1): a header in the first 8 KiB, and either load addresses
//! in it or a 32-bit ELF file around it.

use super::{Card, Kernel, Kind, u16_at, u32_at};

const MAGIC: u32 = 0x1BAD_B002;
/// The header's address fields are valid.
const ADDRESSES: u32 = 1 << 16;
/// Requirements that a loader must understand: page-aligned modules, memory information; not a video mode.
const REQUIRED: u32 = 0xFFFF;
const KNOWN: u32 = 0b011;
const SEARCHED: usize = 8192;

/// The header and where it is.
pub(super) struct Header {
    at: usize,
    flags: u32,
}

/// The multiboot header of an image.
pub(super) fn header(image: &[u8]) -> Option<Header> {
    (0..SEARCHED).step_by(4).find_map(|at| {
        let (magic, flags, sum) = (u32_at(image, at)?, u32_at(image, at + 4)?, u32_at(image, at + 8)?);
        let valid = magic == MAGIC && magic.wrapping_add(flags).wrapping_add(sum) == 0;
        valid.then_some(Header { at, flags })
    })
}

/// The card of a multiboot kernel.
///
/// # Errors
/// It is cut off, wants what this loader does not know, or is too large for the machine.
pub(super) fn card(kernel: &Kernel, header: &Header, ram: u64) -> Result<Card, String> {
    if header.flags & REQUIRED & !KNOWN != 0 {
        return Err(format!(
            "a multiboot kernel that requires flags {:04X}h; {KNOWN:04X}h are known",
            header.flags & REQUIRED
        ));
    }
    let mut card = if header.flags & ADDRESSES != 0 {
        plain(&kernel.image, header, ram)?
    } else {
        elf(&kernel.image, ram)?
    };
    let line = format!("{} {}", kernel.name, kernel.command_line);
    let at = card.end().next_multiple_of(0x1000);
    card.command = at as u32;
    card.put("the command line", at, &[line.trim_end().as_bytes(), &[0]].concat())?;
    if let Some(module) = &kernel.initrd {
        let at = card.end().next_multiple_of(0x1000);
        card.module = (at as u32, (at + module.len() as u64) as u32);
        card.put("the module", at, module)?;
    }
    Ok(card)
}

/// By the addresses in the header.
fn plain(image: &[u8], header: &Header, ram: u64) -> Result<Card, String> {
    let cut = || format!("a multiboot kernel that is cut off: it has {} bytes", image.len());
    let field = |n: usize| u32_at(image, header.at + n).map(u64::from).ok_or_else(cut);
    let (at, load, load_end, bss_end, entry) = (field(12)?, field(16)?, field(20)?, field(24)?, field(28)?);
    let before = at.checked_sub(load).and_then(|before| (header.at as u64).checked_sub(before));
    let from = before.ok_or("a multiboot header whose load address is behind itself")? as usize;
    let bytes = match load_end {
        0 => image.get(from..),
        end => image.get(from..from.saturating_add(end.saturating_sub(load) as usize)),
    };
    let bytes = bytes.ok_or_else(cut)?;
    let mut card = Card::new(Kind::Multiboot, entry as u32, ram);
    card.put("the kernel", load, bytes)?;
    let end = load + bytes.len() as u64;
    card.zero("the kernel", end, bss_end.saturating_sub(end))?;
    Ok(card)
}

/// By the program headers of an ELF file for the 386 (Tool Interface Standard, ELF 1.2, book I chapter 2).
fn elf(image: &[u8], ram: u64) -> Result<Card, String> {
    const LOAD: u32 = 1;
    let is_386 = image.starts_with(b"\x7FELF\x01\x01") && u16_at(image, 18) == Some(3);
    if !is_386 {
        return Err("a multiboot kernel that is no ELF file for the 386 and has no load addresses".into());
    }
    let cut = || format!("an ELF kernel that is cut off: it has {} bytes", image.len());
    let word = |at: usize| u32_at(image, at).ok_or_else(cut);
    let (entry, headers) = (word(24)?, word(28)? as usize);
    let (size, count) = (u16_at(image, 42).ok_or_else(cut)?, u16_at(image, 44).ok_or_else(cut)?);
    let mut card = Card::new(Kind::Multiboot, entry, ram);
    for n in 0..usize::from(count) {
        let at = headers.saturating_add(n * usize::from(size));
        let field = |n: usize| word(at.saturating_add(n)).map(u64::from);
        if field(0)? != u64::from(LOAD) {
            continue;
        }
        let (from, to, in_file, in_memory) = (field(4)? as usize, field(12)?, field(16)?, field(20)?);
        let bytes = image.get(from..from.saturating_add(in_file as usize)).ok_or_else(cut)?;
        card.put("the kernel", to, bytes)?;
        card.zero("the kernel", to + in_file, in_memory.saturating_sub(in_file))?;
    }
    Ok(card)
}
