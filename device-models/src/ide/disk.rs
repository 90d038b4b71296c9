//! The commands of an ATA disk.

use super::config::{DiskModel, Geometry};
use super::drive::{Drive, Stage, Task, Unit};
use super::identify;
use super::regs::{AtaError, DeviceBits, MAX_MULTIPLE, SECTOR, command, delay, feature};
use backplane::{MediumError, Refusal, Wires};
use serde::{Deserialize, Serialize};

pub(super) const NAME: &str = "IDE disk";

/// What CHECK POWER MODE answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Power {
    Standby,
    Idle,
    Active,
}

/// What a disk remembers between commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Disk {
    pub(super) model: DiskModel,
    /// The translation that INITIALIZE DEVICE PARAMETERS chose.
    pub(super) current: Geometry,
    /// Sectors in a block of READ MULTIPLE; 0 while that is disabled.
    pub(super) multiple: u8,
    /// The multiword DMA mode that SET FEATURES chose.
    pub(super) dma_mode: Option<u8>,
    pub(super) write_cache: bool,
    pub(super) look_ahead: bool,
    /// A software reset keeps the settings (SET FEATURES 66h).
    keep_settings: bool,
    power: Power,
    /// What WRITE BUFFER stored.
    #[serde(deserialize_with = "backplane::lists::exactly::<_, _, { SECTOR }>")]
    scratch: Vec<u8>,
}

impl Disk {
    pub(super) fn new(model: DiskModel) -> Self {
        Disk {
            current: model.geometry,
            model,
            multiple: 0,
            dma_mode: None,
            write_cache: true,
            look_ahead: true,
            keep_settings: true,
            power: Power::Active,
            scratch: vec![0; SECTOR],
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Disk::new(self.model.clone());
    }

    pub(super) fn software_reset(&mut self) {
        if !self.keep_settings {
            self.current = self.model.geometry;
            self.multiple = 0;
            (self.write_cache, self.look_ahead) = (true, true);
        }
        self.power = Power::Active;
    }

    /// The CHS address of a sector under the current translation.
    fn chs(&self, lba: u32) -> (u32, u8, u8) {
        let sectors = u32::from(self.current.sectors.max(1));
        let heads = u32::from(self.current.heads.max(1));
        (lba / (sectors * heads), (lba / sectors % heads) as u8, (lba % sectors + 1) as u8)
    }
}

/// Why a DMA transfer failed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Failure {
    /// The disk's error register.
    Ata(AtaError),
    /// The packet device has the sense.
    Packet,
}

impl Drive {
    pub(super) fn is_packet_device(&self) -> bool {
        matches!(self.unit, Unit::Cd(_))
    }

    /// The disk of a drive whose command is a disk's.
    fn disk(&mut self) -> Option<&mut Disk> {
        match &mut self.unit {
            Unit::Disk(disk) => Some(disk),
            _ => None,
        }
    }

    /// Sectors on the medium, as far as 28 bits address them.
    fn sectors(&self, w: &Wires) -> u32 {
        let bytes = w.drives.get(self.bay).map_or(0, |m| m.len());
        (bytes / SECTOR as u64).min((1 << 28) - 1) as u32
    }

