//! Programs a second of a search, chip by chip and for the board: `cargo bench -p relic-tests --bench fuzz`.
//!
//! Each program runs on the chip and on its twin, and everything is compared; one core by its CPU time, no sanitizers.

use backplane::bench::Script;
use backplane::bench::search::{Search, Target};
use relic_tests::cost::cpu_seconds;

/// Of CPU time.
const SECONDS: f64 = 2.0;

fn rates(target: &Target) -> (f64, f64) {
    let mut search = Search::new(target, 1);
    for script in Script::all(target.seeds).expect("seeds are scripts") {
        search.seed(&script).expect("seeds find nothing");
    }
    let spent = || cpu_seconds(std::process::id());
    let (start, mut seconds) = (spent(), 0.0);
    while seconds < SECONDS {
        for _ in 0..1024 {
            search.next_program().expect("nothing is found");
        }
        seconds = spent() - start;
    }
    (search.programs as f64 / seconds, search.actions as f64 / seconds)
}

fn main() {
    // `cargo bench` passes `--bench`; another word is a part of a name.
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    println!("{:14} {:>12} {:>12}", "", "programs/s", "actions/s");
    for target in device_models::targets::TARGETS.iter().chain([&hypervisor::board::bench::TARGET]) {
        if target.name.contains(&wanted) {
            let (programs, actions) = rates(target);
            println!("{:14} {programs:12.0} {actions:12.0}", target.name);
        }
    }
}
