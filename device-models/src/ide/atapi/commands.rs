//! The packet commands.

use super::codes::{self as op, Sense, event, sense};
use super::sectors::{self, SectorFormat};
use super::{Cd, Change, NAME, Outcome, PACKET};
use backplane::{Bay, Refusal, Wires};

/// What a command needs before it runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Nothing: a unit attention stays queued (CD-01).
    Nothing,
    /// No unit attention pending.
    Attention,
    /// A medium, too.
    Medium,
}

fn needs(code: u8) -> Needs {
    match code {
        op::INQUIRY | op::REQUEST_SENSE | op::GET_CONFIGURATION | op::GET_EVENT_STATUS => Needs::Nothing,
        op::REZERO_UNIT
        | op::MODE_SELECT_6
        | op::MODE_SELECT_10
        | op::MODE_SENSE_6
        | op::MODE_SENSE_10
        | op::START_STOP_UNIT
        | op::PREVENT_ALLOW
        | op::SET_CD_SPEED
        | op::MECHANISM_STATUS
        | op::STOP_PLAY_SCAN => Needs::Attention,
        _ => Needs::Medium,
    }
}

fn word(cdb: &[u8; PACKET], at: usize) -> u32 {
    u32::from(cdb[at]) << 8 | u32::from(cdb[at + 1])
}

fn dword(cdb: &[u8; PACKET], at: usize) -> u32 {
    word(cdb, at) << 16 | word(cdb, at + 2)
}

impl Cd {
    pub(super) fn medium(&self, bay: Bay, w: &Wires) -> bool {
        !self.tray_open && w.drives.get(bay).is_some()
    }

    /// Looks at the bay: a disc that came or went since the last command.
    fn notice_changes(&mut self, bay: Bay, w: &Wires) {
        let (now, there) = (w.drives.changes(bay), w.drives.get(bay).is_some());
        let Some(seen) = self.seen.replace(now) else { return };
        if seen == now {
            return;
        }
        if there {
            self.tray_open = false;
            self.change = Change::NotReady;
            self.event = event::NEW_MEDIUM;
        } else {
            self.change = Change::Told;
            self.event = event::REMOVED;
        }
    }

    fn check_readiness(&mut self, code: u8, bay: Bay, w: &Wires) -> Option<Sense> {
        let needs = needs(code);
        if needs == Needs::Nothing {
            return None;
        }
        match self.change {
            Change::NotReady if needs == Needs::Medium => {
                self.change = Change::Attention;
                return Some(sense::NO_MEDIUM);
            }
            Change::Attention => {
                self.change = Change::Told;
                return Some(sense::MEDIUM_CHANGED);
            }
            _ => {}
        }
        (needs == Needs::Medium && !self.medium(bay, w)).then_some(sense::NO_MEDIUM)
    }

    pub(super) fn execute(&mut self, cdb: &[u8; PACKET], bay: Bay, w: &mut Wires) -> Outcome {
        self.notice_changes(bay, w);
        if cdb[0] != op::REQUEST_SENSE {
            self.sense = sense::NONE;
        }
        if let Some(sense) = self.check_readiness(cdb[0], bay, w) {
            return Outcome::Check(sense);
        }
        match self.dispatch(cdb, bay, w) {
            Ok(outcome) => outcome,
            Err(sense) => Outcome::Check(sense),
        }
    }

