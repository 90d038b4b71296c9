//! Data that packet commands return about the drive and the disc.

use super::codes::{Sense, sense};
use super::sectors::{USER_DATA, msf};
use super::{Cd, Outcome, PACKET};
use backplane::{Bay, Wires};

/// Mode pages.
mod page {
    pub(super) const ERROR_RECOVERY: u8 = 0x01;
    pub(super) const CD_PARAMETERS: u8 = 0x0D;
    pub(super) const AUDIO_CONTROL: u8 = 0x0E;
    pub(super) const CAPABILITIES: u8 = 0x2A;
    pub(super) const ALL: u8 = 0x3F;
}

/// Q sub-channel ADR and control of a data track.
const DATA_TRACK: u8 = 0x14;
/// Track number of the lead-out.
const LEAD_OUT: u8 = 0xAA;
/// Sectors above which a disc must be a DVD: 99 minutes.
const CD_SECTORS: u32 = 99 * 60 * 75;
/// Read speed in kilobytes a second: 24x.
const SPEED: u16 = 24 * 176;
/// Audio status "no current status to return".
const NO_AUDIO_STATUS: u8 = 0x15;

fn allocation(cdb: &[u8; PACKET], at: usize) -> usize {
    usize::from(cdb[at]) << 8 | usize::from(cdb[at + 1])
}

/// An address as the command asked for it: MSF or LBA.
fn address(lba: u32, in_msf: bool) -> [u8; 4] {
    if in_msf {
        let [m, s, f] = msf(lba);
        [0, m, s, f]
    } else {
        lba.to_be_bytes()
    }
}

/// Text in a field, blank-padded.
fn field(text: &str, len: usize) -> impl Iterator<Item = u8> + '_ {
    text.bytes().chain(std::iter::repeat(b' ')).take(len)
}

/// Puts the length of what follows the length field into a reply's first two bytes.
fn with_length(mut reply: Vec<u8>) -> Vec<u8> {
    let [high, low] = (reply.len().saturating_sub(2) as u16).to_be_bytes();
    (reply[0], reply[1]) = (high, low);
    reply
}

impl Cd {
    fn answer(&mut self, reply: Vec<u8>, limit: usize) -> Outcome {
        self.reply = reply;
        Outcome::Reply(limit)
    }

    pub(super) fn request_sense(&mut self, cdb: &[u8; PACKET]) -> Outcome {
        let told = std::mem::take(&mut self.sense);
        let mut reply = vec![0; 18];
        reply[0] = 0x70;
        reply[2] = told.key;
        reply[7] = 10;
        reply[12] = told.code;
        reply[13] = told.qualifier;
        self.answer(reply, cdb[4].into())
    }

    pub(super) fn inquiry(&mut self, cdb: &[u8; PACKET]) -> Outcome {
        // CD-ROM, removable, no ANSI version, ATAPI response format.
        let mut reply = vec![0x05, 0x80, 0x00, 0x21, 31, 0, 0, 0];
        reply.extend(field(&self.model.vendor, 8));
        reply.extend(field(&self.model.product, 16));
        reply.extend(field(&self.model.revision, 4));
        self.answer(reply, cdb[4].into())
    }

    pub(super) fn read_capacity(&mut self, capacity: u32) -> Outcome {
        let mut reply = capacity.saturating_sub(1).to_be_bytes().to_vec();
        reply.extend((USER_DATA as u32).to_be_bytes());
        self.answer(reply, 8)
    }

    /// Medium type code of the mode parameter header.
    fn medium_type(&self, bay: Bay, w: &Wires) -> u8 {
        match (self.tray_open, self.medium(bay, w)) {
            (true, _) => 0x71,
            (false, true) => 0x01,
            (false, false) => 0x70,
        }
    }

    /// The pages asked for. Page control 1 asks for changeable bits: there are none; 3 for saved ones.
    fn pages(&self, selector: u8) -> Result<Vec<u8>, Sense> {
        let (control, code) = (selector >> 6, selector & 0x3F);
        if control == 3 {
            return Err(sense::NO_SAVED_PAGES);
        }
        let lock = u8::from(self.locked) << 1;
        let [speed_high, speed_low] = SPEED.to_be_bytes();
        let all: [(u8, &[u8]); 4] = [
            (page::ERROR_RECOVERY, &[0, 5, 0, 0, 0, 0]),
            // Inactivity timer, 60 seconds a minute, 75 frames a second.
            (page::CD_PARAMETERS, &[0, 0x0D, 0, 60, 0, 75]),
            // Immediate, two output ports at full volume.
            (page::AUDIO_CONTROL, &[4, 0, 0, 0, 0, 75, 1, 0xFF, 2, 0xFF, 0, 0, 0, 0]),
            (
                page::CAPABILITIES,
                // Reads CD-R and CD-RW; audio play, mode 2, multi-session; lock, eject, tray; volume levels;
                // buffer in kilobytes.
                &[
                    0x03,
                    0x00,
                    0x71,
                    0x60,
                    0x29 | lock,
                    0x00,
                    speed_high,
                    speed_low,
                    0x01,
                    0x00,
                    0x00,
                    0x80,
                    speed_high,
                    speed_low,
                    0x00,
                    0x00,
                    0x00,
                    0x00,
                ],
            ),
        ];
        let mut bytes = Vec::new();
        for (number, body) in all.iter().filter(|(number, _)| code == page::ALL || code == *number) {
            bytes.extend([*number, body.len() as u8]);
            bytes.extend(body.iter().map(|b| if control == 1 { 0 } else { *b }));
        }
        if bytes.is_empty() { Err(sense::BAD_FIELD) } else { Ok(bytes) }
    }

