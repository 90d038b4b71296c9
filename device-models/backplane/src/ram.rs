//! The store: guest RAM, ROM images and video memory in one mapping.
//!
//! The first bytes are guest RAM as a bus master sees it; ROM images and video memory follow at offsets that
//! the machine hands to the chips that own them ([`Region`]). One mapping (a memfd where the host has them) lets
//! KVM memory slots, translated code and copy-on-write snapshots share it. One flags byte a page tells what
//! needs attention before a plain access is allowed.
//!
//! This module is the one place of the crate with `unsafe`: reads and writes through the mapping's pointer,
//! each after a bounds check.
#![allow(unsafe_code)]

use crate::Width;
use bitflags::bitflags;
use std::cell::{Cell, RefCell};
use vm_memory::mmap::MmapRegion;

/// Bytes in a page: the unit of flags, claims and address translation.
pub const PAGE: usize = 4096;

bitflags! {
    /// What a page of the store is, or what happened to it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct PageFlags: u8 {
        /// Written since the last snapshot.
        const SNAPSHOT_DIRTY = 1;
        /// Written since the last frame.
        const VIDEO_DIRTY = 2;
        /// An engine holds decoded or translated code of this page: a write must reach it.
        const HAS_CODE = 4;
        /// CPU writes are ignored.
        const READ_ONLY = 8;
        /// Written since its last digest.
        const DIGEST_DIRTY = 16;
    }
}

impl PageFlags {
    /// All kinds of dirt.
    pub const DIRTY: PageFlags =
        PageFlags::SNAPSHOT_DIRTY.union(PageFlags::VIDEO_DIRTY).union(PageFlags::DIGEST_DIRTY);
}

/// The host could not give the memory.
#[derive(Debug, thiserror::Error)]
#[error("the host refuses {bytes} bytes of guest memory: {cause}")]
pub struct RamError {
    /// Bytes asked for.
    pub bytes: usize,
    /// What the host said.
    pub cause: String,
}

/// A piece of the store that a chip owns, in bytes. `len` is a power of two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Region {
    /// First byte in the store.
    pub offset: u32,
    /// Length in bytes.
    pub len: u32,
}

/// The store. All accesses take `&self`: one machine, one thread, plain bytes.
///
/// Reads past the end give all ones, writes past the end are ignored: an undriven bus.
pub struct Ram {
    map: MmapRegion,
    base: *mut u8,
    len: usize,
    flags: Box<[Cell<u8>]>,
    stale_code: RefCell<Vec<u32>>,
    epoch: Cell<u32>,
    dma_limit: Cell<usize>,
    listening: Cell<bool>,
    heard: RefCell<Vec<BusMaster>>,
}

/// What a bus master moved, as one who listens hears it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusMaster {
    /// It wrote to memory; otherwise it read.
    pub wrote: bool,
    /// Physical address of the first byte.
    pub address: u32,
    /// What was moved.
    pub bytes: Vec<u8>,
}

// SAFETY: `base` points into `map`, which is owned and may be used from any thread; the type is not `Sync`.
unsafe impl Send for Ram {}

macro_rules! plain_access {
    ($read:ident, $write:ident, $type:ty) => {
        #[doc = concat!("Reads a little-endian `", stringify!($type), "`; all ones past the end.")]
        #[inline(always)]
        pub fn $read(&self, offset: usize) -> $type {
            if offset <= self.len - size_of::<$type>() {
                // SAFETY: the whole value lies inside the mapping.
                unsafe { <$type>::from_le(self.base.add(offset).cast::<$type>().read_unaligned()) }
            } else {
                <$type>::MAX
            }
        }

        #[doc = concat!("Writes a little-endian `", stringify!($type), "` without touching page flags: for an engine")]
        #[doc = "that knows the page to be dirty and free of code. Ignored past the end."]
        #[inline(always)]
        pub fn $write(&self, offset: usize, value: $type) {
            if offset <= self.len - size_of::<$type>() {
                // SAFETY: the whole value lies inside the mapping.
                unsafe { self.base.add(offset).cast::<$type>().write_unaligned(value.to_le()) }
            }
        }
    };
}

impl BusMaster {
    /// The address behind the last byte.
    fn end(&self) -> u32 {
        self.address.wrapping_add(self.bytes.len() as u32)
    }
}

impl Ram {
    /// A zeroed store of `len` bytes, rounded up to whole pages (at least one).
    ///
    /// # Errors
    /// [`RamError`] when the host refuses the mapping.
    pub fn new(len: usize) -> Result<Ram, RamError> {
        let len = len.max(1).next_multiple_of(PAGE);
        let map = map(len).map_err(|cause| RamError { bytes: len, cause })?;
        Ok(Ram {
            base: map.as_ptr(),
            map,
            len,
            flags: vec![Cell::new(0); len / PAGE].into_boxed_slice(),
            stale_code: RefCell::default(),
            epoch: Cell::new(0),
            dma_limit: Cell::new(len),
            listening: Cell::new(false),
            heard: RefCell::default(),
        })
    }

