//! `relic export`: the guest's disks, base and overlay together, as a bundle or in another format.

use crate::confine::Needs;
use crate::console::Console;
use crate::disk::{DiskSource, each_piece, qcow2, vagrant, vhd, vmdk, write_sparse};
use crate::failure::{Failure, Result};
use crate::guest::{BootDevice, VideoKind};
use crate::output::{self, Pending};
use crate::prepare::{self, Drive, Prepared, hard_disks};
use crate::xva::{self, Bundle, BundleDisk, CdDrive, Display, Hash, Packing};
use crate::{overlay, span};
use backplane::Disk;
use clap::{Args, ValueEnum};
use flate2::{Compression, GzBuilder};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes moved at once.
const PIECE: usize = 1 << 20;
/// zstd's level, as its own command has it.
const ZSTD_LEVEL: i32 = 3;
/// Video memory of a host's guest that is not told otherwise, in MiB.
const VIDEO_MIB: u32 = 4;

/// Arguments of `relic export`.
#[derive(Args)]
pub(crate) struct ExportArgs {
    /// A folder with guest.toml, a TOML file, a bundle, or a disk image of any format
    guest: PathBuf,
    /// What to write
    #[arg(long)]
    format: Format,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Which disk, by IDE position 0-3; a bundle has all
    #[arg(long, value_name = "N")]
    position: Option<usize>,
    #[command(flatten)]
    bundle: BundleArgs,
    /// Without what the guest wrote in earlier runs
    #[arg(long)]
    fresh: bool,
    /// The result as JSON
    #[arg(long)]
    json: bool,
}

impl ExportArgs {
    /// What an export needs beyond reading files.
    pub(crate) fn needs(&self) -> Needs {
        Needs::usual().result(&self.output)
    }
}

