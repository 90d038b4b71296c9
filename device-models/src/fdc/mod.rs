//! Intel 82077AA floppy disk controller in AT mode, with two drives.
//!
//! Ports: 3F0-3F5 and 3F7 (3F6 is IDE's), ISA interrupt 6, DMA channel 2.
//!
//! Follows: Intel 82077AA datasheet (290166), and for SCAN the NEC uPD765. Deviations: a medium's format is
//! that of its size: FORMAT fills sectors and cannot change the layout, deleted-data marks are not kept, XDF
//! tracks with mixed sector sizes are not there. Drives turn whether or not the motor bit is set, and a drive
//! without a medium makes index pulses, so that a command ends with "missing address mark" instead of hanging.
//! Of the PS/2 registers, none is driven. PART ID is a later chip's: it is an invalid command here.

mod commands;
mod drive;
mod formats;
mod regs;
#[cfg(test)]
mod tests;
mod timing;
mod transfer;

use backplane::{Addr, Bay, Claims, Device, Instant, Reset, Wires};
use drive::Drive;
pub use formats::{Density, DriveType, FORMATS, Format};
use regs::{Configure, Dor, Msr, port};
use serde::{Deserialize, Serialize};
pub use timing::FloppySpeed;
use transfer::Transfer;

const NAME: &str = "FDC";

/// What the controller is built from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FdcConfig {
    /// Drives A and B.
    pub drives: [Option<DriveType>; 2],
    /// How fast they are.
    pub speed: FloppySpeed,
}

/// What the FIFO is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// A command and its parameters are awaited.
    Command,
    /// A command runs.
    Execution,
    /// Its results are fetched.
    Result,
}

/// What SPECIFY and CONFIGURE chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Settings {
    /// SPECIFY's bytes: step rate and head unload, head load and non-DMA.
    specify: [u8; 2],
    configure: Configure,
    precompensation_track: u8,
    perpendicular: u8,
    lock: bool,
}

impl Settings {
    const RESET: Settings = Settings {
        specify: [0; 2],
        configure: Configure::NO_FIFO,
        precompensation_track: 0,
        perpendicular: 0,
        lock: false,
    };

    fn non_dma(self) -> bool {
        self.specify[1] & 1 != 0
    }

    fn step_rate(self) -> u8 {
        self.specify[0] >> 4
    }
}

/// The controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fdc {
    speed: FloppySpeed,
    drives: [Drive; 2],
    dor: Dor,
    tape: u8,
    rate: u8,
    settings: Settings,
    phase: Phase,
    /// Bytes of the command so far.
    command: Vec<u8>,
    /// Results, and how many have been fetched.
    results: Vec<u8>,
    fetched: usize,
    transfer: Option<Transfer>,
    /// The last EOT or sectors-per-track parameter, for DUMPREG.
    last_sectors: u8,
    /// When reset is over.
    ready: Option<Instant>,
    /// Drives that SENSE INTERRUPT still has to report after reset.
    polls: u8,
    interrupt: bool,
}

impl Fdc {
    /// A controller with its drives.
    pub fn new(config: FdcConfig) -> Self {
        let [a, b] = config.drives;
        Fdc {
            speed: config.speed,
            drives: [Drive::new(a, Bay::FloppyA), Drive::new(b, Bay::FloppyB)],
            dor: Dor::empty(),
            tape: 0,
            rate: regs::RATE_RESET,
            settings: Settings::RESET,
            phase: Phase::Command,
            command: Vec::new(),
            results: Vec::new(),
            fetched: 0,
            transfer: None,
            last_sectors: 0,
            ready: None,
            polls: 0,
            interrupt: false,
        }
    }

    fn running(&self) -> bool {
        self.dor.contains(Dor::RUN) && self.ready.is_none()
    }

    fn main_status(&self) -> u8 {
        if !self.running() {
            return 0;
        }
        let mut msr = match self.phase {
            Phase::Command if self.command.is_empty() => Msr::REQUEST,
            Phase::Command => Msr::REQUEST | Msr::BUSY,
            Phase::Result => Msr::REQUEST | Msr::BUSY | Msr::TO_HOST,
            Phase::Execution => Msr::BUSY | self.transfer.as_ref().map_or(Msr::empty(), Transfer::status),
        };
        for (n, drive) in self.drives.iter().enumerate() {
            if drive.seek.is_some() {
                msr |= Msr::from_bits_retain(Msr::DRIVE0.bits() << n);
            }
        }
        msr.bits()
    }

    /// FDC-04: reset forgets the command under way and everything about it, the head among it.
    fn begin_reset(&mut self) {
        self.phase = Phase::Command;
        self.command.clear();
        self.results.clear();
        self.fetched = 0;
        self.transfer = None;
        self.interrupt = false;
        self.polls = 0;
        self.ready = None;
        if !self.settings.lock {
            self.settings.configure = Configure::NO_FIFO;
            self.settings.precompensation_track = 0;
        }
        self.settings.perpendicular &= 0x3C;
        self.drives.iter_mut().for_each(Drive::controller_reset);
    }

