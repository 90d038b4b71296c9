//! Page walks: 4 KiB pages, 4 MiB pages (PSE), PAE; accessed and dirty bits; protection.

use crate::cpu::{Cpu, cr4};
use crate::fault::{Stop, pf};
use crate::tlb::{Entry, HALF, Kind, NEVER, PAGE_MASK, index};
use backplane::PageFlags;
use engine::{CrZero, Features, Page};

/// Bits of a page-table entry.
mod pte {
    pub(super) const PRESENT: u32 = 1 << 0;
    pub(super) const WRITABLE: u32 = 1 << 1;
    pub(super) const USER: u32 = 1 << 2;
    pub(super) const ACCESSED: u32 = 1 << 5;
    pub(super) const DIRTY: u32 = 1 << 6;
    pub(super) const LARGE: u32 = 1 << 7;
    pub(super) const GLOBAL: u32 = 1 << 8;
    pub(super) const FRAME: u32 = 0xFFFF_F000;
}

/// Bits of a page fault's error code.
mod code {
    pub(super) const PRESENT: u16 = 1 << 0;
    pub(super) const WRITE: u16 = 1 << 1;
    pub(super) const USER: u16 = 1 << 2;
    pub(super) const RESERVED: u16 = 1 << 3;
}

/// What an access wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    Read,
    Write,
    Execute,
}

/// A finished walk.
struct Walk {
    physical: u64,
    /// Writes are allowed and the dirty bit is set.
    writable: bool,
    global: bool,
}

/// The entry of the last level, and rights gathered on the way.
struct Leaf {
    at: u32,
    value: u32,
    rights: u32,
    physical: u64,
    /// Place and value of the directory entry on the way, whose accessed bit is set when the walk succeeds.
    directory: Option<(u32, u32)>,
}

