//! Paths as recipes, guests and cases write them: relative to their own file, or in the folder of other people's media.

use std::path::{Path, PathBuf};

/// The variable that names the folder of other people's media.
pub const MEDIA_VARIABLE: &str = "RELIC_MEDIA";
/// Where that folder is looked for when the variable is not set.
const MEDIA_DEFAULT: &str = "../shared/media";

/// The folder of other people's media.
pub fn media_folder() -> Option<PathBuf> {
    match std::env::var_os(MEDIA_VARIABLE) {
        Some(folder) if !folder.is_empty() => Some(PathBuf::from(folder)),
        _ => Some(PathBuf::from(MEDIA_DEFAULT)).filter(|folder| folder.is_dir()),
    }
}

/// A path relative to `folder`, with `${RELIC_MEDIA}` put in.
///
/// # Errors
/// One line: another variable, or no media folder.
pub fn resolve(written: &Path, folder: &Path) -> Result<PathBuf, String> {
    let Some(rest) = written.to_str().and_then(|text| text.strip_prefix("${")) else {
        return Ok(folder.join(written));
    };
    let written = written.display();
    let Some((name, rest)) = rest.split_once('}') else {
        return Err(format!("`{written}`: `${{` without `}}`"));
    };
    if name != MEDIA_VARIABLE {
        return Err(format!("`{written}`: only ${{{MEDIA_VARIABLE}}} may stand in a path"));
    }
    let Some(media) = media_folder() else {
        return Err(format!("`{written}`: {MEDIA_VARIABLE} is not set to a folder of media"));
    };
    Ok(media.join(rest.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_media_folder_may_stand_in_a_path() {
        assert_eq!(resolve(Path::new("a/b.img"), Path::new("/c")).unwrap(), Path::new("/c/a/b.img"));
        let wrong = resolve(Path::new("${HOME}/x"), Path::new("/c")).unwrap_err();
        assert!(wrong.contains("only ${RELIC_MEDIA}"), "{wrong}");
    }
}