    fn finish_reset(&mut self) {
        self.ready = None;
        if !self.settings.configure.contains(Configure::NO_POLLING) {
            self.polls = 4;
            self.interrupt = true;
        }
    }

    fn write_dor(&mut self, value: u8, now: Instant) {
        let (old, new) = (self.dor, Dor::from_bits_retain(value));
        self.dor = new;
        match (old.contains(Dor::RUN), new.contains(Dor::RUN)) {
            (true, false) => self.begin_reset(),
            (false, true) => self.ready = Some(now + regs::RESET_NS),
            _ => {}
        }
    }

    fn write_dsr(&mut self, value: u8, now: Instant) {
        self.rate = value & regs::RATE;
        if value & regs::DSR_RESET != 0 {
            self.begin_reset();
            self.ready = self.dor.contains(Dor::RUN).then(|| now + regs::RESET_NS);
        }
    }

    fn digital_input(&mut self, w: &Wires) -> u8 {
        let selected = usize::from((self.dor & Dor::SELECT).bits());
        let changed = self.drives.get_mut(selected).is_some_and(|d| d.change_line(w));
        if changed { regs::DIR_CHANGED } else { 0 }
    }

    fn read_fifo(&mut self, w: &mut Wires) -> u8 {
        match self.phase {
            Phase::Result => self.fetch_result(),
            Phase::Execution => self.read_execution(w),
            Phase::Command => 0,
        }
    }

    fn write_fifo(&mut self, value: u8, w: &mut Wires) {
        if !self.running() {
            return;
        }
        match self.phase {
            Phase::Command => self.take_command_byte(value, w),
            Phase::Execution => self.write_execution(value, w),
            Phase::Result => {}
        }
    }

    /// The interrupt goes with the first result fetched; another drive's finished seek raises it again.
    fn fetch_result(&mut self) -> u8 {
        self.interrupt = false;
        let value = self.results.get(self.fetched).copied().unwrap_or(0);
        self.fetched = self.fetched.saturating_add(1);
        if self.fetched >= self.results.len() {
            self.phase = Phase::Command;
            self.interrupt = self.polls == 0 && self.drives.iter().any(|d| d.done.is_some());
        }
        value
    }

    fn show_results(&mut self, results: &[u8], interrupt: bool) {
        self.results.clear();
        self.results.extend_from_slice(results);
        self.fetched = 0;
        self.phase = Phase::Result;
        self.transfer = None;
        self.interrupt = interrupt;
        if interrupt {
            // A new interrupt ends the report after reset, fetched or not.
            self.polls = 0;
        }
    }
}

impl Device for Fdc {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        Claims::none()
            .ports("floppy controller", port::FIRST, port::COUNT)
            .ports("floppy change line and data rate", port::DIR, 1)
            .irq("floppy interrupt", regs::IRQ)
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        self.tick(w);
        let Addr::Port(port, _) = at else { return u32::MAX };
        match port {
            port::DOR => self.dor.bits().into(),
            port::TDR => self.tape.into(),
            port::MSR => self.main_status().into(),
            port::FIFO => self.read_fifo(w).into(),
            port::DIR => self.digital_input(w).into(),
            _ => u32::MAX,
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        self.tick(w);
        let (Addr::Port(port, _), value) = (at, value as u8) else { return };
        match port {
            port::DOR => self.write_dor(value, w.now),
            port::TDR => self.tape = value & 3,
            port::MSR => self.write_dsr(value, w.now),
            port::FIFO => self.write_fifo(value, w),
            port::DIR => self.rate = value & regs::RATE,
            _ => {}
        }
    }

    fn wake(&self) -> Option<Instant> {
        let seeks = self.drives.iter().filter_map(|d| d.seek.map(|s| s.due));
        let transfer = self.transfer.as_ref().and_then(|t| t.due);
        seeks.chain(transfer).chain(self.ready).min()
    }

    fn tick(&mut self, w: &mut Wires) {
        if self.ready.is_some_and(|at| at <= w.now) {
            self.finish_reset();
        }
        for n in 0..self.drives.len() {
            if let Some(seek) = self.drives[n].seek.filter(|s| s.due <= w.now) {
                self.finish_seek(n, seek, w);
            }
        }
        if self.transfer.as_ref().and_then(|t| t.due).is_some_and(|at| at <= w.now) {
            self.run_transfer(w);
        }
    }

    fn lines(&self) -> u16 {
        u16::from(self.interrupt && self.dor.contains(Dor::GATE))
    }

    fn reset(&mut self, kind: Reset) {
        self.begin_reset();
        let Fdc {
            speed: _,
            drives,
            dor,
            tape,
            rate,
            settings,
            // Cleared above.
            phase: _,
            command: _,
            results: _,
            fetched: _,
            transfer: _,
            ready: _,
            polls: _,
            interrupt: _,
            last_sectors,
        } = self;
        *dor = Dor::empty();
        *tape = 0;
        *rate = regs::RATE_RESET;
        *settings = Settings::RESET;
        *last_sectors = 0;
        if kind == Reset::PowerOn {
            for drive in drives {
                *drive = Drive::new(drive.kind, drive.bay);
            }
        }
    }
}
