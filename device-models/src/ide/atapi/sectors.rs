//! Sectors of a data disc as READ and READ CD deliver them.

use super::NAME;
use super::codes::{Sense, sense};
use backplane::{Bay, MediumError, Refusal, Wires};
use serde::{Deserialize, Serialize};

/// Bytes of user data in a mode 1 sector.
pub(super) const USER_DATA: usize = 2048;
/// Frames before the first sector of the program area: two seconds.
const LEAD_IN: u32 = 150;
/// Frames a second.
const FRAMES: u32 = 75;

/// Which parts of a mode 1 sector are transferred, in the order they have on the disc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SectorFormat {
    /// 12 bytes.
    pub(super) sync: bool,
    /// 4 bytes: address and mode.
    pub(super) header: bool,
    /// 2048 bytes.
    pub(super) user_data: bool,
    /// 288 bytes, delivered as zeros: the image does not hold them.
    pub(super) correction: bool,
}

impl SectorFormat {
    pub(super) const USER_DATA: SectorFormat =
        SectorFormat { sync: false, header: false, user_data: true, correction: false };

    /// From READ CD byte 9.
    pub(super) fn of_flags(flags: u8) -> SectorFormat {
        SectorFormat {
            sync: flags & 0x80 != 0,
            header: flags & 0x20 != 0,
            user_data: flags & 0x10 != 0,
            correction: flags & 0x08 != 0,
        }
    }

    pub(super) fn bytes(self) -> usize {
        let parts = [(self.sync, 12), (self.header, 4), (self.user_data, USER_DATA), (self.correction, 288)];
        parts.iter().filter(|(on, _)| *on).map(|(_, len)| len).sum()
    }
}

/// Minutes, seconds and frames of an address on the disc.
pub(super) fn msf(lba: u32) -> [u8; 3] {
    let frame = lba.saturating_add(LEAD_IN);
    [(frame / FRAMES / 60).min(255) as u8, (frame / FRAMES % 60) as u8, (frame % FRAMES) as u8]
}

/// The address that minutes, seconds and frames mean; `None` before the program area.
pub(super) fn lba_of([minutes, seconds, frames]: [u8; 3]) -> Option<u32> {
    let frame = (u32::from(minutes) * 60 + u32::from(seconds)) * FRAMES + u32::from(frames);
    frame.checked_sub(LEAD_IN)
}

/// Sectors on the medium in a bay. CD-12: any image counts as mode 1, a last part of a sector as a whole one.
pub(super) fn capacity(bay: Bay, w: &Wires) -> u32 {
    let bytes = w.drives.get(bay).map_or(0, |m| m.len());
    bytes.div_ceil(USER_DATA as u64).min(u32::MAX.into()) as u32
}

/// Fills `data` from byte `done` of the transfer that begins at sector `first`.
pub(super) fn read(
    bay: Bay,
    first: u32,
    format: SectorFormat,
    done: u64,
    data: &mut [u8],
    w: &mut Wires,
) -> Result<(), Sense> {
    let len = format.bytes().max(1) as u64;
    let mut filled = 0;
    while filled < data.len() {
        let at = done + filled as u64;
        let sector = u64::from(first) + at / len;
        let within = (at % len) as usize;
        let part = (len as usize - within).min(data.len() - filled);
        let target = &mut data[filled..filled + part];
        if format == SectorFormat::USER_DATA {
            read_user_data(bay, sector, within, target, w)?;
        } else {
            target.copy_from_slice(&raw_sector(bay, sector, format, w)?[within..within + part]);
        }
        filled += part;
    }
    Ok(())
}

fn read_user_data(
    bay: Bay,
    sector: u64,
    within: usize,
    target: &mut [u8],
    w: &mut Wires,
) -> Result<(), Sense> {
    let Some(medium) = w.drives.get(bay) else { return Err(sense::NO_MEDIUM) };
    let offset = sector * USER_DATA as u64 + within as u64;
    let there = medium.len().saturating_sub(offset).min(target.len() as u64) as usize;
    if there == 0 && sector >= u64::from(capacity(bay, w)) {
        return Err(sense::OUT_OF_RANGE);
    }
    let (inside, beyond) = target.split_at_mut(there);
    beyond.fill(0);
    match medium.read(offset, inside) {
        Err(MediumError::Host(e)) => {
            w.note(NAME, Refusal::Medium(e.to_string()));
            Err(sense::READ_ERROR)
        }
        Err(_) => Err(sense::OUT_OF_RANGE),
        Ok(()) => Ok(()),
    }
}

fn raw_sector(bay: Bay, sector: u64, format: SectorFormat, w: &mut Wires) -> Result<Vec<u8>, Sense> {
    let mut raw = Vec::with_capacity(format.bytes());
    if format.sync {
        raw.push(0);
        raw.extend([0xFF; 10]);
        raw.push(0);
    }
    if format.header {
        raw.extend(msf(sector as u32).map(bcd));
        raw.push(1);
    }
    if format.user_data {
        let mut user = vec![0; USER_DATA];
        read_user_data(bay, sector, 0, &mut user, w)?;
        raw.extend(user);
    }
    raw.resize(format.bytes(), 0);
    Ok(raw)
}

fn bcd(value: u8) -> u8 {
    let (tens, ones) = (value / 10, value % 10);
    tens << 4 | ones
}
