//! libFuzzer targets: one a chip, one for the board; `README.md` says how they are run.
//!
//! An input is a program of the bench's byte form, so seeds, corpora and what breaks go from here to `relic fuzz` and back.

use arbitrary::{Arbitrary, Unstructured};
use backplane::bench::bytes::{self, Chance, Record};
use backplane::bench::search::{self, Driven, Target};
use device_models::targets::TARGETS;
use std::cell::RefCell;

pub use libfuzzer_sys;

/// A whole target: the chip that `relic fuzz` lists by this name, or the board.
#[macro_export]
macro_rules! target {
    (board) => {
        $crate::target!(=> $crate::BOARD);
    };
    ($chip:literal) => {
        $crate::target!(=> $crate::chip($chip));
    };
    (=> $target:expr) => {
        $crate::libfuzzer_sys::fuzz_target!(|program: $crate::Program| $crate::run($target, &program));
        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], len: usize, most: usize, seed: u32| {
            $crate::mutate(data, len, most, seed)
        });
    };
}

/// A program of the bench.
#[derive(Debug)]
pub struct Program(Vec<Record>);

impl<'a> Arbitrary<'a> for Program {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Program> {
        Ok(Program(bytes::records(u.bytes(u.len())?).collect()))
    }

    fn arbitrary_take_rest(mut u: Unstructured<'a>) -> arbitrary::Result<Program> {
        Program::arbitrary(&mut u)
    }
}

thread_local! {
    /// Made once: a program begins by going back to the start, which is a hundred times as fast as making a pair.
    static PAIR: RefCell<Option<Box<dyn Driven>>> = const { RefCell::new(None) };
}

/// Runs a program on a target and its twin.
///
/// # Panics
/// When it breaks one, which is what libFuzzer looks for.
pub fn run(target: &Target, program: &Program) {
    PAIR.with_borrow_mut(|pair| pair.get_or_insert_with(target.pair).run_records(&program.0));
}

/// A chip by its name.
///
/// # Panics
/// When there is none.
pub fn chip(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).expect("a chip that `relic fuzz` lists")
}

/// The whole board.
pub const BOARD: &Target = &hypervisor::board::bench::TARGET;

/// Changes a program: half of the time record by record, otherwise byte by byte as libFuzzer does, which knows the dictionary
/// and compares that failed. The new length.
pub fn mutate(data: &mut [u8], len: usize, most: usize, seed: u32) -> usize {
    let mut chance = Chance::new(seed.into());
    if chance.below(2) == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, len, most);
    }
    let mut program: Vec<Record> = bytes::records(&data[..len]).collect();
    let whole = [program.clone()];
    search::change(&mut program, &whole, &mut chance);
    program.truncate(most.saturating_sub(1) / bytes::RECORD);
    let changed = bytes::program(&program);
    data[..changed.len()].copy_from_slice(&changed);
    changed.len()
}
