//! The probe's pages as relic, QEMU and Bochs show them, and how their pictures follow from ours.

use crate::bochs::Bochs;
use crate::media;
use crate::pc::Pc;
use crate::probe::expect_pass;
use crate::qemu::{Firmware, Qemu};
use guest_images::probe::{self, PAGES, ProbeOptions};
use guest_images::recipe::Wait;
use hypervisor::{Frame, Input, Key, TextScreen};
use std::collections::BTreeMap;
use std::time::Duration;

/// A peer's pictures by the names of their pages.
pub type Pictures = BTreeMap<&'static str, Frame>;

/// What relic shows of a page.
#[derive(Clone)]
pub struct Shown {
    /// The picture. The peer's dot may be anything where this has [`ANY`].
    pub frame: Frame,
    /// The characters, in text modes.
    pub text: Option<TextScreen>,
}

/// A dot that our picture does not tell.
pub const ANY: u32 = u32::MAX;

/// For a page, in the peers.
const LIMIT: Duration = Duration::from_secs(60);
/// Bochs stops so often in its guest's time; a page stays for longer than two of these.
const STEP: Duration = Duration::from_millis(250);
const STEPS: u32 = 600;

fn options(wait: Wait) -> ProbeOptions {
    ProbeOptions { wait, pace_ticks: 12, key_ticks: 2, mouse_ticks: 2, ..ProbeOptions::default() }
}

/// The pages on relic.
pub fn on_relic() -> BTreeMap<&'static str, Shown> {
    let mut pc = Pc::start(media::with_floppy(probe::floppy_with(&options(Wait::Key))));
    let mut pictures = BTreeMap::new();
    for page in PAGES {
        pc.wait_debug(&format!("page: {}", page.name), 20);
        pictures.insert(page.name, Shown { frame: pc.frame(), text: pc.machine.text() });
        pc.machine.inject(Input::Key { key: Key::Space, down: true });
        pc.run(1_000_000);
        pc.machine.inject(Input::Key { key: Key::Space, down: false });
    }
    pictures
}

/// The pages on QEMU, with our firmware; none without QEMU.
pub fn on_qemu() -> Option<Pictures> {
    let drive = |file: &str| vec!["-drive".into(), format!("if=floppy,format=raw,file={file}")];
    let mut qemu = Qemu::start(Firmware::Ours, &probe::floppy_with(&options(Wait::Key)), drive)?;
    let mut pictures = Pictures::new();
    for page in PAGES {
        qemu.wait_debug(&format!("page: {}", page.name), LIMIT);
        pictures.insert(page.name, qemu.picture());
        qemu.type_text(" ");
    }
    Some(pictures)
}

/// The pages on Bochs, with our firmware; none without Bochs. `size` tells how much of its window to look at for a page.
pub fn on_bochs(size: impl Fn(&str) -> (u32, u32)) -> Option<Pictures> {
    let settings = |file: &str| {
        format!("vga: extension=vbe, update_freq=30\nfloppya: 1_44={file}, status=inserted\nboot: floppy")
    };
    let mut bochs = Bochs::start(&probe::floppy_with(&options(Wait::Auto)), settings)?;
    let mut pictures = Pictures::new();
    let mut before = None;
    for _ in 0..STEPS {
        bochs.step(STEP);
        let said = bochs.lines().filter_map(|line| line.strip_prefix("page: ")).last();
        let page = PAGES.iter().map(|page| page.name).find(|name| Some(*name) == said);
        // A page that was there at the last stop too has been drawn.
        if let Some(page) = page.filter(|_| page == before) {
            pictures.entry(page).or_insert_with(|| bochs.picture(size(page)));
        }
        before = page;
        if pictures.len() == PAGES.len() {
            break;
        }
    }
    expect_pass(bochs.lines());
    Some(pictures)
}

