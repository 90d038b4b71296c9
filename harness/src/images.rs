//! Guest media as the `guest-images` room makes and recognises them. Nothing else in the crate names that room.

use crate::failure::{Failure, Result};
use backplane::Disk;
use guest_images::probe::{self, CdBoot, ProbeOptions};
pub use guest_images::{Mastered, MediaKind, plain};
use guest_images::{Medium, Recipe};
pub(crate) use guest_images::{input, part, places, vars, wording};
use std::io;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

/// What a medium is, and why a BIOS would not boot it, if so.
pub type Recognised = (MediaKind, Option<&'static str>);

fn failed(error: guest_images::Error) -> Failure {
    Failure::bad(error)
}

fn seen(medium: Medium) -> Recognised {
    (medium.kind, medium.not_bootable)
}

/// Recognises a medium in memory.
///
/// # Errors
/// It is empty, or shorter than its own headers say.
pub fn recognise_bytes(medium: &[u8], name: &Path) -> Result<Recognised> {
    guest_images::probe_kind_of(medium, name).map(seen).map_err(failed)
}

/// Recognises a medium of so many bytes that is read in place.
///
/// # Errors
/// It cannot be read, is empty, or shorter than its own headers say.
pub fn recognise(medium: &mut (impl Read + Seek), bytes: u64, name: &Path) -> Result<Recognised> {
    guest_images::probe_kind_in(medium, bytes, name).map(seen).map_err(failed)
}

/// Recognises a medium that is a file.
///
/// # Errors
/// It cannot be read, is empty, or shorter than its own headers say.
pub fn recognise_file(path: &Path) -> Result<Recognised> {
    guest_images::probe_kind(path).map(seen).map_err(failed)
}

/// Whether a file is a recipe.
pub fn is_recipe(path: &Path) -> bool {
    Recipe::load(path).is_ok()
}

/// The paths in a recipe and in that of its boot image, as they are written there; none of what is no recipe.
pub fn paths_in(recipe: &Path) -> Vec<PathBuf> {
    Recipe::paths_at(recipe)
}

/// The bytes that a recipe describes.
///
/// # Errors
/// The recipe is wrong, or something it names cannot be read.
pub fn build(recipe: &Path) -> Result<Vec<u8>> {
    let parsed = Recipe::load(recipe).map_err(failed)?;
    guest_images::build(&parsed, recipe).map_err(failed)
}

/// Makes the medium of a recipe in a folder, with these texts in place of variables of the recipe.
///
/// # Errors
/// The recipe is wrong, something it names cannot be read, or the result cannot be written.
pub fn master(recipe: &Path, folder: &Path, vars: &vars::Variables) -> Result<Mastered> {
    guest_images::master_with(recipe, folder, vars).map_err(failed)
}

struct Bytes<'a>(&'a Disk);

impl guest_images::MediumBytes for Bytes<'_> {
    fn size(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, buf).map_err(io::Error::other)
    }
}

/// A file on a volume of a medium, as the guest left it.
///
/// # Errors
/// There is no such partition, or what is wrong with the volume.
pub fn file_on(disk: &Disk, partition: Option<u8>, path: &str) -> Result<Option<Vec<u8>>, String> {
    guest_images::file_on(&Bytes(disk), partition, path)
}

/// What is typed on the probe's keyboard page, and followed by Enter.
pub const PROBE_KEYS: &str = "Relic 1995!";

/// The probe's disc: no emulation, waiting for [`PROBE_KEYS`] and for the mouse.
pub fn probe_iso() -> Vec<u8> {
    let options = ProbeOptions { keys: PROBE_KEYS.into(), expect_mouse: true, ..ProbeOptions::default() };
    probe::iso_with(CdBoot::NoEmulation, &options)
}

/// The probe on a partitioned hard disk.
pub fn probe_hard_disk() -> Vec<u8> {
    probe::hard_disk()
}
