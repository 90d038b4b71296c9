//! Cases with everything they may say, and suites of many.

use super::*;

/// A folder with some cases over typewriters: each of a name, a behaviour and steps.
fn cases(of: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, behaviour, rest) in of {
        let one = case(behaviour, rest);
        let to = folder.path().join(name);
        std::fs::create_dir(&to).unwrap();
        for file in ["case.toml", "guest.img"] {
            std::fs::copy(one.path().join(file), to.join(file)).unwrap();
        }
    }
    folder
}

const GOOD: &str = "steps = [ { wait_text = 'A:' } ]";
const BAD: &str = "steps = [\n{ expect_text = 'nosuch' } ]";

fn many() -> TempDir {
    cases(&[
        ("a1", "prompt", GOOD),
        ("a2", "prompt", BAD),
        ("b1", "prompt", GOOD),
        ("b2", "silent", GOOD),
        ("c1", "prompt", GOOD),
    ])
}

/// The names of the cases that were run, in the order in which they were told.
fn told(out: &str) -> Vec<String> {
    let name = |line: &str| {
        let words = line.strip_prefix("pass  ").or(line.strip_prefix("FAIL  "))?;
        Some(words.split([' ', ':']).next()?.rsplit('/').next()?.to_owned())
    };
    out.lines().filter_map(name).collect()
}

/// What `relic test` tells of each case, without the time it took.
fn timeless(folder: &TempDir, more: &[&str]) -> (Exit, Vec<serde_json::Value>) {
    let (exit, out, _) = test(folder, &[&["--json"], more].concat());
    let timeless = |line: &str| {
        let mut json: serde_json::Value = serde_json::from_str(line).unwrap();
        json.as_object_mut().unwrap().remove("host_ms");
        json
    };
    (exit, out.lines().map(timeless).collect())
}

#[test]
fn results_are_the_same_and_in_the_same_order_whatever_runs_at_a_time() {
    let folder = many();
    let one = timeless(&folder, &["--jobs", "1"]);
    assert_eq!(one.0, Exit::Mismatch);
    assert_eq!(one, timeless(&folder, &["--jobs", "4"]));
}

