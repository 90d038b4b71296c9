//! Pictures by kitty's graphics protocol (kitty documentation, "Terminal graphics protocol").

use crate::guest::Frame;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

/// Most bytes of one piece.
const PIECE: usize = 4096;
/// The one picture that is shown; sending it again replaces it.
const ID: u32 = 1;

/// Removes the picture and its data.
pub(super) const REMOVE: &str = "\x1b_Ga=d,d=I,i=1,q=2\x1b\\";

/// Shows a picture at the cursor, scaled to so many cells. `None` for a frame without dots.
pub(super) fn show(frame: &Frame, columns: usize, rows: usize) -> Option<String> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Level(1), FilterType::NoFilter);
    encoder.write_image(&frame.rgb, frame.width, frame.height, ExtendedColorType::Rgb8).ok()?;
    let data = STANDARD.encode(&png);
    let mut out = String::with_capacity(data.len() + data.len() / 64);
    let mut rest = data.as_str();
    let mut keys = format!("a=T,f=100,i={ID},p={ID},q=2,C=1,c={columns},r={rows},");
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(rest.len().min(PIECE));
        let more = u8::from(!later.is_empty());
        out.push_str(&format!("\x1b_G{keys}m={more};{piece}\x1b\\"));
        keys.clear();
        rest = later;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture;
    use std::path::Path;

    #[test]
    fn the_pieces_together_are_a_png_of_the_same_dots() {
        let mut noise = 1u32;
        let mut dot = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        };
        let frame = Frame { width: 64, height: 64, rgb: (0..64 * 64 * 3).map(|_| dot()).collect() };
        let shown = show(&frame, 20, 10).unwrap();
        assert!(shown.starts_with("\x1b_Ga=T,f=100,i=1,p=1,q=2,C=1,c=20,r=10,m=1;"));
        let pieces: Vec<&str> = shown.split_terminator("\x1b\\").collect();
        assert!(pieces.len() > 2 && pieces.last().unwrap().starts_with("\x1b_Gm=0;"));
        assert!(pieces.iter().all(|piece| piece.split_once(';').unwrap().1.len() <= PIECE));
        let data: String = pieces.iter().map(|piece| piece.split_once(';').unwrap().1).collect();
        assert_eq!(picture::from_png(&STANDARD.decode(data).unwrap(), Path::new("x")).unwrap(), frame);
    }
}
