//! What registers of the picture were before they were last changed, so that a frame can be shown as the beam drew it.
//!
//! The present registers and the changes since tell what the registers were at any instant since: a frame in which
//! nothing changes leaves nothing behind. The cursor is left out; it goes with the text, and memory is shown as it is.
//! So are registers that give the picture another shape, as in a mode set: with them the history begins anew.

use super::core::Core;
use super::crtc;
use super::regs::port;
use super::timing::Timing;
use backplane::Instant;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ops::Range;

/// Changes that are kept: some 10,000 a frame, 20 colours for each of 500 lines.
const LIMIT: usize = 1 << 15;
/// Frames that a change is kept for: the one that is drawn, the one that was, and the retrace before that.
const FRAMES: u64 = 3;

/// A register and a value of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Setting {
    /// A sequencer register.
    Sequencer(u8, u8),
    /// A CRTC register.
    Crtc(u8, u8),
    /// The bits of the start address that a card adds.
    StartHigh(u32),
    /// An attribute controller register.
    Attribute(u8, u8),
    /// The attribute controller's index register, which says whose the palette is.
    AttributeIndex(u8),
    /// The PEL mask.
    PelMask(u8),
    /// A colour of the DAC.
    Colour(u8, u32),
}

/// When the beam takes notice of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Acts {
    /// While it draws.
    AtOnce,
    /// At the next vertical retrace.
    AtRetrace,
    /// Never: the cursor's, and those of the vertical interrupt.
    Never,
}

impl Setting {
    /// The register that a write to a port would change, with its present value. `None` where there is none, or one
    /// whose every change that is seen gives the picture another shape.
    pub(super) fn at(core: &Core, at: u16) -> Option<Self> {
        match at {
            port::ATTRIBUTE if core.attr.data_next => {
                Some(Setting::Attribute(core.attr.selected(), core.attr.read()))
            }
            port::ATTRIBUTE => Some(Setting::AttributeIndex(core.attr.index)),
            port::SEQUENCER_DATA => Some(Setting::Sequencer(core.seq.index, core.seq.read())),
            port::PEL_MASK => Some(Setting::PelMask(core.dac.mask)),
            port::DAC_DATA => Some(Setting::Colour(core.dac.address(), core.dac.colour(core.dac.address()))),
            _ if at == core.moving_ports().0 + 1 => Some(Setting::Crtc(core.crtc.index, core.crtc.read()?)),
            _ => None,
        }
    }

    /// Exchanges the value and the register's.
    pub(super) fn swap(&mut self, core: &mut Core) {
        let (register, value) = match self {
            Setting::Sequencer(index, value) => (core.seq.register(*index), value),
            Setting::Crtc(index, value) => (core.crtc.register(*index), value),
            Setting::Attribute(index, value) => (core.attr.register(*index), value),
            Setting::AttributeIndex(value) => (Some(&mut core.attr.index), value),
            Setting::PelMask(value) => (Some(&mut core.dac.mask), value),
            Setting::StartHigh(value) => return std::mem::swap(&mut core.crtc.extension.start_high, value),
            Setting::Colour(number, value) => return core.dac.swap(*number, value),
        };
        if let Some(register) = register {
            std::mem::swap(register, value);
        }
    }

    fn acts(self) -> Acts {
        match self {
            Setting::StartHigh(_) => Acts::AtRetrace,
            Setting::Crtc(index, _) if crtc::is_start(index) => Acts::AtRetrace,
            Setting::Crtc(index, _) if crtc::is_cursor_or_interrupt(index) => Acts::Never,
            _ => Acts::AtOnce,
        }
    }

    /// Whether the picture's shape cannot depend on it.
    fn is_colour(self) -> bool {
        matches!(self, Setting::AttributeIndex(_) | Setting::PelMask(_) | Setting::Colour(..))
    }
}

/// A register was given another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Change {
    /// When.
    pub(super) at: Instant,
    /// What the change replaced; in a frame that is drawn from its top, what it brought.
    pub(super) setting: Setting,
}

/// The changes, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct History {
    #[serde(deserialize_with = "backplane::lists::at_most::<_, _, _, { LIMIT }>")]
    changes: VecDeque<Change>,
    /// Changes until then are forgotten.
    forgotten: Instant,
}

