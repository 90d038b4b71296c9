//! DOS from three discs, mastered from `guest-images/recipes/dos`: what is on them, the suite that installs from them onto blank
//! disks, and what others make of an installed disk.

mod command;

use command::relic;
use guest_images::file_on;
use relic_tests::qemu::{Firmware, Qemu};
use relic_tests::{installed, media, pc::Pc, text};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;

/// The prompt of an installed DOS.
const PROMPT: &str = r"C:\>";
/// Where FDISK puts the first partition: the second track.
const PARTITION: u64 = 63 * 512;

/// Whether the recipes find their media; they look from the workspace, as `relic master` does there.
fn has_media() -> bool {
    let there = [media::HARD_DISK.to_owned(), media::floppy_name("1.4MB")];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(root).expect("the workspace is where it was built");
    there.iter().all(|name| media::path(name).is_some())
}

/// A disc of a recipe.
fn disc(name: &str) -> Option<Vec<u8>> {
    if !has_media() {
        return None;
    }
    let recipe = Path::new("guest-images/recipes/dos").join(name).with_extension("toml");
    let folder = tempfile::tempdir().unwrap();
    let made = guest_images::master(&recipe, folder.path()).unwrap();
    Some(std::fs::read(made.path).unwrap())
}

/// The guest that the suite leaves with a disk of this size: a folder with `guest.toml` and the disk. The suite runs once for all
/// tests, and must pass.
fn installed_on(size: &str) -> Option<PathBuf> {
    static KEPT: OnceLock<Option<TempDir>> = OnceLock::new();
    let kept = KEPT.get_or_init(|| {
        if !has_media() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        relic(&["test", "tests/install", "--keep", folder.path().to_str().unwrap()]);
        Some(folder)
    });
    Some(kept.as_ref()?.path().join("tests/install").join(size))
}

fn disk_of(guest: &Path) -> PathBuf {
    guest.join("primary-master.img")
}

fn export(guest: &Path, format: &str, to: &Path) {
    relic(&["export", guest.to_str().unwrap(), "--format", format, "-o", to.to_str().unwrap()]);
}

