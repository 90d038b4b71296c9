//! What the whole-machine tests stand on: guest media, a machine that is typed to and looked at, golden pictures, and
//! the peers (QEMU, Bochs, SeaBIOS) that our firmware and chips are tested against.
//!
//! A test that lacks its media or a peer says so and is skipped; with `CI=true` that is a failure.
#![forbid(unsafe_code)]

pub mod bochs;
pub mod cost;
pub mod differential;
pub mod goldens;
pub mod kernels;
pub mod keyboard;
pub mod linux;
pub mod media;
pub mod pc;
pub mod pictures;
pub mod probe;
pub mod qemu;
pub mod qtest;
pub mod screenshot;
pub mod seabios;
pub mod service;
pub mod session;
pub mod text;

/// Says that a test is skipped and why.
///
/// # Panics
/// With `CI=true`, where everything that tests need is installed.
pub fn skip(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: {why}");
    eprintln!("skipped {test}: {why}");
}

/// Whether every program of `names` is installed; if not, the test is skipped.
pub fn installed(names: &[&str]) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |name: &str| std::env::split_paths(&folders).any(|folder| folder.join(name).is_file());
    let missing: Vec<&str> = names.iter().copied().filter(|name| !is_there(name)).collect();
    if !missing.is_empty() {
        skip(&format!("{missing:?} not installed"));
    }
    missing.is_empty()
}
