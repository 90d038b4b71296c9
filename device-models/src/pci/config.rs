//! The configuration space of a PCI function: header type 0 and registers of the function's own.
//!
//! A chip builds one with its identity, base address registers and writable bits, answers `Addr::Config` with
//! [`ConfigSpace::read`] and [`ConfigSpace::write`], derives its claims from [`ConfigSpace::io_base`] and
//! [`ConfigSpace::memory_base`], and gives [`ConfigSpace::key`] as (part of) its claims key.
//!
//! Follows: PCI Local Bus Specification 2.1, chapter 6.

use backplane::Width;
use bitflags::bitflags;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Offsets of the standard header.
pub mod offset {
    /// Vendor id, word.
    pub const VENDOR: u8 = 0x00;
    /// Device id, word.
    pub const DEVICE: u8 = 0x02;
    /// Command register, word.
    pub const COMMAND: u8 = 0x04;
    /// Status register, word; bits clear when written as one.
    pub const STATUS: u8 = 0x06;
    /// Revision, byte; the class code follows it.
    pub const REVISION: u8 = 0x08;
    /// Programming interface, sub-class and class: three bytes.
    pub const CLASS: u8 = 0x09;
    /// Latency timer, byte.
    pub const LATENCY: u8 = 0x0D;
    /// Header type, byte; bit 7 says that the device has several functions.
    pub const HEADER_TYPE: u8 = 0x0E;
    /// The first of six base address registers.
    pub const BAR0: u8 = 0x10;
    /// Subsystem vendor id, word.
    pub const SUBSYSTEM_VENDOR: u8 = 0x2C;
    /// Subsystem id, word.
    pub const SUBSYSTEM: u8 = 0x2E;
    /// Expansion ROM base address, dword.
    pub const ROM: u8 = 0x30;
    /// Interrupt line, byte: a scratch register for firmware.
    pub const INTERRUPT_LINE: u8 = 0x3C;
    /// Interrupt pin, byte: 0 none, 1 INTA#.
    pub const INTERRUPT_PIN: u8 = 0x3D;
}

bitflags! {
    /// The command register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Command: u16 {
        /// Answers I/O space accesses.
        const IO = 1 << 0;
        /// Answers memory space accesses.
        const MEMORY = 1 << 1;
        /// May master the bus.
        const MASTER = 1 << 2;
        /// Watches special cycles.
        const SPECIAL_CYCLES = 1 << 3;
        /// May use memory write and invalidate.
        const INVALIDATE = 1 << 4;
        /// VGA palette snooping.
        const PALETTE_SNOOP = 1 << 5;
        /// Parity error response.
        const PARITY_RESPONSE = 1 << 6;
        /// SERR# driver.
        const SERR = 1 << 8;
    }
}

/// Who a function says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Vendor id.
    pub vendor: u16,
    /// Device id.
    pub device: u16,
    /// Revision.
    pub revision: u8,
    /// Class, sub-class and programming interface as one 24-bit number, e.g. 030000h.
    pub class: u32,
    /// Whether this is function 0 of a device with several functions.
    pub multi_function: bool,
    /// Subsystem vendor id and subsystem id; zeros where the silicon has none.
    pub subsystem: (u16, u16),
}

/// What a base address register decodes. Lengths are powers of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bar {
    /// `len` (4-256) I/O ports.
    Io {
        /// How many ports.
        len: u32,
    },
    /// `len` (16 and more) bytes of memory below 4 GiB.
    Memory {
        /// Length in bytes.
        len: u32,
        /// Reads have no side effects.
        prefetchable: bool,
    },
}

/// Bytes in the configuration space of one function.
const SIZE: usize = 256;
/// Base address registers of header type 0; the expansion ROM's size is kept behind them.
const BARS: usize = 6;
const ROM_SLOT: usize = BARS;
/// Expansion ROM base address bit 0: the ROM answers.
const ROM_ENABLE: u32 = 1;
/// Base address bit 0: I/O space.
const BAR_IO: u32 = 1;
/// Base address bit 3: prefetchable memory.
const BAR_PREFETCHABLE: u32 = 8;

