//! One drive: its command block registers, the block of data under way, and what happens next.

use super::atapi::Cd;
use super::config::DriveKind;
use super::disk::Disk;
use super::regs::{self, AtaError, DeviceBits, Reason, SECTOR, Status, block};
use backplane::{Bay, Instant, Width, Wires};
use serde::{Deserialize, Serialize};

/// The command block registers as the drive holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TaskFile {
    pub(super) feature: u8,
    pub(super) error: u8,
    pub(super) count: u8,
    pub(super) low: u8,
    pub(super) mid: u8,
    pub(super) high: u8,
    pub(super) device: u8,
}

/// What the drive does when its busy time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Fetches the next block for the host.
    Load,
    /// Asks for the first block from the host.
    Request,
    /// Takes the block that the host has written.
    Store,
    /// Moves data by bus master, as soon as it runs.
    Dma,
    /// The command ends, with this error if any bit is set.
    Finish(AtaError),
    /// Reset or diagnosis ends.
    Signature {
        /// Whether that raises an interrupt.
        interrupt: bool,
    },
    /// Executes the packet.
    Packet,
    /// The packet command ends.
    PacketEnd,
}

/// The transfer that a command makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Task {
    None,
    /// Sectors to the host, `block` at a time.
    Read {
        next: u32,
        left: u32,
        block: u32,
    },
    /// Sectors from the host.
    Write {
        next: u32,
        left: u32,
        block: u32,
    },
    /// Sectors to memory by DMA.
    ReadDma {
        next: u32,
        left: u32,
    },
    /// Sectors from memory by DMA.
    WriteDma {
        next: u32,
        left: u32,
    },
    /// One block to the host that is already in the buffer: IDENTIFY, READ BUFFER.
    Reply,
    /// One block from the host that stays in the buffer: WRITE BUFFER.
    WriteBuffer,
    /// The command packet is awaited.
    Packet,
    /// A packet command's data to the host; `done` bytes of `total` have gone.
    PacketIn {
        done: u64,
        total: u64,
        dma: bool,
    },
    /// A packet command's parameters from the host.
    PacketOut,
}

/// What sits at the position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Unit {
    Absent,
    Disk(Disk),
    Cd(Cd),
}

/// Which way the buffer goes while DRQ is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Way {
    ToHost,
    FromHost,
    /// By DMA: the data port is not used.
    Dma,
}

/// A position on the cable and what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Drive {
    pub(super) bay: Bay,
    pub(super) unit: Unit,
    /// Whether the host adapter can do DMA.
    pub(super) bus_master: bool,
    pub(super) regs: TaskFile,
    pub(super) status: Status,
    /// The interrupt that the drive has pending.
    pub(super) interrupt: bool,
    pub(super) due: Option<(Instant, Stage)>,
    pub(super) task: Task,
    /// The block under way, and how far the host is with it.
    pub(super) buffer: Vec<u8>,
    at: usize,
    way: Way,
}

impl Drive {
    pub(super) fn new(bay: Bay, kind: &DriveKind, bus_master: bool) -> Self {
        let unit = match kind {
            DriveKind::None => Unit::Absent,
            DriveKind::Disk(model) => Unit::Disk(Disk::new(model.clone())),
            DriveKind::Cd(model) => Unit::Cd(Cd::new(model.clone())),
        };
        let mut drive = Drive {
            bay,
            unit,
            bus_master,
            regs: TaskFile::default(),
            status: Status::empty(),
            interrupt: false,
            due: None,
            task: Task::None,
            buffer: Vec::new(),
            at: 0,
            way: Way::ToHost,
        };
        drive.signature(false);
        drive
    }

    pub(super) fn present(&self) -> bool {
        !matches!(self.unit, Unit::Absent)
    }

