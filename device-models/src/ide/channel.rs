//! One channel: two drives on a cable, the registers that both hear, and the interrupt line.

use super::bus_master::BusMaster;
use super::drive::{Drive, Stage, Task};
use super::regs::{self, AtaError, ControlBits, DeviceBits, block, command};
use backplane::{Instant, Width, Wires};
use serde::{Deserialize, Serialize};

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Channel {
    pub(super) drives: [Drive; 2],
    selected: u8,
    control: ControlBits,
    pub(super) master: BusMaster,
    /// The interrupt line when it was last looked at, for the bus master's latch.
    line: bool,
}

impl Channel {
    pub(super) fn new(drives: [Drive; 2]) -> Self {
        Channel {
            drives,
            selected: 0,
            control: ControlBits::empty(),
            master: BusMaster::default(),
            line: false,
        }
    }

    fn drive(&mut self) -> &mut Drive {
        &mut self.drives[usize::from(self.selected & 1)]
    }

    fn selected(&self) -> &Drive {
        &self.drives[usize::from(self.selected & 1)]
    }

    fn empty(&self) -> bool {
        self.drives.iter().all(|d| !d.present())
    }

    /// INTRQ: driven by the selected drive, unless nIEN lets it float.
    pub(super) fn intrq(&self) -> bool {
        let drive = self.selected();
        drive.present() && drive.interrupt && !self.control.contains(ControlBits::NIEN)
    }

    pub(super) fn wake(&self) -> Option<Instant> {
        self.drives.iter().filter_map(|d| d.due.map(|(at, _)| at)).min()
    }

    #[inline]
    pub(super) fn read_data(&mut self, width: Width, w: &mut Wires) -> u32 {
        self.tick(w);
        if self.empty() {
            return width.mask() & !(0x80 * u32::from(width == Width::Byte));
        }
        let now = w.now;
        self.drive().read_data(width, now)
    }

    pub(super) fn write_data(&mut self, width: Width, value: u32, w: &mut Wires) {
        self.tick(w);
        let now = w.now;
        self.drive().write_data(width, value, now);
    }

    pub(super) fn read(&mut self, offset: u16, w: &mut Wires) -> u8 {
        self.tick(w);
        if self.empty() {
            return regs::FLOATING;
        }
        let drive = self.drive();
        match offset {
            block::COMMAND => {
                // IDE-02: reading status takes the interrupt away.
                drive.interrupt = false;
                self.line = false;
                self.status()
            }
            // While BSY is set, every register of the command block reads as status.
            _ if drive.busy() => drive.status.bits(),
            block::ERROR | block::MID | block::HIGH if !drive.present() => 0,
            _ => drive.read_register(offset),
        }
    }

    /// The alternate status, which leaves the interrupt alone.
    pub(super) fn alternate_status(&mut self, w: &mut Wires) -> u8 {
        self.tick(w);
        if self.empty() { regs::FLOATING } else { self.status() }
    }

    fn status(&self) -> u8 {
        self.selected().status.bits()
    }

    pub(super) fn write(&mut self, offset: u16, value: u8, w: &mut Wires) {
        self.tick(w);
        match offset {
            block::COMMAND => self.write_command(value, w),
            block::DEVICE => self.write_device(value),
            _ => self.latch(offset, value),
        }
        self.watch_line();
    }

    /// IDE-01: both drives latch; IDE-04: one that is busy owns its registers.
    fn latch(&mut self, offset: u16, value: u8) {
        for drive in self.drives.iter_mut().filter(|d| !d.busy()) {
            drive.write_register(offset, value);
        }
    }

    fn write_device(&mut self, value: u8) {
        if self.selected().busy() {
            return;
        }
        let chosen = u8::from(value & DeviceBits::DEV.bits() != 0);
        if chosen != self.selected {
            // IDE-02: the deselected drive takes its interrupt with it.
            self.drive().interrupt = false;
            self.selected = chosen;
        }
        self.latch(block::DEVICE, value);
    }

