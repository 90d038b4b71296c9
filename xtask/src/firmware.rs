//! `cargo xtask firmware`: rebuilds the ROMs and their lock file.

use anyhow::{Context as _, Result};
use firmware::assemble;

/// Rebuilds all ROMs into `firmware/roms`.
pub(crate) fn run() -> Result<()> {
    let images = assemble::rebuild().context("firmware was not rebuilt")?;
    for (name, size) in images {
        println!("firmware/roms/{name}.bin: {size} bytes");
    }
    Ok(())
}
