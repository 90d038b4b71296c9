//! Reports in the two formats.

use super::SerialMouseModel;
use super::regs::*;
use crate::motion::{Motion, Report};

/// No wheel.
const STILL: (i32, i32) = (0, 0);

fn flag(on: bool, bit: u8) -> u8 {
    if on { bit } else { 0 }
}

/// Microsoft's three bytes: buttons and the high bits, then six bits of either movement, right and down. A Logitech
/// mouse adds a byte while the middle button is down and when it comes up.
pub(super) fn microsoft(motion: &mut Motion, model: SerialMouseModel) -> Vec<u8> {
    let middle_was_down = motion.told() & MIDDLE != 0;
    let Report { moved: [x, y, _], buttons } = motion.take([MICROSOFT_REACH, MICROSOFT_REACH, STILL]);
    let (x, y) = (x as u8, y as u8);
    let buttons_down = flag(buttons & LEFT != 0, FIRST_LEFT) | flag(buttons & RIGHT != 0, FIRST_RIGHT);
    let mut bytes = vec![FIRST | buttons_down | (y >> 6) << 2 | x >> 6, x & 0x3F, y & 0x3F];
    let middle = buttons & MIDDLE != 0;
    if model == SerialMouseModel::Logitech && (middle || middle_was_down) {
        bytes.push(flag(middle, FOURTH_MIDDLE));
    }
    bytes
}

/// Mouse Systems' five bytes: buttons, then movement right and up, twice.
pub(super) fn five_bytes(motion: &mut Motion) -> Vec<u8> {
    let (least, most) = FIVE_BYTES_REACH;
    let Report { moved: [x, y, _], buttons } = motion.take([FIVE_BYTES_REACH, (-most, -least), STILL]);
    let up = |button: u8, bit| flag(buttons & button == 0, bit);
    vec![SYNC | up(LEFT, UP_LEFT) | up(MIDDLE, UP_MIDDLE) | up(RIGHT, UP_RIGHT), x as u8, -y as u8, 0, 0]
}
