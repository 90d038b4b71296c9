//! Repeated string instructions in one call, against the same accesses one by one.

use super::modes::{MODE_3, MODE_12, MODE_X};
use super::{Guest, in_mode, random};
use crate::vga::Video;
use backplane::bench::Bench;
use backplane::{Addr, Repeat, Source, Width};

fn one_by_one(b: &mut Bench<Video>, repeat: &Repeat) {
    for n in 0..repeat.count {
        let distance = repeat.distance(n);
        let value = match repeat.from {
            Source::Value(value) => value,
            Source::Chip(from) => b.read(Addr::Mmio(from.wrapping_add(distance), repeat.width)),
            Source::Store(from) => b.ram.read_u32(from.wrapping_add(distance) as usize),
        };
        b.write(Addr::Mmio(repeat.to.wrapping_add(distance), repeat.width), value);
    }
}

#[test]
fn a_repeat_does_what_its_accesses_do_one_by_one() {
    let mut state = 0x1234_5678_9ABC_DEF1;
    for mode in [&MODE_3, &MODE_12, &MODE_X] {
        let mut whole = in_mode(mode);
        let base = if whole.read_indexed(0x3CE, 6) & 0x0C == 0x0C { 0xB_8000 } else { 0xA_0000 };
        (0..0x4000).for_each(|n| whole.ram.write_u32(n * 4, random(&mut state)));
        for _ in 0..400 {
            let [r, value, spot] = [random(&mut state), random(&mut state), random(&mut state)];
            match r % 6 {
                0 => whole.gfx(5, whole.chip.core.gfx.mode().bits() & !3 | (value & 3) as u8),
                1 => whole.gfx(8, value as u8),
                2 => whole.seq(2, value as u8),
                3 => whole.gfx(3, value as u8 & 0x1F),
                4 => whole.gfx(1, value as u8 & 0x0F),
                _ => whole.gfx(0, value as u8 & 0x0F),
            }
            let near = base + 0x2000 + spot % 0x1000;
            let from = match r >> 8 & 3 {
                0 => Source::Value(value),
                1 => Source::Store(0x2000 + spot % 0x1000),
                2 => Source::Chip(near + value % 5),
                _ => Source::Chip(base + 0x4000 + spot % 0x1000),
            };
            let width = [Width::Byte, Width::Word, Width::Dword][(r >> 12) as usize % 3];
            let repeat = Repeat { from, to: near, width, count: 1 + (r >> 16) % 60, down: r >> 15 & 1 == 1 };
            let mut single = whole.twin();
            assert_eq!(whole.repeat(&repeat), repeat.count, "{repeat:X?}");
            one_by_one(&mut single, &repeat);
            assert_eq!(whole.chip, single.chip, "{repeat:X?}");
            for at in (0x4_0000..0x8_0000).step_by(4) {
                assert_eq!(whole.ram.read_u32(at), single.ram.read_u32(at), "{repeat:X?} at {at:X}");
            }
        }
    }
}

#[test]
fn a_repeat_that_leaves_the_window_is_left_to_single_accesses() {
    let mut b = in_mode(&MODE_12);
    let repeat = Repeat { from: Source::Value(1), to: 0xA_FFF0, width: Width::Word, count: 9, down: false };
    assert_eq!(b.repeat(&repeat), 0);
    assert_eq!(b.repeat(&Repeat { count: 8, ..repeat }), 8);
    assert_eq!(b.repeat(&Repeat { to: 0xA_0004, count: 4, down: true, ..repeat }), 0);
}