/// The digest of the screen at the prompt, and its rows.
fn booted(guest: &Path) -> (String, Vec<String>) {
    let until = ["--until-text", PROMPT, "--timeout", "30s", "--display", "text", "--digests"];
    let said = relic(&[&["run", guest.to_str().unwrap()], &until[..]].concat());
    let (digests, rows): (Vec<&str>, Vec<&str>) = said
        .lines()
        .partition(|line| ["ram ", "screen ", "primary-master "].iter().any(|of| line.starts_with(of)));
    let screen = digests.iter().find(|line| line.starts_with("screen ")).expect("a digest of the screen");
    ((*screen).to_owned(), rows.into_iter().map(|row| row.trim_end().to_owned()).collect())
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// Whether two files hold the same bytes.
fn same(one: &Path, other: &Path) -> bool {
    let (mut one, mut other) = (File::open(one).unwrap(), File::open(other).unwrap());
    let (mut a, mut b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut left = one.metadata().unwrap().len();
    if left != other.metadata().unwrap().len() {
        return false;
    }
    while left > 0 {
        let part = left.min(1 << 20) as usize;
        one.read_exact(&mut a[..part]).unwrap();
        other.read_exact(&mut b[..part]).unwrap();
        if a[..part] != b[..part] {
            return false;
        }
        left -= part as u64;
    }
    true
}

#[test]
fn the_first_disc_boots_dos_with_its_cd_rom_and_mouse_drivers_and_what_installs_it() {
    let Some(disc) = disc("1-install") else { return };
    let mut pc = Pc::start(media::with_disc(disc));
    pc.wait("the mouse driver", 20, |pc| pc.shows("Installed at PS/2 port"));
    pc.wait_prompt("A:\\>", 10);
    assert!(pc.shows("SHSUCDX installed"), "{}", pc.scene());
    pc.command("dir /w a:\\", "A:\\>");
    for wanted in ["FDISK.EXE", "FORMAT.EXE", "SYS.COM", "[HD]"] {
        assert!(pc.shows(wanted), "no {wanted:?}; {}", pc.scene());
    }
    pc.command("type r:\\readme.txt", "A:\\>");
    assert!(pc.shows("makes it bootable"), "{}", pc.scene());
}

#[test]
fn the_second_and_third_disc_have_the_dos_the_drivers_and_a_program() {
    let (Some(second), Some(third)) = (disc("2-dos"), disc("3-utilities")) else { return };
    for (disc, path) in [
        (&second, "DOS/FDISK.EXE"),
        (&second, "DOS/JEMM386.EXE"),
        (&third, "DRIVERS/UDVD2.SYS"),
        (&third, "NIBBLES/LEVELS/LEVEL1.RAW"),
    ] {
        assert!(file_on(disc, None, path).unwrap().is_some(), "{path}");
    }
    for disc in [&second, &third] {
        let batch = file_on(disc, None, "INSTALL.BAT").unwrap().unwrap();
        assert!(batch.starts_with(b"@ECHO OFF\r\n"), "line ends of DOS");
    }
}

#[test]
fn dos_installs_from_three_discs_and_boots_to_the_same_screen_after_an_export_and_import() {
    let Some(guest) = installed_on("504M") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (bundle, imported) = (folder.path().join("dos.xva"), folder.path().join("dos"));
    let (screen, rows) = booted(&guest);
    assert!(rows.iter().any(|row| row == "Jemm386 loaded"), "{rows:?}");
    export(&guest, "xva", &bundle);
    assert_eq!(booted(&bundle), (screen.clone(), rows.clone()), "in place");
    relic(&["import", bundle.to_str().unwrap(), "-o", imported.to_str().unwrap()]);
    assert_eq!(booted(&imported), (screen, rows), "imported");
    assert!(same(&disk_of(&guest), &imported.join("disk0.img")));
}

#[test]
fn independent_readers_give_the_installed_disk_back_bit_for_bit() {
    let Some(guest) = installed_on("504M") else { return };
    if !installed(&["tar", "python3", "xva-img"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let back = |reader: &str| {
        assert!(same(&disk_of(&guest), &folder.path().join("seen.img")), "{reader}");
        std::fs::remove_file(at("seen.img")).unwrap();
    };
    export(&guest, "xva", &folder.path().join("dos.xva"));
    let script = |name: &str| format!("{}/../harness/tests/{name}", env!("CARGO_MANIFEST_DIR"));
    run("python3", &[&script("xva_check.py"), &at("dos.xva"), &at("seen.img")]);
    back("Python's tar and XML-RPC");
    std::fs::create_dir(at("members")).unwrap();
    run("tar", &["-xf", &at("dos.xva"), "-C", &at("members")]);
    run("xva-img", &["disk-export", &at("members/Ref:200/"), &at("seen.img")]);
    back("xva-img");
    let python = std::env::var("RELIC_PYTHON").unwrap_or("python3".into());
    if Command::new(&python)
        .args(["-c", "import dissect.archive.xva"])
        .output()
        .is_ok_and(|o| o.status.success())
    {
        run(&python, &[&script("xva_dissect.py"), &at("dos.xva"), &at("seen.img")]);
        back("dissect.archive");
    } else {
        relic_tests::skip("dissect.archive is not installed");
    }
}

#[test]
fn a_bundle_that_another_writer_packs_boots_to_the_same_screen() {
    let Some(guest) = installed_on("504M") else { return };
    if !installed(&["tar", "xva-img"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir_all(at("vm/Ref:200")).unwrap();
    export(&guest, "xva", &folder.path().join("ours.xva"));
    run("tar", &["-xf", &at("ours.xva"), "-C", &at("vm"), "ova.xml"]);
    run("xva-img", &["disk-import", &at("vm/Ref:200/"), disk_of(&guest).to_str().unwrap()]);
    run("xva-img", &["package", &at("theirs.xva"), &at("vm/ova.xml"), &at("vm/Ref:200/")]);
    assert_eq!(booted(&folder.path().join("theirs.xva")), booted(&guest));
}

#[test]
fn qemu_img_finds_the_installed_disk_in_every_format() {
    let Some(guest) = installed_on("504M") else { return };
    if !installed(&["qemu-img"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let disk = disk_of(&guest);
    for (format, theirs) in
        [("raw", "raw"), ("qcow2", "qcow2"), ("vhd", "vpc"), ("vhd-fixed", "vpc"), ("vmdk", "vmdk")]
    {
        let exported = folder.path().join(format);
        export(&guest, format, &exported);
        let files = [disk.to_str().unwrap(), exported.to_str().unwrap()];
        run("qemu-img", &["compare", "-f", "raw", "-F", theirs, files[0], files[1]]);
        std::fs::remove_file(exported).unwrap();
    }
}

#[test]
fn sfdisk_and_fsck_find_nothing_wrong_with_the_installed_disks() {
    if !installed(&["sfdisk", "fsck.fat", "dd"]) {
        return;
    }
    // FAT16, and FAT32 for LBA: FDISK's own choices.
    for (size, kind, is_fat32) in [("504M", "6", false), ("2G", "6", false), ("8G", "c", true)] {
        let Some(guest) = installed_on(size) else { return };
        let (folder, disk) = (tempfile::tempdir().unwrap(), disk_of(&guest));
        let disk = disk.to_str().unwrap();
        let verified = run("sfdisk", &["--verify", disk]);
        assert!(verified.contains("No errors detected."), "{size}: {verified}");
        assert_eq!(run("sfdisk", &["--part-type", disk, "1"]).trim(), kind, "{size}");
        let table = run("sfdisk", &["--dump", disk]);
        assert!(table.contains("bootable"), "{size}: {table}");
        let volume = folder.path().join("volume").to_str().unwrap().to_owned();
        let (from, to, skip) = (format!("if={disk}"), format!("of={volume}"), format!("skip={PARTITION}"));
        run("dd", &[&from, &to, &skip, "bs=1M", "iflag=skip_bytes", "conv=sparse", "status=none"]);
        let checked = run("fsck.fat", &["-n", "-v", &volume]);
        assert_eq!(checked.contains("32 bit entries"), is_fat32, "{size}: {checked}");
    }
}

/// What the drivers say of themselves and of the drives from the CD-ROM's on, without the controller's ports and the maker of the
/// CD-ROM drive: the firmware and the machine choose these.
fn drivers(rows: &[String]) -> Vec<&str> {
    let rows = rows.iter().map(|row| row.trim_end()).skip_while(|row| !row.starts_with("UDVD2"));
    rows.filter(|row| !row.contains("Controller at") && !row.starts_with("CD0:")).collect()
}

#[test]
fn qemu_boots_the_installed_disk_to_the_same_prompt() {
    for size in ["504M", "8G"] {
        let Some(guest) = installed_on(size) else { return };
        let disk = disk_of(&guest);
        let machine = |_: &str| {
            let disk = format!("if=ide,format=raw,snapshot=on,file={}", disk.display());
            let cdrom = ["-drive", "if=ide,index=3,media=cdrom"];
            ["-nodefaults", "-vga", "std", "-m", "256", "-drive", &disk]
                .into_iter()
                .chain(cdrom)
                .map(str::to_owned)
                .collect()
        };
        let Some(mut qemu) = Qemu::start(Firmware::Its, &[], machine) else { return };
        let theirs = qemu.wait("the prompt", Duration::from_secs(90), |rows| text::last(rows) == PROMPT);
        let (_, ours) = booted(&guest);
        assert_eq!(drivers(&theirs), drivers(&ours), "{size}");
        assert!(drivers(&theirs).len() > 10, "{theirs:?}");
    }
}
