//! The probe's verdict, wherever it ran.

use guest_images::probe::{PAGES, ProbeOptions};

/// Pages that pass quickly, for runs that nobody looks at.
pub fn hurried() -> ProbeOptions {
    ProbeOptions { pace_ticks: 1, key_ticks: 2, mouse_ticks: 2, ..ProbeOptions::default() }
}

/// The last line says that every check passed, and every page came.
///
/// # Panics
/// With the checks that failed.
pub fn expect_pass<'a>(lines: impl Iterator<Item = &'a str>) {
    let lines: Vec<&str> = lines.map(str::trim_end).collect();
    let failed: Vec<&&str> = lines.iter().filter(|line| line.starts_with("fail: ")).collect();
    let verdict = lines.iter().find_map(|line| line.strip_prefix("probe: "));
    let verdict = verdict.unwrap_or_else(|| panic!("the probe did not end: {lines:?}"));
    let (passed, all) = verdict.split_once(" of ").expect("`probe: N of M`");
    assert_eq!(passed, all, "{failed:?}");
    assert!(passed.parse::<u32>().is_ok_and(|count| count > 0), "{verdict}");
    let pages: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("page: ")).collect();
    assert_eq!(pages, PAGES.map(|page| page.name));
}
