//! A Vagrant box: a tar file, mostly with gzip, of `metadata.json`, a `Vagrantfile` and the disk. For libvirt the disk is `box.img`, a
//! qcow2 image; VirtualBox's boxes, and OVA files, have a VMDK.

use crate::disk::{DiskSource, MAX_TEMPORARY, Temporary, qcow2};
use crate::failure::{Failure, Result};
use crate::guest::{MachineConfig, VideoKind};
use crate::output::{Pending, Scratch};
use flate2::{Compression, GzBuilder};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

/// Members of a box that are looked at before its disk.
const MOST_MEMBERS: usize = 64;
/// Bytes of a box that are looked at.
const MOST_BYTES: u64 = MAX_TEMPORARY + (1 << 30);
/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;
/// The file's name of libvirt's disk.
const LIBVIRT_DISK: &str = "box.img";

/// The disk's file in a box or an OVA, unpacked; nothing when the file is neither.
///
/// # Errors
/// One line: what is wrong with the file.
pub(super) fn unpack(file: File, is_packed: bool) -> Result<Option<Temporary>, String> {
    let file = BufReader::with_capacity(PIECE, file);
    let stream: Box<dyn Read> = match is_packed {
        true => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        false => Box::new(file),
    };
    let mut archive = tar::Archive::new(stream.take(MOST_BYTES));
    let Ok(members) = archive.entries() else { return Ok(None) };
    for member in members.take(MOST_MEMBERS) {
        // What is no tar file from its beginning on is somebody else's business.
        let Ok(mut member) = member else { return Ok(None) };
        let name = member.path().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        let name = name.strip_prefix("./").unwrap_or(&name);
        if name == LIBVIRT_DISK || Path::new(name).extension().is_some_and(|kind| kind == "vmdk") {
            let disk =
                copy(&mut member).map_err(|error| format!("{name}: {}", crate::failure::plain(&error)))?;
            return Ok(Some(disk));
        }
    }
    Ok(None)
}

fn copy(member: &mut tar::Entry<impl Read>) -> io::Result<Temporary> {
    let size = member.size();
    let mut disk = Temporary::new(size)?;
    let mut data = vec![0; PIECE];
    let mut offset = 0;
    while offset < size {
        let part = &mut data[..(size - offset).min(PIECE as u64) as usize];
        member.read_exact(part)?;
        disk.write(offset, part)?;
        offset += part.len() as u64;
    }
    Ok(disk)
}

/// Writes a box for libvirt.
///
/// # Errors
/// Those of the disk and of the host.
pub(crate) fn write(
    disk: &dyn DiskSource,
    machine: &MachineConfig,
    to: &Path,
    failed: &dyn Fn(io::Error) -> Failure,
) -> Result<()> {
    let mut scratch = Scratch::beside(to)?;
    qcow2::write(disk, scratch.file()).map_err(failed)?;
    let mut out = Pending::create(to)?;
    pack(disk.len(), machine, &mut scratch, &mut out).map_err(failed)?;
    out.finish()
}

fn pack(bytes: u64, machine: &MachineConfig, scratch: &mut Scratch, out: &mut Pending) -> io::Result<()> {
    let metadata = serde_json::json!({
        "provider": "libvirt",
        "format": "qcow2",
        "virtual_size": bytes.div_ceil(1 << 30),
    });
    // Its time is the epoch, as in every member: the same guest gives the same bytes.
    let packer = GzBuilder::new().mtime(0).write(out, Compression::fast());
    let mut archive = tar::Builder::new(packer);
    for (name, text) in [("metadata.json", metadata.to_string()), ("Vagrantfile", vagrantfile(machine))] {
        append(&mut archive, name, text.len() as u64, text.as_bytes())?;
    }
    let image = scratch.reread()?;
    append(&mut archive, LIBVIRT_DISK, image.metadata()?.len(), BufReader::with_capacity(PIECE, image))?;
    archive.into_inner()?.finish()?.flush()
}

fn append(
    archive: &mut tar::Builder<impl Write>,
    name: &str,
    length: u64,
    data: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(length);
    header.set_mode(0o644);
    header.set_mtime(0);
    archive.append_data(&mut header, name, data)
}

/// The guest has no network, so nothing is managed or shared through one.
fn vagrantfile(machine: &MachineConfig) -> String {
    let video = if machine.video == VideoKind::Cirrus { "cirrus" } else { "vga" };
    let (ram, vram) = ((machine.ram.0 >> 20).max(1), (machine.video_memory() >> 10).max(1024));
    format!(
        "Vagrant.configure(\"2\") do |config|\n  \
           config.vm.synced_folder \".\", \"/vagrant\", disabled: true\n  \
           config.vm.provider :libvirt do |libvirt|\n    \
             libvirt.machine_type = \"pc\"\n    \
             libvirt.cpus = 1\n    \
             libvirt.memory = {ram}\n    \
             libvirt.disk_bus = \"ide\"\n    \
             libvirt.disk_device = \"hda\"\n    \
             libvirt.video_type = \"{video}\"\n    \
             libvirt.video_vram = {vram}\n    \
             libvirt.graphics_type = \"vnc\"\n    \
             libvirt.mgmt_attach = false\n  \
           end\n\
         end\n"
    )
}
