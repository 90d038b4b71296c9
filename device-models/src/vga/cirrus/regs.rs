//! Register layout of the CL-GD5446 beyond the VGA's: indices and named bits.
//!
//! Follows: Cirrus Logic CL-GD5446 Technical Reference Manual, chapters "Extension Registers" and "BitBLT Engine".

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// Indices of sequencer registers.
pub(super) mod sequencer {
    /// The last register of a plain VGA.
    pub(crate) const LAST_OF_VGA: u8 = 0x04;
    /// Clocking mode, with the bit that switches the screen off.
    pub(crate) const CLOCKING: u8 = 0x01;
    /// Map mask: eight bits while extended write modes are on.
    pub(crate) const MAP_MASK: u8 = 0x02;
    /// Unlock extensions.
    pub(crate) const UNLOCK: u8 = 0x06;
    /// Extended sequencer mode.
    pub(crate) const MODE: u8 = 0x07;
    /// Numerator of the first of four video clocks.
    pub(crate) const CLOCK_NUMERATOR: u8 = 0x0B;
    /// DRAM control.
    pub(crate) const DRAM: u8 = 0x0F;
    /// Cursor column, bits 3-10; bits 5-7 of the index are bits 0-2.
    pub(crate) const CURSOR_X: u8 = 0x10;
    /// Cursor line, likewise.
    pub(crate) const CURSOR_Y: u8 = 0x11;
    /// Cursor attributes.
    pub(crate) const CURSOR: u8 = 0x12;
    /// Cursor pattern address.
    pub(crate) const CURSOR_PATTERN: u8 = 0x13;
    /// Scratch register 3, where the BIOS keeps the size of memory.
    pub(crate) const MEMORY_SIZE: u8 = 0x15;
    /// Configuration readback and extended control.
    pub(crate) const CONFIGURATION: u8 = 0x17;
    /// Denominator and post scalar of the first of four video clocks.
    pub(crate) const CLOCK_DENOMINATOR: u8 = 0x1B;
    /// Memory clock.
    pub(crate) const MEMORY_CLOCK: u8 = 0x1F;
    /// How many registers there are.
    pub(crate) const COUNT: usize = 0x20;
    /// Bits of the index that select.
    pub(crate) const INDEX: u8 = 0x1F;

    /// What unlocks, under the bits that are looked at.
    pub(crate) const UNLOCKED: u8 = 0x12;
    /// The bits of the unlock register that are looked at.
    pub(crate) const UNLOCK_BITS: u8 = 0x17;
    /// What the unlock register reads as while locked.
    pub(crate) const LOCKED: u8 = 0x0F;
    /// Mode: pixel format, in bits 1-3.
    pub(crate) const MODE_FORMAT: u8 = 0x0E;
    /// DRAM after reset: 64 bits wide, i.e. 2 MiB; with the second bank, 4 MiB.
    pub(crate) const DRAM_2M: u8 = 0x18;
    pub(crate) const DRAM_4M: u8 = 0x98;
    /// Configuration: the bus, read-only; PCI.
    pub(crate) const BUS_PCI: u8 = 0x20;
    /// Configuration: bits that tell the bus.
    pub(crate) const BUS: u8 = 0x38;
    /// Memory clock after reset.
    pub(crate) const MEMORY_CLOCK_RESET: u8 = 0x2D;
}

/// Indices of CRTC registers.
pub(super) mod crtc {
    /// Interlace end.
    pub(crate) const INTERLACE_END: u8 = 0x19;
    /// Miscellaneous control.
    pub(crate) const MISC: u8 = 0x1A;
    /// Extended display controls.
    pub(crate) const DISPLAY: u8 = 0x1B;
    /// Overlay extended control.
    pub(crate) const OVERLAY: u8 = 0x1D;
    /// Part status, read-only.
    pub(crate) const PART_STATUS: u8 = 0x25;
    /// Attribute controller index, read-only.
    pub(crate) const ATTRIBUTE_INDEX: u8 = 0x26;
    /// Part id, read-only.
    pub(crate) const PART_ID: u8 = 0x27;
    /// What the part id reads as: CL-GD5446.
    pub(crate) const ID_5446: u8 = 0xB8;
    /// Miscellaneous: interlaced.
    pub(crate) const INTERLACED: u8 = 1 << 0;
    /// Display: addresses beyond 64 Ki do not wrap.
    pub(crate) const WIDE: u8 = 1 << 1;
}

