//! Register layout of the VGA: ports, indices and named bits.
//!
//! Follows: IBM Personal System/2 Hardware Interface Technical Reference, Video Subsystem (1992).

use bitflags::bitflags;

/// I/O ports.
pub(crate) mod port {
    /// CRTC index in monochrome emulation; data at the next port.
    pub(crate) const CRTC_MONO: u16 = 0x3B4;
    /// Input status 1 (read) and feature control (write) in monochrome emulation.
    pub(crate) const STATUS1_MONO: u16 = 0x3BA;
    /// Attribute controller: index and data in turn; reads the index.
    pub(crate) const ATTRIBUTE: u16 = 0x3C0;
    /// Attribute controller data, read.
    pub(crate) const ATTRIBUTE_READ: u16 = 0x3C1;
    /// Miscellaneous output (write), input status 0 (read).
    pub(crate) const MISC_WRITE: u16 = 0x3C2;
    /// Video subsystem enable of a VGA on the system board.
    pub(crate) const ENABLE: u16 = 0x3C3;
    /// Sequencer index; data at the next port.
    pub(crate) const SEQUENCER: u16 = 0x3C4;
    /// Sequencer data.
    pub(crate) const SEQUENCER_DATA: u16 = 0x3C5;
    /// PEL mask.
    pub(crate) const PEL_MASK: u16 = 0x3C6;
    /// DAC read address (write), DAC state (read).
    pub(crate) const DAC_READ: u16 = 0x3C7;
    /// DAC write address.
    pub(crate) const DAC_WRITE: u16 = 0x3C8;
    /// DAC data.
    pub(crate) const DAC_DATA: u16 = 0x3C9;
    /// Feature control, read.
    pub(crate) const FEATURE_READ: u16 = 0x3CA;
    /// Miscellaneous output, read.
    pub(crate) const MISC_READ: u16 = 0x3CC;
    /// Graphics controller index; data at the next port.
    pub(crate) const GRAPHICS: u16 = 0x3CE;
    /// Graphics controller data.
    pub(crate) const GRAPHICS_DATA: u16 = 0x3CF;
    /// CRTC index in colour emulation; data at the next port.
    pub(crate) const CRTC_COLOUR: u16 = 0x3D4;
    /// Input status 1 (read) and feature control (write) in colour emulation.
    pub(crate) const STATUS1_COLOUR: u16 = 0x3DA;
    /// Enable of a VGA on an ISA card.
    pub(crate) const ADAPTER_ENABLE: u16 = 0x46E8;
    /// DISPI index; the data words are at the next two ports.
    pub(crate) const DISPI: u16 = 0x1CE;
}