    /// Says how much of the store is guest RAM: bus masters reach nothing beyond.
    pub fn set_dma_limit(&self, bytes: usize) {
        self.dma_limit.set(bytes.min(self.len));
    }

    /// How much of the store is guest RAM.
    pub fn dma_limit(&self) -> usize {
        self.dma_limit.get()
    }

    /// A bus master's read of physical memory; what is not RAM reads as FFh.
    pub fn dma_read(&self, address: u32, buf: &mut [u8]) {
        let inside = self.dma_part(address, buf.len());
        let (there, beyond) = buf.split_at_mut(inside);
        self.read(address as usize, there);
        beyond.fill(0xFF);
        if self.listening.get() {
            self.hear(false, address, buf);
        }
    }

    /// A bus master's write to physical memory; what is not RAM is dropped.
    #[inline]
    pub fn dma_write(&self, address: u32, data: &[u8]) {
        self.write(address as usize, &data[..self.dma_part(address, data.len())]);
        if self.listening.get() {
            self.hear(true, address, data);
        }
    }

    /// Begins or ends the record of what bus masters move. It grows until it is taken.
    pub fn listen(&self, on: bool) {
        self.listening.set(on);
    }

    /// Takes what bus masters moved since the last call; pieces that follow one another are one.
    pub fn take_heard(&self) -> Vec<BusMaster> {
        std::mem::take(&mut self.heard.borrow_mut())
    }

    #[cold]
    fn hear(&self, wrote: bool, address: u32, bytes: &[u8]) {
        let mut heard = self.heard.borrow_mut();
        match heard.last_mut() {
            Some(last) if last.wrote == wrote && last.end() == address => last.bytes.extend(bytes),
            _ => heard.push(BusMaster { wrote, address, bytes: bytes.to_vec() }),
        }
    }

    #[inline]
    fn dma_part(&self, address: u32, len: usize) -> usize {
        len.min(self.dma_limit.get().saturating_sub(address as usize))
    }

    /// Length in bytes, a multiple of [`PAGE`].
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: a store has at least one page.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The mapping, for an engine that gives it to the host's CPU.
    pub fn mapping(&self) -> &MmapRegion {
        &self.map
    }

    plain_access!(read_u8, put_u8, u8);
    plain_access!(read_u16, put_u16, u16);
    plain_access!(read_u32, put_u32, u32);
    plain_access!(read_u64, put_u64, u64);

    /// Reads a little-endian value of a width.
    #[inline]
    pub fn read_wide(&self, offset: usize, width: Width) -> u32 {
        match width {
            Width::Byte => self.read_u8(offset).into(),
            Width::Word => self.read_u16(offset).into(),
            Width::Dword => self.read_u32(offset),
        }
    }

    /// Writes a byte and marks its page, as every writer but an engine does.
    #[inline]
    pub fn write_u8(&self, offset: usize, value: u8) {
        self.mark_written(offset, 1);
        self.put_u8(offset, value);
    }

    /// Writes a little-endian dword and marks its page or pages.
    #[inline]
    pub fn write_u32(&self, offset: usize, value: u32) {
        self.mark_written(offset, 4);
        self.put_u32(offset, value);
    }

    /// Fills `buf` from `offset` on; bytes past the end read as FFh.
    pub fn read(&self, offset: usize, buf: &mut [u8]) {
        let inside = buf.len().min(self.len.saturating_sub(offset));
        let (there, beyond) = buf.split_at_mut(inside);
        beyond.fill(0xFF);
        if inside > 0 {
            // SAFETY: `inside` bytes from `offset` lie in the mapping, and `buf` is not part of it.
            unsafe { self.base.add(offset).copy_to_nonoverlapping(there.as_mut_ptr(), inside) };
        }
    }

    /// Writes `data` from `offset` on and marks the pages; what lies past the end is dropped.
    pub fn write(&self, offset: usize, data: &[u8]) {
        let inside = data.len().min(self.len.saturating_sub(offset));
        if inside > 0 {
            self.mark_written(offset, inside);
            // SAFETY: `inside` bytes from `offset` lie in the mapping, and `data` is not part of it.
            unsafe { self.base.add(offset).copy_from_nonoverlapping(data.as_ptr(), inside) };
        }
    }

