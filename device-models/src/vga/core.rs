//! The VGA core: its registers behind their ports.

use super::attribute::Attribute;
use super::crtc::{Crtc, Extension};
use super::dac::Dac;
use super::graphics::Graphics;
use super::history::{History, Setting};
use super::regs::{Clocking, CrtcMode, Misc, Status0, Status1, crtc, port};
use super::sequencer::Sequencer;
use super::timing::{Beam, Timing};
use backplane::{Instant, Reset};
use serde::{Deserialize, Serialize};

/// Configuration switches for each clock select value: an enhanced colour display as primary, 80 columns (VGA-09).
const SWITCHES: [bool; 4] = [true, false, false, true];
/// No card's clock is as fast.
const FASTEST_CLOCK_HZ: u64 = 2_000_000_000;
/// Enable bit of the system board's video enable register.
const ENABLE: u8 = 1 << 0;
/// Enable bit of the adapter's enable register.
const ADAPTER_ENABLE: u8 = 1 << 3;
/// What nothing drives.
const OPEN_BUS: u8 = 0xFF;

/// The registers that every VGA has, and the latch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Core {
    /// Miscellaneous output.
    pub(super) misc: Misc,
    /// Feature control.
    pub(super) feature: u8,
    /// The system board's enable register.
    pub(super) enable: u8,
    /// An ISA adapter's enable register.
    pub(super) adapter_enable: u8,
    /// Sequencer.
    pub(super) seq: Sequencer,
    /// CRT controller.
    pub(super) crtc: Crtc,
    /// The clocks that the clock select bits choose from, where a card has its own: hertz.
    pub(super) clocks_hz: Option<[u64; 4]>,
    /// Graphics controller.
    pub(super) gfx: Graphics,
    /// Attribute controller.
    pub(super) attr: Attribute,
    /// DAC.
    pub(super) dac: Dac,
    /// The four planes' bytes of the last read.
    pub(super) latch: u32,
    /// Start address that the beam had when the registers were last written.
    old_start: u32,
    /// When they were.
    start_written: Instant,
    /// A vertical interrupt is pending.
    pub(super) interrupt: bool,
    /// When the vertical interrupt was last armed.
    interrupt_armed: Instant,
    /// Moves with each register write that may change the picture.
    pub(super) generation: u64,
    /// What the registers of the picture were lately.
    pub(super) history: History,
}

impl Default for Core {
    /// The state after power-on: all registers clear but the enables, which firmware other than the card's own
    /// expects set.
    fn default() -> Self {
        Core {
            misc: Misc::empty(),
            feature: 0,
            enable: ENABLE,
            adapter_enable: ADAPTER_ENABLE,
            seq: Sequencer::default(),
            crtc: Crtc::default(),
            clocks_hz: None,
            gfx: Graphics::default(),
            attr: Attribute::default(),
            dac: Dac::default(),
            latch: 0,
            old_start: 0,
            start_written: Instant::ZERO,
            interrupt: false,
            interrupt_armed: Instant::ZERO,
            generation: 0,
            history: History::default(),
        }
    }
}

impl Core {
    /// Back to the state after power-on; a reset of the board leaves the generation.
    pub(super) fn reset(&mut self, kind: Reset) {
        let generation = if kind == Reset::PowerOn { 0 } else { self.generation };
        *self = Core { generation, ..Core::default() };
    }

    /// The registers without what they were.
    pub(super) fn without_history(&self) -> Core {
        Core {
            seq: self.seq.clone(),
            crtc: self.crtc.clone(),
            gfx: self.gfx.clone(),
            attr: self.attr.clone(),
            dac: self.dac.clone(),
            history: History::default(),
            ..*self
        }
    }

    /// Whether the ports and the memory answer, but for the enable registers.
    #[inline]
    pub(super) fn enabled(&self) -> bool {
        self.enable & ENABLE != 0 && self.adapter_enable & ADAPTER_ENABLE != 0
    }

    /// First port of the CRTC pair and the port of input status 1.
    pub(super) fn moving_ports(&self) -> (u16, u16) {
        if self.misc.contains(Misc::COLOUR) {
            (port::CRTC_COLOUR, port::STATUS1_COLOUR)
        } else {
            (port::CRTC_MONO, port::STATUS1_MONO)
        }
    }

