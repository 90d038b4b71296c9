//! The built program, run to its end: what it prints, and what it says of what it cannot do.

use std::path::Path;
use std::process::{Command, Output};

/// Runs it in a folder, without a log that was not asked for.
pub(crate) fn relic(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relic"));
    command.current_dir(folder).env("RELIC_LOGS", "").args(arguments).output().unwrap()
}

/// What a run prints that must succeed.
pub(crate) fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = relic(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The exit code of a run that must fail, and its one plain line.
pub(crate) fn complaint(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = relic(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    let line = said.strip_suffix('\n').unwrap_or_default();
    assert!(line.starts_with("relic: ") && !line.contains(char::is_control), "not one plain line: {said:?}");
    (output.status.code().unwrap(), line.to_owned())
}