/// Cases over one typewriter that all begin with the same steps, in a file that they include.
fn alike(behaviour: &str) -> TempDir {
    let rest = |more: &str| format!("steps = [ {{ include = '../prompt.toml' }}, {more} ]");
    let shots = [
        "{ keys = 'ver<enter>' }, { wait_text = 'one' }, { shot = 'ver' }",
        "{ keys = 'x' }, { wait_text = 'x' }",
    ];
    let folder = cases(&[("a", behaviour, &rest(shots[0])), ("b", behaviour, &rest(shots[1]))]);
    let prompt =
        "steps = [ { wait_text = 'A:' }, { shot = 'prompt' }, { keys = 'y<enter>' }, { save = 'prompt' } ]";
    std::fs::write(folder.path().join("prompt.toml"), prompt).unwrap();
    let image = folder.path().join("a/guest.img");
    for name in ["a", "b"] {
        let file = folder.path().join(name).join("case.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("'guest.img'", &format!("'{}'", image.display()))).unwrap();
    }
    folder
}

#[test]
fn cases_that_begin_alike_go_on_from_one_machine_with_the_same_results_as_from_switch_on() {
    let folder = alike("prompt");
    assert_eq!(test(&folder, &["--bless", "--yes", "--from-boot"]).0, Exit::Expected);
    let booted = timeless(&folder, &["--from-boot"]);
    assert_eq!(booted.0, Exit::Expected);
    assert_eq!(booted.1[1]["shots"][0]["name"], "prompt", "what was taken before is in both");
    for jobs in ["1", "2"] {
        assert_eq!(booted, timeless(&folder, &["--jobs", jobs]));
    }
}

#[test]
fn the_second_of_two_cases_that_begin_alike_is_not_switched_on() {
    let folder = alike("unsteady");
    test(&folder, &["--bless", "--yes", "--jobs", "1"]);
    let steady = |more: &[&str]| told_ok(&test(&folder, &[&["--jobs", "1"], more].concat()).1);
    assert_eq!(steady(&["--from-boot"]), [false, false], "no two of these machines are alike");
    assert_eq!(steady(&[]), [false, true], "both runs of the second went on from the first one's machine");
}

/// Whether each case passed.
fn told_ok(out: &str) -> Vec<bool> {
    let ok = |line: &str| {
        line.starts_with("pass  ").then_some(true).or(line.starts_with("FAIL  ").then_some(false))
    };
    out.lines().filter_map(ok).collect()
}

#[test]
fn cases_are_chosen_by_an_expression_and_shared_out() {
    let folder = many();
    assert_eq!(told(&test(&folder, &["--filter", "/[ab]1$"]).1), ["a1", "b1"]);
    let mut shared: Vec<String> =
        ["1/2", "2/2"].iter().flat_map(|share| told(&test(&folder, &["--shard", share]).1)).collect();
    assert_eq!(shared, ["a1", "b1", "c1", "a2", "b2"]);
    shared.sort();
    assert_eq!(shared, told(&test(&folder, &[]).1));
    let (exit, _, err) = test(&folder, &["--shard", "3/2"]);
    assert!(exit == Exit::BadInput && err.contains("`1/3` for the first of three shares"), "{err}");
    assert!(test(&folder, &["--filter", "("]).2.contains("--filter"));
}

#[test]
fn after_a_failure_no_case_is_begun_if_told_so() {
    let (exit, out, _) = test(&many(), &["--fail-fast", "--jobs", "1"]);
    assert_eq!((exit, told(&out)), (Exit::Mismatch, vec!["a1".to_owned(), "a2".to_owned()]));
    assert!(out.ends_with("1 passed, 1 failed, 0 known failures, 0 skipped, 3 not run\n"), "{out}");
}

#[test]
fn failures_are_annotated_with_the_line_of_their_step() {
    let folder = many();
    let (_, out, _) = test(&folder, &["--annotations", "github", "--filter", "a"]);
    let annotation = out.lines().find(|line| line.starts_with("::")).unwrap();
    let file = folder.path().join("a2/case.toml");
    let begin = format!("::error file={},line=4,title=", file.display());
    assert!(
        annotation.starts_with(&begin) && annotation.contains("step 1 (expect_text `nosuch`)"),
        "{annotation}"
    );
    assert!(!test(&folder, &["--annotations", "none"]).1.contains("::error"));
    let (_, out, err) = test(&folder, &["--annotations", "github", "--json"]);
    assert!(!out.contains("::error") && err.contains("::error"));
}

#[test]
fn a_junit_report_has_each_case_with_its_reason() {
    let folder = many();
    let file = folder.path().join("junit.xml");
    test(&folder, &["--junit", file.to_str().unwrap()]);
    let xml = std::fs::read_to_string(&file).unwrap();
    assert!(xml.contains("tests=\"5\"") && xml.contains("failures=\"2\""), "{xml}");
    assert!(xml.contains("type=\"exit 3\"") && xml.contains("step 1 (expect_text `nosuch`)"), "{xml}");
    let (exit, _, err) = test(&folder, &["--junit", "/no/such/folder/x.xml"]);
    assert!(exit == Exit::BadInput && err.contains("cannot write"), "{err}");
}

#[test]
fn blessing_shows_what_would_change_and_changes_nothing_unless_told() {
    let folder = spoiled(VER, |frame| frame.rgb[(40 * 3 + 7) * 3] ^= 0x10);
    let golden = folder.path().join("ver.png");
    let before = std::fs::read(&golden).unwrap();
    let (exit, out, _) = test(&folder, &["--bless"]);
    assert_eq!(exit, Exit::Mismatch);
    assert!(out.contains("ver.png: 1 pixel differs inside 1x1 at (7, 3), by up to 16 of 255\n"), "{out}");
    assert!(out.contains("nothing is changed") && std::fs::read(&golden).unwrap() == before);
    let (exit, out, _) = test(&folder, &["--bless", "--yes"]);
    assert!(exit == Exit::Expected && out.contains("blessed ver.png: 1 pixel differs"), "{out}");
    assert!(std::fs::read(&golden).unwrap() != before);
    assert!(test(&folder, &["--yes"]).2.contains("--bless"));
}

#[test]
fn a_case_that_ends_early_or_runs_differently_is_not_blessed() {
    for (behaviour, steps) in [
        ("prompt", "steps = [ { wait_text = 'A:' }, { shot = 'a' }, { expect_text = 'nosuch' } ]"),
        ("unsteady", "steps = [ { wait_text = 'A:' }, { shot = 'a' } ]"),
    ] {
        let folder = case(behaviour, steps);
        assert_eq!(test(&folder, &["--bless", "--yes"]).0, Exit::Mismatch);
        assert!(!folder.path().join("a.png").exists(), "{behaviour}");
    }
}

/// A case whose picture `prompt` is taken and kept, with other steps after that.
fn with_prompt(steps: &str) -> TempDir {
    let folder = case("prompt", "steps = [ { wait_text = 'A:' }, { shot = 'prompt' } ]");
    assert_eq!(test(&folder, &["--bless", "--yes"]).0, Exit::Expected);
    rewrite(&folder, steps);
    folder
}

fn rewrite(folder: &TempDir, rest: &str) {
    let text = format!("guest = {{ media = {{ floppy = 'guest.img' }} }}\nlimit = '5s'\n{rest}");
    std::fs::write(folder.path().join("case.toml"), text).unwrap();
}

#[test]
fn a_picture_is_waited_for_in_its_place() {
    let folder = with_prompt(
        "steps = [ { wait_shot = 'prompt' }, { expect_text = 'A:' }, { keys = 'x' }, { wait_shot = 'prompt', area = [0, 0, 10, 1] } ]",
    );
    assert_eq!(test(&folder, &[]).0, Exit::Expected);
    rewrite(
        &folder,
        "steps = [ { wait_text = 'A:' }, { keys = 'x' }, { wait_shot = 'prompt', limit = '2s' } ]",
    );
    let (exit, _, err) = test(&folder, &[]);
    assert_eq!(exit, Exit::VirtualLimit);
    assert!(
        err.contains("step 3 (wait_shot `prompt`): at last 1 pixel differs inside 1x1 at (4, 1)"),
        "{err}"
    );
    assert!(folder.path().join("prompt.diff.png").exists());
    rewrite(&folder, "steps = [ { wait_shot = 'none' } ]");
    let (exit, _, err) = test(&folder, &[]);
    assert!(
        exit == Exit::BadInput && err.contains("none.png: no such picture; a `shot` step takes it"),
        "{err}"
    );
}

#[test]
fn a_part_of_a_picture_is_waited_for_anywhere() {
    let folder = with_prompt(
        "steps = [ { wait_text = 'A:' }, { keys = 'x<enter>' }, { wait_shot = 'prompt', area = [0, 1, 4, 1], find = true } ]",
    );
    assert_eq!(test(&folder, &[]).0, Exit::Expected);
    rewrite(
        &folder,
        "steps = [ { wait_text = 'A:' }, { keys = 'x' }, { wait_shot = 'prompt', area = [0, 1, 5, 1], find = true } ]",
    );
    let (exit, _, err) = test(&folder, &[]);
    assert!(exit == Exit::VirtualLimit && err.contains("its 5x1 dots are nowhere on the screen"), "{err}");
    rewrite(&folder, "steps = [ { wait_shot = 'prompt', area = [36, 1, 5, 1], find = true } ]");
    assert!(test(&folder, &[]).2.contains("the area is not inside the picture of 40x25"));
}

#[test]
fn a_machine_goes_on_from_where_it_was_kept() {
    let steps = "steps = [
        { wait_text = 'A:' }, { save = 'prompt' }, { keys = 'ver<enter>' }, { wait_text = 'version one' },
        { wait_debug = 'typed: ver' }, { shot = 'one' },
        { restore = 'prompt' }, { shot = 'prompt' }, { keys = 'ver<enter>' }, { wait_debug = 'typed: ver' },
        { wait_text = 'version one' }, { shot = 'two' }, { restore = 'prompt' }, { keys = 'off<enter>' }, { wait_end = 'power-off' },
        { restore = 'prompt' }, { expect_text = 'A:' } ]";
    let folder = case("prompt", steps);
    let (exit, out, err) = test(&folder, &["--bless", "--yes"]);
    assert_eq!(exit, Exit::Expected, "{out}{err}");
    let picture = |name: &str| picture::load(&folder.path().join(format!("{name}.png"))).unwrap();
    assert_eq!(picture("one"), picture("two"));
    assert_ne!(picture("one"), picture("prompt"));
}

