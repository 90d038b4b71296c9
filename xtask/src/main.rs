//! `cargo xtask`: one command checks everything.
#![forbid(unsafe_code)]

mod check;
mod firmware;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let task = std::env::args().nth(1);
    match task.as_deref() {
        Some("check") => check::run(),
        Some("firmware") => firmware::run(),
        Some(other) => bail!("unknown task {other:?}; there are: check, firmware"),
        None => bail!("which task? There are: check (fmt, clippy, docs, tests), firmware (rebuild the ROMs)"),
    }
}
