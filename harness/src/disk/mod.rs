//! Disks in other people's formats: what a file is by its first bytes, and the disk in it, read in place.

mod cached;
pub(crate) mod qcow2;
pub(crate) mod vagrant;
pub(crate) mod vhd;
pub(crate) mod vmdk;

use crate::failure::{Failure, Result};
use crate::images::input;
use crate::media::read_exact_at;
use crate::output;
use crate::xva::{Broken, Contents, Packing, Unpacking, index};
use backplane::Base;
use cached::Cached;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

/// A disk to be written into a file of another format.
pub trait DiskSource {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Whether the disk has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` from `offset` on.
    ///
    /// # Errors
    /// The host's.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()>;
}

/// Bytes that are looked at together: zeros become holes.
const PIECE: usize = 64 << 10;
/// Bytes of a disk at most: XenServer's and QEMU's limits for old formats are about the same, 2 TiB.
pub(crate) const MAX_DISK: u64 = 2 << 40;
/// Data that a temporary file takes at most.
const MAX_TEMPORARY: u64 = 4 << 30;

/// The disk in a file, if the file is not the disk itself. `which` is the number of a disk among several, from 0 on.
///
/// # Errors
/// The file is broken, or does not have that disk.
pub(crate) fn open(
    path: &Path,
    file: &File,
    length: u64,
    which: Option<usize>,
) -> Result<Option<Arc<dyn Base>>> {
    match bundle(path, file, length)? {
        Some((contents, None)) => return bundled(path, again(path, file)?, &contents, which).map(Some),
        Some((contents, Some(_))) => {
            return unpacked(path, again(path, file)?, length, &contents, which).map(Some);
        }
        None => {}
    }
    if let Some(which) = which.filter(|which| *which > 0) {
        return Err(Failure::bad_file(path, format!("no disk {which}: the file has one")));
    }
    if let Some(disk) =
        image(again(path, file)?, length, Some(path)).map_err(|wrong| Failure::bad_file(path, wrong))?
    {
        return Ok(Some(disk));
    }
    boxed(path, file)
}

/// The file once more, from its beginning.
fn again(path: &Path, file: &File) -> Result<File> {
    let again = file.try_clone().and_then(|mut file| file.rewind().map(|()| file));
    again.map_err(|error| Failure::read(path, &error))
}

/// The disk in an image of another format; nothing when it is none. `path` is where the image lies, if it has a place.
fn image(file: File, length: u64, path: Option<&Path>) -> Result<Option<Arc<dyn Base>>, String> {
    let mut first = [0; 32];
    if length < first.len() as u64 {
        return Ok(None);
    }
    read_exact_at(&file, 0, &mut first).map_err(|error| crate::failure::plain(&error))?;
    Ok(match first {
        _ if first.starts_with(qcow2::MAGIC) => Some(Arc::new(Cached::new(qcow2::open(file, path)?))),
        _ if first.starts_with(vmdk::MAGIC) => Some(Arc::new(Cached::new(vmdk::open(file, length)?))),
        _ if first.starts_with(b"# Disk Descriptor") => {
            return Err(
                "a VMDK whose data lie in other files; `qemu-img convert` makes one file of them".into()
            );
        }
        _ => match vhd::kind(&file, length).map_err(|error| crate::failure::plain(&error))? {
            Some(kind) => Some(vhd::open(file, length, kind)?),
            None => None,
        },
    })
}

/// The disk in a Vagrant box or an OVA.
fn boxed(path: &Path, file: &File) -> Result<Option<Arc<dyn Base>>> {
    let mut first = [0; 2];
    let is_packed = read_exact_at(file, 0, &mut first).is_ok() && input::is_packed(&first);
    let wrong = |wrong: String| Failure::bad_file(path, wrong);
    let Some(inner) = vagrant::unpack(again(path, file)?, is_packed).map_err(wrong)? else { return Ok(None) };
    let disk = image(inner.file, inner.len, None).map_err(wrong)?;
    disk.map(Some).ok_or_else(|| wrong("the disk in the box is neither qcow2 nor VMDK".into()))
}

/// What a file says about its guest and how it is compressed, if it is a bundle.
///
/// # Errors
/// It is a broken bundle.
pub(crate) fn bundle(path: &Path, file: &File, length: u64) -> Result<Option<(Contents, Option<Packing>)>> {
    let mut first = [0; 512];
    let known = first.len().min(usize::try_from(length).unwrap_or(usize::MAX));
    read_exact_at(file, 0, &mut first[..known]).map_err(|error| Failure::read(path, &error))?;
    let packing = Packing::of(&first);
    if packing.is_none() && !first.starts_with(b"ova.xml\0") && !first.starts_with(b"./ova.xml\0") {
        return Ok(None);
    }
    match Unpacking::open(again(path, file)?, length) {
        Ok(bundle) => Ok(Some((bundle.contents().clone(), packing))),
        // A packed floppy, say.
        Err(Broken::Foreign(_)) if packing == Some(Packing::Gzip) => Ok(None),
        Err(broken) => Err(Failure::bad_file(path, broken)),
    }
}

/// The number of the wanted disk of a bundle.
fn chosen(path: &Path, contents: &Contents, which: Option<usize>) -> Result<usize> {
    let has = contents.disks.len();
    match which {
        Some(which) if which < has => Ok(which),
        None if has == 1 => Ok(0),
        None => Err(Failure::bad_file(path, format!("a bundle with {has} disks; `index` says which"))),
        Some(which) => {
            Err(Failure::bad_file(path, format!("no disk {which}: the bundle has {has}, from 0 on")))
        }
    }
}

fn bundled(path: &Path, file: File, contents: &Contents, which: Option<usize>) -> Result<Arc<dyn Base>> {
    let which = chosen(path, contents, which)?;
    let (_, disks) = index(file).map_err(|broken| Failure::bad_file(path, broken))?;
    match disks.into_iter().nth(which) {
        Some(disk) => Ok(Arc::new(disk)),
        None => Err(Failure::bad_file(path, "the bundle changes while it is read")),
    }
}

/// A disk of a compressed bundle: there are no places in it, so the disk is unpacked into a file that nobody sees.
fn unpacked(
    path: &Path,
    file: File,
    length: u64,
    contents: &Contents,
    which: Option<usize>,
) -> Result<Arc<dyn Base>> {
    let which = chosen(path, contents, which)?;
    let mut disk = Temporary::new(contents.disks[which].bytes).map_err(temporary_failed)?;
    let unpacking = Unpacking::open(file, length).map_err(|broken| Failure::bad_file(path, broken))?;
    let write = |at: usize, offset: u64, data: &[u8]| match at == which {
        true => disk.write(offset, data),
        false => Ok(()),
    };
    let outcome = unpacking.unpack(false, write).map_err(|broken| Failure::bad_file(path, broken))?;
    match outcome.damaged.first() {
        Some(name) => Err(Failure::bad_file(path, format!("block {name}: its checksum does not match"))),
        None => Ok(Arc::new(disk)),
    }
}

fn temporary_failed(error: io::Error) -> Failure {
    Failure::write(&std::env::temp_dir(), &error)
}

/// A disk in a temporary file without a name, as long as it is used.
pub(crate) struct Temporary {
    file: File,
    len: u64,
    left: u64,
}

impl Temporary {
    /// A disk of zeros.
    fn new(len: u64) -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        file.set_len(len)?;
        Ok(Temporary { file, len, left: MAX_TEMPORARY })
    }

    fn write(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        let written = write_sparse(&mut self.file, offset, data)?;
        self.left = self.left.checked_sub(written).ok_or_else(|| {
            io::Error::other(format!(
                "it unpacks to more than {} GiB; `relic import` it first",
                MAX_TEMPORARY >> 30
            ))
        })?;
        Ok(())
    }
}

impl Base for Temporary {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        read_exact_at(&self.file, offset, buf)
    }
}

/// Writes data at a place of a file that is zero there; zeros stay holes. Returns how much was not zero.
///
/// # Errors
/// The host's.
pub(crate) fn write_sparse(file: &mut (impl Write + Seek), offset: u64, data: &[u8]) -> io::Result<u64> {
    let mut written = 0;
    for (number, piece) in data.chunks(PIECE).enumerate() {
        if !is_blank(piece) {
            file.seek(SeekFrom::Start(offset + (number * PIECE) as u64))?;
            file.write_all(piece)?;
            written += piece.len() as u64;
        }
    }
    Ok(written)
}

/// Goes through a disk in pieces of `unit` bytes, the last perhaps shorter, and hands on those that are not all zeros, with
/// their places.
///
/// # Errors
/// Those of the disk and of `each`, and Ctrl-C.
pub(crate) fn each_piece(
    disk: &dyn DiskSource,
    unit: usize,
    mut each: impl FnMut(u64, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut data = vec![0; unit];
    let mut offset = 0;
    while offset < disk.len() {
        if output::interrupted() {
            return Err(io::Error::other("stopped by Ctrl-C"));
        }
        let piece = &mut data[..(disk.len() - offset).min(unit as u64) as usize];
        disk.read_at(offset, piece)?;
        if !is_blank(piece) {
            each(offset, piece)?;
        }
        offset += piece.len() as u64;
    }
    Ok(())
}

/// Whether all bytes are zero.
pub(crate) fn is_blank(data: &[u8]) -> bool {
    data.iter().all(|&byte| byte == 0)
}

/// A disk as a stream.
pub(crate) struct Reading<'a> {
    disk: &'a dyn Base,
    at: u64,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(disk: &'a dyn Base) -> Self {
        Reading { disk, at: 0 }
    }
}

impl Read for Reading<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.disk.len().saturating_sub(self.at).min(buf.len() as u64) as usize;
        self.disk.read_at(self.at, &mut buf[..count])?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Reading<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.disk.len().checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
