//! The command from its arguments to its exit code, over a guest that is only a prompt.

mod suite;
#[path = "../typewriter/mod.rs"]
mod typewriter;

use harness::cli::{self, Rights};
use harness::console::Console;
use harness::failure::Exit;
use harness::guest::Frame;
use harness::picture;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use typewriter::{Typewriters, floppy};

#[derive(Clone, Default)]
struct Stream(Arc<Mutex<Vec<u8>>>);

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Stream {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Runs `relic` in this process: exit code, standard output, standard error.
fn relic(arguments: &[&str]) -> (Exit, String, String) {
    let (out, err) = (Stream::default(), Stream::default());
    let console = Console::with(Box::new(out.clone()), Box::new(err.clone()));
    let exit = cli::main(
        std::iter::once("relic").chain(arguments.iter().copied()),
        &Typewriters,
        &console,
        Rights::Keep,
    );
    (exit, out.text(), err.text())
}

/// Runs `relic run` on a typewriter of some behaviour.
fn run(behaviour: &str, arguments: &[&str]) -> (Exit, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("guest.img");
    std::fs::write(&image, floppy(behaviour)).unwrap();
    let arguments: Vec<&str> = ["run", image.to_str().unwrap()].iter().chain(arguments).copied().collect();
    relic(&arguments)
}

/// A folder with one case over a typewriter of some behaviour.
fn case(behaviour: &str, rest: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("guest.img"), floppy(behaviour)).unwrap();
    let text = format!("guest = {{ media = {{ floppy = 'guest.img' }} }}\nlimit = '5s'\n{rest}");
    std::fs::write(folder.path().join("case.toml"), text).unwrap();
    folder
}

fn test(folder: &TempDir, more: &[&str]) -> (Exit, String, String) {
    let path = folder.path().to_str().unwrap();
    let arguments: Vec<&str> = ["test", path].iter().chain(more).copied().collect();
    relic(&arguments)
}

const VER: &str = "steps = [
    { wait_text = 'A:\\>' }, { keys = 'ver<enter>' }, { wait_text = 'version one' }, { shot = 'ver' },
    { expect_debug = 'typed: ver' }, { expect_notes = [] },
]";

#[test]
fn waits_and_keys_are_done_in_the_order_given_and_the_last_screen_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let png = folder.path().join("a.png");
    let script =
        ["--until-text", "A:\\>", "--type", "ver<enter>", "--until-text", "version one", "--type", "Xy:"];
    let (exit, out, err) = run("prompt", &[&script[..], &["--display"]].concat());
    assert_eq!((exit, out.as_str()), (Exit::BadInput, ""), "a value is missing: {err}");
    let shown = ["--display", "text", "--screenshot", png.to_str().unwrap()];
    let (exit, out, err) = run("prompt", &[&script[..], &shown].concat());
    assert_eq!(exit, Exit::Expected, "{err}");
    assert_eq!(out, "Typewriter\nA:\\>ver\nversion one\nA:\\>Xy:\n");
    let shot = picture::load(&png).unwrap();
    assert_eq!((shot.width, shot.height), (40, 25));
}

#[test]
fn a_text_that_never_shows_is_exit_3_with_the_last_line_of_the_screen() {
    let (exit, _, err) = run("prompt", &["--until-text", "C:\\>", "--timeout", "2s"]);
    assert_eq!(exit, Exit::VirtualLimit);
    assert_eq!(
        err,
        "relic: guest.img: the text `C:\\>` did not show: the limit of 2.000 s of guest time is used up; the last line on \
         the screen is `A:\\>`\n"
    );
}

#[test]
fn a_guest_that_dies_is_exit_4() {
    let (exit, _, err) = run("dies", &["--until-text", "A:\\>"]);
    assert_eq!(exit, Exit::GuestDied);
    assert!(err.contains("the guest died after 0.300 s: triple fault at 0000:7C00"), "{err}");
    assert_eq!(run("dies", &[]).0, Exit::GuestDied);
}

#[test]
fn the_host_limit_is_exit_5() {
    let (exit, _, err) = run("slow", &["--until-text", "never", "--host-limit", "30ms"]);
    assert_eq!(exit, Exit::HostLimit);
    assert!(err.contains("the host limit of 0.0 s is used up"), "{err}");
}

#[test]
fn a_guest_that_nobody_waits_for_ends_well_at_its_time_or_when_it_switches_off() {
    assert_eq!(run("prompt", &["--timeout", "1s"]).0, Exit::Expected);
    assert_eq!(run("prompt", &["--until-text", "A:", "--type", "off<enter>"]).0, Exit::Expected);
}

