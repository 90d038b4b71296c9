//! Our CL-GD5446 beside QEMU's: the same registers, blits and CPU accesses must leave the same bytes in video memory.
//!
//! Only what both have is asked for. QEMU has no transfers to the CPU, no byte-swapped apertures and no data latches of
//! eight bytes. Where the Technical Reference Manual decides against it, what is asked for leaves its errors out: a line
//! of bits in dwords is a quarter as long there, patterns of bits must be aligned as patterns of pixels, solid fills are
//! not clipped at the left, 24-bit ones by pixels and not by bytes, 16-bit pixels at odd addresses move to even ones, a
//! pattern is read anew for each line, write modes 4 and 5 have no pixel mask, and NOR and NAND (90h, DAh) have each other's code.

use backplane::bench::Bench;
use backplane::{Addr, Region, Width};
use device_models::vga::Video;
use relic_tests::qtest::Qtest;

/// Where the apertures and the registers are put.
const APERTURE: u32 = 0xE000_0000;
const REGISTERS: u32 = 0xE200_0000;
/// The device's number on both.
const DEVICE: u32 = 2;
/// The command register's bits: ports and memory.
const ENABLE: u32 = 3;
/// Bytes of video memory that are compared.
const LOOKED_AT: u32 = 0x8000;
/// Where patterns and bits begin.
const HIGH_SOURCES: u32 = 0x7000;
const WINDOW: u32 = 0xA_0000;

/// Both chips.
struct Pair {
    ours: Bench<Video>,
    its: Qtest,
}

impl Pair {
    fn new() -> Option<Pair> {
        let mut its = Qtest::with_device(&format!("cirrus-vga,addr={DEVICE},romfile="))?;
        let vram = Region { offset: 0, len: 4 << 20 };
        let mut ours = Bench::with_store(Video::cirrus(vram, None), 4 << 20);
        for (register, value) in [(0x10, APERTURE), (0x14, REGISTERS), (0x04, ENABLE)] {
            its.configure(DEVICE, register, value);
            ours.write(Addr::Config { function: 0, register: register as u8, width: Width::Dword }, value);
        }
        let mut pair = Pair { ours, its };
        pair.out(&[(0x3C2, 0x63)]);
        pair.indexed(0x3C4, &[(0x06, 0x12), (0x04, 0x0E), (0x02, 0xFF)]);
        pair.indexed(0x3CE, &[(0x06, 0x05)]);
        Some(pair)
    }

    fn out(&mut self, writes: &[(u16, u8)]) {
        self.its.out_all(writes);
        for (port, value) in writes {
            self.ours.outb(*port, *value);
        }
    }

    /// Writes registers behind an index port.
    fn indexed(&mut self, port: u16, writes: &[(u8, u8)]) {
        let writes: Vec<_> =
            writes.iter().flat_map(|(index, value)| [(port, *index), (port + 1, *value)]).collect();
        self.out(&writes);
    }

    /// Reads a register on both, which must agree.
    fn read(&mut self, port: u16, index: u8) -> u8 {
        self.out(&[(port, index)]);
        let values = (self.ours.inb(port + 1), self.its.inb(port + 1));
        assert_eq!(values.0, values.1, "register {index:X}h of port {port:X}h");
        values.0
    }

    fn poke(&mut self, writes: &[(u32, u8)]) {
        self.its.poke_all(writes);
        for (at, value) in writes {
            self.ours.write(Addr::Mmio(*at, Width::Byte), (*value).into());
        }
    }

    /// Puts bytes into video memory.
    fn fill(&mut self, random: &mut Random) {
        let bytes: Vec<u8> = (0..LOOKED_AT).map(|_| random.byte()).collect();
        self.its.set_block(APERTURE, &bytes);
        self.ours.ram.write(0, &bytes);
    }

    fn expect_same(&mut self, what: &str) {
        let theirs = self.its.block(APERTURE, LOOKED_AT as usize);
        let mut ours = vec![0; LOOKED_AT as usize];
        self.ours.ram.read(0, &mut ours);
        let wrong: Vec<usize> = (0..ours.len()).filter(|n| ours[*n] != theirs[*n]).collect();
        if let Some(first) = wrong.first() {
            let end = (first + 16).min(ours.len());
            let (ours, theirs) = (&ours[*first..end], &theirs[*first..end]);
            panic!(
                "{what}: {} bytes differ, from {first:X}h on: {ours:X?}, QEMU has {theirs:X?}",
                wrong.len()
            );
        }
    }
}

/// Pseudo-random numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 24) as u32
    }

    fn byte(&mut self) -> u8 {
        self.next() as u8
    }

    /// A number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        self.next() % end
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }
}

