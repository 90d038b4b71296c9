//! The CRT controller's registers and what they mean; timing is in `timing`.

use super::regs::{CrtcMode, crtc as r};
use serde::{Deserialize, Serialize};

/// Bits that exist in each register.
const MASKS: [u8; r::COUNT] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0x3F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xEF, 0xFF,
];
/// Bits of the index register.
const INDEX_MASK: u8 = 0x3F;

/// The CRTC's registers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Crtc {
    /// Index register.
    pub(super) index: u8,
    regs: [u8; r::COUNT],
    /// What the card adds.
    pub(super) extension: Extension,
}

/// Upper bits of values that a VGA's registers have no room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Extension {
    /// Bits of the start address from bit 16 on.
    pub(super) start_high: u32,
    /// Bits of the offset register from bit 8 on.
    pub(super) offset_high: u32,
    /// The address counter does not wrap at 64 Ki.
    pub(super) wide: bool,
}

/// How the address counter becomes a memory address.
///
/// Byte mode takes it as it is; word mode doubles it and brings bit 13 or 15 round to bit 0. Doubleword mode
/// quadruples it on the IBM silicon, to fit a chain-4 that fills every fourth plane offset; chain-4 is packed here,
/// so doubleword mode takes the counter as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Addressing {
    /// 1 in word mode, else 0.
    shift: u32,
    /// The counter bit that comes round.
    top: u32,
    /// Bits that come round.
    low_mask: u32,
    /// Row scan bits that replace address bits 13 and 14.
    scan_mask: u32,
    /// The counter's bits.
    counter_mask: u32,
}

/// Bits of the address counter, and of one that a card extended.
const COUNTER_BITS: u32 = 0xFFFF;
const WIDE_COUNTER_BITS: u32 = 0xF_FFFF;

/// The characters of a line or the lines of a frame that the beam is blanked in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Blank {
    /// The first.
    start: u32,
    /// The one after the last.
    end: u32,
    /// As many at the beginning are blanked too.
    wrapped: u32,
}

impl Blank {
    /// Blanking from `start` until the low `bits` of a counter equal those of `end`. A counter that starts over at
    /// `total` first goes on being blanked (VGA-03), unless it never comes to that value.
    fn until(start: u32, end: u32, bits: u32, total: u32) -> Self {
        let mask = (1 << bits) - 1;
        let stop = start + (end.wrapping_sub(start + 1) & mask) + 1;
        let wraps = start < total && stop > total && end & mask < total;
        Blank { start, end: stop, wrapped: if wraps { end & mask } else { 0 } }
    }

    /// Whether a character or line is blanked.
    pub(super) fn contains(self, at: u32) -> bool {
        (self.start..self.end).contains(&at) || at < self.wrapped
    }
}

/// Bits of the character counter that end horizontal blanking.
const HORIZONTAL_BLANK_BITS: u32 = 6;
/// Bits of the line counter that end vertical blanking.
const VERTICAL_BLANK_BITS: u32 = 7;
/// Bits of the end of horizontal blanking that are in its own register.
const HORIZONTAL_BLANK_LOW: u32 = 0x1F;
/// The lowest address bit that a row scan bit replaces.
const SCAN_SHIFT: u32 = 13;

impl Addressing {
    /// A counter value as the counter has room for it.
    #[inline]
    pub(super) fn wrapped(self, counter: u32) -> u32 {
        counter & self.counter_mask
    }

    /// The plane offset for a counter value in a row scan.
    #[inline]
    pub(super) fn plane_offset(self, counter: u32, row_scan: u32) -> u32 {
        let counter = self.wrapped(counter);
        let address = counter << self.shift & self.counter_mask | counter >> self.top & self.low_mask;
        address & !(self.scan_mask << SCAN_SHIFT) | (row_scan & self.scan_mask) << SCAN_SHIFT
    }
}

/// Whether a register is one of the start address.
pub(super) fn is_start(index: u8) -> bool {
    matches!(index.into(), r::START_HIGH | r::START_LOW)
}

/// Whether a register is one of the cursor, or rules the vertical interrupt.
pub(super) fn is_cursor_or_interrupt(index: u8) -> bool {
    let cursor = [r::CURSOR_START, r::CURSOR_END, r::CURSOR_HIGH, r::CURSOR_LOW];
    cursor.contains(&index.into()) || usize::from(index) == r::RETRACE_END
}

impl Crtc {
    /// Takes an index.
    pub(super) fn select(&mut self, index: u8) {
        self.index = index & INDEX_MASK;
    }

