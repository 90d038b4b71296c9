//! Wild code in every mode of every model: noise and mutated instructions between tables that code can overwrite.
//!
//! Whatever a guest does, nothing panics, only its RAM changes, and the event clock goes on exactly: every run ends
//! at what is due, with HLT or with a shutdown. `RELIC_WILD=FROM..TO` runs other seeds than the test's own (for
//! hours, if you like; build with `CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true`), and says how far it got.

mod board;
mod chance;
mod code;
mod world;

use engine::{CrZero, Engine, Exit};
use softcpu::Interpreter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::World;

/// Runs of the engine a world gets.
const RUNS: u32 = 2000;

/// Runs a world to its end: how many instructions that was.
fn run(engine: &mut Interpreter, seed: u64) -> u64 {
    let mut world = World::new(seed);
    engine.forget();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        for _ in 0..RUNS {
            slice(engine, &mut world);
            world.disturb();
        }
    }));
    assert!(ended.is_ok(), "seed {seed} ({}) at {:#X?}", world.title(), world.cpu);
    world.store.checked();
    world.cpu.retired
}

/// Runs a world beside its twin whose engine loses its caches before each run. Once paging was on, old translations may
/// stay in use as long as the TLB keeps them, and the twins may part.
fn run_twins(engines: &mut [Interpreter; 2], seed: u64) {
    let mut worlds = [World::new(seed), World::new(seed)];
    engines.iter_mut().for_each(Engine::forget);
    for n in 0..RUNS {
        engines[1].forget();
        for (engine, world) in engines.iter_mut().zip(&mut worlds) {
            slice(engine, world);
        }
        let [one, other] = &mut worlds;
        if one.cpu.cr0 & CrZero::PG.bits() != 0 {
            return;
        }
        assert_eq!(one.cpu, other.cpu, "seed {seed}, run {n}: the engine's caches matter");
        one.disturb();
        other.disturb();
    }
    assert!(
        worlds[0].store.checked() == worlds[1].store.checked(),
        "seed {seed}: the engine's caches matter to RAM"
    );
}

/// One run of the engine.
fn slice(engine: &mut Interpreter, world: &mut World) {
    let most = if world.chance.once_in(8) { 5000 } else { 100 };
    let (from, length) = (world.cpu.retired, 1 + u64::from(world.chance.below(most)));
    world.board.due = from + length;
    // An event, a fault or a change of mode makes the engine look around; nothing else may, for long.
    world.board.patience.set(16 * length + 64);
    if world.chance.once_in(8) {
        world.board.vector = Some(world.chance.byte());
    }
    let exit = engine.run(&mut world.cpu, &world.store.0, &mut world.board);
    let (retired, due) = (world.cpu.retired, world.board.due);
    assert!((from..=due).contains(&retired), "from {from}, due {due}, retired {retired}");
    match exit {
        Exit::Due => assert_eq!(retired, due, "came back too early"),
        Exit::Halted => assert!(world.cpu.halted, "halted and runs"),
        Exit::Shutdown | Exit::Stopped(_) => world.restart(),
    }
}

/// Runs a range of seeds: how many instructions that was.
fn run_all(seeds: std::ops::Range<u64>) -> u64 {
    let mut engines = [Interpreter::new(), Interpreter::new()];
    let mut retired = 0;
    for seed in seeds {
        retired += run(&mut engines[0], seed);
        if seed % 8 == 0 {
            run_twins(&mut engines, seed);
        }
        if seed % 1000 == 0 {
            println!("seed {seed}: {retired} instructions");
        }
    }
    retired
}

#[test]
fn wild_code_in_every_mode_stays_in_its_ram_and_lets_time_go_on() {
    let seeds = std::env::var("RELIC_WILD").unwrap_or_else(|_| "0..150".into());
    let (from, to) = seeds.split_once("..").expect("RELIC_WILD=FROM..TO");
    let seeds = from.parse().expect("a number")..to.parse().expect("a number");
    let worlds = seeds.end - seeds.start;
    let retired = run_all(seeds);
    println!("{worlds} worlds, {retired} instructions");
    assert!(retired > 1000 * worlds, "{retired}: these worlds stand still");
}

#[test]
fn faults_whose_delivery_faults_for_ever_let_time_go_on() {
    // In this world #AC meets itself.
    assert!(run(&mut Interpreter::new(), 5123) > 0);
}
