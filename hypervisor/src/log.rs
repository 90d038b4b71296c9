//! The log of a run: every input with its instant, as text that other hosts replay.

use crate::machine::{Input, Moment};
use crate::medium::{MediumId, OpenMedium};
use backplane::Bay;
use device_models::Key;
use serde::{Deserialize, Serialize};

/// One input of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    #[serde(flatten)]
    pub moment: Moment,
    /// What came from outside.
    #[serde(flatten)]
    pub what: What,
}

/// What came from outside: [`Input`] without the bytes of media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum What {
    Key { key: Key, down: bool },
    Mouse { dx: i32, dy: i32, wheel: i32, buttons: u8 },
    Insert { bay: Bay, medium: MediumId },
    Eject { bay: Bay },
    Serial { bytes: Vec<u8> },
    Nmi {},
    Power {},
    Reset {},
}

impl Event {
    /// What a log says of an input.
    ///
    /// # Errors
    /// A medium cannot be read, or was written to before it was inserted: its bytes are nowhere to be found again.
    pub fn of((moment, input): &(Moment, Input)) -> Result<Event, String> {
        let what = match input {
            Input::Key { key, down } => What::Key { key: *key, down: *down },
            Input::Mouse { dx, dy, wheel, buttons } => {
                What::Mouse { dx: *dx, dy: *dy, wheel: *wheel, buttons: *buttons }
            }
            Input::Insert { disk, .. } if disk.written().next().is_some() => {
                return Err(format!("`{}` was written to before it was inserted", disk.name()));
            }
            Input::Insert { bay, disk } => {
                let medium = MediumId::of(disk).map_err(|error| format!("{}: {error}", disk.name()))?;
                What::Insert { bay: *bay, medium }
            }
            Input::Eject { bay } => What::Eject { bay: *bay },
            Input::Serial(bytes) => What::Serial { bytes: bytes.clone() },
            Input::Nmi => What::Nmi {},
            Input::Power => What::Power {},
            Input::Reset => What::Reset {},
        };
        Ok(Event { moment: *moment, what })
    }

    /// The input, for [`crate::Machine::replay`].
    ///
    /// # Errors
    /// A medium is not to be had.
    pub fn input(&self, open: OpenMedium) -> Result<(Moment, Input), String> {
        let input = match &self.what {
            What::Key { key, down } => Input::Key { key: *key, down: *down },
            What::Mouse { dx, dy, wheel, buttons } => {
                Input::Mouse { dx: *dx, dy: *dy, wheel: *wheel, buttons: *buttons }
            }
            What::Insert { bay, medium } => Input::Insert { bay: *bay, disk: medium.open(open)? },
            What::Eject { bay } => Input::Eject { bay: *bay },
            What::Serial { bytes } => Input::Serial(bytes.clone()),
            What::Nmi {} => Input::Nmi,
            What::Power {} => Input::Power,
            What::Reset {} => Input::Reset,
        };
        Ok((self.moment, input))
    }
}