    /// The beam's timing.
    #[inline]
    pub(super) fn timing(&self) -> Timing {
        let timing = Timing::new(self.misc, &self.seq, &self.crtc);
        match self.clocks_hz {
            // A snapshot may say anything.
            Some(clocks) => {
                Timing { clock_hz: clocks[self.clock_select()].clamp(1, FASTEST_CLOCK_HZ), ..timing }
            }
            None => timing,
        }
    }

    /// Whether no picture is shown: the screen is off, the palette is the CPU's, or nothing runs.
    pub(super) fn blanked(&self) -> bool {
        self.stopped() || self.unlit()
    }

    /// Whether the sequencer is held, or the palette is the CPU's.
    pub(super) fn unlit(&self) -> bool {
        !self.seq.runs() || !self.attr.screen_on()
    }

    /// Whether the screen is off, or nothing runs.
    pub(super) fn stopped(&self) -> bool {
        self.screen_off() || !self.runs()
    }

    fn runs(&self) -> bool {
        self.seq.runs() && self.crtc.mode().contains(CrtcMode::SYNC)
    }

    /// Whether the sequencer switches the screen off.
    pub(super) fn screen_off(&self) -> bool {
        self.seq.clocking().contains(Clocking::SCREEN_OFF)
    }

    /// Reads a byte port.
    pub(super) fn read(&mut self, at: u16, now: Instant) -> u8 {
        if !self.enabled() && at != port::ENABLE && at != port::ADAPTER_ENABLE {
            return OPEN_BUS;
        }
        let (crtc, status1) = self.moving_ports();
        match at {
            port::ATTRIBUTE => self.attr.index,
            port::ATTRIBUTE_READ => self.attr.read(),
            port::MISC_WRITE => self.status0(now).bits(),
            port::ENABLE => self.enable,
            port::SEQUENCER => self.seq.index,
            port::SEQUENCER_DATA => self.seq.read(),
            port::PEL_MASK => self.dac.mask,
            port::DAC_READ => self.dac.state(),
            port::DAC_WRITE => self.dac.address(),
            port::DAC_DATA => self.dac.read(),
            port::FEATURE_READ => self.feature,
            port::MISC_READ => self.misc.bits(),
            port::GRAPHICS => self.gfx.index,
            port::GRAPHICS_DATA => self.gfx.read(),
            _ if at == crtc => self.crtc.index,
            _ if at == crtc + 1 => self.read_crtc(),
            _ if at == status1 => {
                let timing = self.timing();
                self.read_status1(&timing, timing.beam(now)).bits()
            }
            _ => OPEN_BUS,
        }
    }

    /// Reads input status 1, video feedback aside: the attribute controller expects an index again.
    pub(super) fn read_status1(&mut self, timing: &Timing, beam: Beam) -> Status1 {
        self.attr.data_next = false;
        timing.status(beam)
    }

    fn read_crtc(&self) -> u8 {
        match usize::from(self.crtc.index) {
            crtc::LATCH => (self.latch >> (8 * u32::from(self.gfx.read_map()))) as u8,
            crtc::FLIP_FLOP => u8::from(self.attr.data_next) << 7,
            _ => self.crtc.read().unwrap_or(0),
        }
    }

    fn clock_select(&self) -> usize {
        usize::from(self.misc.bits() >> 2 & 3)
    }

    fn status0(&self, now: Instant) -> Status0 {
        let clock = self.clock_select();
        let mut status = Status0::empty();
        status.set(Status0::SWITCH, SWITCHES[clock]);
        status.set(Status0::INTERRUPT, self.interrupt_due(now));
        status
    }

