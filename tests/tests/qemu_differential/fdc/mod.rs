//! The 82077AA with two drives: a write-protected 1.44 MB disk, and a 720 KB one of which one cylinder is written.

mod known;

use super::{compare_on, machines};
use backplane::bench::Action;
use backplane::{Disk, Width};
use hypervisor::{Media, VideoKind};
use known::KNOWN;
use relic_tests::differential::{Field, Image, Random, Register, read, write};

/// Longer than any command takes on ours: a seek over all cylinders, a track that is looked through twice.
const SETTLE: Action = Action::Step(60_000_000);
/// Where DMA finds the data.
const BUFFER: u32 = 0x2_0000;
const SECTOR: u32 = 512;
/// Bytes of a sector behind the terminal count, of writes that end in it.
const CUT: u32 = 100;
/// The cylinder of drive B that scripts write, and begin with writing.
const WRITTEN: u8 = 2;

mod port {
    pub(super) const DOR: u16 = 0x3F2;
    pub(super) const TDR: u16 = 0x3F3;
    pub(super) const MSR: u16 = 0x3F4;
    pub(super) const FIFO: u16 = 0x3F5;
    pub(super) const CCR: u16 = 0x3F7;
}

/// A drive with its disk.
struct Drive {
    unit: u8,
    sectors: u8,
    rate: u32,
}

const A: Drive = Drive { unit: 0, sectors: 18, rate: 0 };
const B: Drive = Drive { unit: 1, sectors: 9, rate: 2 };

/// What is on a disk.
fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at / 512 * 7 + at + at % 512 / 9) as u8).collect()
}

/// The bytes of a command, what it ends with, and the status around it.
fn command(script: &mut Vec<Action>, bytes: &[u8], results: usize) {
    script.extend(bytes.iter().map(|byte| write(port::FIFO, (*byte).into())));
    script.extend([SETTLE, read(port::MSR)]);
    script.extend(vec![read(port::FIFO); results]);
    script.push(read(port::MSR));
}

/// SPECIFY with DMA or without. Ours looks at DOR's gate, QEMU's puts the mode there: it is open first.
fn specify(script: &mut Vec<Action>, dma: bool) {
    command(script, &[0x03, 0xDF, if dma { 2 } else { 3 }], 0);
}

/// Channel 2 for so many bytes.
fn channel(script: &mut Vec<Action>, to_memory: bool, bytes: u32) {
    let count = bytes - 1;
    let mode = if to_memory { 0x46 } else { 0x4A };
    script.extend([
        write(0x0A, 6),
        write(0x0C, 0),
        write(0x0B, mode),
        write(0x04, BUFFER),
        write(0x04, BUFFER >> 8),
        write(0x81, BUFFER >> 16),
        write(0x05, count),
        write(0x05, count >> 8),
        write(0x0A, 2),
    ]);
}

/// Sectors for DMA to find, each full of a byte of its own.
fn fill(script: &mut Vec<Action>, first: u8, sectors: u8) {
    script.extend((0..sectors).map(|n| Action::Store {
        at: BUFFER + u32::from(n) * SECTOR,
        len: SECTOR as u16,
        byte: first.wrapping_add(n.wrapping_mul(3)),
    }));
}

/// Both controllers just reset, with the same settings, heads on cylinder 0, and the cylinder that is written.
fn begin() -> Vec<Action> {
    let mut script = vec![write(port::DOR, 0), SETTLE, write(port::DOR, 0x0C), SETTLE];
    for _ in 0..4 {
        command(&mut script, &[0x08], 2);
    }
    command(&mut script, &[0x14], 1);
    command(&mut script, &[0x13, 0, 0x47, 0], 0);
    command(&mut script, &[0x12, 0x80], 0);
    script.extend([
        write(port::TDR, 0),
        write(port::CCR, B.rate),
        write(0x08, 0),
        write(0xD6, 0xC0),
        write(0xD4, 0),
    ]);
    // Change lines go with the first step.
    for unit in [A.unit, B.unit] {
        command(&mut script, &[0x0F, unit, 5], 0);
        command(&mut script, &[0x08], 2);
        command(&mut script, &[0x07, unit], 0);
        command(&mut script, &[0x08], 2);
    }
    // QEMU's takes the sectors of a track from it for ever; ours meets the tab, or no DMA.
    script.push(write(0x0A, 6));
    for drive in [A, B] {
        command(&mut script, &[0x4D, drive.unit, 2, drive.sectors, 0x54, 0], 7);
    }
    specify(&mut script, true);
    fill(&mut script, 0x11, 2 * B.sectors);
    channel(&mut script, false, 2 * u32::from(B.sectors) * SECTOR);
    command(&mut script, &[0xC5, B.unit, WRITTEN, 0, 1, 2, B.sectors, 0x1B, 0xFF], 7);
    fill(&mut script, 0x99, 2 * B.sectors);
    script.push(write(port::DOR, 0x1C));
    script
}