/// 256 bytes, saved as a string of hexadecimal digits so that a snapshot can be read.
#[derive(Clone, PartialEq, Eq)]
struct Space([u8; SIZE]);

impl std::fmt::Debug for Space {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&self.digits())
    }
}

impl Space {
    fn digits(&self) -> String {
        use std::fmt::Write;
        self.0.iter().fold(String::with_capacity(2 * SIZE), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    fn from_digits(text: &str) -> Option<Space> {
        let digits = text.as_bytes();
        let mut space = Space([0; SIZE]);
        if digits.len() != 2 * SIZE {
            return None;
        }
        for (byte, pair) in space.0.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(space)
    }

    fn get(&self, register: u8, bytes: u32) -> u32 {
        (0..bytes).fold(0, |value, n| value | u32::from(self.0[usize::from(wrap(register, n))]) << (8 * n))
    }

    fn set(&mut self, register: u8, bytes: u32, value: u32) {
        for n in 0..bytes {
            self.0[usize::from(wrap(register, n))] = (value >> (8 * n)) as u8;
        }
    }
}

/// The register `n` bytes on; an access never crosses a dword, but arithmetic must not panic if it did.
fn wrap(register: u8, n: u32) -> u8 {
    register.wrapping_add(n as u8)
}

impl Serialize for Space {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.digits())
    }
}

impl<'de> Deserialize<'de> for Space {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Space::from_digits(&text).ok_or_else(|| serde::de::Error::custom("not 256 bytes in hexadecimal"))
    }
}

/// The configuration space of one function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigSpace {
    bytes: Space,
    /// What `reset` puts back.
    initial: Space,
    /// Bits that take what is written.
    writable: Space,
    /// Bits that clear when a one is written.
    clear_by_one: Space,
    /// What the base address registers decode.
    bars: [Option<Bar>; BARS],
    /// Bytes of expansion ROM, 0 for none.
    rom_len: u32,
}

impl ConfigSpace {
    /// A function with no base address registers, whose command register takes the I/O, memory and bus-master
    /// bits, and whose interrupt line register can be written.
    pub fn new(id: Identity) -> Self {
        let none = Space([0; SIZE]);
        let space = ConfigSpace {
            bytes: none.clone(),
            initial: none.clone(),
            writable: none.clone(),
            clear_by_one: none,
            bars: [None; BARS],
            rom_len: 0,
        };
        space
            .with_register(offset::VENDOR, Width::Word, id.vendor.into(), 0)
            .with_register(offset::DEVICE, Width::Word, id.device.into(), 0)
            .with_register(offset::REVISION, Width::Dword, id.class << 8 | u32::from(id.revision), 0)
            .with_register(offset::HEADER_TYPE, Width::Byte, u32::from(id.multi_function) << 7, 0)
            .with_register(offset::SUBSYSTEM_VENDOR, Width::Word, id.subsystem.0.into(), 0)
            .with_register(offset::SUBSYSTEM, Width::Word, id.subsystem.1.into(), 0)
            .with_register(offset::INTERRUPT_LINE, Width::Byte, 0, 0xFF)
            .with_command(Command::empty(), Command::IO | Command::MEMORY | Command::MASTER)
    }

    /// A register with its value after reset and the bits that software can write.
    #[must_use]
    pub fn with_register(mut self, register: u8, width: Width, initial: u32, writable: u32) -> Self {
        self.initial.set(register, width.bytes(), initial);
        self.bytes.set(register, width.bytes(), initial);
        self.writable.set(register, width.bytes(), writable);
        self
    }

    /// The command register's value after reset and the bits that software can write.
    #[must_use]
    pub fn with_command(self, initial: Command, writable: Command) -> Self {
        self.with_register(offset::COMMAND, Width::Word, initial.bits().into(), writable.bits().into())
    }

    /// The status register's value after reset and the bits that clear when written as one.
    #[must_use]
    pub fn with_status(self, initial: u16, clear_by_one: u16) -> Self {
        self.with_register(offset::STATUS, Width::Word, initial.into(), 0).with_clear_by_one(
            offset::STATUS,
            Width::Word,
            clear_by_one.into(),
        )
    }

