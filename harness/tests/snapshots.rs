//! `relic run --snapshot` and `--from`: a run in two pieces is the run in one, and a bad file is one clear line.

use std::path::Path;
use std::process::{Command, Output};

/// A disk whose boot sector writes `A`, and then every key.
fn disk() -> Vec<u8> {
    let mut disk = vec![0; 4 << 20];
    // mov ax,0E41h; int 10h; again: xor ax,ax; int 16h; mov ah,0Eh; int 10h; jmp again
    let code = [0xB8, 0x41, 0x0E, 0xCD, 0x10, 0x31, 0xC0, 0xCD, 0x16, 0xB4, 0x0E, 0xCD, 0x10, 0xEB, 0xF6];
    disk[..code.len()].copy_from_slice(&code);
    disk[446..462].copy_from_slice(&[0x80, 1, 1, 0, 6, 15, 63, 3, 63, 0, 0, 0, 0, 0x10, 0, 0]);
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    disk
}

fn relic(folder: &Path, arguments: &[&str]) -> Output {
    let all = ["run", "disk.img"].iter().chain(arguments);
    Command::new(env!("CARGO_BIN_EXE_relic")).current_dir(folder).args(all).output().unwrap()
}

/// What a run that succeeds prints.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = relic(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let output = relic(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert_eq!(said.matches('\n').count(), 1, "not one line: {said}");
    said
}

/// A folder with the disk, and with a snapshot of the guest that waits for a key.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("disk.img"), disk()).unwrap();
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
    let mut changed = disk();
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
