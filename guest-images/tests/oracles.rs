//! Other people's programs look at our media: mtools and fsck.fat at FAT, xorriso, isoinfo and bsdtar at discs.

use std::fs;
use std::path::{Path, PathBuf};

use guest_images::{FloppyFormat, master, partition_table};

mod tools;

/// Masters `recipe` in a folder that lives as long as the first value.
fn make(recipe: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.toml");
    fs::write(&path, recipe).unwrap();
    let made = master(&path, &folder.path().join("out")).unwrap();
    (folder, made.path)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

const FILES: &str = r#"
files = [
  { text = "first\n", to = "FIRST.TXT" },
  { text = "deep\n", to = "DIR/SUB/DEEP.TXT" },
]
folders = ["EMPTY"]
"#;

#[test]
fn mtools_and_fsck_accept_every_floppy_format() {
    if !tools::have("mtools_and_fsck_accept_every_floppy_format", &["mdir", "mtype", "minfo", "fsck.fat"]) {
        return;
    }
    for format in FloppyFormat::ALL {
        let (_folder, image) =
            make(&format!("kind = \"floppy\"\nformat = \"{}\"\nlabel = \"DEMO\"\n{FILES}", format.name));
        let clean = tools::run("fsck.fat", &["-n", "-v", text(&image)]);
        assert!(!clean.contains("differ") && !clean.contains("Dirty"), "{}: {clean}", format.name);
        let listing = tools::run("mdir", &["-i", text(&image), "-/", "::"]);
        for name in ["FIRST    TXT", "DEEP     TXT", "EMPTY        <DIR>", "Volume in drive : is DEMO"] {
            let expected = listing.contains(name);
            assert!(expected, "{}: no `{name}` in {listing}", format.name);
        }
        assert_eq!(tools::run("mtype", &["-i", text(&image), "::DIR/SUB/DEEP.TXT"]), "deep\r\n");
        let info = tools::run("minfo", &["-i", text(&image), "::"]);
        let g = format.geometry;
        let line = format!("sectors per track: {}", g.sectors);
        assert!(info.contains(&line), "{}: {info}", format.name);
    }
}

#[test]
fn mtools_and_fsck_accept_both_partitions_of_a_disk() {
    if !tools::have("mtools_and_fsck_accept_both_partitions_of_a_disk", &["mdir", "mtype", "fsck.fat"]) {
        return;
    }
    let recipe = format!(
        "kind = \"harddisk\"\n[[partitions]]\nfat = 16\nsize = \"20M\"\n{FILES}[[partitions]]\nfat = 12\nsize = \"8M\"\n{FILES}"
    );
    let (folder, image) = make(&recipe);
    let disk = fs::read(&image).unwrap();
    for (index, partition) in partition_table(&disk).unwrap().iter().enumerate() {
        let volume = folder.path().join(format!("{index}.img"));
        let start = partition.start as usize * 512;
        fs::write(&volume, &disk[start..start + partition.sectors as usize * 512]).unwrap();
        tools::run("fsck.fat", &["-n", text(&volume)]);
        let inside = format!("{}@@{start}", text(&image));
        assert_eq!(tools::run("mtype", &["-i", &inside, "::FIRST.TXT"]), "first\r\n");
    }
}

const DISC: &str = r#"
kind = "iso"
volume = "ORACLE"
files = [
  { text = "long\n", to = "A long name with blanks.txt" },
  { text = "lower\n", to = "deep/er/lower.cfg" },
]
"#;

#[test]
fn isoinfo_reads_all_three_trees() {
    if !tools::have("isoinfo_reads_all_three_trees", &["isoinfo"]) {
        return;
    }
    let (_folder, image) = make(DISC);
    let plain = tools::run("isoinfo", &["-f", "-i", text(&image)]);
    assert!(plain.contains("/DEEP/ER/LOWER.CFG"), "{plain}");
    for tree in ["-R", "-J"] {
        let names = tools::run("isoinfo", &[tree, "-f", "-i", text(&image)]);
        assert!(names.contains("/A long name with blanks.txt"), "{tree}: {names}");
        assert!(names.contains("/deep/er/lower.cfg"), "{tree}: {names}");
    }
    let info = tools::run("isoinfo", &["-d", "-i", text(&image)]);
    assert!(info.contains("Volume id: ORACLE"), "{info}");
}

#[test]
fn bsdtar_reads_names_and_content() {
    if !tools::have("bsdtar_reads_names_and_content", &["bsdtar"]) {
        return;
    }
    let (_folder, image) = make(DISC);
    let names = tools::run("bsdtar", &["-tf", text(&image)]);
    assert!(names.contains("A long name with blanks.txt") && names.contains("deep/er/lower.cfg"), "{names}");
    assert_eq!(tools::run("bsdtar", &["-xOf", text(&image), "deep/er/lower.cfg"]), "lower\n");
}

#[test]
fn xorriso_sees_the_boot_catalog_of_every_mode() {
    if !tools::have("xorriso_sees_the_boot_catalog_of_every_mode", &["xorriso"]) {
        return;
    }
    let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
    let folder = tempfile::tempdir().unwrap();
    for (recipe, emulation) in
        [("probe-cd.toml", "none"), ("probe-cd-floppy.toml", "fd1.4"), ("probe-cd-harddisk.toml", "hd")]
    {
        let made = master(&recipes.join(recipe), folder.path()).unwrap();
        let report = tools::run("xorriso", &["-indev", text(&made.path), "-report_el_torito", "plain"]);
        let line = report.lines().find(|line| line.contains("El Torito boot img :")).unwrap_or("");
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(
            words.contains(&emulation) && words.contains(&"BIOS") && words.contains(&"y"),
            "{recipe}: {report}"
        );
        assert!(!report.contains("WARNING") && !report.contains("FAILURE"), "{recipe}: {report}");
    }
}
