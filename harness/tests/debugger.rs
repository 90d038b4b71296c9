//! `relic run --gdb` with the real GDB, and `--trace`: a boot sector that counts in real mode and goes to protected mode.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The boot sector, as NASM assembles it.
const CODE: [&[u8]; 17] = [
    &[0xEA, 0x05, 0x00, 0xC0, 0x07],                   // 7C00 jmp 07C0h:0005h
    &[0xFA],                                           // 7C05 cli
    &[0x31, 0xC0],                                     // 7C06 xor ax, ax
    &[0x8E, 0xD8],                                     // 7C08 mov ds, ax
    &[0xB9, 0x03, 0x00],                               // 7C0A mov cx, 3
    &[0xFF, 0x06, 0x00, 0x05],                         // 7C0D inc word [500h]
    &[0xE2, 0xFA],                                     // 7C11 loop 7C0Dh
    &[0x0F, 0x01, 0x16, 0x40, 0x7C],                   // 7C13 lgdt [7C40h]
    &[0x0F, 0x20, 0xC0],                               // 7C18 mov eax, cr0
    &[0x0C, 0x01],                                     // 7C1B or al, 1
    &[0x0F, 0x22, 0xC0],                               // 7C1D mov cr0, eax
    &[0x66, 0xEA, 0x28, 0x7C, 0x00, 0x00, 0x08, 0x00], // 7C20 jmp 8:7C28h
    &[0x66, 0xBA, 0x10, 0x00],                         // 7C28 mov dx, 10h
    &[0x8E, 0xDA],                                     // 7C2C mov ds, edx
    &[0xC7, 0x05, 0x00, 0x06, 0x00, 0x00],             // 7C2E mov dword [600h],
    &[0x78, 0x56, 0x34, 0x12],                         //      12345678h
    &[0xF4],                                           // 7C38 hlt, for ever
];
/// At 7C40h: limit and base of the GDT; its null descriptor begins there, too. Then flat code and flat data.
const GDT: [u8; 24] =
    [23, 0, 0x40, 0x7C, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0x9A, 0xCF, 0, 0xFF, 0xFF, 0, 0, 0, 0x92, 0xCF, 0];

/// 7C00 mov ax, 0E41h; 7C03 int 10h; 7C05 xor ax, ax; 7C07 int 16h; 7C09 mov ah, 0Eh; 7C0B int 10h; 7C0D jmp 7C05h: writes `A`, and
/// then every key.
const ECHO: [u8; 15] =
    [0xB8, 0x41, 0x0E, 0xCD, 0x10, 0x31, 0xC0, 0xCD, 0x16, 0xB4, 0x0E, 0xCD, 0x10, 0xEB, 0xF6];

fn floppy(folder: &Path) -> PathBuf {
    let mut code = CODE.concat();
    code.resize(0x40, 0);
    code.extend(GDT);
    floppy_of(folder, &code)
}

fn floppy_of(folder: &Path, code: &[u8]) -> PathBuf {
    let mut image = vec![0; 1440 << 10];
    image[..code.len()].copy_from_slice(code);
    image[510..512].copy_from_slice(&[0x55, 0xAA]);
    let path = folder.join("counts.img");
    std::fs::write(&path, image).unwrap();
    path
}