    pub(super) fn disk_command(&mut self, code: u8, w: &mut Wires) {
        let plain = w.now + delay::PLAIN;
        // ATA-1 gave power commands codes of their own: 94h-97h are E0h-E3h, 98h is E5h, 99h is E6h.
        let code = match code {
            0x94..=0x97 => code - 0x94 + command::STANDBY_IMMEDIATE,
            code if command::OLD_POWER.contains(&code) => code - 0x98 + command::CHECK_POWER,
            code => code,
        };
        let outcome = match code {
            command::READ | command::READ_NO_RETRY => return self.begin_read(1, w),
            command::WRITE | command::WRITE_NO_RETRY | command::WRITE_VERIFY => {
                return self.begin_write(1, w);
            }
            command::READ_MULTIPLE | command::WRITE_MULTIPLE => return self.begin_multiple(code, w),
            command::READ_DMA | command::READ_DMA_NO_RETRY => return self.begin_dma(true, w),
            command::WRITE_DMA | command::WRITE_DMA_NO_RETRY => return self.begin_dma(false, w),
            command::IDENTIFY => return self.identify_disk(w),
            command::READ_BUFFER => return self.read_buffer(w),
            command::WRITE_BUFFER => {
                self.task = Task::WriteBuffer;
                self.buffer = vec![0; SECTOR];
                return self.schedule(w.now + delay::WRITE_REQUEST, Stage::Request);
            }
            command::VERIFY | command::VERIFY_NO_RETRY => self.verify(w),
            command::FLUSH => AtaError::empty(),
            command::INITIALIZE_PARAMETERS => self.initialize_parameters(w),
            command::SET_MULTIPLE => self.set_multiple(),
            command::SET_FEATURES => self.set_features(w),
            command::READ_NATIVE_MAX => self.read_native_max(w),
            command::STANDBY_IMMEDIATE..=command::IDLE | command::SLEEP => self.set_power(code),
            command::CHECK_POWER => self.check_power(),
            code if code & 0xF0 == command::RECALIBRATE => self.recalibrate(),
            code if code & 0xF0 == command::SEEK => self.seek(w),
            // NOP and DEVICE RESET abort by definition, and so does all that the disk does not have (IDE-19).
            command::NOP | command::DEVICE_RESET | command::PACKET | command::IDENTIFY_PACKET => {
                AtaError::ABRT
            }
            _ => {
                w.note(NAME, Refusal::Command(code.into()));
                AtaError::ABRT
            }
        };
        self.schedule(plain, Stage::Finish(outcome));
    }

    /// The sector addressed, or IDNF.
    fn address(&mut self, w: &Wires) -> Result<u32, AtaError> {
        let total = self.sectors(w);
        let r = &self.regs;
        let (low, mid, high) = (u32::from(r.low), u32::from(r.mid), u32::from(r.high));
        let top = u32::from(r.device & 0xF);
        let by_lba = r.device & DeviceBits::LBA.bits() != 0;
        let at = if by_lba {
            top << 24 | high << 16 | mid << 8 | low
        } else {
            let Some(disk) = self.disk() else { return Err(AtaError::ABRT) };
            let (heads, sectors) = (u32::from(disk.current.heads), u32::from(disk.current.sectors));
            if low == 0 || low > sectors || top >= heads {
                return Err(AtaError::IDNF);
            }
            ((high << 8 | mid) * heads + top) * sectors + low - 1
        };
        if at < total { Ok(at) } else { Err(AtaError::IDNF) }
    }

    /// Puts a sector's address into the registers, the way the command gave its own.
    fn set_address(&mut self, at: u32) {
        if self.regs.device & DeviceBits::LBA.bits() != 0 {
            let bytes = at.to_le_bytes();
            [self.regs.low, self.regs.mid, self.regs.high] = [bytes[0], bytes[1], bytes[2]];
            self.regs.device = self.regs.device & 0xF0 | bytes[3] & 0xF;
        } else if let Some(disk) = self.disk() {
            let (cylinder, head, sector) = disk.chs(at);
            self.regs.low = sector;
            (self.regs.mid, self.regs.high) = (cylinder as u8, (cylinder >> 8) as u8);
            self.regs.device = self.regs.device & 0xF0 | head & 0xF;
        }
    }

    /// IDE-15: a count of zero means 256.
    fn wanted(&self) -> u32 {
        match self.regs.count {
            0 => 256,
            n => n.into(),
        }
    }

    fn abort(&mut self, error: AtaError, w: &Wires) {
        self.schedule(w.now + delay::PLAIN, Stage::Finish(error));
    }

    fn begin_read(&mut self, block: u32, w: &mut Wires) {
        match self.address(w) {
            Ok(next) => {
                self.task = Task::Read { next, left: self.wanted(), block };
                self.schedule(w.now + delay::FIRST_BLOCK, Stage::Load);
            }
            Err(error) => self.abort(error, w),
        }
    }