    fn dispatch(&mut self, cdb: &[u8; PACKET], bay: Bay, w: &mut Wires) -> Result<Outcome, Sense> {
        let capacity = sectors::capacity(bay, w);
        Ok(match cdb[0] {
            op::TEST_UNIT_READY | op::REZERO_UNIT | op::SET_CD_SPEED | op::STOP_PLAY_SCAN => Outcome::Good,
            op::REQUEST_SENSE => self.request_sense(cdb),
            op::INQUIRY => self.inquiry(cdb),
            op::MODE_SELECT_6 => mode_select(cdb[4].into()),
            op::MODE_SELECT_10 => mode_select(word(cdb, 7)),
            op::MODE_SENSE_6 => self.mode_sense_6(cdb, bay, w)?,
            op::MODE_SENSE_10 => self.mode_sense_10(cdb, bay, w)?,
            op::START_STOP_UNIT => self.start_stop(cdb, bay, w)?,
            op::PREVENT_ALLOW => {
                self.locked = cdb[4] & 1 != 0;
                Outcome::Good
            }
            op::READ_CAPACITY => self.read_capacity(capacity),
            op::READ_10 => read(dword(cdb, 2), word(cdb, 7), SectorFormat::USER_DATA, capacity)?,
            op::READ_12 => read(dword(cdb, 2), dword(cdb, 6), SectorFormat::USER_DATA, capacity)?,
            op::VERIFY => in_range(dword(cdb, 2), word(cdb, 7), capacity).map(|()| Outcome::Good)?,
            op::READ_CD => {
                let count = dword(cdb, 5) & 0x00FF_FFFF;
                read_cd(cdb, dword(cdb, 2), count, capacity)?
            }
            op::READ_CD_MSF => {
                let first = sectors::lba_of([cdb[3], cdb[4], cdb[5]]).ok_or(sense::OUT_OF_RANGE)?;
                let end = sectors::lba_of([cdb[6], cdb[7], cdb[8]]).ok_or(sense::OUT_OF_RANGE)?;
                let count = end.checked_sub(first).ok_or(sense::BAD_FIELD)?;
                read_cd(cdb, first, count, capacity)?
            }
            op::SEEK => {
                in_range(dword(cdb, 2), 1, capacity)?;
                // CD-02: the DOS driver that polls bit 4 of status after SEEK must see it.
                self.seek_complete = true;
                Outcome::Good
            }
            op::READ_SUBCHANNEL => self.read_subchannel(cdb)?,
            op::READ_TOC => self.read_toc(cdb, capacity)?,
            op::READ_HEADER => self.read_header(cdb, capacity)?,
            op::GET_CONFIGURATION => self.get_configuration(cdb, bay, w),
            op::GET_EVENT_STATUS => self.get_event_status(cdb, bay, w)?,
            op::READ_DISC_INFORMATION => self.read_disc_information(cdb),
            op::READ_TRACK_INFORMATION => self.read_track_information(cdb, capacity)?,
            op::MECHANISM_STATUS => self.mechanism_status(cdb),
            // The only track is data.
            op::PLAY_AUDIO_10 | op::PLAY_AUDIO_12 | op::PLAY_AUDIO_MSF | op::PLAY_AUDIO_TRACK | op::SCAN => {
                return Err(sense::WRONG_MODE);
            }
            op::PAUSE_RESUME => return Err(sense::BAD_SEQUENCE),
            code => {
                w.note(NAME, Refusal::Command(code.into()));
                return Err(sense::UNKNOWN_COMMAND);
            }
        })
    }

    /// CD-06: load and eject, with seek complete afterwards.
    fn start_stop(&mut self, cdb: &[u8; PACKET], bay: Bay, w: &Wires) -> Result<Outcome, Sense> {
        let (load_eject, start) = (cdb[4] & 2 != 0, cdb[4] & 1 != 0);
        if load_eject && !start && self.locked {
            return Err(sense::REMOVAL_PREVENTED);
        }
        let there = w.drives.get(bay).is_some();
        if load_eject && self.tray_open == start {
            self.tray_open = !start;
            if there {
                self.event = if start { event::NEW_MEDIUM } else { event::REMOVED };
                self.change = if start { Change::Attention } else { Change::Told };
            }
        }
        self.seek_complete = true;
        if start && !load_eject && !self.medium(bay, w) {
            return Err(sense::NO_MEDIUM);
        }
        Ok(Outcome::Good)
    }
}

/// The parameters are taken and, as no page has a changeable field, change nothing.
fn mode_select(len: u32) -> Outcome {
    if len == 0 { Outcome::Good } else { Outcome::Parameters(len.min(0xFFFE) as usize) }
}

fn in_range(first: u32, count: u32, capacity: u32) -> Result<(), Sense> {
    match first.checked_add(count) {
        Some(end) if end <= capacity => Ok(()),
        _ => Err(sense::OUT_OF_RANGE),
    }
}

fn read(first: u32, count: u32, format: SectorFormat, capacity: u32) -> Result<Outcome, Sense> {
    // CD-05: no sectors are no error, wherever they are.
    if count == 0 {
        return Ok(Outcome::Good);
    }
    in_range(first, count, capacity)?;
    Ok(Outcome::Sectors { first, count, format })
}

fn read_cd(cdb: &[u8; PACKET], first: u32, count: u32, capacity: u32) -> Result<Outcome, Sense> {
    // Expected sector type: any or mode 1.
    match cdb[1] >> 2 & 7 {
        0 | 2 => {}
        _ if count == 0 => {}
        _ => return Err(sense::WRONG_MODE),
    }
    let format = SectorFormat::of_flags(cdb[9]);
    // MMC-2: no part of a sector is no data, but the sectors must be there.
    if format.bytes() == 0 && count > 0 {
        return in_range(first, count, capacity).map(|()| Outcome::Good);
    }
    read(first, count, format, capacity)
}
