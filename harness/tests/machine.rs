//! The built program over the real machine: guests that end badly, recipes that are wrong, and the demo.

use std::process::{Command, Output};

fn relic(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relic")).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A floppy whose boot sector is this code.
fn boots(code: &[u8]) -> (tempfile::TempDir, String) {
    let mut floppy = vec![0; 1_474_560];
    floppy[..code.len()].copy_from_slice(code);
    floppy[510..512].copy_from_slice(&[0x55, 0xAA]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boot.img");
    std::fs::write(&path, floppy).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn a_guest_that_triple_faults_is_exit_4_with_the_place() {
    // lidt [0x7c08]; int 3; the table has no entries.
    let (_folder, path) = boots(&[0x0F, 0x01, 0x1E, 0x08, 0x7C, 0xCC, 0xEB, 0xFE, 0, 0, 0, 0, 0, 0]);
    let output = relic(&["run", &path, "--until-text", "never", "--timeout", "10s"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(
        said(&output).contains("the guest died after") && said(&output).contains("triple fault"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_guest_that_halts_with_interrupts_off_is_exit_4() {
    let (_folder, path) = boots(&[0xFA, 0xF4]);
    let output = relic(&["run", &path]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
}

#[test]
fn a_guest_that_never_shows_the_text_is_exit_3() {
    let (_folder, path) = boots(&[0xFB, 0xF4, 0xEB, 0xFC]);
    let output = relic(&["run", &path, "--until-text", "never", "--timeout", "5s"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("the text `never` did not show"), "{}", said(&output));
}

#[test]
fn a_guest_that_spins_meets_the_host_limit() {
    let (_folder, path) = boots(&[0xEB, 0xFE]);
    let output = relic(&["run", &path, "--timeout", "1000m", "--host-limit", "500ms"]);
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
}

/// Shows an S on the screen and on the debug port: mov ax, 0E53h; int 10h; out E9h, al
const BEGINS: [u8; 7] = [0xB8, 0x53, 0x0E, 0xCD, 0x10, 0xE6, 0xE9];

/// What a guest wrote to its debug port from each of its starts on when this was typed.
fn typed_into(code: &[u8], keys: &str) -> Vec<String> {
    let (_folder, path) = boots(&[&BEGINS[..], code].concat());
    let waits = ["--until-text", "S", "--type", keys, "--debug-text", "--timeout", "6s", "--display", "none"];
    let output = relic(&[&["run", &path][..], &waits].concat());
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let starts = text.split("boot from floppy\n").skip(1);
    starts.map(|after| after.split("relic bios").next().unwrap_or_default().trim().to_owned()).collect()
}

#[test]
fn ctrl_alt_del_does_not_overtake_what_a_slow_guest_has_not_read_yet() {
    // again: xor ax, ax; int 16h; out E9h, al; mov ecx, 2000000; l: dec ecx; jnz l; jmp again
    let slow = [
        0x31, 0xC0, 0xCD, 0x16, 0xE6, 0xE9, 0x66, 0xB9, 0x80, 0x84, 0x1E, 0x00, 0x66, 0x49, 0x75, 0xFC, 0xEB,
        0xEE,
    ];
    assert_eq!(typed_into(&slow, "abcdefgh<ctrl-alt-del>"), ["Sabcdefgh", "S"]);
}

#[test]
fn ctrl_alt_del_ends_a_guest_that_reads_no_keys() {
    assert_eq!(typed_into(&[0xFB, 0xF4, 0xEB, 0xFC], "abc<ctrl-alt-del>"), ["S", "S"]);
}

#[test]
fn a_machine_that_cannot_be_is_refused() {
    let (_folder, path) = boots(&[0xEB, 0xFE]);
    let output = relic(&["run", &path, "--ram", "8G"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).starts_with("relic: boot.img: ram = 8G"), "{}", said(&output));
}

#[test]
fn a_recipe_with_an_unknown_key_is_named_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = folder.path().join("a.toml");
    std::fs::write(&recipe, "kind = 'floppy'\nlable = 'X'\n").unwrap();
    let out = folder.path().join("out");
    let output = relic(&["master", recipe.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("unknown key `lable`; did you mean `label`?"), "{}", said(&output));
    assert!(!out.exists());
}

#[test]
fn a_recipe_becomes_a_medium() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = folder.path().join("a.toml");
    std::fs::write(&recipe, "kind = 'floppy'\nformat = '720K'\n").unwrap();
    let output =
        relic(&["master", recipe.to_str().unwrap(), "-o", folder.path().to_str().unwrap(), "--json"]);
    assert!(output.status.success(), "{}", said(&output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["kind"], &json["bytes"]), (&"floppy".into(), &737_280.into()));
}

#[test]
fn the_demo_goes_the_whole_path() {
    let folder = tempfile::tempdir().unwrap();
    let output = relic(&["demo", "-o", folder.path().to_str().unwrap()]);
    let out = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{out}{}", said(&output));
    assert!(out.contains("39 of 39 screens as expected"), "{out}");
    for made in ["probe.iso", "probe.xva", "report.html", "screens/cp437.png"] {
        assert!(folder.path().join(made).is_file(), "{made}");
    }
}

#[test]
fn a_case_leaves_its_guest_with_what_was_written_to_a_blank_disk() {
    // xor ax,ax; mov es,ax; write this sector to the hard disk's first; 'K' to port E9h; wait for ever.
    let code = b"\x31\xC0\x8E\xC0\xB8\x01\x03\xBB\x00\x7C\xB9\x01\x00\xBA\x80\x00\xCD\x13\xB0\x4B\xE6\xE9\xFB\xF4\xEB\xFD";
    let (folder, floppy) = boots(code);
    let case = "guest = { machine = { ram = '8M', boot = ['floppy'] }, media = { floppy = 'boot.img', disk = { blank = '2M' }, cdrom = {} } }\n\
        steps = [ { wait_debug = 'K' } ]\n";
    std::fs::write(folder.path().join("case.toml"), case).unwrap();
    let kept = folder.path().join("kept");
    let test = ["test", folder.path().to_str().unwrap(), "--keep", kept.to_str().unwrap()];
    let output = relic(&test);
    assert!(output.status.success(), "{}", said(&output));
    let guest = kept.join(folder.path().strip_prefix("/").unwrap());
    let disk = std::fs::read(guest.join("primary-master.img")).unwrap();
    assert_eq!(disk.len(), 2 << 20);
    assert_eq!(disk[..512], std::fs::read(&floppy).unwrap()[..512]);
    assert!(disk[512..].iter().all(|byte| *byte == 0), "the rest is blank");
    let run =
        relic(&["run", guest.to_str().unwrap(), "--timeout", "2s", "--debug-text", "--display", "none"]);
    assert!(String::from_utf8_lossy(&run.stdout).contains("K"), "the kept guest runs: {}", said(&run));
    let again = relic(&test);
    assert_eq!(again.status.code(), Some(2));
    assert!(said(&again).contains("the folder is not empty"), "{}", said(&again));
}
