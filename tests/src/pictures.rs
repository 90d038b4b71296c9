//! The probe's pages as relic, QEMU and Bochs show them, and how their pictures follow from ours.

use crate::bochs::Bochs;
use crate::media;
use crate::pc::Pc;
use crate::qemu::{self, Firmware, Qemu};
use guest_images::probe::{self, PAGES, Page, ProbeOptions};
use guest_images::recipe::Wait;
use hypervisor::{Frame, Input, Key, MachineConfig, TextScreen, VideoKind};
use std::collections::BTreeMap;
use std::time::Duration;

/// The adapter of the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// The Bochs adapter.
    Std,
    /// The CL-GD5446.
    Cirrus,
}

impl Adapter {
    /// The pages that show on it.
    pub fn pages(self) -> impl Iterator<Item = &'static Page> {
        const ALL: &[Page] = &PAGES;
        ALL.iter().filter(move |page| match self {
            Adapter::Std => page.place.is_on_std(),
            Adapter::Cirrus => page.place.is_on_cirrus(),
        })
    }
}

/// What a peer made of the probe.
pub struct Seen {
    /// Its pictures by the names of their pages; several where something blinks.
    pub pictures: BTreeMap<&'static str, Vec<Frame>>,
    /// The lines of port E9h.
    pub debug: String,
}

/// What relic shows of a page.
#[derive(Clone)]
pub struct Shown {
    /// The picture, in every phase of what blinks. The peer's dot may be anything where this has [`ANY`].
    pub phases: Vec<Frame>,
    /// The characters, in text modes.
    pub text: Option<TextScreen>,
}

/// A dot that our picture does not tell.
pub const ANY: u32 = u32::MAX;

/// For a page, in the peers.
const LIMIT: Duration = Duration::from_secs(60);
/// Bochs stops so often in its guest's time, or a tick later when the guest sleeps; QEMU is looked at so often where something blinks.
const STEP: Duration = Duration::from_millis(110);
const STEPS: u32 = 1200;
/// What blinks has a cycle of 32 frames, at 70 or 60 a second; 60 ms are less than its shortest phase.
const LOOKS: u32 = 9;
const BETWEEN_LOOKS: u64 = 60_000_000;

fn options(wait: Wait) -> ProbeOptions {
    ProbeOptions { wait, pace_ticks: 18, key_ticks: 2, mouse_ticks: 2, ..ProbeOptions::default() }
}

/// The pages on relic.
pub fn on_relic(adapter: Adapter) -> BTreeMap<&'static str, Shown> {
    let (config, media) = media::with_floppy(probe::floppy_with(&options(Wait::Key)));
    let video = if adapter == Adapter::Cirrus { VideoKind::Cirrus } else { config.video };
    let mut pc = Pc::start((MachineConfig { video, ..config }, media));
    let mut pictures = BTreeMap::new();
    for page in adapter.pages() {
        pc.wait_debug(&format!("page: {}", page.name), 20);
        let mut phases = Vec::new();
        for _ in 0..LOOKS {
            let frame = pc.frame();
            if !phases.contains(&frame) {
                phases.push(frame);
            }
            pc.run(BETWEEN_LOOKS);
        }
        pictures.insert(page.name, Shown { phases, text: pc.machine.text() });
        pc.machine.inject(Input::Key { key: Key::Space, down: true });
        pc.run(1_000_000);
        pc.machine.inject(Input::Key { key: Key::Space, down: false });
    }
    pictures
}

/// The pages on QEMU, with our firmware; none without QEMU.
pub fn on_qemu(adapter: Adapter) -> Option<Seen> {
    let drive = |file: &str| vec!["-drive".into(), format!("if=floppy,format=raw,file={file}")];
    let device = if adapter == Adapter::Cirrus { qemu::CIRRUS } else { "VGA" };
    let floppy = probe::floppy_with(&options(Wait::Key));
    let mut qemu = Qemu::with_adapter(device, Firmware::Ours, &floppy, drive)?;
    let mut pictures = BTreeMap::new();
    for page in adapter.pages() {
        qemu.wait_debug(&format!("page: {}", page.name), LIMIT);
        let pictures = pictures.entry(page.name).or_insert_with(|| vec![qemu.picture()]);
        for _ in 0..more_looks(page.name) {
            std::thread::sleep(STEP);
            pictures.push(qemu.picture());
        }
        qemu.type_text(" ");
    }
    Some(Seen { pictures, debug: qemu.debug_text() })
}

