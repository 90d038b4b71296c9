//! Recipes: what a medium is made of, in TOML. No key is ignored: an unknown one is an error that names the file,
//! the line, the key and the nearest key that exists.

mod iso;
#[cfg(test)]
mod tests;
mod volume;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use iso::{Boot, BootMode, IsoRecipe};
pub use volume::{Fat, FloppyRecipe, GeometryRecipe, HarddiskRecipe, PartitionRecipe, Size};

use crate::content;
use crate::error::{Error, Result};
use crate::input;
use crate::probe::ProbeOptions;
use crate::vars::{self, Variables};

/// A parsed recipe.
#[derive(Debug, Clone)]
pub enum Recipe {
    /// `kind = "iso"`
    Iso(IsoRecipe),
    /// `kind = "floppy"`
    Floppy(FloppyRecipe),
    /// `kind = "harddisk"`
    Harddisk(HarddiskRecipe),
}

/// The kind of medium a recipe makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An ISO 9660 disc.
    Iso,
    /// A FAT12 floppy.
    Floppy,
    /// A partitioned hard disk.
    Harddisk,
}

impl Kind {
    /// As recipes write it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Iso => "iso",
            Kind::Floppy => "floppy",
            Kind::Harddisk => "harddisk",
        }
    }
}

/// Files on the medium: `from` a host path (relative to the recipe), or a file or folder of another `medium`, or literal `text`;
/// `to` a path on the medium.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Host path, relative to the recipe's folder; with `medium` a file on it, a folder with all that is below it, or
    /// `DIR/*.EXE`.
    pub from: Option<String>,
    /// An image of a floppy, hard disk or disc (a host path), perhaps packed with gzip, that the file is taken from.
    pub medium: Option<String>,
    /// Literal content; line ends are written as CR LF on FAT media, as they stand on ISO 9660 unless `dos_text` is on.
    pub text: Option<String>,
    /// Where it goes: `DIR/NAME.EXT`, or `DIR/` where it keeps its name; for a folder, what is to hold its files.
    pub to: String,
}

/// The `[probe]` table: the medium boots the probe guest.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeTable {
    /// `auto` (the default): a page ends on a key or after `pace_ticks`; `key`: on a key only.
    #[serde(default)]
    pub wait: Wait,
    /// How long a page stays, in BIOS ticks of 54.9 ms; 18 unless told.
    pub pace_ticks: Option<u16>,
    /// How long the keyboard page waits for a key, in ticks; 55 unless told.
    pub key_ticks: Option<u16>,
    /// How long the mouse page waits for a packet, in ticks; 55 unless told.
    pub mouse_ticks: Option<u16>,
    /// Text that will be typed on the keyboard page, at most 16 characters; a different text fails.
    pub keys: Option<String>,
    /// Packets and a click will come on the mouse page; their absence fails.
    #[serde(default)]
    pub mouse: bool,
}

/// What ends a page of the probe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wait {
    /// A key or the pace.
    #[default]
    Auto,
    /// A key only.
    Key,
}

#[derive(Deserialize)]
struct KindOnly {
    kind: Option<toml::Value>,
}

impl Recipe {
    /// Reads and parses the recipe at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or it is not a valid recipe.
    pub fn load(path: &Path) -> Result<Self> {
        Self::load_with(path, &Variables::new())
    }

    /// As [`Recipe::load`], with these texts in place of the recipe's own variables.
    ///
    /// # Errors
    /// As [`Recipe::load`].
    pub fn load_with(path: &Path, vars: &Variables) -> Result<Self> {
        let text = input::read_text(path).map_err(|source| Error::read(path, source))?;
        Self::parse_with(&text, path, vars)
    }

    /// Parses `text`; `file` is only named in messages.
    ///
    /// # Errors
    /// One line that names the file, the line and the key.
    pub fn parse(text: &str, file: &Path) -> Result<Self> {
        Self::parse_with(text, file, &Variables::new())
    }

