//! Memory as instructions see it: segment checks, translation, RAM and devices.

use crate::cpu::Cpu;
use crate::fault::{Done, Stop, ac, gp, ss};
use crate::paging::Want;
use crate::tlb::{Entry, Kind, PAGE_MASK, tag};
use crate::word::Word;
use backplane::Width;
use engine::{Seg, SegAccess, Segment};

impl Cpu<'_> {
    /// Reads `seg:offset` where that needs no second look.
    #[inline(always)]
    pub(crate) fn peek<W: Word>(&self, seg: u8, offset: u32) -> Option<u32> {
        let window = &self.windows[usize::from(seg & 7)];
        let linear = window.base.wrapping_add(offset);
        let entry = self.tlb.at(linear, self.side);
        let open =
            i64::from(offset) + i64::from(W::BYTES - 1) <= window.read && entry.read == tag::<W>(linear);
        open.then(|| W::load(self.ram, (entry.offset + (linear & 0xFFF)) as usize))
    }

    /// Writes `seg:offset` where that needs no second look; whether it did.
    #[inline(always)]
    pub(crate) fn poke<W: Word>(&mut self, seg: u8, offset: u32, value: u32) -> bool {
        let window = &self.windows[usize::from(seg & 7)];
        let linear = window.base.wrapping_add(offset);
        let entry = self.tlb.at(linear, self.side);
        let open =
            i64::from(offset) + i64::from(W::BYTES - 1) <= window.write && entry.write == tag::<W>(linear);
        if open {
            W::store(self.ram, (entry.offset + (linear & 0xFFF)) as usize, value);
        }
        open
    }

    /// Reads `seg:offset`.
    #[inline(always)]
    pub(crate) fn read<W: Word>(&mut self, seg: u8, offset: u32) -> Result<u32, Stop> {
        let window = &self.windows[usize::from(seg & 7)];
        if i64::from(offset) + i64::from(W::BYTES - 1) <= window.read {
            let linear = window.base.wrapping_add(offset);
            return self.read_linear::<W>(linear, self.side);
        }
        let value = self.read_checked::<W>(seg, offset);
        self.answer(value)
    }

    /// Writes `seg:offset`.
    #[inline(always)]
    pub(crate) fn write<W: Word>(&mut self, seg: u8, offset: u32, value: u32) -> Done {
        let window = &self.windows[usize::from(seg & 7)];
        if i64::from(offset) + i64::from(W::BYTES - 1) <= window.write {
            let linear = window.base.wrapping_add(offset);
            return self.write_linear::<W>(linear, self.side, value);
        }
        self.write_checked::<W>(seg, offset, value)
    }

    /// Reads `seg:offset` for an instruction that is about to write it: faults as the write would.
    #[inline(always)]
    pub(crate) fn read_to_write<W: Word>(&mut self, seg: u8, offset: u32) -> Result<u32, Stop> {
        let window = &self.windows[usize::from(seg & 7)];
        if i64::from(offset) + i64::from(W::BYTES - 1) <= window.write {
            let linear = window.base.wrapping_add(offset);
            let entry = self.tlb.at(linear, self.side);
            if entry.write == tag::<W>(linear) {
                return Ok(W::load(self.ram, (entry.offset + (linear & 0xFFF)) as usize));
            }
        }
        let value = self.read_to_write_checked::<W>(seg, offset);
        self.answer(value)
    }

    /// Reads a linear address. Alignment is not looked at: while it matters no window lets anything through.
    #[inline(always)]
    pub(crate) fn read_linear<W: Word>(&mut self, linear: u32, side: usize) -> Result<u32, Stop> {
        let entry = self.tlb.at(linear, side);
        if entry.read == tag::<W>(linear) {
            return Ok(W::load(self.ram, (entry.offset + (linear & 0xFFF)) as usize));
        }
        let value = self.read_slow::<W>(linear, side);
        self.answer(value)
    }

    /// Writes a linear address, as [`Cpu::read_linear`].
    #[inline(always)]
    pub(crate) fn write_linear<W: Word>(&mut self, linear: u32, side: usize, value: u32) -> Done {
        let entry = self.tlb.at(linear, side);
        if entry.write == tag::<W>(linear) {
            W::store(self.ram, (entry.offset + (linear & 0xFFF)) as usize, value);
            return Ok(());
        }
        self.write_slow::<W>(linear, side, value)
    }

    /// What an outlined access gave: it leaves what stopped it in `failure`, so that values travel in registers.
    #[inline(always)]
    fn answer<T>(&self, value: Option<T>) -> Result<T, Stop> {
        match value {
            Some(value) => Ok(value),
            None => Err(self.failure),
        }
    }

    #[inline(always)]
    fn noted<T>(&mut self, result: Result<T, Stop>) -> Option<T> {
        result.map_err(|stop| self.failure = stop).ok()
    }

    #[cold]
    #[inline(never)]
    fn read_checked<W: Word>(&mut self, seg: u8, offset: u32) -> Option<u32> {
        let value = self.try_read_checked::<W>(seg, offset);
        self.noted(value)
    }

    fn try_read_checked<W: Word>(&mut self, seg: u8, offset: u32) -> Result<u32, Stop> {
        if self.is_8086() && offset + W::BYTES > 0x1_0000 {
            let low = self.read::<u8>(seg, offset)?;
            return Ok(low | self.read::<u8>(seg, 0)? << 8);
        }
        let linear = self.check(usize::from(seg), offset, W::BYTES, false)?;
        self.check_alignment(linear, W::BYTES)?;
        self.read_linear::<W>(linear, self.side)
    }

    #[cold]
    #[inline(never)]
    fn write_checked<W: Word>(&mut self, seg: u8, offset: u32, value: u32) -> Done {
        if self.is_8086() && offset + W::BYTES > 0x1_0000 {
            self.write::<u8>(seg, offset, value)?;
            return self.write::<u8>(seg, 0, value >> 8);
        }
        let linear = self.check(usize::from(seg), offset, W::BYTES, true)?;
        self.check_alignment(linear, W::BYTES)?;
        self.write_linear::<W>(linear, self.side, value)
    }

    #[inline(never)]
    fn read_to_write_checked<W: Word>(&mut self, seg: u8, offset: u32) -> Option<u32> {
        let value = self.try_read_to_write::<W>(seg, offset);
        self.noted(value)
    }

    fn try_read_to_write<W: Word>(&mut self, seg: u8, offset: u32) -> Result<u32, Stop> {
        if self.is_8086() {
            return self.read::<W>(seg, offset);
        }
        let linear = self.check(usize::from(seg), offset, W::BYTES, true)?;
        self.probe_write(linear, W::BYTES)?;
        self.read_linear::<W>(linear, self.side)
    }

    /// Makes sure that a write of `size` bytes at `seg:offset` cannot fault.
    pub(crate) fn probe(&mut self, seg: Seg, offset: u32, size: u32) -> Done {
        let linear = self.check(seg as usize, offset, size, true)?;
        self.probe_write(linear, size)
    }

    fn probe_write(&mut self, linear: u32, size: u32) -> Done {
        self.check_alignment(linear, size)?;
        self.translate(linear, self.side, Want::Write)?;
        let last = linear.wrapping_add(size - 1);
        if (linear ^ last) & PAGE_MASK != 0 {
            // CR2 is the first byte that cannot be reached.
            self.translate(last & PAGE_MASK, self.side, Want::Write)?;
        }
        Ok(())
    }

    /// The full segment check; the linear address when it passes.
    pub(crate) fn check(&self, n: usize, offset: u32, size: u32, write: bool) -> Result<u32, Stop> {
        let segment = &self.s.seg[n];
        if allows(segment, offset, size, write) {
            Ok(segment.base.wrapping_add(offset))
        } else if n == Seg::Ss as usize && (self.protected() || !self.is_286()) {
            Err(ss(0))
        } else {
            Err(gp(0))
        }
    }

    /// #AC for an access of 2, 4 or 8 bytes that is not aligned to its size, where that is checked.
    pub(crate) fn check_alignment(&self, linear: u32, size: u32) -> Done {
        if self.aligned && linear & (size - 1) & 7 != 0 && size.is_power_of_two() {
            Err(ac())
        } else {
            Ok(())
        }
    }

    /// A read that the tags did not let through: of a chip, of a page that is new, that is watched, or across two.
    #[cold]
    #[inline(never)]
    fn read_slow<W: Word>(&mut self, linear: u32, side: usize) -> Option<u32> {
        let entry = self.tlb.at(linear, side);
        if entry.known == tag::<W>(linear)
            && entry.kind == Kind::Device
            && whole::<W>(linear)
            && !self.watching
        {
            let at = entry.physical + (linear & 0xFFF);
            let value = self.bus.read_mmio(at, W::WIDTH, self.s.retired);
            self.look_around();
            return Some(value & W::MASK);
        }
        let value = self.read_anywhere(linear, side, W::BYTES);
        self.noted(value)
    }

    fn read_anywhere(&mut self, linear: u32, side: usize, size: u32) -> Result<u32, Stop> {
        let in_page = 0x1000 - (linear & 0xFFF);
        let first = self.translate(linear, side, Want::Read)?;
        let value = if in_page < size {
            let next = linear.wrapping_add(in_page);
            let second = self.translate(next, side, Want::Read)?;
            let low = self.read_place(&first, linear & 0xFFF, in_page);
            low | self.read_place(&second, 0, size - in_page) << (in_page * 8)
        } else {
            self.read_place(&first, linear & 0xFFF, size)
        };
        if self.watching {
            self.watch(linear, size, false);
        }
        Ok(value)
    }

    /// A write that the tags did not let through, as [`Cpu::read_slow`]; also one beside code.
    #[cold]
    #[inline(never)]
    fn write_slow<W: Word>(&mut self, linear: u32, side: usize, value: u32) -> Done {
        let entry = self.tlb.at(linear, side);
        if entry.known == tag::<W>(linear) && entry.writable && !self.watching {
            let in_page = linear & 0xFFF;
            if entry.kind == Kind::Ram {
                let at = entry.offset + in_page;
                W::store(self.ram, at as usize, value);
                self.note_written(at, W::BYTES);
                return Ok(());
            }
            if entry.kind == Kind::Device && whole::<W>(linear) {
                let at = entry.physical + in_page;
                self.bus.write_mmio(at, W::WIDTH, value & W::MASK, self.s.retired);
                self.look_around();
                return Ok(());
            }
        }
        self.write_anywhere(linear, side, W::BYTES, value)
    }

    fn write_anywhere(&mut self, linear: u32, side: usize, size: u32, value: u32) -> Done {
        let in_page = 0x1000 - (linear & 0xFFF);
        let first = self.translate(linear, side, Want::Write)?;
        if in_page < size {
            let second = self.translate(linear.wrapping_add(in_page), side, Want::Write)?;
            self.write_place(&first, linear & 0xFFF, in_page, value);
            self.write_place(&second, 0, size - in_page, value >> (in_page * 8));
        } else {
            self.write_place(&first, linear & 0xFFF, size, value);
        }
        if self.watching {
            self.watch(linear, size, true);
        }
        Ok(())
    }

    fn read_place(&mut self, entry: &Entry, at: u32, size: u32) -> u32 {
        match entry.kind {
            Kind::Ram | Kind::Rom => read_bytes(self.ram, entry.offset + at, size),
            Kind::Device => self.read_device(entry.physical + at, size),
            Kind::Nowhere => u32::MAX >> (32 - size * 8),
        }
    }

    fn write_place(&mut self, entry: &Entry, at: u32, size: u32, value: u32) {
        match entry.kind {
            Kind::Ram => self.write_ram(entry.offset + at, size, value),
            Kind::Device => self.write_device(entry.physical + at, size, value),
            Kind::Rom | Kind::Nowhere => {}
        }
    }

    fn write_ram(&mut self, at: u32, size: u32, value: u32) {
        for n in 0..size {
            self.ram.put_u8((at + n) as usize, (value >> (8 * n)) as u8);
        }
        self.note_written(at, size);
    }

    /// Reports a write inside one page to whoever decoded code there.
    pub(crate) fn note_written(&mut self, at: u32, size: u32) {
        if self.code.touches(at, size) {
            self.overwritten.push((at, size));
            self.attention = true;
        }
    }

    fn read_device(&mut self, physical: u32, size: u32) -> u32 {
        let mut value = 0;
        for (at, bytes) in pieces(physical, size) {
            let piece = self.bus.read_mmio(physical + at, width(bytes), self.s.retired);
            value |= (piece & u32::MAX >> (32 - 8 * bytes)) << (8 * at);
        }
        self.look_around();
        value
    }

    fn write_device(&mut self, physical: u32, size: u32, value: u32) {
        for (at, bytes) in pieces(physical, size) {
            let piece = value >> (8 * at) & u32::MAX >> (32 - 8 * bytes);
            self.bus.write_mmio(physical + at, width(bytes), piece, self.s.retired);
        }
        self.look_around();
    }

    /// Reads memory that the CPU itself needs (descriptors, TSS): supervisor rights, no segment, no alignment check.
    pub(crate) fn read_system<W: Word>(&mut self, linear: u32) -> Result<u32, Stop> {
        self.read_linear::<W>(linear, 0)
    }

    /// Writes memory for the CPU itself.
    pub(crate) fn write_system<W: Word>(&mut self, linear: u32, value: u32) -> Done {
        self.write_linear::<W>(linear, 0, value)
    }

    /// Makes sure that the CPU's own accesses to a range cannot page-fault.
    pub(crate) fn probe_system(&mut self, linear: u32, size: u32, want: Want) -> Done {
        self.translate(linear, 0, want)?;
        let last = linear.wrapping_add(size.max(1) - 1);
        if (linear ^ last) & PAGE_MASK != 0 {
            self.translate(last & PAGE_MASK, 0, want)?;
        }
        Ok(())
    }
}

