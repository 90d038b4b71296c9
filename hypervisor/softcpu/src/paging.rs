//! Page walks: 4 KiB pages, 4 MiB pages (PSE, PSE-36), PAE; accessed and dirty bits; protection (Intel SDM vol. 3,
//! chapter 4).

use crate::cpu::{Cpu, cr4};
use crate::fault::{Stop, gp, pf};
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
    /// Of a directory entry.
    pub(super) const LARGE: u32 = 1 << 7;
    /// Of a table entry.
    pub(super) const PAT: u32 = 1 << 7;
    pub(super) const GLOBAL: u32 = 1 << 8;
    pub(super) const FRAME: u32 = 0xFFFF_F000;
}

/// Bits of the entries of PAE paging, for 36 bits of physical address and no execute-disable.
mod pae {
    pub(super) const FRAME: u64 = 0xF_FFFF_F000;
    pub(super) const RESERVED: u64 = !(FRAME | 0xFFF);
    pub(super) const LARGE_RESERVED: u64 = 0x1F_E000;
    /// Of a directory pointer: it has P, PWT and PCD, and three bits for software.
    pub(super) const POINTER_RESERVED: u64 = RESERVED | 0x1E6;
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
        let extended = self.s.cr4 & cr4::PSE != 0;
        let attributes = self.has(Features::PAT);
        if directory & pte::LARGE != 0 && extended {
            // Bits 16-13 are physical bits 35-32 of PSE-36, bit 12 is PAT.
            let used = if self.has(Features::PSE36) { 0xF << 13 } else { 0 } | u32::from(attributes) << 12;
            if directory & 0x003F_F000 & !used != 0 {
                return Err(self.page_fault(linear, user, want, code::PRESENT | code::RESERVED));
            }
            let frame = u64::from(directory & 0x1_E000) << 19 | u64::from(directory & 0xFFC0_0000);
            let physical = frame | u64::from(linear & 0x003F_F000);
            return Ok(Leaf { at, value: directory, rights: directory, physical, directory: None });
        }
        let entry_at = (directory & pte::FRAME) + (linear >> 12 << 2 & 0xFFC);
        let entry = self.read_physical(entry_at);
        if entry & pte::PRESENT == 0 {
            return Err(self.page_fault(linear, user, want, 0));
        }
        if entry & pte::PAT != 0 && extended && !attributes {
            return Err(self.page_fault(linear, user, want, code::PRESENT | code::RESERVED));
        }
        Ok(Leaf {
            at: entry_at,
            value: entry,
            rights: entry & directory,
            physical: u64::from(entry & pte::FRAME),
            directory: Some((at, directory)),
        })
    }

    /// Loads the four page-directory-pointer entries that `cr3` names; #GP for a reserved bit in one that is present.
    pub(crate) fn load_directory_pointers(&mut self, cr3: u32) -> Result<(), Stop> {
        let mut pointers = [0; 4];
        for (at, pointer) in (cr3 & !0x1F..).step_by(8).zip(&mut pointers) {
            *pointer = u64::from(self.read_physical(at)) | u64::from(self.read_physical(at | 4)) << 32;
            if *pointer & 1 != 0 && *pointer & pae::POINTER_RESERVED != 0 {
                return Err(gp(0));
            }
        }
        self.s.pdpte = pointers;
        Ok(())
    }

    fn walk_pae(&mut self, linear: u32, user: bool, want: Want) -> Result<Leaf, Stop> {
        let pointer = self.s.pdpte[(linear >> 30) as usize];
        if pointer & 1 == 0 {
            return Err(self.page_fault(linear, user, want, 0));
        }
        let (at, directory) = self.pae_entry(pointer, linear >> 21, linear, user, want)?;
        let low = directory as u32;
        if low & pte::LARGE != 0 {
            if directory & pae::LARGE_RESERVED != 0 {
                return Err(self.page_fault(linear, user, want, code::PRESENT | code::RESERVED));
            }
            let physical = directory & pae::FRAME & !0x1F_FFFF | u64::from(linear & 0x001F_F000);
            return Ok(Leaf { at, value: low, rights: low, physical, directory: None });
        }
        let (entry_at, entry) = self.pae_entry(directory, linear >> 12, linear, user, want)?;
        Ok(Leaf {
            at: entry_at,
            value: entry as u32,
            rights: entry as u32 & low,
            physical: entry & pae::FRAME,
            directory: Some((at, low)),
        })
    }

    /// Entry `n` (modulo 512) of the table that `above` points to: its place and its value, present and without
    /// reserved bits.
    fn pae_entry(
        &mut self,
        above: u64,
        n: u32,
        linear: u32,
        user: bool,
        want: Want,
    ) -> Result<(u32, u64), Stop> {
        let table = above & pae::FRAME;
        if table > u64::from(u32::MAX) {
            // Nothing answers there: all ones.
            return Err(self.page_fault(linear, user, want, code::PRESENT | code::RESERVED));
        }
        let at = table as u32 | (n & 0x1FF) << 3;
        let entry = u64::from(self.read_physical(at)) | u64::from(self.read_physical(at | 4)) << 32;
        if entry & 1 == 0 {
            return Err(self.page_fault(linear, user, want, 0));
        }
        if entry & pae::RESERVED != 0 {
            return Err(self.page_fault(linear, user, want, code::PRESENT | code::RESERVED));
        }
        Ok((at, entry))
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
            Page::Device => self.bus.read_mmio(at, backplane::Width::Dword, self.s.retired),
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
            Page::Device => self.bus.write_mmio(at, backplane::Width::Dword, value, self.s.retired),
        }
    }
}