#[test]
fn keys_that_a_guest_does_not_take_are_counted() {
    let (exit, _, err) = run("prompt", &["--type", "ver", "--timeout", "100ms"]);
    assert_eq!(exit, Exit::VirtualLimit);
    assert!(err.contains("the guest took 0 of 6 key movements"), "{err}");
}

#[test]
fn json_tells_another_program_what_came_of_a_run() {
    let (exit, out, _) = run("prompt", &["--until-text", "A:\\>", "--json"]);
    assert_eq!(exit, Exit::Expected);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["ended"], "running");
    assert_eq!(json["screen"]["text"][1], "A:\\>");
    assert_eq!(json["digests"]["ram"], format!("{:032x}", 1));
}

#[test]
fn a_case_without_golden_fails_is_blessed_and_then_passes() {
    let folder = case("prompt", VER);
    let (exit, out, err) = test(&folder, &[]);
    assert_eq!(exit, Exit::Mismatch, "{out}");
    assert!(err.contains("ver.png: no such golden picture; --bless makes it"), "{err}");
    assert!(folder.path().join("ver.new.png").is_file());
    let (exit, out, _) = test(&folder, &["--bless", "--yes"]);
    assert_eq!(exit, Exit::Expected, "{out}");
    assert!(out.contains("ver.png: new, 40x25\n") && out.contains("blessed ver.png: new"), "{out}");
    assert!(!folder.path().join("ver.new.png").exists());
    let (exit, out, _) = test(&folder, &[]);
    assert_eq!(exit, Exit::Expected, "{out}");
    assert!(out.ends_with("1 passed, 0 failed, 0 known failures, 0 skipped\n"), "{out}");
    assert!(
        !test(&folder, &["--bless", "--yes"]).1.contains("blessed"),
        "nothing changed, nothing is blessed"
    );
}

/// A blessed case whose golden picture is then changed.
fn spoiled(rest: &str, change: impl FnOnce(&mut Frame)) -> TempDir {
    let folder = case("prompt", rest);
    assert_eq!(test(&folder, &["--bless", "--yes"]).0, Exit::Expected);
    let golden = folder.path().join("ver.png");
    let mut frame = picture::load(&golden).unwrap();
    change(&mut frame);
    picture::save(&frame, &golden).unwrap();
    folder
}

#[test]
fn a_changed_dot_fails_with_its_place_and_leaves_both_pictures() {
    let folder = spoiled(VER, |frame| frame.rgb[(40 * 3 + 7) * 3] ^= 0x10);
    let (exit, out, err) = test(&folder, &[]);
    assert_eq!(exit, Exit::Mismatch);
    assert!(err.contains("1 pixel differs inside 1x1 at (7, 3), by up to 16 of 255"), "{err}");
    assert!(out.contains("FAIL"), "{out}");
    assert!(folder.path().join("ver.new.png").is_file() && folder.path().join("ver.diff.png").is_file());
}

#[test]
fn masks_and_tolerance_forgive_the_changed_dot() {
    for rules in ["mask = [[7, 3, 1, 1]]", "tolerance = 16", "outliers = 1"] {
        let steps = VER.replace("shot = 'ver'", &format!("shot = 'ver', {rules}"));
        let folder = spoiled(&steps, |frame| frame.rgb[(40 * 3 + 7) * 3] ^= 0x10);
        assert_eq!(test(&folder, &[]).0, Exit::Expected, "{rules}");
    }
}

#[test]
fn a_golden_of_another_size_is_said_in_numbers() {
    let folder = spoiled(VER, |frame| *frame = Frame { width: 2, height: 2, rgb: vec![0; 12] });
    let (exit, _, err) = test(&folder, &[]);
    assert_eq!(exit, Exit::Mismatch);
    assert!(err.contains("the golden picture is 2x2, the screen is 40x25"), "{err}");
}

#[test]
fn a_golden_that_is_no_picture_is_named() {
    let folder = case("prompt", VER);
    std::fs::write(folder.path().join("ver.png"), b"no picture").unwrap();
    let (exit, _, err) = test(&folder, &[]);
    assert_eq!(exit, Exit::BadInput);
    assert!(err.contains("ver.png: not a readable PNG picture"), "{err}");
}

#[test]
fn a_guest_that_runs_differently_the_second_time_fails() {
    let (exit, _, err) = test(&case("unsteady", "steps = [ { wait_text = 'A:' } ]"), &[]);
    assert_eq!(exit, Exit::Mismatch);
    assert!(err.contains("two runs differ at end: RAM"), "{err}");
}

