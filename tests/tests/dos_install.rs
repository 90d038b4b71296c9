//! DOS from three discs, mastered from `guest-images/recipes/dos`.

use guest_images::file_on;
use relic_tests::media;
use relic_tests::pc::Pc;
use std::path::Path;

/// A disc of a recipe; its media are found from the workspace, as `relic master` finds them there.
fn disc(name: &str) -> Option<Vec<u8>> {
    media::path(media::HARD_DISK)?;
    media::path(&media::floppy_name("1.4MB"))?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(root).expect("the workspace is where it was built");
    let recipe = Path::new("guest-images/recipes/dos").join(name).with_extension("toml");
    let folder = tempfile::tempdir().unwrap();
    let made = guest_images::master(&recipe, folder.path()).unwrap();
    Some(std::fs::read(made.path).unwrap())
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
