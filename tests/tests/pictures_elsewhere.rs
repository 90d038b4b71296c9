//! The probe's pages, dot for dot, against the pictures of QEMU and Bochs.
//!
//! What they do otherwise is written down in a list, which the test holds to: a picture must follow from ours with the
//! differences of its page, and must not without any one of them. `docs/pictures.md` says who is right, and why.

use hypervisor::Frame;
use relic_tests::pictures::{self, ANY, Difference, Pictures, Shown};
use std::collections::BTreeMap;

use Difference::*;

/// How a peer shows a page.
type Differences = fn(&str) -> Vec<Difference>;

fn of_qemu(page: &str) -> Vec<Difference> {
    let dac = DacUnevenSteps;
    match page {
        "cp437" | "text50" => vec![dac, NinthDotFromB0],
        "text40" => vec![dac, NoNinthDotWhenHalved],
        "palette" | "ramp" => vec![dac, Scale(2, 2)],
        "modex" => vec![dac, NoPanningIn256Colours(3, 200), Scale(2, 2)],
        _ => vec![dac],
    }
}

fn of_bochs(page: &str) -> Vec<Difference> {
    let dac = DacWithoutFullScale;
    match page {
        "text40" => vec![dac, Scale(2, 1)],
        "palette" | "ramp" => vec![dac, Scale(2, 2)],
        "modex" => vec![dac, NoPanningIn256Colours(3, 200), StaleFrom(200), Scale(2, 2)],
        _ => vec![dac],
    }
}

fn with(shown: &Shown, differences: impl IntoIterator<Item = Difference>) -> Frame {
    differences.into_iter().fold(shown.clone(), |shown, difference| difference.applied(&shown)).frame
}

/// How many dots of a peer's picture are not as expected.
fn wrong(expected: &Frame, actual: &Frame) -> usize {
    if (expected.width, expected.height) != (actual.width, actual.height) {
        return usize::MAX;
    }
    expected.pixels.iter().zip(&actual.pixels).filter(|(e, a)| **e != ANY && e != a).count()
}

/// Leaves both pictures for the eye.
fn keep(peer: &str, page: &str, frame: &Frame, role: &str) -> String {
    let file = std::env::temp_dir().join(format!("relic-{page}-{peer}-{role}.png"));
    let bytes = frame.pixels.iter().flat_map(|dot| dot.to_be_bytes()[1..].to_vec()).collect();
    let picture = image::RgbImage::from_raw(frame.width, frame.height, bytes).expect("a whole picture");
    picture.save(&file).expect("a picture can be written");
    file.display().to_string()
}

/// What is not as the list says.
fn complaints(peer: &str, ours: &BTreeMap<&str, Shown>, theirs: &Pictures, list: Differences) -> Vec<String> {
    let mut complaints = Vec::new();
    for (page, actual) in theirs {
        let (shown, differences) = (&ours[page], list(page));
        let expected = with(shown, differences.clone());
        let count = wrong(&expected, actual);
        if count != 0 {
            let files = [keep(peer, page, &expected, "expected"), keep(peer, page, actual, "actual")];
            complaints.push(format!("{page}: {count} dots are not as {differences:?} makes them: {files:?}"));
        }
        for (n, difference) in differences.iter().enumerate() {
            let others = differences.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, other)| *other);
            if wrong(&with(shown, others), actual) == 0 {
                complaints.push(format!("{page}: {difference:?} is not there"));
            }
        }
    }
    complaints
}

fn expect(peer: &str, ours: &BTreeMap<&str, Shown>, theirs: &Pictures, list: Differences) {
    let complaints = complaints(peer, ours, theirs, list);
    assert!(complaints.is_empty(), "{peer}:\n{}", complaints.join("\n"));
    assert_eq!(theirs.len(), ours.len(), "{peer} showed every page");
}

#[test]
fn qemu_shows_every_page_as_relic_but_for_the_written_differences() {
    let Some(theirs) = pictures::on_qemu() else { return };
    expect("qemu", &pictures::on_relic(), &theirs, of_qemu);
}

#[test]
fn bochs_shows_every_page_as_relic_but_for_the_written_differences() {
    let ours = pictures::on_relic();
    let size = |page: &str| {
        let frame = with(&ours[page], of_bochs(page));
        (frame.width, frame.height)
    };
    let Some(theirs) = pictures::on_bochs(size) else { return };
    expect("bochs", &ours, &theirs, of_bochs);
}

#[test]
fn every_written_difference_is_explained_and_every_explanation_is_of_one() {
    let document = include_str!("../../docs/pictures.md");
    let mut explained: Vec<&str> = document.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let pages = guest_images::probe::PAGES.iter().map(|page| page.name);
    let differences = pages.flat_map(|page| [of_qemu(page), of_bochs(page)].concat());
    let mut written: Vec<&str> = differences.map(Difference::heading).collect();
    written.sort_unstable();
    written.dedup();
    explained.sort_unstable();
    assert_eq!(written, explained);
}
