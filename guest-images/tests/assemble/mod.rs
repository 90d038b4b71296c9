//! Assembling the boot code and the probe: shared by the test that demands identical bytes and by the example that
//! writes them.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// One file of `built/` and the sources it is made of, one after the other.
pub(crate) struct Target {
    /// Name in `built/`.
    pub(crate) name: &'static str,
    sources: &'static [&'static str],
}

/// Everything in `built/`.
pub(crate) const TARGETS: [Target; 4] = [
    Target { name: "mbr.bin", sources: &["boot/mbr.asm"] },
    Target { name: "nosystem.bin", sources: &["boot/nosystem.asm"] },
    Target { name: "probe.bin", sources: &["probe/cdload.asm", "probe/probe.asm"] },
    Target { name: "probeboot.bin", sources: &["probe/boot.asm"] },
];

/// Name of the file with the sums, in the format of `sha256sum`.
pub(crate) const LOCK: &str = "built.sha256";

/// The crate's folder.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Assembles `target` with NASM, scratch files in `scratch`.
pub(crate) fn assemble(target: &Target, scratch: &Path) -> Vec<u8> {
    target.sources.iter().flat_map(|source| assemble_one(&root().join(source), scratch)).collect()
}

fn assemble_one(source: &Path, scratch: &Path) -> Vec<u8> {
    let output = scratch.join("out.bin");
    let folder = source.parent().expect("a source has a folder").join("");
    let run = Command::new("nasm")
        .args(["-f", "bin", "-w+all", "-w+error"])
        .arg("-i")
        .arg(folder)
        .arg("-o")
        .arg(&output)
        .arg(source)
        .output()
        .expect("nasm runs");
    assert!(run.status.success(), "{}: {}", source.display(), String::from_utf8_lossy(&run.stderr));
    std::fs::read(output).expect("nasm wrote its output")
}

/// The line of the lock file for `bytes`.
pub(crate) fn lock_line(name: &str, bytes: &[u8]) -> String {
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}  {name}\n")
}