/// The pages on Bochs, with our firmware; none without Bochs. `size` tells how much of its window to look at for a page.
pub fn on_bochs(adapter: Adapter, size: impl Fn(&str) -> (u32, u32)) -> Option<Seen> {
    let (vga_bios, extension, slot) = match adapter {
        Adapter::Std => (firmware::STD_VGA_BIOS, "vbe", ""),
        Adapter::Cirrus => {
            (firmware::CIRRUS_VGA_BIOS, "cirrus", "pci: enabled=1, chipset=i440fx, slot1=cirrus")
        }
    };
    let settings = |file: &str| {
        let floppy = format!("floppya: 1_44={file}, status=inserted\nboot: floppy");
        format!("vga: extension={extension}, update_freq=30\n{slot}\n{floppy}")
    };
    let floppy = probe::floppy_with(&options(Wait::Auto));
    let mut bochs = Bochs::with_vga_bios(vga_bios, &floppy, settings)?;
    let mut pictures = BTreeMap::new();
    let mut before = None;
    for _ in 0..STEPS {
        bochs.step(STEP);
        let said = bochs.lines().filter_map(|line| line.strip_prefix("page: ")).last();
        let page = adapter.pages().map(|page| page.name).find(|name| Some(*name) == said);
        // A page that was there at the last stop too has been drawn.
        if let Some(page) = page.filter(|_| page == before) {
            let pictures: &mut Vec<Frame> = pictures.entry(page).or_default();
            if pictures.len() <= more_looks(page) {
                pictures.push(bochs.picture(size(page)));
            }
        }
        before = page;
        if pictures.len() == adapter.pages().count() {
            break;
        }
    }
    Some(Seen { pictures, debug: bochs.lines().collect::<Vec<_>>().join("\n") })
}

/// Pictures after the first: a page stays for longer than so many steps.
fn more_looks(page: &str) -> usize {
    if page == "blink" { 3 } else { 0 }
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
    /// The PEL mask is not applied; without it every dot has so much more green, in the DAC's levels.
    NoPelMask(u8),
    /// A component of five bits has 248 for its highest level.
    FiveBitsWithoutFullScale,
    /// A component of six bits has 252 for its highest level.
    SixBitsWithoutFullScale,
    /// The ninth dot repeats the eighth from code B0h on.
    NinthDotFromB0,
    /// Nine dots with the dot clock halved become sixteen.
    NoNinthDotWhenHalved,
    /// Characters do not blink.
    NoBlinking,
    /// The underline, in this row scan, is not drawn.
    NoUnderline(u32),
    /// The colour plane enable register has no say in text.
    NoPlaneEnableInText,
    /// Attribute bit 3 does not choose a font.
    OneFont,
    /// Graphics do not pan; this picture pans by so many pixels, in so many lines at the top.
    NoPanningInGraphics(u32, u32),
    /// Text neither pans nor begins with another row scan: so many dots and lines, in so many lines at the top.
    NoSmoothText(u32, u32, u32),
    /// Byte panning is ignored: so many dots, in so many lines at the top.
    NoBytePanning(u32, u32),
    /// Lines from here on show what was there before.
    StaleFrom(u32),
    /// A frame is drawn at once, from the registers as they are at some moment of it.
    WholeFrames,
    /// The cursor, at this column and row, shows the character inverted, in the phases that have a cursor.
    CursorInverts(u32, u32),
    /// The screen is black.
    Black,
    /// The blitter's tiles at these places change places.
    NorIsNand([u32; 2], [u32; 2]),
    /// The zeros of the blitter's expanded pattern have the foreground's colour in the tile at this place.
    ZerosInForeground([u32; 2]),
    /// The hardware cursor at this place, its left half, inverts eight bits of each component where the DAC has six.
    InvertsEightBits([u32; 2]),
    /// A check fails, and the count of those that passed is another, in this part of the screen: left, top, width, height.
    CheckFails(u32, u32, u32, u32),
}

