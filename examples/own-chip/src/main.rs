//! Searches for a program that breaks the mailbox card: `cargo run --release [SECONDS]`, and with `--features fault` it finds one.

use backplane::bench::search::Target;
use backplane::bench::watch::{self, Bounds};
use backplane::bench::{Bench, Pair, Script};
use own_chip::Mailbox;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const TARGET: Target = Target {
    name: "mailbox",
    about: "a queue and an alarm",
    pair: || Box::new(Pair::new(Bench::new(Mailbox::default()))),
    seeds: include_str!("../seeds.txt"),
};

fn main() -> ExitCode {
    let seconds = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(10);
    let end = Instant::now() + Duration::from_secs(seconds);
    let seeds = Script::all(TARGET.seeds).expect("the seeds are scripts");
    // What the card says when it breaks is told once, with its script.
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = watch::search(&TARGET, 1, seeds, Bounds::default(), |progress| {
        eprint!("\r{} programs, {} actions, {} kept", progress.programs, progress.actions, progress.kept);
        Instant::now() < end
    });
    eprintln!();
    match outcome.finding {
        None => {
            println!("nothing found");
            ExitCode::SUCCESS
        }
        Some(finding) => {
            print!("{}\n{}", finding.message, finding.script);
            ExitCode::FAILURE
        }
    }
}
