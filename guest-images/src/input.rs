//! Reading files that somebody names: bounded, and nothing but files. A pipe would make the reader wait, a device such as
//! `/dev/zero` never ends, and a packed file may hide a thousand times its size.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Most that a packed file may unpack to.
pub const MAX_UNPACKED: u64 = 1 << 30;
/// Most that a text file (a recipe, a guest, a case) may hold.
pub const MAX_TEXT: u64 = 4 << 20;

/// Opens a file or a block device; also gives its length.
///
/// # Errors
/// The host refuses, or it is a folder, a pipe, a socket or another device.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    // Before opening: that alone can wait for ever on a pipe.
    check(&fs::metadata(path)?)?;
    let mut file = File::open(path)?;
    let data = file.metadata()?;
    check(&data)?;
    let length = if data.is_file() { data.len() } else { file.seek(SeekFrom::End(0))? };
    file.rewind()?;
    Ok((file, length))
}

fn check(data: &fs::Metadata) -> io::Result<()> {
    if data.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    match data.is_file() || is_block_device(data) {
        true => Ok(()),
        false => Err(io::Error::other("it is a pipe or a device, expected a file")),
    }
}

#[cfg(unix)]
fn is_block_device(data: &fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_block_device(&data.file_type())
}

#[cfg(not(unix))]
fn is_block_device(_: &fs::Metadata) -> bool {
    false
}

/// The bytes of a file that holds at most `most`.
///
/// # Errors
/// As [`open`], and when it is larger.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (file, length) = open(path)?;
    let mut bytes = Vec::with_capacity(length.min(most) as usize);
    file.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::other(format!("it is larger than {most} bytes"))),
        false => Ok(bytes),
    }
}

/// The text of a file.
///
/// # Errors
/// As [`read`], and when it is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path, MAX_TEXT)?).map_err(|_| io::Error::other("it is not UTF-8 text"))
}

/// Whether these are the first bytes of a gzip file.
pub fn is_packed(first: &[u8]) -> bool {
    first.starts_with(&[0x1F, 0x8B])
}

/// Unpacks a gzip file, up to [`MAX_UNPACKED`].
///
/// # Errors
/// One line: it is damaged, cut, or unpacks to more.
pub fn unpack(packed: impl Read) -> Result<Vec<u8>, String> {
    unpack_at_most(packed, MAX_UNPACKED)
}

fn unpack_at_most(packed: impl Read, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut unpacked = flate2::read::MultiGzDecoder::new(BufReader::new(packed)).take(most + 1);
    unpacked.read_to_end(&mut bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => "truncated: the packed file ends too soon".to_owned(),
        _ => format!("damaged gzip file: {}", crate::error::plain(&error)),
    })?;
    match bytes.len() as u64 > most {
        true => Err(format!("unpacks to more than {} MiB; unpack it first", most >> 20)),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_without_end_is_refused_at_once() {
        let error = read(Path::new("/dev/zero"), 10).unwrap_err();
        assert_eq!(error.to_string(), "it is a pipe or a device, expected a file");
    }

    #[test]
    fn a_folder_and_a_file_that_is_too_large_are_refused() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(read(manifest, 10).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        let error = read(&manifest.join("Cargo.toml"), 10).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 10 bytes");
    }

    #[test]
    fn a_packed_file_that_hides_more_than_allowed_is_refused() {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(&vec![0; 3 << 20]).unwrap();
        let packed = packer.finish().unwrap();
        assert_eq!(unpack_at_most(&packed[..], 3 << 20).unwrap().len(), 3 << 20);
        let wrong = unpack_at_most(&packed[..], (3 << 20) - 1).unwrap_err();
        assert!(wrong.starts_with("unpacks to more than 2 MiB"), "{wrong}");
    }
}
