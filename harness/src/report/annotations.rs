//! Failures where GitHub shows them: beside the line of the case that failed.
//!
//! Follows: GitHub Docs, "Workflow commands for GitHub Actions", `error` and `notice`.

use crate::suite::{CaseResult, Outcome};

/// The annotation of a case that failed, and a notice of one that was skipped.
pub(crate) fn github(result: &CaseResult) -> Option<String> {
    let command = match result.outcome {
        Outcome::Failed => "error",
        Outcome::Skipped => "notice",
        Outcome::Passed | Outcome::KnownFailure => return None,
    };
    let place = result.place.as_ref().map_or(String::new(), |place| {
        format!("file={},line={},", property(&place.file.to_string_lossy()), place.line)
    });
    let reason = result.reason.as_ref()?;
    Some(format!("::{command} {place}title={}::{}", property(&result.name), message(&reason.message)))
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_a_command_is_escaped() {
        assert_eq!(property("a,b: 100%"), "a%2Cb%3A 100%25");
        assert_eq!(message("a\n::error::b, 5%"), "a%0A::error::b, 5%25");
    }
}