    /// Bits of a register that clear when written as one.
    #[must_use]
    pub fn with_clear_by_one(mut self, register: u8, width: Width, bits: u32) -> Self {
        self.clear_by_one.set(register, width.bytes(), bits);
        self
    }

    /// Base address register `index` (0-5).
    #[must_use]
    pub fn with_bar(mut self, index: usize, bar: Bar) -> Self {
        let (fixed, writable) = match bar {
            Bar::Io { len } => (BAR_IO, !(len - 1) & !0x3),
            Bar::Memory { len, prefetchable } => {
                (if prefetchable { BAR_PREFETCHABLE } else { 0 }, !(len - 1) & !0xF)
            }
        };
        self.bars[index] = Some(bar);
        self.with_register(bar_register(index), Width::Dword, fixed, writable)
    }

    /// An expansion ROM of `len` bytes, a power of two of 2 KiB and more.
    #[must_use]
    pub fn with_rom(mut self, len: u32) -> Self {
        self.rom_len = len;
        self.with_register(offset::ROM, Width::Dword, 0, !(len - 1) | ROM_ENABLE)
    }

    /// The interrupt pin: 1 for INTA#, 4 for INTD#.
    #[must_use]
    pub fn with_interrupt_pin(self, pin: u8) -> Self {
        self.with_register(offset::INTERRUPT_PIN, Width::Byte, pin.into(), 0)
    }

    /// Answers a configuration read.
    pub fn read(&self, register: u8, width: Width) -> u32 {
        self.bytes.get(register, width.bytes())
    }

    /// Takes a configuration write.
    pub fn write(&mut self, register: u8, width: Width, value: u32) {
        let bytes = width.bytes();
        let writable = self.writable.get(register, bytes);
        let cleared = self.clear_by_one.get(register, bytes) & value;
        let old = self.bytes.get(register, bytes);
        self.bytes.set(register, bytes, (old & !writable | value & writable) & !cleared);
    }

    /// A byte of the space, for the function's own logic.
    pub fn byte(&self, register: u8) -> u8 {
        self.bytes.get(register, 1) as u8
    }

    /// A word of the space.
    pub fn word(&self, register: u8) -> u16 {
        self.bytes.get(register, 2) as u16
    }

    /// A dword of the space.
    pub fn dword(&self, register: u8) -> u32 {
        self.bytes.get(register, 4)
    }

    /// Sets a register from inside the chip, read-only bits too.
    pub fn set(&mut self, register: u8, width: Width, value: u32) {
        self.bytes.set(register, width.bytes(), value);
    }

    /// The command register.
    pub fn command(&self) -> Command {
        Command::from_bits_truncate(self.word(offset::COMMAND))
    }

    /// The first port of I/O base address register `index`. `None` while I/O space is disabled, and for the
    /// addresses that mean "not yet assigned": zero and the top of the space, which sizing leaves behind.
    pub fn io_base(&self, index: usize) -> Option<u16> {
        let Some(Bar::Io { len }) = *self.bars.get(index)? else { return None };
        let base = self.dword(bar_register(index)) & !0x3;
        let assigned = base != 0 && base.checked_add(len).is_some_and(|end| end <= 0xFFFF);
        (assigned && self.command().contains(Command::IO)).then_some(base as u16)
    }

    /// The first address of memory base address register `index`, with the same exceptions.
    pub fn memory_base(&self, index: usize) -> Option<u32> {
        let Some(Bar::Memory { len, .. }) = *self.bars.get(index)? else { return None };
        self.memory_window(self.dword(bar_register(index)) & !0xF, len)
    }

    /// The first address of the expansion ROM while it is enabled.
    pub fn rom_base(&self) -> Option<u32> {
        let value = self.dword(offset::ROM);
        if self.rom_len == 0 || value & ROM_ENABLE == 0 {
            return None;
        }
        self.memory_window(value & !(self.rom_len - 1), self.rom_len)
    }

    fn memory_window(&self, base: u32, len: u32) -> Option<u32> {
        let assigned = base != 0 && base.checked_add(len).is_some();
        (assigned && self.command().contains(Command::MEMORY)).then_some(base)
    }