#[test]
fn the_power_button_ends_a_guest() {
    let steps = "steps = [ { wait_text = 'A:' }, { power = true }, { wait_end = 'power-off' } ]";
    assert_eq!(test(&case("prompt", steps), &[]).0, Exit::Expected);
}

#[test]
fn an_accepted_picture_is_told_with_its_reason() {
    let folder = spoiled(VER, |frame| frame.rgb[0] ^= 1);
    std::fs::rename(folder.path().join("ver.png"), folder.path().join("other.png")).unwrap();
    let accept = "shot = 'ver', accept = [{ picture = 'other', reason = 'a second clock' }]";
    rewrite(&folder, &VER.replace("shot = 'ver'", accept));
    let (exit, _, err) = test(&folder, &[]);
    assert!(exit == Exit::Mismatch && err.contains("no such golden picture"), "{err}");
    assert_eq!(test(&folder, &["--bless", "--yes"]).0, Exit::Expected);
    for name in ["ver", "other"] {
        let shown = picture::load(&folder.path().join("ver.png")).unwrap();
        picture::save(&shown, &folder.path().join(format!("{name}.png"))).unwrap();
    }
    let mut changed = picture::load(&folder.path().join("ver.png")).unwrap();
    changed.rgb[0] ^= 1;
    picture::save(&changed, &folder.path().join("ver.png")).unwrap();
    let (exit, out, _) = test(&folder, &[]);
    assert!(exit == Exit::Expected && out.contains("ver is as other.png: a second clock"), "{out}");
}

