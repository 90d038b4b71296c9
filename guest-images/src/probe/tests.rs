use super::*;

#[test]
fn two_builds_of_every_medium_are_identical() {
    assert_eq!(floppy(), floppy());
    assert_eq!(hard_disk(), hard_disk());
    for boot in [CdBoot::NoEmulation, CdBoot::Floppy, CdBoot::HardDisk] {
        assert_eq!(iso(boot), iso(boot));
    }
}

use crate::{fat, media};

#[test]
fn the_check_file_lies_where_the_program_was_told() {
    let floppy = floppy();
    let program = fat::read_file(&floppy, PROGRAM_NAME).unwrap();
    let start = u32::from_le_bytes(program[0x826..0x82A].try_into().unwrap()) as usize * 512;
    assert_eq!(floppy[start..start + CHECK_BYTES], check_data());
    let disk = hard_disk();
    let first = media::partition_table(&disk).unwrap()[0];
    let program = fat::read_file(&disk[first.start as usize * 512..], PROGRAM_NAME).unwrap();
    let start = u32::from_le_bytes(program[0x826..0x82A].try_into().unwrap()) as usize * 512;
    assert_eq!(disk[start..start + CHECK_BYTES], check_data());
}

#[test]
fn options_reach_the_program() {
    let options = ProbeOptions {
        wait: Wait::Key,
        pace_ticks: 0x1234,
        key_ticks: 7,
        mouse_ticks: 8,
        keys: "relic".into(),
        expect_mouse: true,
    };
    let program = fat::read_file(&floppy_with(&options), PROGRAM_NAME).unwrap();
    assert_eq!(program[0x80D..0x816], [1, 0x34, 0x12, 7, 0, 8, 0, 1, 5]);
    assert_eq!(&program[0x816..0x81B], b"relic");
}

#[test]
fn page_names_are_those_of_the_program() {
    for page in PAGES {
        let name: Vec<u8> = page.name.bytes().chain([0]).collect();
        assert!(PROGRAM.windows(name.len()).any(|window| window == name), "{}", page.name);
    }
}
