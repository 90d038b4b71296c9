//! What the kernel keeps from the built program, and from a guest that broke out of it: rights that it gave up, and
//! limits on what a guest may use.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Child, Command, Output};
use std::time::Duration;

/// Fills a hard disk, track after track: INT 13h with AH = 3.
const FILL: &[u8] = &[
    0xB8, 0x3F, 0x03, // mov ax, 033Fh   write 63 sectors
    0xB9, 0x01, 0x00, // mov cx, 1       of track 0
    0xBA, 0x80, 0x00, // mov dx, 80h     head 0, first hard disk
    0x50, 0xCD, 0x13, 0x58, // push ax; int 13h; pop ax
    0xFE, 0xC6, // inc dh
    0x80, 0xFE, 0x0F, // cmp dh, 15
    0x75, 0xF5, // jne
    0xB6, 0x00, // mov dh, 0
    0xFE, 0xC5, // inc ch
    0xEB, 0xEF, // jmp
];

fn floppy(folder: &Path, program: &[u8]) -> String {
    let mut image = vec![0; 1_474_560];
    image[..program.len()].copy_from_slice(program);
    image[510..512].copy_from_slice(&[0x55, 0xAA]);
    let path = folder.join("boot.img");
    std::fs::write(&path, image).unwrap();
    path.to_str().unwrap().to_owned()
}

fn relic(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relic")).args(arguments).output().unwrap()
}

/// A program under way, which is ended with the test.
struct Running(Child);

impl Running {
    /// A line of what the kernel says of every thread, once the guest runs.
    fn threads_say(&self, field: &str) -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap();
        tasks
            .map(|task| {
                let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
                let line = status.lines().find_map(|line| line.strip_prefix(field));
                line.unwrap_or_else(|| panic!("no {field}: {status}")).trim().to_owned()
            })
            .collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has told of then.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A guest that runs for ever, once it runs.
fn running(folder: &Path, options: &[&str]) -> Running {
    let floppy = floppy(folder, &[0xEB, 0xFE]);
    let log = folder.join("log");
    let _ = std::fs::remove_file(&log);
    let mut command = Command::new(env!("CARGO_BIN_EXE_relic"));
    command
        .args(["run", "--display", "none", "--timeout", "100000s", "--log"])
        .arg(&log)
        .args(options)
        .arg(floppy);
    let mut child = Running(command.spawn().unwrap());
    while !log.exists() {
        assert_eq!(child.0.try_wait().unwrap(), None, "the run has ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn every_thread_of_a_run_has_given_up_its_rights_unless_told_to_keep_them() {
    let doctor = String::from_utf8(relic(&["doctor"]).stdout).unwrap();
    if !doctor.contains("ok  seccomp") {
        return eprintln!("skipped: this host's kernel filters no system calls:\n{doctor}");
    }
    let folder = tempfile::tempdir().unwrap();
    let confined = running(folder.path(), &[]);
    let filters = confined.threads_say("Seccomp:");
    assert!(!filters.is_empty() && filters.iter().all(|mode| mode == "2"), "{filters:?}");
    assert!(confined.threads_say("NoNewPrivs:").iter().all(|mode| mode == "1"));
    drop(confined);

    let free = running(folder.path(), &["--no-sandbox"]);
    let before = std::fs::read_to_string("/proc/self/status").unwrap();
    let mine = before.lines().find_map(|line| line.strip_prefix("NoNewPrivs:")).unwrap().trim();
    assert!(free.threads_say("NoNewPrivs:").iter().all(|mode| mode == mine));
}

#[test]
fn a_guest_that_fills_its_disk_is_stopped_before_it_fills_the_hosts_memory() {
    let folder = tempfile::tempdir().unwrap();
    let floppy = floppy(folder.path(), FILL);
    let disk = folder.path().join("disk.img");
    std::fs::File::create(&disk).unwrap().set_len(64 << 20).unwrap();
    let disk = disk.to_str().unwrap();
    let run =
        ["run", &floppy, "--disk", disk, "--boot", "floppy", "--written-limit", "2M", "--display", "none"];
    let stopped = relic(&run);
    let said = String::from_utf8(stopped.stderr).unwrap();
    assert_eq!(stopped.status.code(), Some(5), "{said}");
    assert!(said.contains("the guest has written more than 2 MiB to its media, the limit, after"), "{said}");
    assert_eq!(said.lines().count(), 1);
    assert!(std::fs::read(disk).unwrap().iter().all(|byte| *byte == 0));
}

#[test]
fn all_that_is_asked_for_can_be_written_outside_the_folder_of_temporary_files() {
    let folder = tempfile::tempdir().unwrap();
    let [work, temporary] = ["work", "tmp"].map(|name| folder.path().join(name));
    std::fs::create_dir_all(work.join("case")).unwrap();
    std::fs::create_dir(&temporary).unwrap();
    floppy(&work, &[0xEB, 0xFE]);
    let case =
        "guest = { media = { floppy = '../boot.img' } }\nsteps = [{ run_for = '10ms' }, { shot = 'end' }]\n";
    std::fs::write(work.join("case/case.toml"), case).unwrap();
    std::fs::write(work.join("disk.toml"), "kind = 'harddisk'\npartitions = [{ size = '4M' }]\n").unwrap();
    let run = ["run", "boot.img", "--timeout", "10ms", "--display", "none", "--log", "run.log"];
    let shown = ["--screenshot", "run.png", "--record", "run.gif", "--snapshot", "run.snap"];
    let traced = ["--trace", "run.trace", "--device-trace", "run.devices"];
    let written: [(&[&str], &[&str]); 9] = [
        (
            &[&run[..], &shown, &traced].concat(),
            &["run.log", "run.png", "run.gif", "run.snap", "run.devices"],
        ),
        (&["replay", "run.log", "--until", "5ms", "--screenshot", "then.png"], &["then.png"]),
        (&["test", "case"], &["case/end.new.png"]),
        (
            &["test", "case/case.toml", "--report", "out", "--junit", "out.xml"],
            &["out/index.html", "out.xml"],
        ),
        (&["test", "case", "--bless", "--yes", "--keep", "kept"], &["case/end.png", "kept"]),
        (&["master", "disk.toml", "-o", "made"], &["made/disk.img"]),
        (&["export", "made/disk.img", "--format", "xva", "-o", "disk.xva"], &["disk.xva"]),
        (&["import", "disk.xva", "-o", "guest"], &["guest/guest.toml"]),
        (&["fuzz", "pit", "--seconds", "0", "--corpus", "scripts", "--programs", "programs"], &["programs"]),
    ];
    for (arguments, files) in written {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relic"));
        let output = command.args(arguments).current_dir(&work).env("TMPDIR", &temporary).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("permission"), "{arguments:?}: {said}");
        for file in files {
            assert!(work.join(file).exists(), "{arguments:?}: no {file}: {said}");
        }
    }
    assert_eq!(std::fs::read_dir(temporary).unwrap().count(), 0, "what was asked for went elsewhere");
}