/// Whether a segment lets an access through.
fn allows(segment: &Segment, offset: u32, size: u32, write: bool) -> bool {
    let a = segment.access;
    if !a.contains(SegAccess::PRESENT) || a.contains(SegAccess::UNUSABLE) {
        return false;
    }
    let code = a.contains(SegAccess::CODE);
    let free = a.contains(SegAccess::READ_WRITE);
    let type_allows = if write { !code && free } else { !code || free };
    let last = u64::from(offset) + u64::from(size) - 1;
    let inside = if !code && a.contains(SegAccess::DOWN_CONFORMING) {
        let top = if a.contains(SegAccess::BIG) { u64::from(u32::MAX) } else { 0xFFFF };
        offset > segment.limit && last <= top
    } else {
        last <= u64::from(segment.limit)
    };
    type_allows && inside
}

fn read_bytes(ram: &backplane::Ram, at: u32, size: u32) -> u32 {
    (0..size).fold(0, |value, n| value | u32::from(ram.read_u8((at + n) as usize)) << (8 * n))
}

/// Whether an access lies in one dword.
#[inline(always)]
fn whole<W: Word>(linear: u32) -> bool {
    (linear & 3) + W::BYTES <= 4
}

/// Cuts an access so that no piece crosses a dword boundary and each has a width: (offset, bytes).
fn pieces(physical: u32, size: u32) -> impl Iterator<Item = (u32, u32)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= size {
            return None;
        }
        let here = (4 - ((physical + at) & 3)).min(size - at);
        let bytes = if here == 3 { 1 } else { here };
        at += bytes;
        Some((at - bytes, bytes))
    })
}

fn width(bytes: u32) -> Width {
    match bytes {
        1 => Width::Byte,
        2 => Width::Word,
        _ => Width::Dword,
    }
}
