//! Discs: ISO 9660 with Joliet and Rock Ridge names and El Torito boot, on top of the `hadris-iso` crate.
//!
//! The crate leaves the system type of a hard-disk boot entry at zero; El Torito wants the partition's there, so
//! this module writes that byte.
//!
//! Follows: ECMA-119; Phoenix/IBM, "El Torito" Bootable CD-ROM Format Specification 1.0.

use std::path::Path;

use hadris_fs::{Content, Node, Tree};
use hadris_iso::{BootEntry, BootInfo, ElTorito, Emulation, IsoId, IsoLevel, IsoOptions};

use crate::content;
use crate::error::{Error, Result};
use crate::geometry::FloppyFormat;
use crate::media::partition_table;
use crate::probe::{self, ProbeOptions};
use crate::recipe::{BootMode, IsoRecipe, Kind, ProbeTable, Recipe};
use crate::vars::Variables;

/// Bytes of a logical block.
pub(crate) const BLOCK: usize = 2048;
const BOOT_RECORD_BLOCK: usize = 17;
/// Offset of the boot catalog's block number in the boot record.
const CATALOG_POINTER: usize = 0x47;
/// Offset of the system type in the catalog: validation entry, then the fifth byte of the default entry.
const SYSTEM_TYPE: usize = 32 + 4;
const STANDARD_IMAGE_PATH: &str = "BOOT/BOOT.IMG";
const STANDARD_LOAD_SECTORS: u16 = 4;

/// A boot image and how the BIOS is to present it.
struct BootImage {
    path: String,
    bytes: Vec<u8>,
    emulation: Emulation,
    load_sectors: u16,
    load_segment: u16,
    info_table: bool,
    /// System type of the first partition, for a hard disk.
    system_type: u8,
}

/// Builds the disc; `file` is the recipe.
pub(crate) fn build(recipe: &IsoRecipe, file: &Path) -> Result<Vec<u8>> {
    let refuse = |message: String| Error::recipe(file, message);
    let probe = recipe.probe.as_ref().map(ProbeTable::options).transpose().map_err(refuse)?;
    let mut tree = Tree::new();
    for folder in &recipe.folders {
        insert_folders(&mut tree, folder).map_err(refuse)?;
    }
    for stored in content::files(&recipe.files, file, recipe.dos_text)? {
        insert(&mut tree, &stored.to, stored.bytes).map_err(refuse)?;
    }
    if probe.is_some() {
        insert(&mut tree, probe::CHECK_NAME, probe::check_data()).map_err(refuse)?;
    }
    let boot = boot_image(recipe, file, probe.as_ref())?;
    if let Some(boot) = &boot {
        insert(&mut tree, &boot.path, boot.bytes.clone()).map_err(refuse)?;
    }
    let options = options(recipe, boot.as_ref()).map_err(refuse)?;
    if let (Some(probe), Some(boot)) = (&probe, &boot)
        && boot.emulation == Emulation::NoEmulation
    {
        configure_probe(&mut tree, &options, boot, probe).map_err(refuse)?;
    }
    let mut disc = Vec::new();
    hadris_iso::sync::write(&mut disc, &tree, &options)
        .map_err(|error| refuse(format!("cannot lay out the disc: {error}")))?;
    if let Some(boot) = &boot {
        set_system_type(&mut disc, boot.system_type);
    }
    Ok(disc)
}

fn options(recipe: &IsoRecipe, boot: Option<&BootImage>) -> std::result::Result<IsoOptions, String> {
    let volume = recipe.volume.as_deref().unwrap_or("RELIC");
    let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    if volume.len() > 32 || !volume.bytes().all(allowed) {
        return Err(format!("volume `{volume}`: up to 32 of A-Z, 0-9 and _ fit"));
    }
    let mut options = IsoOptions::new()
        .with_id(IsoId::Volume, volume)
        .with_id(IsoId::Application, "RELIC")
        .with_level(IsoLevel::L1);
    if recipe.joliet {
        options = options.with_joliet();
    }
    if recipe.rock_ridge {
        options = options.with_rock_ridge();
    }
    let Some(boot) = boot else { return Ok(options) };
    let entry = BootEntry::bios(&boot.path)
        .with_emulation(boot.emulation)
        .with_load_size(boot.load_sectors)
        .with_load_segment(boot.load_segment)
        .with_boot_info(if boot.info_table { BootInfo::Table } else { BootInfo::None });
    Ok(options.with_el_torito(ElTorito::new().with_entry(entry)))
}

fn insert_folders(tree: &mut Tree, path: &str) -> std::result::Result<(), String> {
    let mut so_far = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part == ".." || part == "." {
            return Err(format!("`{path}`: `{part}` is not a name"));
        }
        so_far = if so_far.is_empty() { part.to_owned() } else { format!("{so_far}/{part}") };
        if tree.get(&so_far).is_none() {
            tree.insert(&so_far, Node::dir()).map_err(|error| format!("folder `{path}`: {error}"))?;
        }
    }
    Ok(())
}

fn insert(tree: &mut Tree, to: &str, bytes: Vec<u8>) -> std::result::Result<(), String> {
    let path = to.trim_matches('/');
    if path.is_empty() || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(format!("`{to}` names no file on the disc"));
    }
    if let Some((folder, _)) = path.rsplit_once('/') {
        insert_folders(tree, folder)?;
    }
    if tree.get(path).is_some() {
        return Err(format!("`{to}` is stored twice"));
    }
    tree.insert(path, Node::file(Content::bytes(bytes))).map_err(|error| format!("`{to}`: {error}"))
}