    /// Writes a byte port. Returns whether such a register exists.
    pub(super) fn write(&mut self, at: u16, value: u8, now: Instant) -> bool {
        if !self.enabled() && at != port::ENABLE && at != port::ADAPTER_ENABLE {
            return true;
        }
        let (crtc, status1) = self.moving_ports();
        let replaced = Setting::at(self, at);
        let mut known = true;
        let changed = match at {
            port::ATTRIBUTE => self.attr.write(value),
            port::MISC_WRITE => {
                let new = Misc::from_bits_retain(value);
                std::mem::replace(&mut self.misc, new) != new
            }
            port::ENABLE => set(&mut self.enable, value & ENABLE),
            port::ADAPTER_ENABLE => set(&mut self.adapter_enable, value),
            port::SEQUENCER => still(|| self.seq.select(value)),
            port::SEQUENCER_DATA => self.seq.write(value),
            port::PEL_MASK => set(&mut self.dac.mask, value),
            port::DAC_READ => still(|| self.dac.set_read_address(value)),
            port::DAC_WRITE => still(|| self.dac.set_write_address(value)),
            port::DAC_DATA => self.dac.write(value),
            port::GRAPHICS => still(|| self.gfx.select(value)),
            port::GRAPHICS_DATA => self.gfx.write(value),
            _ if at == crtc => still(|| self.crtc.select(value)),
            _ if at == crtc + 1 => {
                let changed = self.write_crtc(value, now);
                known = changed.is_some();
                changed.unwrap_or(false)
            }
            _ if at == status1 => still(|| self.feature = value),
            _ => false,
        };
        if changed {
            self.note(replaced, now);
        }
        known
    }

    fn write_crtc(&mut self, value: u8, now: Instant) -> Option<bool> {
        match usize::from(self.crtc.index) {
            crtc::START_HIGH | crtc::START_LOW => {
                self.old_start = self.shown_start(now);
                self.start_written = now;
            }
            crtc::RETRACE_END if value & crtc::INTERRUPT_CLEAR == 0 => self.interrupt = false,
            crtc::RETRACE_END if !self.crtc.interrupt_armed() => self.interrupt_armed = now,
            _ => {}
        }
        self.crtc.write(value)
    }

    /// Takes the upper bits of the CRTC's values. Returns whether they changed.
    pub(super) fn extend_crtc(&mut self, extension: Extension, now: Instant) -> bool {
        self.old_start = self.shown_start(now);
        self.start_written = now;
        let was = std::mem::replace(&mut self.crtc.extension, extension);
        let start_only = was == Extension { start_high: was.start_high, ..extension };
        let changed = was != extension;
        if changed {
            self.note(start_only.then_some(Setting::StartHigh(was.start_high)), now);
        }
        changed
    }

    /// Writes a graphics register without moving the index register.
    pub(super) fn write_graphics(&mut self, index: u8, value: u8, now: Instant) {
        let kept = self.gfx.index;
        self.gfx.select(index);
        let changed = self.gfx.write(value);
        self.gfx.index = kept;
        if changed {
            self.note(None, now);
        }
    }

    /// The start address that the beam uses: what the registers held at the last vertical retrace (VGA-02).
    #[inline]
    pub(super) fn shown_start(&self, now: Instant) -> u32 {
        let start = self.crtc.start();
        if start == self.old_start || self.retraced_since(self.start_written, now) {
            start
        } else {
            self.old_start
        }
    }

    /// Whether a vertical retrace has begun since `then`. A beam that never comes to one counts as at it.
    fn retraced_since(&self, then: Instant, now: Instant) -> bool {
        let timing = self.timing();
        timing.retraces(now).is_none_or(|n| timing.retraces(then).is_some_and(|before| n > before))
    }

    /// Whether a vertical interrupt is pending by now.
    pub(super) fn interrupt_due(&self, now: Instant) -> bool {
        let timing = self.timing();
        let retraced = timing.retraces(self.interrupt_armed) < timing.retraces(now);
        self.crtc.interrupt_armed() && (self.interrupt || retraced)
    }

    /// When a vertical interrupt becomes pending, if it may and is not.
    pub(super) fn interrupt_wake(&self) -> Option<Instant> {
        let waits = self.crtc.interrupt_armed() && self.crtc.interrupt_enabled() && !self.interrupt;
        waits.then(|| self.timing().next_retrace(self.interrupt_armed))?
    }
}

/// Sets a register; whether it changed.
fn set(register: &mut u8, value: u8) -> bool {
    std::mem::replace(register, value) != value
}

/// Does something that cannot change the picture.
fn still(f: impl FnOnce()) -> bool {
    f();
    false
}
