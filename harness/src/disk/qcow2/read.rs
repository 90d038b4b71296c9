//! Reading a qcow2 image in place, with compressed clusters and with a backing file that lies beside it.

use super::header;
use crate::disk::MAX_DISK;
use crate::failure::plain;
use crate::images::input;
use crate::media::read_exact_at;
use backplane::Base;
use imago::file::File as Storage;
use imago::format::gate::ImplicitOpenGate;
use imago::qcow2::Qcow2;
use imago::{FormatAccess, FormatDriverBuilder, StorageOpenOptions};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// How many images lie behind each other at most.
const MAX_CHAIN: u32 = 16;
/// Bytes of the tables that are held in memory, as QEMU limits them.
const MAX_TABLE: u64 = 32 << 20;

/// Opens the disk in a qcow2 image. `path` is where it lies, if it has a place: a backing file is looked for beside it.
///
/// # Errors
/// One line: what is wrong with the file.
pub(in crate::disk) fn open(file: File, path: Option<&Path>) -> Result<impl Base + use<>, String> {
    check(&file)?;
    let options = StorageOpenOptions::new();
    let options = match path {
        Some(path) => options.filename(path),
        None => options,
    };
    let folder = path.map(|path| folder_of(path).map_err(|error| plain(&error))).transpose()?;
    let storage = Storage::from_open_file(file, options).map_err(|error| plain(&error))?;
    let image = Qcow2::<Storage>::builder(storage).open(Beside { folder, left: MAX_CHAIN });
    let access = FormatAccess::new(image.map_err(|error| plain(&error))?);
    match access.size() {
        0 => Err("a qcow2 image of 0 bytes".into()),
        _ => Ok(Image(access)),
    }
}

fn folder_of(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.canonicalize()
}

/// What would take memory without bound is refused before it is believed.
fn check(file: &File) -> Result<(), String> {
    let mut bytes = [0; header::LEN_2];
    read_exact_at(file, 0, &mut bytes).map_err(|_| "truncated: the qcow2 image ends in its header")?;
    let be32 = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let size = u64::from(be32(header::SIZE)) << 32 | u64::from(be32(header::SIZE + 4));
    let bits = be32(header::CLUSTER_BITS);
    if !(9..=21).contains(&bits) {
        return Err(format!("a qcow2 image with clusters of 2^{bits} bytes, expected 2^9 to 2^21"));
    }
    if size > MAX_DISK || u64::from(be32(header::L1_ENTRIES)) * 8 > MAX_TABLE {
        return Err(format!(
            "a qcow2 image of {size} bytes or with a table that is larger, expected at most {MAX_DISK}"
        ));
    }
    match be32(header::ENCRYPTION) {
        0 => Ok(()),
        _ => Err("an encrypted qcow2 image".into()),
    }
}

struct Image(FormatAccess<Storage>);

impl Base for Image {
    fn len(&self) -> u64 {
        self.0.size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.0.read(buf, offset)
    }
}

/// Lets an image name other files only in its own folder and below: an image from elsewhere could name any.
struct Beside {
    folder: Option<PathBuf>,
    left: u32,
}

impl ImplicitOpenGate<Storage> for Beside {
    fn open_format<F: FormatDriverBuilder<Storage>>(
        &mut self,
        builder: F,
    ) -> io::Result<FormatAccess<Storage>> {
        let left = self.left.checked_sub(1).ok_or_else(|| {
            io::Error::other(format!(
                "more than {MAX_CHAIN} backing files behind each other, perhaps in a circle"
            ))
        })?;
        Ok(FormatAccess::new(builder.open(Beside { folder: self.folder.clone(), left })?))
    }

    fn open_storage(&mut self, options: StorageOpenOptions) -> io::Result<Storage> {
        let name = options.get_filename().map(Path::to_owned).unwrap_or_default();
        let wrong = |why: String| io::Error::other(format!("the file {} behind it: {why}", name.display()));
        let place = name.canonicalize().map_err(|error| wrong(plain(&error)))?;
        if !self.folder.as_ref().is_some_and(|folder| place.starts_with(folder)) {
            return Err(wrong("it is not in the image's folder".into()));
        }
        let (file, _) = input::open(&place).map_err(|error| wrong(plain(&error)))?;
        Storage::from_open_file(file, StorageOpenOptions::new().filename(place))
    }
}