fn boot_image(recipe: &IsoRecipe, file: &Path, probe: Option<&ProbeOptions>) -> Result<Option<BootImage>> {
    let boot = &recipe.boot;
    let refuse = |message: &str| Error::recipe(file, message);
    if boot.mode == BootMode::None {
        return match (probe, &boot.image, &boot.recipe) {
            (Some(_), ..) => Err(refuse("[probe] needs a boot.mode of no-emulation, floppy or hard-disk")),
            (None, None, None) => Ok(None),
            _ => Err(refuse("a boot image is given but boot.mode is none")),
        };
    }
    if let (Some(options), BootMode::NoEmulation) = (probe, boot.mode) {
        return Ok(Some(probe_image(options)));
    }
    let bytes = match (probe, &boot.image, &boot.recipe) {
        (Some(options), None, None) if boot.mode == BootMode::Floppy => probe::floppy_with(options),
        (Some(options), None, None) => probe::hard_disk_with(options),
        (None, Some(image), None) => content::read(&content::beside(file, image)?)?,
        (None, None, Some(inner)) => nested(&content::beside(file, inner)?, boot.mode, &recipe.vars)?,
        _ => return Err(refuse("boot needs exactly one of `image`, `recipe` or a [probe] table")),
    };
    let name = match &boot.image {
        Some(image) => content::beside(file, image)?,
        None => file.to_owned(),
    };
    let (emulation, system_type) = emulation(boot.mode, &bytes).map_err(|m| Error::media(&name, m))?;
    let no_emulation = boot.mode == BootMode::NoEmulation;
    Ok(Some(BootImage {
        path: boot.to.clone().unwrap_or_else(|| STANDARD_IMAGE_PATH.into()),
        bytes,
        emulation,
        load_sectors: if no_emulation { boot.load_sectors.unwrap_or(STANDARD_LOAD_SECTORS) } else { 1 },
        load_segment: boot.load_segment,
        info_table: no_emulation && boot.boot_info_table,
        system_type,
    }))
}

/// The result of another recipe, which must make the kind of image the mode wants; `vars` go before its own.
fn nested(path: &Path, mode: BootMode, vars: &Variables) -> Result<Vec<u8>> {
    let recipe = Recipe::load_with(path, vars)?;
    match (recipe.kind(), mode) {
        (Kind::Floppy, BootMode::Floppy) | (Kind::Harddisk, BootMode::HardDisk) => {
            crate::master::build(&recipe, path)
        }
        (kind, mode) => {
            let message = format!("makes {}, which boot.mode {} does not take", kind.name(), mode.name());
            Err(Error::recipe(path, message))
        }
    }
}

fn emulation(mode: BootMode, bytes: &[u8]) -> std::result::Result<(Emulation, u8), String> {
    match mode {
        BootMode::None | BootMode::NoEmulation if bytes.is_empty() => Err("the boot image is empty".into()),
        BootMode::None | BootMode::NoEmulation => Ok((Emulation::NoEmulation, 0)),
        BootMode::Floppy => match FloppyFormat::of_size(bytes.len() as u64).map(|format| format.name) {
            Some("1200K") => Ok((Emulation::Floppy12, 0)),
            Some("1440K") => Ok((Emulation::Floppy144, 0)),
            Some("2880K") => Ok((Emulation::Floppy288, 0)),
            _ => Err(format!(
                "{} bytes cannot be an emulated floppy; El Torito knows 1228800, 1474560 and 2949120",
                bytes.len()
            )),
        },
        BootMode::HardDisk => {
            let partitions =
                partition_table(bytes).ok_or("no partition table; a hard-disk boot image needs one")?;
            let first = partitions
                .first()
                .ok_or("the partition table is empty; a hard-disk boot image needs one entry")?;
            Ok((Emulation::HardDisk, first.system))
        }
    }
}

fn probe_image(_: &ProbeOptions) -> BootImage {
    BootImage {
        path: probe::PROGRAM_NAME.into(),
        bytes: probe::PROGRAM.to_vec(),
        emulation: Emulation::NoEmulation,
        load_sectors: STANDARD_LOAD_SECTORS,
        load_segment: 0,
        info_table: true,
        system_type: 0,
    }
}

/// Tells the probe where its check file lies: the place is known before anything is written.
fn configure_probe(
    tree: &mut Tree,
    options: &IsoOptions,
    boot: &BootImage,
    probe: &ProbeOptions,
) -> std::result::Result<(), String> {
    let plan =
        hadris_iso::plan(tree, options).map_err(|error| format!("cannot lay out the disc: {error}"))?;
    let extent = match plan.extents(probe::CHECK_NAME) {
        Some([extent]) => *extent,
        _ => return Err(format!("{} does not lie in one piece", probe::CHECK_NAME)),
    };
    let block = (extent.offset() / BLOCK as u64) as u32;
    let program = probe::configured_for_cd(&boot.bytes, probe, block);
    tree.replace(&boot.path, Node::file(Content::bytes(program))).map_err(|error| error.to_string())
}

fn set_system_type(disc: &mut [u8], system_type: u8) {
    let pointer = BOOT_RECORD_BLOCK * BLOCK + CATALOG_POINTER;
    let block = disc.get(pointer..pointer + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    if let Some(byte) = disc.get_mut(block as usize * BLOCK + SYSTEM_TYPE) {
        *byte = system_type;
    }
}
