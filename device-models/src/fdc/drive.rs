//! A floppy drive: where its head is, its change line, and the sectors under the head.

use super::formats::{DriveType, Format};
use super::regs::{SECTOR, SIZE_CODE, St1, St2};
use backplane::{Bay, Instant, Wires};
use serde::{Deserialize, Serialize};

/// A seek or recalibration under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seek {
    pub(super) due: Instant,
    /// Steps inwards, or outwards if negative.
    pub(super) steps: i16,
    /// The cylinder number the controller has afterwards.
    pub(super) counter: u8,
    pub(super) recalibrate: bool,
}

/// A sector's address as its ID field has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SectorId {
    pub(super) cylinder: u8,
    pub(super) head: u8,
    pub(super) sector: u8,
    pub(super) size: u8,
}

/// Why no sector was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NotFound {
    pub(super) st1: St1,
    pub(super) st2: St2,
}

impl NotFound {
    pub(super) const NO_TRACK: NotFound = NotFound { st1: St1::NO_ADDRESS_MARK, st2: St2::empty() };
}

/// One of the two drives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Drive {
    pub(super) kind: Option<DriveType>,
    pub(super) bay: Bay,
    /// Where the head is.
    cylinder: u8,
    /// Where the controller believes it to be.
    pub(super) counter: u8,
    /// The change line's latch, and the bay's change count when last looked at.
    changed: bool,
    seen: u32,
    pub(super) seek: Option<Seek>,
    /// ST0 of a finished seek that SENSE INTERRUPT has not fetched.
    pub(super) done: Option<u8>,
}

impl Drive {
    pub(super) fn new(kind: Option<DriveType>, bay: Bay) -> Self {
        Drive { kind, bay, cylinder: 0, counter: 0, changed: true, seen: 0, seek: None, done: None }
    }

    /// Controller reset: it forgets the cylinder; the head stays where it is.
    pub(super) fn controller_reset(&mut self) {
        self.counter = 0;
        self.seek = None;
        self.done = None;
    }

    fn notice_change(&mut self, w: &Wires) {
        let now = w.drives.changes(self.bay);
        if now != self.seen {
            self.seen = now;
            self.changed = true;
        }
    }

    /// FDC-09: the line is set when a medium comes or goes, and stays while there is none.
    pub(super) fn change_line(&mut self, w: &Wires) -> bool {
        self.notice_change(w);
        self.kind.is_some() && (self.changed || w.drives.get(self.bay).is_none())
    }

    /// Moves the head; any step pulse clears the change line.
    pub(super) fn step(&mut self, steps: i16, w: &Wires) {
        let Some(kind) = self.kind else { return };
        self.notice_change(w);
        if steps != 0 {
            self.changed = false;
        }
        let to = i16::from(self.cylinder).saturating_add(steps);
        self.cylinder = to.clamp(0, kind.last_cylinder().into()) as u8;
    }

    /// The track 0 sensor; a drive that is not there never reports it.
    pub(super) fn on_track_0(&self) -> bool {
        self.kind.is_some() && self.cylinder == 0
    }

    pub(super) fn cylinder(&self) -> u8 {
        self.cylinder
    }

    pub(super) fn write_protected(&self, w: &Wires) -> bool {
        self.kind.is_some() && w.drives.get(self.bay).is_some_and(|m| m.write_protected)
    }

    /// The format under the head, if it can be read at this data rate.
    pub(super) fn format(&self, rate: u8, w: &Wires) -> Option<&'static Format> {
        let kind = self.kind?;
        let format = Format::in_drive(w.drives.get(self.bay)?.len(), kind)?;
        format.readable(kind, rate).then_some(format)
    }

    /// The cylinder number in the IDs under the head.
    fn track(&self, format: &Format) -> u8 {
        let double = self.kind.is_some_and(|kind| format.double_step(kind));
        if double { self.cylinder / 2 } else { self.cylinder }
    }

    /// The byte offset of a sector under the head. In a 1.2 MB drive, a 40-track medium is found by who steps
    /// twice a track and by firmware that steps once.
    pub(super) fn find(&self, id: SectorId, head: u8, rate: u8, w: &Wires) -> Result<u64, NotFound> {
        let format = self.format(rate, w).ok_or(NotFound::NO_TRACK)?;
        let track = match id.cylinder {
            c if c == self.cylinder && c < format.cylinders => c,
            _ => self.track(format),
        };
        if head >= format.heads || track >= format.cylinders {
            return Err(NotFound::NO_TRACK);
        }
        if id.cylinder != track {
            let st2 = if id.cylinder == 0xFF { St2::BAD_CYLINDER } else { St2::WRONG_CYLINDER };
            return Err(NotFound { st1: St1::NO_DATA, st2 });
        }
        if id.head != head || id.size != SIZE_CODE || id.sector == 0 || id.sector > format.sectors {
            return Err(NotFound { st1: St1::NO_DATA, st2: St2::empty() });
        }
        let row = u64::from(track) * u64::from(format.heads) + u64::from(head);
        Ok((row * u64::from(format.sectors) + u64::from(id.sector - 1)) * SECTOR as u64)
    }

    /// The ID that passes the head at a moment, for READ ID.
    pub(super) fn passing(&self, head: u8, rate: u8, slot: u64, w: &Wires) -> Result<SectorId, NotFound> {
        let format = self.format(rate, w).ok_or(NotFound::NO_TRACK)?;
        let track = self.track(format);
        if head >= format.heads || track >= format.cylinders {
            return Err(NotFound::NO_TRACK);
        }
        let sector = (slot % u64::from(format.sectors)) as u8 + 1;
        Ok(SectorId { cylinder: track, head, sector, size: SIZE_CODE })
    }
}
