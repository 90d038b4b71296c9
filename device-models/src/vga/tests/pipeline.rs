//! The memory pipeline, against a model that works plane by plane and bit by bit.

use super::modes::{MODE_3, MODE_12, MODE_13, MODE_X};
use super::{Guest, in_mode, random};
use backplane::{Addr, Device, What, Width};

/// Four planes, a latch and the registers as numbers.
struct Model {
    planes: Vec<[u8; 4]>,
    latch: [u8; 4],
    gfx: [u8; 9],
    map_mask: u8,
    memory_mode: u8,
}

fn bit(byte: u8, n: u8) -> bool {
    byte >> n & 1 == 1
}

impl Model {
    fn chain4(&self) -> bool {
        bit(self.memory_mode, 3)
    }

    fn offset(&self, a: u32) -> usize {
        let a = a as usize;
        if self.chain4() {
            a / 4
        } else if bit(self.gfx[6], 1) {
            a / 2 * 2
        } else {
            a
        }
    }

    fn writes(&self, a: u32, plane: u8) -> bool {
        let addressed = if self.chain4() {
            a % 4 == u32::from(plane)
        } else if bit(self.memory_mode, 2) {
            true
        } else {
            a % 2 == u32::from(plane % 2)
        };
        addressed && bit(self.map_mask, plane)
    }

    fn read(&mut self, a: u32) -> u8 {
        self.latch = self.planes[self.offset(a)];
        if bit(self.gfx[5], 3) {
            let mut answer = 0;
            for n in 0..8 {
                let equal = (0..4)
                    .all(|p| !bit(self.gfx[7], p) || bit(self.latch[p as usize], n) == bit(self.gfx[2], p));
                answer |= u8::from(equal) << n;
            }
            return answer;
        }
        let plane = if self.chain4() {
            a as usize % 4
        } else if bit(self.gfx[5], 4) {
            usize::from(self.gfx[4]) / 2 * 2 + a as usize % 2
        } else {
            self.gfx[4].into()
        };
        self.latch[plane]
    }

    fn write(&mut self, a: u32, value: u8) {
        let at = self.offset(a);
        for plane in 0..4 {
            if !self.writes(a, plane) {
                continue;
            }
            let mut stored = 0;
            for n in 0..8 {
                stored |= u8::from(self.written_bit(plane, n, value)) << n;
            }
            self.planes[at][plane as usize] = stored;
        }
    }

    fn written_bit(&self, plane: u8, n: u8, value: u8) -> bool {
        let latch = bit(self.latch[plane as usize], n);
        let rotated = bit(value, (n + (self.gfx[3] & 7)) % 8);
        let set = bit(self.gfx[0], plane);
        let mode = self.gfx[5] & 3;
        let data = match mode {
            0 if bit(self.gfx[1], plane) => set,
            0 => rotated,
            1 => return latch,
            2 => bit(value, plane),
            _ => set,
        };
        let masked = bit(self.gfx[8], n) && (mode != 3 || rotated);
        let result = match self.gfx[3] >> 3 {
            0 => data,
            1 => data && latch,
            2 => data || latch,
            _ => data != latch,
        };
        if masked { result } else { latch }
    }
}

#[test]
fn random_registers_and_accesses_agree_with_a_bitwise_model() {
    let mut state = 0x1234_5678_9ABC_DEF1;
    let mut b = in_mode(&MODE_12);
    let mut model = Model {
        planes: vec![[0; 4]; 0x1_0000],
        latch: [0; 4],
        gfx: [0, 0, 0, 0, 0, 0, 0x05, 0x0F, 0xFF],
        map_mask: 0x0F,
        memory_mode: 0x06,
    };
    for step in 0..60_000 {
        let r = random(&mut state);
        let value = (r >> 8) as u8;
        let a = r >> 16 & 0x3F;
        match r % 8 {
            0 => {
                let index = (r >> 4 & 0x0F) as u8 % 9;
                let masks = [0x0F, 0x0F, 0x0F, 0x1F, 0x03, 0x1B, 0x02, 0x0F, 0xFF];
                let value = value & masks[usize::from(index)] | if index == 6 { 0x05 } else { 0 };
                model.gfx[usize::from(index)] = value;
                b.gfx(index, value);
            }
            1 if r & 0x80 == 0 => {
                model.map_mask = value & 0x0F;
                b.seq(2, value);
            }
            1 => {
                model.memory_mode = value & 0x0E;
                b.seq(4, value);
            }
            2..=4 => assert_eq!(b.peek(0xA_0000 + a), model.read(a), "step {step}: read"),
            _ => {
                b.poke(0xA_0000 + a, value);
                model.write(a, value);
            }
        }
        // A window that is plain memory leaves the latch alone; the model's latch follows it.
        model.latch = b.chip.core.latch.to_le_bytes();
        let at = model.offset(a);
        for plane in 0..4 {
            let seen = b.plane(plane, at as u32);
            assert_eq!(seen, model.planes[at][plane as usize], "step {step}: plane {plane} at {at:X}");
        }
    }
}

#[test]
fn a_read_loads_the_latch_of_all_planes_outside_plain_windows() {
    let mut b = in_mode(&MODE_12);
    for plane in 0..4 {
        b.seq(2, 1 << plane);
        b.poke(0xA_0123, 0x11 << plane);
    }
    b.peek(0xA_0123);
    assert_eq!(b.chip.core.latch, 0x8844_2211);
    b.gfx(4, 2);
    assert_eq!(b.read_indexed(0x3D4, 0x22), 0x44);
}

