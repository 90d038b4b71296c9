//! The physical memory map: RAM, the PC's first megabyte with PAM, ROM at the top, and the chips' windows.
//!
//! Where several would answer, RAM comes first, then the system ROM, then the windows in the order of the chips. RAM ends at
//! 2 GiB at the latest, so firmware always has room for windows between it and the ROM.

use backplane::{Claims, PAGE, Region, What};
use engine::Page;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// One window of a chip.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) first: u32,
    last: u32,
    pub(super) chip: u8,
    /// Plain bytes of the store from here on.
    plain: Option<u32>,
    /// CPU writes to plain bytes are ignored.
    pub(super) read_only: bool,
}

/// What the board wires to the memory bus besides the chips.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryLayout {
    /// Guest RAM in bytes, from store offset 0 and physical address 0.
    pub ram_bytes: u32,
    /// The system ROM image: mapped below 4 GiB whole, and below 1 MiB as far as 128 KiB go.
    pub system_rom: Region,
    /// Bytes of the system ROM image; `system_rom.len` may be rounded up.
    pub system_rom_bytes: u32,
}

/// The video window (and SMRAM below it).
const VIDEO: Range<u32> = 0xA_0000..0xC_0000;
/// Option ROMs and system ROM of the first megabyte: what PAM can shadow.
pub(super) const SHADOW: Range<u32> = 0xC_0000..0x10_0000;
/// The part of it where the system ROM is mapped.
const SYSTEM: Range<u32> = 0xE_0000..0x10_0000;
/// Address bits inside a page.
const PAGE_MASK: u32 = PAGE as u32 - 1;

/// What the host bridge makes of one page; all false on a board without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bridge {
    /// PAM: reads go to RAM.
    pub(super) read_ram: bool,
    /// PAM: writes go to RAM.
    pub(super) write_ram: bool,
    /// SMRAM is open: RAM instead of the video window.
    pub(super) smram: bool,
}

/// The chips' windows.
#[derive(Default)]
pub(super) struct Windows {
    /// All, sorted by address.
    list: Vec<Window>,
    /// The first between A0000h and BFFFFh whose accesses are handed to a chip.
    video: Option<Window>,
}

impl Windows {
    /// Builds the list from all claims; of two chips at one address the first keeps it, and the pair is returned.
    pub(super) fn rebuild<'a>(
        claims: impl Iterator<Item = (u8, &'a Claims)>,
    ) -> (Self, Option<(u32, u8, u8)>) {
        let mut list: Vec<Window> = Vec::new();
        let mut overlap = None;
        for (chip, what) in claims.flat_map(|(chip, c)| c.iter().map(move |c| (chip, c.what))) {
            let (first, len, plain, read_only) = match what {
                What::Mmio { first, len } => (first, len, None, false),
                What::Ram { first, len, offset, read_only } => (first, len, Some(offset), read_only),
                _ => continue,
            };
            if len == 0 {
                continue;
            }
            let last = first.saturating_add(len - 1);
            match list.iter().find(|w| w.first <= last && first <= w.last) {
                Some(there) => overlap = overlap.or(Some((first.max(there.first), there.chip, chip))),
                None => list.push(Window { first, last, chip, plain, read_only }),
            }
        }
        list.sort_by_key(|w| w.first);
        let video = list.iter().find(|w| VIDEO.contains(&w.first) && w.plain.is_none()).copied();
        (Windows { list, video }, overlap)
    }

    /// The window that holds an address.
    #[inline]
    pub(super) fn find(&self, address: u32) -> Option<&Window> {
        let after = self.list.partition_point(|w| w.first <= address);
        self.list[..after].last().filter(|w| address <= w.last)
    }

    /// The chip that every access from `first` to `last` is handed to, if that lies in one of its windows between A0000h and
    /// BFFFFh, where nothing but SMRAM comes first.
    #[inline]
    pub(super) fn video(&self, first: u32, last: u32) -> Option<u8> {
        let holds = |w: &&Window| w.first <= first && last <= w.last;
        match self.video.as_ref().filter(holds) {
            Some(window) => Some(window.chip),
            None if !VIDEO.contains(&first) => None,
            None => self.find(first).filter(|w| last <= w.last && w.plain.is_none()).map(|w| w.chip),
        }
    }