    /// Copies inside the store as if byte by byte upwards or downwards did not matter (`memmove`), without
    /// touching page flags. Nothing happens unless both ranges lie inside.
    pub fn put_copy(&self, from: usize, to: usize, len: usize) {
        if self.holds(from, len) && self.holds(to, len) {
            // SAFETY: both ranges lie in the mapping; `copy` allows them to overlap.
            unsafe { self.base.add(from).copy_to(self.base.add(to), len) };
        }
    }

    /// Fills a range with repetitions of `pattern` (1, 2 or 4 bytes) without touching page flags. Nothing happens
    /// with another pattern, or unless the range lies inside.
    pub fn put_fill(&self, offset: usize, pattern: &[u8], count: usize) {
        let Some(len) = pattern.len().checked_mul(count) else { return };
        if !self.holds(offset, len) {
            return;
        }
        // SAFETY: the whole range was checked to lie in the mapping.
        unsafe {
            let first = self.base.add(offset);
            match *pattern {
                [byte] => first.write_bytes(byte, count),
                [a, b] => fill(first.cast(), u16::from_ne_bytes([a, b]), count),
                [a, b, c, d] => fill(first.cast(), u32::from_ne_bytes([a, b, c, d]), count),
                _ => {}
            }
        }
    }

    /// The offset of the first byte of a page that another store has otherwise, or lacks.
    pub fn page_difference(&self, other: &Ram, page: usize) -> Option<usize> {
        let first = page * PAGE;
        if !(self.holds(first, PAGE) && other.holds(first, PAGE)) {
            return Some(first);
        }
        // SAFETY: the whole page lies in both mappings, and nothing is written while they are compared.
        let (here, there) = unsafe {
            let page = |ram: &Ram| std::slice::from_raw_parts(ram.base.add(first).cast_const(), PAGE);
            (page(self), page(other))
        };
        let differ = || here.iter().zip(there).position(|(a, b)| a != b);
        if here == there { None } else { differ().map(|at| first + at) }
    }

    /// Whether `len` bytes from `offset` lie inside the store.
    pub fn holds(&self, offset: usize, len: usize) -> bool {
        offset.checked_add(len).is_some_and(|end| end <= self.len)
    }

    /// The flags of the page that holds `offset`.
    #[inline(always)]
    pub fn flags(&self, offset: usize) -> PageFlags {
        self.flags.get(offset / PAGE).map_or(PageFlags::empty(), |f| PageFlags::from_bits_retain(f.get()))
    }

    /// Sets flags of the page that holds `offset`.
    pub fn set_flags(&self, offset: usize, flags: PageFlags) {
        if let Some(cell) = self.flags.get(offset / PAGE) {
            cell.set(cell.get() | flags.bits());
        }
    }

    /// Calls `f` with the number of each page that was written since the last snapshot.
    pub fn each_dirty_page(&self, mut f: impl FnMut(usize)) {
        let dirty = |cell: &Cell<u8>| cell.get() & PageFlags::SNAPSHOT_DIRTY.bits() != 0;
        // Most groups have none, and are looked at together.
        for (group, cells) in self.flags.chunks(64).enumerate() {
            if cells.iter().fold(0, |any, cell| any | cell.get()) & PageFlags::SNAPSHOT_DIRTY.bits() != 0 {
                let pages = cells.iter().enumerate().filter(|(_, cell)| dirty(cell));
                pages.for_each(|(page, _)| f(group * 64 + page));
            }
        }
    }

    /// Clears flags of all pages in a range, and starts a new epoch so that engines forget that the pages
    /// needed no attention.
    pub fn clear_flags(&self, offset: usize, len: usize, flags: PageFlags) {
        let last = (offset + len).div_ceil(PAGE).min(self.flags.len());
        for cell in self.flags.get(offset / PAGE..last).unwrap_or(&[]) {
            cell.set(cell.get() & !flags.bits());
        }
        self.epoch.set(self.epoch.get().wrapping_add(1));
    }

    /// Changes whenever [`Ram::clear_flags`] ran: an engine that cached "this page needs no attention" asks again.
    #[inline]
    pub fn epoch(&self) -> u32 {
        self.epoch.get()
    }

    /// Marks a written range dirty. A page with code loses the flag and is queued for [`Ram::take_stale_code`].
    #[inline]
    pub fn mark_written(&self, offset: usize, len: usize) {
        let first = offset / PAGE;
        let last = offset.saturating_add(len.max(1) - 1) / PAGE;
        for page in first..=last.min(self.flags.len() - 1) {
            let cell = &self.flags[page];
            let flags = cell.get();
            if flags & PageFlags::HAS_CODE.bits() != 0 {
                self.stale_code.borrow_mut().push(page as u32);
            }
            cell.set((flags | PageFlags::DIRTY.bits()) & !PageFlags::HAS_CODE.bits());
        }
    }

