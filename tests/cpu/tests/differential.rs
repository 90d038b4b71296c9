//! Random instruction sequences: the interpreter against the CPU that runs this test.
//!
//! `CPU_ROUNDS` sets how many sequences are tried, `CPU_SEED` the seed, `CPU_FROM` the number of the first one, and
//! `CPU_FAILURES` after how many failures to stop; `CPU_FAMILY` (`integer`, `x87`, `simd`) keeps to one kind of instructions. A disagreement prints the shortest failing case and the numbers that
//! bring it back.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn main() -> std::process::ExitCode {
    run::main()
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn main() {
    println!("test differential ... skipped: it needs Linux on x86-64");
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod run {
    use cpu_tests::generate::{Family, Generator};
    use cpu_tests::report::describe;
    use cpu_tests::runner::Runner;
    use cpu_tests::shrink::shrink;
    use std::process::ExitCode;

    /// Takes about 20 seconds, twice that on a busy host.
    const ROUNDS: u64 = 1_500_000;
    const SEED: u64 = 0x8086;

    fn number(name: &str, default: u64) -> u64 {
        match std::env::var(name) {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text}: a number is expected")),
            Err(_) => default,
        }
    }

    pub(super) fn main() -> ExitCode {
        let wanted = std::env::args().skip(1).find(|a| !a.starts_with('-'));
        if wanted.is_some_and(|name| !"differential".contains(name.as_str())) {
            return ExitCode::SUCCESS;
        }
        let mut runner = match Runner::new() {
            Ok(runner) => runner,
            Err(refused) => {
                println!("test differential ... skipped: {}: {}", refused.what, refused.cause);
                return ExitCode::SUCCESS;
            }
        };
        let seed = number("CPU_SEED", SEED);
        let from = number("CPU_FROM", 0);
        let to = from + number("CPU_ROUNDS", ROUNDS);
        let mut generator = Generator::new(seed);
        generator.only = std::env::var("CPU_FAMILY").ok().map(|name| {
            Family::named(&name)
                .unwrap_or_else(|| panic!("CPU_FAMILY={name}: one of integer, x87, simd is expected"))
        });
        let mut failures = 0;
        let mut next = from;
        while let Some((n, case)) = runner.run(&mut generator, next..to) {
            println!("test differential ... FAILED: CPU_SEED={seed} CPU_FROM={n} CPU_ROUNDS=1");
            let short = shrink(&mut runner, &case);
            let differences = runner.try_case(&short);
            println!("{}", describe(&short, &differences));
            next = n + 1;
            failures += 1;
            if failures == number("CPU_FAILURES", 1) {
                return ExitCode::FAILURE;
            }
        }
        let verdict = if failures == 0 { "ok" } else { "FAILED" };
        println!(
            "test differential ... {verdict}: {} sequences, {} instructions, seed {seed}",
            to - from,
            runner.executed()
        );
        for (reason, count) in &runner.discarded {
            println!("  {count} sequences not compared: {reason}");
        }
        if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