const ROPS: [u8; 14] = [0x00, 0x05, 0x06, 0x09, 0x0B, 0x0D, 0x0E, 0x50, 0x59, 0x6D, 0x95, 0xAD, 0xD0, 0xD6];

const BACKWARDS: u8 = 0x01;
const FROM_SYSTEM: u8 = 0x04;
const TRANSPARENT: u8 = 0x08;
const PATTERN: u8 = 0x40;
const EXPAND: u8 = 0x80;
const INVERTED: u8 = 0x02;
const SOLID: u8 = 0x04;

/// A blit, by the registers that describe it.
#[derive(Clone, Copy, Debug)]
struct Blit {
    /// Bytes in a pixel.
    pixel: u32,
    width: u32,
    height: u32,
    pitches: [u32; 2],
    target: u32,
    source: u32,
    mode: u8,
    extensions: u8,
    rop: u8,
    clip: u8,
    colours: [u32; 2],
    key: u32,
}

impl Blit {
    /// A blit within the memory that is compared.
    fn new(random: &mut Random, pixel: u32, mode: u8, extensions: u8) -> Blit {
        let pitch = |random: &mut Random| 160 + 4 * random.below(32);
        let reach = 300 * 26;
        let copies = mode & (PATTERN | EXPAND) == 0;
        // Patterns and bits lie above all targets.
        let targets = if copies { LOOKED_AT } else { HIGH_SOURCES };
        let mut target = random.below(targets - reach) / pixel * pixel;
        let mut source = random.below(LOOKED_AT - reach) / pixel * pixel;
        if mode & BACKWARDS != 0 {
            // From the last byte of a pixel.
            let last = reach / pixel * pixel - 1;
            (target, source) = (target + last, source + last);
        }
        if !copies {
            let alignment = if mode & PATTERN != 0 { 64 * pixel.next_power_of_two() } else { 1 };
            source = (HIGH_SOURCES + random.below(0x800)) / alignment * alignment;
        }
        let clipped = !copies && extensions & SOLID == 0 && pixel != 3;
        let clip = if clipped { random.below(8) } else { 0 };
        let keyed = mode & TRANSPARENT != 0 && mode & EXPAND == 0;
        Blit {
            pixel,
            width: pixel * (1 + random.below(160 / pixel)),
            height: 1 + random.below(24),
            pitches: [pitch(random), pitch(random)],
            target,
            source,
            mode: mode | (pixel as u8 - 1) << 4,
            extensions,
            rop: random.one_of(&ROPS),
            clip: clip as u8,
            colours: [random.next(), random.next()],
            key: if keyed { random.next() } else { 0 },
        }
    }

    /// Starts it on both.
    fn start(&self, pair: &mut Pair) {
        let [background, foreground] = self.colours.map(u32::to_le_bytes);
        let (w, h, [t, s]) = (self.width - 1, self.height - 1, self.pitches);
        let mut registers = Vec::new();
        registers.extend([0x00, 0x10, 0x12, 0x14].into_iter().zip(background));
        registers.extend([0x01, 0x11, 0x13, 0x15].into_iter().zip(foreground));
        for (index, value) in [(0x20, w), (0x22, h), (0x24, t), (0x26, s), (0x34, self.key)] {
            registers.extend([(index, value as u8), (index + 1, (value >> 8) as u8)]);
        }
        for (index, value) in [(0x28, self.target), (0x2C, self.source)] {
            registers.extend((index..).zip(value.to_le_bytes()).take(3));
        }
        registers.extend([(0x2F, self.clip), (0x30, self.mode), (0x32, self.rop), (0x33, self.extensions)]);
        registers.push((0x31, 0x02));
        pair.indexed(0x3CE, &registers);
    }

    /// Bytes that the CPU is to send.
    fn data_len(&self) -> u32 {
        if self.mode & PATTERN != 0 {
            return if self.mode & EXPAND != 0 { 8 } else { 64 * self.pixel.next_power_of_two() };
        }
        let line = if self.mode & EXPAND == 0 {
            self.width.next_multiple_of(4)
        } else {
            (self.width / self.pixel).div_ceil(8)
        };
        line * self.height
    }
}

/// Sets packed pixels of so many bytes.
fn set_depth(pair: &mut Pair, pixel: u32) {
    let format = [0xF1, 0xF7, 0xF5, 0xF9][pixel as usize - 1];
    pair.indexed(0x3C4, &[(0x07, format)]);
}

