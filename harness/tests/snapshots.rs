//! `relic run --snapshot`, `--base` and `--from`: a run in two pieces is the run in one, and a bad file is one clear line.

mod boot_disk;
mod program;

use boot_disk::{ECHO, disk};
use std::path::Path;
use std::process::Command;

const RUN: [&str; 2] = ["run", "disk.img"];

/// What a run of the disk prints that succeeds.
fn run(folder: &Path, arguments: &[&str]) -> String {
    program::said(folder, &[&RUN, arguments].concat())
}

/// What is said of a run of the disk that is refused.
fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let (exit, said) = program::complaint(folder, &[&RUN, arguments].concat());
    assert_eq!(exit, 2, "{arguments:?}: {said}");
    said
}

/// A folder with the disk, and with a snapshot of the guest that waits for a key.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("disk.img"), disk(&ECHO)).unwrap();
    run(folder.path(), &["--until-text", "A", "--snapshot", "waits.snap", "--display", "none"]);
    folder
}

#[test]
fn a_run_in_two_pieces_is_the_run_in_one() {
    let folder = folder();
    let last = ["--type", "hello", "--until-text", "hello", "--digests", "--display", "none"];
    let whole = run(folder.path(), &[&["--until-text", "A"][..], &last].concat());
    let second = run(folder.path(), &[&["--from", "waits.snap"][..], &last].concat());
    assert!(whole.contains("screen") && whole == second, "{whole}{second}");
    assert_eq!(run(folder.path(), &[&["--from", "waits.snap"][..], &last].concat()), second, "once more");
}

#[test]
fn what_is_no_snapshot_of_this_guest_is_one_clear_line() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let whole = std::fs::read(path("waits.snap")).unwrap();
    std::fs::write(path("cut.snap"), &whole[..whole.len() / 2]).unwrap();
    assert!(complaint(folder.path(), &["--from", "cut.snap"]).contains("cut.snap: the snapshot is damaged"));
    assert!(complaint(folder.path(), &["--from", "disk.img"]).contains("not a snapshot of relic"));
    assert!(complaint(folder.path(), &["--from", "none.snap"]).contains("none.snap: cannot read"));
    let other = complaint(folder.path(), &["--from", "waits.snap", "--ram", "16M"]);
    assert!(other.contains("32768 KiB") && other.contains("16384 KiB"), "{other}");
    let mut changed = disk(&ECHO);
    changed[0x1000] = 1;
    std::fs::write(path("disk.img"), changed).unwrap();
    assert!(complaint(folder.path(), &["--from", "waits.snap"]).contains("another content"));
}

#[test]
fn a_snapshot_that_cannot_be_written_leaves_nothing() {
    let folder = folder();
    let arguments = ["--until-text", "A", "--snapshot", "nowhere/x.snap", "--display", "none"];
    assert!(complaint(folder.path(), &arguments).contains("nowhere/x.snap"));
    let names = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 2);
}

/// Adds `typed.snap`, a difference to `waits.snap` after a key.
fn folder_with_difference() -> tempfile::TempDir {
    let folder = folder();
    let difference = ["--base", "waits.snap", "--snapshot", "typed.snap"];
    let typed = ["--from", "waits.snap", "--type", "h", "--until-text", "h", "--display", "none"];
    run(folder.path(), &[&typed[..], &difference].concat());
    folder
}