    /// Reads the selected register; `None` where there is none.
    pub(super) fn read(&self) -> Option<u8> {
        self.regs.get(usize::from(self.index)).copied()
    }

    /// Writes the selected register. Returns whether the picture may have changed; `None` for no such register.
    pub(super) fn write(&mut self, value: u8) -> Option<bool> {
        let index = usize::from(self.index);
        let protected = self.regs[r::RETRACE_END] & r::PROTECT != 0 && index <= r::OVERFLOW;
        let writable = match (protected, index) {
            (true, r::OVERFLOW) => r::OVERFLOW_LINE_COMPARE_8,
            (true, _) => 0,
            (false, _) => *MASKS.get(index)?,
        };
        let reg = self.regs.get_mut(index)?;
        let new = *reg & !writable | value & writable;
        Some(std::mem::replace(reg, new) != new)
    }

    /// A register behind the index.
    pub(super) fn register(&mut self, index: u8) -> Option<&mut u8> {
        self.regs.get_mut(usize::from(index))
    }

    fn get(&self, index: usize) -> u32 {
        self.regs[index].into()
    }

    fn overflow(&self, bit: u32, to: u32) -> u32 {
        (self.get(r::OVERFLOW) >> bit & 1) << to
    }

    /// Mode control.
    pub(super) fn mode(&self) -> CrtcMode {
        CrtcMode::from_bits_truncate(self.regs[r::MODE])
    }

    /// Characters in a line, retrace included.
    pub(super) fn horizontal_total(&self) -> u32 {
        self.get(r::HORIZONTAL_TOTAL) + 5
    }

    /// Displayed characters.
    pub(super) fn columns(&self) -> u32 {
        self.get(r::HORIZONTAL_DISPLAY_END) + 1
    }

    /// 2 where vertical values count every second line.
    pub(super) fn line_unit(&self) -> u32 {
        if self.mode().contains(CrtcMode::LINES_BY_2) { 2 } else { 1 }
    }

    /// Characters of a line that are blanked.
    pub(super) fn blanked_columns(&self) -> Blank {
        let high = self.get(r::HORIZONTAL_RETRACE_END) >> 7 << 5;
        let end = self.get(r::HORIZONTAL_BLANK_END) & HORIZONTAL_BLANK_LOW | high;
        let start = self.get(r::HORIZONTAL_BLANK_START);
        Blank::until(start, end, HORIZONTAL_BLANK_BITS, self.horizontal_total())
    }

    /// Lines of a frame that are blanked, in units of [`Crtc::line_unit`].
    pub(super) fn blanked_lines(&self) -> Blank {
        let bit9 = u32::from(self.regs[r::MAXIMUM_SCAN_LINE] & r::SCAN_VERTICAL_BLANK_9 != 0) << 9;
        let start = self.get(r::VERTICAL_BLANK_START) | self.overflow(3, 8) | bit9;
        let total = self.vertical_total() / self.line_unit();
        Blank::until(start, self.get(r::VERTICAL_BLANK_END), VERTICAL_BLANK_BITS, total)
    }

    /// Characters by which the displayed area comes late.
    pub(super) fn display_skew(&self) -> u32 {
        self.get(r::HORIZONTAL_BLANK_END) >> 5 & 3
    }

    /// Lines in a frame, retrace included.
    pub(super) fn vertical_total(&self) -> u32 {
        let total = self.get(r::VERTICAL_TOTAL) | self.overflow(0, 8) | self.overflow(5, 9);
        (total + 2) * self.line_unit()
    }

    /// Displayed lines.
    pub(super) fn lines(&self) -> u32 {
        let end = self.get(r::VERTICAL_DISPLAY_END) | self.overflow(1, 8) | self.overflow(6, 9);
        (end + 1) * self.line_unit()
    }

    /// First line of vertical retrace.
    pub(super) fn retrace_start(&self) -> u32 {
        (self.get(r::RETRACE_START) | self.overflow(2, 8) | self.overflow(7, 9)) * self.line_unit()
    }

    /// Lines of vertical retrace: until the line's low four bits equal the end register's.
    pub(super) fn retrace_lines(&self) -> u32 {
        let lines = self.get(r::RETRACE_END).wrapping_sub(self.get(r::RETRACE_START)) & 0x0F;
        (if lines == 0 { 16 } else { lines }) * self.line_unit()
    }

