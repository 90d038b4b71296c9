//! Every case below `cases/`, one test each, as `relic test` runs it. A case whose media are not here names itself and
//! passes.

use harness::guest::Software;
use harness::suite::{Outcome, discover, run_case};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(&root).expect("the workspace is where it was built");
    let folders = discover(&[PathBuf::from("tests/cases")]).expect("the cases are part of the workspace");
    let trials = folders.into_iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(folder: PathBuf) -> Trial {
    Trial::test(folder.to_string_lossy().into_owned(), move || check(&folder))
}

fn check(folder: &Path) -> Result<(), Failed> {
    let mut failures = Vec::new();
    for result in run_case(folder, &Software) {
        let reason = result.reason.map(|reason| reason.to_string()).unwrap_or_default();
        match result.outcome {
            Outcome::Passed | Outcome::KnownFailure => {}
            Outcome::Skipped => eprintln!("skipped {}: {reason}", result.name),
            Outcome::Failed => failures.push(format!("{}: {reason}", result.name)),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}