#[test]
fn variables_are_set_from_the_command_line_and_unknown_ones_refused() {
    let folder =
        case("prompt", "steps = [ { wait_text = '${wanted}', limit = '1s' } ]\n[vars]\nwanted = 'nosuch'");
    assert_eq!(test(&folder, &[]).0, Exit::VirtualLimit);
    assert_eq!(test(&folder, &["--set", "wanted=A:"]).0, Exit::Expected);
    let (exit, _, err) = test(&folder, &["--set", "wantd=A:"]);
    assert!(
        exit == Exit::BadInput
            && err.contains("--set wantd: no case has a variable of this name; did you mean `wanted`?"),
        "{err}"
    );
    assert!(test(&folder, &["--set", "wanted"]).2.contains("NAME=TEXT"));
}

#[test]
fn a_failure_in_an_included_file_names_its_line() {
    let folder = case("prompt", "steps = [ { include = 'type.toml' } ]");
    std::fs::write(
        folder.path().join("type.toml"),
        "steps = [\n{ wait_text = 'A:' },\n{ expect_text = 'nosuch' } ]",
    )
    .unwrap();
    let (_, _, err) = test(&folder, &[]);
    assert!(err.contains("step 2 (expect_text `nosuch`, ") && err.contains("type.toml line 3)"), "{err}");
}

#[test]
fn schemas_know_every_key() {
    let (exit, out, _) = relic(&["schema", "case"]);
    assert_eq!(exit, Exit::Expected);
    let schema: serde_json::Value = serde_json::from_str(&out).unwrap();
    let step = &schema["$defs"]["StepTable"]["properties"];
    assert!(step["wait_shot"]["description"].is_string() && step["move"].is_object(), "{step}");
    assert_eq!(schema["$defs"]["StepTable"]["additionalProperties"], false);
    let (_, out, _) = relic(&["schema", "guest"]);
    assert!(out.contains("\"serial_mouse\"") && out.contains("\"banked-only\""), "{out}");
}
