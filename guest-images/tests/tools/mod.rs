//! Programs that check our media. A test names itself when one is missing; with `CI=true` that is a failure.

use std::process::Command;

/// Whether every program of `names` is installed.
pub(crate) fn have(test: &str, names: &[&str]) -> bool {
    let missing: Vec<&str> = names.iter().copied().filter(|name| !installed(name)).collect();
    if missing.is_empty() {
        return true;
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: {missing:?} must be installed");
    eprintln!("skipped {test}: {missing:?} not installed");
    false
}

fn installed(name: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).any(|folder| folder.join(name).is_file());
    found || std::path::Path::new("/usr/sbin").join(name).is_file()
}

/// Runs `program` and gives what it printed; it must succeed.
#[allow(dead_code)]
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let sbin = format!("/usr/sbin/{program}");
    let program = if std::path::Path::new(&sbin).is_file() { &sbin } else { program };
    let output =
        Command::new(program).args(arguments).env("MTOOLS_SKIP_CHECK", "1").output().expect("it starts");
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
    text
}
