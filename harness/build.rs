//! Makes a table of the probe's golden pictures, so that `relic demo` needs no file beside the program.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/probe");
    println!("cargo::rerun-if-changed={}", goldens.display());
    let mut pictures: Vec<PathBuf> = fs::read_dir(&goldens)
        .map(|entries| entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect())
        .unwrap_or_default();
    pictures.retain(|path| path.extension().is_some_and(|extension| extension == "png"));
    pictures.retain(|path| path.file_stem().is_some_and(|stem| !stem.to_string_lossy().contains('.')));
    pictures.sort();
    let mut table = String::from("/// Name and bytes of each golden picture of the probe.\n");
    table.push_str("const GOLDENS: &[(&str, &[u8])] = &[\n");
    for path in pictures {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let _ = writeln!(table, "    ({name:?}, include_bytes!({:?})),", path.display().to_string());
    }
    table.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("goldens.rs");
    fs::write(out, table).expect("the build folder is writable");
}
