//! Pictures as sixels (DEC STD 070, chapter 9).

use crate::guest::Frame;
use icy_sixel::{EncodeOptions, sixel_encode};

/// The bytes that draw a picture at the cursor. `None` for a frame without dots.
pub(super) fn show(frame: &Frame) -> Option<String> {
    let rgba: Vec<u8> = frame.rgb.chunks_exact(3).flat_map(|dot| [dot[0], dot[1], dot[2], u8::MAX]).collect();
    // Screens have areas of one colour: spreading the error would put noise into them.
    let options = EncodeOptions { diffusion: 0.0, ..EncodeOptions::default() };
    sixel_encode(&rgba, frame.width as usize, frame.height as usize, &options).ok()
}
