//! `relic fuzz` of the built program: what it lists, keeps, replays and refuses.

use std::path::Path;
use std::process::{Command, Output};

fn fuzz(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relic")).arg("fuzz").args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What it complains of on one line.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let line = text.strip_suffix('\n').unwrap_or(&text).to_owned();
    assert!(!line.contains('\n'), "{line}");
    line
}

fn scripts(folder: &Path) -> Vec<String> {
    let mut scripts: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    scripts.sort();
    scripts
}

#[test]
fn the_chips_and_the_board_are_listed() {
    let listed = said(&fuzz(&[]));
    for name in ["pic", "cirrus", "ide", "fdc", "board"] {
        assert!(listed.lines().any(|line| line.split_whitespace().next() == Some(name)), "{name}: {listed}");
    }
}

#[test]
fn what_shows_something_new_is_kept_and_goes_on_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("corpus");
    let search =
        |seed: &str| fuzz(&["pic", "--seconds", "1", "--seed", seed, "--corpus", corpus.to_str().unwrap()]);
    let first = search("1");
    assert_eq!(first.status.code(), Some(0), "{}", complaint(&first));
    assert!(said(&first).starts_with("pic: ") && said(&first).contains("nothing found"), "{}", said(&first));
    let kept = scripts(&corpus);
    assert!(kept.len() > 10 && kept.iter().all(|script| script.starts_with("# relic script 1\n")));
    assert_eq!(search("2").status.code(), Some(0));
    let more = scripts(&corpus);
    assert!(kept.iter().all(|script| more.contains(script)), "what was there stays");
}

#[test]
fn a_script_is_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.txt");
    std::fs::write(&script, "# relic script 1\noutb 0x43 0x36\ninb 0x40\nclock_step 1000\nrestore\n")
        .unwrap();
    let output = fuzz(&["pit", "--script", script.to_str().unwrap()]);
    assert_eq!((output.status.code(), said(&output).trim()), (Some(0), "pit: 4 actions, nothing found"));
}

#[test]
fn seeds_go_to_libfuzzer_as_programs_and_come_back_as_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let programs = folder.path().join("programs");
    assert_eq!(fuzz(&["pit", "--programs", programs.to_str().unwrap()]).status.code(), Some(0));
    let files: Vec<_> = std::fs::read_dir(&programs).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        let output = fuzz(&["pit", "--script", file.to_str().unwrap()]);
        assert!(said(&output).ends_with(" actions, nothing found\n"), "{}", complaint(&output));
    }
    let kept = folder.path().join("kept");
    std::fs::create_dir(&kept).unwrap();
    std::fs::write(kept.join("crash"), [1; 17]).unwrap();
    let kept = kept.to_str().unwrap();
    assert_eq!(fuzz(&["pit", "--seconds", "0", "--corpus", kept]).status.code(), Some(0));
    assert!(
        scripts(Path::new(kept)).iter().any(|script| script.contains("inw 0x")),
        "it is there as a script, too"
    );
}

#[test]
fn a_dictionary_names_the_chips_registers() {
    let dictionary = said(&fuzz(&["pic", "--dictionary"]));
    assert!(dictionary.lines().count() > 4, "{dictionary}");
    let is_entry = |line: &str| line.starts_with('#') || line.starts_with('"') && line.ends_with('"');
    assert!(dictionary.lines().all(is_entry), "{dictionary}");
}

#[test]
fn bad_input_is_told_of_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.txt");
    std::fs::write(&script, "# relic script 1\noutb 0x43\n").unwrap();
    let file = script.to_str().unwrap();
    for (arguments, part) in [
        (&["nothing"][..], "no chip `nothing`"),
        (&["pit", "--script", file], "line 2: "),
        (&["pit", "--script", "/nowhere/x.txt"], "/nowhere/x.txt"),
        (&["pit", "--seconds", "soon"], "soon"),
    ] {
        let output = fuzz(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(complaint(&output).contains(part), "{}", complaint(&output));
    }
}
