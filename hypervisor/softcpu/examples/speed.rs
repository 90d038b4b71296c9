//! Instructions a second of small loops: `cargo run --release -p softcpu --example speed [PART OF A NAME]`.

use backplane::{Ram, Width};
use engine::{Bus, CpuState, Engine, Model, Page, Segment};
use softcpu::Interpreter;
use std::time::Instant;

struct Plain {
    due: u64,
}

impl Bus for Plain {
    fn read_port(&mut self, _: u16, _: Width, _: u64) -> u32 {
        u32::MAX
    }
    fn write_port(&mut self, _: u16, _: Width, _: u32, _: u64) {}
    fn read_mmio(&mut self, _: u32, _: Width, _: u64) -> u32 {
        u32::MAX
    }
    fn write_mmio(&mut self, _: u32, _: Width, _: u32, _: u64) {}
    fn page(&mut self, address: u32) -> Page {
        Page::Ram { offset: address & 0xF_FFFF & !0xFFF, writable: true }
    }
    fn a20_mask(&self) -> u32 {
        u32::MAX
    }
    fn map_version(&self) -> u32 {
        0
    }
    fn due(&self) -> u64 {
        self.due
    }
    fn interrupt(&self) -> bool {
        false
    }
    fn acknowledge(&mut self, _: u64) -> u8 {
        0
    }
    fn fpu_error(&mut self, _: u64) {}
    fn tsc(&self, retired: u64) -> u64 {
        retired
    }
}

/// What is measured, and the 16-bit code of one endless loop at 1000:0000 with DS = ES = SS = 2000h.
const LOOPS: [(&str, &[u8]); 6] = [
    // l: add ax,bx / dec cx / jnz l / jmp l
    ("add, dec, jnz", &[0x01, 0xD8, 0x49, 0x75, 0xFB, 0xEB, 0xF9]),
    // l: mov ax,[si] / add ax,dx / mov [di],ax / inc si / and si,0fffh / cmp ax,bx / jne l / jmp l
    (
        "load, add, store, compare",
        &[
            0x8B, 0x04, 0x01, 0xD0, 0x89, 0x05, 0x46, 0x81, 0xE6, 0xFF, 0x0F, 0x39, 0xD8, 0x75, 0xF1, 0xEB,
            0xEF,
        ],
    ),
    // l: push ax / call f / pop ax / jmp l / f: ret
    ("push, call, ret, pop", &[0x50, 0xE8, 0x03, 0x00, 0x58, 0xEB, 0xF9, 0xC3]),
    // l: mov cx,400h / rep movsw / and si,0fffh / and di,0fffh / jmp l
    (
        "rep movsw (iterations)",
        &[0xB9, 0x00, 0x04, 0xF3, 0xA5, 0x81, 0xE6, 0xFF, 0x0F, 0x81, 0xE7, 0xFF, 0x0F, 0xEB, 0xF1],
    ),
    // l: in al,61h / jmp l
    ("in, jmp", &[0xE4, 0x61, 0xEB, 0xFC]),
    // l: inc byte [cs:100h] / jmp l: data in the page of the code
    ("store beside code", &[0x2E, 0xFE, 0x06, 0x00, 0x01, 0xEB, 0xF9]),
];

fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    for (name, code) in LOOPS.iter().filter(|(name, _)| name.contains(&wanted)) {
        let ram = Ram::new(1 << 20).expect("the host has a megabyte");
        ram.write(0x1_0000, code);
        let mut cpu = CpuState::power_on(Model::Pentium);
        for n in 0..6 {
            cpu.seg[n] = Segment::real(if n == 1 { 0x1000 } else { 0x2000 }, cpu.seg[n].access);
        }
        cpu.eip = 0;
        cpu.gpr[4] = 0x8000;
        let mut engine = Interpreter::new();
        let count = 200_000_000;
        let mut bus = Plain { due: count };
        let start = Instant::now();
        engine.run(&mut cpu, &ram, &mut bus);
        let seconds = start.elapsed().as_secs_f64();
        println!("{name:28} {:8.1} million a second", count as f64 / seconds / 1e6);
    }
}
