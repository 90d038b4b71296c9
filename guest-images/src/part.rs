//! Files and folders under way: beside what they will be, under a name that says so, and gone if they do not come to be.
//!
//! A process that is killed leaves its own. Each is locked as long as its process lives, so that the next one that writes
//! beside it can tell, and removes it.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Those of this process.
static UNDER_WAY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
/// Folders without what others left.
static CLEARED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
/// Tells apart those of one process.
static NUMBER: AtomicU64 = AtomicU64::new(0);
/// How many names are tried.
const TRIES: u32 = 1000;
const PREFIX: &str = ".relic-";
const SUFFIX: &str = ".part";

/// A file or a folder under way. It is removed when this value goes, unless it [took its name](Part::take_name).
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    /// Holds the lock; none where the host does not open folders.
    held: Option<File>,
}

impl Part {
    /// A new, empty file beside `target`, to read and to write.
    ///
    /// # Errors
    /// The host's.
    pub fn file(target: &Path) -> io::Result<(Part, File)> {
        let part = Part::beside(target, |path| {
            File::options().read(true).write(true).create_new(true).open(path).map(Some)
        })?;
        let file = part.held.as_ref().ok_or(io::ErrorKind::Unsupported)?.try_clone()?;
        Ok((part, file))
    }

    /// A new, empty folder beside `target`.
    ///
    /// # Errors
    /// The host's.
    pub fn folder(target: &Path) -> io::Result<Part> {
        Part::beside(target, |path| fs::create_dir(path).map(|()| File::open(path).ok()))
    }

    /// Another process, perhaps of another container, may be making its own there, or clearing up.
    fn beside(target: &Path, make: impl Fn(&Path) -> io::Result<Option<File>>) -> io::Result<Part> {
        clear_once(target.parent().unwrap_or(Path::new("")));
        let mut tries = 0;
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = target.with_file_name(format!("{PREFIX}{}-{number}{SUFFIX}", std::process::id()));
            tries += 1;
            match make(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => {}
                Err(error) => return Err(error),
                Ok(held) => {
                    // Where nothing can be locked nothing is cleared.
                    let taken = held.as_ref().map(File::try_lock);
                    let is_ours = !matches!(taken, Some(Err(TryLockError::WouldBlock))) && path.exists();
                    if is_ours || tries == TRIES {
                        UNDER_WAY.lock().map_err(|_| io::ErrorKind::Other)?.insert(path.clone());
                        return Ok(Part { path, held });
                    }
                }
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it `target`, in place of a file that is there.
    ///
    /// # Errors
    /// The host's; then it is removed.
    pub fn take_name(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After it took its name there is nothing. Whatever made the writing fail may also keep the rest from being removed.
        remove(&self.path);
        if let Ok(mut under_way) = UNDER_WAY.lock() {
            under_way.remove(&self.path);
        }
    }
}

/// Removes all that this process has under way, because it ends.
pub fn remove_all() {
    if let Ok(under_way) = UNDER_WAY.lock() {
        under_way.iter().for_each(|path| remove(path));
    }
}

/// If the host lets it: there is nobody left to tell.
fn remove(path: &Path) {
    let _ = match path.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    };
}

/// Removes from a folder what killed processes left, the first time that this one writes there.
fn clear_once(folder: &Path) {
    if CLEARED.lock().is_ok_and(|mut cleared| cleared.insert(folder.to_owned())) {
        clear(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    }
}

fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_whole = entry.file_type().is_ok_and(|kind| kind.is_file() || kind.is_dir());
        if !is_whole || !entry.file_name().to_str().is_some_and(is_part) {
            continue;
        }
        // Who holds the lock is still writing.
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            remove(&entry.path());
        }
    }
}

/// Whether a name is one of ours: `.relic-PROCESS-NUMBER.part`.
fn is_part(name: &str) -> bool {
    let numbers = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)?.split_once('-'));
    numbers.is_some_and(|(process, number)| process.parse::<u32>().is_ok() && number.parse::<u64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_killed_processes_left_is_removed_and_what_is_locked_or_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path(".relic-7-0.part"), "cut").unwrap();
        fs::create_dir_all(path(".relic-7-1.part/inner")).unwrap();
        for other in [".relic-7.part", ".relic-a-0.part", "relic-7-0.part", "disk.img"] {
            fs::write(path(other), "mine").unwrap();
        }
        let alive = File::create(path(".relic-8-0.part")).unwrap();
        alive.try_lock().unwrap();
        let (part, _) = Part::file(&path("out.img")).unwrap();
        let stays = [".relic-7.part", ".relic-8-0.part", ".relic-a-0.part", "disk.img", "relic-7-0.part"];
        let ours = part.path().file_name().unwrap().to_str().unwrap().to_owned();
        let mut expected: Vec<String> = stays.map(str::to_owned).into_iter().chain([ours]).collect();
        expected.sort();
        assert_eq!(names(folder.path()), expected);
        drop(part);
        assert_eq!(names(folder.path()), stays);
    }

    #[test]
    fn what_is_under_way_is_not_cleared_and_takes_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (file, inner) = (folder.path().join("a"), folder.path().join("b"));
        let (part, _) = Part::file(&file).unwrap();
        let made = Part::folder(&inner).unwrap();
        clear(folder.path());
        assert_eq!(names(folder.path()).len(), 2);
        part.take_name(&file).unwrap();
        made.take_name(&inner).unwrap();
        assert_eq!(names(folder.path()), ["a", "b"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_or_a_pipe_with_such_a_name_is_left_alone() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let link = folder.path().join(".relic-7-0.part");
        std::os::unix::fs::symlink(elsewhere.path(), &link).unwrap();
        clear(folder.path());
        assert!(link.is_symlink() && elsewhere.path().is_dir());
    }
}
