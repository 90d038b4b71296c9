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

/// The lowest address bit that a row scan bit replaces.
const SCAN_SHIFT: u32 = 13;

impl Addressing {
    /// The plane offset for a counter value in a row scan.
    #[inline]
    pub(super) fn plane_offset(self, counter: u32, row_scan: u32) -> u32 {
        let counter = counter & self.counter_mask;
        let address = counter << self.shift & self.counter_mask | counter >> self.top & self.low_mask;
        address & !(self.scan_mask << SCAN_SHIFT) | (row_scan & self.scan_mask) << SCAN_SHIFT
    }
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
    fn line_unit(&self) -> u32 {
        if self.mode().contains(CrtcMode::LINES_BY_2) { 2 } else { 1 }
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

    /// Characters that panning skips, 0-3.
    pub(super) fn byte_panning(&self) -> u32 {
        self.get(r::PRESET_ROW_SCAN) >> 5 & 3
    }

    /// Distance of rows as the address counter counts.
    pub(super) fn pitch(&self) -> u32 {
        (self.get(r::OFFSET) | self.extension.offset_high << 8) * 2
    }

    /// Start address as the registers have it; the beam takes it at vertical retrace.
    pub(super) fn start(&self) -> u32 {
        let start = u16::from_be_bytes([self.regs[r::START_HIGH], self.regs[r::START_LOW]]);
        u32::from(start) | self.extension.start_high << 16
    }

    /// The cursor's address; its skew is added.
    pub(super) fn cursor(&self) -> u16 {
        let skew = u16::from(self.regs[r::CURSOR_END] >> 5 & 3);
        u16::from_be_bytes([self.regs[r::CURSOR_HIGH], self.regs[r::CURSOR_LOW]]).wrapping_add(skew)
    }

    /// First and last row scan of the cursor. `None` while it is off or ends before it starts.
    pub(super) fn cursor_rows(&self) -> Option<(u32, u32)> {
        let start = self.regs[r::CURSOR_START];
        let rows = (u32::from(start & r::ROW_SCAN), u32::from(self.regs[r::CURSOR_END] & r::ROW_SCAN));
        (start & r::CURSOR_OFF == 0 && rows.0 <= rows.1).then_some(rows)
    }

    /// The row scan of the underline.
    pub(super) fn underline(&self) -> u32 {
        (self.regs[r::UNDERLINE] & r::ROW_SCAN).into()
    }

    /// Characters to one step of the address counter: 1, 2 or 4.
    pub(super) fn characters_per_count(&self) -> u32 {
        if self.regs[r::UNDERLINE] & r::COUNT_BY_4 != 0 {
            4
        } else if self.mode().contains(CrtcMode::COUNT_BY_2) {
            2
        } else {
            1
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