    pub(super) fn mode_sense_6(&mut self, cdb: &[u8; PACKET], bay: Bay, w: &Wires) -> Result<Outcome, Sense> {
        let mut reply = vec![0, self.medium_type(bay, w), 0, 0];
        reply.extend(self.pages(cdb[2])?);
        reply[0] = (reply.len() - 1) as u8;
        Ok(self.answer(reply, cdb[4].into()))
    }

    pub(super) fn mode_sense_10(
        &mut self,
        cdb: &[u8; PACKET],
        bay: Bay,
        w: &Wires,
    ) -> Result<Outcome, Sense> {
        let mut reply = vec![0, 0, self.medium_type(bay, w), 0, 0, 0, 0, 0];
        reply.extend(self.pages(cdb[2])?);
        Ok(self.answer(with_length(reply), allocation(cdb, 7)))
    }

    /// CD-07. The format is in byte 2, or where SFF-8020 had it, in byte 9.
    pub(super) fn read_toc(&mut self, cdb: &[u8; PACKET], capacity: u32) -> Result<Outcome, Sense> {
        let in_msf = cdb[1] & 2 != 0;
        let format = if cdb[2] & 0xF != 0 { cdb[2] & 0xF } else { cdb[9] >> 6 };
        let reply = match format {
            0 => toc(cdb[6], in_msf, capacity)?,
            1 => {
                let mut reply = vec![0, 0, 1, 1, 0, DATA_TRACK, 1, 0];
                reply.extend(address(0, in_msf));
                reply
            }
            2 => raw_toc(capacity),
            _ => return Err(sense::BAD_FIELD),
        };
        Ok(self.answer(with_length(reply), allocation(cdb, 7)))
    }

    pub(super) fn read_subchannel(&mut self, cdb: &[u8; PACKET]) -> Result<Outcome, Sense> {
        let in_msf = cdb[1] & 2 != 0;
        let mut reply = vec![0, NO_AUDIO_STATUS, 0, 0];
        if cdb[2] & 0x40 != 0 {
            match cdb[3] {
                1 => {
                    reply.extend([1, DATA_TRACK, 1, 1]);
                    reply.extend(address(0, in_msf));
                    reply.extend(address(0, in_msf));
                }
                // No catalogue number, no ISRC.
                number @ (2 | 3) => {
                    reply.extend([number, if number == 3 { DATA_TRACK } else { 0 }, 0, 0]);
                    reply.extend([0; 16]);
                }
                _ => return Err(sense::BAD_FIELD),
            }
        }
        let [high, low] = ((reply.len() - 4) as u16).to_be_bytes();
        (reply[2], reply[3]) = (high, low);
        Ok(self.answer(reply, allocation(cdb, 7)))
    }

    pub(super) fn read_header(&mut self, cdb: &[u8; PACKET], capacity: u32) -> Result<Outcome, Sense> {
        let lba = u32::from_be_bytes([cdb[2], cdb[3], cdb[4], cdb[5]]);
        if lba >= capacity {
            return Err(sense::OUT_OF_RANGE);
        }
        let mut reply = vec![1, 0, 0, 0];
        reply.extend(address(lba, cdb[1] & 2 != 0));
        Ok(self.answer(reply, allocation(cdb, 7)))
    }

    pub(super) fn read_disc_information(&mut self, cdb: &[u8; PACKET]) -> Outcome {
        let mut reply = vec![0; 34];
        // Finished disc, last session complete; one session, one track.
        (reply[2], reply[3], reply[4], reply[5], reply[6]) = (0x0E, 1, 1, 1, 1);
        // Unrestricted use; no disc id.
        reply[7] = 0x20;
        reply[16..24].fill(0xFF);
        self.answer(with_length(reply), allocation(cdb, 7))
    }

