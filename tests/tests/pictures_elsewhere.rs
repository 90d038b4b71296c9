//! The probe's pages, dot for dot, against the pictures of QEMU and Bochs.
//!
//! What they do otherwise is written down in a list, which the test holds to: a picture must follow from ours with the
//! differences of its page, and must not without any one of them that shows at all times. `docs/pictures.md` says who is right, and why.

use guest_images::probe;
use hypervisor::Frame;
use relic_tests::pictures::{self, ANY, Adapter, Difference, Seen, Shown};
use std::collections::BTreeMap;

use Difference::*;

/// How a peer shows a page.
type Differences = fn(&str) -> Vec<Difference>;

fn of_qemu(page: &str) -> Vec<Difference> {
    let dac = DacUnevenSteps;
    match page {
        "cp437" | "text50" => vec![dac, NinthDotFromB0],
        "text40" => vec![dac, NoNinthDotWhenHalved],
        "fonts" => vec![NoUnderline(13), NoPlaneEnableInText, NinthDotFromB0, dac],
        "text8" => vec![dac, NoSmoothText(11, 6, 320)],
        "blink" => vec![dac, NoBlinking],
        "palette" | "ramp" => vec![dac, Scale(2, 2)],
        "cga4" => vec![dac, CHECKS_40, Scale(2, 2)],
        "cga2" => vec![Scale(1, 2)],
        "mode11" => vec![],
        "ega200" => vec![dac, NoPanningInGraphics(5, 200), Scale(2, 2)],
        "modex" => vec![dac, NoPanningInGraphics(3, 200), Scale(2, 2)],
        "tweak360" | "tweak400" => vec![dac, Scale(2, 1)],
        "dac" => vec![NoPelMask(18), dac, CHECKS_40, Scale(2, 2)],
        "beam" => vec![WholeFrames, dac, Scale(2, 2)],
        "std4" => vec![Black],
        "std15" | "vesa15" => vec![FiveBitsWithoutFullScale],
        "std16" | "std24" | "std32" | "vesa16" | "vesa24" | "vesadac" => vec![],
        "summary" => vec![dac, CHECKS_SUMMARY],
        _ => vec![dac],
    }
}

fn of_bochs(page: &str) -> Vec<Difference> {
    let dac = DacWithoutFullScale;
    match page {
        "text40" => vec![dac, Scale(2, 1)],
        "fonts" => vec![NoUnderline(13), OneFont, dac],
        "text8" => vec![dac, NoBytePanning(8, 320)],
        "blink" => vec![dac, CursorInverts(40, 14)],
        "palette" | "ramp" | "dac" => vec![dac, Scale(2, 2)],
        "cga4" => vec![dac, CHECKS_40, Scale(2, 2)],
        "beam" => vec![WholeFrames, dac, Scale(2, 2)],
        "cga2" => vec![dac, Scale(1, 2)],
        "ega200" => vec![dac, NoPanningInGraphics(5, 200), Scale(2, 2)],
        "modex" => vec![dac, NoPanningInGraphics(3, 200), StaleFrom(200), Scale(2, 2)],
        "tweak360" | "tweak400" => vec![dac, Scale(2, 1)],
        "std15" | "vesa15" => vec![FiveBitsWithoutFullScale],
        "std16" | "vesa16" => vec![SixBitsWithoutFullScale],
        "std24" | "std32" | "vesa24" | "vesadac" => vec![],
        "ps2" => vec![dac, CHECKS_PS2_MOUSE, CHECKS_PS2_SETS, CHECKS_PS2_COUNT],
        "summary" => vec![dac, CHECKS_SUMMARY],
        _ => vec![dac],
    }
}

fn of_bochss_cirrus(page: &str) -> Vec<Difference> {
    let dac = DacWithoutFullScale;
    match page {
        "dac" => vec![NoPelMask(18), dac, CHECKS_40, Scale(2, 2)],
        "cirblt" => vec![ZerosInForeground(TILE_INVERTED), dac, CHECKS_BLITTER],
        "circur" => vec![dac, InvertsEightBits(CURSOR)],
        _ => of_bochs(page),
    }
}

fn of_qemus_cirrus(page: &str) -> Vec<Difference> {
    match page {
        "cirblt" => vec![DacUnevenSteps, NorIsNand(TILE_NOR, TILE_NAND), CHECKS_BLITTER],
        _ => of_qemu(page),
    }
}

/// Where graphics of 40 columns, the blitter's page and the summary tell how many checks passed.
const CHECKS_40: Difference = CheckFails(64, 192, 8, 8);
/// The rows of the mouse's other ids and of the translated scancode sets, and the count, on their page.
const CHECKS_PS2_MOUSE: Difference = CheckFails(288, 144, 432, 32);
const CHECKS_PS2_SETS: Difference = CheckFails(288, 320, 432, 48);
const CHECKS_PS2_COUNT: Difference = CheckFails(72, 384, 81, 16);
const CHECKS_BLITTER: Difference = CheckFails(64, 464, 8, 16);
const CHECKS_SUMMARY: Difference = CheckFails(117, 16, 603, 384);

/// Tiles of the blitter's page, and where the hardware cursor shows.
const TILE_NOR: [u32; 2] = [176, 160];
const TILE_NAND: [u32; 2] = [536, 160];
const TILE_INVERTED: [u32; 2] = [392, 264];
const CURSOR: [u32; 2] = [300, 216];

