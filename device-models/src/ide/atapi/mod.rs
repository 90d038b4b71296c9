//! An ATAPI CD-ROM drive: how packets and their data cross the ATA registers.
//!
//! Follows: SFF-8020i revision 2.6 and ATA-4 clause 9.8 for the protocol, MMC-2 for the commands.

mod codes;
mod commands;
mod replies;
mod sectors;

use super::config::CdModel;
use super::disk::{Failure, transfer_mode};
use super::drive::{Drive, Stage, Task, Unit};
use super::identify;
use super::regs::{AtaError, DeviceBits, Reason, Status, command, delay, feature};
use backplane::{Refusal, Wires};
use codes::{Sense, sense};
use sectors::SectorFormat;
use serde::{Deserialize, Serialize};

pub(super) const NAME: &str = "ATAPI CD-ROM";

/// Bytes in a command packet.
const PACKET: usize = 12;

/// Where data to the host come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Source {
    /// The reply that a command built.
    Reply,
    /// The medium, from a sector on.
    Sectors { first: u32, format: SectorFormat },
}

/// How far the drive has told the host about a new medium (CD-09).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Change {
    /// Nothing to tell.
    Told,
    /// The next command finds no medium, as it does while a disc spins up.
    NotReady,
    /// Then one command fails with a unit attention.
    Attention,
}

/// What a packet command comes to.
enum Outcome {
    Good,
    Check(Sense),
    /// The reply has been built; at most this many bytes of it go.
    Reply(usize),
    Sectors {
        first: u32,
        count: u32,
        format: SectorFormat,
    },
    /// So many parameter bytes are awaited.
    Parameters(usize),
}

/// What a CD-ROM drive remembers between commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cd {
    model: CdModel,
    sense: Sense,
    /// The bay's change count when last looked at; `None` after power-on, when a disc inside is no news.
    seen: Option<u32>,
    change: Change,
    /// A media event for GET EVENT STATUS NOTIFICATION.
    event: u8,
    tray_open: bool,
    locked: bool,
    /// Bit 4 of status: seek complete, shown after SEEK and START STOP UNIT only.
    seek_complete: bool,
    dma_mode: Option<u8>,
    reply: Vec<u8>,
    source: Source,
    /// The PACKET command's byte count limit, and whether it asked for DMA.
    limit: u16,
    dma: bool,
}

impl Cd {
    pub(super) fn new(model: CdModel) -> Self {
        Cd {
            model,
            sense: sense::NONE,
            seen: None,
            change: Change::Told,
            event: 0,
            tray_open: false,
            locked: false,
            seek_complete: false,
            dma_mode: None,
            reply: Vec::new(),
            source: Source::Reply,
            limit: 0,
            dma: false,
        }
    }

    /// Tray, lock's absence and knowledge of the medium outlive a board reset (CD-09).
    pub(super) fn reset(&mut self, power_on: bool) {
        let fresh = Cd::new(self.model.clone());
        let old = std::mem::replace(self, fresh);
        if !power_on {
            self.tray_open = old.tray_open;
            self.seen = old.seen;
            self.change = old.change;
        }
    }

    pub(super) fn software_reset(&mut self) {
        self.sense = sense::NONE;
        self.seek_complete = false;
        self.reply.clear();
    }
}

impl Drive {
    fn cd(&mut self) -> Option<&mut Cd> {
        match &mut self.unit {
            Unit::Cd(cd) => Some(cd),
            _ => None,
        }
    }

    pub(super) fn cd_command(&mut self, code: u8, w: &mut Wires) {
        let outcome = match code {
            command::PACKET => return self.begin_packet(w),
            command::IDENTIFY_PACKET => return self.identify_cd(w),
            command::DEVICE_RESET => return self.device_reset(),
            // IDE-10: refused, with the signature that tells a packet device.
            command::IDENTIFY | command::READ | command::READ_NO_RETRY => {
                self.set_signature_here();
                AtaError::ABRT
            }
            command::SET_FEATURES => self.set_cd_features(),
            command::STANDBY_IMMEDIATE..=command::IDLE | command::SLEEP | command::FLUSH => AtaError::empty(),
            command::CHECK_POWER => {
                self.regs.count = 0xFF;
                AtaError::empty()
            }
            command::NOP => AtaError::ABRT,
            _ => {
                w.note(NAME, Refusal::Command(code.into()));
                AtaError::ABRT
            }
        };
        self.schedule(w.now + delay::PLAIN, Stage::Finish(outcome));
    }

    /// The signature, with the drive staying selected.
    fn set_signature_here(&mut self) {
        let device = self.regs.device;
        self.set_signature();
        self.regs.device = device;
    }

    /// IDE-12: the status that OAKCDROM.SYS tests, at once and without an interrupt.
    fn device_reset(&mut self) {
        self.abandon();
        if let Some(cd) = self.cd() {
            cd.software_reset();
        }
        self.set_signature_here();
        self.regs.device &= DeviceBits::DEV.bits();
        self.regs.error = super::regs::DIAGNOSTIC_PASSED;
        self.status = Status::empty();
    }

    fn identify_cd(&mut self, w: &mut Wires) {
        let bus_master = self.bus_master;
        if let Some(cd) = self.cd() {
            let data = identify::cd(&cd.model, bus_master, cd.dma_mode);
            self.buffer = data;
        }
        self.reply(w);
    }

