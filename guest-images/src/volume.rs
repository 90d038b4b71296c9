//! What floppies and partitions share: files, boot sector, the probe.

use std::path::Path;

use crate::content::{self, Stored};
use crate::error::{Error, Result};
use crate::fat::{self, Parameters};
use crate::probe::{self, ProbeOptions};
use crate::recipe::{FileEntry, ProbeTable};

/// The files, folders and boot sector of one FAT volume.
pub(crate) struct Contents {
    folders: Vec<String>,
    files: Vec<Stored>,
    /// 512 bytes, of which the code is used.
    pub(crate) boot_sector: Vec<u8>,
    probe: Option<ProbeOptions>,
}

impl Contents {
    /// Reads everything the recipe names.
    pub(crate) fn read(
        recipe: &Path,
        entries: &[FileEntry],
        folders: &[String],
        boot_sector: Option<&str>,
        probe_table: Option<&ProbeTable>,
    ) -> Result<Self> {
        let mut files = Vec::new();
        if probe_table.is_some() {
            files.push(Stored::new(probe::PROGRAM_NAME, probe::PROGRAM.to_vec()));
            files.push(Stored::new(probe::CHECK_NAME, probe::check_data()));
        }
        files.extend(content::files(entries, recipe, true)?);
        let boot_sector = match boot_sector {
            Some(path) => content::boot_sector(&content::beside(recipe, path)?)?,
            None if probe_table.is_some() => probe::BOOT_SECTOR.to_vec(),
            None => crate::boot::NO_SYSTEM.to_vec(),
        };
        let probe = probe_table.map(ProbeTable::options).transpose().map_err(|m| Error::recipe(recipe, m))?;
        Ok(Self { folders: folders.to_vec(), files, boot_sector, probe })
    }

    /// The volume's bytes.
    pub(crate) fn build(&self, recipe: &Path, p: &Parameters<'_>) -> Result<Vec<u8>> {
        let made = fat::build(p, &self.folders, &self.files).and_then(|mut volume| {
            if let Some(options) = &self.probe {
                probe::configure_volume(&mut volume, p, options)?;
            }
            Ok(volume)
        });
        made.map_err(|message| Error::recipe(recipe, message))
    }
}
