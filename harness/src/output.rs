//! Files that are there whole or not at all.

use crate::display;
use crate::failure::{Exit, Failure, Result};
use crate::images::part::{self, Part};
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C stop long work at the next good moment; a second one ends the process at once.
pub(crate) fn watch_for_interrupt() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            display::restore();
            part::remove_all();
            std::process::exit(Exit::Interrupted as i32);
        }
    };
    // Without a handler the host's default stays: the process just ends.
    let _ = ctrlc::set_handler(handler);
}

/// Whether Ctrl-C was pressed.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// After the guest was stopped by Ctrl-C: what it did is still written, unless Ctrl-C is pressed again.
pub(crate) fn go_on() {
    INTERRUPTED.store(false, Ordering::SeqCst);
}

/// A file that takes its name only when it is complete; until then, and after a failure, nothing is there under that
/// name and what was there before stays.
pub(crate) struct Pending {
    target: PathBuf,
    part: Option<Part>,
    file: Option<BufWriter<File>>,
}

impl Pending {
    /// Begins a file that the user named. A device or a pipe is written in place.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn create(target: &Path) -> Result<Self> {
        let failed = |error: io::Error| Failure::write(target, &error);
        match fs::metadata(target) {
            Ok(data) if data.is_dir() => Err(failed(io::ErrorKind::IsADirectory.into())),
            Ok(data) if !data.is_file() => {
                let file = File::options().write(true).open(target).map_err(failed)?;
                Ok(Self::over(target, None, file))
            }
            _ => Self::inside(target),
        }
    }

    /// Begins a file in a folder of somebody else's making: whatever bears its name there, a link or a device, is
    /// replaced and never written through.
    ///
    /// # Errors
    /// It cannot be made.
    fn inside(target: &Path) -> Result<Self> {
        if target.file_name().is_none() {
            return Err(Failure::bad_file(target, "not the name of a file"));
        }
        let (part, file) = Part::file(target).map_err(|error| Failure::write(target, &error))?;
        Ok(Self::over(target, Some(part), file))
    }

    fn over(target: &Path, part: Option<Part>, file: File) -> Self {
        Pending { target: target.to_owned(), part, file: Some(BufWriter::with_capacity(1 << 20, file)) }
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// The host could not keep all bytes; then nothing is left.
    pub(crate) fn finish(mut self) -> Result<()> {
        let kept = self.keep();
        kept.map_err(|error| Failure::write(&self.target, &error))
    }

    fn keep(&mut self) -> io::Result<()> {
        if let Some(mut file) = self.file.take() {
            file.flush()?;
            if self.part.is_some() {
                file.get_ref().sync_all()?;
            }
        }
        self.part.take().map_or(Ok(()), |part| part.take_name(&self.target))
    }
}

impl Pending {
    /// Whether it is a new file, where what is not written is zeros; otherwise a device or a pipe.
    pub(crate) fn is_sparse(&self) -> bool {
        self.part.is_some()
    }

    /// Sets the length of a new file.
    ///
    /// # Errors
    /// The host refuses.
    pub(crate) fn set_len(&mut self, length: u64) -> io::Result<()> {
        let file = self.file.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        file.flush()?;
        file.get_ref().set_len(length)
    }
}

impl Seek for Pending {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.seek(to)
    }
}

/// A folder that takes its name only when everything in it is complete; until then, and after a failure, nothing is there
/// under that name.
pub(crate) struct PendingFolder {
    target: PathBuf,
    part: Part,
}

impl PendingFolder {
    /// Begins a folder that the user named; an empty one may be there.
    ///
    /// # Errors
    /// Something is in the way, or it cannot be made.
    pub(crate) fn create(target: &Path) -> Result<Self> {
        let failed = |error: io::Error| Failure::write(target, &error);
        let occupied = match fs::read_dir(target) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(failed(error)),
        };
        if occupied {
            return Err(Failure::bad_file(target, "cannot write: the folder is not empty; name a new one"));
        }
        if let Some(parent) = target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        Ok(PendingFolder { target: target.to_owned(), part: Part::folder(target).map_err(failed)? })
    }

    /// Where its files are made.
    pub(crate) fn path(&self) -> &Path {
        self.part.path()
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// The host refuses; then nothing is left.
    pub(crate) fn finish(self) -> Result<()> {
        self.part.take_name(&self.target).map_err(|error| Failure::write(&self.target, &error))
    }
}

