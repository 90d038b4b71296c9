//! What a case starts from.

use super::encoding::Unit;
use super::{Family, offset_in, offsets};
use crate::layout::{self, CODE, Local, Memory, STACK, TOP, WINDOWS, local_selector, selector};
use crate::random::Random;
use crate::state::{Case, Fx, Registers};

const ESP: usize = 4;

/// What an instruction can count on when it is made.
pub(super) struct Environment {
    pub(super) family: Family,
    /// Selectors by encoding number.
    pub(super) segments: [u16; 6],
    /// General registers.
    pub(super) gpr: [u32; 8],
    /// Offset of the first instruction.
    pub(super) start: u32,
}

/// Selectors that CS, SS and the data segment registers can hold at the start.
const CODE_32: [u16; 4] = [selector::CODE, local_selector(0), local_selector(1), local_selector(4)];
const CODE_16: [u16; 2] = [local_selector(2), local_selector(3)];
const STACKS: [u16; 7] = [
    selector::DATA,
    local_selector(14),
    local_selector(15),
    local_selector(15),
    local_selector(16),
    local_selector(17),
    local_selector(18),
];
const DATAS: [u16; 16] = [
    selector::DATA,
    local_selector(6),
    local_selector(6),
    local_selector(7),
    local_selector(7),
    local_selector(6),
    local_selector(7),
    local_selector(8),
    local_selector(9),
    local_selector(10),
    local_selector(11),
    local_selector(12),
    local_selector(0),
    local_selector(14),
    selector::CODE,
    0,
];

impl Environment {
    pub(super) fn random(random: &mut Random, family: Family) -> Environment {
        let segments = segments(random);
        let start = start(random, segments[1]);
        let mut gpr = std::array::from_fn(|_| general(random, &segments));
        if !random.one_in(3) {
            gpr[1] = random.below(20);
        }
        gpr[ESP] = stack_pointer(random, segments[2]);
        if random.one_in(2) {
            gpr[5] = gpr[ESP].wrapping_add(random.below(64) & !3);
        }
        Environment { family, segments, gpr, start }
    }

    /// Whether the code is 32-bit code.
    pub(super) fn big(&self) -> bool {
        layout::descriptor(self.segments[1]).is_some_and(|cs| cs.big)
    }
}

fn segments(random: &mut Random) -> [u16; 6] {
    const FLAT: u16 = selector::DATA;
    if random.one_in(2) {
        return [FLAT, selector::CODE, FLAT, FLAT, FLAT, FLAT];
    }
    let mut all = [(); 6].map(|()| random.pick(&DATAS));
    all[1] = if random.one_in(2) { random.pick(&CODE_16) } else { random.pick(&CODE_32) };
    all[2] = random.pick(&STACKS);
    all
}

/// Early in the page, across its end, or anywhere.
fn start(random: &mut Random, cs: u16) -> u32 {
    let at = match random.below(8) {
        0 => 0xFFF - random.below(60),
        1 => random.below(0x1E00),
        _ => 0x100,
    };
    let base = layout::descriptor(cs).map_or(0, |cs| cs.base);
    (CODE + at).wrapping_sub(base)
}

fn general(random: &mut Random, segments: &[u16; 6]) -> u32 {
    match random.below(10) {
        0..=5 => {
            let through = segments[random.pick(&[0, 2, 3, 3, 3, 4, 5])];
            let flat = Local { base: 0, ..layout::LOCALS[6] };
            offset_in(random, &layout::descriptor(through).unwrap_or(flat))
        }
        6 => random.dword(),
        _ => random.integer(32) as u32,
    }
}

fn stack_pointer(random: &mut Random, ss: u16) -> u32 {
    let Some(ss) = layout::descriptor(ss) else { return 0 };
    let at = match random.below(16) {
        0 => random.below(16),
        1 => 0x1000 - random.below(16),
        2 => 0xFFFF - random.below(8),
        3 => TOP + random.below(24),
        4 => 0x800 + random.below(16),
        5..=8 => 0xF800,
        _ => 0x800,
    };
    let offset = (STACK + at).wrapping_sub(ss.base);
    if !ss.big && random.one_in(2) { offset | random.dword() << 16 } else { offset }
}

/// Fills memory with what instructions may make sense of.
pub(super) fn fill(memory: &mut Memory, random: &mut Random) {
    for chunk in memory.chunks_exact_mut(8) {
        let value = match random.below(16) {
            0..=2 => 0,
            3 => random.double(),
            4 => u64::from(random.single()) | u64::from(random.single()) << 32,
            5 => random.integer(64),
            6 => random.integer(32) | random.integer(32) << 32,
            7 => (0..4).fold(0, |value, n| value | random.integer(16) << (16 * n)),
            8 => random.extended().0,
            9 => u64::from(random.extended().1) | random.qword() << 16,
            10 => (0..4).fold(0, |value, n| value | u64::from(any_selector(random)) << (16 * n)),
            11 => u64::from(layout::DATA + random.below(0x2000)) | u64::from(any_selector(random)) << 32,
            12 => packed_decimal(random),
            _ => random.qword(),
        };
        chunk.copy_from_slice(&value.to_le_bytes());
    }
    // Whoever gets lost among the code stops.
    for byte in &mut memory[..WINDOWS[0].len] {
        *byte = 0xCC;
    }
}

