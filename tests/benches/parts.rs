//! What single operations cost: `cargo bench -p relic-tests --bench parts`.
//!
//! - `instructions/*`: guest instructions a second, by kind of loop.
//! - `port/*`: a port read by the chip alone, through the board, and by a guest.
//! - `frame/*`: a picture of the screen.

use backplane::{Addr, Drives, Instant, IsaDma, Notes, Ram, Region, Signals, Width, Wires};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine::{Bus, Reg};
use hypervisor::Model;
use hypervisor::board::{Board, BoardBus, Clock, MemoryLayout};
use relic_tests::service::{Bios, Registers};
use std::hint::black_box;

/// A loop of 16-bit code: what it is about, and its body.
const LOOPS: [(&str, &[u8]); 5] = [
    // ADD AX, BX; XOR DX, AX; ROL CX, 1; INC SI.
    ("alu", &[0x01, 0xD8, 0x31, 0xC2, 0xD1, 0xC1, 0x46]),
    // MOV AX, [6000h]; ADD AX, SI; MOV [6002h], AX; MOV BX, [6004h].
    ("memory", &[0xA1, 0x00, 0x60, 0x01, 0xF0, 0xA3, 0x02, 0x60, 0x8B, 0x1E, 0x04, 0x60]),
    // PUSH AX; CALL $+3; POP BX; POP AX.
    ("stack", &[0x50, 0xE8, 0x00, 0x00, 0x5B, 0x58]),
    // MOV AX, DS; MOV DS, AX; XOR BX, BX; MOV ES, AX.
    ("segments", &[0x8C, 0xD8, 0x8E, 0xD8, 0x31, 0xDB, 0x8E, 0xC0]),
    // FLD1; FADD ST, ST; FSTP ST; NOP.
    ("x87", &[0xD9, 0xE8, 0xDC, 0xC0, 0xDD, 0xD8, 0x90]),
];

const SLICE: u64 = 2_000_000;

fn looping(body: &[u8]) -> Bios {
    let mut bios = Bios::boot();
    let mut code = Vec::new();
    // Sixteen bodies and a jump back.
    (0..16).for_each(|_| code.extend(body));
    let back = -(code.len() as i32 + 3);
    code.push(0xE9);
    code.extend((back as i16).to_le_bytes());
    bios.put(0x3000, &code);
    bios.start(0x3000, Registers::default());
    bios
}

fn instructions(c: &mut Criterion) {
    let mut group = c.benchmark_group("instructions");
    for (name, body) in LOOPS {
        let mut bios = looping(body);
        let before = bios.machine.instructions();
        bios.run(SLICE);
        group.throughput(Throughput::Elements(bios.machine.instructions() - before));
        group.bench_function(name, |b| b.iter(|| bios.run(SLICE)));
    }
    group.finish();
}

const PORT: u16 = 0x61;

fn ports(c: &mut Criterion) {
    let mut group = c.benchmark_group("port");
    group.bench_function("chip_alone", |b| {
        let ram = Ram::new(4096).expect("a page");
        let mut chip = device_models::Pit::new();
        let (mut dma, mut signals, mut notes, mut drives) =
            (IsaDma::default(), Signals::default(), Notes::default(), Drives::default());
        let mut now = 0;
        b.iter(|| {
            now += 10;
            let mut wires = Wires {
                now: Instant(now),
                ram: &ram,
                dma: &mut dma,
                signals: &mut signals,
                notes: &mut notes,
                drives: &mut drives,
            };
            black_box(backplane::Device::read(&mut chip, Addr::Port(PORT, Width::Byte), &mut wires))
        });
    });
    group.bench_function("through_the_board", |b| {
        let bios = Bios::boot();
        let rom = Region { offset: 0, len: 4096 };
        let layout = MemoryLayout { ram_bytes: 4096, system_rom: rom, system_rom_bytes: rom.len };
        let chips = bios.machine.board().chips.clone();
        let board = Board::new(chips, Drives::default(), layout, Clock::new(Model::Pentium));
        let (mut board, ram, mut retired) = (board.expect("the board"), Ram::new(4096).expect("a page"), 0);
        let mut bus = BoardBus { board: &mut board, ram: &ram };
        b.iter(|| {
            retired += 1;
            black_box(bus.read_port(PORT, Width::Byte, retired))
        });
    });
    // IN AL, 61h sixteen times and a jump: what a guest pays.
    let mut bios = looping(&[0xE4, PORT as u8]);
    let before = bios.machine.instructions();
    bios.run(SLICE);
    group.throughput(Throughput::Elements(bios.machine.instructions() - before));
    group.bench_function("by_a_guest", |b| b.iter(|| bios.run(SLICE)));
    group.finish();
}

fn frames(c: &mut Criterion) {
    let mut group = c.benchmark_group("frame");
    for (name, mode) in [("text_80x25", 0x0003), ("planar_640x480", 0x0012), ("chain4_320x200", 0x0013)] {
        let mut bios = Bios::boot();
        bios.call(0x10, Registers { ax: mode, ..Registers::default() });
        let answer = bios.call(0x10, Registers { ax: 0x0F00, ..Registers::default() });
        assert_eq!(answer.wide[Reg::Eax as usize] as u8, mode as u8);
        group.bench_function(name, |b| b.iter(|| black_box(bios.machine.frame())));
    }
    group.finish();
}

criterion_group!(benches, instructions, ports, frames);
criterion_main!(benches);