/// Does blits of one kind in all depths.
fn compare(seed: u64, count: u32, kinds: impl Fn(&mut Random, u32) -> (u8, u8)) {
    let Some(mut pair) = Pair::new() else { return };
    let mut random = Random(seed);
    for pixel in 1..=4 {
        set_depth(&mut pair, pixel);
        pair.fill(&mut random);
        for n in 0..count {
            let (mode, extensions) = kinds(&mut random, pixel);
            let blit = Blit::new(&mut random, pixel, mode, extensions);
            blit.start(&mut pair);
            if mode & FROM_SYSTEM != 0 {
                let data: Vec<(u32, u8)> =
                    (0..blit.data_len()).map(|n| (APERTURE + n % 0x1000, random.byte())).collect();
                pair.poke(&data);
            }
            assert_eq!(pair.read(0x3CE, 0x31) & 1, 0, "idle after blit {n}: {blit:X?}");
            pair.expect_same(&format!("blit {n}: {blit:X?}"));
        }
    }
}

#[test]
fn copies_leave_the_same_bytes_as_qemus() {
    compare(0x1001, 60, |random, _| (random.one_of(&[0, BACKWARDS]), 0));
}

#[test]
fn transparent_copies_leave_the_same_bytes_as_qemus() {
    compare(0x1002, 60, |random, pixel| {
        let transparent = if pixel <= 2 { TRANSPARENT } else { 0 };
        (random.one_of(&[0, BACKWARDS]) | transparent, 0)
    });
}

#[test]
fn patterns_leave_the_same_bytes_as_qemus() {
    compare(0x1003, 60, |_, _| (PATTERN, 0));
}

#[test]
fn expanded_bits_and_patterns_leave_the_same_bytes_as_qemus() {
    compare(0x1004, 100, |random, _| {
        let transparent = random.one_of(&[0, TRANSPARENT]);
        let inverted = if transparent != 0 { random.one_of(&[0, INVERTED]) } else { 0 };
        (EXPAND | random.one_of(&[0, PATTERN]) | transparent, inverted)
    });
}

#[test]
fn solid_fills_leave_the_same_bytes_as_qemus() {
    compare(0x1005, 30, |_, _| (EXPAND | PATTERN, SOLID));
}

#[test]
fn blits_from_the_cpu_leave_the_same_bytes_as_qemus() {
    compare(0x1006, 60, |random, _| {
        let mode = random.one_of(&[0, EXPAND, EXPAND | TRANSPARENT]);
        (FROM_SYSTEM | mode, 0)
    });
}

#[test]
fn the_cpu_reaches_the_same_bytes_through_banks_and_write_modes_as_on_qemus() {
    let Some(mut pair) = Pair::new() else { return };
    let mut random = Random(0x1007);
    set_depth(&mut pair, 1);
    pair.fill(&mut random);
    for n in 0..300 {
        let extensions = random.one_of(&[0x00, 0x20, 0x21, 0x01, 0x04, 0x06, 0x16, 0x14]);
        let mode = if extensions & 0x04 != 0 { random.one_of(&[0, 4, 5]) } else { 0 };
        let banks = [random.below(2) as u8, random.below(2) as u8];
        pair.indexed(
            0x3CE,
            &[
                (0x0B, extensions),
                (0x09, banks[0]),
                (0x0A, banks[1]),
                (0x05, mode),
                (0x00, random.byte()),
                (0x01, random.byte()),
                (0x10, random.byte()),
                (0x11, random.byte()),
            ],
        );
        let reach = if extensions & 0x02 != 0 { 0x400 } else { 0x3000 };
        let writes: Vec<(u32, u8)> = (0..8).map(|_| (WINDOW + random.below(reach), random.byte())).collect();
        pair.poke(&writes);
        let at = WINDOW + random.below(reach);
        let read = pair.ours.read(Addr::Mmio(at, Width::Byte)) as u8;
        assert_eq!(read, pair.its.peek(at), "{at:X}h, extensions {extensions:X}h, banks {banks:?}");
        pair.indexed(0x3CE, &[(0x0B, 0x00), (0x05, 0x00)]);
        pair.expect_same(&format!("extensions {extensions:X}h, write mode {mode}, banks {banks:?}, {n}"));
    }
}

#[test]
fn linux_finds_the_same_chip_as_qemus() {
    let Some(mut pair) = Pair::new() else { return };
    assert_eq!(pair.read(0x3D4, 0x27), 0xB8, "the part");
    assert_eq!(pair.read(0x3C4, 0x06), 0x12, "unlocked");
    assert_eq!(pair.read(0x3C4, 0x0F) & 0x98, 0x98, "4 MiB");
    for (index, value) in [(0x06, 0x00), (0x06, 0x12)] {
        pair.indexed(0x3C4, &[(index, value)]);
        pair.read(0x3C4, index);
    }
}
