//! Results as JUnit XML, which every CI system reads.

use super::verdict_line;
use crate::failure::{Failure, Result};
use crate::output;
use crate::suite::{CaseResult, Outcome};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::path::Path;

/// Writes the report into a file.
///
/// # Errors
/// The host refuses.
pub(crate) fn write(results: &[CaseResult], file: &Path) -> Result<()> {
    output::write_named(file, xml(results)?.as_bytes())
}

fn xml(results: &[CaseResult]) -> Result<String> {
    let mut suite = TestSuite::new("relic");
    suite.add_test_cases(results.iter().map(test_case));
    let mut report = Report::new("relic");
    report.add_test_suite(suite);
    report.to_string().map_err(|error| Failure::bad(format!("the JUnit report: {error}")))
}

fn test_case(result: &CaseResult) -> TestCase {
    let mut status = match result.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::KnownFailure | Outcome::Skipped => TestCaseStatus::skipped(),
    };
    if let Some(reason) = &result.reason {
        status.set_message(reason.message.clone());
    }
    if result.outcome == Outcome::Failed
        && let Some(reason) = &result.reason
    {
        status.set_type(format!("exit {}", reason.exit as i32));
    }
    let mut case = TestCase::new(result.name.clone(), status);
    let (folder, _) = result.name.rsplit_once('/').unwrap_or(("relic", ""));
    case.set_classname(folder.to_owned());
    if let Some(run) = &result.run {
        case.set_time(run.host);
        case.set_system_out(told(result));
    }
    case
}

/// The pictures, and the text of the last of them.
fn told(result: &CaseResult) -> String {
    let shots = result.shots.iter().map(|shot| format!("{}: {}\n", shot.name, verdict_line(shot)));
    let text = result.shots.iter().rev().find_map(|shot| shot.taken.text.as_ref());
    shots.chain(text.map(|rows| rows.join("\n").trim_end().to_owned())).collect()
}
