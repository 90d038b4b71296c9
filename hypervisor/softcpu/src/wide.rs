//! Memory operands of 8 and 16 bytes.
//!
//! They are read or written whole: a store that would fault in its second page leaves the first as it was. Misaligned
//! operands of 16 bytes are #GP where the instruction demands alignment; elsewhere the alignment check looks at eight bytes
//! (Intel SDM vol. 3, section 6.15, interrupt 17).

use crate::cpu::Cpu;
use crate::fault::{Done, Stop, ac, gp};
use crate::paging::Want;
use crate::tlb::{HALF, PAGE_MASK, index};

/// Sixteen bytes, low quadword first.
pub(crate) type Quads = [u64; 2];

impl Cpu<'_> {
    /// Reads eight bytes.
    #[inline(always)]
    pub(crate) fn read64(&mut self, seg: u8, offset: u32) -> Result<u64, Stop> {
        match self.open_place::<8>(seg, offset, Want::Read, false) {
            Some(at) => Ok(self.ram.read_u64(at)),
            None => Ok(self.read_far::<8>(seg, offset, false)?[0]),
        }
    }

    /// Writes eight bytes.
    #[inline(always)]
    pub(crate) fn write64(&mut self, seg: u8, offset: u32, value: u64) -> Done {
        match self.open_place::<8>(seg, offset, Want::Write, false) {
            Some(at) => {
                self.ram.put_u64(at, value);
                Ok(())
            }
            None => self.write_far::<8>(seg, offset, false, [value, 0]),
        }
    }

    /// Reads sixteen bytes; `aligned` says that misaligned ones are #GP.
    #[inline(always)]
    pub(crate) fn read128(&mut self, seg: u8, offset: u32, aligned: bool) -> Result<Quads, Stop> {
        match self.open_place::<16>(seg, offset, Want::Read, aligned) {
            Some(at) => Ok([self.ram.read_u64(at), self.ram.read_u64(at + 8)]),
            None => self.read_far::<16>(seg, offset, aligned),
        }
    }

    /// Writes sixteen bytes; `aligned` says that misaligned ones are #GP.
    #[inline(always)]
    pub(crate) fn write128(&mut self, seg: u8, offset: u32, aligned: bool, value: Quads) -> Done {
        match self.open_place::<16>(seg, offset, Want::Write, aligned) {
            Some(at) => {
                self.ram.put_u64(at, value[0]);
                self.ram.put_u64(at + 8, value[1]);
                Ok(())
            }
            None => self.write_far::<16>(seg, offset, aligned, value),
        }
    }

    /// Where an operand lies in the store when nothing stands in its way.
    #[inline(always)]
    fn open_place<const SIZE: u32>(&self, seg: u8, offset: u32, want: Want, aligned: bool) -> Option<usize> {
        let window = &self.windows[usize::from(seg)];
        let writes = want == Want::Write;
        let last = if writes { window.write } else { window.read };
        let linear = window.base.wrapping_add(offset);
        let entry = &self.tlb.entries[(index(linear) + self.side) & (2 * HALF - 1)];
        let tag = if writes { entry.write } else { entry.read };
        let checked = if aligned { 15 } else { 0 };
        let open = i64::from(offset) + i64::from(SIZE - 1) <= last
            && tag == linear & (PAGE_MASK | checked)
            && (linear & 0xFFF) + SIZE <= 0x1000;
        open.then_some((entry.offset + (linear & 0xFFF)) as usize)
    }

    /// Segment and alignment checks of an operand; its linear address.
    pub(crate) fn check_wide(
        &self,
        seg: u8,
        offset: u32,
        size: u32,
        want: Want,
        aligned: bool,
    ) -> Result<u32, Stop> {
        let linear = self.check(usize::from(seg), offset, size, want == Want::Write)?;
        if aligned && linear & 15 != 0 {
            return Err(gp(0));
        }
        if self.aligned && linear & 7 != 0 { Err(ac()) } else { Ok(linear) }
    }

    /// Makes sure that the pages of an operand of at most 4096 bytes let an access through.
    pub(crate) fn probe_pages(&mut self, linear: u32, size: u32, want: Want) -> Done {
        self.translate(linear, self.side, want)?;
        let next = 0x1000 - (linear & 0xFFF);
        if next < size {
            self.translate(linear.wrapping_add(next), self.side, want)?;
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn read_far<const SIZE: u32>(&mut self, seg: u8, offset: u32, aligned: bool) -> Result<Quads, Stop> {
        let linear = self.check_wide(seg, offset, SIZE, Want::Read, aligned)?;
        self.probe_pages(linear, SIZE, Want::Read)?;
        let mut value = [0; 2];
        for n in 0..SIZE / 4 {
            let dword = self.read_linear::<u32>(linear.wrapping_add(4 * n), self.side)?;
            value[n as usize / 2] |= u64::from(dword) << (32 * (n & 1));
        }
        Ok(value)
    }

    #[cold]
    #[inline(never)]
    fn write_far<const SIZE: u32>(&mut self, seg: u8, offset: u32, aligned: bool, value: Quads) -> Done {
        let linear = self.check_wide(seg, offset, SIZE, Want::Write, aligned)?;
        self.probe_pages(linear, SIZE, Want::Write)?;
        for n in 0..SIZE / 4 {
            let dword = (value[n as usize / 2] >> (32 * (n & 1))) as u32;
            self.write_linear::<u32>(linear.wrapping_add(4 * n), self.side, dword)?;
        }
        Ok(())
    }
}
