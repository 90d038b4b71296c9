//! The built program and CPU test programs: ROM images, POST codes, debug ports, the debug exit, the test device. The programs
//! are ROMs of one page, put together here.

use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A page at FF000h: code from F000:F000 on, and the reset vector.
fn rom(code: &[u8]) -> Vec<u8> {
    let mut rom = vec![0; 0x1000];
    rom[..code.len()].copy_from_slice(code);
    rom[0xFF0..0xFF5].copy_from_slice(&[0xEA, 0x00, 0xF0, 0x00, 0xF0]);
    rom
}

/// `mov dx, port`, `mov al, value`, `out dx, al`.
fn out(port: u16, value: u8) -> Vec<u8> {
    let [low, high] = port.to_le_bytes();
    vec![0xBA, low, high, 0xB0, value, 0xEE]
}

/// `mov dx, port`, `mov eax, value`, `out dx, eax`.
fn out_dword(port: u16, value: u32) -> Vec<u8> {
    let [low, high] = port.to_le_bytes();
    [&[0xBA, low, high, 0x66, 0xB8][..], &value.to_le_bytes(), &[0x66, 0xEF]].concat()
}

const CLI_HLT: [u8; 2] = [0xFA, 0xF4];

/// `FILE@ADDR` of a program, with the folder that holds it.
fn program(code: &[u8], address: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.rom");
    fs::write(&path, rom(code)).unwrap();
    let option = format!("{}@{address}", path.display());
    (folder, option)
}

fn relic(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relic")).arg("run").args(arguments).output().unwrap()
}

