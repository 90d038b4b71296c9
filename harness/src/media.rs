//! Opening media: files by path, unpacked where they are packed, checked where a sum is given.

use crate::disk;
use crate::failure::{Failure, Result};
use crate::guest::Bytes;
pub use crate::images::places::{MEDIA_VARIABLE, media_folder};
use crate::images::{self, MediaKind, input, places};
use backplane::{Base, Disk};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a medium that comes from nowhere is called, before its size.
const BLANK: &str = "blank ";
/// Files up to this size are read into memory at once.
const IN_MEMORY: u64 = 64 << 20;

/// A medium that was opened: what it is, and a disk over it that never writes to it.
#[derive(Clone)]
pub struct Opened {
    /// Where it came from.
    pub path: PathBuf,
    /// What it is by its content.
    pub kind: MediaKind,
    /// Why a BIOS would not boot it, if so.
    pub not_bootable: Option<&'static str>,
    /// The medium.
    pub disk: Disk,
}

/// A path as a guest or case file writes it: relative to that file's folder, `${RELIC_MEDIA}` put in.
///
/// # Errors
/// Another variable, or no media folder.
pub fn resolve(written: &Path, folder: &Path) -> Result<PathBuf> {
    places::resolve(written, folder).map_err(Failure::bad)
}

/// Whether a path is the same wherever it is written.
pub fn is_absolute(written: &Path) -> bool {
    written.is_absolute() || in_media_folder(written)
}

fn in_media_folder(written: &Path) -> bool {
    written.to_string_lossy().starts_with("${RELIC_MEDIA}")
}

/// Whether a path needs the media folder, and there is none.
pub fn needs_missing_folder(written: &Path) -> bool {
    in_media_folder(written) && media_folder().is_none_or(|folder| !folder.is_dir())
}

/// Opens a medium.
///
/// # Errors
/// It cannot be read, is empty or truncated, or does not have the sum `sha256` (of the file as it lies there).
pub fn open(path: &Path, sha256: Option<&str>) -> Result<Opened> {
    open_disk(path, sha256, None)
}

/// Opens a medium; of a file with several disks, the one with the number `which`.
///
/// # Errors
/// As [`open`], and when there is no such disk.
pub fn open_disk(path: &Path, sha256: Option<&str>, which: Option<usize>) -> Result<Opened> {
    let (mut file, len) = input::open(path).map_err(|error| Failure::read(path, &error))?;
    if let Some(expected) = sha256 {
        check_sum(path, &mut file, expected)?;
    }
    if let Some(base) = disk::open(path, &file, len, which)? {
        let (kind, not_bootable) = images::recognise(&mut disk::Reading::new(&*base), base.len(), path)?;
        // A format of hard disks holds one, whatever its first sector says.
        let kind = if kind == MediaKind::Unknown { MediaKind::Harddisk } else { kind };
        return Ok(opened(path, (kind, not_bootable), base));
    }
    match load(path, file, len)? {
        Content::Bytes(bytes) => from_bytes(path, bytes),
        Content::File(file) => {
            let recognised = images::recognise_file(path)?;
            Ok(opened(path, recognised, Arc::new(file)))
        }
    }
}

/// A file as it lies there, whatever it is.
///
/// # Errors
/// It cannot be read.
pub(crate) fn raw(path: &Path) -> Result<Disk> {
    let (file, len) = input::open(path).map_err(|error| Failure::read(path, &error))?;
    Ok(Disk::new(Arc::new(FileBase { file, len })))
}

enum Content {
    Bytes(Vec<u8>),
    File(FileBase),
}

fn load(path: &Path, mut file: File, len: u64) -> Result<Content> {
    let unreadable = |error: io::Error| Failure::read(path, &error);
    file.rewind().map_err(unreadable)?;
    if is_packed(&file).map_err(unreadable)? {
        let unpacked = input::unpack(file).map_err(|message| Failure::bad_file(path, message));
        return unpacked.map(Content::Bytes);
    }
    if len > IN_MEMORY {
        return Ok(Content::File(FileBase { file, len }));
    }
    let mut bytes = Vec::with_capacity(len as usize);
    file.take(IN_MEMORY).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(Content::Bytes(bytes))
}

fn is_packed(file: &File) -> io::Result<bool> {
    let mut magic = [0; 2];
    let got = read_some(file, 0, &mut magic)?;
    Ok(input::is_packed(&magic[..got]))
}

fn check_sum(path: &Path, file: &mut File, expected: &str) -> Result<()> {
    let unreadable = |error: io::Error| Failure::read(path, &error);
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut offset = 0;
    loop {
        let got = read_some(file, offset, &mut buffer).map_err(unreadable)?;
        if got == 0 {
            break;
        }
        sum.update(&buffer[..got]);
        offset += got as u64;
    }
    let found: String = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    match found.eq_ignore_ascii_case(expected.trim()) {
        true => Ok(()),
        false => Err(Failure::bad_file(path, format!("its SHA-256 is {found}, expected {expected}"))),
    }
}