impl Difference {
    /// The heading of its section in `docs/pictures.md`.
    pub fn heading(self) -> &'static str {
        match self {
            Difference::Scale(..) => "Dots and lines of the beam",
            Difference::DacWithoutFullScale => "DAC without full scale",
            Difference::DacUnevenSteps => "DAC with uneven steps",
            Difference::NoPelMask(_) => "No PEL mask",
            Difference::FiveBitsWithoutFullScale | Difference::SixBitsWithoutFullScale => {
                "Direct colours without full scale"
            }
            Difference::NinthDotFromB0 => "Ninth dot from B0h on",
            Difference::NoNinthDotWhenHalved => "No ninth dot at half the clock",
            Difference::NoBlinking => "No blinking",
            Difference::NoUnderline(_) => "No underline",
            Difference::NoPlaneEnableInText => "No colour plane enable in text",
            Difference::OneFont => "One font",
            Difference::NoPanningInGraphics(..) => "No panning in graphics",
            Difference::NoSmoothText(..) => "No smooth scrolling of text",
            Difference::NoBytePanning(..) => "No byte panning",
            Difference::StaleFrom(_) => "Split screen not redrawn",
            Difference::WholeFrames => "A frame at once",
            Difference::CursorInverts(..) => "Cursor inverts the character",
            Difference::NorIsNand(..) => "NOR for NAND",
            Difference::ZerosInForeground(_) => "Inverted transparency in the foreground's colour",
            Difference::InvertsEightBits(_) => "Cursor inverts eight bits",
            Difference::Black => "DISPI with four bits stays black",
            Difference::CheckFails(..) => "Checks that fail",
        }
    }

    /// Our picture as a peer with this difference shows it.
    pub fn applied(self, shown: &Shown) -> Shown {
        let phases = match self {
            Difference::WholeFrames => shown.phases.iter().flat_map(whole_frames).collect(),
            Difference::CursorInverts(column, row) => cursor_untold(shown, column, row),
            _ => shown.phases.iter().map(|frame| self.of(frame, shown.text.as_ref())).collect(),
        };
        Shown { phases, text: shown.text.clone() }
    }

    fn of(self, frame: &Frame, text: Option<&TextScreen>) -> Frame {
        match self {
            Difference::Scale(x, y) => scaled(frame, x, y),
            Difference::DacWithoutFullScale => levels(frame, [0; 3], |level| level << 2),
            Difference::DacUnevenSteps => levels(frame, [0; 3], |level| (level << 2) + (level & 1) * 3),
            Difference::NoPelMask(green) => levels(frame, [0, green, 0], |level| level << 2 | level >> 4),
            Difference::FiveBitsWithoutFullScale => masked(frame, 0xF8_F8F8),
            Difference::SixBitsWithoutFullScale => masked(frame, 0xF8_FCF8),
            Difference::NinthDotFromB0 => ninth_dot_from_b0(frame, text),
            Difference::NoNinthDotWhenHalved => sixteen_dots(frame),
            Difference::NoBlinking => untold_in_cells(frame, text, |attribute, _| attribute & BLINKS != 0),
            Difference::NoUnderline(scan) => untold_in_cells(frame, text, |attribute, row_scan| {
                attribute & UNDERLINED.0 == UNDERLINED.1 && row_scan == scan
            }),
            Difference::NoPlaneEnableInText => bright_text(frame, text),
            Difference::OneFont => untold_in_cells(frame, text, |attribute, _| attribute & BRIGHT != 0),
            Difference::NoPanningInGraphics(right, lines) => moved(frame, right, 0, lines),
            Difference::NoSmoothText(right, down, lines) => moved(frame, right, down, lines),
            Difference::NoBytePanning(right, lines) => moved(frame, right, 0, lines),
            Difference::StaleFrom(line) => untold(frame, |_, y| y >= line),
            Difference::NorIsNand(one, other) => exchanged(frame, one, other),
            Difference::ZerosInForeground(tile) => changed(frame, |x, y, dot| {
                let zero = BLIT_PATTERN << (x.wrapping_sub(tile[0]) % 8) & 0x80 == 0;
                if zero && within(tile, TILE, x, y) { BLIT_FOREGROUND } else { dot }
            }),
            Difference::InvertsEightBits(cursor) => changed(frame, |x, y, dot| {
                let inverted = within(cursor, CURSOR_HALF, x, y) && dot != at(frame, x, cursor[1] - 1);
                if inverted { dot | 0x03_0303 } else { dot }
            }),
            Difference::WholeFrames | Difference::CursorInverts(..) => frame.clone(),
            Difference::Black => drawn(frame.width, frame.height, |_, _| 0),
            Difference::CheckFails(left, top, width, height) => {
                untold(frame, |x, y| within([left, top], [width, height], x, y))
            }
        }
    }
}