/// What goes with bundles only.
#[derive(Args, Default)]
pub(crate) struct BundleArgs {
    /// Compress the bundle
    #[arg(long, value_name = "HOW")]
    compress: Option<Packing>,
    /// The checksums of the bundle's blocks [default: sha1]
    #[arg(long, value_name = "SUM")]
    checksum: Option<Hash>,
    /// A network interface on this bridge of the host, such as xenbr0; may be given several times
    #[arg(long, value_name = "BRIDGE")]
    vif: Vec<String>,
    /// The bundle's CD drive [default: ejected]
    #[arg(long, value_name = "HOW")]
    cd: Option<Cd>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A XenServer bundle
    Xva,
    /// The disk as it is
    Raw,
    /// QEMU's
    Qcow2,
    /// Hyper-V's and XenServer's, dynamic
    Vhd,
    /// The same, with every block
    VhdFixed,
    /// VMware's and VirtualBox's, sparse in one file
    Vmdk,
    /// A Vagrant box for libvirt
    Vagrant,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Xva => "XenServer bundle",
            Format::Raw => "disk image",
            Format::Qcow2 => "qcow2 image",
            Format::Vhd => "dynamic VHD",
            Format::VhdFixed => "fixed VHD",
            Format::Vmdk => "VMDK",
            Format::Vagrant => "Vagrant box for libvirt",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Cd {
    /// No drive
    None,
    /// An empty drive
    Ejected,
    /// A drive with the guest's disc, which the host takes from its own library by the file's name
    Attached,
}

/// Exports a guest.
///
/// # Errors
/// The guest has no such disk, options do not go together, or the host refuses; then nothing is left.
pub(crate) fn export(args: &ExportArgs, console: &Console) -> Result<()> {
    check(args)?;
    let (file, folder) = prepare::guest_named(&args.guest)?;
    let mut guest = prepare::prepare(&file, &prepare::default_name(&args.guest), &folder)?;
    if !args.fresh {
        guest.folder = prepare::folder_of(&args.guest);
        overlay::apply(&mut guest)?;
    }
    output::check(&args.output, guest.inputs().chain([args.guest.as_path()]))?;
    let bytes = match args.format {
        Format::Xva => export_xva(&guest, &args.output, &args.bundle)?,
        _ => export_disk(&guest, args)?,
    };
    if args.json {
        console.say(serde_json::json!({ "path": args.output, "bytes": bytes }).to_string());
    } else {
        console.say(format!("{}: {}, {}", args.output.display(), args.format.name(), span::show_size(bytes)));
    }
    Ok(())
}

fn check(args: &ExportArgs) -> Result<()> {
    let is_bundle = args.format == Format::Xva;
    let of_bundles = [
        ("--compress", args.bundle.compress.is_some()),
        ("--checksum", args.bundle.checksum.is_some()),
        ("--vif", !args.bundle.vif.is_empty()),
        ("--cd", args.bundle.cd.is_some()),
    ];
    if let Some((option, _)) = of_bundles.iter().find(|(_, given)| *given && !is_bundle) {
        return Err(Failure::bad(format!("{option}: it is about bundles; it goes with --format xva")));
    }
    if args.position.is_some() && is_bundle {
        return Err(Failure::bad("--position: a bundle carries all disks; it goes with the other formats"));
    }
    Ok(())
}

/// What a disk says that cannot be read: not the fault of the file that is written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreadable(String);

impl DiskSource for Disk {
    fn len(&self) -> u64 {
        Disk::len(self)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.read(offset, buf).map_err(|error| io::Error::other(Unreadable(error.to_string())))
    }
}

/// Writes a XenServer bundle and returns its length.
///
/// # Errors
/// The guest has no hard disk, or the host refuses; then nothing is left.
pub(crate) fn export_xva(guest: &Prepared, to: &Path, args: &BundleArgs) -> Result<u64> {
    let mut disks: Vec<(usize, &Disk)> = hard_disks(guest).collect();
    if disks.is_empty() {
        return Err(no_disk(guest));
    }
    disks.sort_by_key(|(position, _)| *position);
    let bundle = bundle(guest, &disks, args)?;
    let ids: Vec<String> = (0..disks.len()).map(Bundle::vdi).collect();
    let sources: Vec<(&str, &dyn DiskSource)> =
        ids.iter().zip(&disks).map(|(id, (_, disk))| (id.as_str(), *disk as &dyn DiskSource)).collect();
    let failed = |error: io::Error| failed(guest, to, &error);
    let xml = xva::ova_xml(&bundle).map_err(failed)?;
    let mut file = Counted { to: Pending::create(to)?, bytes: 0 };
    packed(args.compress, &mut file, |out| {
        xva::write(out, &xml, &sources, args.checksum.unwrap_or_default())
    })
    .map_err(failed)?;
    file.to.finish()?;
    Ok(file.bytes)
}

/// Writes through a compressor.
fn packed(
    packing: Option<Packing>,
    file: &mut Counted,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    match packing {
        None => write(file),
        // Its time is the epoch: the same guest gives the same bytes.
        Some(Packing::Gzip) => {
            let mut packer = GzBuilder::new().mtime(0).write(file, Compression::default());
            write(&mut packer)?;
            packer.finish().map(drop)
        }
        Some(Packing::Zstd) => {
            let mut packer = zstd::Encoder::new(file, ZSTD_LEVEL)?;
            packer.include_checksum(true)?;
            write(&mut packer)?;
            packer.finish().map(drop)
        }
    }
}

/// Writes one hard disk and returns the length of its file.
fn export_disk(guest: &Prepared, args: &ExportArgs) -> Result<u64> {
    let disk = the_disk(guest, args.position)?;
    let to = args.output.as_path();
    let failed = |error: io::Error| failed(guest, to, &error);
    if args.format == Format::Vagrant {
        vagrant::write(disk, &guest.config, to, &failed)?;
    } else {
        let mut file = Pending::create(to)?;
        let out = &mut file;
        match args.format {
            Format::Qcow2 => qcow2::write(disk, out),
            Format::Vhd => vhd::write_dynamic(disk, &guest.name, out),
            Format::VhdFixed => vhd::write_fixed(disk, &guest.name, out),
            Format::Vmdk => vmdk::write(disk, &to.file_name().unwrap_or_default().to_string_lossy(), out),
            Format::Xva | Format::Raw | Format::Vagrant => write_raw(disk, out),
        }
        .map_err(failed)?;
        file.finish()?;
    }
    let written = std::fs::metadata(to).map_err(failed)?;
    Ok(if written.is_file() { written.len() } else { Disk::len(disk) })
}

/// The disk on a position; the only one, if none is said.
fn the_disk(guest: &Prepared, position: Option<usize>) -> Result<&Disk> {
    let disks: Vec<(usize, &Disk)> = hard_disks(guest).collect();
    let positions = || disks.iter().map(|(at, _)| at.to_string()).collect::<Vec<_>>().join(", ");
    match (position, disks.as_slice()) {
        (_, []) => Err(no_disk(guest)),
        (None, [(_, only)]) => Ok(only),
        (None, _) => Err(Failure::bad(format!(
            "{}: the guest has disks on IDE positions {}; say which with --position",
            guest.name,
            positions()
        ))),
        (Some(wanted), all) => match all.iter().find(|(at, _)| *at == wanted) {
            Some((_, disk)) => Ok(disk),
            None => Err(Failure::bad(format!(
                "{}: no disk on IDE position {wanted}, only on {}",
                guest.name,
                positions()
            ))),
        },
    }
}

fn failed(guest: &Prepared, to: &Path, error: &io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Unreadable>()) {
        Some(reason) => Failure::bad(format!("{}: cannot read its disk: {reason}", guest.name)),
        None => Failure::write(to, error),
    }
}

