use super::file;
use super::font::{Font, Inks};
use super::learn::{Learner, Sample};
use super::lines::{Line, find, shows};
use super::reader::Reader;
use crate::compare::Rect;
use crate::guest::Frame;
use crate::picture;
use firmware::{cp437, fonts};
use std::path::Path;
use std::sync::Arc;

const WHITE: u32 = 0xFF_FFFF;

/// A picture that is drawn into.
struct Canvas(Frame);

impl Canvas {
    fn new(width: u32, height: u32, paper: u32) -> Self {
        let [_, dot @ ..] = paper.to_be_bytes();
        Canvas(Frame { width, height, rgb: dot.repeat((width * height) as usize) })
    }

    fn dot(&mut self, x: usize, y: usize, colour: u32) {
        let at = (y * self.0.width as usize + x) * 3;
        self.0.rgb[at..at + 3].copy_from_slice(&colour.to_be_bytes()[1..]);
    }

    /// Writes with one of the ROM's fonts.
    fn write(&mut self, (x, y): (usize, usize), font: &[u8], text: &str, inks: Inks) {
        let height = font.len() / 256;
        for (column, character) in text.chars().enumerate() {
            let code = usize::from(cp437::from_char(character).unwrap());
            for (row, bits) in font[code * height..][..height].iter().enumerate() {
                for dot in 0..8 {
                    let colour = if bits & 0x80 >> dot != 0 { inks.ink } else { inks.paper };
                    self.dot(x + column * 8 + dot, y + row, colour);
                }
            }
        }
    }
}

fn rom() -> Vec<Arc<Font>> {
    let of = |bytes: &[u8]| Arc::new(Font::of_codes("ROM", bytes, 8).unwrap());
    vec![of(fonts::font_8x16()), of(fonts::font_8x14()), of(fonts::font_8x8())]
}

fn said(lines: &[Line]) -> Vec<String> {
    lines.iter().map(Line::text).collect()
}

fn read(frame: &Frame, fonts: &[Arc<Font>]) -> Vec<Line> {
    Reader::default().read(frame, fonts).to_vec()
}

fn golden(name: &str) -> Frame {
    picture::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests").join(name)).unwrap()
}

#[test]
fn text_is_read_at_any_dot_in_any_two_colours_and_three_sizes() {
    let mut canvas = Canvas::new(301, 199, 0x12_3456);
    canvas.write((3, 5), fonts::font_8x8(), "C:\\>dir *.* /w", Inks { ink: WHITE, paper: 0 });
    canvas.write((17, 31), fonts::font_8x14(), "Café ½ (ß)", Inks { ink: 0, paper: 0xAA_AAAA });
    canvas.write((181, 173), fonts::font_8x16(), "\"Right edge...\"", Inks { ink: 1, paper: 2 });
    let lines = read(&canvas.0, &rom());
    assert_eq!(said(&lines), ["C:\\>dir *.* /w", "Café ½ (ß)", "\"Right edge...\""]);
    assert_eq!(lines[1].at(), Rect { x: 17, y: 31, width: 80, height: 14 });
    assert_eq!(find(&lines, "edge"), Some(Rect { x: 181 + 7 * 8, y: 173, width: 32, height: 16 }));
    assert_eq!(find(&lines, "edges"), None);
}

#[test]
fn one_wrong_dot_takes_a_character_away_and_no_other() {
    let mut canvas = Canvas::new(200, 40, 0);
    canvas.write((9, 9), fonts::font_8x16(), "unreadable", Inks { ink: WHITE, paper: 0 });
    canvas.dot(9 + 3 * 8, 9 + 2, 0xFF_FFFE);
    assert_eq!(said(&read(&canvas.0, &rom())), ["unr\u{FFFD}adable"]);
}

#[test]
fn a_text_runs_on_from_the_last_cell_of_a_row_to_the_first_of_the_next() {
    let mut canvas = Canvas::new(64, 48, 0);
    let inks = Inks { ink: WHITE, paper: 0 };
    for (row, text) in ["abcd efg", "h ijkl"].iter().enumerate() {
        canvas.write((0, row * 16), fonts::font_8x16(), text, inks);
    }
    let lines = read(&canvas.0, &rom());
    assert!(shows(&lines, "efgh ij", 64));
    assert!(!shows(&lines, "ijklabcd", 64));
}

#[test]
fn a_text_screen_of_nine_dots_is_read_as_its_memory_has_it() {
    let font = Font::of_codes("9x16", fonts::font_8x16(), 9).unwrap();
    let lines = said(&read(&golden("cases/dos/harddisk-64M/mem.png"), &[Arc::new(font)]));
    assert!(lines.iter().any(|line| line.contains("Conventional")), "{lines:?}");
}

#[test]
fn reading_what_changed_is_as_reading_all_of_it() {
    let mut random = 1_u32;
    let mut next = |below: usize| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as usize % below
    };
    let (mut canvas, mut reader, fonts) = (Canvas::new(320, 200, 0), Reader::default(), rom());
    for _ in 0..60 {
        let sizes = [fonts::font_8x8(), fonts::font_8x14(), fonts::font_8x16()];
        let inks = Inks { ink: 1 << next(24), paper: next(2) as u32 };
        let text = ["Hello, World", "a", "wait_text = 'C:\\>'", "ÄÖÜ │║═"][next(4)];
        canvas.write((next(170), next(184)), sizes[next(3)], text, inks);
        assert_eq!(reader.read(&canvas.0, &fonts), read(&canvas.0, &fonts));
    }
}

#[test]
fn no_picture_makes_the_reader_fail() {
    let mut random = 7_u64;
    let mut next = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        random >> 33
    };
    let (mut reader, mut fonts) = (Reader::default(), rom());
    fonts.push(proportional());
    for (width, height) in
        [(0, 0), (1, 1), (7, 3), (8, 16), (9, 17), (63, 40), (64, 64), (65, 20), (130, 90), (320, 200)]
    {
        for colours in [1, 2, 3, 200] {
            let rgb = (0..width * height).flat_map(|_| [(next() % colours) as u8 * 85, 0, 0]).collect();
            reader.read(&Frame { width, height, rgb }, &fonts);
        }
    }
}

/// The letters of the ROM's font, as a proportional font that was learnt from a picture.
fn proportional() -> Arc<Font> {
    let mut canvas = Canvas::new(100, 20, WHITE);
    canvas.write((2, 2), fonts::font_8x16(), "a b C i l 7", Inks { ink: 0, paper: WHITE });
    let mut learner = Learner::new(None).unwrap();
    let at = Rect { x: 0, y: 2, width: 100, height: 16 };
    learner.learn(&canvas.0, &Sample { at, text: "a b C i l 7".into() }).unwrap();
    Arc::new(learner.font("letters").unwrap())
}

#[test]
fn titles_are_read_in_any_colour_with_a_font_learnt_from_letters_apart() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/window-maker");
    let font = Arc::new(file::load(&suite.join("titles.toml")).unwrap());
    let lines = said(&read(&golden("window-maker/std-vesa/terminal.png"), std::slice::from_ref(&font)));
    assert_eq!(lines[..3], ["xeyes", "xclock", "bash"]);
    let written = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(written.path(), file::write(&font)).unwrap();
    let again = Arc::new(file::load(written.path()).unwrap());
    assert_eq!(said(&read(&golden("window-maker/std-vesa/terminal.png"), &[again])), lines);
}