    fn set_cd_features(&mut self) -> AtaError {
        let (code, argument, bus_master) = (self.regs.feature, self.regs.count, self.bus_master);
        let Some(cd) = self.cd() else { return AtaError::ABRT };
        match (code, transfer_mode(argument, bus_master)) {
            (feature::TRANSFER_MODE, Ok(mode)) => cd.dma_mode = mode.or(cd.dma_mode),
            (feature::KEEP_SETTINGS | feature::REVERT_SETTINGS, _) => {}
            _ => return AtaError::ABRT,
        }
        AtaError::empty()
    }

    /// IDE-20: the packet is asked for at once, without BSY in between and without an interrupt.
    fn begin_packet(&mut self, w: &mut Wires) {
        let wanted = self.regs.feature;
        let dma = wanted & feature::PACKET_DMA != 0;
        if wanted & feature::PACKET_OVERLAP != 0 || (dma && !self.bus_master) {
            return self.schedule(w.now + delay::PLAIN, Stage::Finish(AtaError::ABRT));
        }
        let limit = u16::from_le_bytes([self.regs.mid, self.regs.high]);
        if let Some(cd) = self.cd() {
            cd.limit = limit;
            cd.dma = dma;
            cd.seek_complete = false;
        }
        self.task = Task::Packet;
        self.request_data(PACKET);
        self.set_reason(Reason::COMMAND);
    }

    /// The packet is there.
    pub(super) fn execute_packet(&mut self, w: &mut Wires) {
        let mut cdb = [0; PACKET];
        for (to, from) in cdb.iter_mut().zip(&self.buffer) {
            *to = *from;
        }
        // CD-03: the byte count registers do not show the limit as if it were a count.
        (self.regs.mid, self.regs.high) = (0, 0);
        let bay = self.bay;
        let Some(cd) = self.cd() else { return };
        let outcome = cd.execute(&cdb, bay, w);
        match outcome {
            Outcome::Good => self.end_packet(),
            Outcome::Check(sense) => {
                cd.sense = sense;
                self.end_packet();
            }
            Outcome::Reply(limit) => {
                cd.source = Source::Reply;
                let total = cd.reply.len().min(limit);
                self.begin_packet_data(total as u64, w);
            }
            Outcome::Sectors { first, count, format } => {
                cd.source = Source::Sectors { first, format };
                self.begin_packet_data(u64::from(count) * format.bytes() as u64, w);
            }
            Outcome::Parameters(len) => self.request_parameters(len),
        }
    }

    /// CD-03: without data, or with a byte count of zero for PIO, the command ends here.
    fn begin_packet_data(&mut self, total: u64, w: &mut Wires) {
        let (limit, dma) = self.cd().map_or((0, false), |cd| (cd.limit, cd.dma));
        if total == 0 || (limit == 0 && !dma) {
            return self.end_packet();
        }
        self.task = Task::PacketIn { done: 0, total, dma };
        if dma {
            self.set_reason(Reason::TO_HOST);
            self.schedule(w.now + delay::DMA, Stage::Dma);
        } else {
            self.load_packet_block(w);
        }
    }

    fn request_parameters(&mut self, len: usize) {
        self.task = Task::PacketOut;
        self.set_byte_count(len);
        self.set_reason(Reason::empty());
        self.request_data(len);
        self.interrupt = true;
    }

    /// CD-03, CD-04: the byte count registers show what this block really holds. CD-13: the interrupt comes
    /// with the data request, never before.
    pub(super) fn load_packet_block(&mut self, w: &mut Wires) {
        let Task::PacketIn { done, total, dma } = self.task else { return };
        let limit = match self.cd().map_or(0, |cd| cd.limit) {
            0xFFFF => 0xFFFE,
            limit => u64::from(limit),
        };
        let left = total - done;
        // A block that is not the last has an even length.
        let len = if left <= limit { left } else { (limit & !1).max(2).min(left) };
        let mut data = std::mem::take(&mut self.buffer);
        data.clear();
        data.resize(len as usize, 0);
        let outcome = self.produce_packet_data(&mut data, w);
        self.buffer = data;
        if outcome.is_err() {
            return self.end_packet();
        }
        self.task = Task::PacketIn { done: done + len, total, dma };
        self.set_byte_count(len as usize);
        self.set_reason(Reason::TO_HOST);
        self.offer_data();
    }

    fn set_byte_count(&mut self, len: usize) {
        let [low, high] = (len as u16).to_le_bytes();
        (self.regs.mid, self.regs.high) = (low, high);
    }

    /// The next bytes of a packet command's data.
    pub(super) fn produce_packet_data(&mut self, data: &mut [u8], w: &mut Wires) -> Result<(), Failure> {
        let Task::PacketIn { done, .. } = self.task else { return Ok(()) };
        let bay = self.bay;
        let Some(cd) = self.cd() else { return Err(Failure::Packet) };
        match cd.source {
            Source::Reply => {
                let rest = cd.reply.get(done as usize..).unwrap_or(&[]);
                for (to, from) in data.iter_mut().zip(rest) {
                    *to = *from;
                }
                Ok(())
            }
            Source::Sectors { first, format } => {
                sectors::read(bay, first, format, done, data, w).map_err(|sense| {
                    cd.sense = sense;
                    Failure::Packet
                })
            }
        }
    }

    /// The packet command is over: with CHECK CONDITION if there is sense.
    pub(super) fn end_packet(&mut self) {
        let Some(cd) = self.cd() else { return };
        let (key, seek_complete) = (cd.sense.key, cd.seek_complete);
        self.task = Task::None;
        self.set_reason(Reason::COMMAND | Reason::TO_HOST);
        self.status = Status::DRDY;
        self.status.set(Status::DSC, seek_complete);
        if key != 0 {
            self.status |= Status::ERR;
            self.regs.error = key << 4 | AtaError::ABRT.bits();
        }
        self.interrupt = true;
    }
}
