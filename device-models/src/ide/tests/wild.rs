//! Guests that know the protocol and care for nothing: uniform accesses rarely get past the first register.

use super::*;

/// A stream of choices.
struct Choices(u64);

impl Choices {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as u32
    }

    fn byte(&mut self) -> u8 {
        self.next() as u8
    }

    /// Mostly small, so that sectors and lengths are often valid.
    fn small(&mut self) -> u8 {
        if self.next() & 3 == 0 { self.byte() } else { self.byte() & 7 }
    }
}

fn any_command(h: &mut Host, c: &mut Choices) {
    let device = [0xA0, 0xB0, 0xE0, 0xF0][(c.next() & 3) as usize];
    h.out(6, device | c.small() & 0xF);
    for offset in 1..6 {
        h.out(offset, c.small());
    }
    h.out(7, c.byte());
}

fn any_packet(h: &mut Host, c: &mut Choices) {
    const CODES: [u8; 32] = [
        0x00, 0x01, 0x03, 0x12, 0x15, 0x1A, 0x1B, 0x1E, 0x25, 0x28, 0x2B, 0x2F, 0x42, 0x43, 0x44, 0x45, 0x46,
        0x47, 0x4A, 0x4B, 0x51, 0x52, 0x55, 0x5A, 0xA5, 0xA8, 0xB9, 0xBB, 0xBD, 0xBE, 0xBE, 0xFF,
    ];
    let mut cdb: Vec<u8> = (0..12).map(|_| c.small()).collect();
    cdb[0] = CODES[(c.next() & 31) as usize];
    let limit = [0x0800, 0xFFFF, 0x0001, c.next() as u16][(c.next() & 3) as usize];
    h.packet_with(c.small() & 3, limit, &cdb);
}

fn any_dma(h: &mut Host, c: &mut Choices) {
    for n in 0..4 {
        h.b.ram.write_u32(0x8000 + 8 * n, c.next());
        h.b.ram.write_u32(0x8004 + 8 * n, c.next() & 0x8000_0FFF);
    }
    h.b.write(Addr::Port(h.master(4), Width::Dword), 0x8000);
    h.b.outb(h.master(0), c.byte() & 9);
}

fn run(seed: u64) {
    let mut h = if seed & 1 == 0 { Host::primary() } else { Host::secondary() };
    let mut c = Choices(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..1500 {
        match c.next() & 15 {
            0..=4 => any_command(&mut h, &mut c),
            5..=9 => any_packet(&mut h, &mut c),
            10 | 11 => any_dma(&mut h, &mut c),
            12 => h.control(c.small() & 6),
            13 => h.b.drives.eject(Bay::SecondaryMaster).map_or((), drop),
            14 => drop(h.b.drives.insert(Bay::SecondaryMaster, Disk::from_bytes(numbered(CD_BYTES)))),
            _ => h.b.chip.reset(Reset::Board),
        }
        h.b.advance(u64::from(c.next() & 0x3_FFFF));
        for _ in 0..c.next() & 0x7FF {
            if c.next() & 1 == 0 {
                h.in32()
            } else {
                h.in16().into()
            };
        }
        for _ in 0..c.next() & 0x1FF {
            h.out16(c.next() as u16);
        }
        h.inp(7);
        let held =
            h.b.chip.channels.iter().flat_map(|c| &c.drives).map(|d| d.buffer.capacity()).sum::<usize>();
        assert!(held <= 4 * 0x2_0000, "seed {seed}: {held} bytes held");
    }
    // Whatever was done, a software reset brings the drives back.
    h.control(4);
    h.control(0);
    h.b.advance(1_000_000);
    assert_eq!(h.alternate() & (BSY | DRQ), 0, "seed {seed}");
}

#[test]
fn wild_commands_and_packets_never_panic_and_a_reset_brings_the_drives_back() {
    (0..24).for_each(run);
}
