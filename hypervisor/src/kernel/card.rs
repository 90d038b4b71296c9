//! The kernel card's content: `firmware/kernel/card.inc` has the same layout.

use crate::Rom;
use backplane::PAGE;

/// Where the card is.
const CARD: u32 = 0xF000_0000;
/// What fits between it and the system ROM's 16 MiB.
const MOST: u64 = 0xF00_0000;

/// How the kernel is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// At the segment of its setup code.
    Linux = 1,
    /// At a linear address, in protected mode.
    Multiboot = 2,
}

/// Something to copy, or to zero.
struct Copy {
    /// Offset in the payload; `None` for zeros.
    from: Option<u32>,
    to: u32,
    bytes: u32,
}

/// A card under construction.
pub(crate) struct Card {
    kind: Kind,
    entry: u32,
    pub(super) command: u32,
    pub(super) module: (u32, u32),
    copies: Vec<Copy>,
    payload: Vec<u8>,
    /// RAM that the kernel may be copied to ends here.
    ram: u64,
}

impl Card {
    pub(super) fn new(kind: Kind, entry: u32, ram: u64) -> Card {
        Card { kind, entry, command: 0, module: (0, 0), copies: Vec::new(), payload: Vec::new(), ram }
    }

    /// Puts bytes on the card, to be copied to a physical address.
    ///
    /// # Errors
    /// There is no RAM that is free at boot.
    pub(super) fn put(&mut self, what: &str, to: u64, bytes: &[u8]) -> Result<(), String> {
        self.check(what, to, bytes.len() as u64)?;
        // Many segments may share one piece of a file: the card's size is looked at before it grows.
        let total = self.payload.len() as u64 + bytes.len() as u64;
        if total > MOST {
            return Err(format!("kernel and initrd have {total} bytes; {MOST} are possible"));
        }
        let from = Some(self.payload.len() as u32);
        self.payload.extend_from_slice(bytes);
        self.payload.resize(self.payload.len().next_multiple_of(4), 0);
        self.copies.push(Copy { from, to: to as u32, bytes: bytes.len() as u32 });
        Ok(())
    }

    /// Zeros, without any on the card.
    ///
    /// # Errors
    /// There is no RAM that is free at boot.
    pub(super) fn zero(&mut self, what: &str, to: u64, bytes: u64) -> Result<(), String> {
        self.check(what, to, bytes)?;
        self.copies.push(Copy { from: None, to: to as u32, bytes: bytes as u32 });
        Ok(())
    }

    fn check(&self, what: &str, to: u64, bytes: u64) -> Result<(), String> {
        let low = super::LOW.start <= to && to + bytes <= super::LOW.end;
        let high = 1 << 20 <= to && to + bytes <= self.ram;
        if low || high || bytes == 0 {
            return Ok(());
        }
        let last = to + bytes - 1;
        Err(format!(
            "{what} goes to {to:X}h-{last:X}h, where there is no free RAM ({} MiB in all)",
            self.ram >> 20
        ))
    }

    /// Where the payload has RAM behind everything that was put above 1 MiB.
    pub(super) fn end(&self) -> u64 {
        let ends = self.copies.iter().map(|copy| u64::from(copy.to) + u64::from(copy.bytes));
        ends.max().unwrap_or(0).max(1 << 20)
    }

    /// The card's bytes.
    ///
    /// # Errors
    /// It holds too much.
    pub(super) fn rom(self) -> Result<Rom, String> {
        const LIST: usize = 24;
        let head = (LIST + 12 * self.copies.len()).next_multiple_of(PAGE);
        let mut page: Vec<u32> =
            vec![self.kind as u32, self.entry, self.command, self.module.0, self.module.1];
        page.push(self.copies.len() as u32);
        for Copy { from, to, bytes } in self.copies {
            page.extend([from.map_or(0, |from| CARD + head as u32 + from), to, bytes]);
        }
        let mut bytes: Vec<u8> = page.into_iter().flat_map(u32::to_le_bytes).collect();
        bytes.resize(head, 0);
        bytes.extend(self.payload);
        if bytes.len() as u64 > MOST {
            return Err(format!("kernel and initrd have {} bytes; {MOST} are possible", bytes.len()));
        }
        Ok(Rom { address: CARD, bytes })
    }
}
