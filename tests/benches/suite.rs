//! Wall time of a suite with one case at a time and with two, in one interleaved run:
//! `cargo bench -p relic-tests --bench suite`. The suite is the DOS floppies among the cases; it needs their media.

use harness::cli::{self, Rights};
use harness::console::Console;
use harness::failure::Exit;
use harness::guest::Software;
use relic_tests::cost::median;
use std::path::Path;
use std::time::Instant;

const ROUNDS: usize = 5;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(root).expect("the workspace is where it was built");
    let mut seconds = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (jobs, seconds) in ["1", "2"].into_iter().zip(&mut seconds) {
            let console = Console::with(Box::new(std::io::sink()), Box::new(std::io::stderr()));
            let arguments = ["relic", "test", "tests/cases/dos", "--filter", "floppy", "--jobs", jobs];
            let begun = Instant::now();
            assert_eq!(cli::main(arguments, &Software, &console, Rights::Keep), Exit::Expected);
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }
    let [one, two] = seconds.map(median);
    println!("one at a time {one:.2} s, two {two:.2} s: {:.2} times as fast", one / two);
}
