//! Memory as the guest's CPU sees it now, for a debugger: by linear address, without a fault, an accessed bit or a device's
//! side effect (Intel SDM vol. 3, chapter 4).

use crate::Machine;
use crate::board::BoardBus;
use engine::{Bus as _, CrZero, Page};

const PRESENT: u32 = 1 << 0;
const LARGE: u32 = 1 << 7;
const FRAME: u32 = 0xFFFF_F000;
const CR4_PSE: u32 = 1 << 4;
const CR4_PAE: u32 = 1 << 5;

impl Machine {
    /// Reads memory at a linear address as far as it is mapped and plain: RAM and ROM, no device. How many bytes there were.
    pub fn peek(&mut self, linear: u32, buf: &mut [u8]) -> usize {
        self.read(linear, buf, Machine::locate)
    }

    /// The same at a physical address.
    pub fn peek_physical(&mut self, physical: u32, buf: &mut [u8]) -> usize {
        self.read(physical, buf, Machine::plain)
    }

    fn read(
        &mut self,
        from: u32,
        buf: &mut [u8],
        place: fn(&mut Machine, u32) -> Option<(usize, bool)>,
    ) -> usize {
        let mut done = 0;
        while done < buf.len() {
            let at = from.wrapping_add(done as u32);
            let len = in_page(at).min(buf.len() - done);
            let Some((offset, _)) = place(self, at) else { break };
            self.ram.read(offset, &mut buf[done..done + len]);
            done += len;
        }
        done
    }

    /// Writes RAM at a linear address, whatever the page tables say of writing; false when a byte of it is no RAM, and
    /// then nothing is written.
    pub fn poke(&mut self, linear: u32, data: &[u8]) -> bool {
        let mut pieces = Vec::new();
        let mut rest = data;
        let mut at = linear;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(in_page(at).min(rest.len()));
            let Some((offset, true)) = self.locate(at) else { return false };
            pieces.push((offset, piece));
            at = at.wrapping_add(piece.len() as u32);
            rest = behind;
        }
        for (offset, piece) in pieces {
            self.ram.write(offset, piece);
        }
        true
    }

    /// Where the byte at a linear address lies in the store, and whether it may be written.
    fn locate(&mut self, linear: u32) -> Option<(usize, bool)> {
        let physical = self.physical(linear)?;
        self.plain(physical)
    }

    fn plain(&mut self, physical: u32) -> Option<(usize, bool)> {
        let mut bus = BoardBus { board: &mut self.board, ram: &self.ram };
        let physical = physical & bus.a20_mask();
        match bus.page(physical) {
            Page::Ram { offset, writable } => Some(((offset | physical & !FRAME) as usize, writable)),
            Page::Device => None,
        }
    }

    /// The physical address that the page tables give a linear one.
    fn physical(&mut self, linear: u32) -> Option<u32> {
        let (cr0, cr3, cr4) = (self.cpu.cr0, self.cpu.cr3, self.cpu.cr4);
        if cr0 & CrZero::PG.bits() == 0 {
            return Some(linear);
        }
        if cr4 & CR4_PAE != 0 {
            let pointer = self.entry((cr3 & !0x1F) + (linear >> 30) * 8)?;
            let directory = self.entry((pointer & FRAME) + (linear >> 21 & 0x1FF) * 8)?;
            if directory & LARGE != 0 {
                return Some(directory & 0xFFE0_0000 | linear & 0x001F_FFFF);
            }
            let page = self.entry((directory & FRAME) + (linear >> 12 & 0x1FF) * 8)?;
            return Some(page & FRAME | linear & !FRAME);
        }
        let directory = self.entry((cr3 & FRAME) + (linear >> 22) * 4)?;
        if directory & LARGE != 0 && cr4 & CR4_PSE != 0 {
            return Some(directory & 0xFFC0_0000 | linear & 0x003F_FFFF);
        }
        let page = self.entry((directory & FRAME) + (linear >> 12 & 0x3FF) * 4)?;
        Some(page & FRAME | linear & !FRAME)
    }

    /// The low half of a paging entry, if it is present. No machine has RAM above 4 GiB.
    fn entry(&mut self, physical: u32) -> Option<u32> {
        let (offset, _) = self.plain(physical)?;
        let entry = self.ram.read_u32(offset);
        (entry & PRESENT != 0).then_some(entry)
    }
}

/// Bytes from an address to the end of its page.
fn in_page(at: u32) -> usize {
    (0x1000 - (at & !FRAME)) as usize
}
