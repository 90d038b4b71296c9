//! What looking at a screen costs the harness: `cargo bench -p relic-tests --bench looking`.
//!
//! - `compare/*`: a whole frame of 1024x768 against its golden picture: the same, with a cursor elsewhere, with no dot alike; exactly,
//!   and with masks and areas.
//! - `find/*`: 200x40 dots of it anywhere on the screen.
//! - `read/*`: text in it with the ROM's three fonts and a learnt one: all of it, after 12x20 dots have changed, when nothing has, and
//!   of a screen full of text.
//! - `png/*`: a screen as a PNG file; `image` is the `image` crate's encoder at its default, for comparison.
//!
//! The pictures are those of Window Maker and of FreeDOS's EDIT among the cases.

use criterion::{Criterion, criterion_group, criterion_main};
use harness::compare::{Area, Rect, Rules, compare};
use harness::find::{cut, find};
use harness::glyphs::{Font, Learner, Reader, Sample};
use harness::guest::Frame;
use harness::picture;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

fn load(name: &str) -> Frame {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    picture::load(&path).expect("the picture is part of the workspace")
}

/// Window Maker's screen of 800x600, laid side by side.
fn desktop() -> Frame {
    let tile = load("window-maker/std-vesa/terminal.png");
    let (width, height) = (1024, 768);
    let dot = |at: u32| {
        let (x, y) = (at % width % tile.width, at / width % tile.height);
        let from = (y * tile.width + x) as usize * 3;
        [tile.rgb[from], tile.rgb[from + 1], tile.rgb[from + 2]]
    };
    Frame { width, height, rgb: (0..width * height).flat_map(dot).collect() }
}

/// The frame with the dots of a rectangle inverted.
fn inverted(frame: &Frame, at: Rect) -> Frame {
    let mut frame = frame.clone();
    let stride = frame.width as usize * 3;
    for row in frame.rgb.chunks_mut(stride).skip(at.y as usize).take(at.height as usize) {
        row[at.x as usize * 3..][..at.width as usize * 3].iter_mut().for_each(|byte| *byte ^= 0xFF);
    }
    frame
}

fn comparing(c: &mut Criterion) {
    let golden = desktop();
    let (width, height) = (golden.width, golden.height);
    let cursor = inverted(&golden, Rect { x: 500, y: 300, width: 12, height: 20 });
    let other = inverted(&golden, Rect { x: 0, y: 0, width, height });
    let exact = Rules::default();
    let declared = Rules {
        masks: vec![
            Rect { x: 900, y: 0, width: 124, height: 64 },
            Rect { x: 0, y: 700, width: 64, height: 64 },
        ],
        areas: vec![Area {
            at: Rect { x: 100, y: 100, width: 400, height: 300 },
            tolerance: 8,
            outliers: 20,
        }],
        tolerance: 2,
        ..Rules::default()
    };
    let mut group = c.benchmark_group("compare");
    for (name, frame) in [("same", &golden.clone()), ("cursor", &cursor), ("nothing-alike", &other)] {
        group.bench_function(format!("{name}/exact"), |b| {
            b.iter(|| compare(&golden, black_box(frame), &exact))
        });
        group.bench_function(format!("{name}/declared"), |b| {
            b.iter(|| compare(&golden, black_box(frame), &declared));
        });
    }
    group.finish();
}

fn finding(c: &mut Criterion) {
    let screen = desktop();
    let mut group = c.benchmark_group("find");
    for (name, x, y) in [("title-bar", 100, 60), ("middle", 412, 364), ("corner", 824, 728)] {
        let part = cut(&screen, Rect { x, y, width: 200, height: 40 });
        group.bench_function(name, |b| b.iter(|| find(black_box(&part), &screen)));
        let absent = inverted(&part, Rect { x: 150, y: 30, width: 1, height: 1 });
        group.bench_function(format!("{name}-absent"), |b| b.iter(|| find(black_box(&absent), &screen)));
    }
    group.finish();
}

/// The ROM's fonts, and Linux's console's.
fn fonts() -> Vec<Arc<Font>> {
    let rom = [firmware::fonts::font_8x16(), firmware::fonts::font_8x14(), firmware::fonts::font_8x8()];
    let mut fonts: Vec<_> = rom.iter().filter_map(|bytes| Font::of_codes("ROM", bytes, 8)).collect();
    let text: String = ('!'..='@').chain('A'..='`').flat_map(|character| [character, ' ']).collect();
    let at = Rect { x: 0, y: 64, width: 1024, height: 16 };
    let mut learner = Learner::new(Some((8, 16))).expect("a cell");
    learner.learn(&load("goldens/linux-vesafb.png"), &Sample { at, text }).expect("the page has this text");
    fonts.push(learner.font("console").expect("a font"));
    fonts.into_iter().map(Arc::new).collect()
}

fn reading(c: &mut Criterion) {
    let (screen, fonts) = (desktop(), fonts());
    let cursor = inverted(&screen, Rect { x: 500, y: 300, width: 12, height: 20 });
    let full = load("cases/dos/mouse-ps2-wheel/planar.png");
    let mut group = c.benchmark_group("read");
    for (name, frame) in [("whole", &screen), ("full-of-text-640x480", &full)] {
        group.bench_function(name, |b| {
            b.iter(|| Reader::default().read(black_box(frame), &fonts).len());
        });
    }
    let mut reader = Reader::default();
    group.bench_function("same", |b| b.iter(|| reader.read(black_box(&screen), &fonts).len()));
    let mut turn = [&screen, &cursor].into_iter().cycle();
    group.bench_function("cursor", |b| {
        b.iter(|| turn.next().map_or(0, |frame| reader.read(black_box(frame), &fonts).len()));
    });
    group.finish();
}

fn encoding(c: &mut Criterion) {
    let mut group = c.benchmark_group("png");
    for (name, frame) in [("text-720x400", load("cases/dos/edit/menu.png")), ("desktop-1024x768", desktop())]
    {
        let peer = || {
            let mut bytes = Vec::new();
            let encoder = PngEncoder::new(&mut bytes);
            let written = encoder.write_image(&frame.rgb, frame.width, frame.height, ExtendedColorType::Rgb8);
            written.map(|()| bytes).expect("a frame can be written")
        };
        let ours = || picture::to_png(&frame).expect("a frame can be written");
        println!("png/{name}: {} bytes, with image {}", ours().len(), peer().len());
        group.bench_function(name, |b| b.iter(|| black_box(ours())));
        group.bench_function(format!("{name}/image"), |b| b.iter(|| black_box(peer())));
    }
    group.finish();
}

criterion_group!(benches, comparing, finding, reading, encoding);
criterion_main!(benches);