/// A medium in memory; `path` is where it came from, for messages.
///
/// # Errors
/// It is empty, or shorter than its own headers say.
pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Opened> {
    let recognised = images::recognise_bytes(&bytes, path)?;
    Ok(opened(path, recognised, Arc::new(bytes)))
}

/// A medium of so many bytes, all zeros.
///
/// # Errors
/// That is no size, or none of a medium.
pub fn blank(size: &str) -> Result<Opened> {
    let wrong = |why: String| Failure::bad(format!("blank: {why}"));
    let bytes: Bytes = size.parse().map_err(wrong)?;
    if !bytes.0.is_multiple_of(512) || !(512..=disk::MAX_DISK).contains(&bytes.0) {
        return Err(wrong(format!("`{size}` is not whole 512-byte sectors, from one to 2 TiB")));
    }
    let (base, name) = (Arc::new(Zeros(bytes.0)), PathBuf::from(format!("{BLANK}{bytes}")));
    let kind = images::recognise(&mut disk::Reading::new(&*base), bytes.0, &name)?;
    Ok(opened(&name, kind, base))
}

/// The blank medium of this name, if it is the name of one.
pub(crate) fn blank_named(name: &str) -> Option<Opened> {
    blank(name.strip_prefix(BLANK)?).ok()
}

fn opened(
    path: &Path,
    (kind, not_bootable): (MediaKind, Option<&'static str>),
    base: Arc<dyn Base>,
) -> Opened {
    Opened { path: path.to_owned(), kind, not_bootable, disk: Disk::new(base).named(&path.to_string_lossy()) }
}

/// So many bytes, all zeros.
struct Zeros(u64);

impl Base for Zeros {
    fn len(&self) -> u64 {
        self.0
    }

    fn read_at(&self, _: u64, buf: &mut [u8]) -> io::Result<()> {
        buf.fill(0);
        Ok(())
    }
}

/// A medium that stays in its file.
struct FileBase {
    file: File,
    len: u64,
}

impl Base for FileBase {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        read_exact_at(&self.file, offset, buf)
    }
}

/// Fills `buf` from byte `offset` of a file on.
///
/// # Errors
/// The host's, or the end of the file.
pub(crate) fn read_exact_at(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<()> {
    let mut done = 0;
    while done < buf.len() {
        match read_some(file, offset + done as u64, &mut buf[done..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            got => done += got,
        }
    }
    Ok(())
}

#[cfg(unix)]
fn read_some(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, offset)
}

#[cfg(windows)]
fn read_some(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buf, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_large_file_stays_on_the_host_and_reads_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, [1, 2, 3, 4, 5]).unwrap();
        let base = FileBase { file: File::open(&path).unwrap(), len: 5 };
        let mut got = [0; 3];
        base.read_at(2, &mut got).unwrap();
        assert_eq!(got, [3, 4, 5]);
        assert!(base.read_at(3, &mut got).is_err());
    }

    #[test]
    fn a_packed_floppy_is_unpacked_in_memory_and_a_cut_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.img.gz");
        let mut floppy = vec![0; 1_474_560];
        floppy[510..512].copy_from_slice(&[0x55, 0xAA]);
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&floppy).unwrap();
        let packed = packer.finish().unwrap();
        std::fs::write(&path, &packed).unwrap();
        let medium = open(&path, None).unwrap();
        assert_eq!(
            (medium.kind, medium.disk.len(), medium.not_bootable),
            (MediaKind::Floppy, 1_474_560, None)
        );
        std::fs::write(&path, &packed[..packed.len() - 20]).unwrap();
        let failure = open(&path, None).err().unwrap();
        assert!(failure.message.ends_with("truncated: the packed file ends too soon"), "{failure}");
    }

    #[test]
    fn a_blank_medium_has_its_size_and_nothing_else() {
        let medium = blank("8G").unwrap();
        let mut last = [7; 512];
        medium.disk.read((8 << 30) - 512, &mut last).unwrap();
        assert_eq!((medium.disk.len(), last), (8 << 30, [0; 512]));
        assert!(medium.not_bootable.is_some());
        assert_eq!(blank("1440K").unwrap().kind, MediaKind::Floppy);
        assert_eq!(blank_named(medium.disk.name()).map(|again| again.disk.len()), Some(8 << 30));
        for wrong in ["0", "100", "3000G", "much"] {
            let failure = blank(wrong).err().unwrap();
            assert!(failure.message.starts_with("blank: "), "{failure}");
        }
    }

    #[test]
    fn a_wrong_sum_says_both_sums() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.img");
        std::fs::write(&path, b"abc").unwrap();
        let failure = open(&path, Some("00")).err().unwrap();
        assert!(failure.message.contains("its SHA-256 is ba7816bf"), "{failure}");
    }
}
