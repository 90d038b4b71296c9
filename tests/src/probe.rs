//! The probe's verdict, wherever it ran.

use guest_images::probe::{self, PAGES, ProbeOptions};

/// Pages that pass quickly, for runs that nobody looks at.
pub fn hurried() -> ProbeOptions {
    ProbeOptions { pace_ticks: 1, key_ticks: 2, mouse_ticks: 2, ..ProbeOptions::default() }
}

/// The last line says that every check passed, and every page came or was skipped because the machine lacks what it shows. Gives
/// the names of the pages that were skipped.
///
/// # Panics
/// With the checks that failed.
pub fn expect_pass<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    expect_pass_but(lines, &[])
}

/// [`expect_pass`] where the checks in `known` fail, each told behind the name of its page.
///
/// # Panics
/// If others fail, or one of these does not.
pub fn expect_pass_but<'a>(lines: impl Iterator<Item = &'a str>, known: &[&str]) -> Vec<&'a str> {
    let lines: Vec<&str> = lines.map(str::trim_end).collect();
    let verdict = lines.iter().find_map(|line| line.strip_prefix("probe: "));
    let verdict = verdict.unwrap_or_else(|| panic!("the probe did not end: {lines:?}"));
    let (passed, all) = verdict.split_once(" of ").expect("`probe: N of M`");
    assert_eq!(probe::failures(lines.iter().copied()), known);
    let passed = passed.parse::<usize>().expect("a number");
    assert_eq!((passed + known.len()).to_string(), all);
    assert!(passed > 0, "{verdict}");
    let skipped: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("skip: ")).collect();
    let pages = lines.iter().filter_map(|line| line.strip_prefix("page: ").or(line.strip_prefix("skip: ")));
    assert_eq!(pages.collect::<Vec<_>>(), PAGES.map(|page| page.name));
    assert!(
        PAGES.iter().all(|page| page.place.is_optional() || !skipped.contains(&page.name)),
        "{skipped:?}"
    );
    skipped
}
