//! FreeDOS boots to the same screen from its disk, from every format that the disk is exported to, and from the folder that
//! a bundle is imported into.

mod command;

use command::relic;
use relic_tests::media;
use std::path::{Path, PathBuf};

/// The digests of RAM, screen and disk at the prompt.
fn digests(guest: &Path) -> Vec<String> {
    let until = ["--until-text", r"C:\>", "--timeout", "30s", "--display", "none", "--digests"];
    let run = [&["run", guest.to_str().unwrap()], &until[..]].concat();
    relic(&run).lines().map(str::to_owned).collect()
}

/// A guest with such a disk, on the machine that a bundle's importer makes, in a folder beside the disk.
fn guest_of(disk: &Path) -> PathBuf {
    let folder = disk.with_extension("guest");
    std::fs::create_dir(&folder).unwrap();
    let text = format!(
        "[machine]\npreset = 'xenserver'\nboot = ['disk', 'cdrom']\n[media]\ndisk = '{}'\ncdrom = {{ position = 3 }}\n",
        disk.display()
    );
    std::fs::write(folder.join("guest.toml"), text).unwrap();
    folder
}

fn screen(digests: &[String]) -> &str {
    digests.iter().find(|line| line.starts_with("screen ")).expect("a digest of the screen")
}

#[test]
fn freedos_shows_the_same_from_every_format_and_after_an_import() {
    let Some(disk) = media::hard_disk() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("disk.img"), disk).unwrap();
    let guest = guest_of(&at("disk.img"));
    let export = |format: &str, options: &[&str]| {
        let to = at(&format!("exported.{format}"));
        let export = ["export", guest.to_str().unwrap(), "--format", format, "-o", to.to_str().unwrap()];
        relic(&[&export[..], options].concat());
        to
    };
    let expected = digests(&guest);
    for format in ["qcow2", "vhd", "vhd-fixed", "vmdk", "vagrant"] {
        assert_eq!(digests(&guest_of(&export(format, &[]))), expected, "{format}");
        std::fs::remove_dir_all(at("exported.guest")).unwrap();
    }
    // A bundle's disk is padded to a whole MiB, so only the screen can be the original's.
    let bundle = digests(&export("xva", &[]));
    assert_eq!(screen(&bundle), screen(&expected));
    assert_eq!(digests(&export("xva", &["--compress", "zstd"])), bundle, "compressed with zstd");
    let (packed, imported) = (at("exported.xva"), at("imported"));
    relic(&["import", packed.to_str().unwrap(), "-o", imported.to_str().unwrap()]);
    assert_eq!(digests(&imported), bundle, "imported");
}
