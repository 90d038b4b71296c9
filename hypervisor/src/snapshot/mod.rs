//! Snapshots: the whole machine as a value, in memory or in a file, and a machine that goes on from one.
//!
//! A restored machine continues bit for bit as the one that was saved: everything else that a machine holds (routing,
//! wake-ups, decoded code, translations) is derived from what is saved. Interrupt levels are adopted silently; no
//! restored level is an edge.
//!
//! Limit: the CPU's translation cache is not saved, so a guest that uses a page-table entry it changed without INVLPG or
//! a load of CR3 sees the new entry at once.

mod file;
mod pages;

pub use file::{FileError, OpenBase, SCHEMA, SnapshotBase, SnapshotId};
pub use pages::Pages;

use crate::board::{Board, Chips, Clock, MemoryLayout};
use crate::build::BuildError;
use crate::machine::{Input, Machine, Moment, Stop};
use backplane::{Drives, IsaDma, Notes, Ram, Signals};
use device_models::Screen;
use engine::CpuState;
use serde::{Deserialize, Serialize};

/// A machine at one instant, between two instructions.
#[derive(Clone)]
pub struct Saved {
    /// Everything that is small and readable.
    pub state: State,
    /// The bytes of RAM, ROM and video memory.
    pub store: Pages,
    /// The media with their overlays; the bases are shared.
    pub drives: Drives,
    /// What the guest asked for and did not get.
    pub notes: Notes,
    /// What was injected until then.
    pub inputs: Vec<(Moment, Input)>,
}

/// CPU, chips and wires: what a snapshot shows to a reader and to `diff`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The CPU.
    pub cpu: CpuState,
    /// The chips.
    pub chips: Chips,
    /// ISA DMA channels.
    pub isa_dma: IsaDma,
    /// Board signals, with the text that the host has not taken yet.
    pub signals: Signals,
    /// Virtual time.
    pub clock: Clock,
    /// How much RAM there is, and where the system ROM lies in the store.
    pub layout: MemoryLayout,
    /// Why the machine stopped for good, if it did.
    pub stopped: Option<Stop>,
}

/// The snapshot is of a machine of another make.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// Memory or chips differ.
    #[error("the snapshot is of a machine with {saved}; this one has {here}")]
    Machine {
        /// What the snapshot has.
        saved: String,
        /// What the machine has.
        here: String,
    },
    /// A part was made or plugged in another way: another CPU or mouse, say. Nothing that a guest does changes this.
    #[error("the snapshot is of a machine whose {0} was configured in another way")]
    Part(&'static str),
    /// No machine gets to this instant with its chips as they are.
    #[error("the snapshot's time is not that of its chips")]
    Time,
}

/// A chip acts within this time of when it wakes up, and no guest lives longer than a century: a machine whose chips are to make up for
/// more would not come back for hours.
const LATEST_NS: u64 = 60_000_000_000;
const CENTURY_NS: u64 = 3_155_760_000_000_000_000;

impl State {
    /// Whether the chips can be what they are at this instant.
    fn is_in_time(&self) -> bool {
        let now = self.clock.now(self.cpu.retired);
        let mut wakes = (0..Chips::COUNT as u8).filter_map(|n| self.chips.get(n)?.wake());
        now.ns() < CENTURY_NS && wakes.all(|wake| now - wake < LATEST_NS)
    }
}

impl Machine {
    /// A machine of its own that goes on from a snapshot that a machine of ours took. A file that a stranger may have changed is
    /// for [`Machine::restore`], which knows how the machine is to be.
    ///
    /// # Errors
    /// [`BuildError`]: the host has no memory for it.
    pub fn from_saved(saved: &Saved) -> Result<Machine, BuildError> {
        let state = &saved.state;
        let ram = Ram::new(saved.store.store_len())?;
        ram.set_dma_limit(state.layout.ram_bytes as usize);
        let (chips, drives) = (state.chips.clone(), saved.drives.clone());
        let board = Board::new(chips, drives, state.layout.clone(), state.clock.clone())?;
        let mut machine = Machine::assembled(state.cpu.clone(), ram, board);
        machine.take_over(saved);
        Ok(machine)
    }

    /// A second machine in the state of this one: what happens to one does not touch the other.
    ///
    /// # Errors
    /// [`BuildError`]: the host has no memory for it.
    pub fn fork(&self) -> Result<Machine, BuildError> {
        Machine::from_saved(&self.save())
    }

    /// The whole machine as it is now. The machine is not changed, and goes on as if it had not been saved.
    pub fn save(&self) -> Saved {
        let store = {
            let mut held = self.held.borrow_mut();
            held.follow(&self.ram);
            held.clone()
        };
        let Board { chips, isa_dma, signals, clock, notes, drives, .. } = self.board();
        Saved {
            state: State {
                cpu: self.cpu().clone(),
                chips: chips.clone(),
                isa_dma: isa_dma.clone(),
                signals: signals.clone(),
                clock: clock.clone(),
                layout: self.board().layout().clone(),
                stopped: self.stopped.clone(),
            },
            store,
            drives: drives.clone(),
            notes: notes.clone(),
            inputs: self.inputs.clone(),
        }
    }

    /// Makes this machine the one that was saved, media included. It must have been built with the same configuration.
    ///
    /// # Errors
    /// [`RestoreError`] when memory or chips differ from the snapshot's; the machine is left as it was.
    pub fn restore(&mut self, saved: &Saved) -> Result<(), RestoreError> {
        let state = &saved.state;
        let here = describe(self.ram().len(), self.board().layout(), &self.board().chips);
        let there = describe(saved.store.store_len(), &state.layout, &state.chips);
        if here != there {
            return Err(RestoreError::Machine { saved: there, here });
        }
        self.same_make(state).map_err(RestoreError::Part)?;
        if !state.is_in_time() {
            return Err(RestoreError::Time);
        }
        self.take_over(saved);
        Ok(())
    }

    /// Looks at what a configuration chose, and nothing since: the error is the name of a part that differs.
    fn same_make(&self, state: &State) -> Result<(), &'static str> {
        let (cpu, board) = (self.cpu(), self.board());
        if (cpu.model, cpu.local_apic) != (state.cpu.model, state.cpu.local_apic) {
            return Err("CPU");
        }
        if !board.clock.same_rates(&state.clock) {
            return Err("CPU clock");
        }
        if *board.layout() != state.layout {
            return Err("memory");
        }
        match board.chips.of_another_make(&state.chips) {
            Some(chip) => Err(chip),
            None => Ok(()),
        }
    }

    fn take_over(&mut self, saved: &Saved) {
        let state = &saved.state;
        self.held.replace_with(|held| {
            saved.store.put(&self.ram, held);
            saved.store.clone()
        });
        self.board.adopt(state, saved.drives.clone(), saved.notes.clone());
        self.cpu = state.cpu.clone();
        self.stopped = state.stopped.clone();
        self.inputs = saved.inputs.clone();
        self.screen = Screen::default();
        self.engine.forget();
    }
}

/// What two machines must have in common for one to take over the other's state.
fn describe(store: usize, layout: &MemoryLayout, chips: &Chips) -> String {
    let fitted: Vec<&str> =
        (0..Chips::COUNT as u8).filter_map(|n| chips.get(n).map(backplane::Device::name)).collect();
    format!(
        "{} KiB of RAM, {} KiB of ROM and {store} bytes of memory in all, and the chips {}",
        layout.ram_bytes >> 10,
        layout.system_rom_bytes >> 10,
        fitted.join(", ")
    )
}
