//! Which cases are run: found below the paths, of a name, of a share.

use super::Options;
use crate::case::{self, Case, Variables};
use crate::failure::{Exit, Failure, Result};
use crate::images::wording;
use crate::output;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A case on one adapter by one engine, or one that cannot be read.
pub(super) enum Chosen {
    /// To be run.
    Case(Box<Case>),
    /// Its name, its file, and what is wrong.
    Broken(String, PathBuf, Failure),
}

impl Chosen {
    /// The case's name.
    pub(super) fn name(&self) -> &str {
        match self {
            Chosen::Case(case) => &case.name,
            Chosen::Broken(name, ..) => name,
        }
    }
}

/// One of so many equal shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1 on.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(n, of)| Some((n.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Shard { number, of }),
            _ => Err("write `1/3` for the first of three shares".into()),
        }
    }
}

/// The cases that the options ask for, in order.
///
/// # Errors
/// A path without cases, a name or a variable that no case has.
pub(super) fn chosen(options: &Options) -> Result<Vec<Chosen>> {
    let folders = discover(&options.paths)?;
    let mut cases: Vec<Chosen> = folders.iter().flat_map(|folder| read(folder, &options.set)).collect();
    if let Some(filter) = &options.filter {
        cases.retain(|case| filter.is_match(case.name()));
        if cases.is_empty() {
            return Err(Failure::bad(format!("--filter {filter}: no case has this in its name")));
        }
    }
    check_set(&cases, &options.set)?;
    if let Some(Shard { number, of }) = options.shard {
        cases = cases.into_iter().skip(number - 1).step_by(of).collect();
    }
    Ok(cases)
}

fn read(folder: &Path, set: &Variables) -> Vec<Chosen> {
    match case::parse(folder, set) {
        Ok(cases) => cases.into_iter().map(|case| Chosen::Case(Box::new(case))).collect(),
        Err(failure) => vec![Chosen::Broken(case::name(folder), folder.join("case.toml"), failure)],
    }
}

fn check_set(cases: &[Chosen], set: &Variables) -> Result<()> {
    let known: BTreeSet<&str> = cases
        .iter()
        .filter_map(|chosen| match chosen {
            Chosen::Case(case) => Some(case.variables.iter().map(String::as_str)),
            Chosen::Broken(..) => None,
        })
        .flatten()
        .collect();
    let Some(unknown) = set.keys().find(|name| !known.contains(name.as_str())) else { return Ok(()) };
    let near = wording::nearest(unknown, known.into_iter());
    let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Err(Failure::bad(format!("--set {unknown}: no case has a variable of this name{hint}")))
}

/// The folders with cases at and below the paths, in order.
///
/// # Errors
/// A path that does not exist, or has no case.
pub fn discover(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for path in paths {
        let path = match path.file_name() {
            Some(name) if name == "case.toml" => path.parent().unwrap_or(path),
            _ => path,
        };
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        if path.is_file() {
            return Err(Failure::bad_file(path, "a file, expected a case.toml or a folder with cases"));
        }
        let before = found.len();
        let known = std::fs::canonicalize(path).is_ok_and(|path| seen.contains(&path));
        collect(path, &mut found, &mut seen)?;
        if output::interrupted() {
            return Err(Failure::new(Exit::Interrupted, "stopped by Ctrl-C while cases were looked for"));
        }
        if found.len() == before && !known {
            return Err(Failure::bad_file(path, "no case.toml in it or below it"));
        }
    }
    Ok(found)
}

/// Each folder once, by whatever names and links it is reached.
fn collect(folder: &Path, found: &mut Vec<PathBuf>, seen: &mut HashSet<PathBuf>) -> Result<()> {
    let real = std::fs::canonicalize(folder).map_err(|error| Failure::read(folder, &error))?;
    if !seen.insert(real) || output::interrupted() {
        return Ok(());
    }
    if folder.join("case.toml").is_file() {
        found.push(folder.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::read(folder, &error))?;
    let mut below: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    below.retain(|path| path.is_dir());
    below.sort();
    below.iter().try_for_each(|path| collect(path, found, seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_one_of_so_many() {
        assert_eq!("2/3".parse(), Ok(Shard { number: 2, of: 3 }));
        for wrong in ["0/3", "4/3", "3", "a/b", "1/0", "-1/2"] {
            assert!(wrong.parse::<Shard>().unwrap_err().contains("`1/3`"), "{wrong}");
        }
    }
}
