//! `--engine kvm`: brought to a point under KVM a guest goes on in the software CPU the same way each time, and the other way round.
//!
//! Where the host's KVM cannot run the guest, the software CPU does; then a test says by name what it could not see, with the host's answer.

mod boot_disk;
mod program;

use boot_disk::{ECHO, disk};
use program::relic;
use std::path::Path;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("disk.img"), disk(&ECHO)).unwrap();
    folder
}

/// The machine that has all that a host's CPUID may promise.
const GUEST: &[&str] =
    &["run", "disk.img", "--cpu", "pentium4", "--apic", "--display", "none", "--timeout", "60s", "--digests"];
const KVM: &[&str] = &["--engine", "kvm", "--kvm-cpuid", "host"];

/// What a run that succeeds prints, and what it complains of.
fn run(folder: &Path, arguments: &[&[&str]]) -> (String, String) {
    let arguments = [&[GUEST][..], arguments].concat().concat();
    let output = relic(folder, &arguments);
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{arguments:?}: {err}");
    (out, err)
}

/// KVM had a share, which is told in one line; or the line says why it had none.
fn had_a_share(said: &str) {
    assert_eq!(said.matches('\n').count(), 1, "not one line: {said}");
    if said.contains("; the software CPU runs the guest") {
        return eprintln!("skipped {}: {said}", std::thread::current().name().unwrap_or("a test"));
    }
    let share = said
        .strip_prefix("relic: engine kvm: the host's CPU ran ")
        .or(said.strip_prefix("engine kvm: the host's CPU ran "));
    let percent = share.and_then(|share| share.split_once(" % of the instructions")).expect(said);
    assert!(percent.0.parse::<f64>().unwrap() > 0.0, "{said}");
}

#[test]
fn a_guest_that_kvm_brought_to_a_point_goes_on_the_same_way_each_time() {
    let folder = folder();
    let (_, said) = run(folder.path(), &[KVM, &["--until-text", "A", "--snapshot", "waits.snap"]]);
    had_a_share(&said);
    let last = &["--from", "waits.snap", "--type", "hello", "--until-text", "Ahello", "--log", "run.log"];
    let first = run(folder.path(), &[last]);
    assert!(first.0.contains("screen ") && first.1.is_empty(), "{first:?}");
    assert_eq!(run(folder.path(), &[last]), first);
    program::said(folder.path(), &["replay", "run.log"]);
}

#[test]
fn a_guest_that_the_software_cpu_brought_to_a_point_goes_on_under_kvm() {
    let folder = folder();
    run(folder.path(), &[&["--until-text", "A", "--snapshot", "waits.snap"]]);
    let last = ["--from", "waits.snap", "--type", "hello", "--until-text", "Ahello"];
    let (_, said) = run(folder.path(), &[KVM, &last]);
    had_a_share(&said);
}

#[test]
fn a_machine_that_kvm_cannot_take_is_run_by_the_software_cpu_and_that_is_one_line() {
    let folder = folder();
    let output =
        relic(folder.path(), &["run", "disk.img", "--cpu", "386", "--engine", "kvm", "--until-text", "A"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.ends_with("; the software CPU runs the guest\n") && said.matches('\n').count() == 1,
        "{said}"
    );
}

#[test]
fn a_log_of_a_run_under_kvm_is_refused() {
    let folder = folder();
    let refused = ["run", "disk.img", "--engine", "kvm", "--log", "run.log"];
    let (exit, said) = program::complaint(folder.path(), &refused);
    assert!(exit == 2 && said.contains("--log: a run under KVM goes another way each time"), "{said}");
    assert!(!folder.path().join("run.log").exists());
}

#[test]
fn a_case_by_two_engines_passes_by_each_or_says_why_kvm_cannot() {
    let folder = folder();
    let case = "engine = ['soft', 'kvm']\n\
        steps = [ { wait_text = 'A' }, { keys = 'hello' }, { wait_text = 'Ahello' } ]\n\
        [guest.machine]\ncpu = 'pentium4'\napic = true\nkvm_cpuid = 'host'\n[guest.media]\ndisk = ['../disk.img']\n";
    std::fs::create_dir(folder.path().join("case")).unwrap();
    std::fs::write(folder.path().join("case/case.toml"), case).unwrap();
    let lines = program::said(folder.path(), &["test", "case", "--json"]);
    let results: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [soft, kvm, _] = results.as_slice() else { panic!("{lines}") };
    assert_eq!((&soft["name"], &soft["outcome"]), (&"case by soft".into(), &"passed".into()), "{lines}");
    assert!(soft["engines"].is_null(), "{lines}");
    assert_eq!(kvm["name"], "case by kvm");
    match kvm["outcome"].as_str() {
        Some("passed") => assert!(kvm["engines"]["host_percent"].as_f64().unwrap() > 0.0, "{lines}"),
        outcome => {
            assert_eq!(outcome, Some("skipped"), "{lines}");
            eprintln!(
                "skipped a_case_by_two_engines_passes_by_each_or_says_why_kvm_cannot: {}",
                kvm["reason"]
            );
        }
    }
}
