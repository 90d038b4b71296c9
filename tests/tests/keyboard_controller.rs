//! The keyboard controller with its devices, byte for byte against QEMU's.
//!
//! Where QEMU does something else it is left out: it refuses F7h-F9h, which the 101-key keyboard has; a knock behind a rate of
//! 200 that was set before does not count; and behind each turn of the wheel comes an empty packet.

use backplane::bench::Bench;
use device_models::I8042;
use relic_tests::qemu::{Firmware, Qemu};
use std::time::Duration;

const DATA: u16 = 0x60;
const CONTROL: u16 = 0x64;
const FULL: u8 = 0x01;
const AUX: u8 = 0x20;
/// The most bytes that any command is answered with.
const MOST: usize = 16;
/// Longer than a self-test takes.
const SETTLE_NS: u64 = 3_000_000;

/// A controller with its devices.
trait Pc {
    fn outb(&mut self, port: u16, value: u8);
    fn inb(&mut self, port: u16) -> u8;
    fn settle(&mut self);
    /// Moves the mouse to the right and down, and the wheel towards the user.
    fn move_mouse(&mut self, dx: i32, dy: i32, wheel: i32);
    fn press(&mut self, buttons: u8);

    /// All that comes, with what is the mouse's above FFh.
    fn drain(&mut self) -> Vec<u16> {
        let mut seen = Vec::new();
        for _ in 0..MOST {
            self.settle();
            let status = self.inb(CONTROL);
            if status & FULL == 0 {
                break;
            }
            let aux = if status & AUX != 0 { 0x100 } else { 0 };
            seen.push(u16::from(self.inb(DATA)) | aux);
        }
        seen
    }
}

struct Ours {
    bench: Bench<I8042>,
    buttons: u8,
}

impl Pc for Ours {
    fn outb(&mut self, port: u16, value: u8) {
        self.bench.outb(port, value);
    }

    fn inb(&mut self, port: u16) -> u8 {
        self.bench.inb(port)
    }

    fn settle(&mut self) {
        self.bench.advance(SETTLE_NS);
    }

    fn move_mouse(&mut self, dx: i32, dy: i32, wheel: i32) {
        self.bench.chip.mouse(dx, dy, wheel, self.buttons, self.bench.now);
        self.bench.advance(5 * SETTLE_NS);
    }

    fn press(&mut self, buttons: u8) {
        self.buttons = buttons;
        self.move_mouse(0, 0, 0);
    }
}

impl Pc for Qemu {
    fn outb(&mut self, port: u16, value: u8) {
        Qemu::outb(self, port, value);
    }

    fn inb(&mut self, port: u16) -> u8 {
        Qemu::inb(self, port)
    }

    fn settle(&mut self) {}

    fn move_mouse(&mut self, dx: i32, dy: i32, wheel: i32) {
        Qemu::move_mouse(self, dx, dy, -wheel);
    }

    fn press(&mut self, buttons: u8) {
        self.press_buttons(buttons);
    }
}

/// A QEMU whose guest found nothing to boot and takes no interrupts.
fn idle_qemu() -> Option<Qemu> {
    let mut qemu = Qemu::start(Firmware::Its, &[], |_| vec![])?;
    qemu.wait("that it boots nothing", Duration::from_secs(60), |rows| {
        rows.iter().any(|row| row.contains("No bootable device"))
    });
    for port in [0x21, 0xA1] {
        qemu.outb(port, 0xFF);
    }
    Some(qemu)
}

/// What both do first: the self-test, the command byte, both interfaces on, nothing in the output buffer.
fn begin(pc: &mut dyn Pc, command_byte: u8) {
    pc.drain();
    pc.outb(CONTROL, 0xAA);
    pc.drain();
    pc.outb(CONTROL, 0xA8);
    pc.outb(CONTROL, 0x60);
    pc.outb(DATA, command_byte);
    tell(pc, To::Mouse, &[0xFF]);
    tell(pc, To::Keyboard, &[0xFF]);
}

#[derive(Clone, Copy, Debug)]
enum To {
    Controller,
    Keyboard,
    Mouse,
}

/// Bytes to one of the three with all that is answered.
fn tell(pc: &mut dyn Pc, to: To, bytes: &[u8]) -> Vec<u16> {
    let mut seen = Vec::new();
    for byte in bytes {
        match to {
            To::Controller => pc.outb(CONTROL, *byte),
            To::Keyboard => pc.outb(DATA, *byte),
            To::Mouse => {
                pc.outb(CONTROL, 0xD4);
                pc.outb(DATA, *byte);
            }
        }
        seen.extend(pc.drain());
    }
    seen
}

