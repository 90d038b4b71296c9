//! `cargo xtask check`: everything the gate demands, in the order that fails soonest.

use anyhow::{Context as _, Result, ensure};
use std::process::Command;

/// Runs fmt, clippy with warnings denied, the documentation and all tests; stops at the first that fails.
///
/// # Errors
/// One line naming the step.
pub(crate) fn run() -> Result<()> {
    let deny = [("RUSTDOCFLAGS", "-D warnings")];
    step("fmt", &["fmt", "--all", "--check"], &[])?;
    step("clippy", &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])?;
    step("doc", &["doc", "--release", "--workspace", "--no-deps"], &deny)?;
    step("test", &["test", "--release"], &[])
}

fn step(name: &str, args: &[&str], env: &[(&str, &str)]) -> Result<()> {
    eprintln!("xtask: cargo {}", args.join(" "));
    let status = Command::new(env!("CARGO"))
        .args(args)
        .envs(env.iter().copied())
        .status()
        .with_context(|| format!("{name}: cargo does not start"))?;
    ensure!(status.success(), "{name} failed");
    Ok(())
}