/// Writes a disk as it is. A new file gets holes where the disk is zero; a device or a pipe gets every byte.
///
/// # Errors
/// Those of the disk and of the host, and Ctrl-C.
pub(crate) fn write_raw(disk: &Disk, out: &mut Pending) -> io::Result<()> {
    if out.is_sparse() {
        each_piece(disk, PIECE, |offset, data| write_sparse(out, offset, data).map(drop))?;
        return out.set_len(Disk::len(disk));
    }
    let mut buffer = vec![0; PIECE];
    let mut offset = 0;
    while offset < Disk::len(disk) {
        let part = &mut buffer[..(Disk::len(disk) - offset).min(PIECE as u64) as usize];
        DiskSource::read_at(disk, offset, part)?;
        out.write_all(part)?;
        offset += part.len() as u64;
    }
    Ok(())
}

/// A floppy or a disc cannot travel as one: the importer streams hard disks only.
fn no_disk(guest: &Prepared) -> Failure {
    let mediums = || guest.drives.iter().filter_map(|placed| Some((placed.drive, placed.medium.as_ref()?)));
    let (what, advice) = match mediums().next() {
        Some((Drive::Floppy, _)) => {
            ("only a floppy", "master its files onto a disk with a `kind = \"harddisk\"` recipe")
        }
        Some((Drive::Cdrom, _)) => {
            ("only a CD", "copy the ISO to the host and insert it there, or install it to a disk first")
        }
        _ => ("no medium", "give it a hard disk"),
    };
    let file = mediums().next().map_or(guest.name.clone(), |(_, medium)| medium.path.display().to_string());
    Failure::bad(format!("{file}: the guest has {what}, and an export carries hard disks; {advice}"))
}

fn bundle(guest: &Prepared, disks: &[(usize, &Disk)], args: &BundleArgs) -> Result<Bundle> {
    let (display, video_mib) = match guest.config.video {
        VideoKind::Std => (Display::Std, guest.config.video_memory() >> 20),
        VideoKind::Vga => (Display::Std, VIDEO_MIB),
        VideoKind::Cirrus => (Display::Cirrus, guest.config.video_memory() >> 20),
    };
    Ok(Bundle {
        name: guest.name.clone(),
        ram_bytes: guest.config.ram.0,
        display,
        video_mib,
        apic: guest.config.apic,
        boot_order: boot_letters(&guest.config.boot),
        disks: disks
            .iter()
            .map(|(position, disk)| BundleDisk {
                position: *position,
                bytes: xva::padded_len(Disk::len(disk)),
            })
            .collect(),
        cd: cd_drive(guest, args.cd.unwrap_or(Cd::Ejected))?,
        bridges: args.vif.clone(),
    })
}

fn cd_drive(guest: &Prepared, cd: Cd) -> Result<CdDrive> {
    if cd != Cd::Attached {
        return Ok(if cd == Cd::None { CdDrive::None } else { CdDrive::Ejected });
    }
    let mut discs = guest.drives.iter().filter(|placed| placed.drive == Drive::Cdrom);
    let disc = discs.find_map(|placed| placed.medium.as_ref());
    let name = disc.and_then(|disc| disc.path.file_name()).map(|name| name.to_string_lossy().into_owned());
    name.map(CdDrive::Attached)
        .ok_or_else(|| Failure::bad(format!("{}: --cd attached: no disc is in its drive", guest.name)))
}

/// The host has no floppy drive; a disk is exported, so it is tried in any case.
fn boot_letters(order: &[BootDevice]) -> String {
    let mut letters: String = order
        .iter()
        .filter_map(|device| match device {
            BootDevice::Disk => Some('c'),
            BootDevice::Cdrom => Some('d'),
            BootDevice::Floppy => None,
        })
        .collect();
    if !letters.contains('c') {
        letters.push('c');
    }
    letters
}

struct Counted {
    to: Pending,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