    fn parse_with(text: &str, file: &Path, vars: &Variables) -> Result<Self> {
        let (KindOnly { kind }, _) = read(text, file, vars)?;
        match kind.as_ref().and_then(toml::Value::as_str) {
            Some("iso") => {
                let (recipe, vars) = read::<IsoRecipe>(text, file, vars)?;
                Ok(Self::Iso(IsoRecipe { vars, ..recipe }))
            }
            Some("floppy") => Ok(Self::Floppy(read(text, file, vars)?.0)),
            Some("harddisk") => Ok(Self::Harddisk(read(text, file, vars)?.0)),
            Some(other) => Err(Error::recipe(
                file,
                format!("kind `{other}` is unknown; iso, floppy and harddisk are known"),
            )),
            None => Err(Error::recipe(file, "`kind` is missing; it is \"iso\", \"floppy\" or \"harddisk\"")),
        }
    }

    /// The kind of medium.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Iso(_) => Kind::Iso,
            Self::Floppy(_) => Kind::Floppy,
            Self::Harddisk(_) => Kind::Harddisk,
        }
    }

    /// Every host path in the recipe at `path` and in that of its boot image, as it is written there; none of what is no recipe.
    pub fn paths_at(path: &Path) -> Vec<PathBuf> {
        let Ok(recipe) = Self::load(path) else { return Vec::new() };
        let boot = match &recipe {
            Self::Iso(IsoRecipe { boot: Boot { recipe: Some(boot), .. }, vars, .. }) => {
                content::beside(path, boot).and_then(|boot| Self::load_with(&boot, vars)).ok()
            }
            _ => None,
        };
        std::iter::once(&recipe).chain(&boot).flat_map(Self::host_paths).map(PathBuf::from).collect()
    }

    /// Every host path in the recipe, as it is written there.
    pub(crate) fn host_paths(&self) -> Vec<&str> {
        let (mut files, mut others): (Vec<&FileEntry>, Vec<&Option<String>>) = Default::default();
        match self {
            Self::Iso(r) => {
                files.extend(&r.files);
                others.extend([&r.boot.image, &r.boot.recipe]);
            }
            Self::Floppy(r) => {
                files.extend(&r.files);
                others.push(&r.boot_sector);
            }
            Self::Harddisk(r) => {
                files.extend(r.partitions.iter().flat_map(|partition| &partition.files));
                others.extend(r.partitions.iter().map(|partition| &partition.boot_sector));
                others.push(&r.boot_code);
            }
        }
        let from = files.into_iter().map(|file| file.medium.as_ref().map_or(&file.from, |_| &file.medium));
        from.chain(others).filter_map(Option::as_deref).collect()
    }

    /// The texts for `${name}`.
    pub(crate) fn vars(&self) -> &Variables {
        match self {
            Self::Iso(r) => &r.vars,
            Self::Floppy(r) => &r.vars,
            Self::Harddisk(r) => &r.vars,
        }
    }

    /// The name of the file to write, if the recipe gives one.
    pub fn output(&self) -> Option<&str> {
        match self {
            Self::Iso(r) => r.output.as_deref(),
            Self::Floppy(r) => r.output.as_deref(),
            Self::Harddisk(r) => r.output.as_deref(),
        }
    }
}

impl ProbeTable {
    /// The options, checked.
    ///
    /// # Errors
    /// One line that says what is out of range.
    pub fn options(&self) -> std::result::Result<ProbeOptions, String> {
        let keys = self.keys.clone().unwrap_or_default();
        if keys.len() > ProbeOptions::MAX_KEYS || !keys.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Err(format!("probe.keys is `{keys}`; at most 16 printable ASCII characters fit"));
        }
        let standard = ProbeOptions::default();
        Ok(ProbeOptions {
            wait: self.wait,
            pace_ticks: self.pace_ticks.unwrap_or(standard.pace_ticks),
            key_ticks: self.key_ticks.unwrap_or(standard.key_ticks),
            mouse_ticks: self.mouse_ticks.unwrap_or(standard.mouse_ticks),
            keys,
            expect_mouse: self.mouse,
        })
    }
}

impl From<&ProbeOptions> for ProbeTable {
    fn from(options: &ProbeOptions) -> Self {
        Self {
            wait: options.wait,
            pace_ticks: Some(options.pace_ticks),
            key_ticks: Some(options.key_ticks),
            mouse_ticks: Some(options.mouse_ticks),
            keys: Some(options.keys.clone()),
            mouse: options.expect_mouse,
        }
    }
}

fn read<T: DeserializeOwned>(text: &str, file: &Path, vars: &Variables) -> Result<(T, Variables)> {
    vars::read(text, vars).map_err(|message| Error::recipe(file, message))
}
