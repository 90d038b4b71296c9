//! `relic run --device-trace` and `relic replay` of it: a driver's dialogue told to each chip alone, and files that are none.

mod boot_disk;
mod freedos;
mod program;

use boot_disk::{ECHO, disk};
use program::{complaint, said};
use std::collections::BTreeSet;
use std::path::Path;

/// A folder with the disk that echoes keys and a trace of a run in which some were typed.
fn folder(options: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("disk.img"), disk(&ECHO)).unwrap();
    let run = ["run", "disk.img", "--device-trace", "a.trace", "--until-text", "A", "--type", "hello"];
    said(folder.path(), &[&run, options].concat());
    folder
}

fn trace(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("a.trace")).unwrap()
}

fn chips_of(trace: &str) -> BTreeSet<&str> {
    let lines = trace.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split(' ').nth(1)).collect()
}

#[test]
fn every_chip_answers_alone_as_it_did_in_the_machine() {
    let folder = folder(&["--timeout", "20s"]);
    let trace = trace(folder.path());
    for chip in ["pic", "pit", "rtc", "dma", "i8042", "ide", "video", "i440fx", "piix3"] {
        assert!(chips_of(&trace).contains(chip), "{chip}");
    }
    for line in ["i8042 key ", "pic acknowledge = 0x9", "pic levels 0x3", "i8042 lines 0x1", "pit tick"] {
        assert!(trace.contains(&format!(" {line}")), "{line}");
    }
    let told = said(folder.path(), &["replay", "a.trace"]);
    assert!(
        told.lines().count() > 12 && told.lines().all(|line| line.ends_with(" lines, the same")),
        "{told}"
    );
    let one = said(folder.path(), &["replay", "a.trace", "--chip", "pit"]);
    assert!(one.starts_with("pit: ") && told.contains(&one), "{one}");
}

#[test]
fn a_trace_does_not_change_the_run() {
    let folder = folder(&["--digests"]);
    let run = ["run", "disk.img", "--until-text", "A", "--type", "hello", "--digests"];
    let plain = said(folder.path(), &run);
    let traced = said(folder.path(), &[&run[..], &["--device-trace", "b.trace"]].concat());
    assert!(plain.contains("screen ") && plain == traced, "{plain}{traced}");
    assert_eq!(trace(folder.path()), std::fs::read_to_string(folder.path().join("b.trace")).unwrap());
}

#[test]
fn only_the_chips_that_were_named_are_written_down() {
    let folder = folder(&["--trace-chip", "ide", "--trace-chip", "rtc"]);
    assert_eq!(chips_of(&trace(folder.path())), BTreeSet::from(["ide", "rtc"]));
    let run = ["run", "disk.img", "--device-trace", "b.trace", "--trace-chip", "sid"];
    let (code, said) = complaint(folder.path(), &run);
    assert!(
        code == 2 && said.contains("no chip `sid`; this machine has ") && said.contains(", i8042,"),
        "{said}"
    );
}

#[test]
fn the_first_other_answer_is_told_with_its_line() {
    let folder = folder(&[]);
    let written = trace(folder.path());
    let (at, line) =
        written.lines().enumerate().filter(|(_, line)| line.contains(" i8042 inb 0x60 = ")).nth(2).unwrap();
    let (before, answer) = line.split_once(" = ").unwrap();
    let other = written.replacen(line, &format!("{before} = 0xee"), 1);
    std::fs::write(folder.path().join("a.trace"), other).unwrap();
    let (code, said) = complaint(folder.path(), &["replay", "a.trace", "--chip", "i8042"]);
    let expected = format!("a.trace: line {}: `{before} = 0xee`: 0xee in the trace, {answer} here", at + 1);
    assert!(code == 1 && said.contains(&expected), "{said}");
}

#[test]
fn what_is_no_trace_gets_one_line() {
    let folder = folder(&[]);
    let written = trace(folder.path());
    let (head, lines) = written.split_at(written.match_indices('\n').nth(1).unwrap().0 + 1);
    for (text, expected) in [
        (lines.to_owned(), "not a log of a run of relic"),
        (
            written.lines().next().unwrap().to_owned() + "\n" + lines,
            "its second line does not name the machine",
        ),
        (format!("{head}12 pit outb 0x43\n"), "line 3: no line of a device trace: value is missing"),
        (format!("{head}12 pit\n"), "line 3: no line of a device trace: it has a time, a chip"),
        (
            format!("{head}12 fdc insert floppy_a {{}}\n"),
            "line 3: `12 fdc insert floppy_a {}`: a medium without",
        ),
        (head.replace("disk.img", "gone.img") + lines, "gone.img: not there"),
    ] {
        std::fs::write(folder.path().join("bad.trace"), text).unwrap();
        let (code, said) = complaint(folder.path(), &["replay", "bad.trace"]);
        assert!(code == 2 && said.contains(expected), "{code} {said}{expected}");
    }
    // What a killed run left of its last line is not looked at.
    std::fs::write(folder.path().join("cut.trace"), &written[..written.len() - 3]).unwrap();
    said(folder.path(), &["replay", "cut.trace"]);
    for (chip, expected) in [("sid", "no chip `sid`"), ("idle", "`idle` cannot be told a trace alone")] {
        let (code, said) = complaint(folder.path(), &["replay", "a.trace", "--chip", chip]);
        assert!(code == 2 && said.contains(expected), "{said}");
    }
}

#[test]
fn a_search_goes_on_from_what_a_driver_did() {
    let folder = folder(&["--trace-chip", "ide"]);
    std::fs::create_dir(folder.path().join("corpus")).unwrap();
    std::fs::rename(folder.path().join("a.trace"), folder.path().join("corpus/a.trace")).unwrap();
    said(folder.path(), &["fuzz", "ide", "--corpus", "corpus", "--seconds", "0"]);
    let kept = std::fs::read_dir(folder.path().join("corpus")).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<String> = kept.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    // The BIOS reads the boot sector.
    let reads = |script: &String| script.starts_with("# relic script") && script.contains("outb 0x1f7 0x20");
    assert!(kept.iter().any(reads), "{kept:?}");
}

/// FreeDOS with a floppy, the mouse in EDIT, an adapter of either make, and a warm start.
#[test]
fn freedos_and_its_drivers_are_told_again() {
    let Some(disk) = freedos::hard_disk() else { return };
    let folder = tempfile::tempdir().unwrap();
    let floppy = disk.with_file_name("freedos-floppy-1.4MB.img.gz");
    let (disk, floppy) = (disk.to_str().unwrap(), floppy.to_str().unwrap());
    for vga in ["std", "cirrus"] {
        let run =
            ["run", disk, "--floppy", floppy, "--boot", "disk", "--vga", vga, "--device-trace", "a.trace"];
        let typed = [
            "--until-text",
            r"C:\>",
            "--type",
            r"dir a:<enter>copy a:\readme.txt a:\x.txt<enter>",
            "--type",
            r"dos\edit<enter>",
            "--click",
            "100,100",
            "--type",
            "<alt-f>x",
            "--type",
            "<ctrl-alt-del>",
            "--until-text",
            r"C:\>",
        ];
        said(folder.path(), &[&run[..], &typed].concat());
        let trace = trace(folder.path());
        for line in ["fdc channel 2 to_memory", "fdc stores", "fdc finds", "i8042 pointer"] {
            assert!(trace.contains(&format!(" {line}")), "{line}");
        }
        let told = said(folder.path(), &["replay", "a.trace"]);
        assert!(
            told.contains("fdc: ") && told.lines().all(|line| line.ends_with(" lines, the same")),
            "{told}"
        );
    }
}