/// Indices of graphics registers.
pub(super) mod graphics {
    /// Background, bits 0-7; bits 8-31 are at 10h, 12h and 14h.
    pub(crate) const BACKGROUND: [usize; 4] = [0x00, 0x10, 0x12, 0x14];
    /// Foreground likewise.
    pub(crate) const FOREGROUND: [usize; 4] = [0x01, 0x11, 0x13, 0x15];
    /// Mode.
    pub(crate) const MODE: usize = 0x05;
    /// The last register of a plain VGA.
    pub(crate) const LAST_OF_VGA: usize = 0x08;
    /// Offset registers 0 and 1.
    pub(crate) const OFFSETS: [usize; 2] = [0x09, 0x0A];
    /// Graphics controller mode extensions.
    pub(crate) const EXTENSIONS: usize = 0x0B;
    /// Power management.
    pub(crate) const POWER: usize = 0x0E;
    /// Power management: a sync pulse to the monitor or the clocks stand still, each of which switches the DAC off.
    pub(crate) const DAC_OFF: u8 = 0x0E;
    /// DRAM control.
    pub(crate) const DRAM: usize = 0x18;
    /// BLT width less one, bytes: low and high.
    pub(crate) const WIDTH: [usize; 2] = [0x20, 0x21];
    /// BLT height less one.
    pub(crate) const HEIGHT: [usize; 2] = [0x22, 0x23];
    /// BLT destination pitch, bytes.
    pub(crate) const TARGET_PITCH: [usize; 2] = [0x24, 0x25];
    /// BLT source pitch, bytes.
    pub(crate) const SOURCE_PITCH: [usize; 2] = [0x26, 0x27];
    /// BLT destination start; a write to the last one starts with autostart.
    pub(crate) const TARGET: [usize; 3] = [0x28, 0x29, 0x2A];
    /// BLT source start.
    pub(crate) const SOURCE: [usize; 3] = [0x2C, 0x2D, 0x2E];
    /// BLT destination left-side clipping.
    pub(crate) const CLIP: usize = 0x2F;
    /// BLT mode.
    pub(crate) const BLT_MODE: usize = 0x30;
    /// BLT start and status.
    pub(crate) const BLT_STATUS: usize = 0x31;
    /// BLT raster operation.
    pub(crate) const ROP: usize = 0x32;
    /// BLT mode extensions.
    pub(crate) const BLT_EXTENSIONS: usize = 0x33;
    /// BLT transparent colour.
    pub(crate) const KEY: [usize; 2] = [0x34, 0x35];
    /// BLT transparent colour mask: kept, and without effect on this chip.
    pub(crate) const KEY_MASK: [usize; 2] = [0x38, 0x39];
    /// How many registers there are.
    pub(crate) const COUNT: usize = 0x3A;
    /// Bits of the index.
    pub(crate) const INDEX: u8 = 0x3F;
    /// Mode: write mode.
    pub(crate) const WRITE_MODE: u8 = 0x07;
    /// What the DRAM control register holds after reset.
    pub(crate) const DRAM_RESET: u8 = 0x0F;
}

bitflags! {
    /// Sequencer register 7, but for the pixel format.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct SequencerMode: u8 {
        /// Packed pixels: memory is linear, whatever the VGA's registers say.
        const PACKED = 1 << 0;
    }

    /// Sequencer register 12h.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct CursorMode: u8 {
        /// The cursor shows.
        const SHOW = 1 << 0;
        /// The DAC's ports reach the 16 extra colours.
        const EXTRA_COLOURS = 1 << 1;
        /// 64 pixels square, not 32.
        const LARGE = 1 << 2;
    }

    /// Sequencer register 17h, but for the bus.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Configuration: u8 {
        /// The BitBLT registers answer in memory.
        const MMIO = 1 << 2;
        /// They do in the last 256 bytes of the linear aperture, not at B8000h.
        const MMIO_LINEAR = 1 << 6;
    }

    /// Graphics register 0Bh.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Extensions: u8 {
        /// The upper half of the window has an offset register of its own.
        const DUAL = 1 << 0;
        /// Addresses count groups of 8 bytes.
        const BY_8 = 1 << 1;
        /// Write modes 4 and 5.
        const WRITE_MODES = 1 << 2;
        /// The data latches hold 8 bytes.
        const LATCHES_8 = 1 << 3;
        /// With extended write modes: addresses count groups of 16 bytes, pixels are 16 bits.
        const WORDS = 1 << 4;
        /// Offset registers count 16 KiB, not 4 KiB.
        const OFFSET_16K = 1 << 5;
    }

    /// Graphics register 30h, but for the pixel size in bits 4-5.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub(super) struct BltMode: u8 {
        /// Addresses fall.
        const BACKWARDS = 1 << 0;
        /// The CPU reads what the blitter reads.
        const TO_SYSTEM = 1 << 1;
        /// The CPU writes what the blitter draws.
        const FROM_SYSTEM = 1 << 2;
        /// Pixels of one colour, or background pixels, are not drawn.
        const TRANSPARENT = 1 << 3;
        /// The source is a pattern of 8 by 8 pixels.
        const PATTERN = 1 << 6;
        /// The source has a bit a pixel.
        const EXPAND = 1 << 7;
    }

    /// Graphics register 31h.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct BltStatus: u8 {
        /// The blitter is at work or waits for the CPU.
        const BUSY = 1 << 0;
        /// Starts.
        const START = 1 << 1;
        /// Stops, and forgets what it was doing.
        const RESET = 1 << 2;
        /// Between start and end.
        const PROGRESS = 1 << 3;
        /// The registers wait for the job before them to end: never here.
        const BUFFERED = 1 << 4;
        /// Starts by a write of the destination's last byte.
        const AUTOSTART = 1 << 7;
        /// What the blitter does, which is not written.
        const READ_ONLY = Self::BUSY.bits() | Self::PROGRESS.bits() | Self::BUFFERED.bits();
    }

    /// Graphics register 33h.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub(super) struct BltExtensions: u8 {
        /// Each line of bits from the CPU begins with a dword.
        const DWORDS = 1 << 0;
        /// Transparency leaves foreground pixels alone.
        const INVERTED = 1 << 1;
        /// An expanded pattern is all ones.
        const SOLID = 1 << 2;
        /// Left-side clipping spares foreground pixels.
        const CLIP_BACKGROUND = 1 << 3;
    }
}
