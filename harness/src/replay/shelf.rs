//! Where the files of a log are found: as the log names them, beside the log, or where the command line says.

use crate::failure::{Failure, Result};
use crate::guest::Machine;
use crate::guest_file;
use crate::media::{self, Opened};
use crate::prepare::Prepared;
use crate::{images, snapshot_args};
use backplane::Disk;
use hypervisor::MediumId;
use std::fmt;
use std::path::{Path, PathBuf};

/// Finds the files of a log.
pub(crate) struct Shelf {
    beside: PathBuf,
    given: Vec<Given>,
}

/// `--media`: a folder, or one file by the name in the log.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    name: Option<String>,
    path: PathBuf,
}

impl fmt::Display for Given {
    /// As the command line has it.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}={}", self.path.display()),
            None => write!(f, "{}", self.path.display()),
        }
    }
}

/// `DIR` or `NAME=FILE`.
pub(crate) fn given(text: &str) -> Result<Given, String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => {
            Ok(Given { name: Some(name.to_owned()), path: path.into() })
        }
        Some(_) => Err("write a folder, or NAME=FILE".into()),
        None if Path::new(text).is_dir() => Ok(Given { name: None, path: text.into() }),
        None => Err(format!("`{text}` is no folder; one file is NAME=FILE")),
    }
}

impl Shelf {
    /// For a log.
    pub(crate) fn of(log: &Path, given: &[Given]) -> Shelf {
        let beside = log.parent().unwrap_or(Path::new("")).to_owned();
        Shelf { beside, given: given.to_vec() }
    }

    /// The places where a file may be.
    fn places(&self, name: &str) -> Vec<PathBuf> {
        let short = Path::new(name).file_name().unwrap_or_default();
        let mut places: Vec<PathBuf> = Vec::new();
        for Given { name: of, path } in &self.given {
            match of {
                Some(of) if *of == name || short == of.as_str() => places.push(path.clone()),
                Some(_) => {}
                None => places.push(path.join(short)),
            }
        }
        places.extend([PathBuf::from(name), self.beside.join(short)]);
        places.retain(|place| place.is_file());
        places
    }

    /// The first that is the one of the run; otherwise what is wrong with the first that there is.
    fn find<T>(
        &self,
        id: &MediumId,
        mut open: impl FnMut(&Path) -> Result<Vec<T>>,
        disk: impl Fn(&T) -> Disk,
    ) -> Result<T> {
        let mut wrong = None;
        for place in self.places(&id.name) {
            match open(&place) {
                Ok(found) => {
                    for one in found {
                        match id.open(&mut |_| Ok(disk(&one))) {
                            Ok(_) => return Ok(one),
                            Err(message) => wrong = wrong.or(Some(Failure::bad(message))),
                        }
                    }
                }
                Err(failure) => wrong = wrong.or(Some(failure)),
            }
        }
        Err(wrong.unwrap_or_else(|| {
            Failure::bad(format!("{}: not there, and not beside the log; --media says where it is", id.name))
        }))
    }

    /// A medium of the log.
    ///
    /// # Errors
    /// It is not to be had, or is another one.
    pub(crate) fn medium(&self, id: &MediumId) -> Result<Opened> {
        let mut found = match media::blank_named(&id.name) {
            Some(blank) => blank,
            None => self.find(id, all_disks, |opened| opened.disk.clone())?,
        };
        found.disk.write_protected = id.write_protected;
        found.disk = found.disk.named(&id.name);
        Ok(found)
    }

    /// The bytes of a ROM or a kernel.
    ///
    /// # Errors
    /// As [`Shelf::medium`].
    pub(crate) fn file(&self, id: &MediumId) -> Result<Vec<u8>> {
        let open = |path: &Path| guest_file::read_boot_file(path, Path::new("")).map(|bytes| vec![bytes]);
        self.find(id, open, |bytes: &Vec<u8>| Disk::from_bytes(bytes.clone()))
    }

    /// A file as it lies there.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn raw(path: &Path) -> Result<Disk> {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        media::raw(path).map(|disk| disk.named(&whole.to_string_lossy()))
    }

    /// Brings a machine to a snapshot of the log.
    ///
    /// # Errors
    /// It is not to be had, or is another one.
    pub(crate) fn restore(&self, id: &MediumId, machine: &mut Machine, guest: &Prepared) -> Result<()> {
        let open = |path: &Path| Ok(vec![(path.to_owned(), Shelf::raw(path)?)]);
        let (path, _) = self.find(id, open, |(_, disk)| disk.clone())?;
        snapshot_args::restore(&path, machine, guest, &mut |id| {
            self.medium(id).map(|opened| opened.disk).map_err(|failure| failure.message)
        })
        .map(drop)
    }
}

/// The disks that a file may stand for: one, those of a bundle, or what a recipe makes.
fn all_disks(path: &Path) -> Result<Vec<Opened>> {
    if path.extension().is_some_and(|extension| extension == "toml") {
        return media::from_bytes(path, images::build(path)?).map(|opened| vec![opened]);
    }
    match media::open(path, None) {
        Ok(opened) => Ok(vec![opened]),
        Err(failure) => {
            let several: Vec<Opened> =
                (0..4).map_while(|index| media::open_disk(path, None, Some(index)).ok()).collect();
            if several.is_empty() { Err(failure) } else { Ok(several) }
        }
    }
}
