//! `relic bisect`: where two runs part, to the instruction, and in what; and two builds of relic, of which one is asked through a pipe.

mod boot_disk;

use boot_disk::{ECHO, disk};
use std::path::Path;
use std::process::Command;

/// Writes `A`, waits for a key, reads the second sector to 600h, adds up its first two bytes and writes the sum to 500h.
const READS: [u8; 48] = [
    0xB8, 0x41, 0x0E, 0xCD, 0x10, // mov ax, 0E41h; int 10h
    0x31, 0xC0, 0xCD, 0x16, // xor ax, ax; int 16h
    0x31, 0xC0, 0x8E, 0xC0, 0x8E, 0xD8, // xor ax, ax; mov es, ax; mov ds, ax
    0xBB, 0x00, 0x06, 0xB9, 0x02, 0x00, // mov bx, 600h; mov cx, 2
    0xBA, 0x80, 0x00, 0xB8, 0x01, 0x02, 0xCD, 0x13, // mov dx, 80h; mov ax, 201h; int 13h
    0xA0, 0x00, 0x06, 0x02, 0x06, 0x01, 0x06, // mov al, [600h]; add al, [601h]
    0xA2, 0x00, 0x05, 0xB8, 0x42, 0x0E, 0xCD, 0x10, // mov [500h], al; mov ax, 0E42h; int 10h
    0xFB, 0xF4, 0xEB, 0xFC, // again: sti; hlt; jmp again
];

struct Said {
    exit: i32,
    out: String,
    err: String,
}