    fn begin_write(&mut self, block: u32, w: &mut Wires) {
        match self.address(w) {
            Ok(next) => {
                let left = self.wanted();
                self.task = Task::Write { next, left, block };
                self.buffer.resize(left.min(block) as usize * SECTOR, 0);
                self.schedule(w.now + delay::WRITE_REQUEST, Stage::Request);
            }
            Err(error) => self.abort(error, w),
        }
    }

    fn begin_multiple(&mut self, code: u8, w: &mut Wires) {
        match self.disk().map_or(0, |d| d.multiple) {
            0 => self.abort(AtaError::ABRT, w),
            block if code == command::READ_MULTIPLE => self.begin_read(block.into(), w),
            block => self.begin_write(block.into(), w),
        }
    }

    fn begin_dma(&mut self, to_memory: bool, w: &mut Wires) {
        if !self.bus_master {
            return self.abort(AtaError::ABRT, w);
        }
        match self.address(w) {
            Ok(next) => {
                let left = self.wanted();
                self.task =
                    if to_memory { Task::ReadDma { next, left } } else { Task::WriteDma { next, left } };
                self.schedule(w.now + delay::DMA, Stage::Dma);
            }
            Err(error) => self.abort(error, w),
        }
    }

    /// The next block of a PIO read.
    pub(super) fn load_sectors(&mut self, w: &mut Wires) {
        let Task::Read { next, left, block } = self.task else { return };
        let count = left.min(block);
        let mut data = std::mem::take(&mut self.buffer);
        data.resize(count as usize * SECTOR, 0);
        let outcome = self.read_medium(next, &mut data, w);
        self.buffer = data;
        match outcome {
            Ok(()) => {
                self.task = Task::Read { next: next.wrapping_add(count), left: left - count, block };
                self.moved(next, count, left - count);
                self.offer_data();
            }
            Err(error) => self.fail_at(next, left, error, w),
        }
    }

    /// The block that the host has written goes to the medium.
    pub(super) fn store_sectors(&mut self, w: &mut Wires) {
        let Task::Write { next, left, block } = self.task else { return };
        let count = left.min(block);
        let data = std::mem::take(&mut self.buffer);
        let outcome = self.write_medium(next, &data, w);
        self.buffer = data;
        if let Err(error) = outcome {
            return self.fail_at(next, left, error, w);
        }
        let left = left - count;
        self.moved(next, count, left);
        if left == 0 {
            return self.finish(AtaError::empty());
        }
        self.task = Task::Write { next: next.wrapping_add(count), left, block };
        self.request_data(left.min(block) as usize * SECTOR);
        self.interrupt = true;
    }

    /// The registers after `count` sectors from `first` on: the last one's address and what is left.
    fn moved(&mut self, first: u32, count: u32, left: u32) {
        if count > 0 {
            self.set_address(first.wrapping_add(count - 1));
        }
        self.regs.count = left as u8;
    }

    /// A block failed: good sectors before the first bad one count as done.
    fn fail_at(&mut self, next: u32, left: u32, error: AtaError, w: &Wires) {
        let total = self.sectors(w);
        let good = total.saturating_sub(next).min(left);
        let bad = if error.contains(AtaError::IDNF) { next.wrapping_add(good) } else { next };
        self.set_address(bad);
        self.regs.count = left.wrapping_sub(bad.wrapping_sub(next)) as u8;
        self.finish(error);
    }

    fn read_medium(&mut self, first: u32, data: &mut [u8], w: &mut Wires) -> Result<(), AtaError> {
        let Some(medium) = w.drives.get(self.bay) else { return Err(AtaError::UNC) };
        let outcome = medium.read(u64::from(first) * SECTOR as u64, data);
        outcome.map_err(|e| medium_error(e, AtaError::UNC, w))
    }