    /// Page numbers whose code was overwritten by somebody other than the engine since the last call.
    pub fn take_stale_code(&self) -> Vec<u32> {
        std::mem::take(&mut self.stale_code.borrow_mut())
    }

    /// Whether [`Ram::take_stale_code`] has something.
    #[inline]
    pub fn has_stale_code(&self) -> bool {
        !self.stale_code.borrow().is_empty()
    }
}

/// Stores `count` times the same value.
///
/// # Safety
/// All of them must lie in memory that may be written.
unsafe fn fill<T: Copy>(first: *mut T, value: T, count: usize) {
    for n in 0..count {
        // SAFETY: the caller's promise; no alignment is asked for.
        unsafe { first.add(n).write_unaligned(value) }
    }
}

/// Shared memory that later engines can map again; private memory where the host has no memfd.
fn map(len: usize) -> Result<MmapRegion, String> {
    #[cfg(target_os = "linux")]
    {
        let fd =
            rustix::fs::memfd_create("guest", rustix::fs::MemfdFlags::CLOEXEC).map_err(|e| e.to_string())?;
        rustix::fs::ftruncate(&fd, len as u64).map_err(|e| e.to_string())?;
        let file = std::fs::File::from(fd);
        MmapRegion::from_file(vm_memory::FileOffset::new(file, 0), len).map_err(|e| e.to_string())
    }
    #[cfg(not(target_os = "linux"))]
    MmapRegion::new(len).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accesses_past_the_end_are_an_undriven_bus() {
        let ram = Ram::new(PAGE).unwrap();
        assert_eq!(ram.read_u32(PAGE - 2), u32::MAX);
        ram.put_u32(PAGE - 2, 0);
        assert_eq!(ram.read_u8(usize::MAX), 0xFF);
        ram.write(PAGE - 1, &[1, 2, 3]);
        let mut seen = [0; 3];
        ram.read(PAGE - 1, &mut seen);
        assert_eq!(seen, [1, 0xFF, 0xFF]);
        ram.read(PAGE + 5, &mut seen);
        assert_eq!(seen, [0xFF; 3]);
    }

    #[test]
    fn who_listens_hears_bus_masters_and_nobody_else() {
        let ram = Ram::new(PAGE).unwrap();
        ram.dma_write(0, &[1]);
        ram.listen(true);
        ram.write(0, &[9]);
        ram.dma_write(2, &[2, 3]);
        ram.dma_write(4, &[4]);
        ram.dma_read(3, &mut [0; 2]);
        ram.listen(false);
        ram.dma_write(5, &[5]);
        let moved = |wrote, address, bytes: &[u8]| BusMaster { wrote, address, bytes: bytes.to_vec() };
        assert_eq!(ram.take_heard(), [moved(true, 2, &[2, 3, 4]), moved(false, 3, &[3, 4])]);
        assert_eq!(ram.take_heard(), []);
    }

    #[test]
    fn the_last_bytes_are_read_in_the_widths_that_fit() {
        let ram = Ram::new(PAGE).unwrap();
        ram.write(PAGE - 4, &[1, 2, 3, 4]);
        let last = [Width::Byte, Width::Word, Width::Dword];
        let last = last.map(|width| ram.read_wide(PAGE - width.bytes() as usize, width));
        assert_eq!(last, [0x04, 0x0403, 0x0403_0201]);
    }

    #[test]
    fn two_stores_differ_at_the_first_other_byte_of_a_page() {
        let (one, other) = (Ram::new(2 * PAGE).unwrap(), Ram::new(2 * PAGE).unwrap());
        other.write_u8(PAGE + 7, 1);
        other.write_u8(PAGE + 9, 1);
        assert_eq!((one.page_difference(&other, 0), one.page_difference(&other, 1)), (None, Some(PAGE + 7)));
        assert_eq!(one.page_difference(&other, 2), Some(2 * PAGE));
    }

    #[test]
    fn a_write_from_outside_reports_code_once() {
        let ram = Ram::new(4 * PAGE).unwrap();
        ram.set_flags(PAGE, PageFlags::HAS_CODE);
        ram.write(PAGE - 1, &[0; 2]);
        ram.write(PAGE, &[0; 2]);
        assert_eq!(ram.take_stale_code(), [1]);
        assert_eq!(ram.flags(0), PageFlags::DIRTY);
        assert_eq!(ram.flags(PAGE), PageFlags::DIRTY);
        let before = ram.epoch();
        ram.clear_flags(0, 2 * PAGE, PageFlags::VIDEO_DIRTY);
        assert_eq!(ram.flags(PAGE), PageFlags::DIRTY - PageFlags::VIDEO_DIRTY);
        assert_ne!(ram.epoch(), before);
    }
}
