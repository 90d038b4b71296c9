//! `relic run --log` and `relic replay`: the same bits in another process, any moment of a run, and logs that are none.

mod boot_disk;
mod freedos;
mod program;

use boot_disk::{ECHO, disk};
use program::{complaint, relic, said};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// jmp $
const BUSY: [u8; 2] = [0xEB, 0xFE];

/// A folder with the disk and the log of a run in which `hello` was typed.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("disk.img"), disk(&ECHO)).unwrap();
    let run =
        ["run", "disk.img", "--log", "a.log", "--until-text", "A", "--type", "hello", "--timeout", "20s"];
    said(folder.path(), &run);
    folder
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("a.log")).unwrap()
}

#[test]
fn another_process_has_the_same_digests_and_any_moment_is_shown_in_any_order() {
    let folder = folder();
    let all = said(folder.path(), &["replay", "a.log"]);
    assert!(all.starts_with("disk.img: the same 2 digests, 10 inputs, to 0."), "{all}");
    let typed = |moment: &str| said(folder.path(), &["replay", "a.log", "--until", moment]);
    let (one, two) = (typed("200ms"), typed("300000"));
    assert!(one.contains("at 0.200 s") && two.contains(" 300000 instructions)"), "{one}{two}");
    let back = said(folder.path(), &["replay", "a.log", "--at", "500ms", "--at", "300000", "--at", "200ms"]);
    assert!(back.contains("| Ahello") && back.ends_with(&(two + &one)), "{back}");
}

#[test]
fn the_log_of_a_run_that_nobody_named_is_found_again() {
    let folder = folder();
    let relic = |arguments: &[&str]| {
        let mut relic = Command::new(env!("CARGO_BIN_EXE_relic"));
        relic.current_dir(folder.path()).env("RELIC_LOGS", folder.path().join("logs")).args(arguments);
        String::from_utf8(relic.output().unwrap().stdout).unwrap()
    };
    relic(&["run", "disk.img", "--until-text", "A", "--display", "none"]);
    relic(&["run", "disk.img", "--until-text", "A", "--type", "x", "--display", "none"]);
    let newest = relic(&["replay"]);
    assert!(newest.contains("the same 2 digests, 2 inputs"), "{newest}");
}

/// A case that types `keys`, with these steps behind; the page of its report.
fn failing_case(folder: &Path, steps: &str) -> String {
    let case = folder.join("cases/echo");
    std::fs::create_dir_all(&case).unwrap();
    let text = format!(
        "guest = {{ media = {{ disk = ['../../disk.img'] }} }}\nsteps = [{{ wait_text = 'A' }}, {steps}]\n"
    );
    std::fs::write(case.join("case.toml"), text).unwrap();
    let output = relic(folder, &["test", "cases", "--report", "out"]);
    assert!(!output.status.success(), "it passed");
    let page = std::fs::read_to_string(folder.join("out/index.html")).unwrap();
    page.replace("&#x2f;", "/")
}

#[test]
fn a_case_that_fails_leaves_a_log_that_goes_to_the_failing_moment() {
    let folder = folder();
    let steps = "{ save = 'a' }, { keys = 'away' }, { restore = 'a' }, { keys = 'hi' }, \
                 { wait_text = 'Ahi' }, { expect_text = 'bye' }";
    let html = failing_case(folder.path(), steps);
    assert!(html.contains("relic replay logs/cases/echo.log --until end"), "{html}");
    let again = said(folder.path(), &["replay", "out/logs/cases/echo.log"]);
    assert!(again.contains("the same 2 digests, 4 inputs"), "{again}");
    let end = said(folder.path(), &["replay", "out/logs/cases/echo.log", "--until", "end"]);
    assert!(end.contains("| Ahi"), "{end}");
}

#[test]
fn a_picture_that_is_another_is_seen_again_at_its_moment() {
    let folder = folder();
    let html = failing_case(folder.path(), "{ shot = 'a' }, { keys = 'hi' }, { wait_text = 'Ahi' }");
    let until =
        html.split("logs/cases/echo.log --until ").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    let then = said(folder.path(), &["replay", "out/logs/cases/echo.log", "--until", until]);
    assert!(
        until.ends_with("ns") && then.contains("| Floppy A:") && !then.contains("Ahi"),
        "{until}: {then}"
    );
}

