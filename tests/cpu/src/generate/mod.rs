//! Random cases, the same for the same seed and number.
//!
//! `encoding` makes one instruction out of random bytes and `iced-x86`'s opinion of them; `start` makes what a case
//! starts from.

mod encoding;
mod start;

use crate::layout::{self, Local, Memory};
use crate::random::Random;
use crate::state::Case;
use encoding::Unit;
use start::Environment;

/// Cases that share what memory holds, apart from a few patches.
const SHARED: u64 = 64;

/// What a case is mostly made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// General registers and control.
    Integer,
    /// x87.
    Float,
    /// MMX, SSE and SSE2.
    Vector,
}

impl Family {
    /// What cases are made of unless one family is asked for.
    pub const USUAL: [Family; 3] = [Family::Integer, Family::Float, Family::Vector];

    /// The family of a name as `CPU_FAMILY` has it.
    pub fn named(name: &str) -> Option<Family> {
        match name {
            "integer" => Some(Family::Integer),
            "x87" => Some(Family::Float),
            "simd" => Some(Family::Vector),
            _ => None,
        }
    }
}

/// Makes cases of a seed.
pub struct Generator {
    /// Only cases of this family.
    pub only: Option<Family>,
    seed: u64,
    memory: Memory,
    of: Option<u64>,
}

impl Generator {
    /// The cases of a seed.
    pub fn new(seed: u64) -> Generator {
        Generator { only: None, seed, memory: layout::blank(), of: None }
    }

    /// Case `n`.
    pub fn case(&mut self, n: u64) -> Case {
        if self.of != Some(n / SHARED) {
            self.of = Some(n / SHARED);
            start::fill(&mut self.memory, &mut Random::of_case(!self.seed, n / SHARED));
        }
        let mut random = Random::of_case(self.seed, n);
        let any = random.pick(&Family::USUAL);
        let environment = Environment::random(&mut random, self.only.unwrap_or(any));
        let mut units = sequence(&mut random, &environment);
        link(&mut random, &environment, &mut units);
        start::case(&mut random, environment, units, self.memory.clone())
    }
}

fn sequence(random: &mut Random, environment: &Environment) -> Vec<Unit> {
    let most = if random.one_in(2) { 4 } else { 12 };
    let wanted = 1 + random.below(most);
    (0..wanted).map(|_| encoding::unit(random, environment)).collect()
}

/// Points branches at instructions behind them, or at the end.
fn link(random: &mut Random, environment: &Environment, units: &mut [Unit]) {
    let offsets = offsets(environment.start, units);
    for n in 0..units.len() {
        let ahead = n + 1 + random.below((units.len() - n) as u32) as usize;
        units[n].point(offsets[n], offsets[ahead], environment.segments[1]);
    }
}

/// Offset of each unit and of the end.
fn offsets(start: u32, units: &[Unit]) -> Vec<u32> {
    let mut at = start;
    let mut all = vec![at];
    for unit in units {
        at = at.wrapping_add(unit.bytes.len() as u32);
        all.push(at);
    }
    all
}

/// An offset in a segment at which there is something, or nearly.
fn offset_in(random: &mut Random, segment: &Local) -> u32 {
    use layout::{CODE, DATA, PAGE, STACK, TOP};
    let (base, sizes) = match segment.base & 0xFF00_0000 {
        CODE => (CODE, [2 * PAGE, 2 * PAGE, 2 * PAGE, 2 * PAGE]),
        STACK => (STACK, [PAGE, PAGE, PAGE, TOP]),
        DATA => (DATA, [2 * PAGE, 2 * PAGE, 3 * PAGE, TOP]),
        _ => {
            let base = random.pick(&[DATA, DATA, DATA, STACK, CODE]);
            (base, if base == DATA { [2 * PAGE, 2 * PAGE, 3 * PAGE, TOP] } else { [PAGE; 4] })
        }
    };
    let size = random.pick(&sizes);
    let (first, room) = if size == TOP { (TOP, PAGE) } else { (0, size) };
    let inside = match random.below(12) {
        // Across the end of a page, or of the window.
        0 => (PAGE * (1 + random.below(room / PAGE))).wrapping_sub(random.below(20)),
        1 => random.below(room),
        2..=5 => random.below(room) & !15,
        6..=8 => random.below(room) & !7,
        _ => random.below(room) & !3,
    };
    base.wrapping_add(first + inside).wrapping_sub(segment.base)
}