/// Puts accesses that hang together at the end of a script.
type Make = fn(&mut Random, &mut Vec<Action>);

/// Commands without data.
fn simple(random: &mut Random, script: &mut Vec<Action>) {
    let drive = random.below(2) as u8;
    let head = random.of(&[0, 0, 4]);
    match random.below(10) {
        0 => command(script, &[0x04, drive | head], 1),
        1 => command(script, &[0x07, drive], 0),
        2 => command(script, &[0x0F, drive | head, random.of(&[0, 1, 2, 40, 79])], 0),
        3 | 4 => command(script, &[0x08], 2),
        5 => command(script, &[0x10], 1),
        6 => command(script, &[0x0E], 10),
        7 => command(script, &[random.of(&[0x14, 0x94])], 1),
        8 => command(
            script,
            &[0x13, 0, random.of(&[0x47, 0x47, 0x40, 0x6F, 0x57, 0x0F]), random.value() as u8],
            0,
        ),
        _ => relative_seek(random, script, drive),
    }
    if random.below(2) == 0 {
        command(script, &[0x08], 2);
    }
}

/// A step or a few from where the drive has just been sent, perhaps over the edge.
fn relative_seek(random: &mut Random, script: &mut Vec<Action>, drive: u8) {
    let from = random.of(&[0, 3, 10, 60]);
    command(script, &[0x0F, drive, from], 0);
    command(script, &[0x08], 2);
    command(script, &[random.of(&[0x8F, 0xCF]), drive, random.of(&[0, 1, 3])], 0);
    command(script, &[0x08], 2);
}

/// A command that moves sectors: which, and what ID it is given.
struct Sectors {
    code: u8,
    drive: Drive,
    head: u8,
    cylinder: u8,
    first: u8,
    last: u8,
}

impl Sectors {
    /// Some within a track.
    fn some(random: &mut Random, code: u8) -> Sectors {
        let drive = if random.below(2) == 0 { A } else { B };
        let cylinder = if drive.unit == 0 { random.of(&[0, 1, 2, 40, 79]) } else { WRITTEN };
        let first = 1 + random.below(drive.sectors.into()) as u8;
        let last = first + random.below(u32::from(drive.sectors - first) + 1) as u8;
        Sectors { code, drive, head: random.below(2) as u8, cylinder, first, last }
    }

    fn bytes(&self) -> [u8; 9] {
        let Sectors { code, ref drive, head, cylinder, first, last } = *self;
        [code, head << 2 | drive.unit, cylinder, head, first, 2, last, 0x1B, 0xFF]
    }

    fn count(&self) -> u32 {
        u32::from(self.last - self.first) + 1
    }
}

/// Dwords of what DMA moved.
fn look(random: &mut Random, script: &mut Vec<Action>) {
    for _ in 0..3 {
        let at = BUFFER + 4 * random.below(2 * 9 * SECTOR / 4);
        script.push(Action::Read { at, width: Width::Dword });
    }
}

/// Reads through DMA.
fn dma_read(random: &mut Random, script: &mut Vec<Action>) {
    let code = random.of(&[0x46, 0x46, 0x66, 0xC6, 0x42]);
    let sectors = Sectors::some(random, code);
    specify(script, true);
    script.push(write(port::CCR, sectors.drive.rate));
    let bytes = match random.below(4) {
        0 => random.below(sectors.count() * SECTOR) + 1,
        1 if code == 0xC6 && sectors.head == 0 => (sectors.count() + u32::from(sectors.last)) * SECTOR,
        2 => (sectors.count() + 1) * SECTOR,
        _ => sectors.count() * SECTOR,
    };
    channel(script, true, bytes);
    command(script, &sectors.bytes(), 7);
    look(random, script);
}