/// What a peer does otherwise than we; `docs/pictures.md` has a section on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// So many dots for each of ours across and down.
    Scale(u32, u32),
    /// The DAC's highest level is 252.
    DacWithoutFullScale,
    /// The DAC's levels alternate between steps of 1 and 7.
    DacUnevenSteps,
    /// The ninth dot repeats the eighth from code B0h on.
    NinthDotFromB0,
    /// Nine dots with the dot clock halved become sixteen.
    NoNinthDotWhenHalved,
    /// Pictures of 256 colours do not pan; this one pans by so many pixels, in so many lines at the top.
    NoPanningIn256Colours(u32, u32),
    /// Lines from here on show what was there before.
    StaleFrom(u32),
}

impl Difference {
    /// The heading of its section in `docs/pictures.md`.
    pub fn heading(self) -> &'static str {
        match self {
            Difference::Scale(..) => "Dots and lines of the beam",
            Difference::DacWithoutFullScale => "DAC without full scale",
            Difference::DacUnevenSteps => "DAC with uneven steps",
            Difference::NinthDotFromB0 => "Ninth dot from B0h on",
            Difference::NoNinthDotWhenHalved => "No ninth dot at half the clock",
            Difference::NoPanningIn256Colours(..) => "No panning in 256 colours",
            Difference::StaleFrom(_) => "Split screen not redrawn",
        }
    }

    /// Our picture as a peer with this difference shows it.
    pub fn applied(self, shown: &Shown) -> Shown {
        let frame = match self {
            Difference::Scale(x, y) => scaled(&shown.frame, x, y),
            Difference::DacWithoutFullScale => levels(&shown.frame, |level| level << 2),
            Difference::DacUnevenSteps => levels(&shown.frame, |level| (level << 2) + (level & 1) * 3),
            Difference::NinthDotFromB0 => ninth_dot_from_b0(shown),
            Difference::NoNinthDotWhenHalved => sixteen_dots(&shown.frame),
            Difference::NoPanningIn256Colours(pixels, lines) => moved_right(&shown.frame, pixels, lines),
            Difference::StaleFrom(line) => untold_from(&shown.frame, line),
        };
        Shown { frame, text: shown.text.clone() }
    }
}

/// A picture from a function of the place.
fn drawn(width: u32, height: u32, dot: impl Fn(u32, u32) -> u32) -> Frame {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Frame { width, height, pixels: places.map(|(x, y)| dot(x, y)).collect() }
}

fn at(frame: &Frame, x: u32, y: u32) -> u32 {
    frame.pixels[(y * frame.width + x) as usize]
}

fn scaled(frame: &Frame, by_x: u32, by_y: u32) -> Frame {
    drawn(frame.width * by_x, frame.height * by_y, |x, y| at(frame, x / by_x, y / by_y))
}

/// Other levels for the 64 of a 6-bit DAC.
fn levels(frame: &Frame, level: impl Fn(u8) -> u8) -> Frame {
    let dot = |dot: u32| {
        if dot == ANY { ANY } else { u32::from_be_bytes(dot.to_be_bytes().map(|v| level(v >> 2))) }
    };
    drawn(frame.width, frame.height, |x, y| dot(at(frame, x, y)))
}

fn ninth_dot_from_b0(shown: &Shown) -> Frame {
    const DOTS: u32 = 9;
    let Shown { frame, text: Some(text) } = shown else { return shown.frame.clone() };
    let row_height = frame.height / text.rows;
    drawn(frame.width, frame.height, |x, y| {
        let (code, _) = text.cells[(y / row_height * text.columns + x / DOTS) as usize];
        let repeats = x % DOTS == DOTS - 1 && (0xB0..0xC0).contains(&code);
        at(frame, x - u32::from(repeats), y)
    })
}

fn sixteen_dots(frame: &Frame) -> Frame {
    drawn(frame.width / 9 * 16, frame.height, |x, y| at(frame, x / 16 * 9 + x % 16 / 2, y))
}

fn moved_right(frame: &Frame, pixels: u32, lines: u32) -> Frame {
    drawn(frame.width, frame.height, |x, y| {
        let pixels = if y < lines { pixels } else { 0 };
        x.checked_sub(pixels).map_or(ANY, |x| at(frame, x, y))
    })
}

fn untold_from(frame: &Frame, line: u32) -> Frame {
    drawn(frame.width, frame.height, |x, y| if y < line { at(frame, x, y) } else { ANY })
}
