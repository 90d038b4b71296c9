//! From a recipe to a file: nothing half-written is ever left behind, and nothing is written outside the folder asked.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::part::Part;
use crate::recipe::{Kind, Recipe};
use crate::vars::{self, Variables};
use crate::{content, floppy, harddisk, iso, sparse};

/// A medium that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mastered {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Its length.
    pub bytes: u64,
}

/// The bytes that `recipe` describes; `file` is where it came from: host paths in it start there.
///
/// # Errors
/// The recipe contradicts itself, or something it names cannot be read.
pub fn build(recipe: &Recipe, file: &Path) -> Result<Vec<u8>> {
    match recipe {
        Recipe::Iso(r) => iso::build(r, file),
        Recipe::Floppy(r) => floppy::build(r, file),
        Recipe::Harddisk(r) => harddisk::build(r, file),
    }
}

/// Makes the medium of the recipe at `recipe_path` in `out_dir` (created when missing). The same recipe and the same
/// files give the same bytes.
///
/// # Errors
/// As [`build`], and when the result cannot be written; then no file is left and an older result stays as it was.
pub fn master(recipe_path: &Path, out_dir: &Path) -> Result<Mastered> {
    master_with(recipe_path, out_dir, &Variables::new())
}

/// As [`master`], with these texts in place of variables of the recipe.
///
/// # Errors
/// As [`master`], and when the recipe has no such variable.
pub fn master_with(recipe_path: &Path, out_dir: &Path, vars: &Variables) -> Result<Mastered> {
    let own = Recipe::load(recipe_path)?;
    if let Some(name) = vars.keys().find(|name| !own.vars().contains_key(*name)) {
        return Err(Error::recipe(recipe_path, vars::unknown(name, own.vars())));
    }
    let recipe = Recipe::load_with(recipe_path, vars)?;
    let name = output_name(&recipe, recipe_path)?;
    let path = out_dir.join(name);
    refuse_input(&recipe, recipe_path, &path)?;
    let bytes = build(&recipe, recipe_path)?;
    fs::create_dir_all(out_dir).map_err(|source| Error::write(out_dir, source))?;
    write_whole(&path, &bytes)?;
    Ok(Mastered { path, kind: recipe.kind(), bytes: bytes.len() as u64 })
}

/// Refuses a result that would replace what it is made of.
fn refuse_input(recipe: &Recipe, file: &Path, output: &Path) -> Result<()> {
    let Ok(there) = fs::canonicalize(output) else { return Ok(()) };
    let mut inputs = recipe.host_paths().into_iter().filter_map(|path| content::beside(file, path).ok());
    let is_there = |path: &Path| fs::canonicalize(path).is_ok_and(|path| path == there);
    match is_there(file) || inputs.any(|path| is_there(&path)) {
        true => Err(Error::recipe(
            file,
            format!(
                "the result would replace {}, which it is made of; name another output",
                output.display()
            ),
        )),
        false => Ok(()),
    }
}

fn output_name(recipe: &Recipe, path: &Path) -> Result<String> {
    let extension = if recipe.kind() == Kind::Iso { "iso" } else { "img" };
    let standard = || {
        let stem = path.file_stem().map_or("medium".into(), |stem| stem.to_string_lossy().into_owned());
        format!("{stem}.{extension}")
    };
    let name = recipe.output().map_or_else(standard, str::to_owned);
    let is_plain = !name.is_empty() && !name.contains(['/', '\\', ':', '\0']) && name != "." && name != "..";
    match is_plain {
        true => Ok(name),
        false => Err(Error::recipe(
            path,
            format!("output `{name}` is not a plain file name; it may not leave the output folder"),
        )),
    }
}

/// Writes `bytes` beside `path` and renames: the file is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |source| Error::write(path, source);
    let (part, mut file) = Part::file(path).map_err(failed)?;
    sparse::write(&mut file, bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    part.take_name(path).map_err(failed)
}
