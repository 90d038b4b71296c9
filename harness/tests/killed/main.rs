//! The built program killed at any moment, interrupted, and on a disk that is full: what there was before stays, nothing
//! half-written bears its final name, what is left behind is cleared, and the next run works.
//!
//! `RELIC_KILLS=200 cargo test --release -p harness --test killed` kills each command that often.
#![cfg(unix)]

mod folder;

use folder::{Command, Folder, commands, is_writing, parts};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

/// How often each command is killed unless told.
const KILLS: u64 = 4;
/// The longest file on a disk that is full. Guest memory is a file, too.
const LIMIT_KIB: u32 = 2048;
/// A run that another test's load holds up is waited for this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Xorshift64*.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let part = (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f64 / (1_u64 << 24) as f64;
        end.mul_f64(part)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// How long a command takes, and how long of it from the first file under way on.
struct Measured {
    whole: Duration,
    writing: Duration,
}

/// Runs a command to its end, and looks when it begins to write.
fn measure(folder: &Folder, command: &Command) -> Measured {
    let began = Instant::now();
    let mut child = folder.relic(command).stderr(Stdio::piped()).spawn().unwrap();
    let mut writes_from = None;
    while child.try_wait().unwrap().is_none() {
        if writes_from.is_none() && is_writing(folder.path()) {
            writes_from = Some(began.elapsed());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    let whole = began.elapsed();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}: {}", command.name, said(&output));
    Measured { whole, writing: whole - writes_from.unwrap_or_default() }
}

/// Kills a command at a moment of chance: every other time counted from when it begins to write.
fn kill(folder: &Folder, command: &Command, measured: &Measured, watch: bool, chance: &mut Chance) {
    let mut child = folder.relic(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while watch && !is_writing(folder.path()) && began.elapsed() < measured.whole {
        std::thread::sleep(Duration::from_micros(100));
    }
    std::thread::sleep(chance.below(if watch { measured.writing } else { measured.whole }));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_killed_at_any_moment_leaves_what_was_there_and_the_next_one_works() {
    let kills = std::env::var("RELIC_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let folder = Folder::new();
    let mut chance = Chance(0x1995);
    for command in commands() {
        let measured = measure(&folder, &command);
        let expected = folder.take_outputs();
        for number in 0..kills {
            kill(&folder, &command, &measured, number % 2 == 0, &mut chance);
            let context = format!("{}, kill {number}", command.name);
            folder.assert_untouched(&context);
            folder.assert_whole_or_absent(&expected, &context);
            assert!(parts(folder.path()) <= command.parts, "{context}: what is left behind piles up");
            if number % 4 == 3 {
                // As if the others had never been.
                folder.take_outputs();
            }
        }
        folder.run(&command);
        folder.assert_untouched(command.name);
        assert_eq!(parts(folder.path()), 0, "{}: what was left behind stays", command.name);
        assert!(folder.take_outputs() == expected, "{}: not what an undisturbed run writes", command.name);
    }
}

#[test]
fn a_run_that_ctrl_c_stops_while_it_writes_leaves_nothing_half_written() {
    let folder = Folder::new();
    // A guest that is stopped while it is filmed leaves another film.
    for command in commands().iter().filter(|command| command.is_large) {
        folder.run(command);
        let expected = folder.take_outputs();
        let mut child = folder.relic(command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let began = Instant::now();
        while !is_writing(folder.path()) && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(100));
        }
        let interrupt = |child: &std::process::Child| {
            std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap()
        };
        interrupt(&child);
        while child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < PATIENCE, "{}: Ctrl-C does not stop it", command.name);
            std::thread::sleep(Duration::from_millis(1));
        }
        let output = child.wait_with_output().unwrap();
        let context = format!("{}: {}", command.name, said(&output));
        // It may have been done already.
        assert!(matches!(output.status.code(), Some(0 | 130)), "{context}");
        folder.assert_untouched(&context);
        folder.assert_whole_or_absent(&expected, &context);
        assert_eq!(parts(folder.path()), 0, "{context}");
        folder.take_outputs();
    }
}

#[test]
fn a_disk_that_is_full_is_one_clear_line_and_leaves_what_was_there() {
    let folder = Folder::new();
    for command in commands() {
        folder.run(&command);
        let expected = folder.take_outputs();
        // A limit on a file's length ends a write as a full disk does; SIGXFSZ would end the process.
        let output = folder.limited(&command, LIMIT_KIB).output().unwrap();
        let context = format!("{}: {}", command.name, said(&output));
        if output.status.success() {
            assert!(folder.take_outputs() == expected && !command.is_large, "{context}");
            continue;
        }
        assert_eq!(output.status.code(), Some(2), "{context}");
        assert!(context.contains("cannot write") && said(&output).matches('\n').count() == 1, "{context}");
        folder.assert_untouched(&context);
        folder.assert_whole_or_absent(&expected, &context);
        assert_eq!(parts(folder.path()), 0, "{context}");
        folder.take_outputs();
    }
}