    /// Whether its next stage's time has come.
    #[inline]
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|(at, _)| at <= now)
    }

    pub(super) fn busy(&self) -> bool {
        self.status.contains(Status::BSY)
    }

    /// The status of a drive that waits for commands. A packet device is "ready" only after its first command
    /// (its bits are those of the reset signature until then).
    fn idle(&self) -> Status {
        match self.unit {
            Unit::Disk(_) => Status::DRDY | Status::DSC,
            Unit::Cd(_) | Unit::Absent => Status::empty(),
        }
    }

    /// IDE-13: what reset, diagnosis and a refused IDENTIFY leave in the registers.
    pub(super) fn set_signature(&mut self) {
        let (mid, high) = match self.unit {
            Unit::Cd(_) => regs::PACKET_SIGNATURE,
            _ => (0, 0),
        };
        self.regs.count = 1;
        self.regs.low = 1;
        (self.regs.mid, self.regs.high) = (mid, high);
        self.regs.device = 0;
    }

    /// Reset has begun, or a diagnosis: whatever was under way is dropped.
    pub(super) fn abandon(&mut self) {
        self.task = Task::None;
        self.due = None;
        self.interrupt = false;
        self.buffer.clear();
        (self.at, self.way) = (0, Way::ToHost);
        self.status = if self.present() { Status::BSY } else { Status::empty() };
    }

    /// Reset or diagnosis has ended.
    fn signature(&mut self, interrupt: bool) {
        self.set_signature();
        self.regs.error = regs::DIAGNOSTIC_PASSED;
        self.status = self.idle();
        self.interrupt = interrupt;
    }

    /// Power-on or board reset.
    pub(super) fn reset(&mut self, power_on: bool) {
        self.abandon();
        match &mut self.unit {
            Unit::Absent => {}
            Unit::Disk(disk) => disk.reset(),
            Unit::Cd(cd) => cd.reset(power_on),
        }
        self.regs = TaskFile::default();
        self.signature(false);
    }

    /// The part of a software reset that the disk or CD itself notices.
    pub(super) fn software_reset(&mut self) {
        self.abandon();
        match &mut self.unit {
            Unit::Absent => {}
            Unit::Disk(disk) => disk.software_reset(),
            Unit::Cd(cd) => cd.software_reset(),
        }
    }

    pub(super) fn schedule(&mut self, at: Instant, stage: Stage) {
        self.status = (self.status | Status::BSY) - Status::DRQ;
        self.due = Some((at, stage));
    }

    pub(super) fn read_register(&self, offset: u16) -> u8 {
        match offset {
            block::ERROR => self.regs.error,
            block::COUNT => self.regs.count,
            block::LOW => self.regs.low,
            block::MID => self.regs.mid,
            block::HIGH => self.regs.high,
            _ => self.regs.device | DeviceBits::ALWAYS.bits(),
        }
    }

    pub(super) fn write_register(&mut self, offset: u16, value: u8) {
        match offset {
            block::ERROR => self.regs.feature = value,
            block::COUNT => self.regs.count = value,
            block::LOW => self.regs.low = value,
            block::MID => self.regs.mid = value,
            block::HIGH => self.regs.high = value,
            _ => self.regs.device = value,
        }
    }

    /// Starts a command, with all the results of the last one gone.
    pub(super) fn command(&mut self, code: u8, w: &mut Wires) {
        self.interrupt = false;
        self.task = Task::None;
        self.due = None;
        self.at = 0;
        self.regs.error = 0;
        self.status = match self.unit {
            Unit::Disk(_) => Status::DRDY | Status::DSC,
            _ => Status::DRDY,
        };
        match self.unit {
            Unit::Absent => {}
            Unit::Disk(_) => self.disk_command(code, w),
            Unit::Cd(_) => self.cd_command(code, w),
        }
        self.regs.feature = 0;
    }

    pub(super) fn tick(&mut self, w: &mut Wires) {
        let Some((at, stage)) = self.due else { return };
        if at > w.now {
            return;
        }
        self.due = None;
        self.status -= Status::BSY;
        match stage {
            Stage::Load => self.load(w),
            Stage::Request => self.request_data(self.buffer.len()),
            Stage::Store => self.store(w),
            // The channel moves the data; until the bus master runs, the drive asks for it.
            Stage::Dma => {
                self.way = Way::Dma;
                self.status |= Status::DRQ;
            }
            Stage::Finish(error) => self.finish(error),
            Stage::Signature { interrupt } => self.signature(interrupt),
            Stage::Packet => self.execute_packet(w),
            Stage::PacketEnd => self.end_packet(),
        }
    }

    /// The command is over.
    pub(super) fn finish(&mut self, error: AtaError) {
        self.task = Task::None;
        self.status -= Status::BSY | Status::DRQ;
        if !error.is_empty() {
            self.status |= Status::ERR;
            self.regs.error = error.bits();
        }
        self.interrupt = true;
    }

    /// Offers what is in the buffer.
    pub(super) fn offer_data(&mut self) {
        self.at = 0;
        self.way = Way::ToHost;
        self.status |= Status::DRQ;
        self.interrupt = true;
    }

    /// Asks for `len` bytes. The caller decides about the interrupt.
    pub(super) fn request_data(&mut self, len: usize) {
        self.buffer.clear();
        self.buffer.resize(len, 0);
        self.at = 0;
        self.way = Way::FromHost;
        self.status |= Status::DRQ;
    }

    fn load(&mut self, w: &mut Wires) {
        match self.task {
            Task::Read { .. } => self.load_sectors(w),
            Task::PacketIn { .. } => self.load_packet_block(w),
            _ => self.offer_data(),
        }
    }

    fn store(&mut self, w: &mut Wires) {
        match self.task {
            Task::Write { .. } => self.store_sectors(w),
            Task::PacketOut => self.end_packet(),
            Task::WriteBuffer => self.keep_buffer(),
            _ => self.finish(AtaError::empty()),
        }
    }

    /// Reads the data port: O(1), whatever the command.
    #[inline]
    pub(super) fn read_data(&mut self, width: Width, now: Instant) -> u32 {
        if !self.status.contains(Status::DRQ) || self.way != Way::ToHost {
            return regs::NO_DATA;
        }
        let len = width.bytes() as usize;
        // Four bytes at once, whatever the width: the bus takes those that it asked for.
        let value = match self.buffer.get(self.at..).and_then(|rest| rest.first_chunk::<4>()) {
            Some(four) => *four,
            None => self.last_bytes(),
        };
        self.at = self.at.saturating_add(len);
        if self.at >= self.buffer.len() {
            self.block_was_read(now);
        }
        u32::from_le_bytes(value) & width.mask()
    }

    /// Fewer than four bytes are left; zeros follow them.
    fn last_bytes(&self) -> [u8; 4] {
        let mut value = [0; 4];
        for (to, from) in value.iter_mut().zip(self.buffer.get(self.at..).unwrap_or(&[])) {
            *to = *from;
        }
        value
    }

    /// Writes the data port. CD-10: what is on its way to the host is not touched.
    #[inline]
    pub(super) fn write_data(&mut self, width: Width, value: u32, now: Instant) {
        if !self.status.contains(Status::DRQ) || self.way != Way::FromHost {
            return;
        }
        let len = width.bytes() as usize;
        if let Some(rest) = self.buffer.get_mut(self.at..) {
            let room = rest.len().min(len);
            rest[..room].copy_from_slice(&value.to_le_bytes()[..room]);
        }
        self.at = self.at.saturating_add(len);
        if self.at >= self.buffer.len() {
            self.block_was_written(now);
        }
    }

    fn block_was_read(&mut self, now: Instant) {
        self.status -= Status::DRQ;
        let next = now + regs::delay::NEXT_BLOCK;
        match self.task {
            Task::Read { left, .. } if left > 0 => self.schedule(next, Stage::Load),
            Task::PacketIn { done, total, .. } if done < total => self.schedule(next, Stage::Load),
            Task::PacketIn { .. } => self.schedule(next, Stage::PacketEnd),
            _ => self.task = Task::None,
        }
    }

    fn block_was_written(&mut self, now: Instant) {
        match self.task {
            Task::Packet => self.schedule(now + regs::delay::PACKET, Stage::Packet),
            _ => self.schedule(now + regs::delay::NEXT_BLOCK, Stage::Store),
        }
    }

    /// Whether the drive waits for the bus master.
    pub(super) fn wants_dma(&self) -> bool {
        let dma = matches!(
            self.task,
            Task::ReadDma { .. } | Task::WriteDma { .. } | Task::PacketIn { dma: true, .. }
        );
        dma && self.due.is_none() && self.status.contains(Status::DRQ)
    }

    /// Bytes that the next piece of DMA moves, and whether they go to memory.
    pub(super) fn dma_piece(&self) -> (usize, bool) {
        let sectors = |left: u32| left.min(regs::DMA_CHUNK / SECTOR as u32) as usize * SECTOR;
        match self.task {
            Task::ReadDma { left, .. } => (sectors(left), true),
            Task::WriteDma { left, .. } => (sectors(left), false),
            Task::PacketIn { done, total, .. } => ((total - done).min(regs::DMA_CHUNK.into()) as usize, true),
            _ => (0, true),
        }
    }

    /// Whether a DMA task has moved everything.
    pub(super) fn dma_done(&self) -> bool {
        self.dma_piece().0 == 0
    }

    /// The bus master had no room or nothing more (IDE-17): the command ends with its status, and as the
    /// interface demands for a table that is too short, without an interrupt.
    pub(super) fn dma_ran_out(&mut self) {
        if let Task::PacketIn { .. } = self.task {
            self.set_reason(Reason::COMMAND | Reason::TO_HOST);
        }
        self.task = Task::None;
        self.status -= Status::BSY | Status::DRQ;
    }

    pub(super) fn set_reason(&mut self, reason: Reason) {
        self.regs.count = reason.bits();
    }
}