    /// How the CPU reaches a page that only windows can answer. A page that several windows share, or one does not fill,
    /// is looked at access by access.
    fn page(&self, page: u32) -> Page {
        match self.find(page) {
            Some(window) if page | PAGE_MASK <= window.last => match window.offset(page) {
                Some(offset) => Page::Ram { offset, writable: !window.read_only },
                None => Page::Device,
            },
            _ => Page::Device,
        }
    }
}

impl Window {
    /// Store offset of the byte at an address inside the window, if the window is plain bytes.
    pub(super) fn offset(&self, address: u32) -> Option<u32> {
        self.plain.map(|offset| offset + (address - self.first))
    }
}

impl MemoryLayout {
    /// How the CPU reaches the page of `address`, given the chips' windows and what the host bridge makes of that page.
    pub(super) fn page(&self, address: u32, windows: &Windows, bridge: Bridge) -> Page {
        let page = address & !PAGE_MASK;
        let ram = |writable| Page::Ram { offset: page, writable };
        if VIDEO.contains(&page) {
            return if bridge.smram { ram(true) } else { windows.page(page) };
        }
        if SHADOW.contains(&page) {
            match (bridge.read_ram, bridge.write_ram) {
                (true, writable) => return ram(writable),
                // Reads come from ROM while writes go to RAM: the board serves both.
                (false, true) => return Page::Device,
                (false, false) => {}
            }
        } else if page < self.ram_bytes {
            return ram(true);
        }
        match self.rom_offset(page) {
            Some(offset) => Page::Ram { offset, writable: false },
            None => windows.page(page),
        }
    }

    /// The last address up to which memory above the first megabyte goes on as at `address`; below, that of the page.
    pub(super) fn end_of_span(&self, address: u32, windows: &Windows) -> u32 {
        let page_end = address | PAGE_MASK;
        if address < SHADOW.end {
            return page_end;
        }
        let rom = (self.system_rom_bytes & !PAGE_MASK).wrapping_neg();
        // A page that a window does not fill begins and ends a span, too.
        let edges = windows.list.iter().flat_map(|w| {
            let end = w.last.wrapping_add(1);
            [w.first, w.first.wrapping_add(PAGE_MASK), end, end.wrapping_add(PAGE_MASK)]
                .map(|at| at & !PAGE_MASK)
        });
        let next = edges.chain([self.ram_bytes, rom]).filter(|&edge| edge > address).min();
        next.map_or(u32::MAX, |edge| edge - 1)
    }

    /// Store offset of the ROM byte at a physical address.
    pub(super) fn rom_offset(&self, address: u32) -> Option<u32> {
        let from_end = if SYSTEM.contains(&address) {
            SYSTEM.end - address
        } else if address < SYSTEM.end {
            return None;
        } else {
            // The last byte of the address space is the last byte of the ROM.
            address.wrapping_neg()
        };
        (from_end <= self.system_rom_bytes).then(|| self.system_rom.offset + self.system_rom_bytes - from_end)
    }

    /// The first window that RAM or the system ROM hides, wholly or in part: what hides it, its address and its chip.
    pub(super) fn hidden_window(&self, windows: &Windows) -> Option<(&'static str, u32, u8)> {
        let high_rom = self.system_rom_bytes.wrapping_neg();
        let low_rom = SYSTEM.end - self.system_rom_bytes.min(SYSTEM.end - SYSTEM.start);
        let hidden_by = |w: &Window| {
            if w.first < VIDEO.start || w.last >= SHADOW.end && w.first < self.ram_bytes {
                Some("RAM")
            } else if w.last >= high_rom || w.last >= low_rom && w.first < SYSTEM.end {
                Some("the system ROM")
            } else {
                None
            }
        };
        windows.list.iter().find_map(|w| hidden_by(w).map(|by| (by, w.first, w.chip)))
    }
}