fn with(shown: &Shown, differences: impl IntoIterator<Item = Difference>) -> Vec<Frame> {
    differences.into_iter().fold(shown.clone(), |shown, difference| difference.applied(&shown)).phases
}

/// How many dots of a peer's picture are not as expected, in the phase that is nearest.
fn wrong(expected: &[Frame], actual: &Frame) -> usize {
    let differing = |expected: &Frame| {
        if (expected.width, expected.height) != (actual.width, actual.height) {
            return usize::MAX;
        }
        expected.pixels.iter().zip(&actual.pixels).filter(|(e, a)| **e != ANY && e != a).count()
    };
    expected.iter().map(differing).min().expect("at least one phase")
}

/// Leaves a picture for the eye.
fn keep(peer: &str, page: &str, frame: &Frame, role: &str) -> String {
    let file = std::env::temp_dir().join(format!("relic-{page}-{peer}-{role}.png"));
    let bytes = frame.pixels.iter().flat_map(|dot| dot.to_be_bytes()[1..].to_vec()).collect();
    let picture = image::RgbImage::from_raw(frame.width, frame.height, bytes).expect("a whole picture");
    picture.save(&file).expect("a picture can be written");
    file.display().to_string()
}

/// What is not as the list says.
fn complaints(peer: &str, ours: &BTreeMap<&str, Shown>, theirs: &Seen, list: Differences) -> Vec<String> {
    let mut complaints = Vec::new();
    for (page, pictures) in &theirs.pictures {
        let (shown, differences) = (&ours[page], list(page));
        let expected = with(shown, differences.clone());
        for actual in pictures.iter().filter(|actual| wrong(&expected, actual) != 0) {
            let count = wrong(&expected, actual);
            let files = [keep(peer, page, &expected[0], "expected"), keep(peer, page, actual, "actual")];
            complaints.push(format!("{page}: {count} dots are not as {differences:?} makes them: {files:?}"));
        }
        for (n, difference) in differences.iter().enumerate() {
            let others = differences.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, other)| *other);
            let without = with(shown, others);
            // What shows in some phases of blinking only may have been off each time that the peer was looked at.
            let always = expected.iter().zip(&without).all(|(with, without)| with != without);
            if always && pictures.iter().all(|actual| wrong(&without, actual) == 0) {
                complaints.push(format!("{page}: {difference:?} is not there"));
            }
        }
    }
    complaints
}

fn expect(peer: &str, ours: &BTreeMap<&str, Shown>, theirs: &Seen, list: Differences, failures: &[&str]) {
    let complaints = complaints(peer, ours, theirs, list);
    assert!(complaints.is_empty(), "{peer}:\n{}", complaints.join("\n"));
    assert_eq!(theirs.pictures.len(), ours.len(), "{peer} showed every page");
    assert_eq!(probe::failures(theirs.debug.lines()), failures, "{peer}");
}

#[test]
fn qemu_shows_every_page_as_relic_but_for_the_written_differences() {
    let Some(theirs) = pictures::on_qemu(Adapter::Std) else { return };
    expect("qemu", &pictures::on_relic(Adapter::Std), &theirs, of_qemu, &probe::FAIL_IN_QEMU);
}

fn expect_bochs(peer: &str, adapter: Adapter, list: Differences, failures: &[&str]) {
    let ours = pictures::on_relic(adapter);
    let size = |page: &str| {
        let frames = with(&ours[page], list(page));
        (frames[0].width, frames[0].height)
    };
    let Some(theirs) = pictures::on_bochs(adapter, size) else { return };
    expect(peer, &ours, &theirs, list, failures);
}

#[test]
fn bochs_shows_every_page_as_relic_but_for_the_written_differences() {
    expect_bochs("bochs", Adapter::Std, of_bochs, &probe::FAIL_IN_BOCHS);
}

#[test]
fn bochss_cirrus_adapter_shows_every_page_as_relic_but_for_the_written_differences() {
    expect_bochs("bochs-cirrus", Adapter::Cirrus, of_bochss_cirrus, &probe::FAIL_IN_BOCHSS_CIRRUS);
}

#[test]
fn qemus_cirrus_adapter_shows_every_page_as_relic_but_for_the_written_differences() {
    let Some(theirs) = pictures::on_qemu(Adapter::Cirrus) else { return };
    expect(
        "qemu-cirrus",
        &pictures::on_relic(Adapter::Cirrus),
        &theirs,
        of_qemus_cirrus,
        &probe::FAIL_IN_QEMUS_CIRRUS,
    );
}

#[test]
fn every_written_difference_is_explained_and_every_explanation_is_of_one() {
    let document = include_str!("../../docs/pictures.md");
    let mut explained: Vec<&str> = document.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let pages = probe::PAGES.iter().map(|page| page.name);
    let differences = pages.flat_map(|page| {
        [of_qemu(page), of_qemus_cirrus(page), of_bochs(page), of_bochss_cirrus(page)].concat()
    });
    let mut written: Vec<&str> = differences.map(Difference::heading).collect();
    written.sort_unstable();
    written.dedup();
    explained.sort_unstable();
    assert_eq!(written, explained);
}
