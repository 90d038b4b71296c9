//! Tiny guests: a 64 KiB system ROM whose reset vector jumps to code put together here, in 16-bit real mode.

use hypervisor::{Machine, MachineConfig, Media};

/// Where code and handlers lie in the ROM's segment, F000h.
const CODE: usize = 0x0000;
const RESET: usize = 0xFFF0;
/// A word of RAM at 0:500h that is zero at power-on: guests that reset themselves count there.
pub(crate) const COUNTER: u16 = 0x500;

/// A guest under construction: code from F000:0000 on, and interrupt handlers at places of their own.
pub(crate) struct Guest {
    rom: Vec<u8>,
    here: usize,
}

impl Guest {
    /// A guest whose segments are zero and whose stack is below 7C00h.
    pub(crate) fn new() -> Guest {
        let mut guest = Guest { rom: vec![0; 0x1_0000], here: CODE };
        guest.rom[RESET..RESET + 5].copy_from_slice(&[0xEA, 0x00, 0x00, 0x00, 0xF0]);
        // xor ax,ax; mov ds,ax; mov es,ax; mov ss,ax; mov sp,7C00h
        guest.code(&[0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xC0, 0x8E, 0xD0, 0xBC, 0x00, 0x7C])
    }

    /// Appends machine code.
    pub(crate) fn code(mut self, bytes: &[u8]) -> Guest {
        self.rom[self.here..self.here + bytes.len()].copy_from_slice(bytes);
        self.here += bytes.len();
        self
    }

    /// `out port, al` with a constant, through DX.
    pub(crate) fn out(self, port: u16, value: u8) -> Guest {
        let [low, high] = port.to_le_bytes();
        self.code(&[0xBA, low, high, 0xB0, value, 0xEE])
    }

    /// `out dx, eax` with constants.
    pub(crate) fn out_dword(self, port: u16, value: u32) -> Guest {
        let [low, high] = port.to_le_bytes();
        self.code(&[0xBA, low, high, 0x66, 0xB8]).code(&value.to_le_bytes()).code(&[0x66, 0xEF])
    }

    /// Reads a port and writes what was read to the debug port.
    pub(crate) fn show_port(self, port: u16) -> Guest {
        let [low, high] = port.to_le_bytes();
        self.code(&[0xBA, low, high, 0xEC, 0xE6, 0xE9])
    }

    /// Writes text to the debug port.
    pub(crate) fn say(self, text: &str) -> Guest {
        text.bytes().fold(self, |guest, byte| guest.code(&[0xB0, byte, 0xE6, 0xE9]))
    }

    /// A handler: `code` at F000:`at`, and its vector.
    pub(crate) fn handler(mut self, vector: u8, at: u16, code: &[u8]) -> Guest {
        self.rom[at as usize..at as usize + code.len()].copy_from_slice(code);
        let [low, high] = (u16::from(vector) * 4).to_le_bytes();
        let [seg_low, seg_high] = (u16::from(vector) * 4 + 2).to_le_bytes();
        let [at_low, at_high] = at.to_le_bytes();
        // mov word [vector * 4], at; mov word [vector * 4 + 2], F000h
        self.code(&[0xC7, 0x06, low, high, at_low, at_high])
            .code(&[0xC7, 0x06, seg_low, seg_high, 0x00, 0xF0])
    }

    /// Both interrupt controllers initialised (vectors 08h and 70h); `masks` are IRQ 0-7 and 8-15.
    pub(crate) fn pics(self, masks: [u8; 2]) -> Guest {
        [(0x20, [0x11, 0x08, 0x04, 0x01]), (0xA0, [0x11, 0x70, 0x02, 0x01])].into_iter().zip(masks).fold(
            self,
            |guest, ((port, icw), mask)| {
                let guest = guest.out(port, icw[0]);
                icw[1..].iter().chain([&mask]).fold(guest, |guest, byte| guest.out(port + 1, *byte))
            },
        )
    }

    /// Counter 0 as a rate generator of 1.193182 MHz over `count`, interrupting on IRQ 0; the handler counts in the word
    /// at 0:[`COUNTER`] and ends the interrupt. The controllers see the output rise once as the counter is programmed.
    pub(crate) fn ticking(self, count: u16) -> Guest {
        let [low, high] = count.to_le_bytes();
        let [at_low, at_high] = COUNTER.to_le_bytes();
        // inc word [COUNTER]; mov al,20h; out 20h,al; iret
        self.handler(8, 0x8000, &[0xFF, 0x06, at_low, at_high, 0xB0, 0x20, 0xE6, 0x20, 0xCF])
            .out(0x43, 0x34)
            .out(0x40, low)
            .out(0x40, high)
    }

    /// `sti`, then `hlt` for ever.
    pub(crate) fn idle(self) -> Guest {
        self.code(&[0xFB, 0xF4, 0xEB, 0xFD])
    }

    /// `jmp $`.
    pub(crate) fn spin(self) -> Guest {
        self.code(&[0xEB, 0xFE])
    }

    /// `cli`, `hlt`.
    pub(crate) fn stop(self) -> Guest {
        self.code(&[0xFA, 0xF4])
    }

    /// Runs `first` when 0:[`COUNTER`] is zero, and counts; later starts run what follows.
    pub(crate) fn first_time(self, first: impl FnOnce(Guest) -> Guest) -> Guest {
        let [low, high] = COUNTER.to_le_bytes();
        // inc word [COUNTER]; cmp word [COUNTER],1; jne near past
        let guest = self.code(&[0xFF, 0x06, low, high, 0x83, 0x3E, low, high, 0x01, 0x0F, 0x85, 0, 0]);
        let (from, mut guest) = (guest.here, first(guest));
        let distance = ((guest.here - from) as u16).to_le_bytes();
        guest.rom[from - 2..from].copy_from_slice(&distance);
        guest
    }

    /// The ROM.
    pub(crate) fn rom(self) -> Vec<u8> {
        self.rom
    }

    /// The default machine with this guest in its ROM.
    pub(crate) fn machine(self) -> Machine {
        self.machine_as(MachineConfig::default(), Media::default())
    }

    /// A machine with this guest in its ROM.
    pub(crate) fn machine_as(self, config: MachineConfig, media: Media) -> Machine {
        Machine::new(&MachineConfig { bios: Some(self.rom()), ..config }, media).expect("a machine")
    }
}