#[test]
fn a_run_in_three_pieces_over_a_difference_is_the_run_in_one() {
    let folder = folder_with_difference();
    let path = |name: &str| folder.path().join(name);
    let last = ["--type", "ello", "--until-text", "hello", "--digests", "--display", "none"];
    let first = ["--from", "waits.snap", "--type", "h", "--until-text", "h"];
    let whole = run(folder.path(), &[&first[..], &last].concat());
    assert_eq!(run(folder.path(), &[&["--from", "typed.snap"][..], &last].concat()), whole);
    let size = |name: &str| path(name).metadata().unwrap().len();
    assert!(size("typed.snap") * 3 < size("waits.snap"), "{} {}", size("typed.snap"), size("waits.snap"));
    // Both in another folder, and one over the difference from a third.
    for moved in ["there", "third"] {
        std::fs::create_dir(path(moved)).unwrap();
    }
    for name in ["waits.snap", "typed.snap"] {
        std::fs::rename(path(name), path("there").join(name)).unwrap();
    }
    let third =
        ["--from", "there/typed.snap", "--type", "ello", "--until-text", "hello", "--display", "none"];
    let difference = ["--base", "there/typed.snap", "--snapshot", "third/hello.snap", "--digests"];
    assert_eq!(run(folder.path(), &[&third[..], &difference].concat()), whole);
    let end = ["--from", "third/hello.snap", "--timeout", "0s", "--digests", "--display", "none"];
    assert_eq!(run(folder.path(), &end), whole);
}

#[test]
fn the_log_of_a_run_from_a_difference_is_replayed() {
    let folder = folder_with_difference();
    run(folder.path(), &["--from", "typed.snap", "--type", "x", "--log", "x.log", "--display", "none"]);
    let replay = |folder: &Path| {
        let mut relic = Command::new(env!("CARGO_BIN_EXE_relic"));
        relic.current_dir(folder).args(["replay", "x.log"]).output().unwrap()
    };
    let output = replay(folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_file(folder.path().join("waits.snap")).unwrap();
    let output = replay(folder.path());
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("typed.snap: its base waits.snap: cannot read"), "{said}");
}

#[test]
fn a_base_that_is_not_what_it_was_is_one_clear_line() {
    let folder = folder_with_difference();
    let path = |name: &str| folder.path().join(name);
    let whole = std::fs::read(path("waits.snap")).unwrap();
    let from = |said: &str| {
        let message = complaint(folder.path(), &["--from", "typed.snap"]);
        assert!(message.contains("typed.snap: its base waits.snap: ") && message.contains(said), "{message}");
    };
    run(
        folder.path(),
        &["--until-text", "A", "--type", "b", "--snapshot", "waits.snap", "--display", "none"],
    );
    from("not the snapshot that it was");
    std::fs::copy(path("typed.snap"), path("waits.snap")).unwrap();
    from("not the snapshot that it was");
    std::fs::write(path("waits.snap"), &whole[..whole.len() / 2]).unwrap();
    from("the snapshot is damaged");
    std::fs::write(path("waits.snap"), disk(&ECHO)).unwrap();
    from("not a snapshot of relic");
    std::fs::remove_file(path("waits.snap")).unwrap();
    from("cannot read");
    std::fs::create_dir(path("waits.snap")).unwrap();
    from("cannot read");
}

#[test]
fn a_snapshot_does_not_take_the_place_of_what_it_stands_on() {
    let folder = folder_with_difference();
    let path = |name: &str| folder.path().join(name);
    let before = ["waits.snap", "typed.snap"].map(|name| std::fs::read(path(name)).unwrap());
    let write = |arguments: &[&str]| complaint(folder.path(), &[arguments, &["--display", "none"]].concat());
    assert!(write(&["--snapshot", "waits.snap", "--base", "waits.snap"]).contains("another file"));
    assert!(write(&["--snapshot", "waits.snap", "--base", "typed.snap"]).contains("another file"));
    assert!(write(&["--snapshot", "waits.snap", "--from", "typed.snap"]).contains("another file"));
    assert!(write(&["--screenshot", "waits.snap", "--from", "typed.snap"]).contains("another file"));
    let other = write(&["--snapshot", "new.snap", "--base", "waits.snap", "--ram", "16M"]);
    assert!(other.contains("waits.snap: a snapshot of"), "{other}");
    assert!(write(&["--snapshot", "new.snap", "--base", "none.snap"]).contains("none.snap: cannot read"));
    assert!(write(&["--snapshot", "new.snap", "--base", "disk.img"]).contains("not a snapshot"));
    assert!(!path("new.snap").exists());
    assert!(["waits.snap", "typed.snap"].map(|name| std::fs::read(path(name)).unwrap()) == before);
}
