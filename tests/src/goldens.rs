//! Golden pictures: what a screen must look like, dot by dot.
//!
//! `RELIC_BLESS=1` writes them; look at each before it is committed.

use crate::pc::Pc;
use hypervisor::Frame;
use image::{ImageReader, Rgb, RgbImage};
use std::path::PathBuf;

/// The cursor is away half of the time: a still screen shows its golden picture within a cycle of 32 frames.
const LOOKS: u32 = 24;
const BETWEEN_LOOKS: u64 = 25_000_000;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("{name}.png"))
}

fn picture(frame: &Frame) -> RgbImage {
    let dot = |x: u32, y: u32| {
        let [_, r, g, b] = frame.pixels[(y * frame.width + x) as usize].to_be_bytes();
        Rgb([r, g, b])
    };
    RgbImage::from_fn(frame.width, frame.height, dot)
}

fn differing(one: &RgbImage, other: &RgbImage) -> usize {
    if one.dimensions() != other.dimensions() {
        return usize::MAX;
    }
    one.pixels().zip(other.pixels()).filter(|(a, b)| a != b).count()
}

/// The machine's screen is the golden picture `name` (a path in `tests/`, without its ending) at some phase of the cursor; the
/// machine runs on meanwhile.
///
/// # Panics
/// If it is not; the screen as it was is left in the system's temporary folder.
pub fn expect(pc: &mut Pc, name: &str) {
    if std::env::var_os("RELIC_BLESS").is_some() {
        picture(&pc.frame()).save(path(name)).expect("the golden picture can be written");
        return;
    }
    let golden = ImageReader::open(path(name))
        .unwrap_or_else(|error| panic!("golden {name}: {error}; RELIC_BLESS=1 writes it"))
        .decode()
        .expect("a golden picture is a picture")
        .to_rgb8();
    let mut nearest = (usize::MAX, picture(&pc.frame()));
    for _ in 0..LOOKS {
        let seen = picture(&pc.frame());
        let count = differing(&seen, &golden);
        if count == 0 {
            return;
        }
        if count < nearest.0 {
            nearest = (count, seen);
        }
        pc.run(BETWEEN_LOOKS);
    }
    let actual = std::env::temp_dir().join(format!("relic-{}-actual.png", name.replace('/', "-")));
    nearest.1.save(&actual).expect("the picture can be written");
    let (count, seen) = (nearest.0, nearest.1.dimensions());
    panic!(
        "golden {name} ({:?}): {count} dots differ from {} ({seen:?})",
        golden.dimensions(),
        actual.display()
    );
}
