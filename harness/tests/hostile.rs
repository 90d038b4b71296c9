//! The built program against files that are none, outputs that are inputs, names that are no text, full streams and
//! Ctrl-C: it neither waits nor overwrites, and says one plain line.
#![cfg(unix)]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn relic(arguments: &[&OsStr]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relic")).args(arguments).output().unwrap()
}

/// What the program says about bad input, which must be one plain line and exit code 2.
fn complaint<A: AsRef<OsStr>>(arguments: &[A]) -> String {
    let arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
    let output = relic(&arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    let line = said.strip_prefix("relic: ").and_then(|said| said.strip_suffix('\n')).unwrap();
    assert!(!line.contains(|c: char| c.is_control()), "{said:?}");
    line.to_owned()
}

/// A floppy that waits for ever, without using the host's CPU.
fn floppy() -> Vec<u8> {
    let mut floppy = vec![0; 1_474_560];
    floppy[..4].copy_from_slice(&[0xFB, 0xF4, 0xEB, 0xFC]);
    floppy[510..512].copy_from_slice(&[0x55, 0xAA]);
    floppy
}

fn hard_disk() -> Vec<u8> {
    let mut disk = vec![0; 4 << 20];
    disk[446..462].copy_from_slice(&[0x80, 1, 1, 0, 6, 15, 63, 3, 63, 0, 0, 0, 0, 0x10, 0, 0]);
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    disk
}

fn write(folder: &tempfile::TempDir, name: impl AsRef<Path>, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn args<'a>(arguments: &'a [&'a str], path: &'a Path) -> Vec<&'a OsStr> {
    arguments.iter().map(OsStr::new).chain([path.as_os_str()]).collect()
}

#[test]
fn devices_and_pipes_are_refused_wherever_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("guest.toml");
    symlink("/dev/null", &link).unwrap();
    let image = write(&folder, "a.img", &floppy());
    let image = image.to_str().unwrap();
    for before in [
        &["run"][..],
        &["run", "--floppy"],
        &["run", "--cdrom"],
        &["run", image, "--bios"],
        &["run", image, "--vga-bios"],
        &["master"],
        &["export", "--format", "raw", "-o", "x.img"],
    ] {
        let said = complaint(&args(before, &link));
        assert!(
            said.ends_with("guest.toml: cannot read: it is a pipe or a device, expected a file"),
            "{said}"
        );
    }
}

#[test]
fn a_name_that_is_no_text_is_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let disk = write(&folder, OsStr::from_bytes(b"caf\xE9.img"), &hard_disk());
    let out = folder.path().join(OsStr::from_bytes(b"\xFF.img"));
    let arguments = ["export", "--format", "raw", "-o"].map(OsString::from);
    let arguments: Vec<&OsStr> =
        arguments.iter().map(OsString::as_os_str).chain([out.as_os_str(), disk.as_os_str()]).collect();
    let output = relic(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::read(out).unwrap() == hard_disk());
}

#[test]
fn a_name_with_control_characters_is_shown_in_plain_ones() {
    assert_eq!(complaint(&["run", "a\u{1b}[2J.img"]), "a\\u{1b}[2J.img: cannot read: no such file or folder");
}

#[test]
fn no_output_replaces_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let disk = write(&folder, "disk.img", &hard_disk());
    let other_name = folder.path().join("link.img");
    symlink(&disk, &other_name).unwrap();
    let (disk_text, other_text) = (disk.to_str().unwrap(), other_name.to_str().unwrap());
    for arguments in [
        ["export", disk_text, "--format", "xva", "-o", disk_text],
        ["export", disk_text, "--format", "raw", "-o", other_text],
        ["run", disk_text, "--timeout", "10ms", "--screenshot", disk_text],
    ] {
        let said = complaint(&arguments);
        assert!(said.contains("the guest is read from it; name another file"), "{said}");
    }
    assert!(std::fs::read(&disk).unwrap() == hard_disk());

    let recipe = write(&folder, "a.toml", b"kind = 'floppy'\noutput = 'a.toml'\n");
    let said = complaint(&["master", recipe.to_str().unwrap(), "-o", folder.path().to_str().unwrap()]);
    assert!(said.contains("which it is made of"), "{said}");
    assert!(std::fs::read(recipe).unwrap().starts_with(b"kind"));
}

#[test]
fn an_output_that_cannot_be_written_is_refused_before_the_guest_runs() {
    let folder = tempfile::tempdir().unwrap();
    let image = write(&folder, "a.img", &floppy());
    let shot = folder.path().join("nosuch/a.png");
    let began = std::time::Instant::now();
    let arguments = ["run", image.to_str().unwrap(), "--timeout", "16000000m", "--screenshot"];
    let said = complaint(&args(&arguments, &shot));
    assert!(said.ends_with("a.png: cannot write: no such file or folder"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn what_a_guest_wrote_does_not_leave_its_folder_by_a_link() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&folder, "a.img", &floppy());
    write(&folder, "guest.toml", b"[media]\nfloppy = 'a.img'\n");
    symlink(elsewhere.path(), folder.path().join("overlay")).unwrap();
    let said = complaint(&args(&["run", "--keep", "--timeout", "10ms"], folder.path()));
    assert!(said.contains("overlay: a link"), "{said}");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn links_that_go_round_are_walked_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a")).unwrap();
    for name in ["one", "two", "three"] {
        symlink("..", folder.path().join("a").join(name)).unwrap();
    }
    let said = complaint(&args(&["test"], folder.path()));
    assert!(said.ends_with("no case.toml in it or below it"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_a_full_disk_swallows_are_no_success() {
    for arguments in [&["doctor"][..], &["help"], &[]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_relic"));
        let output = command.args(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(output.stderr, b"relic: standard output: cannot write: the disk is full\n");
    }
}

#[test]
fn ctrl_c_stops_a_guest_and_keeps_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "a.img", &floppy());
    write(&folder, "guest.toml", b"[media]\nfloppy = 'a.img'\n");
    let shot = folder.path().join("a.png");
    let child = Command::new(env!("CARGO_BIN_EXE_relic"))
        .args(["run", "--timeout", "16000000m", "--keep", "--screenshot"])
        .args([&shot, folder.path()])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("stopped by Ctrl-C after") && said.matches('\n').count() == 1, "{said}");
    assert!(shot.is_file() && folder.path().join("overlay/floppy-a.overlay").is_file());
}