/// A file beside the one that it will become part of. It goes with this value. Unlike [`Pending`] it takes bytes after Ctrl-C, too.
pub(crate) struct Scratch {
    part: Part,
    file: BufWriter<File>,
}

impl Scratch {
    /// Makes it.
    ///
    /// # Errors
    /// The host refuses.
    pub(crate) fn beside(target: &Path) -> Result<Self> {
        let (part, file) = Part::file(target).map_err(|error| Failure::write(target, &error))?;
        Ok(Scratch { part, file: BufWriter::new(file) })
    }

    /// To write at its end.
    pub(crate) fn file(&mut self) -> &mut (impl Write + Seek + use<>) {
        &mut self.file
    }

    /// To read all of it.
    ///
    /// # Errors
    /// The host could not keep all bytes.
    pub(crate) fn reread(&mut self) -> io::Result<File> {
        self.file.flush()?;
        File::open(self.part.path())
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if interrupted() {
            return Err(io::Error::other("stopped by Ctrl-C"));
        }
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // The buffered rest of an abandoned file is of no use.
            drop(file.into_parts());
        }
    }
}

/// Writes a whole file that the user named.
///
/// # Errors
/// It cannot be written; then nothing is left.
pub(crate) fn write_named(path: &Path, bytes: &[u8]) -> Result<()> {
    write_all(Pending::create(path)?, bytes)
}

/// Writes a whole file with a name of our choice.
///
/// # Errors
/// It cannot be written; then nothing is left.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_all(Pending::inside(path)?, bytes)
}

fn write_all(mut file: Pending, bytes: &[u8]) -> Result<()> {
    file.write_all(bytes).map_err(|error| Failure::write(&file.target, &error))?;
    file.finish()
}

/// Refuses an output that cannot be written, or would replace what is read: before long work, not after it.
///
/// # Errors
/// The output, and what is wrong with it.
pub(crate) fn check<'a>(output: &Path, mut inputs: impl Iterator<Item = &'a Path>) -> Result<()> {
    let there = fs::canonicalize(output);
    if let Ok(there) = there
        && inputs.any(|input| fs::canonicalize(input).is_ok_and(|input| input == there))
    {
        return Err(Failure::bad_file(output, "cannot write: the guest is read from it; name another file"));
    }
    Pending::create(output).map(drop)
}

/// Makes a folder and those above it.
///
/// # Errors
/// The host refuses.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| Failure::write(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_file_leaves_nothing_and_the_old_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.bin");
        write_whole(&path, b"old").unwrap();
        let mut file = Pending::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_writers_of_one_name_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.bin");
        let (mut one, mut two) = (Pending::create(&path).unwrap(), Pending::create(&path).unwrap());
        one.write_all(b"first").unwrap();
        two.write_all(b"other").unwrap();
        two.finish().unwrap();
        one.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_a_folder_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (link, device) = (folder.path().join("x.new.png"), Path::new("/dev/full"));
        std::os::unix::fs::symlink(device, &link).unwrap();
        write_whole(&link, b"x").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
    }

    #[test]
    fn an_output_that_is_an_input_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk.img");
        fs::write(&path, b"x").unwrap();
        let other_name = folder.path().join(".").join("disk.img");
        let failure = check(&other_name, [path.as_path()].into_iter()).unwrap_err();
        assert!(failure.message.contains("the guest is read from it"), "{failure}");
        check(&folder.path().join("new.img"), [path.as_path()].into_iter()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let failure = write_named(folder.path(), b"x").unwrap_err();
        assert!(failure.message.ends_with("cannot write: it is a folder"), "{failure}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_one_clear_line() {
        let failure = write_named(Path::new("/dev/full"), &[0; 4096]).unwrap_err();
        assert_eq!(failure.message, "/dev/full: cannot write: the disk is full");
    }
}