fn packed_decimal(random: &mut Random) -> u64 {
    (0..16).fold(0, |value, n| value | u64::from(random.below(10)) << (4 * n))
}

/// A selector of any kind but the 64-bit code's.
fn any_selector(random: &mut Random) -> u16 {
    match random.below(8) {
        0 => random.below(4) as u16,
        1 => selector::DATA & !3 | random.below(4) as u16,
        2 => selector::CODE & !3 | random.below(4) as u16,
        3 => 0x60 + random.below(0x10) as u16,
        _ => {
            local_selector(random.below(layout::LOCALS.len() as u32 + 2) as usize) & !3
                | random.below(4) as u16
        }
    }
}

/// Puts a case together.
pub(super) fn case(random: &mut Random, environment: Environment, units: Vec<Unit>, memory: Memory) -> Case {
    const ARITHMETIC: u32 = 0x8D5;
    const DIRECTION: u32 = 0x400;
    let offsets = offsets(environment.start, &units);
    let mut eflags = 0x202 | random.dword() & ARITHMETIC;
    for (flag, rarity) in [(DIRECTION, 3), (1 << 18, 16), (1 << 21, 8), (1 << 14, 200)] {
        if random.one_in(rarity) {
            eflags |= flag;
        }
    }
    let mut registers = Registers {
        gpr: environment.gpr,
        eip: environment.start,
        eflags,
        seg: environment.segments,
        fx: floating(random),
    };
    if random.one_in(3) {
        let register = random.pick(&[0, 2, 3, 6, 7]);
        registers.gpr[register] = random.pick(&offsets);
    }
    if random.one_in(6) {
        let register = random.pick(&[0, 1, 2, 3, 6, 7]);
        registers.gpr[register] = u32::from(any_selector(random)) | random.dword() << 16;
    }
    let mut case = Case { code: units.into_iter().map(|u| u.bytes).collect(), registers, memory };
    if random.one_in(2) {
        return_frame(random, &mut case, &offsets);
    }
    case
}

/// Makes the top of the stack something to return to: offset, selector, flags, in the size of the code or not.
fn return_frame(random: &mut Random, case: &mut Case, offsets: &[u32]) {
    let Some(ss) = layout::descriptor(case.registers.seg[2]) else { return };
    let big = layout::descriptor(case.registers.seg[1]).is_some_and(|cs| cs.big);
    let size = if big != random.one_in(8) { 4 } else { 2 };
    let esp = case.registers.gpr[ESP];
    let flags = 0x202 | random.dword() & 0x0004_0DD5;
    let frame = [random.pick(offsets), case.registers.seg[1].into(), flags];
    for (n, value) in frame.into_iter().enumerate() {
        for (k, byte) in value.to_le_bytes().into_iter().take(size).enumerate() {
            let offset = esp.wrapping_add((n * size + k) as u32);
            let offset = if ss.big { offset } else { offset & 0xFFFF };
            if let Some(place) = layout::place(ss.base.wrapping_add(offset)) {
                case.memory[place] = byte;
            }
        }
    }
}

fn floating(random: &mut Random) -> Fx {
    let mut fx = Fx::default();
    if random.one_in(2) {
        let masks = if random.one_in(3) { random.below(64) as u16 } else { 0x3F };
        fx.set_control(0x40 | masks | (random.below(16) as u16) << 8);
    }
    let mut status = random.qword() as u16 & 0x4700 | (random.below(8) as u16) << 11;
    if random.one_in(6) {
        status |= random.qword() as u16 & 0x7F;
    }
    if status & !fx.control() & 0x3F != 0 {
        status |= 0x8080;
        fx.set_pointers(random.qword() as u16 & 0x7FF, random.dword(), random.dword());
    }
    fx.set_status(status);
    fx.set_tags(if random.one_in(2) { 0xFF } else { random.qword() as u8 });
    for n in 0..8 {
        fx.set_st(n, random.extended());
    }
    if random.one_in(2) {
        let masks = if random.one_in(3) { random.below(64) } else { 0x3F };
        let flags = if random.one_in(4) { random.below(64) } else { 0 };
        let modes = random.pick(&[0, 0x40, 0x8000, 0x8040]);
        fx.set_mxcsr(masks << 7 | flags | modes | random.below(4) << 13);
    }
    for n in 0..8 {
        let low = lane(random);
        fx.set_xmm(n, u128::from(low) | u128::from(lane(random)) << 64);
    }
    fx
}

/// 64 bits of a vector.
fn lane(random: &mut Random) -> u64 {
    match random.below(4) {
        0 => random.qword(),
        1 => random.double(),
        2 => u64::from(random.single()) | u64::from(random.single()) << 32,
        _ => (0..4).fold(0, |value, n| value | random.integer(16) << (16 * n)),
    }
}
