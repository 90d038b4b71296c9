//! Floppies.

use std::path::Path;

use crate::error::{Error, Result};
use crate::fat::Parameters;
use crate::geometry::FloppyFormat;
use crate::recipe::{Fat, FloppyRecipe};
use crate::serial;
use crate::volume::Contents;

/// Builds the floppy; `file` is the recipe.
pub(crate) fn build(recipe: &FloppyRecipe, file: &Path) -> Result<Vec<u8>> {
    let name = recipe.format.as_deref().unwrap_or("1440K");
    let format = FloppyFormat::named(name).ok_or_else(|| {
        let known: Vec<&str> = FloppyFormat::ALL.iter().map(|format| format.name).collect();
        Error::recipe(file, format!("format `{name}` is unknown; known are {}", known.join(", ")))
    })?;
    let contents = Contents::read(
        file,
        &recipe.files,
        &recipe.folders,
        recipe.boot_sector.as_deref(),
        recipe.probe.as_ref(),
    )?;
    let parameters = Parameters {
        kind: Fat::Fat12,
        sectors: format.geometry.total_sectors(),
        hidden: 0,
        geometry: format.geometry,
        media: format.media,
        drive: 0,
        cluster_sectors: Some(format.cluster_sectors),
        root_entries: format.root_entries,
        label: recipe.label.as_deref(),
        serial: serial::of(&[name, recipe.label.as_deref().unwrap_or("")]),
        boot_sector: &contents.boot_sector,
    };
    contents.build(file, &parameters)
}