    pub(super) fn read_track_information(
        &mut self,
        cdb: &[u8; PACKET],
        capacity: u32,
    ) -> Result<Outcome, Sense> {
        let number = u32::from_be_bytes([cdb[2], cdb[3], cdb[4], cdb[5]]);
        let known = match cdb[1] & 3 {
            0 => number < capacity,
            1 | 2 => number == 1,
            _ => false,
        };
        if !known {
            return Err(sense::BAD_FIELD);
        }
        let mut reply = vec![0, 0, 1, 1, 0, 0x04, 0x01, 0];
        reply.extend([0; 16]);
        reply.extend(capacity.to_be_bytes());
        reply.resize(36, 0);
        Ok(self.answer(with_length(reply), allocation(cdb, 7)))
    }

    pub(super) fn mechanism_status(&mut self, cdb: &[u8; PACKET]) -> Outcome {
        let mut reply = vec![0; 8];
        reply[1] = u8::from(self.tray_open) << 4;
        reply[5] = 1;
        self.answer(reply, allocation(cdb, 8))
    }

    /// Profiles CD-ROM and, for what no CD can hold, DVD-ROM.
    pub(super) fn get_configuration(&mut self, cdb: &[u8; PACKET], bay: Bay, w: &Wires) -> Outcome {
        const CD_ROM: u8 = 0x08;
        const DVD_ROM: u8 = 0x10;
        let current = match super::sectors::capacity(bay, w) {
            _ if !self.medium(bay, w) => 0,
            sectors if sectors > CD_SECTORS => DVD_ROM,
            _ => CD_ROM,
        };
        let is = |profile: u8| u8::from(current == profile);
        let features: [(u16, u8, Vec<u8>); 6] = [
            (0x00, 3, vec![0, DVD_ROM, is(DVD_ROM), 0, 0, CD_ROM, is(CD_ROM), 0]),
            // ATAPI.
            (0x01, 3, vec![0, 0, 0, 2]),
            // Operational changes are not reported.
            (0x02, 3, vec![0; 4]),
            // Tray, eject, lock.
            (0x03, 3, vec![0x29, 0, 0, 0]),
            (0x10, u8::from(current != 0), vec![0, 0, 8, 0, 0, 1, 1, 0]),
            (0x1E, is(CD_ROM), vec![0; 4]),
        ];
        let (request, start) = (cdb[1] & 3, allocation(cdb, 2) as u16);
        let mut reply = vec![0, 0, 0, 0, 0, 0, 0, current];
        for (code, flags, body) in features {
            let wanted = match request {
                2 => code == start,
                1 => code >= start && flags & 1 != 0,
                _ => code >= start,
            };
            if wanted {
                reply.extend(code.to_be_bytes());
                reply.extend([flags, body.len() as u8]);
                reply.extend(body);
            }
        }
        let [a, b, c, d] = (reply.len() as u32 - 4).to_be_bytes();
        reply[..4].copy_from_slice(&[a, b, c, d]);
        self.answer(reply, allocation(cdb, 7))
    }

    pub(super) fn get_event_status(
        &mut self,
        cdb: &[u8; PACKET],
        bay: Bay,
        w: &Wires,
    ) -> Result<Outcome, Sense> {
        const MEDIA: u8 = 4;
        const NO_EVENT_AVAILABLE: u8 = 0x80;
        // Asynchronous notification is not there.
        if cdb[1] & 1 == 0 {
            return Err(sense::BAD_FIELD);
        }
        let supported = 1 << MEDIA;
        if cdb[4] & supported == 0 {
            return Ok(self.answer(vec![0, 2, NO_EVENT_AVAILABLE, supported], allocation(cdb, 7)));
        }
        let told = std::mem::take(&mut self.event);
        let state = u8::from(self.tray_open) | u8::from(self.medium(bay, w)) << 1;
        Ok(self.answer(vec![0, 6, MEDIA, supported, told, state, 0, 0], allocation(cdb, 7)))
    }
}

fn toc(first: u8, in_msf: bool, capacity: u32) -> Result<Vec<u8>, Sense> {
    if first > 1 && first != LEAD_OUT {
        return Err(sense::BAD_FIELD);
    }
    let mut reply = vec![0, 0, 1, 1];
    if first <= 1 {
        reply.extend([0, DATA_TRACK, 1, 0]);
        reply.extend(address(0, in_msf));
    }
    reply.extend([0, DATA_TRACK, LEAD_OUT, 0]);
    reply.extend(address(capacity, in_msf));
    Ok(reply)
}

/// The lead-in's Q sub-channel: first track, last track, lead-out, track 1; always in MSF.
fn raw_toc(capacity: u32) -> Vec<u8> {
    let mut reply = vec![0, 0, 1, 1];
    let points = [(0xA0, [1, 0, 0]), (0xA1, [1, 0, 0]), (0xA2, msf(capacity)), (0x01, msf(0))];
    for (point, [minute, second, frame]) in points {
        reply.extend([1, DATA_TRACK, 0, point, 0, 0, 0, 0, minute, second, frame]);
    }
    reply
}