/// Writes through DMA, of drive B's one cylinder.
fn dma_write(random: &mut Random, script: &mut Vec<Action>) {
    let sectors = Sectors::some(random, 0x45);
    specify(script, true);
    script.push(write(port::CCR, sectors.drive.rate));
    fill(script, random.dword() as u8, sectors.count() as u8);
    let bytes = if random.below(4) == 0 { sectors.count() * SECTOR - CUT } else { sectors.count() * SECTOR };
    channel(script, false, bytes);
    command(script, &sectors.bytes(), 7);
}

/// Comparisons through DMA.
fn scan(random: &mut Random, script: &mut Vec<Action>) {
    let sectors = Sectors { code: random.of(&[0x51, 0x59, 0x5D]), ..Sectors::some(random, 0) };
    specify(script, true);
    script.push(write(port::CCR, sectors.drive.rate));
    fill(script, random.dword() as u8, sectors.count() as u8);
    channel(script, false, sectors.count() * SECTOR);
    let mut bytes = sectors.bytes();
    bytes[8] = 1;
    command(script, &bytes, 7);
}

/// Looks for sectors without moving them.
fn verify(random: &mut Random, script: &mut Vec<Action>) {
    let sectors = Sectors::some(random, 0x56);
    specify(script, true);
    script.push(write(port::CCR, sectors.drive.rate));
    let mut bytes = sectors.bytes();
    if random.below(2) == 0 {
        bytes[1] |= 0x80;
        bytes[8] = random.of(&[1, 2, sectors.count() as u8]);
    }
    command(script, &bytes, 7);
}

/// A sector through the FIFO, or a write of two, one on either side.
fn fifo(random: &mut Random, script: &mut Vec<Action>) {
    let mut sectors = Sectors::some(random, 0x46);
    sectors.last = sectors.first;
    let (writes, count) = random.of(&[(false, 1), (false, 1), (true, 2), (true, 1)]);
    if count == 2 {
        sectors = Sectors { code: 0xC5, drive: B, head: 0, cylinder: WRITTEN, first: 1, last: 1 };
    } else if writes {
        let first = 1 + random.below(B.sectors.into()) as u8;
        sectors = Sectors { code: 0x45, drive: B, cylinder: WRITTEN, first, last: first, ..sectors };
    }
    specify(script, false);
    script.push(write(port::CCR, sectors.drive.rate));
    command(script, &sectors.bytes(), 0);
    let seed = random.dword();
    for _ in 0..count {
        let byte =
            |n: u32| if writes { write(port::FIFO, seed.wrapping_add(n / 9)) } else { read(port::FIFO) };
        script.extend((0..SECTOR).map(byte));
        script.extend([SETTLE, read(port::MSR)]);
    }
    script.extend([read(port::FIFO); 7]);
    script.push(read(port::MSR));
}

/// The data field of sectors is filled anew, and their IDs come through DMA.
fn format(random: &mut Random, script: &mut Vec<Action>) {
    let head = random.below(2) as u8;
    specify(script, true);
    script.push(write(port::CCR, B.rate));
    for n in 0..u32::from(B.sectors) {
        let id = u32::from_le_bytes([WRITTEN, head, n as u8 + 1, 2]);
        script.push(Action::Write { at: BUFFER + 4 * n, width: Width::Dword, value: id });
    }
    channel(script, false, 4 * u32::from(B.sectors));
    command(script, &[0x4D, head << 2 | B.unit, 2, B.sectors, 0x54, random.dword() as u8 | 1], 7);
}

/// The next ID that passes.
fn read_id(random: &mut Random, script: &mut Vec<Action>) {
    script.push(write(port::CCR, A.rate));
    command(script, &[random.of(&[0x4A, 0x0A]), random.of(&[0, 4])], 7);
}