#[test]
fn write_mode_1_copies_all_planes_of_the_latch() {
    let mut b = in_mode(&MODE_X);
    for plane in 0..4 {
        b.seq(2, 1 << plane);
        b.poke(0xA_0010, 0xA0 + plane);
    }
    b.seq(2, 0x0F);
    b.gfx(5, 0x41);
    b.peek(0xA_0010);
    b.poke(0xA_2000, 0x55);
    assert_eq!([0, 1, 2, 3].map(|p| b.plane(p, 0x2000)), [0xA0, 0xA1, 0xA2, 0xA3]);
}

#[test]
fn wide_accesses_are_bytes_to_ascending_addresses() {
    let mut b = in_mode(&MODE_12);
    b.write(Addr::Mmio(0xA_0100, Width::Dword), 0x4433_2211);
    assert_eq!([0, 1, 2, 3].map(|n| b.plane(0, 0x100 + n)), [0x11, 0x22, 0x33, 0x44]);
    assert_eq!(b.read(Addr::Mmio(0xA_0102, Width::Word)), 0x4433);
}

#[test]
fn vga_01_chain_4_is_packed_and_survives_the_switch_to_unchained() {
    let mut b = in_mode(&MODE_13);
    b.poke_all(0xA_0140, &[1, 2, 3, 4, 5]);
    assert_eq!([0, 1, 2, 3].map(|p| b.plane(p, 0x50)), [1, 2, 3, 4]);
    assert_eq!(b.plane(0, 0x51), 5);
    let chained = b.frame();
    assert_eq!(chained.at(3, 1), super::colour_of(4));
    b.seq(4, 0x06);
    b.crtc(0x14, 0x00);
    b.crtc(0x17, 0xE3);
    assert_eq!(b.frame(), chained);
    b.gfx(4, 2);
    assert_eq!(b.peek(0xA_0050), 3);
}

#[test]
fn vga_04_odd_even_writes_obey_the_map_mask() {
    let mut b = in_mode(&MODE_3);
    b.seq(2, 0x0F);
    b.poke_all(0xB_8000, &[0x41, 0x1F]);
    assert_eq!([0, 1, 2, 3].map(|p| b.plane(p, 0)), [0x41, 0x1F, 0x41, 0x1F]);
    b.seq(2, 0x03);
    b.poke_all(0xB_8002, &[0x42, 0x2F]);
    assert_eq!([0, 1, 2, 3].map(|p| b.plane(p, 2)), [0x42, 0x2F, 0, 0]);
    b.seq(2, 0x01);
    b.poke_all(0xB_8004, &[0x43, 0x3F]);
    assert_eq!([0, 1, 2, 3].map(|p| b.plane(p, 4)), [0x43, 0, 0, 0]);
}

#[test]
fn vga_04_chained_odd_even_reads_give_what_was_written() {
    let mut b = in_mode(&MODE_3);
    b.poke_all(0xB_8000, &[1, 2, 3, 4]);
    assert_eq!([0, 1, 2, 3].map(|n| b.peek(0xB_8000 + n)), [1, 2, 3, 4]);
    b.gfx(4, 2);
    assert_eq!(b.peek(0xB_8001), 0, "read map bit 1 selects planes 2 and 3");
}

#[test]
fn the_128_kib_window_brings_address_bit_16_into_bit_0() {
    let mut b = in_mode(&MODE_3);
    b.gfx(6, 0x02);
    b.poke(0xA_0010, 0x77);
    b.poke(0xB_0010, 0x88);
    assert_eq!((b.plane(0, 0x10), b.plane(0, 0x11)), (0x77, 0x88));
    assert_eq!((b.peek(0xA_0010), b.peek(0xB_0010)), (0x77, 0x88));
}

#[test]
fn an_access_outside_the_window_finds_nothing() {
    let mut b = in_mode(&MODE_3);
    b.poke(0xA_0000, 0x12);
    assert_eq!(b.peek(0xA_0000), 0xFF);
    assert_eq!(b.plane(0, 0), 0);
}

#[test]
fn mode_13h_is_plain_memory_until_a_latch_or_mask_acts() {
    let mut b = in_mode(&MODE_13);
    let window = |b: &backplane::bench::Bench<super::Video>| {
        b.chip.claims().iter().find(|c| c.name == "vga-window").map(|c| c.what)
    };
    let ram =
        What::Ram { first: 0xA_0000, len: 0x1_0000, offset: super::PLAIN_VRAM.offset, read_only: false };
    let mmio = What::Mmio { first: 0xA_0000, len: 0x1_0000 };
    assert_eq!(window(&b), Some(ram));
    for (port, index, value, back) in [
        (0x3C4, 2, 0x07, 0x0F),
        (0x3C4, 4, 0x06, 0x0E),
        (0x3CE, 1, 0x01, 0x00),
        (0x3CE, 3, 0x01, 0x00),
        (0x3CE, 3, 0x08, 0x00),
        (0x3CE, 5, 0x41, 0x40),
        (0x3CE, 5, 0x48, 0x40),
        (0x3CE, 8, 0xFE, 0xFF),
    ] {
        let key = b.chip.claims_key();
        b.indexed(port, index, value);
        assert_eq!(window(&b), Some(mmio), "{port:X} index {index}");
        assert_ne!(b.chip.claims_key(), key, "{port:X} index {index}");
        b.indexed(port, index, back);
        assert_eq!(window(&b), Some(ram), "{port:X} index {index} again");
        assert_eq!(b.chip.claims_key(), key);
    }
}