    /// A digest of everything that [`ConfigSpace::io_base`], [`ConfigSpace::memory_base`] and
    /// [`ConfigSpace::rom_base`] depend on.
    pub fn key(&self) -> u64 {
        let mut key = u64::from(self.word(offset::COMMAND) & 3);
        let slots = (0..BARS).map(bar_register).chain([offset::ROM]);
        for (n, register) in slots.enumerate() {
            if n == ROM_SLOT && self.rom_len == 0 {
                break;
            }
            let value = u64::from(self.dword(register)) | (n as u64) << 32;
            key = (key ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        }
        key
    }

    /// Back to the values after reset.
    pub fn reset(&mut self) {
        self.bytes = self.initial.clone();
    }
}

/// The register of base address register `index`.
fn bar_register(index: usize) -> u8 {
    offset::BAR0 + 4 * index as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function() -> ConfigSpace {
        ConfigSpace::new(Identity {
            vendor: 0x1234,
            device: 0x1111,
            revision: 2,
            class: 0x03_0000,
            multi_function: false,
            subsystem: (0x1AF4, 0x1100),
        })
        .with_bar(0, Bar::Memory { len: 0x100_0000, prefetchable: true })
        .with_bar(4, Bar::Io { len: 16 })
        .with_rom(0x1_0000)
        .with_interrupt_pin(1)
        .with_status(0x0280, 0xF900)
    }

    #[test]
    fn the_header_shows_the_identity() {
        let f = function();
        assert_eq!(f.read(offset::VENDOR, Width::Dword), 0x1111_1234);
        assert_eq!(f.read(offset::REVISION, Width::Dword), 0x0300_0002);
        assert_eq!(f.read(offset::SUBSYSTEM_VENDOR, Width::Dword), 0x1100_1AF4);
        assert_eq!(f.read(offset::INTERRUPT_PIN, Width::Byte), 1);
        assert_eq!(f.read(offset::HEADER_TYPE, Width::Byte), 0);
    }

    #[test]
    fn writing_ones_to_a_bar_reads_back_its_size() {
        let mut f = function();
        for (register, expected) in
            [(0x10, 0xFF00_0008), (0x14, 0), (0x20, 0xFFFF_FFF1), (offset::ROM, 0xFFFF_0001)]
        {
            f.write(register, Width::Dword, u32::MAX);
            assert_eq!(f.read(register, Width::Dword), expected);
        }
        f.write(offset::COMMAND, Width::Word, 7);
        assert_eq!((f.memory_base(0), f.io_base(4), f.rom_base()), (None, None, None));
    }

    #[test]
    fn windows_follow_the_bar_and_the_command_register() {
        let mut f = function();
        f.write(0x10, Width::Dword, 0xE000_0000);
        f.write(0x20, Width::Word, 0xC040);
        f.write(offset::ROM, Width::Dword, 0xFEB0_0001);
        let off = f.key();
        assert_eq!((f.memory_base(0), f.io_base(4), f.rom_base()), (None, None, None));
        f.write(offset::COMMAND, Width::Word, 3);
        assert_ne!(f.key(), off);
        assert_eq!(f.memory_base(0), Some(0xE000_0000));
        assert_eq!(f.io_base(4), Some(0xC040));
        assert_eq!(f.rom_base(), Some(0xFEB0_0000));
        assert_eq!((f.io_base(0), f.memory_base(4), f.memory_base(9)), (None, None, None));
    }

    #[test]
    fn status_bits_clear_when_written_as_one_and_reset_restores_all() {
        let mut f = function();
        f.set(offset::STATUS, Width::Word, 0x2280);
        f.write(offset::STATUS, Width::Word, 0x0080);
        assert_eq!(f.word(offset::STATUS), 0x2280);
        f.write(offset::STATUS, Width::Word, 0x2000);
        assert_eq!(f.word(offset::STATUS), 0x0280);
        f.write(offset::INTERRUPT_LINE, Width::Byte, 11);
        f.reset();
        assert_eq!(f, function());
    }

    #[test]
    fn saved_state_is_read_back() {
        let mut f = function();
        f.write(offset::INTERRUPT_LINE, Width::Byte, 11);
        let text = serde_json::to_string(&f).unwrap();
        assert_eq!(serde_json::from_str::<ConfigSpace>(&text).unwrap(), f);
    }
}
