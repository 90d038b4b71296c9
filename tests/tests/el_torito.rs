//! Discs mastered from recipes boot in all three modes of El Torito.

use guest_images::probe::{self, CdBoot};
use relic_tests::pc::Pc;
use relic_tests::probe::{expect_pass, hurried};
use relic_tests::{goldens, media};
use std::path::Path;

/// A disc whose boot image is a medium of ours, through a recipe on disk as `relic master` takes it.
fn mastered(mode: &str, image: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let recipe = folder.path().join("disc.toml");
    let text = format!(
        "kind = \"iso\"\nvolume = \"DOS_DISC\"\nboot = {{ mode = \"{mode}\", image = \"{}\" }}\n\
         files = [{{ text = \"On the disc.\\n\", to = \"DISC.TXT\" }}]\n",
        image.display()
    );
    std::fs::write(&recipe, text).unwrap();
    let made = guest_images::master(&recipe, folder.path()).unwrap();
    std::fs::read(made.path).unwrap()
}

fn floppy_disc(format: &str) -> Option<Vec<u8>> {
    let image = media::path(&media::floppy_name(format))?;
    Some(mastered("floppy", &image.canonicalize().unwrap()))
}

fn boots_as_floppy(format: &str) {
    let Some(disc) = floppy_disc(format) else { return };
    let mut pc = Pc::start(media::with_disc(disc));
    pc.wait_prompt("A:\\>", 10);
    pc.command("ver", "A:\\>");
    pc.command("dir", "A:\\>");
    assert!(pc.shows("KERNEL   SYS") && pc.shows("5 file(s)"), "{}", pc.scene());
    pc.command("type readme.txt", "A:\\>");
    assert!(pc.shows("created by Jason Baker"), "{}", pc.scene());
    // The same floppy shows the same screen from a drive and from a disc.
    goldens::expect(&mut pc, &format!("goldens/floppy-{}", format.replace('.', "-")));
}

#[test]
fn bio_05_disc_that_emulates_a_1200_kb_floppy_boots_dos() {
    boots_as_floppy("1200K");
}

#[test]
fn bio_05_disc_that_emulates_a_1440_kb_floppy_boots_dos() {
    boots_as_floppy("1.4MB");
}

#[test]
fn an_emulated_floppy_cannot_be_written() {
    let Some(disc) = floppy_disc("1.4MB") else { return };
    let mut pc = Pc::start(media::with_disc(disc));
    pc.wait_prompt("A:\\>", 10);
    pc.type_text("copy readme.txt new.txt\n");
    pc.wait("a refusal", 60, |pc| pc.shows("rite protect") || pc.shows("rite-protect"));
}

#[test]
fn bio_05_disc_that_emulates_a_hard_disk_boots_dos() {
    let Some(image) = media::path(media::HARD_DISK) else { return };
    let mut pc = Pc::start(media::with_disc(mastered("hard-disk", &image.canonicalize().unwrap())));
    pc.wait_prompt("C:\\>", 40);
    pc.command("cls", "C:\\>");
    pc.command("ver", "C:\\>");
    assert!(pc.shows("FreeCom version"), "{}", pc.scene());
    pc.command("dir c:\\dos\\*.sys", "C:\\>");
    assert!(pc.shows("UDVD2    SYS"), "{}", pc.scene());
    // The driver finds the drive that DOS itself was started from, and reads the disc's own files.
    pc.command("type d:\\disc.txt", "C:\\>");
    assert!(pc.shows("On the disc."), "{}", pc.scene());
    goldens::expect(&mut pc, "goldens/disc-hard-disk");
}

#[test]
fn disc_without_emulation_is_read_through_int_13h_extensions() {
    // The probe's loader is a boot image without emulation that reads the disc by 42h, as its disk page does.
    let disc = probe::iso_with(CdBoot::NoEmulation, &hurried());
    let mut pc = Pc::start(media::with_disc(disc));
    pc.wait_debug("probe: ", 60);
    expect_pass(pc.debug_text().lines());
    assert!(pc.debug_text().contains("page: disk"));
}