const INTERRUPTS_AND_TRANSLATION: u8 = 0x47;

/// Both answer alike to each of `talks`, in order.
fn alike(command_byte: u8, talks: &[(To, &[u8])]) {
    let Some(mut qemu) = idle_qemu() else { return };
    let mut ours = Ours { bench: Bench::new(I8042::new()), buttons: 0 };
    begin(&mut ours, command_byte);
    begin(&mut qemu, command_byte);
    for (n, (to, bytes)) in talks.iter().enumerate() {
        let (mine, its) = (tell(&mut ours, *to, bytes), tell(&mut qemu, *to, bytes));
        assert_eq!(mine, its, "talk {n}, {bytes:02X?} to the {to:?}: ours and QEMU's");
    }
}

#[test]
fn controller_and_keyboard_commands_are_answered_as_by_qemu() {
    use To::{Controller, Keyboard};
    alike(
        INTERRUPTS_AND_TRANSLATION,
        &[
            (Controller, &[0x20]),
            (Controller, &[0xAA, 0xAB, 0xA9]),
            (Controller, &[0xA7, 0x20, 0xA8, 0x20]),
            (Controller, &[0xAD, 0x20, 0xAE, 0x20]),
            (Keyboard, &[0xF2]),
            (Keyboard, &[0xEE]),
            (Keyboard, &[0xED, 0x07]),
            (Keyboard, &[0xF3, 0x20]),
            (Keyboard, &[0xF0, 0x00]),
            (Keyboard, &[0xF0, 0x01, 0xF0, 0x00]),
            (Keyboard, &[0xF0, 0x03, 0xF0, 0x00]),
            (Keyboard, &[0xF0, 0x02, 0xF0, 0x00]),
            (Keyboard, &[0xF5, 0xF4, 0xF6]),
            (Keyboard, &[0xFF]),
        ],
    );
}

#[test]
fn mouse_commands_are_answered_as_by_qemu() {
    use To::Mouse;
    alike(
        INTERRUPTS_AND_TRANSLATION,
        &[
            (Mouse, &[0xF2, 0xE9]),
            (Mouse, &[0xE8, 0x03, 0xE7, 0xF3, 40, 0xE9]),
            (Mouse, &[0xE6, 0xF4, 0xE9]),
            (Mouse, &[0xF0, 0xE9, 0xEB]),
            (Mouse, &[0xEA, 0xE9]),
            (Mouse, &[0xEE, 0x12, 0xF2, 0xEC, 0xF2]),
            (Mouse, &[0xF5, 0xE9]),
            (Mouse, &[0xF6, 0xE9]),
            (Mouse, &[0xF3, 200, 0xF3, 100, 0xF3, 80, 0xF2]),
            (Mouse, &[0xF3, 200, 0xF3, 200, 0xF3, 80, 0xF2]),
            (Mouse, &[0xEB]),
            (Mouse, &[0xFF, 0xF2]),
        ],
    );
}

#[test]
fn mouse_packets_say_what_those_of_qemu_say() {
    let Some(mut qemu) = idle_qemu() else { return };
    let mut ours = Ours { bench: Bench::new(I8042::new()), buttons: 0 };
    let knocks: [&[u8]; 3] = [&[], &[0xF3, 200, 0xF3, 100, 0xF3, 80], &[0xF3, 200, 0xF3, 200, 0xF3, 80]];
    for knock in knocks {
        let packet = if knock.is_empty() { 3 } else { 4 };
        let both: [&mut dyn Pc; 2] = [&mut ours, &mut qemu];
        let said = both.map(|pc| {
            begin(pc, INTERRUPTS_AND_TRANSLATION);
            tell(pc, To::Mouse, knock);
            tell(pc, To::Mouse, &[0xF4]);
            let mut seen = Vec::new();
            for (dx, dy, wheel) in [(5, 3, 0), (-7, -120, 0), (100, 1, 0), (1, 0, 1), (0, 1, -1)] {
                pc.move_mouse(dx, dy, wheel);
                let mut bytes = pc.drain();
                bytes.truncate(packet);
                seen.push(bytes);
            }
            for buttons in [1, 0, 2, 6, 4, 0] {
                pc.press(buttons);
                seen.push(pc.drain());
            }
            seen
        });
        assert_eq!(said[0], said[1], "after {knock:?}: ours and QEMU's");
    }
}
