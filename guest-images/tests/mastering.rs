//! Mastering from recipe files: what is written, and what never is.

use std::fs;
use std::path::{Path, PathBuf};

use guest_images::{FloppyFormat, Kind, master, master_with, partition_table, probe, probe_kind, read_file};

struct Workshop(tempfile::TempDir);

impl Workshop {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("out")
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn make(&self, recipe: &str) -> Vec<u8> {
        let made = master(&self.file("r.toml", recipe), &self.out()).unwrap();
        fs::read(made.path).unwrap()
    }

    fn refusal(&self, recipe: &str) -> String {
        let message = master(&self.file("r.toml", recipe), &self.out()).unwrap_err().to_string();
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(!self.out().exists(), "something was written");
        message
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

#[test]
fn every_floppy_format_has_its_own_parameter_block() {
    let shop = Workshop::new();
    for format in FloppyFormat::ALL {
        let image = shop.make(&format!("kind = \"floppy\"\nformat = \"{}\"\n", format.name));
        let g = format.geometry;
        assert_eq!(image.len() as u64, format.bytes(), "{}", format.name);
        assert_eq!(u16_at(&image, 0x0B), 512);
        assert_eq!(image[0x0D], format.cluster_sectors, "{} cluster", format.name);
        assert_eq!(u16_at(&image, 0x11), format.root_entries, "{} root", format.name);
        assert_eq!(u32::from(u16_at(&image, 0x13)), g.total_sectors(), "{} total", format.name);
        assert_eq!(image[0x15], format.media, "{} media", format.name);
        assert_eq!(u16_at(&image, 0x16), format.fat_sectors, "{} table", format.name);
        assert_eq!(u16_at(&image, 0x18), u16::from(g.sectors), "{} track", format.name);
        assert_eq!(u16_at(&image, 0x1A), u16::from(g.heads), "{} heads", format.name);
        assert_eq!(image[0x24], 0, "drive A:");
        assert_eq!(image[512], format.media, "{} first table entry", format.name);
        assert_eq!(image[510..512], [0x55, 0xAA]);
    }
}

#[test]
fn files_keep_their_order_and_text_gets_dos_line_ends() {
    let shop = Workshop::new();
    shop.file("zeta.bin", [7; 3000]);
    let image = shop.make(
        r#"
kind = "floppy"
label = "demo"
folders = ["EMPTY/DEEP"]
files = [
  { from = "zeta.bin", to = "zeta.sys" },
  { text = "one\ntwo\n", to = "docs/read.me" },
]
"#,
    );
    assert_eq!(read_file(&image, "ZETA.SYS").unwrap(), vec![7; 3000]);
    assert_eq!(read_file(&image, "DOCS/READ.ME").unwrap(), b"one\r\ntwo\r\n");
    assert!(read_file(&image, "DOCS/NONE.TXT").is_err());
    assert!(read_file(&[0; 512], "X").is_err());
    let root = (1 + 2 * 9) * 512;
    let names: Vec<&[u8]> = image[root..root + 4 * 32].chunks(32).map(|e| &e[..11]).collect();
    assert!(names.contains(&b"DEMO       ".as_slice()));
    assert!(names.contains(&b"ZETA    SYS".as_slice()));
}

#[test]
fn a_boot_sector_gives_its_code_but_not_its_parameters() {
    let shop = Workshop::new();
    let mut sector = vec![0xCC; 512];
    sector[..3].copy_from_slice(&[0xEB, 0x3C, 0x90]);
    sector[510..].copy_from_slice(&[0x55, 0xAA]);
    shop.file("boot.bin", &sector);
    let image = shop.make("kind = \"floppy\"\nformat = \"360K\"\nboot_sector = \"boot.bin\"\n");
    assert_eq!(image[0x3E..0x1FE], sector[0x3E..0x1FE]);
    assert_eq!(u16_at(&image, 0x18), 9);
    shop.file("boot.bin", [0; 100]);
    let other = Workshop::new();
    other.file("boot.bin", [0; 100]);
    assert!(other.refusal("kind = \"floppy\"\nboot_sector = \"boot.bin\"\n").contains("expected 512 bytes"));
}

#[test]
fn a_hard_disk_has_chs_fields_of_its_geometry() {
    let shop = Workshop::new();
    let disk = shop.make(
        r#"
kind = "harddisk"
geometry = { cylinders = 100, heads = 16, sectors = 63 }
[[partitions]]
fat = 16
size = "20M"
label = "FIRST"
files = [{ text = "hello", to = "A.TXT" }]
[[partitions]]
fat = 12
active = true
"#,
    );
    assert_eq!(disk.len(), 100 * 16 * 63 * 512);
    // 20 MiB are 41 cylinders of 504 KiB: from 0/1/1 to 40/15/63, then 41/0/1 to 99/15/63.
    assert_eq!(disk[446..462], entry(0x00, [1, 1, 0], 0x04, [15, 63, 40], 63, 41 * 1008 - 63));
    assert_eq!(disk[462..478], entry(0x80, [0, 1, 41], 0x01, [15, 63, 99], 41 * 1008, 59 * 1008));
    assert_eq!(disk[478..510], [0; 32]);
    let parts = partition_table(&disk).unwrap();
    let volume = &disk[parts[0].start as usize * 512..];
    assert_eq!(u16_at(volume, 0x1C), 63, "hidden sectors");
    assert_eq!(volume[0x24], 0x80);
    assert_eq!(read_file(volume, "A.TXT").unwrap(), b"hello");
}

fn entry(boot: u8, first: [u8; 3], system: u8, last: [u8; 3], start: u32, sectors: u32) -> [u8; 16] {
    let mut entry = [0; 16];
    entry[0] = boot;
    entry[1..4].copy_from_slice(&first);
    entry[4] = system;
    entry[5..8].copy_from_slice(&last);
    entry[8..12].copy_from_slice(&start.to_le_bytes());
    entry[12..].copy_from_slice(&sectors.to_le_bytes());
    entry
}

#[test]
fn cylinders_above_255_use_the_two_high_bits_of_the_sector_field() {
    let shop = Workshop::new();
    let disk = shop.make(
        "kind = \"harddisk\"\ngeometry = { cylinders = 700, heads = 2, sectors = 17 }\n[[partitions]]\n",
    );
    let last = 699u16;
    assert_eq!(disk[451..454], [1, 17 | ((last >> 8) as u8) << 6, last as u8]);
}

#[test]
fn impossible_disks_are_refused() {
    let shop = Workshop::new();
    let refusal = |text: &str| shop.refusal(&format!("kind = \"harddisk\"\n{text}"));
    assert!(refusal("").contains("0 partitions"));
    assert!(refusal("size = \"2G\"\n[[partitions]]\n").contains("1 to 1024 fit"));
    assert!(refusal("size = \"5M\"\n[[partitions]]\nsize = \"9M\"\n").contains("needs 19 cylinders"));
    assert!(refusal("geometry = { sectors = 64 }\n[[partitions]]\n").contains("sectors 1 to 63"));
    assert!(refusal("size = \"9M\"\n[[partitions]]\n[[partitions]]\n").contains("partition 1 has no size"));
}

#[test]
fn a_name_dos_cannot_store_is_refused() {
    let shop = Workshop::new();
    let message = shop.refusal("kind = \"floppy\"\nfiles = [{ text = \"x\", to = \"index.html\" }]\n");
    assert!(message.contains("`index.html` is not a DOS 8.3 name"), "{message}");
}

#[test]
fn too_much_for_the_medium_is_refused() {
    let shop = Workshop::new();
    shop.file("big.bin", vec![1; 400_000]);
    let message = shop
        .refusal("kind = \"floppy\"\nformat = \"360K\"\nfiles = [{ from = \"big.bin\", to = \"BIG\" }]\n");
    assert!(message.contains("`BIG` (400000 bytes) does not go onto the 368640-byte volume"), "{message}");
}

#[test]
fn missing_and_contradicting_inputs_are_refused() {
    let shop = Workshop::new();
    assert!(
        shop.refusal("kind = \"floppy\"\nfiles = [{ from = \"none\", to = \"A\" }]\n")
            .ends_with("none: cannot read: no such file or folder")
    );
    assert!(
        shop.refusal("kind = \"floppy\"\nfiles = [{ to = \"A\" }]\n").contains("either `from` or `text`")
    );
    let twice = "files = [{ text = \"1\", to = \"A\" }, { text = \"2\", to = \"a\" }]\n";
    assert!(shop.refusal(&format!("kind = \"floppy\"\n{twice}")).contains("stored twice"));
    assert!(shop.refusal("kind = \"floppy\"\nformat = \"1.3M\"\n").contains("known are 160K"));
    assert!(shop.refusal("kind = \"iso\"\nboot = { mode = \"floppy\" }\n").contains("exactly one of"));
    assert!(shop.refusal("kind = \"iso\"\nvolume = \"with blank\"\n").contains("A-Z, 0-9 and _"));
    assert!(
        shop.refusal("kind = \"iso\"\nfiles = [{ text = \"\", to = \"../up\" }]\n").contains("names no file")
    );
}

#[test]
fn a_boot_image_of_the_wrong_shape_is_refused() {
    let shop = Workshop::new();
    shop.file("a.img", [0; 5000]);
    let recipe = |mode: &str| format!("kind = \"iso\"\nboot = {{ mode = \"{mode}\", image = \"a.img\" }}\n");
    assert!(shop.refusal(&recipe("floppy")).contains("5000 bytes cannot be an emulated floppy"));
    assert!(shop.refusal(&recipe("hard-disk")).contains("no partition table"));
    shop.file("a.img", []);
    assert!(shop.refusal(&recipe("no-emulation")).contains("empty"));
}

#[test]
fn the_catalog_of_a_hard_disk_disc_has_the_partition_type() {
    let disc = probe::iso(probe::CdBoot::HardDisk);
    let block = u32::from_le_bytes(disc[17 * 2048 + 0x47..][..4].try_into().unwrap()) as usize * 2048;
    assert_eq!(disc[block + 32], 0x88, "bootable");
    assert_eq!(disc[block + 33], 4, "hard disk");
    assert_eq!(disc[block + 36], 0x04, "FAT16 below 32 MB");
}

#[test]
fn packed_images_and_nested_recipes_become_boot_images() {
    use std::io::Write;
    let shop = Workshop::new();
    let floppy = shop.make("kind = \"floppy\"\nformat = \"1200K\"\n");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&floppy).unwrap();
    shop.file("f.img.gz", packed.finish().unwrap());
    shop.file("inner.toml", "kind = \"floppy\"\nformat = \"1200K\"\n");
    let packed = shop.make("kind = \"iso\"\nboot = { mode = \"floppy\", image = \"f.img.gz\" }\n");
    let nested = shop.make("kind = \"iso\"\nboot = { mode = \"floppy\", recipe = \"inner.toml\" }\n");
    assert_eq!(packed, nested);
    let block = u32::from_le_bytes(packed[17 * 2048 + 0x47..][..4].try_into().unwrap()) as usize * 2048;
    assert_eq!(packed[block + 33], 1, "1.2 MB");
}

#[test]
fn two_runs_give_the_same_bytes() {
    let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
    let (first, second) = (Workshop::new(), Workshop::new());
    for entry in fs::read_dir(recipes).unwrap() {
        let recipe = entry.unwrap().path();
        if recipe.extension().is_some_and(|extension| extension == "toml") {
            let one = fs::read(master(&recipe, &first.out()).unwrap().path).unwrap();
            let two = fs::read(master(&recipe, &second.out()).unwrap().path).unwrap();
            assert!(one == two, "{}", recipe.display());
        }
    }
}

#[test]
fn the_output_stays_in_its_folder() {
    let shop = Workshop::new();
    for name in ["../x.img", "/x.img", "a/b.img", "..", "", "a\\b"] {
        let message = shop.refusal(&format!("kind = \"floppy\"\noutput = '{name}'\n"));
        assert!(message.contains("not a plain file name"), "{message}");
    }
}

#[test]
fn the_standard_name_comes_from_the_recipe() {
    let shop = Workshop::new();
    let made = master(&shop.file("disc.toml", "kind = \"iso\"\n"), &shop.out()).unwrap();
    assert_eq!(made.path, shop.out().join("disc.iso"));
    assert_eq!(made.kind, Kind::Iso);
    assert_eq!(probe_kind(&made.path).unwrap().bytes, made.bytes);
}

#[test]
fn a_failure_to_write_leaves_nothing_behind() {
    let shop = Workshop::new();
    let recipe = shop.file("r.toml", "kind = \"floppy\"\noutput = \"taken.img\"\n");
    fs::create_dir_all(shop.out().join("taken.img")).unwrap();
    let message = master(&recipe, &shop.out()).unwrap_err().to_string();
    assert!(message.ends_with("taken.img: cannot write: it is a folder"), "{message}");
    let left: Vec<_> = fs::read_dir(shop.out()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["taken.img"], "only the folder that was there");
}

#[test]
fn an_older_result_survives_a_bad_recipe() {
    let shop = Workshop::new();
    let made = master(&shop.file("r.toml", "kind = \"floppy\"\n"), &shop.out()).unwrap();
    let before = fs::read(&made.path).unwrap();
    let bad = shop.file("r.toml", "kind = \"floppy\"\nfiles = [{ from = \"none\", to = \"A\" }]\n");
    master(&bad, &shop.out()).unwrap_err();
    assert_eq!(fs::read(&made.path).unwrap(), before);
}

/// Media of other makers, if this machine has them.
fn foreign_media() -> Option<PathBuf> {
    let standard = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/media");
    let folder = std::env::var_os("RELIC_MEDIA").map_or(standard, PathBuf::from).join("dos");
    folder.is_dir().then_some(folder)
}

#[test]
fn bio_05_foreign_floppies_and_disks_become_boot_images() {
    let Some(folder) = foreign_media() else {
        eprintln!("skipped bio_05_foreign_floppies_and_disks_become_boot_images: no RELIC_MEDIA");
        return;
    };
    for (name, mode, media_type) in [
        ("freedos-floppy-1200K.img.gz", "floppy", 1),
        ("freedos-floppy-1.4MB.img.gz", "floppy", 2),
        ("freedos-hdd-64M.img.gz", "hard-disk", 4),
    ] {
        let shop = Workshop::new();
        let image = folder.join(name);
        let disc = shop.make(&format!(
            "kind = \"iso\"\nboot = {{ mode = \"{mode}\", image = '{}' }}\n",
            image.display()
        ));
        let block = u32::from_le_bytes(disc[17 * 2048 + 0x47..][..4].try_into().unwrap()) as usize * 2048;
        assert_eq!(disc[block + 33], media_type, "{name}");
    }
}

#[test]
fn files_come_off_another_medium_by_name_by_folder_and_by_pattern() {
    let shop = Workshop::new();
    let medium = shop.make(
        r#"
kind = "floppy"
[probe]
[[files]]
text = "old"
to = "CONFIG.SYS"
[[files]]
text = "exe"
to = "DOS/FDISK.EXE"
[[files]]
text = "deep"
to = "DOS/SUB/DEEP.TXT"
"#,
    );
    shop.file("medium.img", &medium);
    let image = shop.make(
        r#"
kind = "floppy"
boot_sector = "medium.img"
files = [
  { medium = "medium.img", from = "*.sys", to = "/" },
  { medium = "medium.img", from = "dos/fdisk.exe", to = "/" },
  { medium = "medium.img", from = "DOS", to = "ALL" },
  { text = "new", to = "CONFIG.SYS" },
]
"#,
    );
    let held = |path: &str| String::from_utf8(read_file(&image, path).unwrap()).unwrap();
    assert_eq!(held("FDISK.EXE"), "exe");
    assert_eq!(held("ALL/FDISK.EXE"), "exe");
    assert_eq!(held("ALL/SUB/DEEP.TXT"), "deep");
    assert_eq!(held("CONFIG.SYS"), "new", "what an entry names takes the place of what came along");
    assert_eq!(image[0x3E..512], medium[0x3E..512], "boot code of the floppy");
    let refusal = |from: &str| {
        let recipe = format!(
            "kind = 'floppy'\noutput = 'x.img'\nfiles = [{{ medium = 'medium.img', from = '{from}', to = '/' }}]"
        );
        master(&shop.file("r.toml", recipe), &shop.out()).unwrap_err().to_string()
    };
    assert!(refusal("NONE.EXE").ends_with("medium.img: there is no `NONE.EXE` on it"));
    assert!(refusal("*.ZIP").ends_with("medium.img: there is no `*.ZIP` on it"));
}

#[test]
fn variables_of_a_recipe_are_put_in_and_reach_the_recipe_of_its_boot_image() {
    let shop = Workshop::new();
    shop.file(
        "inner.toml",
        "kind = 'floppy'\nfiles = [{ text = '${word}', to = 'WORD.TXT' }]\n[vars]\nword = 'inner'",
    );
    let outer = shop.file(
        "outer.toml",
        "kind = 'iso'\nboot = { mode = 'floppy', recipe = 'inner.toml' }\n[vars]\nword = 'outer'",
    );
    let word = |vars: &[(&str, &str)]| {
        let vars = vars.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        master_with(&outer, &shop.out(), &vars).map(|made| {
            let disc = fs::read(made.path).unwrap();
            let image = guest_images::file_on(&disc, None, "BOOT/BOOT.IMG").unwrap().unwrap();
            String::from_utf8(read_file(&image, "WORD.TXT").unwrap()).unwrap()
        })
    };
    assert_eq!(word(&[]).unwrap(), "outer");
    assert_eq!(word(&[("word", "given")]).unwrap(), "given");
    let wrong = word(&[("wrd", "x")]).unwrap_err().to_string();
    assert!(wrong.ends_with("no variable `wrd`; did you mean `word`?"), "{wrong}");
}