/// The program, waiting for a debugger, and where it waits.
fn waiting(floppy: &Path) -> (Child, String) {
    let mut relic = Command::new(env!("CARGO_BIN_EXE_relic"))
        .args(["run", "--display", "none", "--gdb", ":0", "--host-limit", "60s", "--floppy"])
        .arg(floppy)
        .arg("--log")
        .arg(floppy.with_extension("log"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(relic.stderr.take().unwrap()).read_line(&mut said).unwrap();
    let address = said.trim().rsplit(' ').next().unwrap().to_owned();
    (relic, address)
}

/// Whether GDB is here; where CI is set it must be.
fn has_gdb(test: &str) -> bool {
    let runs = Command::new("gdb").arg("--version").output().is_ok();
    assert!(runs || std::env::var_os("CI").is_none(), "CI is set and gdb does not run");
    if !runs {
        eprintln!("skipped {test}: gdb is not installed");
    }
    runs
}

/// What GDB prints when it is led through these commands.
fn gdb(commands: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    led(&floppy(folder.path()), commands)
}

fn led(floppy: &Path, commands: &[&str]) -> String {
    let (mut relic, address) = waiting(floppy);
    let mut gdb = Command::new("gdb");
    gdb.args(["-q", "-nx", "-batch", "-ex", &format!("target remote {address}")]);
    for command in commands {
        gdb.args(["-ex", command]);
    }
    // What `monitor` answers and what GDB says itself go to different streams.
    let (mut said, stream) = std::io::pipe().unwrap();
    gdb.stdout(stream.try_clone().unwrap()).stderr(stream);
    let mut running = gdb.spawn().unwrap();
    drop(gdb);
    let mut text = String::new();
    said.read_to_string(&mut text).unwrap();
    assert!(running.wait().unwrap().success());
    assert!(relic.wait().unwrap().success());
    text
}

fn tail(text: &str) -> &str {
    text.get(text.len().saturating_sub(2000)..).unwrap_or(text)
}

#[track_caller]
fn expect_in_order(said: &str, wanted: &[&str]) {
    let mut rest = said;
    for part in wanted {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("`{part}` is missing or too early; left:\n{}", tail(rest)));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn gdb_stops_steps_and_reads_in_real_mode_by_linear_addresses() {
    if !has_gdb("gdb_stops_steps_and_reads_in_real_mode_by_linear_addresses") {
        return;
    }
    let said = gdb(&[
        "p/x $eip",
        "break *0x7c05",
        "continue",
        "monitor cpu",
        "stepi 4",
        "p $cx",
        "p/x $eip",
        "monitor time",
    ]);
    expect_in_order(
        &said,
        &[
            "$1 = 0xfffffff0",
            "Breakpoint 1, 0x00007c05",
            "07C0:00000005",
            "$2 = 3",
            "$3 = 0x7c0d",
            "instructions",
        ],
    );
}

#[test]
fn gdb_watches_writes_and_changes_registers_and_memory() {
    if !has_gdb("gdb_watches_writes_and_changes_registers_and_memory") {
        return;
    }
    let said = gdb(&[
        "break *0x7c0d",
        "continue",
        "delete",
        "set $ecx = 5",
        "set *(short*)0x500 = 100",
        "watch *(short*)0x500",
        "continue",
        "continue",
        "delete",
        "break *0x7c13",
        "continue",
        "p *(short*)0x500",
    ]);
    expect_in_order(
        &said,
        &["Breakpoint 1", "Old value = 100", "New value = 101", "New value = 102", "Breakpoint 3", "= 105"],
    );
}

#[test]
fn gdb_follows_the_guest_into_protected_mode() {
    if !has_gdb("gdb_follows_the_guest_into_protected_mode") {
        return;
    }
    let said = gdb(&[
        "break *0x7c28",
        "continue",
        "p $cs",
        "x/3i $eip",
        "rwatch *(int*)0x7c50",
        "watch *(int*)0x600",
        "continue",
        "continue",
        "p/x *(int*)0x600",
        "p/x $eip",
    ]);
    expect_in_order(
        &said,
        &[
            "Breakpoint 1, 0x00007c28",
            "= 8",
            "mov    $0x10,%dx",
            "read watchpoint 2",
            "New value = 305419896",
            "= 0x12345678",
            "= 0x7c38",
        ],
    );
}

#[test]
fn gdb_goes_back_by_steps_to_breakpoints_and_to_writes() {
    if !has_gdb("gdb_goes_back_by_steps_to_breakpoints_and_to_writes") {
        return;
    }
    let said = gdb(&[
        "break *0x7c13",
        "continue",
        "p *(short*)0x500",
        "reverse-stepi",
        "p/x $eip",
        "reverse-stepi 3",
        "p/x $eip",
        "p $cx",
        "delete",
        "break *0x7c0d",
        "reverse-continue",
        "p $cx",
        "delete",
        "watch *(short*)0x500",
        "continue",
        "continue",
        "reverse-continue",
        "p/x $eip",
        "p $cx",
        "delete",
        "break *0x7c13",
        "continue",
        "p *(short*)0x500",
        "delete",
        "reverse-continue",
        "p/x $eip",
    ]);
    expect_in_order(
        &said,
        &[
            "Breakpoint 1, 0x00007c13",
            "$1 = 3",
            // The last LOOP; the one before it, behind an INC, with 2 in CX.
            "$2 = 0x7c11",
            "$3 = 0x7c0d",
            "$4 = 2",
            "Breakpoint 2, 0x00007c0d",
            "$5 = 3",
            "New value = 1",
            "New value = 2",
            "Old value = 2",
            "New value = 1",
            "$6 = 0x7c0d",
            "$7 = 2",
            "Breakpoint 4, 0x00007c13",
            "$8 = 3",
            "No more reverse-execution history",
            "$9 = 0xfffffff0",
        ],
    );
}

#[test]
fn gdb_goes_no_further_back_than_its_own_last_change() {
    if !has_gdb("gdb_goes_no_further_back_than_its_own_last_change") {
        return;
    }
    let said = gdb(&[
        "break *0x7c0d",
        "continue",
        "set $ecx = 2",
        "delete",
        "break *0x7c13",
        "continue",
        "p *(short*)0x500",
        "delete",
        "reverse-continue",
        "p/x $eip",
        "p $cx",
    ]);
    expect_in_order(&said, &["$1 = 2", "No more reverse-execution history", "$2 = 0x7c0d", "$3 = 2"]);
}

#[test]
fn what_was_typed_comes_again_after_going_back_and_the_log_of_it_replays() {
    if !has_gdb("what_was_typed_comes_again_after_going_back_and_the_log_of_it_replays") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let floppy = floppy_of(folder.path(), &ECHO);
    let typed = ["break *0x7c05", "continue", "monitor type xyz", "delete", "break *0x7c09"];
    // Past all three keys, and further, to the beginning.
    let back = ["reverse-continue"; 5];
    let on = [
        "p/x $eip",
        "continue",
        "p $al",
        "continue",
        "p $al",
        "reverse-continue",
        "p $al",
        "delete",
        "detach",
    ];
    let said = led(&floppy, &[&typed[..], &back, &on].concat());
    expect_in_order(
        &said,
        &[
            "Breakpoint 1, 0x00007c05",
            "typed",
            "Breakpoint 2, 0x00007c09",
            "Breakpoint 2, 0x00007c09",
            "No more reverse-execution history",
            "$1 = 0xfffffff0",
            "Breakpoint 2, 0x00007c09",
            "$2 = 120",
            "Breakpoint 2, 0x00007c09",
            "$3 = 121",
            "Breakpoint 2, 0x00007c09",
            "$4 = 120",
        ],
    );
    let replay = Command::new(env!("CARGO_BIN_EXE_relic"))
        .arg("replay")
        .arg(floppy.with_extension("log"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&replay.stdout);
    assert!(replay.status.success() && said.contains("6 inputs"), "{said}{replay:?}");
}

#[test]
fn a_trace_lists_every_instruction_in_order_with_its_count() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace.txt");
    let output = Command::new(env!("CARGO_BIN_EXE_relic"))
        .args(["run", "--display", "none", "--trace"])
        .arg(&trace)
        .arg("--floppy")
        .arg(floppy(folder.path()))
        .output()
        .unwrap();
    // It halts with interrupts off.
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(&trace).unwrap();
    expect_in_order(
        &text,
        &[
            "0 F000:0000FFF0 EA",
            "0000:00007C00 EA0500C007       jmp 07C0h:5",
            "07C0:0000000D FF060005         inc word [500h]",
            "07C0:00000011 E2FA             loop 000Dh",
            "07C0:0000000D",
            "07C0:0000000D",
            "07C0:00000013",
            "0008:00007C2E C7050006000078563412 mov dword [600h],12345678h",
            "0008:00007C38 F4               hlt",
        ],
    );
    let counts = text.lines().map(|line| line.split(' ').next().unwrap().parse::<u64>().unwrap());
    assert!(counts.is_sorted_by(|a, b| a <= b));
}

#[test]
fn an_address_that_cannot_be_listened_on_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_relic"))
        .args(["run", "--gdb", "nowhere", "--floppy"])
        .arg(floppy(folder.path()))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--gdb nowhere") && said.matches('\n').count() == 1, "{said}");
}