/// Runs a program as the system ROM with options: exit code, standard output and standard error.
fn run(code: &[u8], options: &[&str]) -> (i32, String, String) {
    let (_folder, rom) = program(code, "FF000");
    let output = relic(&[&["--rom", &rom, "--timeout", "1s", "--display", "none"], options].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn complaint(arguments: &[&str]) -> String {
    let output = relic(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(said.starts_with("relic: ") && said.matches('\n').count() == 1, "not one line: {said}");
    said
}

#[test]
fn a_rom_that_ends_at_either_end_is_where_the_cpu_starts() {
    // mov al,[cs:F000h], the first byte of this code, and exit with it
    let code = [&[0x2E, 0xA0, 0x00, 0xF0, 0xE6, 0xF4][..], &CLI_HLT].concat();
    for address in ["FF000", "0xFFFFF000", "FFFFF000h"] {
        let (_folder, rom) = program(&code, address);
        let output = relic(&["--rom", &rom, "--debug-exit", "--json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["exit"], 0x2E, "{address}: {json}");
    }
}

#[test]
fn the_post_card_shows_its_codes_at_the_end_and_in_json() {
    let code = [out(0x190, 1), out(0x190, 1), out(0x80, 2), out(0x190, 0xFF), CLI_HLT.into()].concat();
    let (exit, _, said) = run(&code, &["--post-port", "190", "--until-post", "ff"]);
    assert_eq!((exit, said.as_str()), (0, "relic: guest: POST codes at port 190h: 01 FF\n"));
    let (_, json, _) = run(&code, &["--json"]);
    assert!(json.contains(r#""post_codes":["02"]"#), "port 80h is listened to by default: {json}");
}

#[test]
fn a_post_code_that_does_not_come_is_a_failure_that_names_the_last() {
    let (exit, _, said) = run(&[out(0x80, 7), CLI_HLT.into()].concat(), &["--until-post", "FF"]);
    assert_eq!(exit, 4, "{said}");
    assert!(said.contains("the POST code FF did not come; the last was 07: the guest died"), "{said}");
    let (exit, _, said) = run(&[0xEB, 0xFE], &["--until-post", "1"]);
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("the POST code 01 did not come; there was none: the limit of 1.000 s"), "{said}");
}

#[test]
fn a_debug_port_of_choice_takes_text_beside_the_usual_ones() {
    let code =
        [out(0x504, b'a'), out(0xE9, b'b'), out(0x504, b' '), out(0xE9, b'\n'), CLI_HLT.into()].concat();
    let (_, text, _) = run(&code, &["--debug-port", "504", "--debug-text"]);
    assert_eq!(text, "ab \n");
    let (_, text, _) = run(&code, &["--debug-text"]);
    assert_eq!(text, "b\n");
}

#[test]
fn the_debug_exit_ends_the_run_with_its_status() {
    let exits = |status| [out_dword(0xF4, status), CLI_HLT.into()].concat();
    let (exit, _, said) = run(&exits(0), &["--debug-exit"]);
    assert_eq!((exit, said.as_str()), (0, "relic: guest: the guest exited with 0\n"));
    let (exit, _, said) = run(&exits(0x1_0000), &["--debug-exit"]);
    assert_eq!((exit, said.as_str()), (1, "relic: guest: the guest exited with 65536\n"));
    let (exit, json, _) = run(&exits(3), &["--debug-exit=f4", "--json"]);
    assert_eq!(exit, 1);
    assert!(json.contains(r#""ended":"exited""#) && json.contains(r#""exit":3"#), "{json}");
    let (exit, _, said) = run(&[out(0x501, 9), CLI_HLT.into()].concat(), &["--debug-exit=501"]);
    assert_eq!(exit, 1);
    assert!(said.contains("the guest exited with 9"), "{said}");
}

#[test]
fn without_the_option_no_port_ends_the_run() {
    let (exit, _, said) = run(&[out(0xF4, 0), CLI_HLT.into()].concat(), &[]);
    assert_eq!(exit, 4, "{said}");
}

#[test]
fn an_exit_before_the_awaited_text_is_a_failure() {
    let code = [out(0xF4, 0), CLI_HLT.into()].concat();
    let (exit, _, said) = run(&code, &["--debug-exit", "--until-text", "done"]);
    assert_eq!(exit, 1);
    assert!(said.contains("the text `done` did not show: the guest exited with 0"), "{said}");
}

#[test]
fn the_test_device_raises_an_interrupt_line() {
    // The handler of IRQ 11, vector 73h, at F000:F800: exits with 5. Without the line, the program exits with 6.
    let mut code = vec![0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC, 0x00, 0x7C];
    code.extend([0xC7, 0x06, 0xCC, 0x01, 0x00, 0xF8, 0xC7, 0x06, 0xCE, 0x01, 0x00, 0xF0]);
    for (port, icw) in [(0x20, [0x11, 0x08, 0x04, 0x01, 0xFB]), (0xA0, [0x11, 0x70, 0x02, 0x01, 0xF7])] {
        code.extend(out(port, icw[0]));
        icw[1..].iter().for_each(|byte| code.extend(out(port + 1, *byte)));
    }
    code.push(0xFB);
    code.extend(out(0x2000 + 11, 1));
    code.extend([vec![0x90, 0xFA], out(0xF4, 6), CLI_HLT.into()].concat());
    code.resize(0x800, 0);
    code.extend(out(0xF4, 5));
    let status = |options: &[&str]| {
        let (_, json, said) = run(&code, &[&["--debug-exit", "--json"], options].concat());
        let json: serde_json::Value = serde_json::from_str(&json).expect(&said);
        json["exit"].as_u64()
    };
    assert_eq!(status(&["--testdev"]), Some(5));
    assert_eq!(status(&[]), Some(6));
}

#[test]
fn a_second_rom_is_read_at_its_address_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.rom");
    fs::write(&data, [0x42]).unwrap();
    // mov ax,D000h; mov ds,ax; mov byte [0],1; mov al,[0]; add al,[1]; out F4h,al: what lies past the image is FFh
    let code = [0xB8, 0x00, 0xD0, 0x8E, 0xD8, 0xC6, 0x06, 0, 0, 1, 0xA0, 0, 0, 0x02, 0x06, 1, 0, 0xE6, 0xF4];
    let (_, json, said) =
        run(&code, &["--debug-exit", "--json", "--rom", &format!("{}@D0000", data.display())]);
    assert!(json.contains(r#""exit":65"#), "{json} {said}");
}

#[test]
fn a_guest_file_has_the_same_in_its_machine_table() {
    let folder = tempfile::tempdir().unwrap();
    let code = [out(0x190, 9), out(0x508, b'x'), out(0x2001, 0), out(0x501, 2), CLI_HLT.into()].concat();
    fs::write(folder.path().join("test.rom"), rom(&code)).unwrap();
    let table = "[machine]\nrom = [{ path = 'test.rom', address = 0xFF000 }]\npost_port = 0x190\n\
                 debug_port = 0x508\ndebug_exit = 0x501\ntestdev = true\n";
    fs::write(folder.path().join("guest.toml"), table).unwrap();
    let output = relic(&[folder.path().to_str().unwrap(), "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["exit"], &json["post_codes"][0]), (&2.into(), &"09".into()), "{json}");
    assert_eq!(json["debug_text"], "x");
}

#[test]
fn wrong_roms_are_one_line() {
    let (folder, rom) = program(&[], "FF000");
    let file = folder.path().join("test.rom").to_str().unwrap().to_owned();
    let at = |address: &str| complaint(&["--rom", &format!("{file}@{address}")]);
    assert!(at("FF800").contains("a ROM at FF800h: its address is not a multiple of 1000h"));
    assert!(at("100000").contains("a ROM at 100000h-100FFFh is not inside"));
    let on_isa = complaint(&["--rom", &format!("{file}@C0000"), "--preset", "isa-486"]);
    assert!(on_isa.contains("a ROM image and vga both claim address C0000h"), "{on_isa}");
    assert!(at("F0000").contains("the system ROM and a ROM image both claim address F0000h"));
    assert!(at("x").contains("the address is 0 to FFFFFFFF in hex"));
    assert!(complaint(&["--rom", &file]).contains("write it as FILE@ADDR"));
    assert!(complaint(&["--rom", "@FF000"]).contains("it names no file"));
    assert!(complaint(&["--rom", "nosuch.rom@FF000"]).contains("nosuch.rom: cannot read: no such file"));
    assert!(complaint(&["--rom", &rom, "--rom", &rom]).contains("two ROMs where the system BIOS is"));
    let bios = folder.path().join("bios.bin");
    fs::write(&bios, [0; 0x1_0000]).unwrap();
    assert!(complaint(&["--rom", &rom, "--bios", bios.to_str().unwrap()]).contains("two ROMs"));
    fs::write(&file, []).unwrap();
    assert!(complaint(&["--rom", &rom]).contains("a ROM at FF000h has 0 bytes"));
}

#[test]
fn wrong_ports_are_one_line() {
    let (_folder, rom) = program(&[], "FF000");
    let with = |options: &[&str]| complaint(&[&["--rom", &rom], options].concat());
    assert!(with(&["--post-port", "10000"]).contains("a port is 0 to FFFF in hex"));
    assert!(with(&["--debug-port", "+1"]).contains("a port is 0 to FFFF in hex"));
    assert!(with(&["--until-post", "100"]).contains("a POST code is 0 to FF in hex"));
    assert!(with(&["--debug-port", "60"]).contains("i8042 and debug ports both claim port 60h"));
    assert!(
        with(&["--debug-exit=e0", "--testdev"]).contains("debug exit and pc-testdev both claim port E0h")
    );
}