bitflags! {
    /// Miscellaneous output register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(transparent)]
    pub(crate) struct Misc: u8 {
        /// Colour emulation: the CRTC answers at 3Dxh, not 3Bxh.
        const COLOUR = 1 << 0;
        /// The CPU reaches video memory.
        const MEMORY = 1 << 1;
        /// Clock select bit 0: 28.322 MHz.
        const CLOCK0 = 1 << 2;
        /// Clock select bit 1: external clock.
        const CLOCK1 = 1 << 3;
        /// Odd/even page.
        const PAGE = 1 << 5;
        /// Horizontal sync is negative.
        const HSYNC_NEGATIVE = 1 << 6;
        /// Vertical sync is negative.
        const VSYNC_NEGATIVE = 1 << 7;
    }

    /// Sequencer register 0.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct SeqReset: u8 {
        /// Not in asynchronous reset.
        const RUN_ASYNC = 1 << 0;
        /// Not in synchronous reset.
        const RUN_SYNC = 1 << 1;
    }

    /// Sequencer register 1.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Clocking: u8 {
        /// Characters are 8 dots wide, not 9.
        const EIGHT_DOTS = 1 << 0;
        /// The shift registers are loaded at every second character.
        const SHIFT_LOAD = 1 << 2;
        /// The dot clock is halved.
        const HALF_DOT_CLOCK = 1 << 3;
        /// The shift registers are loaded at every fourth character.
        const SHIFT_FOUR = 1 << 4;
        /// The screen is off.
        const SCREEN_OFF = 1 << 5;
    }

    /// Sequencer register 4.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct MemoryMode: u8 {
        /// More than 64 KiB of memory.
        const EXTENDED = 1 << 1;
        /// Sequential: odd/even addressing of writes is off.
        const SEQUENTIAL = 1 << 2;
        /// Chain-4: the two lowest address bits select the plane.
        const CHAIN4 = 1 << 3;
    }

    /// Graphics register 5, but for the write mode in its two lowest bits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct GraphicsMode: u8 {
        /// Reads compare colours (read mode 1).
        const READ_COMPARE = 1 << 3;
        /// Odd/even addressing of reads.
        const HOST_ODD_EVEN = 1 << 4;
        /// CGA shift register interleave.
        const INTERLEAVE = 1 << 5;
        /// 256-colour shift register.
        const COLOURS256 = 1 << 6;
    }

    /// Graphics register 6, but for the memory map in bits 2-3.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct GraphicsMisc: u8 {
        /// Graphics, not text.
        const GRAPHICS = 1 << 0;
        /// Address bit 0 is replaced: it selects planes.
        const CHAIN_ODD_EVEN = 1 << 1;
    }

    /// Attribute register 10h.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct AttributeMode: u8 {
        /// Graphics attributes.
        const GRAPHICS = 1 << 0;
        /// Monochrome attributes.
        const MONO = 1 << 1;
        /// Character codes C0h-DFh repeat dot 8 in dot 9.
        const LINE_GRAPHICS = 1 << 2;
        /// Attribute bit 7 blinks, and plane 3 does in graphics modes.
        const BLINK = 1 << 3;
        /// Panning ends where the split screen begins.
        const PAN_TOP_ONLY = 1 << 5;
        /// Two dots make one 8-bit pixel.
        const WIDE_PIXELS = 1 << 6;
        /// Colour select register gives palette bits 4-5.
        const SELECT_54 = 1 << 7;
    }

    /// CRTC register 17h.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct CrtcMode: u8 {
        /// Address bit 13 is the counter's, not row scan bit 0.
        const LINEAR_13 = 1 << 0;
        /// Address bit 14 is the counter's, not row scan bit 1.
        const LINEAR_14 = 1 << 1;
        /// Vertical timings count every second line.
        const LINES_BY_2 = 1 << 2;
        /// The address counter moves every second character.
        const COUNT_BY_2 = 1 << 3;
        /// In word mode address bit 0 is the counter's bit 15, not 13.
        const WRAP_15 = 1 << 5;
        /// Byte addressing.
        const BYTE_MODE = 1 << 6;
        /// Sync pulses run: without them nothing is shown.
        const SYNC = 1 << 7;
    }

    /// Input status 1.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Status1: u8 {
        /// The beam is outside the displayed area.
        const BLANKED = 1 << 0;
        /// Vertical retrace.
        const VERTICAL_RETRACE = 1 << 3;
        /// The lower of the two colour lines that the video status multiplexer selects.
        const VIDEO0 = 1 << 4;
        /// The upper one.
        const VIDEO1 = 1 << 5;
    }

    /// Input status 0.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Status0: u8 {
        /// The selected configuration switch is open.
        const SWITCH = 1 << 4;
        /// A vertical interrupt is pending.
        const INTERRUPT = 1 << 7;
    }
}

/// Indices of CRTC registers.
pub(crate) mod crtc {
    /// Horizontal total, less 5 characters.
    pub(crate) const HORIZONTAL_TOTAL: usize = 0x00;
    /// Last displayed character.
    pub(crate) const HORIZONTAL_DISPLAY_END: usize = 0x01;
    /// First character of horizontal blanking.
    pub(crate) const HORIZONTAL_BLANK_START: usize = 0x02;
    /// Character after horizontal blanking (5 bits), display enable skew.
    pub(crate) const HORIZONTAL_BLANK_END: usize = 0x03;
    /// Character after horizontal retrace, bit 5 of the end of horizontal blanking.
    pub(crate) const HORIZONTAL_RETRACE_END: usize = 0x05;
    /// Vertical total, less 2 lines.
    pub(crate) const VERTICAL_TOTAL: usize = 0x06;
    /// Upper bits of vertical values.
    pub(crate) const OVERFLOW: usize = 0x07;
    /// First row scan and byte panning.
    pub(crate) const PRESET_ROW_SCAN: usize = 0x08;
    /// Last row scan, double scan, upper bits.
    pub(crate) const MAXIMUM_SCAN_LINE: usize = 0x09;
    /// First row of the cursor, and its switch.
    pub(crate) const CURSOR_START: usize = 0x0A;
    /// Last row of the cursor, and its skew.
    pub(crate) const CURSOR_END: usize = 0x0B;
    /// Start address, high byte.
    pub(crate) const START_HIGH: usize = 0x0C;
    /// Start address, low byte.
    pub(crate) const START_LOW: usize = 0x0D;
    /// Cursor address, high byte.
    pub(crate) const CURSOR_HIGH: usize = 0x0E;
    /// Cursor address, low byte.
    pub(crate) const CURSOR_LOW: usize = 0x0F;
    /// First line of vertical retrace.
    pub(crate) const RETRACE_START: usize = 0x10;
    /// Line after vertical retrace (4 bits), interrupt control, write protection.
    pub(crate) const RETRACE_END: usize = 0x11;
    /// Last displayed line.
    pub(crate) const VERTICAL_DISPLAY_END: usize = 0x12;
    /// Distance of rows in words.
    pub(crate) const OFFSET: usize = 0x13;
    /// Underline row, count by 4, doubleword mode.
    pub(crate) const UNDERLINE: usize = 0x14;
    /// First line of vertical blanking.
    pub(crate) const VERTICAL_BLANK_START: usize = 0x15;
    /// Line after vertical blanking (7 bits).
    pub(crate) const VERTICAL_BLANK_END: usize = 0x16;
    /// Mode control.
    pub(crate) const MODE: usize = 0x17;
    /// Line where the split screen begins.
    pub(crate) const LINE_COMPARE: usize = 0x18;
    /// How many registers there are.
    pub(crate) const COUNT: usize = 0x19;
    /// The CPU latch of the plane selected by graphics register 4, read-only and undocumented.
    pub(crate) const LATCH: usize = 0x22;
    /// The attribute controller's flip-flop, read-only and undocumented.
    pub(crate) const FLIP_FLOP: usize = 0x24;

