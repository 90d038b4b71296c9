//! FreeDOS boots to the same screen from its disk, from every format that the disk is exported to, and from the folder that
//! a bundle is imported into.

use harness::cli;
use harness::console::Console;
use harness::failure::Exit;
use harness::guest::Software;
use relic_tests::media;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Stream(Arc<Mutex<Vec<u8>>>);

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs `relic` in this process and returns its standard output.
fn relic(arguments: &[&str]) -> String {
    let (out, err) = (Stream::default(), Stream::default());
    let console = Console::with(Box::new(out.clone()), Box::new(err.clone()));
    let exit = cli::main(std::iter::once("relic").chain(arguments.iter().copied()), &Software, &console);
    let text = |stream: Stream| String::from_utf8(stream.0.lock().unwrap().clone()).unwrap();
    assert_eq!(exit, Exit::Expected, "{arguments:?}: {}", text(err));
    text(out)
}

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
