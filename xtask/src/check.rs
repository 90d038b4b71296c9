//! `cargo xtask check`: everything the gate demands, in the order that fails soonest.

use anyhow::{Context as _, Result, ensure};
use std::process::Command;

/// Runs fmt, clippy with warnings denied, the documentation, the libFuzzer targets, the example and all tests; stops at the first that fails.
///
/// # Errors
/// One line naming the step.
pub(crate) fn run() -> Result<()> {
    let deny = [("RUSTDOCFLAGS", "-D warnings")];
    step("fmt", &["fmt", "--all", "--check"], &[])?;
    step("clippy", &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])?;
    step("doc", &["doc", "--release", "--workspace", "--no-deps"], &deny)?;
    for manifest in APART {
        apart(manifest, &["fmt", "--check"])?;
    }
    apart(FUZZ, &["clippy", "--release", "--", "-D", "warnings"])?;
    apart(OWN_CHIP, &["clippy", "--release", "--all-targets", "--", "-D", "warnings"])?;
    apart(OWN_CHIP, &["test", "--release"])?;
    apart(OWN_CHIP, &["test", "--release", "--features", "fault"])?;
    step("test", &["test", "--release"], &[])
}

/// Workspaces of their own.
const APART: [&str; 2] = [OWN_CHIP, FUZZ];
const FUZZ: &str = "fuzz/Cargo.toml";
const OWN_CHIP: &str = "examples/own-chip/Cargo.toml";

/// A step in a workspace of its own, which shares its build with the others.
fn apart(manifest: &str, args: &[&str]) -> Result<()> {
    let (command, rest) = args.split_first().context("a command")?;
    let all = [&[*command, "--manifest-path", manifest], rest].concat();
    step(manifest, &all, &[("CARGO_TARGET_DIR", "target/apart")])
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