    /// Overflow: bit 8 of the line compare value, the one bit that write protection spares.
    pub(crate) const OVERFLOW_LINE_COMPARE_8: u8 = 1 << 4;
    /// Maximum scan line: bit 9 of the first line of vertical blanking.
    pub(crate) const SCAN_VERTICAL_BLANK_9: u8 = 1 << 5;
    /// Maximum scan line: bit 9 of the line compare value.
    pub(crate) const SCAN_LINE_COMPARE_9: u8 = 1 << 6;
    /// Maximum scan line: each line is shown twice.
    pub(crate) const DOUBLE_SCAN: u8 = 1 << 7;
    /// Cursor start: the cursor is off.
    pub(crate) const CURSOR_OFF: u8 = 1 << 5;
    /// Retrace end: 0 clears a pending vertical interrupt.
    pub(crate) const INTERRUPT_CLEAR: u8 = 1 << 4;
    /// Retrace end: 1 keeps the vertical interrupt off the line.
    pub(crate) const INTERRUPT_DISABLE: u8 = 1 << 5;
    /// Retrace end: registers 0-7 are protected.
    pub(crate) const PROTECT: u8 = 1 << 7;
    /// Underline: the address counter moves every fourth character.
    pub(crate) const COUNT_BY_4: u8 = 1 << 5;
    /// Underline: doubleword addressing.
    pub(crate) const DOUBLEWORD: u8 = 1 << 6;
    /// A row scan value in its register.
    pub(crate) const ROW_SCAN: u8 = 0x1F;
}

/// Indices of sequencer registers.
pub(crate) mod sequencer {
    /// Reset.
    pub(crate) const RESET: usize = 0;
    /// Clocking mode.
    pub(crate) const CLOCKING: usize = 1;
    /// Map mask.
    pub(crate) const MAP_MASK: usize = 2;
    /// Character map select.
    pub(crate) const CHARACTER_MAP: usize = 3;
    /// Memory mode.
    pub(crate) const MEMORY_MODE: usize = 4;
    /// How many registers there are.
    pub(crate) const COUNT: usize = 5;
}

/// Indices of graphics controller registers.
pub(crate) mod graphics {
    /// Set/reset.
    pub(crate) const SET_RESET: usize = 0;
    /// Enable set/reset.
    pub(crate) const ENABLE_SET_RESET: usize = 1;
    /// Colour compare.
    pub(crate) const COLOUR_COMPARE: usize = 2;
    /// Rotate count and logical function.
    pub(crate) const DATA_ROTATE: usize = 3;
    /// Read map select.
    pub(crate) const READ_MAP: usize = 4;
    /// Mode.
    pub(crate) const MODE: usize = 5;
    /// Miscellaneous.
    pub(crate) const MISC: usize = 6;
    /// Colour don't care.
    pub(crate) const COLOUR_CARE: usize = 7;
    /// Bit mask.
    pub(crate) const BIT_MASK: usize = 8;
    /// How many registers there are.
    pub(crate) const COUNT: usize = 9;
}

/// Indices of attribute controller registers behind the 16 of the palette.
pub(crate) mod attribute {
    /// How many palette registers there are.
    pub(crate) const PALETTE: usize = 16;
    /// Mode control.
    pub(crate) const MODE: usize = 0x10;
    /// Overscan colour.
    pub(crate) const OVERSCAN: usize = 0x11;
    /// Colour plane enable, and the video status multiplexer in bits 4-5.
    pub(crate) const PLANE_ENABLE: usize = 0x12;
    /// Horizontal panning.
    pub(crate) const PANNING: usize = 0x13;
    /// Colour select.
    pub(crate) const COLOUR_SELECT: usize = 0x14;
    /// How many registers there are.
    pub(crate) const COUNT: usize = 0x15;
    /// Index register: the palette belongs to the screen, not to the CPU.
    pub(crate) const PALETTE_SOURCE: u8 = 1 << 5;
}
