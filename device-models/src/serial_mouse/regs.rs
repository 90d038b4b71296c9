//! Report layout, commands and times of serial mice.

/// Buttons as they come in.
pub(super) const LEFT: u8 = 1 << 0;
pub(super) const RIGHT: u8 = 1 << 1;
pub(super) const MIDDLE: u8 = 1 << 2;

/// Microsoft's format: only the first byte has this bit.
pub(super) const FIRST: u8 = 1 << 6;
pub(super) const FIRST_LEFT: u8 = 1 << 5;
pub(super) const FIRST_RIGHT: u8 = 1 << 4;
/// Logitech's fourth byte.
pub(super) const FOURTH_MIDDLE: u8 = 1 << 5;

/// Mouse Systems' format: the first byte. Its buttons are low when down.
pub(super) const SYNC: u8 = 1 << 7;
pub(super) const UP_LEFT: u8 = 1 << 2;
pub(super) const UP_MIDDLE: u8 = 1 << 1;
pub(super) const UP_RIGHT: u8 = 1 << 0;

/// Movement in a report of Microsoft's format, and in one of five bytes: there so that no byte looks like the first.
pub(super) const MICROSOFT_REACH: (i32, i32) = (-128, 127);
pub(super) const FIVE_BYTES_REACH: (i32, i32) = (-120, 127);
/// What is kept while nobody polls.
pub(super) const FARTHEST: i32 = 127;
/// Bytes of the longest report.
pub(super) const LONGEST_REPORT: usize = 5;

/// Until a Logitech mouse is told otherwise.
pub(super) const BAUD: u32 = 1200;
/// From power to the first character's start bit.
pub(super) const WARM_UP_NS: u64 = 14_000_000;

/// Logitech's commands.
pub(super) const PROMPT_MODE: u8 = b'D';
pub(super) const POLL: u8 = b'P';
pub(super) const CONTINUOUS: u8 = b'O';
pub(super) const SET_BAUD: u8 = b'*';
pub(super) const FORMAT_FIVE_BYTES: u8 = b'U';
pub(super) const FORMAT_MICROSOFT: u8 = b'V';
/// Reports a second.
pub(super) const RATES: [(u8, u64); 7] =
    [(b'J', 10), (b'K', 20), (b'L', 35), (b'R', 50), (b'M', 70), (b'Q', 100), (b'N', 150)];
/// After `SET_BAUD`.
pub(super) const BAUD_RATES: [(u8, u32); 4] = [(b'n', 1200), (b'o', 2400), (b'p', 4800), (b'q', 9600)];