#[test]
fn a_known_failure_that_fails_is_well_and_one_that_passes_is_not() {
    let (exit, out, _) =
        test(&case("dies", "known_failure = 'no FPU'\nsteps = [ { wait_text = 'A:' } ]"), &[]);
    assert_eq!(exit, Exit::Expected, "{out}");
    assert!(out.contains("1 known failures"), "{out}");
    let (exit, _, err) =
        test(&case("prompt", "known_failure = 'no FPU'\nsteps = [ { wait_text = 'A:' } ]"), &[]);
    assert_eq!(exit, Exit::Mismatch);
    assert!(err.contains("it passes, but is marked as a known failure (no FPU)"), "{err}");
}

#[test]
fn the_exit_code_is_that_of_the_failure_with_its_step() {
    let (exit, _, err) =
        test(&case("silent", "steps = [ { run_for = '1s' }, { wait_text = 'A:', limit = '2s' } ]"), &[]);
    assert_eq!(exit, Exit::VirtualLimit);
    assert!(
        err.contains("step 2 (wait_text `A:`)") && err.contains("the step's limit is used up, 3.000 s"),
        "{err}"
    );
    assert_eq!(test(&case("dies", "steps = [ { wait_text = 'A:' } ]"), &[]).0, Exit::GuestDied);
    assert_eq!(test(&case("dies", "steps = [ { wait_end = 'died' } ]"), &[]).0, Exit::Expected);
}

#[test]
fn every_kind_of_step_does_what_it_says() {
    let steps = "steps = [
        { wait_debug = 'page: prompt' }, { keys = 'bad<enter>' }, { wait_match = '^bad$' }, { wait_still = '200ms' },
        { expect_notes = ['unknown command 42h'] }, { mouse = { dx = 3, dy = -2, buttons = ['left', 'middle'] } },
        { expect_text = 'mouse 3 -2 5' }, { eject = 'floppy-a' }, { expect_text = 'out' },
        { insert = { bay = 'floppy-a', medium = 'guest.img' } }, { expect_text = 'in 163840' }, { reset = true },
        { keys = 'off<enter>' }, { wait_end = 'power-off' },
    ]";
    let (exit, out, err) = test(&case("prompt", steps), &[]);
    assert_eq!(exit, Exit::Expected, "{out}{err}");
}

#[test]
fn unmet_expectations_fail() {
    for (step, said) in [
        ("{ expect_text = 'nothing' }", "it does not show"),
        ("{ expect_debug = 'nothing' }", "did not come from the debug port"),
        ("{ expect_notes = ['x'] }", "no note has `x`"),
    ] {
        let (exit, _, err) = test(&case("prompt", &format!("steps = [ {step} ]")), &[]);
        assert!(exit == Exit::Mismatch && err.contains(said), "{err}");
    }
    let noted = "steps = [ { wait_text = 'A:' }, { keys = 'bad<enter>' }, { expect_notes = [] } ]";
    assert!(test(&case("prompt", noted), &[]).2.contains("a note that was not expected"));
}

#[test]
fn a_report_is_one_file_with_pictures_and_escaped_text() {
    let folder = spoiled(VER, |frame| frame.rgb[0] ^= 1);
    let report = folder.path().join("out");
    let (_, out, _) = test(&folder, &["--report", report.to_str().unwrap()]);
    assert!(out.contains("report: "), "{out}");
    let html = std::fs::read_to_string(report.join("index.html")).unwrap();
    assert_eq!(
        html.matches("src=\"data:image/png;base64,").count(),
        3 + 2,
        "expected, actual, difference; the film"
    );
    assert!(html.contains("A:\\&gt;") && !html.contains("A:\\>"), "text is escaped");
    assert!(!html.contains("http://") && !html.contains("https://"));
}

#[test]
fn results_come_as_json_and_cases_are_chosen_by_name() {
    let folder = case("prompt", VER);
    assert_eq!(test(&folder, &["--bless", "--yes"]).0, Exit::Expected);
    let (_, out, _) = test(&folder, &["--json"]);
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["outcome"], &lines[0]["shots"][0]["width"]), (&"passed".into(), &40.into()));
    assert_eq!((&lines[1]["event"], &lines[1]["passed"]), (&"end".into(), &1.into()));
    let (exit, _, err) = test(&folder, &["--filter", "nosuch"]);
    assert!(exit == Exit::BadInput && err.contains("no case has this in its name"), "{err}");
}

#[test]
fn what_a_guest_wrote_is_kept_on_demand_and_the_base_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.img"), floppy("prompt")).unwrap();
    std::fs::write(path("guest.toml"), "[media]\nfloppy = 'a.img'").unwrap();
    let write = ["--until-text", "A:", "--type", "write<enter>"];
    let guest = folder.path().to_str().unwrap();
    let run = |more: &[&str]| {
        let arguments: Vec<&str> =
            ["run", guest, "--json"].iter().chain(&write).chain(more).copied().collect();
        let (exit, out, err) = relic(&arguments);
        assert_eq!(exit, Exit::Expected, "{err}");
        serde_json::from_str::<serde_json::Value>(&out).unwrap()["digests"]["floppy-a"].clone()
    };
    run(&[]);
    assert!(!path("overlay").exists(), "nothing is written unless asked");
    run(&["--keep"]);
    assert!(path("overlay/floppy-a.overlay").is_file());
    assert!(std::fs::read(path("a.img")).unwrap() == floppy("prompt"), "the base was written");
    std::fs::write(path("a.img"), floppy("silent")).unwrap();
    let (exit, _, err) = relic(&["run", guest]);
    assert!(exit == Exit::BadInput && err.contains("another base medium"), "{err}");
}