impl History {
    /// Forgets everything.
    pub(super) fn forget(&mut self, now: Instant) {
        self.changes.clear();
        self.forgotten = now;
    }

    /// Takes notice of a change, and forgets those before `horizon`.
    fn note(&mut self, change: Change, horizon: Instant) {
        while let Some(oldest) = self.changes.front() {
            if oldest.at >= horizon && self.changes.len() < LIMIT {
                break;
            }
            self.forgotten = oldest.at;
            self.changes.pop_front();
        }
        self.changes.push_back(change);
    }

    /// Whether anything but what waits for the next frame was changed in a span of time, later than at its start.
    fn acted(&self, span: &Range<Instant>) -> bool {
        let first = self.changes.partition_point(|change| change.at <= span.start);
        let until = |change: &&Change| change.at < span.end;
        self.changes.range(first..).take_while(until).any(|change| change.setting.acts() == Acts::AtOnce)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.changes.len()
    }
}

/// A frame that is behind the beam.
struct Past {
    number: u64,
    /// When it took its start address.
    retrace: Instant,
    /// When its displayed lines were drawn.
    shown: Range<Instant>,
}

impl Timing {
    /// The last frame whose displayed lines are all behind the beam.
    fn past(&self, now: Instant) -> Option<Past> {
        let beam = self.beam(now);
        let drawn = beam.line >= self.shown_lines;
        let number = beam.frame.checked_sub((!drawn).into())?;
        let shown = self.instant(number, 0)..self.instant(number, self.shown_lines);
        let retrace = match number.checked_sub(1) {
            Some(before) if self.retrace_start < self.frame_lines => self.instant(before, self.retrace_start),
            _ => shown.start,
        };
        Some(Past { number, retrace, shown })
    }
}

/// A frame as the beam drew it.
pub(super) struct Drawn {
    /// Its number since switch-on.
    pub(super) frame: u64,
    /// The start address that it was drawn from.
    pub(super) start: u32,
    /// The registers at the retrace before it.
    pub(super) core: Core,
    /// What they became.
    pub(super) changes: Vec<Change>,
}

impl Core {
    /// Takes notice of a change after it was made: `replaced` is what it replaced, `None` if that is not kept.
    pub(super) fn note(&mut self, replaced: Option<Setting>, now: Instant) {
        self.generation = self.generation.wrapping_add(1);
        match replaced {
            Some(setting) if setting.acts() == Acts::Never => {}
            Some(setting) if !self.reshaped(setting) => {
                let horizon = self.timing().ago(FRAMES, now);
                self.history.note(Change { at: now, setting }, horizon);
            }
            _ => self.history.forget(now),
        }
    }

    /// Whether the picture had another shape before a setting was replaced.
    fn reshaped(&mut self, mut replaced: Setting) -> bool {
        if replaced.is_colour() {
            return false;
        }
        let shape = self.shape();
        replaced.swap(self);
        let before = self.shape();
        replaced.swap(self);
        before != shape
    }

    /// The last frame that is behind the beam, if registers changed while it was drawn and are known.
    fn changing(&self, now: Instant) -> Option<Past> {
        let newest = self.history.changes.back()?;
        let past = self.timing().past(now)?;
        let changed = newest.at > past.shown.start && self.history.acted(&past.shown);
        (changed && past.retrace >= self.history.forgotten).then_some(past)
    }

    /// The number of that frame.
    pub(super) fn changing_frame(&self, now: Instant) -> Option<u64> {
        self.changing(now).map(|past| past.number)
    }

    /// That frame.
    pub(super) fn drawn(&self, now: Instant) -> Option<Drawn> {
        let past = self.changing(now)?;
        let history = &self.history.changes;
        let first = history.partition_point(|change| change.at < past.retrace);
        let mut changes: Vec<Change> = history.range(first..).copied().collect();
        let mut core = self.without_history();
        for change in changes.iter_mut().rev() {
            change.setting.swap(&mut core);
        }
        Some(Drawn { frame: past.number, start: core.crtc.start(), core, changes })
    }
}
