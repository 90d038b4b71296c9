//! `relic doctor`: what this host has for running, testing and exporting guests.

use crate::confine;
use crate::console::Console;
use crate::media;
use crate::span::show_size;
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Finding {
    what: &'static str,
    good: bool,
    found: String,
    for_what: &'static str,
}

/// Programs that tests use, and for what.
const PROGRAMS: &[(&str, &str)] = &[
    ("nasm", "rebuilding the firmware and the probe"),
    ("qemu-system-i386", "booting our firmware elsewhere"),
    ("bochs", "booting our firmware elsewhere"),
    ("python3", "checking bundles with a foreign reader"),
    ("tar", "checking bundles with a foreign reader"),
    ("bsdtar", "checking bundles and discs with a foreign reader"),
    ("xorriso", "checking discs with a foreign reader"),
];

/// Says what is here, one line each.
pub(crate) fn doctor(json: bool, console: &Console) {
    let mut findings = vec![machine(), memory()];
    findings.extend(kvm());
    findings.push(media_finding());
    findings.extend(sandbox());
    findings.extend(PROGRAMS.iter().map(|(name, for_what)| program(name, for_what)));
    if json {
        console.say(serde_json::to_string_pretty(&findings).unwrap_or_default());
        return;
    }
    let mut before = "";
    for Finding { what, good, found, for_what } in findings {
        let sign = if good { "ok" } else { "--" };
        // What several lines in a row are for stands on the first.
        let remark = if for_what == before { String::new() } else { format!(" ({for_what})") };
        console.say(format!("{sign}  {what:<17} {found}{remark}"));
        before = for_what;
    }
}

fn machine() -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let found = format!("{} {}, {cores} core(s)", std::env::consts::OS, std::env::consts::ARCH);
    Finding { what: "host", good: true, found, for_what: "one machine runs on one core" }
}

fn memory() -> Finding {
    let kib = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    let found = kib.map_or("unknown".into(), |kib| format!("{} free", show_size(kib * 1024)));
    let good = kib.is_none_or(|kib| kib > 256 << 10);
    Finding { what: "memory", good, found, for_what: "a guest takes its RAM and its unpacked media" }
}

/// What the host's KVM was seen to run, one line each.
fn kvm() -> Vec<Finding> {
    let finding = |good, found| {
        let for_what = "--engine kvm; the software CPU runs what KVM does not";
        Finding { what: "kvm", good, found, for_what }
    };
    let abilities = match kvm::probe(Path::new(kvm::DEVICE), true) {
        Ok(abilities) => abilities,
        Err(why) => return vec![finding(false, why.to_string())],
    };
    let line = |ability: kvm::Ability| {
        let name = ability.name;
        match ability.answer {
            kvm::Answer::Runs(Some(ns)) => finding(true, format!("{name}: yes, {ns:.1} ns an instruction")),
            kvm::Answer::Runs(None) => finding(true, format!("{name}: yes")),
            kvm::Answer::GivenBack(why) => finding(false, format!("{name}: no: {why}")),
            kvm::Answer::Wrong(what) => finding(false, format!("{name}: wrong: {what}")),
        }
    };
    abilities.into_iter().map(line).collect()
}

fn sandbox() -> [Finding; 2] {
    let finding = |what, held: Result<(), String>, found: &str, for_what| {
        let good = held.is_ok();
        Finding { what, good, found: held.err().unwrap_or(found.into()), for_what }
    };
    let held = confine::look();
    let files = "writing elsewhere, other programs and the network are taken away";
    [
        finding("landlock", held.files, files, "a guest that broke out would stay in its folder"),
        finding(
            "seccomp",
            held.calls,
            "calls that no guest needs are refused",
            "a guest that broke out would find little",
        ),
    ]
}

fn media_finding() -> Finding {
    let (good, found) = match media::media_folder() {
        Some(folder) if folder.is_dir() => (true, folder.display().to_string()),
        Some(folder) => (false, format!("{}: no such folder", folder.display())),
        None => (false, format!("{} is not set", media::MEDIA_VARIABLE)),
    };
    Finding { what: "media", good, found, for_what: "cases with other people's media" }
}

fn program(name: &'static str, for_what: &'static str) -> Finding {
    let folders = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let found =
        folders.unwrap_or_default().into_iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    let good = found.is_some();
    Finding {
        what: name,
        good,
        found: found.map_or("not found".into(), |path| path.display().to_string()),
        for_what,
    }
}