#[test]
fn a_run_that_was_killed_leaves_a_log_to_replay() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("disk.img"), disk(&BUSY)).unwrap();
    let mut relic = Command::new(env!("CARGO_BIN_EXE_relic"))
        .current_dir(folder.path())
        .args(["run", "disk.img", "--log", "a.log", "--cpu", "386", "--timeout", "1000000s"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while !log_has(folder.path(), 5) {
        assert!(began.elapsed() < Duration::from_secs(60), "no digests");
        std::thread::sleep(Duration::from_millis(5));
    }
    relic.kill().unwrap();
    relic.wait().unwrap();
    let again = said(folder.path(), &["replay", "a.log"]);
    assert!(again.contains("the run was killed after that"), "{again}");
}

fn log_has(folder: &Path, lines: usize) -> bool {
    std::fs::read_to_string(folder.join("a.log")).is_ok_and(|log| log.lines().count() >= lines)
}

#[test]
fn a_blank_disk_is_there_again_without_a_file() {
    let folder = folder();
    let guest = "[media]\ndisk = ['disk.img', { blank = '8G' }]\n";
    std::fs::write(folder.path().join("guest.toml"), guest).unwrap();
    said(folder.path(), &["run", "guest.toml", "--log", "b.log", "--until-text", "A", "--type", "x"]);
    let again = said(folder.path(), &["replay", "b.log"]);
    assert!(again.contains("the same 2 digests, 2 inputs"), "{again}");
}

#[test]
fn media_are_found_where_the_log_says_beside_it_or_where_the_command_line_says() {
    let folder = folder();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::rename(path("disk.img"), elsewhere.join("disk.img")).unwrap();
    let (exit, gone) = complaint(folder.path(), &["replay", "a.log"]);
    assert!(exit == 2 && gone.contains("disk.img: not there") && gone.contains("--media"), "{gone}");
    said(folder.path(), &["replay", "a.log", "--media", "elsewhere"]);
    said(folder.path(), &["replay", "a.log", "--media", "disk.img=elsewhere/disk.img"]);
    std::fs::copy(path("a.log"), elsewhere.join("a.log")).unwrap();
    said(&elsewhere, &["replay", "a.log"]);
    let mut other = disk(&ECHO);
    other[0x1000] = 1;
    std::fs::write(path("disk.img"), other).unwrap();
    let (exit, other) = complaint(folder.path(), &["replay", "a.log"]);
    assert!(exit == 2 && other.contains("another content than that of the run"), "{other}");
}

#[test]
fn a_run_that_is_not_the_same_says_when_and_in_what() {
    let folder = folder();
    let shifted = log(folder.path()).replace("\"key\":\"H\"", "\"key\":\"J\"");
    std::fs::write(folder.path().join("b.log"), shifted).unwrap();
    let (exit, said) = complaint(folder.path(), &["replay", "b.log"]);
    assert_eq!(exit, 1);
    assert!(said.contains("these are not as in the log: ram, screen"), "{said}");
    let whole = log(folder.path());
    let input = whole.lines().nth(3).unwrap();
    let sooner = whole.replacen(input, &input.replacen("\"instructions\":", "\"instructions\":1", 1), 1);
    std::fs::write(folder.path().join("c.log"), sooner.lines().take(4).collect::<Vec<_>>().join("\n") + "\n")
        .unwrap();
    let (exit, said) = complaint(folder.path(), &["replay", "c.log"]);
    assert!(exit == 1 && said.contains("this run does not come by there"), "{said}");
}

#[test]
fn what_is_no_log_is_one_clear_line() {
    let folder = folder();
    let whole = log(folder.path());
    let lines: Vec<&str> = whole.lines().collect();
    let refused = |text: &str| {
        std::fs::write(folder.path().join("bad.log"), text).unwrap();
        let (exit, said) = complaint(folder.path(), &["replay", "bad.log"]);
        assert_eq!(exit, 2, "{said}");
        said
    };
    assert!(refused("").contains("not a log of a run of relic"));
    assert!(refused("hello\n").contains("not a log of a run of relic"));
    assert!(refused(&format!("{}\n", lines[0])).contains("ends before it names the machine"));
    assert!(refused(&whole.replacen("\"schema\":1", "\"schema\":77", 1)).contains("schema 77 (of relic"));
    assert!(refused(&whole.replacen("\"ram\":\"32M\"", "\"ram\":\"1K\"", 1)).contains("ram = 1K"));
    assert!(refused(&whole.replacen("\"input\"", "\"inptu\"", 1)).contains("line 4: "));
    let swapped = [lines[0], lines[1], lines[4], lines[3]].join("\n") + "\n";
    assert!(refused(&swapped).contains("line 4: ") && refused(&swapped).contains("before the line above it"));
    let far =
        format!("{}\n{}\n{}\n", lines[0], lines[1], lines[3].replacen("\"at_ns\":", "\"at_ns\":1000000", 1));
    assert!(refused(&far).contains("digests are missing between"));
    assert!(refused(&"\0".repeat(100_000)).contains("not a log"));
    let (exit, none) = complaint(folder.path(), &["replay", "none.log"]);
    assert!(exit == 2 && none.contains("none.log: cannot read"));
    let (exit, past) = complaint(folder.path(), &["replay", "a.log", "--until", "1000s"]);
    assert!(exit == 2 && past.contains("the log ends at 0."), "{past}");
    let (exit, odd) = complaint(folder.path(), &["replay", "a.log", "--until", "soon"]);
    assert!(exit == 2 && odd.contains("`soon` is no moment"), "{odd}");
    let (exit, full) = complaint(folder.path(), &["run", "disk.img", "--log", "/dev/full"]);
    assert!(exit == 2 && full.contains("/dev/full: cannot write"), "{full}");
}

#[test]
fn a_log_that_was_cut_anywhere_is_one_clear_line_or_replays() {
    let folder = folder();
    let whole = log(folder.path());
    for cut in (0..whole.len()).step_by(97) {
        std::fs::write(folder.path().join("cut.log"), &whole.as_bytes()[..cut]).unwrap();
        let output = relic(folder.path(), &["replay", "cut.log"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            matches!(output.status.code(), Some(0 | 2)) && said.matches('\n').count() <= 1,
            "{cut}: {said}"
        );
    }
}

#[test]
fn a_run_that_goes_on_from_a_snapshot_is_replayed_from_there() {
    let folder = folder();
    said(
        folder.path(),
        &["run", "disk.img", "--until-text", "A", "--snapshot", "s.snap", "--display", "none"],
    );
    let on = ["run", "disk.img", "--from", "s.snap", "--type", "on", "--log", "on.log", "--display", "none"];
    said(folder.path(), &on);
    let again = said(folder.path(), &["replay", "on.log"]);
    assert!(again.contains("the same 2 digests, 4 inputs"), "{again}");
    std::fs::write(folder.path().join("s.snap"), "another").unwrap();
    let (exit, said) = complaint(folder.path(), &["replay", "on.log"]);
    assert!(exit == 2 && said.contains("s.snap: 7 bytes, expected"), "{said}");
}

/// EDIT of FreeDOS, whose Help is opened with CuteMouse's pointer: found, brought there and clicked from outside.
#[test]
fn what_a_mouse_did_in_freedos_is_replayed_forwards_and_backwards() {
    let Some(image) = freedos::hard_disk() else { return };
    let folder = tempfile::tempdir().unwrap();
    let replay = |arguments: &[&str]| said(folder.path(), &[&["replay", "a.log"], arguments].concat());
    let run = ["run", image.to_str().unwrap(), "--cpu", "486", "--log", "a.log", "--until-text", r"C:\>"];
    let edit = ["--type", "ctmouse<enter>edit fdconfig.sys<enter>", "--until-text", "DEVICE=C"];
    let click = ["--click", "480,24", "--until-text", "About", "--json"];
    let run: serde_json::Value =
        serde_json::from_str(&said(folder.path(), &[&run[..], &edit, &click].concat())).unwrap();
    let log = log(folder.path());
    assert!(log.matches(r#"{"mouse":"#).count() > 10, "{log}");
    let all = replay(&[]);
    assert!(all.contains(": the same ") && all.contains(&format!("({} ns", run["virtual_ns"])), "{all}");

    let end = format!("{}ns", run["virtual_ns"]);
    let moments = ["1s", "2s", "2500ms", &end];
    let forwards = moments.map(|moment| replay(&["--until", moment]));
    let menu_is_open = |shown: &String| shown.contains("About");
    assert_eq!(forwards.each_ref().map(menu_is_open), [false, false, false, true]);
    let backwards = moments.iter().rev().flat_map(|moment| ["--at", *moment]);
    let backwards = replay(&backwards.collect::<Vec<_>>());
    assert!(forwards.into_iter().rev().collect::<String>() == backwards, "{backwards}");
}