    /// Writes sectors: those before the end of the disk, too, where others are behind it.
    fn write_medium(&mut self, first: u32, data: &[u8], w: &mut Wires) -> Result<(), AtaError> {
        let there = self.sectors(w).saturating_sub(first) as usize * SECTOR;
        let (inside, beyond) = data.split_at(there.min(data.len()));
        let Some(medium) = w.drives.get_mut(self.bay) else { return Err(AtaError::ABRT) };
        let outcome = medium.write(u64::from(first) * SECTOR as u64, inside);
        outcome.map_err(|e| medium_error(e, AtaError::ABRT, w))?;
        if beyond.is_empty() { Ok(()) } else { Err(AtaError::IDNF) }
    }

    /// The next piece of a DMA read.
    pub(super) fn produce(&mut self, piece: &mut [u8], w: &mut Wires) -> Result<(), Failure> {
        match self.task {
            Task::ReadDma { next, .. } => self.read_medium(next, piece, w).map_err(Failure::Ata),
            Task::PacketIn { .. } => self.produce_packet_data(piece, w),
            _ => Ok(()),
        }
    }

    /// `piece` was moved by DMA.
    pub(super) fn consume(&mut self, piece: &[u8], w: &mut Wires) -> Result<(), Failure> {
        let count = (piece.len() / SECTOR) as u32;
        match self.task {
            Task::ReadDma { next, left } => {
                let left = left - count;
                self.moved(next, count, left);
                self.task = Task::ReadDma { next: next.wrapping_add(count), left };
            }
            Task::WriteDma { next, left } => {
                let whole = &piece[..count as usize * SECTOR];
                self.write_medium(next, whole, w).map_err(Failure::Ata)?;
                let left = left - count;
                self.moved(next, count, left);
                self.task = Task::WriteDma { next: next.wrapping_add(count), left };
            }
            Task::PacketIn { done, total, dma } => {
                self.task = Task::PacketIn { done: done + piece.len() as u64, total, dma };
            }
            _ => {}
        }
        Ok(())
    }

    /// A DMA transfer failed.
    pub(super) fn fail_dma(&mut self, failure: Failure, w: &Wires) {
        match (failure, self.task) {
            (Failure::Packet, _) => self.end_packet(),
            (Failure::Ata(error), Task::ReadDma { next, left } | Task::WriteDma { next, left }) => {
                self.fail_at(next, left, error, w);
            }
            (Failure::Ata(error), _) => self.finish(error),
        }
    }

    fn identify_disk(&mut self, w: &mut Wires) {
        let total = self.sectors(w);
        let bus_master = self.bus_master;
        if let Some(disk) = self.disk() {
            self.buffer = identify::disk(disk, total, bus_master);
        }
        self.reply(w);
    }

    /// Offers the block that is in the buffer.
    pub(super) fn reply(&mut self, w: &Wires) {
        self.task = Task::Reply;
        self.schedule(w.now + delay::FIRST_BLOCK, Stage::Load);
    }

    fn read_buffer(&mut self, w: &mut Wires) {
        if let Some(disk) = self.disk() {
            self.buffer = disk.scratch.clone();
        }
        self.reply(w);
    }

    /// WRITE BUFFER is complete.
    pub(super) fn keep_buffer(&mut self) {
        let data = self.buffer.clone();
        if let Some(disk) = self.disk() {
            disk.scratch = data;
        }
        self.finish(AtaError::empty());
    }

    fn verify(&mut self, w: &mut Wires) -> AtaError {
        let first = match self.address(w) {
            Ok(first) => first,
            Err(error) => return error,
        };
        let (wanted, there) = (self.wanted(), self.sectors(w) - first);
        if wanted > there {
            self.set_address(first + there);
            self.regs.count = (wanted - there) as u8;
            return AtaError::IDNF;
        }
        self.moved(first, wanted, 0);
        AtaError::empty()
    }

    fn seek(&mut self, w: &mut Wires) -> AtaError {
        self.address(w).err().unwrap_or(AtaError::empty())
    }

