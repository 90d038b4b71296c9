//! SingleStepTests: real silicon's 8086 and 80286, one instruction a test.
//!
//! The suites are kept beside the workspace (`../shared/suites`, or where `RELIC_SUITES` points). On the behaviour
//! switches of the captured silicon every register, flag and byte that a test lists is compared, undefined flags
//! too. The presets run the same tests with defined flags, apart from `moo/differences.rs`.
//! `RELIC_SUITE_FILES=D4,F6.6` runs only files with such names and prints their failures.

mod moo;

use engine::Model;
use moo::case::Case;
use moo::differences::DIFFERENCES;
use moo::rig::Rig;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What became of a model's tests.
#[derive(Default)]
struct Score {
    passed: usize,
    /// Tests that met a difference, by its place in the list.
    excluded: BTreeMap<usize, usize>,
    /// Failures by file, and the first ones in words.
    failed: BTreeMap<String, usize>,
    examples: Vec<String>,
}

impl Score {
    fn add(&mut self, other: Score) {
        self.passed += other.passed;
        for (n, count) in other.excluded {
            *self.excluded.entry(n).or_default() += count;
        }
        self.failed.extend(other.failed);
        self.examples.extend(other.examples);
    }
}

/// Runs one file on one model.
fn run_file(suite: Model, tests: &[moo::Test], name: &str, rig: &mut Rig, model: Model) -> Score {
    let mut score = Score::default();
    for test in tests {
        let case = Case::new(test, suite);
        if model != suite
            && let Some(n) = DIFFERENCES.iter().position(|d| (d.met)(&case))
        {
            *score.excluded.entry(n).or_default() += 1;
            continue;
        }
        match rig.run(&case) {
            Ok(()) => score.passed += 1,
            Err(why) => {
                *score.failed.entry(name.into()).or_default() += 1;
                let most = if only().is_empty() { 1 } else { 8 };
                if score.examples.len() < most {
                    let (index, text, code) = (test.index, &test.name, &test.code);
                    score.examples.push(format!("{name} #{index}: {text} {code:02X?}: {why}"));
                }
            }
        }
    }
    score
}

/// The files to run alone, or none.
fn only() -> Vec<String> {
    let names = std::env::var("RELIC_SUITE_FILES").unwrap_or_default();
    names.split(',').filter(|name| !name.is_empty()).map(String::from).collect()
}

fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let only = only();
    let mut files: Vec<(String, PathBuf)> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name()?.to_str()?.strip_suffix(".MOO.gz")?.to_string();
            (only.is_empty() || only.contains(&name)).then_some((name, path))
        })
        .collect();
    files.sort();
    files
}

/// Runs all files of a suite on some models, two at a time.
fn run_suite(folder: &str, suite: Model, models: &[Model]) {
    let Some(root) = suites() else { return };
    let folder = root.join(folder);
    let files = files(&folder);
    let revoked = moo::revoked(&folder.join("revocation_list.txt"));
    let next = AtomicUsize::new(0);
    let scores: Mutex<Vec<Score>> = Mutex::new(models.iter().map(|_| Score::default()).collect());
    let work = || {
        let mut rigs: Vec<Rig> = models.iter().map(|&model| Rig::new(model)).collect();
        while let Some((name, path)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut tests = moo::read(path);
            tests.retain(|test| !revoked.contains(&test.hash));
            for (n, (rig, &model)) in rigs.iter_mut().zip(models).enumerate() {
                let score = run_file(suite, &tests, name, rig, model);
                scores.lock().unwrap()[n].add(score);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let scores = scores.into_inner().unwrap();
    report(suite, models, &scores);
    let failed: usize = scores.iter().flat_map(|score| score.failed.values()).sum();
    assert_eq!(failed, 0, "tests of {folder:?} that differ from silicon");
}

fn report(suite: Model, models: &[Model], scores: &[Score]) {
    for (model, score) in models.iter().zip(scores) {
        let failed: usize = score.failed.values().sum();
        let excluded: usize = score.excluded.values().sum();
        let (suite, model, passed, compared) =
            (suite.name(), model.name(), score.passed, score.passed + failed);
        println!("{suite} suite on {model}: {passed} of {compared} compared pass, {excluded} excluded");
        for (&n, count) in &score.excluded {
            println!("    {count:6} {} ({})", DIFFERENCES[n].reason, DIFFERENCES[n].document);
        }
        for example in &score.examples {
            println!("    {example}");
        }
        if failed > 0 {
            println!("    failures: {:?}", score.failed);
        }
    }
}

/// Where the suites are; `None` (and the test passes by name) when they are not on this machine, but never in CI.
fn suites() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/suites");
    let root = std::env::var_os("RELIC_SUITES").map_or(beside, PathBuf::from);
    if root.is_dir() {
        return Some(root);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no suites at {}", root.display());
    println!("skipped: no suites at {}", root.display());
    None
}

#[test]
fn suite_8086_agrees_with_silicon_in_every_flag() {
    run_suite("8086", Model::I8086, &[Model::I8086]);
}

#[test]
fn suite_80286_agrees_with_silicon_in_every_flag() {
    run_suite("80286", Model::I80286, &[Model::I80286]);
}

#[test]
fn suite_8086_agrees_with_the_presets_apart_from_documented_differences() {
    run_suite("8086", Model::I8086, &Model::ALL);
}

#[test]
fn suite_80286_agrees_with_the_presets_apart_from_documented_differences() {
    run_suite("80286", Model::I80286, &Model::ALL);
}
