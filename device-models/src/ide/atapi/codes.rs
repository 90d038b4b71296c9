//! Operation codes and sense codes.

use serde::{Deserialize, Serialize};

/// Sense key, additional sense code and its qualifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sense {
    pub(super) key: u8,
    pub(super) code: u8,
    pub(super) qualifier: u8,
}

const fn of(key: u8, code: u8, qualifier: u8) -> Sense {
    Sense { key, code, qualifier }
}

/// What the drive says.
pub(super) mod sense {
    use super::{Sense, of};
    pub(in super::super) const NONE: Sense = of(0, 0, 0);
    pub(in super::super) const NO_MEDIUM: Sense = of(2, 0x3A, 0);
    pub(in super::super) const READ_ERROR: Sense = of(3, 0x11, 0);
    pub(in super::super) const UNKNOWN_COMMAND: Sense = of(5, 0x20, 0);
    pub(in super::super) const OUT_OF_RANGE: Sense = of(5, 0x21, 0);
    pub(in super::super) const BAD_FIELD: Sense = of(5, 0x24, 0);
    pub(in super::super) const BAD_SEQUENCE: Sense = of(5, 0x2C, 0);
    pub(in super::super) const NO_SAVED_PAGES: Sense = of(5, 0x39, 0);
    pub(in super::super) const REMOVAL_PREVENTED: Sense = of(5, 0x53, 2);
    pub(in super::super) const WRONG_MODE: Sense = of(5, 0x64, 0);
    pub(in super::super) const MEDIUM_CHANGED: Sense = of(6, 0x28, 0);
}

pub(super) const TEST_UNIT_READY: u8 = 0x00;
pub(super) const REZERO_UNIT: u8 = 0x01;
pub(super) const REQUEST_SENSE: u8 = 0x03;
pub(super) const INQUIRY: u8 = 0x12;
pub(super) const MODE_SELECT_6: u8 = 0x15;
pub(super) const MODE_SENSE_6: u8 = 0x1A;
pub(super) const START_STOP_UNIT: u8 = 0x1B;
pub(super) const PREVENT_ALLOW: u8 = 0x1E;
pub(super) const READ_CAPACITY: u8 = 0x25;
pub(super) const READ_10: u8 = 0x28;
pub(super) const SEEK: u8 = 0x2B;
pub(super) const VERIFY: u8 = 0x2F;
pub(super) const READ_SUBCHANNEL: u8 = 0x42;
pub(super) const READ_TOC: u8 = 0x43;
pub(super) const READ_HEADER: u8 = 0x44;
pub(super) const PLAY_AUDIO_10: u8 = 0x45;
pub(super) const GET_CONFIGURATION: u8 = 0x46;
pub(super) const PLAY_AUDIO_MSF: u8 = 0x47;
pub(super) const PLAY_AUDIO_TRACK: u8 = 0x48;
pub(super) const GET_EVENT_STATUS: u8 = 0x4A;
pub(super) const PAUSE_RESUME: u8 = 0x4B;
pub(super) const STOP_PLAY_SCAN: u8 = 0x4E;
pub(super) const READ_DISC_INFORMATION: u8 = 0x51;
pub(super) const READ_TRACK_INFORMATION: u8 = 0x52;
pub(super) const MODE_SELECT_10: u8 = 0x55;
pub(super) const MODE_SENSE_10: u8 = 0x5A;
pub(super) const PLAY_AUDIO_12: u8 = 0xA5;
pub(super) const READ_12: u8 = 0xA8;
pub(super) const READ_CD_MSF: u8 = 0xB9;
pub(super) const SCAN: u8 = 0xBA;
pub(super) const SET_CD_SPEED: u8 = 0xBB;
pub(super) const MECHANISM_STATUS: u8 = 0xBD;
pub(super) const READ_CD: u8 = 0xBE;

/// Media events of GET EVENT STATUS NOTIFICATION.
pub(super) mod event {
    pub(in super::super) const NEW_MEDIUM: u8 = 2;
    pub(in super::super) const REMOVED: u8 = 3;
}
