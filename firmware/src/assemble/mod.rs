//! Building the ROM images from their NASM sources.
//!
//! Tables that exist once, in Rust, become NASM includes in a temporary folder; `nasm -f bin` does the rest.
//! The same sources give the same bytes: `roms.lock` has each image's SHA-256.

mod drawn;
mod glyphs;
mod includes;
mod strokes;

use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

pub use glyphs::font;

/// How the end of an image is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// As assembled, of exactly this many bytes.
    Exact(usize),
    /// An option ROM: the last byte makes the sum of all bytes 0.
    Checksum,
}

/// A ROM and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Rom {
    /// Stem of the image in `roms`.
    pub name: &'static str,
    /// The file that is assembled. What it includes is looked for beside it.
    pub source: &'static str,
    /// What is done after assembling.
    pub finish: Finish,
}

/// All ROMs, in the order of the lock file.
pub const ROMS: &[Rom] = &[
    Rom { name: "bios", source: "bios/main.asm", finish: Finish::Exact(64 << 10) },
    Rom { name: "vgabios", source: "vgabios/plain.asm", finish: Finish::Checksum },
    Rom { name: "vgabios-std", source: "vgabios/std.asm", finish: Finish::Checksum },
    Rom { name: "vgabios-cirrus", source: "vgabios/cirrus.asm", finish: Finish::Checksum },
    Rom { name: "kernel", source: "kernel/main.asm", finish: Finish::Checksum },
];

/// The bytes of an option ROM's unit of length.
const OPTION_ROM_UNIT: usize = 512;
/// Where an option ROM has its length, in units.
const OPTION_ROM_LENGTH: usize = 2;

/// Why a ROM could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `nasm` could not be started.
    #[error("nasm could not be started: {0}")]
    Nasm(io::Error),
    /// `nasm` refused the sources; its messages.
    #[error("nasm refused {rom}:\n{messages}")]
    Refused {
        /// Which ROM.
        rom: &'static str,
        /// What nasm printed.
        messages: String,
    },
    /// The image has a wrong size.
    #[error("{rom}: the image has {size} bytes, which {wanted}")]
    Size {
        /// Which ROM.
        rom: &'static str,
        /// Its size in bytes.
        size: usize,
        /// What it should have been.
        wanted: String,
    },
    /// A glyph sheet does not parse.
    #[error("{0}")]
    Glyphs(String),
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
}

/// The folder that holds the ROM sources: this crate's.
#[must_use]
pub fn sources() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether `nasm` can be started.
#[must_use]
pub fn nasm_installed() -> bool {
    Command::new("nasm").arg("-v").output().is_ok_and(|output| output.status.success())
}

/// Assembles `rom` and returns its image.
///
/// # Errors
/// If `nasm` is missing or refuses the sources, if the size is wrong, or if files cannot be written.
pub fn build(rom: &Rom) -> Result<Vec<u8>, Error> {
    let folder = tempfile::tempdir().map_err(|error| file_error(&std::env::temp_dir(), error))?;
    for (name, text) in includes::all()? {
        write_file(&folder.path().join(name), text.as_bytes())?;
    }
    let image = folder.path().join("image.bin");
    let source = sources().join(rom.source);
    let output = Command::new("nasm")
        .args(["-f", "bin", "-Ox", "-Werror=label-orphan", "-Werror=number-overflow", "-I"])
        .arg(folder_argument(source.parent().unwrap_or(sources())))
        .arg("-I")
        .arg(folder_argument(folder.path()))
        .arg("-o")
        .arg(&image)
        .arg(&source)
        .output()
        .map_err(Error::Nasm)?;
    if !output.status.success() {
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::Refused { rom: rom.name, messages });
    }
    let mut bytes = fs::read(&image).map_err(|error| file_error(&image, error))?;
    finish(rom, &mut bytes)?;
    Ok(bytes)
}

/// nasm takes include folders as prefixes, so they end with a separator.
fn folder_argument(folder: &Path) -> PathBuf {
    folder.join("")
}

/// Checks an image's size and makes its checksum.
fn finish(rom: &Rom, image: &mut [u8]) -> Result<(), Error> {
    let size = image.len();
    let wrong = |wanted: String| Err(Error::Size { rom: rom.name, size, wanted });
    match rom.finish {
        Finish::Exact(wanted) if size != wanted => wrong(format!("should be {wanted}")),
        Finish::Exact(_) => Ok(()),
        Finish::Checksum => {
            let told = image.get(OPTION_ROM_LENGTH).map_or(0, |&units| usize::from(units) * OPTION_ROM_UNIT);
            if told != size || size == 0 {
                return wrong(format!("the header says is {told}"));
            }
            image[size - 1] = 0;
            let sum = image.iter().fold(0u8, |sum, &byte| sum.wrapping_add(byte));
            image[size - 1] = sum.wrapping_neg();
            Ok(())
        }
    }
}

/// Rebuilds all ROMs and the lock file in `roms/`, and returns the names and sizes of the images.
///
/// # Errors
/// As [`build`]; nothing is written unless every ROM builds.
pub fn rebuild() -> Result<Vec<(&'static str, usize)>, Error> {
    let images = ROMS.iter().map(|rom| Ok((rom.name, build(rom)?))).collect::<Result<Vec<_>, Error>>()?;
    let folder = sources().join("roms");
    fs::create_dir_all(&folder).map_err(|error| file_error(&folder, error))?;
    for (name, image) in &images {
        write_file(&folder.join(format!("{name}.bin")), image)?;
    }
    write_file(&folder.join("roms.lock"), lock(&images).as_bytes())?;
    Ok(images.iter().map(|(name, image)| (*name, image.len())).collect())
}

/// The lock file for these images: lines as `sha256sum` prints and checks them.
#[must_use]
pub fn lock(images: &[(&str, Vec<u8>)]) -> String {
    let mut text = String::new();
    for (name, image) in images {
        for byte in Sha256::digest(image) {
            let _ = write!(text, "{byte:02x}");
        }
        let _ = writeln!(text, "  {name}.bin");
    }
    text
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(|error| file_error(path, error))
}

fn file_error(path: &Path, error: io::Error) -> Error {
    Error::File { path: path.to_owned(), error }
}

#[cfg(test)]
mod tests;
