//! The pointing device as guests reach it: by INT 15h/C2h and by the controller's ports.

use hypervisor::{Input, MachineConfig, Media};
use relic_tests::service::{BUFFER, Bios, Registers};

fn function(ax: u16) -> Registers {
    Registers { ax, ..Registers::default() }
}

/// Where a pointing device's handler is put, and where its buffer's pointer is.
const HANDLER: u32 = 0x2100;
const HANDLER_POINTER: u32 = 0x5FFE;
/// Appends status, X and Y of a packet to the buffer: PUSH BP; MOV BP,SP; PUSH AX; PUSH DI; PUSH ES; PUSH CS; POP ES; MOV DI,CS:[5FFE];
/// MOV AL,[BP+12]; STOSB; MOV AL,[BP+10]; STOSB; MOV AL,[BP+8]; STOSB; MOV CS:[5FFE],DI; POP ES; POP DI; POP AX; POP BP; RETF.
const KEEP_PACKET: [u8; 37] = [
    0x55, 0x8B, 0xEC, 0x50, 0x57, 0x06, 0x0E, 0x07, 0x2E, 0x8B, 0x3E, 0xFE, 0x5F, 0x8A, 0x46, 0x0C, 0xAA,
    0x8A, 0x46, 0x0A, 0xAA, 0x8A, 0x46, 0x08, 0xAA, 0x2E, 0x89, 0x3E, 0xFE, 0x5F, 0x07, 0x5F, 0x58, 0x5D,
    0xCB, 0x90, 0x90,
];
/// The same from the ports: CLI; A8h and D4h, F4h to the controller; the acknowledgement; then CX bytes that the status calls the
/// mouse's, to ES:DI; a jump to itself.
const POLL_MOUSE: [u8; 38] = [
    0xFA, 0xB0, 0xA8, 0xE6, 0x64, 0xB0, 0xD4, 0xE6, 0x64, 0xB0, 0xF4, 0xE6, 0x60, 0xE4, 0x64, 0xA8, 0x01,
    0x74, 0xFA, 0xE4, 0x60, 0xE4, 0x64, 0x24, 0x21, 0x3C, 0x21, 0x75, 0xF8, 0xE4, 0x60, 0xAA, 0xE2, 0xF3,
    0xEB, 0xFE, 0x90, 0x90,
];
/// Offset of its last jump.
const POLL_MOUSE_END: u32 = 34;

/// Asks VMware's backdoor for the command in CX and puts its answer, EAX and EBX, to ES:DI: MOV EAX, 564D5868h; XOR EBX, EBX;
/// MOV DX, 5658h; IN EAX, DX; STOSD; XCHG EAX, EBX; STOSD; a jump to itself.
const ASK_BACKDOOR: [u8; 22] = [
    0x66, 0xB8, 0x68, 0x58, 0x4D, 0x56, 0x66, 0x31, 0xDB, 0xBA, 0x58, 0x56, 0x66, 0xED, 0x66, 0xAB, 0x66,
    0x93, 0x66, 0xAB, 0xEB, 0xFE,
];
/// Offset of its last jump.
const ASK_BACKDOOR_END: u32 = 20;
/// Its commands: the version, and the absolute pointer's data, status and command.
const BACKDOOR_COMMANDS: [u16; 4] = [0x0A, 0x27, 0x28, 0x29];

/// What a hand does: movement and buttons, and the packets that it makes.
const GESTURE: [(i32, i32, u8); 6] =
    [(5, -3, 0), (-200, 100, 1), (0, 0, 0), (300, 0, 2), (0, 255, 3), (0, 0, 0)];
const GESTURE_PACKETS: usize = 7;

fn gesture(bios: &mut Bios) {
    for (dx, dy, buttons) in GESTURE {
        bios.machine.inject(Input::Mouse { dx, dy, wheel: 0, buttons });
        bios.run(50_000_000);
    }
}

#[test]
fn mou_10_int_15h_and_the_ports_give_the_same_packets() {
    let mut bios = Bios::boot();
    bios.put(HANDLER, &KEEP_PACKET);
    bios.put(HANDLER_POINTER, &(BUFFER as u16).to_le_bytes());
    for with in [
        Registers { bx: 0x0300, ..function(0xC205) },
        Registers { bx: HANDLER as u16, ..function(0xC207) },
        Registers { bx: 0x0100, ..function(0xC200) },
    ] {
        let answer = bios.call(0x15, with);
        assert!(!answer.carry() && answer.ah() == 0, "{with:X?}: {answer:X?}");
    }
    gesture(&mut bios);
    let by_service = bios.bytes(BUFFER, 3 * GESTURE_PACKETS);
    assert_eq!(u32::from(bios.word(HANDLER_POINTER)), BUFFER + 3 * GESTURE_PACKETS as u32);

    let mut bios = Bios::boot();
    bios.put(HANDLER, &POLL_MOUSE);
    bios.start(
        HANDLER,
        Registers { cx: 3 * GESTURE_PACKETS as u16, di: BUFFER as u16, ..Registers::default() },
    );
    bios.run(50_000_000);
    gesture(&mut bios);
    bios.finish(HANDLER + POLL_MOUSE_END);
    assert_eq!(by_service, bios.bytes(BUFFER, 3 * GESTURE_PACKETS));
    assert_eq!(by_service[..6], [0x08, 5, 3, 0x39, 56, 156], "right and up are positive");
}

#[test]
fn mou_13_without_a_ps2_mouse_int_15h_says_so() {
    let serial_mouse = "com1".parse().ok();
    let mut bios =
        Bios::boot_on(MachineConfig { serial_mouse, ..MachineConfig::default() }, Media::default());
    assert_eq!(bios.call(0x11, function(0)).al() & 0x04, 0, "the equipment list");
    let answer = bios.call(0x15, Registers { bx: 0x0300, ..function(0xC205) });
    assert!(answer.carry() && answer.ah() == 3, "interface error: {answer:X?}");
}

#[test]
fn mou_15_vmwares_backdoor_does_not_answer() {
    let mut bios = Bios::boot();
    bios.put(HANDLER, &ASK_BACKDOOR);
    for cx in BACKDOOR_COMMANDS {
        bios.start(HANDLER, Registers { cx, di: BUFFER as u16, ..Registers::default() });
        bios.finish(HANDLER + ASK_BACKDOOR_END);
        let answer = (bios.dword(BUFFER), bios.dword(BUFFER + 4));
        assert_eq!(answer, (u32::MAX, 0), "command {cx:X}: a bus without a device");
    }
}
