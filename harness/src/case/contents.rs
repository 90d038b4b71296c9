//! What a guest left in a file on one of its media.

use super::step::FileCheck;
use crate::failure::{Exit, Failure, Result};
use crate::images::{self, input};
use crate::{media, overlay, text};
use backplane::Disk;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Largest file of the host that is compared.
const MAX_FILE: u64 = 256 << 20;
/// How much of a text is told.
const SHOWN: usize = 60;

/// Looks whether a file is as expected; paths of the host are relative to `folder`.
///
/// # Errors
/// It is not, or it cannot be read.
pub(super) fn check(file: &FileCheck, disk: Option<&Disk>, folder: &Path) -> Result<()> {
    let unmet = |message: String| Err(Failure::new(Exit::Mismatch, message));
    let bay = overlay::bay_name(file.volume.bay);
    let Some(disk) = disk else { return unmet(format!("there is no medium in {bay}")) };
    let found = images::file_on(disk, file.volume.partition, &file.path)
        .map_err(|message| Failure::new(Exit::Mismatch, message))?;
    let bytes = match (found, file.exists) {
        (Some(bytes), true) => bytes,
        (None, false) => return Ok(()),
        (Some(bytes), false) => return unmet(format!("it is there, with {} bytes", bytes.len())),
        (None, true) => return unmet("it is not there".into()),
    };
    if let Some(wanted) = &file.contains {
        let shown = text::debug_text(&bytes);
        if !shown.contains(wanted.as_str()) {
            let begin: String = shown.chars().take(SHOWN).collect();
            return unmet(format!(
                "`{wanted}` is not in its {} bytes; they begin with `{begin}`",
                bytes.len()
            ));
        }
    }
    if let Some(path) = &file.equals {
        let path = media::resolve(path, folder)?;
        let wanted = input::read(&path, MAX_FILE).map_err(|error| Failure::read(&path, &error))?;
        if let Some(parts) = first_difference(&bytes, &wanted) {
            return unmet(format!("it is not {}: {parts}", path.display()));
        }
    }
    if let Some(wanted) = &file.sha256 {
        let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if !sum.eq_ignore_ascii_case(wanted) {
            return unmet(format!("its SHA-256 sum is {sum}, expected {wanted}"));
        }
    }
    Ok(())
}

fn first_difference(found: &[u8], wanted: &[u8]) -> Option<String> {
    if found.len() != wanted.len() {
        return Some(format!("{} bytes, expected {}", found.len(), wanted.len()));
    }
    let at = found.iter().zip(wanted).position(|(one, other)| one != other)?;
    Some(format!("byte {at} is {:02X}, expected {:02X}", found[at], wanted[at]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Volume;
    use backplane::Bay;

    /// A floppy with `DOS/HELLO.TXT`.
    fn floppy() -> Disk {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("h.bin"), b"Hello\r\n\x81ber").unwrap();
        std::fs::write(
            path("r.toml"),
            "kind = 'floppy'\nfiles = [ { from = 'h.bin', to = 'DOS/HELLO.TXT' } ]",
        )
        .unwrap();
        Disk::from_bytes(images::build(&path("r.toml")).unwrap())
    }

    fn said(change: impl FnOnce(&mut FileCheck)) -> Result<(), String> {
        let volume = Volume { bay: Bay::FloppyA, partition: None };
        let path = "dos/hello.txt".to_owned();
        let mut file = FileCheck { volume, path, exists: true, contains: None, equals: None, sha256: None };
        change(&mut file);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("same"), b"Hello\r\n\x81ber").unwrap();
        std::fs::write(folder.path().join("other"), b"Hello\r\n\x82ber").unwrap();
        check(&file, Some(&floppy()), folder.path()).map_err(|failure| failure.message)
    }

    #[test]
    fn a_file_is_there_holds_its_text_and_equals_another() {
        said(|_| {}).unwrap();
        said(|file| file.contains = Some("Hello\n\u{fc}ber".into())).unwrap();
        said(|file| file.equals = Some("same".into())).unwrap();
        let sum: String =
            Sha256::digest(b"Hello\r\n\x81ber").iter().map(|byte| format!("{byte:02X}")).collect();
        said(|file| file.sha256 = Some(sum)).unwrap();
        said(|file| (file.path, file.exists) = ("NONE".into(), false)).unwrap();
    }

    #[test]
    fn what_is_not_as_expected_is_told() {
        let wrong = |change: fn(&mut FileCheck)| said(change).unwrap_err();
        assert_eq!(wrong(|file| file.path = "NONE".into()), "it is not there");
        assert_eq!(wrong(|file| file.exists = false), "it is there, with 11 bytes");
        assert!(
            wrong(|file| file.contains = Some("Bye".into()))
                .contains("`Bye` is not in its 11 bytes; they begin with `Hello")
        );
        assert!(wrong(|file| file.equals = Some("other".into())).ends_with("byte 7 is 81, expected 82"));
        assert!(wrong(|file| file.equals = Some("none".into())).contains("cannot read"));
        assert!(wrong(|file| file.sha256 = Some("0".repeat(64))).contains("its SHA-256 sum is "));
        assert!(wrong(|file| file.volume.partition = Some(2)).contains("no partition table"));
    }
}