/// Commands that cannot be carried out: another ID, another rate, no such sector, marks that no disk has, a disk that must not be written.
fn failing(random: &mut Random, script: &mut Vec<Action>) {
    let code = random.of(&[0x46, 0x46, 0x45, 0x4C, 0x6C, 0x49]);
    let mut sectors = Sectors::some(random, code);
    sectors.drive = A;
    specify(script, true);
    let rate = if random.below(3) == 0 { random.of(&[1, 2, 3]) } else { A.rate };
    script.push(write(port::CCR, rate));
    let reads = sectors.code & 0x1F != 0x05 && sectors.code & 0x1F != 0x09;
    channel(script, reads, sectors.count() * SECTOR);
    let mut bytes = sectors.bytes();
    match random.below(6) {
        0 => bytes[2] = random.of(&[80, 81, 0xFF]),
        1 => bytes[4] = random.of(&[0, A.sectors + 1, 0xFF]),
        2 => bytes[3] ^= 1,
        3 => bytes[5] = random.of(&[0, 1, 3, 7]),
        4 => bytes[0] &= !0x40,
        _ => {}
    }
    command(script, &bytes, 7);
}

/// A register outside the FIFO. Rates are those of the disks: with DSR's power-down bit QEMU's starts anew, ours goes on.
fn register(random: &mut Random, script: &mut Vec<Action>) {
    script.push(match random.below(7) {
        0 => write(port::TDR, random.of(&[0, 1, 2, 3, 0x80, 0xFB])),
        1 => write(port::MSR, random.of(&[0, 2, 0x1C, 0x0E])),
        2 => write(port::DOR, random.of(&[0x0C, 0x0D, 0x1C, 0x2D, 0x3C, 0x04, 0xFC])),
        3 => write(port::CCR, random.value()),
        _ => read(random.of(&[port::DOR, port::TDR, port::MSR, port::CCR])),
    });
}

/// A command that is not one.
fn invalid(random: &mut Random, script: &mut Vec<Action>) {
    command(script, &[random.of(&[0x00, 0x01, 0x0B, 0x15, 0x1A, 0x1F, 0x23, 0x44, 0x88, 0xD0])], 1);
}

/// A command that a reset cuts off.
fn reset(random: &mut Random, script: &mut Vec<Action>) {
    let bytes = Sectors::some(random, 0x46).bytes();
    let given = random.below(9) as usize;
    script.extend(bytes[..given].iter().map(|byte| write(port::FIFO, (*byte).into())));
    script.extend([read(port::MSR), read(port::FIFO)]);
    match random.below(3) {
        0 => script.extend([write(port::DOR, 0x18), SETTLE, write(port::DOR, 0x1C)]),
        1 => script.extend([write(port::DOR, 0x18), SETTLE, read(port::MSR), write(port::DOR, 0x1C)]),
        _ => script.push(write(port::MSR, 0x80)),
    }
    script.extend([SETTLE, read(port::MSR)]);
    for _ in 0..random.of(&[4, 4, 1]) {
        command(script, &[0x08], 2);
    }
    command(script, &[0x0E], 10);
    command(script, &[0x13, 0, 0x47, 0], 0);
    command(script, &[0x07, A.unit], 0);
    command(script, &[0x08], 2);
    command(script, &[0x07, B.unit], 0);
    command(script, &[0x08], 2);
}

#[test]
fn the_floppy_controller_agrees_with_qemus() {
    let (mut media, mut images) = (Media::default(), Vec::new());
    let mut arguments = vec!["-vga".to_owned(), "std".to_owned()];
    for (n, bytes) in [1_474_560, 737_280].into_iter().enumerate() {
        let image = Image::new(content(bytes));
        let protected = if n == 0 { "on" } else { "off" };
        let path = image.path().display();
        arguments.push("-drive".to_owned());
        arguments.push(format!("if=floppy,index={n},format=raw,file={path},readonly={protected}"));
        let disk = Disk::from_bytes(content(bytes));
        media.floppies[n] = Some(if n == 0 { disk.protected() } else { disk });
        images.push(image);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let pair = machines(VideoKind::Std, media, images, &arguments);
    let often: [Make; 9] = [simple, simple, dma_read, dma_write, verify, fifo, register, register, reset];
    let seldom: [Make; 5] = [scan, failing, format, read_id, invalid];
    let mut makes = [often; 4].concat();
    makes.extend(seldom);
    let registers = makes.into_iter().map(Register::Made).collect();
    let field = Field { name: "FDC", begin: begin(), registers };
    compare_on(pair, &field, KNOWN);
}