#[test]
fn a_guest_is_found_by_name_above_the_case() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(path("cases/x/y")).unwrap();
    std::fs::create_dir_all(path("guests/dos")).unwrap();
    std::fs::write(path("guests/dos/a.img"), floppy("prompt")).unwrap();
    std::fs::write(path("guests/dos/guest.toml"), "[media]\nfloppy = 'a.img'").unwrap();
    let case = |guest: &str| format!("guest = '{guest}'\nsteps = [ {{ wait_text = 'A:' }} ]");
    std::fs::write(path("cases/x/y/case.toml"), case("dos")).unwrap();
    assert_eq!(relic(&["test", path("cases").to_str().unwrap()]).0, Exit::Expected);
    std::fs::write(path("cases/x/y/case.toml"), case("win")).unwrap();
    let (exit, _, err) = relic(&["test", path("cases").to_str().unwrap()]);
    assert!(exit == Exit::BadInput && err.contains("guest `win`: neither beside the case"), "{err}");
    assert!(Path::new(&path("cases/x/y")).is_dir());
}

#[test]
fn a_mask_that_covers_nothing_of_the_screen_is_named() {
    for mask in ["[40, 0, 5, 5]", "[0, 25, 40, 1]", "[4294967295, 0, 4294967295, 1]", "[0, 0, 0, 9]"] {
        let folder =
            case("prompt", &format!("steps = [{{ wait_text = 'A:' }}, {{ shot = 'a', mask = [{mask}] }}]"));
        let (exit, _, err) = test(&folder, &["--bless", "--yes"]);
        assert_eq!(exit, Exit::BadInput);
        assert!(err.contains("covers nothing of the 40x25 screen"), "{err}");
        assert!(!folder.path().join("a.png").exists());
    }
}

#[test]
fn a_golden_picture_that_is_no_file_is_named() {
    let folder = case("prompt", "steps = [{ wait_text = 'A:' }, { shot = 'a' }]");
    std::fs::create_dir(folder.path().join("a.png")).unwrap();
    let (exit, _, err) = test(&folder, &[]);
    assert_eq!(exit, Exit::BadInput);
    assert!(err.contains("a.png: cannot read: it is a folder"), "{err}");
}

#[test]
fn a_failure_names_its_case() {
    let folder = case("prompt", "steps = [{ expect_text = 'nosuch' }]");
    let (_, _, err) = test(&folder, &[]);
    assert!(err.starts_with(&format!("relic: {}: step 1", folder.path().display())), "{err}");
}

#[test]
fn a_fault_of_our_own_in_one_case_leaves_the_others_their_results() {
    let folder = tempfile::tempdir().unwrap();
    for (name, behaviour) in [("a", "panics"), ("b", "prompt")] {
        let one = case(behaviour, "steps = [{ run_for = '1ms' }]");
        let to = folder.path().join(name);
        std::fs::create_dir(&to).unwrap();
        for file in ["case.toml", "guest.img"] {
            std::fs::copy(one.path().join(file), to.join(file)).unwrap();
        }
    }
    let (exit, out, err) = test(&folder, &[]);
    assert_eq!(exit, Exit::Mismatch);
    assert!(out.contains("1 passed, 1 failed"), "{out}");
    assert!(err.contains("a: relic itself failed"), "{err}");
}

#[test]
fn a_case_a_folder_and_a_recipe_given_to_the_wrong_command_say_which_is_right() {
    let folder = case("prompt", "steps = []");
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let said = |arguments: &[&str]| relic(arguments).2;
    assert!(said(&["run", &path("case.toml")]).contains("a case, not a guest; `relic test` runs it"));
    assert!(said(&["run", &path("")]).contains("it is a case, for `relic test`"));
    std::fs::write(folder.path().join("r.toml"), "kind = 'floppy'\n").unwrap();
    assert!(
        said(&["run", &path("r.toml")]).contains("a recipe, not a guest; `relic master` makes its medium")
    );
    assert!(said(&["test", &path("r.toml")]).contains("a file, expected a case.toml"));
    assert!(
        said(&["run", &path("guest.img"), "--until-text", ""]).contains("--until-text: the text is empty")
    );
}