/// Attribute bit of a bright foreground, or of the second font.
const BRIGHT: u8 = 8;
/// Attribute bit of blinking characters.
const BLINKS: u8 = 0x80;
/// Attribute bits that tell underlined characters, and their value.
const UNDERLINED: (u8, u8) = (0x77, 1);
/// The colours of text as the BIOS loads them.
const COLOURS: [u32; 16] = [
    0x00_0000, 0x00_00AA, 0x00_AA00, 0x00_AAAA, 0xAA_0000, 0xAA_00AA, 0xAA_5500, 0xAA_AAAA, 0x55_5555,
    0x55_55FF, 0x55_FF55, 0x55_FFFF, 0xFF_5555, 0xFF_55FF, 0xFF_FF55, 0xFF_FFFF,
];

/// A tile of the blitter's page; its pattern's lines, and its foreground.
const TILE: [u32; 2] = [64; 2];
const BLIT_PATTERN: u8 = 0xC7;
const BLIT_FOREGROUND: u32 = 0xFF_FF55;
/// The half of the hardware cursor that inverts.
const CURSOR_HALF: [u32; 2] = [32, 64];

/// Colours of the characters on the page of the beam, where its start address is another, and what that page has instead.
const BEAM_INKS: [u32; 4] = [COLOURS[7], COLOURS[10], COLOURS[11], COLOURS[15]];
const BEAM_OTHER_PAGE: std::ops::Range<u32> = 88..168;
const BEAM_MARK: [[u32; 2]; 2] = [[256, 176], [48, 8]];

/// The page of the beam with the registers of each of its lines: what is behind the characters has one colour, and one of
/// the two pages shows.
fn whole_frames(frame: &Frame) -> Vec<Frame> {
    let mut moments: Vec<(u32, bool)> =
        (0..frame.height).map(|y| (at(frame, 0, y), BEAM_OTHER_PAGE.contains(&y))).collect();
    moments.dedup();
    let whole = |(colour, other_page): (u32, bool)| {
        changed(frame, |x, y, dot| {
            if other_page && within(BEAM_MARK[0], BEAM_MARK[1], x, y) {
                COLOURS[15]
            } else if BEAM_INKS.contains(&dot) {
                dot
            } else {
                colour
            }
        })
    };
    moments.into_iter().map(whole).collect()
}

/// The phases, with the cell of the cursor untold in those that draw more of it than another: where the cursor is off, it
/// cannot be inverted.
fn cursor_untold(shown: &Shown, column: u32, row: u32) -> Vec<Frame> {
    let text = shown.text.as_ref().expect("a text mode");
    let (width, height) = (shown.phases[0].width / text.columns, shown.phases[0].height / text.rows);
    let (left, top) = (column * width, row * height);
    let drawn = |frame: &Frame| {
        let dots = (left..left + width).flat_map(|x| (top..top + height).map(move |y| (x, y)));
        dots.filter(|&(x, y)| at(frame, x, y) != at(frame, left, top)).count()
    };
    let without_cursor = shown.phases.iter().map(drawn).min().expect("at least one phase");
    let untold_with_cursor = |frame: &Frame| match drawn(frame) > without_cursor {
        true => untold(frame, |x, y| within([left, top], [width, height], x, y)),
        false => frame.clone(),
    };
    shown.phases.iter().map(untold_with_cursor).collect()
}

fn within(place: [u32; 2], size: [u32; 2], x: u32, y: u32) -> bool {
    (place[0]..place[0] + size[0]).contains(&x) && (place[1]..place[1] + size[1]).contains(&y)
}

