//! Device traces of a machine: what passes between the guest and its chips, recorded, and a chip taken out of a machine to be
//! told such a trace.
//!
//! The record is text, lines of [`backplane::bench::trace::TraceLine`]; `docs/device-traces.md` describes them.

use crate::board::{Coupled, Number, Surroundings};
use crate::machine::{Input, Machine};
use crate::medium::MediumId;
use backplane::Bay;
use backplane::bench::trace::Event;
use backplane::bench::{Action, Input as Outside, Retell};
use device_models::Key;

/// There is no such chip to tell a trace to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoChip {
    /// The machine does not have it.
    #[error("this machine has no chip `{0}`")]
    Missing(String),
    /// Other chips and the CPU reach into it past what a trace has.
    #[error("`{0}` cannot be told a trace alone: the CPU or other chips reach into it")]
    Coupled(String),
}

impl Machine {
    /// Begins the record of what passes between the guest and these chips, by the names of their fuzz targets (`video`, `com1` and `com2`
    /// for those that go by several); of all, if none is named. It grows until it is taken.
    ///
    /// # Errors
    /// One line: the machine has no such chip.
    pub fn begin_device_trace(&mut self, chips: &[String]) -> Result<(), String> {
        self.board.begin_trace(chips)
    }

    /// Takes the lines since the last call.
    pub fn take_device_trace(&mut self) -> String {
        self.board.take_trace()
    }

    /// Takes a chip as it stands out of the machine, with the store and the media, to be told a trace that begins now.
    ///
    /// # Errors
    /// [`NoChip`].
    pub fn into_chip(self, name: &str) -> Result<Box<dyn Retell>, NoChip> {
        let now = self.now();
        let Machine { ram, board, .. } = self;
        let around =
            Surroundings { ram, drives: board.drives, dma: board.isa_dma, signals: board.signals, now };
        match board.chips.alone(name, around) {
            Ok(Some(chip)) => Ok(chip),
            Ok(None) => Err(NoChip::Missing(name.to_owned())),
            Err(Coupled) => Err(NoChip::Coupled(name.to_owned())),
        }
    }

    /// Tells of an input, before it acts.
    pub(crate) fn trace_input(&mut self, input: &Input) {
        if !self.board.has_trace() {
            return;
        }
        let (chip, events) = match input {
            Input::Key { key, down } => {
                let key = Key::ALL.iter().position(|k| k == key).unwrap_or(0) as u8;
                (Number::i8042, vec![outside(Outside::Key { key, down: *down })])
            }
            Input::Mouse { dx, dy, wheel, buttons } => {
                // As far as a script's numbers go, which is farther than any mouse tells at once.
                let word = |n: i32| n.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
                let wheel = (*wheel).clamp(i8::MIN.into(), i8::MAX.into()) as i8;
                let moved = Outside::Pointer { dx: word(*dx), dy: word(*dy), wheel, buttons: *buttons };
                (self.board.chips.mouse_port(), vec![outside(moved)])
            }
            Input::Serial(bytes) => {
                (Number::com1, bytes.iter().map(|byte| outside(Outside::Receive(*byte))).collect())
            }
            Input::Nmi => (Number::pit, vec![outside(Outside::Pulse)]),
            Input::Power => (Number::piix4_pm, vec![outside(Outside::Pulse)]),
            Input::Insert { bay, disk } => {
                let medium = MediumId::of(disk).ok().and_then(|id| serde_json::to_string(&id).ok());
                (reader(*bay), vec![Event::Insert(*bay, medium.unwrap_or_default())])
            }
            Input::Eject { bay } => (reader(*bay), vec![Event::Act(Action::Eject(*bay), None)]),
            // Told when it is done.
            Input::Reset => return,
        };
        events.into_iter().for_each(|event| self.board.trace_event(Some(chip), self.cpu.retired, event));
    }
}

fn outside(input: Outside) -> Event {
    Event::Act(Action::Input(input), None)
}

/// The chip whose drive a bay is.
fn reader(bay: Bay) -> Number {
    match bay {
        Bay::FloppyA | Bay::FloppyB => Number::fdc,
        _ => Number::ide,
    }
}