impl Cpu<'_> {
    /// Translates for an access from `side` of the TLB (0 supervisor, [`HALF`] user), filling the TLB.
    pub(crate) fn translate(&mut self, linear: u32, side: usize, want: Want) -> Result<Entry, Stop> {
        let at = index(linear) + side;
        let entry = self.tlb.entries[at & (2 * HALF - 1)];
        if entry.known == linear & PAGE_MASK && (want != Want::Write || entry.writable) {
            return Ok(entry);
        }
        let walk = self.walk(linear, side != 0, want)?;
        Ok(self.install(linear, at, &walk))
    }

    fn install(&mut self, linear: u32, at: usize, walk: &Walk) -> Entry {
        let page = linear & PAGE_MASK;
        let mut entry = Entry { known: page, writable: walk.writable, global: walk.global, ..Entry::EMPTY };
        if walk.physical <= u64::from(u32::MAX) {
            let physical = walk.physical as u32 & self.bus.a20_mask();
            entry.physical = physical & PAGE_MASK;
            match self.bus.page(entry.physical) {
                Page::Ram { offset, writable } => {
                    entry.offset = offset;
                    entry.kind = if writable { Kind::Ram } else { Kind::Rom };
                }
                Page::Device => entry.kind = Kind::Device,
            }
        }
        if matches!(entry.kind, Kind::Ram | Kind::Rom) {
            self.open(page, &mut entry);
        }
        self.tlb.fill(at, entry);
        entry
    }

    /// Sets the tags that allow access without a second look.
    fn open(&mut self, page: u32, entry: &mut Entry) {
        let flags = self.ram.flags(entry.offset as usize);
        if flags.contains(PageFlags::READ_ONLY) {
            entry.kind = Kind::Rom;
        }
        entry.exec = page;
        let writable = entry.kind == Kind::Ram && entry.writable;
        if writable {
            self.ram.set_flags(entry.offset as usize, PageFlags::DIRTY);
        }
        if self.watching && self.watched_page(page) {
            return;
        }
        entry.read = page;
        entry.write = if writable && !flags.contains(PageFlags::HAS_CODE) { page } else { NEVER };
    }

    fn walk(&mut self, linear: u32, user: bool, want: Want) -> Result<Walk, Stop> {
        if self.s.cr0 & CrZero::PG.bits() == 0 {
            return Ok(Walk { physical: u64::from(linear), writable: true, global: false });
        }
        let leaf = if self.s.cr4 & cr4::PAE != 0 {
            self.walk_pae(linear, user, want)?
        } else {
            self.walk_legacy(linear, user, want)?
        };
        let protected = self.s.cr0 & CrZero::WP.bits() != 0 && self.has(Features::I486);
        let writes = leaf.rights & pte::WRITABLE != 0 || !user && !protected;
        let denied = user && leaf.rights & pte::USER == 0 || want == Want::Write && !writes;
        if denied {
            return Err(self.page_fault(linear, user, want, code::PRESENT));
        }
        if let Some((at, directory)) = leaf.directory {
            self.touch(at, directory);
        }
        let mut value = leaf.value | pte::ACCESSED;
        if want == Want::Write {
            value |= pte::DIRTY;
        }
        if value != leaf.value {
            self.write_physical(leaf.at, value);
        }
        Ok(Walk {
            physical: leaf.physical,
            writable: writes && value & pte::DIRTY != 0,
            global: value & pte::GLOBAL != 0 && self.s.cr4 & cr4::PGE != 0,
        })
    }

    fn walk_legacy(&mut self, linear: u32, user: bool, want: Want) -> Result<Leaf, Stop> {
        let at = (self.s.cr3 & pte::FRAME) + (linear >> 22 << 2);
        let directory = self.read_physical(at);
        if directory & pte::PRESENT == 0 {
            return Err(self.page_fault(linear, user, want, 0));
        }
        if directory & pte::LARGE != 0 && self.s.cr4 & cr4::PSE != 0 {
            let physical = u64::from(directory & 0xFFC0_0000 | linear & 0x003F_F000);
            return Ok(Leaf { at, value: directory, rights: directory, physical, directory: None });
        }
        let entry_at = (directory & pte::FRAME) + (linear >> 12 << 2 & 0xFFC);
        let entry = self.read_physical(entry_at);
        if entry & pte::PRESENT == 0 {
            return Err(self.page_fault(linear, user, want, 0));
        }
        let physical = u64::from(entry & pte::FRAME);
        let directory_place = Some((at, directory));
        Ok(Leaf {
            at: entry_at,
            value: entry,
            rights: entry & directory,
            physical,
            directory: directory_place,
        })
    }

    fn walk_pae(&mut self, linear: u32, user: bool, want: Want) -> Result<Leaf, Stop> {
        let pointer = self.read_physical((self.s.cr3 & !0x1F) + (linear >> 30 << 3));
        if pointer & pte::PRESENT == 0 {
            return Err(self.page_fault(linear, user, want, 0));
        }
        let at = (pointer & pte::FRAME) + (linear >> 21 << 3 & 0xFF8);
        let (directory, high) = (self.read_physical(at), self.read_physical(at | 4));
        if directory & pte::PRESENT == 0 {
            return Err(self.page_fault(linear, user, want, 0));
        }
        if high & !0xF != 0 {
            return Err(self.page_fault(linear, user, want, code::PRESENT | code::RESERVED));
        }
        if directory & pte::LARGE != 0 {
            let frame = u64::from(high) << 32 | u64::from(directory & 0xFFE0_0000);
            let physical = frame | u64::from(linear & 0x001F_F000);
            return Ok(Leaf { at, value: directory, rights: directory, physical, directory: None });
        }
        let entry_at = (directory & pte::FRAME) + (linear >> 12 << 3 & 0xFF8);
        let (entry, high) = (self.read_physical(entry_at), self.read_physical(entry_at | 4));
        if entry & pte::PRESENT == 0 {
            return Err(self.page_fault(linear, user, want, 0));
        }
        if high & !0xF != 0 {
            return Err(self.page_fault(linear, user, want, code::PRESENT | code::RESERVED));
        }
        let physical = u64::from(high) << 32 | u64::from(entry & pte::FRAME);
        let directory_place = Some((at, directory));
        Ok(Leaf {
            at: entry_at,
            value: entry,
            rights: entry & directory,
            physical,
            directory: directory_place,
        })
    }

    /// Sets the accessed bit of a directory entry.
    fn touch(&mut self, at: u32, value: u32) {
        if value & pte::ACCESSED == 0 {
            self.write_physical(at, value | pte::ACCESSED);
        }
    }

    fn page_fault(&mut self, linear: u32, user: bool, want: Want, mut error: u16) -> Stop {
        if user {
            error |= code::USER;
        }
        if want == Want::Write {
            error |= code::WRITE;
        }
        self.s.cr2 = linear;
        pf(error)
    }

    /// Reads an aligned dword of physical memory.
    pub(crate) fn read_physical(&mut self, at: u32) -> u32 {
        let at = at & self.bus.a20_mask() & !3;
        match self.bus.page(at & PAGE_MASK) {
            Page::Ram { offset, .. } => self.ram.read_u32(offset as usize + (at & 0xFFF) as usize),
            Page::Device => {
                self.attention = true;
                self.bus.read_mmio(at, backplane::Width::Dword, self.s.retired)
            }
        }
    }

    fn write_physical(&mut self, at: u32, value: u32) {
        let at = at & self.bus.a20_mask() & !3;
        match self.bus.page(at & PAGE_MASK) {
            Page::Ram { offset, writable: true } => {
                self.ram.write_u32(offset as usize + (at & 0xFFF) as usize, value);
                self.attention |= self.ram.has_stale_code();
            }
            Page::Ram { .. } => {}
            Page::Device => {
                self.attention = true;
                self.bus.write_mmio(at, backplane::Width::Dword, value, self.s.retired);
            }
        }
    }
}
