//! Video memory: a region of the store behind offsets that cannot leave it.
//!
//! The four planes are interleaved: byte `4 * plane offset + plane`, one dword a plane offset. A 256-colour pixel
//! row and a linear frame buffer are then plain consecutive bytes.

use backplane::{PageFlags, Ram, Region};

/// An offset in the store that lies in video memory, whatever number it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VramOffset(usize);

impl VramOffset {
    /// The store offset of byte `index` of video memory, wrapped at its end.
    #[inline]
    pub(super) fn byte(region: Region, index: u32) -> Self {
        VramOffset((region.offset + (index & region.len.wrapping_sub(1))) as usize)
    }

    /// The store offset of the dword that holds all four planes of a plane offset, wrapped at the end.
    #[inline]
    pub(super) fn planes(region: Region, plane_offset: u32) -> Self {
        Self::byte(region, plane_offset.wrapping_mul(4))
    }

    /// The offset in the store.
    #[inline]
    pub(super) fn in_store(self) -> usize {
        self.0
    }
}

/// Video memory for the length of one call.
#[derive(Clone, Copy)]
pub(super) struct Vram<'a> {
    ram: &'a Ram,
    region: Region,
}

impl<'a> Vram<'a> {
    /// The video memory in `region` of the store.
    #[inline]
    pub(super) fn new(ram: &'a Ram, region: Region) -> Self {
        Vram { ram, region }
    }

    /// Bytes of video memory.
    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.region.len
    }

    /// A byte.
    #[inline]
    pub(super) fn byte(&self, index: u32) -> u8 {
        self.ram.read_u8(VramOffset::byte(self.region, index).in_store())
    }

    /// Stores a byte.
    #[inline]
    pub(super) fn set_byte(&self, index: u32, value: u8) {
        self.ram.write_u8(VramOffset::byte(self.region, index).in_store(), value);
    }

    /// The four planes of a plane offset, plane 0 lowest.
    #[inline]
    pub(super) fn planes(&self, plane_offset: u32) -> u32 {
        self.ram.read_u32(VramOffset::planes(self.region, plane_offset).in_store())
    }

    /// Stores the four planes of a plane offset.
    #[inline]
    pub(super) fn set_planes(&self, plane_offset: u32, value: u32) {
        let at = VramOffset::planes(self.region, plane_offset).in_store();
        // Most writes meet a page that is marked already: an aligned dword lies in one page.
        if self.ram.flags(at) & (PageFlags::DIRTY | PageFlags::HAS_CODE) == PageFlags::DIRTY {
            self.ram.put_u32(at, value);
        } else {
            self.ram.write_u32(at, value);
        }
    }

    /// Fills `row` with bytes from `index` on, wrapped at the end.
    pub(super) fn read_row(&self, index: u32, row: &mut [u8]) {
        let at = index & self.region.len.wrapping_sub(1);
        let first = row.len().min((self.region.len - at) as usize);
        let (head, tail) = row.split_at_mut(first);
        self.ram.read(VramOffset::byte(self.region, at).in_store(), head);
        for (n, byte) in tail.iter_mut().enumerate() {
            *byte = self.byte(n as u32);
        }
    }

    /// Stores bytes from `index` on, wrapped at the end.
    pub(super) fn write_row(&self, index: u32, row: &[u8]) {
        let at = self.wrapped(index);
        let first = row.len().min((self.region.len - at) as usize);
        let (head, tail) = row.split_at(first);
        self.ram.write(VramOffset::byte(self.region, at).in_store(), head);
        self.ram.write(VramOffset::byte(self.region, 0).in_store(), tail);
    }

    /// An index wrapped at the end.
    pub(super) fn wrapped(&self, index: u32) -> u32 {
        index & self.region.len.wrapping_sub(1)
    }

    /// Zeroes `len` bytes from the start.
    pub(super) fn clear(&self, len: u32) {
        let len = len.min(self.region.len) as usize;
        let start = self.region.offset as usize;
        self.ram.put_fill(start, &[0], len);
        self.ram.mark_written(start, len);
    }

    /// Whether any page of `len` bytes from `index` on was written since [`Vram::forget_dirt`]. The range does
    /// not wrap: what lies past the end counts as the whole of video memory.
    pub(super) fn dirty(&self, index: u32, len: u32) -> bool {
        let (start, len) = self.range(index, len);
        let last = (start + len).div_ceil(backplane::PAGE);
        (start / backplane::PAGE..last)
            .any(|page| self.ram.flags(page * backplane::PAGE).contains(PageFlags::VIDEO_DIRTY))
    }

    /// Calls the same range clean.
    pub(super) fn forget_dirt(&self, index: u32, len: u32) {
        let (start, len) = self.range(index, len);
        self.ram.clear_flags(start, len, PageFlags::VIDEO_DIRTY);
    }

    fn range(&self, index: u32, len: u32) -> (usize, usize) {
        let start = self.region.offset as usize;
        if index.checked_add(len).is_some_and(|end| end <= self.region.len) {
            (start + index as usize, len as usize)
        } else {
            (start, self.region.len as usize)
        }
    }
}