fn relic(folder: &Path, arguments: &[&str]) -> Said {
    let output =
        Command::new(env!("CARGO_BIN_EXE_relic")).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { exit: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs a disk and types into it.
fn run(folder: &Path, disk: &str, log: &str, keys: &str, more: &[&str]) {
    let mut arguments = vec!["run", disk, "--log", log, "--display", "none"];
    arguments.extend(more);
    arguments.extend(["--type", keys]);
    let said = relic(folder, &arguments);
    assert_eq!(said.exit, 0, "{}", said.err);
}

fn folder(code: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("disk.img"), disk(code)).unwrap();
    folder
}

const ECHOED: [&str; 2] = ["--until-text", "A"];

#[test]
fn equal_runs_are_the_same_and_a_longer_one_goes_on() {
    let folder = folder(&ECHO);
    run(folder.path(), "disk.img", "a.log", "hi", &ECHOED);
    run(folder.path(), "disk.img", "b.log", "hi", &ECHOED);
    let same = relic(folder.path(), &["bisect", "a.log", "b.log"]);
    assert!(same.exit == 0 && same.out.starts_with("the same to ") && same.err.is_empty(), "{}", same.out);
    let alone = relic(folder.path(), &["bisect", "a.log"]);
    assert!(alone.exit == 0 && alone.out.starts_with("the same to "), "{}{}", alone.out, alone.err);
    let cut: Vec<String> = std::fs::read_to_string(folder.path().join("a.log"))
        .unwrap()
        .lines()
        .take(6)
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(folder.path().join("cut.log"), cut.concat()).unwrap();
    let cut = relic(folder.path(), &["bisect", "a.log", "cut.log"]);
    assert!(cut.exit == 0 && cut.out.contains("a.log goes on to 0.5"), "{}{}", cut.out, cut.err);
}

#[test]
fn one_key_that_is_another_is_found_where_it_comes_in_and_named_with_the_chip() {
    let folder = folder(&ECHO);
    run(folder.path(), "disk.img", "a.log", "hello", &ECHOED);
    run(folder.path(), "disk.img", "b.log", "hallo", &ECHOED);
    let said = relic(folder.path(), &["bisect", "a.log", "b.log"]);
    assert_eq!(said.exit, 1, "{}{}", said.out, said.err);
    assert!(said.out.starts_with("the same until 0."), "{}", said.out);
    assert!(said.out.contains(r#"from outside in a.log: {"key":{"down":true,"key":"E"}}"#), "{}", said.out);
    assert!(said.out.contains(r#"from outside in b.log: {"key":{"down":true,"key":"A"}}"#), "{}", said.out);
    assert!(said.out.contains("chips.i8042."), "{}", said.out);
    assert!(said.err.starts_with("relic: a.log and b.log are not the same at 0."), "{}", said.err);
    assert!(said.err.trim_end().ends_with(" ns): chips.i8042"), "{}", said.err);
}

#[test]
fn a_byte_of_a_disk_that_is_another_is_found_where_the_guest_reads_it() {
    let folder = folder(&READS);
    let mut other = disk(&READS);
    other[0x200 + 1] = 7;
    std::fs::write(folder.path().join("other.img"), other).unwrap();
    run(folder.path(), "disk.img", "a.log", "x", &ECHOED);
    run(folder.path(), "other.img", "b.log", "x", &ECHOED);
    let said = relic(folder.path(), &["bisect", "a.log", "b.log"]);
    assert_eq!(said.exit, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("medium.samples: "), "{}", said.out);
    // The drive reads the sector when it gets the command.
    assert!(said.out.contains("chips.ide."), "{}", said.out);
    assert!(said.err.trim_end().ends_with(" ns): chips.ide"), "{}", said.err);
}

#[test]
fn a_byte_of_memory_is_named_by_its_address_and_what_follows_it() {
    let folder = folder(&ECHO);
    let mut rom = vec![0; 4096];
    for (name, byte) in [("a", 1), ("b", 2)] {
        rom[0x123] = byte;
        std::fs::write(folder.path().join(format!("{name}.rom")), &rom).unwrap();
        let option = format!("{name}.rom@D0000");
        let more = ["--until-text", "A", "--rom", &option];
        run(folder.path(), "disk.img", &format!("{name}.log"), "x", &more);
    }
    let said = relic(folder.path(), &["bisect", "a.log", "b.log"]);
    assert_eq!(said.exit, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("ROM images and video memory at "), "{}", said.out);
    assert!(said.out.contains("123 of the store: 01 00 00 00 00 00 00 00 in a.log, 02 00 "), "{}", said.out);
    assert!(said.err.trim_end().ends_with("(0 ns): store"), "{}", said.err);
}

#[test]
fn machines_that_are_not_alike_part_at_the_beginning_and_the_option_is_named() {
    let folder = folder(&ECHO);
    run(folder.path(), "disk.img", "a.log", "x", &ECHOED);
    run(folder.path(), "disk.img", "b.log", "x", &["--until-text", "A", "--cpu", "386"]);
    let said = relic(folder.path(), &["bisect", "a.log", "b.log"]);
    assert_eq!(said.exit, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains(r#""386" in b.log"#) && said.out.contains("cpu.model: "), "{}", said.out);
    assert!(said.err.contains("not the same at 0.000 s (0 ns)"), "{}", said.err);
}

#[cfg(unix)]
mod another_build {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// A build of relic that takes this text of a log for that one: its machine is not quite ours.
    fn build(folder: &Path, text: &str, other: &str) {
        let script = format!(
            "#!/bin/sh\nset -e\nlog=$2\nsed 's/{text}/{other}/' \"$log\" > \"$log.there\"\nshift 2\n\
             exec '{}' replay \"$log.there\" \"$@\"\n",
            env!("CARGO_BIN_EXE_relic")
        );
        std::fs::write(folder.join("there"), script).unwrap();
        std::fs::set_permissions(folder.join("there"), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn that_does_the_same_is_the_same() {
        let folder = folder(&ECHO);
        run(folder.path(), "disk.img", "a.log", "x", &ECHOED);
        build(folder.path(), "x", "x");
        let said = relic(folder.path(), &["bisect", "a.log", "--with", "./there"]);
        assert!(said.exit == 0 && said.out.starts_with("the same to "), "{}{}", said.out, said.err);
    }

    #[test]
    fn whose_keyboard_is_another_parts_where_the_key_comes() {
        let folder = folder(&ECHO);
        run(folder.path(), "disk.img", "a.log", "xy", &ECHOED);
        build(folder.path(), r#""key":"Y""#, r#""key":"Z""#);
        let said = relic(folder.path(), &["bisect", "a.log", "--with", "./there"]);
        assert_eq!(said.exit, 1, "{}{}", said.out, said.err);
        assert!(said.out.contains("in this relic, ") && said.out.contains("in ./there"), "{}", said.out);
        assert!(said.err.contains("this relic and ./there are not the same at 0."), "{}", said.err);
        assert!(said.err.trim_end().ends_with("chips.i8042"), "{}", said.err);
    }

    #[test]
    fn whose_clock_is_another_parts_from_the_beginning_in_the_rtc() {
        let folder = folder(&ECHO);
        run(folder.path(), "disk.img", "a.log", "x", &["--until-text", "A", "--rtc", "1995-01-01T00:00:00"]);
        build(folder.path(), r#""day":1,"#, r#""day":2,"#);
        let said = relic(folder.path(), &["bisect", "a.log", "--with", "./there"]);
        assert_eq!(said.exit, 1, "{}{}", said.out, said.err);
        assert!(said.out.contains("chips.rtc.") && said.err.contains("(0 ns): chips.rtc"), "{}", said.out);
    }

    #[test]
    fn that_cannot_answer_is_one_clear_line() {
        let folder = folder(&ECHO);
        run(folder.path(), "disk.img", "a.log", "x", &ECHOED);
        let with = |relic_of_the_time: &str| {
            let said = relic(folder.path(), &["bisect", "a.log", "--with", relic_of_the_time]);
            assert!(said.exit == 2 && said.err.matches('\n').count() == 1, "{}", said.err);
            said.err
        };
        assert!(with("/bin/true").contains("/bin/true: cannot be asked: it says nothing"));
        assert!(with("./none").contains("./none: cannot be asked: "));
        std::fs::write(
            folder.path().join("old"),
            "#!/bin/sh\necho 'relic: unexpected argument' >&2\nexit 2\n",
        )
        .unwrap();
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path().join("old"), mode).unwrap();
        assert!(with("./old").contains("./old: cannot be asked: unexpected argument"));
    }
}

#[test]
fn a_log_that_another_relic_wrote_says_between_which_digests() {
    let folder = folder(&ECHO);
    run(folder.path(), "disk.img", "a.log", "hello", &ECHOED);
    let whole = std::fs::read_to_string(folder.path().join("a.log")).unwrap();
    let other = whole.replace(r#""key":"O""#, r#""key":"P""#);
    std::fs::write(folder.path().join("b.log"), other).unwrap();
    let said = relic(folder.path(), &["bisect", "b.log"]);
    assert_eq!(said.exit, 1, "{}{}", said.out, said.err);
    assert!(
        said.out.starts_with("the same until 0.000 s") && said.out.contains("--with names it"),
        "{}",
        said.out
    );
    assert!(said.err.contains("b.log and its run by this relic are not the same at 0."), "{}", said.err);
    assert!(said.err.contains("ram, screen"), "{}", said.err);
    let two = relic(folder.path(), &["bisect", "a.log", "b.log"]);
    assert!(two.exit == 1 && two.out.contains("from outside in b.log: "), "{}{}", two.out, two.err);
    let moved = whole.replacen(r#""screen":""#, r#""screen":"0"#, 2);
    std::fs::write(folder.path().join("c.log"), moved).unwrap();
    let moved = relic(folder.path(), &["bisect", "a.log", "c.log"]);
    assert!(
        moved.exit == 1 && moved.out.contains("c.log: another relic wrote it"),
        "{}{}",
        moved.out,
        moved.err
    );
    assert!(
        moved.err.contains("a.log and c.log are not the same at 0.000 s (0 ns): screen"),
        "{}",
        moved.err
    );
}

#[test]
fn what_cannot_be_compared_is_one_clear_line() {
    let folder = folder(&ECHO);
    run(folder.path(), "disk.img", "a.log", "x", &ECHOED);
    std::fs::write(folder.path().join("no.log"), "hello").unwrap();
    let wrong = |arguments: &[&str]| {
        let said = relic(folder.path(), arguments);
        assert!(said.exit == 2 && said.err.matches('\n').count() == 1, "{}", said.err);
        said.err
    };
    assert!(wrong(&["bisect", "a.log", "no.log"]).contains("no.log: not a log of a run of relic"));
    assert!(wrong(&["bisect", "none.log", "a.log"]).contains("none.log: cannot read"));
    std::fs::remove_file(folder.path().join("disk.img")).unwrap();
    assert!(wrong(&["bisect", "a.log"]).contains("disk.img: not there"));
}