    fn write_command(&mut self, code: u8, w: &mut Wires) {
        if self.control.contains(ControlBits::SRST) {
            return;
        }
        if code == command::DIAGNOSTIC {
            return self.diagnose(w.now);
        }
        let drive = self.drive();
        let allowed = !drive.busy() || (code == command::DEVICE_RESET && drive.is_packet_device());
        if drive.present() && allowed {
            drive.command(code, w);
        }
    }

    /// Both drives diagnose themselves, whichever is selected; drive 0 answers.
    fn diagnose(&mut self, now: Instant) {
        if self.selected().busy() {
            return;
        }
        self.selected = 0;
        for (n, drive) in self.drives.iter_mut().enumerate() {
            drive.abandon();
            if drive.present() {
                drive.schedule(now + regs::delay::RESET, Stage::Signature { interrupt: n == 0 });
            } else {
                drive.set_signature();
            }
        }
    }

    pub(super) fn write_control(&mut self, value: u8, w: &mut Wires) {
        self.tick(w);
        let old = self.control;
        self.control = ControlBits::from_bits_truncate(value);
        let (was, is) = (old.contains(ControlBits::SRST), self.control.contains(ControlBits::SRST));
        if is && !was {
            self.selected = 0;
            for drive in &mut self.drives {
                drive.software_reset();
            }
        } else if was && !is {
            for drive in self.drives.iter_mut() {
                if drive.present() {
                    let stage = Stage::Signature { interrupt: false };
                    drive.schedule(w.now + regs::delay::RESET, stage);
                } else {
                    drive.set_signature();
                }
            }
        }
        self.watch_line();
    }

    /// Bytes of the bus-master registers.
    pub(super) fn write_master(&mut self, offset: u16, bytes: &[u8], w: &mut Wires) {
        self.tick(w);
        for (n, byte) in bytes.iter().enumerate() {
            if self.master.write(offset + n as u16, *byte) {
                for drive in self.drives.iter_mut().filter(|d| d.wants_dma()) {
                    drive.schedule(w.now + regs::delay::DMA, Stage::Dma);
                }
            }
        }
    }

    /// Catches up: every drive's stage that is due, and a piece of DMA where a drive and the master are ready.
    #[inline]
    pub(super) fn tick(&mut self, w: &mut Wires) {
        if self.drives.iter().any(|d| d.is_due(w.now)) {
            self.run_due(w);
        }
    }

    fn run_due(&mut self, w: &mut Wires) {
        for n in 0..self.drives.len() {
            if self.drives[n].is_due(w.now) {
                self.drives[n].tick(w);
                if self.drives[n].wants_dma() && self.master.active() {
                    self.run_dma(n, w);
                }
            }
        }
        self.watch_line();
    }

    fn run_dma(&mut self, n: usize, w: &mut Wires) {
        let drive = &mut self.drives[n];
        let (len, to_memory) = drive.dma_piece();
        let mut piece = vec![0; len];
        let moved = if to_memory {
            match drive.produce(&mut piece, w) {
                Ok(()) => self.master.store(w.ram, &piece),
                Err(error) => return drive.fail_dma(error, w),
            }
        } else {
            self.master.fetch(w.ram, &mut piece)
        };
        if let Err(error) = drive.consume(&piece[..moved], w) {
            return drive.fail_dma(error, w);
        }
        let later = w.now + regs::delay::DMA_BYTE * moved as u64;
        if drive.dma_done() {
            let packet = matches!(drive.task, Task::PacketIn { .. });
            let end = if packet { Stage::PacketEnd } else { Stage::Finish(AtaError::empty()) };
            drive.schedule(later, end);
        } else if moved < len || !self.master.active() {
            drive.dma_ran_out();
        } else {
            drive.schedule(later, Stage::Dma);
        }
    }

    /// The bus master latches a rising edge of the interrupt line.
    fn watch_line(&mut self) {
        let line = self.intrq();
        if line && !self.line {
            self.master.interrupt();
        }
        self.line = line;
    }

    pub(super) fn reset(&mut self, power_on: bool) {
        let Channel { drives, selected, control, master, line } = self;
        for drive in drives {
            drive.reset(power_on);
        }
        *selected = 0;
        *control = ControlBits::empty();
        *master = BusMaster::default();
        *line = false;
    }
}