    fn recalibrate(&mut self) -> AtaError {
        (self.regs.mid, self.regs.high) = (0, 0);
        AtaError::empty()
    }

    /// IDE-09: sectors a track from the count register, the highest head from the device register.
    fn initialize_parameters(&mut self, w: &mut Wires) -> AtaError {
        let (sectors, heads) = (self.regs.count, (self.regs.device & 0xF) + 1);
        let total = self.sectors(w);
        let Some(disk) = self.disk() else { return AtaError::ABRT };
        if sectors == 0 {
            return AtaError::ABRT;
        }
        let cylinders = total / (u32::from(sectors) * u32::from(heads));
        disk.current = Geometry { cylinders: cylinders.clamp(1, 65_535) as u16, heads, sectors };
        AtaError::empty()
    }

    fn set_multiple(&mut self) -> AtaError {
        let count = self.regs.count;
        let Some(disk) = self.disk() else { return AtaError::ABRT };
        if count != 0 && (count > MAX_MULTIPLE || !count.is_power_of_two()) {
            disk.multiple = 0;
            return AtaError::ABRT;
        }
        disk.multiple = count;
        AtaError::empty()
    }

    fn set_features(&mut self, w: &mut Wires) -> AtaError {
        let (code, argument, bus_master) = (self.regs.feature, self.regs.count, self.bus_master);
        let Some(disk) = self.disk() else { return AtaError::ABRT };
        match code {
            feature::WRITE_CACHE_ON | feature::WRITE_CACHE_OFF => {
                disk.write_cache = code == feature::WRITE_CACHE_ON;
            }
            feature::LOOK_AHEAD_ON | feature::LOOK_AHEAD_OFF => {
                disk.look_ahead = code == feature::LOOK_AHEAD_ON;
            }
            feature::KEEP_SETTINGS | feature::REVERT_SETTINGS => {
                disk.keep_settings = code == feature::KEEP_SETTINGS;
            }
            feature::POWER_ON | feature::POWER_OFF => {}
            feature::TRANSFER_MODE => match transfer_mode(argument, bus_master) {
                Ok(mode) => disk.dma_mode = mode.or(disk.dma_mode),
                Err(()) => return AtaError::ABRT,
            },
            _ => {
                w.note(NAME, Refusal::Value("SET FEATURES".into(), code.into()));
                return AtaError::ABRT;
            }
        }
        AtaError::empty()
    }

    /// ATA-4: the last sector, as LBA or in the current translation.
    fn read_native_max(&mut self, w: &Wires) -> AtaError {
        self.set_address(self.sectors(w).saturating_sub(1));
        AtaError::empty()
    }

    fn set_power(&mut self, code: u8) -> AtaError {
        if let Some(disk) = self.disk() {
            disk.power = match code {
                command::IDLE | command::IDLE_IMMEDIATE => Power::Idle,
                _ => Power::Standby,
            };
        }
        AtaError::empty()
    }

    fn check_power(&mut self) -> AtaError {
        self.regs.count = match self.disk().map(|d| d.power) {
            Some(Power::Standby) => 0x00,
            Some(Power::Idle) => 0x80,
            _ => 0xFF,
        };
        AtaError::empty()
    }
}

/// The multiword DMA mode that a SET FEATURES transfer mode chooses, `None` for PIO. IDE-16: there is no
/// single-word DMA.
pub(super) fn transfer_mode(argument: u8, bus_master: bool) -> Result<Option<u8>, ()> {
    match (argument >> 3, argument & 7) {
        (0, 0 | 1) | (1, 0..=4) => Ok(None),
        (4, mode @ 0..=2) if bus_master => Ok(Some(mode)),
        _ => Err(()),
    }
}

fn medium_error(error: MediumError, host: AtaError, w: &mut Wires) -> AtaError {
    match error {
        MediumError::OutOfRange { .. } => AtaError::IDNF,
        MediumError::WriteProtected => AtaError::ABRT,
        MediumError::Host(e) => {
            w.note(NAME, Refusal::Medium(e.to_string()));
            host
        }
    }
}
