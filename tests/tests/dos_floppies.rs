//! Every DOS medium boots to its prompt on our firmware and chips and takes typed commands.

use hypervisor::{Input, Key};
use relic_tests::pc::Pc;
use relic_tests::{goldens, media};

const PROMPT: &str = "A:\\>";

/// What `dir` says is free, by the floppy's format.
fn free_bytes(format: &str) -> &'static str {
    match format {
        "160K" => "39,936",
        "180K" => "59,392",
        "320K" => "202,752",
        "360K" => "242,688",
        "640K" => "529,408",
        "720K" => "610,304",
        "1200K" => "1,093,632",
        _ => "1,337,344",
    }
}

fn boots_and_takes_commands(format: &str) {
    let Some(image) = media::floppy(format) else { return };
    let mut pc = Pc::start(media::with_floppy(image));
    pc.wait_prompt(PROMPT, 10);
    pc.command("ver", PROMPT);
    assert!(pc.shows("FreeCom version"), "{}", pc.scene());
    pc.command("dir", PROMPT);
    for wanted in ["Volume in drive A is FREEDOS", "KERNEL   SYS", "5 file(s)", free_bytes(format)] {
        assert!(pc.shows(wanted), "no {wanted:?}; {}", pc.scene());
    }
    pc.command("type readme.txt", PROMPT);
    assert!(pc.shows("created by Jason Baker"), "{}", pc.scene());
    goldens::expect(&mut pc, &format!("goldens/floppy-{}", format.replace('.', "-")));
    assert!(pc.machine.notes().list().is_empty(), "{:?}", pc.machine.notes().list());
}

#[test]
fn floppy_of_160_kb_boots_and_takes_commands() {
    boots_and_takes_commands("160K");
}

#[test]
fn floppy_of_180_kb_boots_and_takes_commands() {
    boots_and_takes_commands("180K");
}

#[test]
fn floppy_of_320_kb_boots_and_takes_commands() {
    boots_and_takes_commands("320K");
}

#[test]
fn floppy_of_360_kb_boots_and_takes_commands() {
    boots_and_takes_commands("360K");
}

#[test]
fn floppy_of_640_kb_boots_and_takes_commands() {
    boots_and_takes_commands("640K");
}

#[test]
fn floppy_of_720_kb_boots_and_takes_commands() {
    boots_and_takes_commands("720K");
}

#[test]
fn floppy_of_1200_kb_boots_and_takes_commands() {
    boots_and_takes_commands("1200K");
}

#[test]
fn floppy_of_1440_kb_boots_and_takes_commands() {
    boots_and_takes_commands("1.4MB");
}

#[test]
fn hard_disk_boots_with_memory_manager_cd_driver_and_mouse_driver() {
    let Some(image) = media::hard_disk() else { return };
    let disc = guest_images::probe::iso(guest_images::probe::CdBoot::NoEmulation);
    let mut pc = Pc::start(media::with_hard_disk(image, Some(disc)));
    pc.wait_prompt("C:\\>", 40);
    for wanted in ["HimemX 3.34", "RELIC CD-ROM", "SHSUCDX installed", "Installed at PS/2 port"] {
        assert!(pc.shows(wanted), "no {wanted:?}; {}", pc.scene());
    }
    goldens::expect(&mut pc, "goldens/hard-disk-prompt");
    pc.command("cls", "C:\\>");
    pc.command("ver", "C:\\>");
    assert!(pc.shows("FreeCom version"), "{}", pc.scene());
    pc.command("dir d:", "C:\\>");
    for wanted in ["Volume in drive D is RELIC_PROBE", "PROBE", "bytes"] {
        assert!(pc.shows(wanted), "no {wanted:?}; {}", pc.scene());
    }
    goldens::expect(&mut pc, "goldens/hard-disk-dir-d");
    pc.command("cls", "C:\\>");
    pc.command("mem", "C:\\>");
    for wanted in ["Extended (XMS)     31,744K", "Total memory       32,768K", "Largest executable"] {
        assert!(pc.shows(wanted), "no {wanted:?}; {}", pc.scene());
    }
}

#[test]
fn mou_11_keyboard_and_mouse_work_after_ctrl_alt_del() {
    let Some(image) = media::hard_disk() else { return };
    let mut pc = Pc::start(media::with_hard_disk(image, None));
    pc.wait_prompt("C:\\>", 40);
    for down in [true, false] {
        for key in [Key::LeftCtrl, Key::LeftAlt, Key::Delete] {
            pc.machine.inject(Input::Key { key, down });
            pc.run(20_000_000);
        }
    }
    pc.wait("the screen go away", 10, |pc| !pc.shows("C:\\>"));
    pc.wait_prompt("C:\\>", 40);
    assert!(pc.shows("Installed at PS/2 port"), "{}", pc.scene());
    pc.command("ver", "C:\\>");
    assert!(pc.shows("FreeCom version"), "{}", pc.scene());
}