    /// The last line before the split screen.
    pub(super) fn line_compare(&self) -> u32 {
        let bit9 = u32::from(self.regs[r::MAXIMUM_SCAN_LINE] & r::SCAN_LINE_COMPARE_9 != 0) << 9;
        let line = self.get(r::LINE_COMPARE) | self.overflow(4, 8) | bit9;
        line * self.line_unit() + self.line_unit() - 1
    }

    /// Row scans in a row of characters or pixels: 1-32.
    pub(super) fn row_height(&self) -> u32 {
        u32::from(self.regs[r::MAXIMUM_SCAN_LINE] & r::ROW_SCAN) + 1
    }

    /// Whether each row scan is shown twice.
    pub(super) fn double_scan(&self) -> bool {
        self.regs[r::MAXIMUM_SCAN_LINE] & r::DOUBLE_SCAN != 0
    }

    /// Row scan of the first line.
    pub(super) fn preset_row_scan(&self) -> u32 {
        (self.regs[r::PRESET_ROW_SCAN] & r::ROW_SCAN).into()
    }

    /// Steps of the address counter that panning skips, 0-3.
    pub(super) fn byte_panning(&self) -> u32 {
        self.get(r::PRESET_ROW_SCAN) >> 5 & 3
    }

    /// Distance of rows as the address counter counts.
    pub(super) fn pitch(&self) -> u32 {
        (self.get(r::OFFSET) | self.extension.offset_high << 8) << 1
    }

    /// Start address as the registers have it; the beam takes it at vertical retrace.
    pub(super) fn start(&self) -> u32 {
        let start = u16::from_be_bytes([self.regs[r::START_HIGH], self.regs[r::START_LOW]]);
        u32::from(start) | self.extension.start_high << 16
    }

    /// The cursor's address.
    pub(super) fn cursor(&self) -> u16 {
        u16::from_be_bytes([self.regs[r::CURSOR_HIGH], self.regs[r::CURSOR_LOW]])
    }

    /// Characters by which the cursor comes late: it is that far to the right of its address.
    pub(super) fn cursor_skew(&self) -> u32 {
        self.get(r::CURSOR_END) >> 5 & 3
    }

    /// First and last row scan of the cursor. `None` while it is off or ends before it starts: a VGA then shows none,
    /// where the EGA shows two pieces.
    pub(super) fn cursor_rows(&self) -> Option<(u32, u32)> {
        let start = self.regs[r::CURSOR_START];
        let rows = (u32::from(start & r::ROW_SCAN), u32::from(self.regs[r::CURSOR_END] & r::ROW_SCAN));
        (start & r::CURSOR_OFF == 0 && rows.0 <= rows.1).then_some(rows)
    }

    /// The row scan of the underline.
    pub(super) fn underline(&self) -> u32 {
        (self.regs[r::UNDERLINE] & r::ROW_SCAN).into()
    }

    /// Characters to one step of the address counter, as a power of two: 0, 1 or 2.
    pub(super) fn count_shift(&self) -> u32 {
        if self.regs[r::UNDERLINE] & r::COUNT_BY_4 != 0 {
            2
        } else {
            self.mode().contains(CrtcMode::COUNT_BY_2).into()
        }
    }

    /// Whether row scan bits take part in the memory address.
    pub(super) fn scan_in_address(&self) -> bool {
        !self.mode().contains(CrtcMode::LINEAR_13 | CrtcMode::LINEAR_14)
    }

    /// How the address counter becomes a memory address.
    pub(super) fn addressing(&self) -> Addressing {
        let mode = self.mode();
        let word = !mode.contains(CrtcMode::BYTE_MODE) && self.regs[r::UNDERLINE] & r::DOUBLEWORD == 0;
        let top = if mode.contains(CrtcMode::WRAP_15) { 15 } else { 13 };
        let scan_13 = !mode.contains(CrtcMode::LINEAR_13);
        let scan_14 = !mode.contains(CrtcMode::LINEAR_14);
        Addressing {
            shift: word.into(),
            top,
            low_mask: word.into(),
            scan_mask: u32::from(scan_13) | u32::from(scan_14) << 1,
            counter_mask: if self.extension.wide { WIDE_COUNTER_BITS } else { COUNTER_BITS },
        }
    }

    /// Whether a vertical interrupt is allowed to become pending.
    pub(super) fn interrupt_armed(&self) -> bool {
        self.regs[r::RETRACE_END] & r::INTERRUPT_CLEAR != 0
    }

    /// Whether a pending vertical interrupt reaches the line.
    pub(super) fn interrupt_enabled(&self) -> bool {
        self.regs[r::RETRACE_END] & r::INTERRUPT_DISABLE == 0
    }
}