/// A picture from a function of the place.
fn drawn(width: u32, height: u32, dot: impl Fn(u32, u32) -> u32) -> Frame {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Frame { width, height, pixels: places.map(|(x, y)| dot(x, y)).collect() }
}

fn at(frame: &Frame, x: u32, y: u32) -> u32 {
    frame.pixels[(y * frame.width + x) as usize]
}

/// The picture with its known dots changed by their places and colours.
fn changed(frame: &Frame, dot: impl Fn(u32, u32, u32) -> u32) -> Frame {
    drawn(frame.width, frame.height, |x, y| match at(frame, x, y) {
        ANY => ANY,
        known => dot(x, y, known),
    })
}

fn untold(frame: &Frame, place: impl Fn(u32, u32) -> bool) -> Frame {
    changed(frame, |x, y, dot| if place(x, y) { ANY } else { dot })
}

fn exchanged(frame: &Frame, one: [u32; 2], other: [u32; 2]) -> Frame {
    let from = |x: u32, y: u32, to: [u32; 2], from: [u32; 2]| {
        within(to, TILE, x, y).then(|| at(frame, x - to[0] + from[0], y - to[1] + from[1]))
    };
    changed(frame, |x, y, dot| from(x, y, one, other).or_else(|| from(x, y, other, one)).unwrap_or(dot))
}

fn scaled(frame: &Frame, by_x: u32, by_y: u32) -> Frame {
    drawn(frame.width * by_x, frame.height * by_y, |x, y| at(frame, x / by_x, y / by_y))
}

fn masked(frame: &Frame, mask: u32) -> Frame {
    changed(frame, |_, _, dot| dot & mask)
}

/// More of red, green and blue in the 64 levels of the DAC, and another value for each level.
fn levels(frame: &Frame, more: [u8; 3], level: impl Fn(u8) -> u8) -> Frame {
    changed(frame, |_, _, dot| {
        let [_, components @ ..] = dot.to_be_bytes();
        let [r, g, b] = std::array::from_fn(|n| level((components[n] >> 2) + more[n]));
        u32::from_be_bytes([0, r, g, b])
    })
}

/// Code and attribute of the character at a dot, and the row scan.
fn cell(frame: &Frame, text: &TextScreen, x: u32, y: u32) -> (u8, u8, u32) {
    let (width, height) = (frame.width / text.columns, frame.height / text.rows);
    let (code, attribute) = text.cells[(y / height * text.columns + x / width) as usize];
    (code, attribute, y % height)
}

fn untold_in_cells(frame: &Frame, text: Option<&TextScreen>, place: impl Fn(u8, u32) -> bool) -> Frame {
    let text = text.expect("a text mode");
    untold(frame, |x, y| {
        let (_, attribute, row_scan) = cell(frame, text, x, y);
        place(attribute, row_scan)
    })
}

fn ninth_dot_from_b0(frame: &Frame, text: Option<&TextScreen>) -> Frame {
    const DOTS: u32 = 9;
    let text = text.expect("a text mode");
    changed(frame, |x, y, _| {
        let repeats = x % DOTS == DOTS - 1 && (0xB0..0xC0).contains(&cell(frame, text, x, y).0);
        at(frame, x - u32::from(repeats), y)
    })
}

fn bright_text(frame: &Frame, text: Option<&TextScreen>) -> Frame {
    let text = text.expect("a text mode");
    changed(frame, |x, y, dot| {
        let (_, attribute, _) = cell(frame, text, x, y);
        let ink = attribute & 0x0F;
        let is_ink = attribute & BRIGHT != 0 && dot == COLOURS[usize::from(ink & !BRIGHT)];
        if is_ink { COLOURS[usize::from(ink)] } else { dot }
    })
}

fn sixteen_dots(frame: &Frame) -> Frame {
    drawn(frame.width / 9 * 16, frame.height, |x, y| at(frame, x / 16 * 9 + x % 16 / 2, y))
}

/// The upper lines moved to the right and down.
fn moved(frame: &Frame, right: u32, down: u32, lines: u32) -> Frame {
    drawn(frame.width, frame.height, |x, y| {
        let (right, down) = if y < lines { (right, down) } else { (0, 0) };
        x.checked_sub(right).zip(y.checked_sub(down)).map_or(ANY, |(x, y)| at(frame, x, y))
    })
}
