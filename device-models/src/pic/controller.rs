//! One 8259A.

use super::regs::*;
use serde::{Deserialize, Serialize};

/// How far the initialisation sequence has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Init {
    /// Never initialised: no interrupt is requested.
    Cold,
    Icw2,
    Icw3,
    Icw4,
    Done,
}

/// What the next read of the even port returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum ReadSelect {
    Irr,
    Isr,
}

/// What a write left for the pair to note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unusual {
    /// ICW4 (or its absence) asks for 8080 mode.
    Mode8080,
    /// ICW3 describes a cascade that is not soldered so.
    Cascade(u8),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Controller {
    /// Levels of the inputs.
    lines: u8,
    /// Inputs that rose and were not acknowledged since.
    edges: u8,
    /// Inputs that are level-triggered.
    elcr: u8,
    isr: u8,
    imr: u8,
    /// The input of lowest priority; the next one has the highest.
    lowest: u8,
    vector_base: u8,
    init: Init,
    wants_icw4: bool,
    single: bool,
    auto_eoi: bool,
    rotate_in_auto_eoi: bool,
    special_fully_nested: bool,
    special_mask: bool,
    poll: bool,
    read_select: ReadSelect,
}

impl Controller {
    pub(super) fn new() -> Self {
        Controller {
            lines: 0,
            edges: 0,
            elcr: 0,
            isr: 0,
            imr: 0,
            lowest: 7,
            vector_base: 0,
            init: Init::Cold,
            wants_icw4: false,
            single: false,
            auto_eoi: false,
            rotate_in_auto_eoi: false,
            special_fully_nested: false,
            special_mask: false,
            poll: false,
            read_select: ReadSelect::Irr,
        }
    }

    /// Takes the levels of all inputs. An edge that drops before it is acknowledged is gone.
    pub(super) fn set_lines(&mut self, lines: u8) {
        self.edges = (self.edges | (lines & !self.lines)) & lines;
        self.lines = lines;
    }

    /// Takes the levels without seeing an edge where they differ.
    pub(super) fn adopt_lines(&mut self, lines: u8) {
        self.edges &= lines;
        self.lines = lines;
    }

    /// Latches an edge on an input that is high: its driver pulsed within an acknowledge cycle.
    pub(super) fn pulse(&mut self, input: u8) {
        self.edges |= self.lines & (1 << input);
    }

    fn irr(&self) -> u8 {
        self.lines & (self.edges | self.elcr)
    }

    /// The place of an input in the order of priority, 0 the highest.
    fn rank(&self, input: u8) -> u8 {
        input.wrapping_sub(self.lowest.wrapping_add(1)) & 7
    }

    /// The input of highest priority in a set.
    fn highest(&self, set: u8) -> Option<u8> {
        let first = self.lowest.wrapping_add(1) & 7;
        match set.rotate_right(first.into()).trailing_zeros() {
            8 => None,
            rank => Some((first + rank as u8) & 7),
        }
    }

    /// The input whose interrupt is requested of the CPU, if any.
    pub(super) fn pending(&self, cascade: Option<u8>) -> Option<u8> {
        let wanted = self.irr() & !self.imr;
        if wanted == 0 || self.init != Init::Done {
            return None;
        }
        let candidate = self.highest(wanted)?;
        let mut blocking = self.isr;
        if self.special_mask {
            blocking &= !self.imr;
        }
        if self.special_fully_nested {
            // The slave's own priorities decide among its requests.
            blocking &= !cascade.map_or(0, |input| 1 << input);
        }
        match self.highest(blocking) {
            Some(served) if self.rank(served) <= self.rank(candidate) => None,
            _ => Some(candidate),
        }
    }

    /// The acknowledge cycles: the input comes into service. `None` when there is no request any more.
    pub(super) fn acknowledge(&mut self, cascade: Option<u8>) -> Option<u8> {
        let input = self.pending(cascade)?;
        self.edges &= !(1 << input);
        if !self.auto_eoi {
            self.isr |= 1 << input;
        } else if self.rotate_in_auto_eoi {
            self.lowest = input;
        }
        Some(input)
    }

    /// The vector of an input.
    pub(super) fn vector(&self, input: u8) -> u8 {
        self.vector_base | input
    }

    pub(super) fn elcr(&self) -> u8 {
        self.elcr
    }

    pub(super) fn set_elcr(&mut self, value: u8) {
        self.elcr = value;
    }

    /// A read of the even port, or of the odd one.
    pub(super) fn read(&mut self, odd: bool, cascade: Option<u8>) -> u8 {
        if std::mem::take(&mut self.poll) {
            return self.acknowledge(cascade).map_or(0, |input| POLL_FOUND | input);
        }
        match (odd, self.read_select) {
            (true, _) => self.imr,
            (false, ReadSelect::Irr) => self.irr(),
            (false, ReadSelect::Isr) => self.isr,
        }
    }

    /// A write to the even port.
    pub(super) fn write_even(&mut self, value: u8) -> Option<Unusual> {
        let icw1 = Icw1::from_bits_retain(value);
        if icw1.contains(Icw1::MARK) {
            return self.icw1(&icw1);
        }
        let ocw3 = Ocw3::from_bits_retain(value);
        if ocw3.contains(Ocw3::MARK) {
            self.ocw3(&ocw3);
        } else {
            self.ocw2(Ocw2::new(value));
        }
        None
    }

    /// A write to the odd port. `wired` is the ICW3 that the board's cascade needs.
    pub(super) fn write_odd(&mut self, value: u8, wired: u8) -> Option<Unusual> {
        match self.init {
            Init::Cold | Init::Done => {
                self.imr = value;
                None
            }
            Init::Icw2 => {
                self.vector_base = value & !7;
                self.init = if !self.single { Init::Icw3 } else { self.after_icw3() };
                None
            }
            Init::Icw3 => {
                self.init = self.after_icw3();
                (value != wired).then_some(Unusual::Cascade(value))
            }
            Init::Icw4 => {
                let icw4 = Icw4::from_bits_retain(value);
                self.auto_eoi = icw4.contains(Icw4::AUTO_EOI);
                self.special_fully_nested = icw4.contains(Icw4::SPECIAL_FULLY_NESTED);
                self.init = Init::Done;
                (!icw4.contains(Icw4::MODE_8086)).then_some(Unusual::Mode8080)
            }
        }
    }

    fn after_icw3(&self) -> Init {
        if self.wants_icw4 { Init::Icw4 } else { Init::Done }
    }

    /// Clears everything but the inputs and the ELCR; every line that is high must rise again to be seen.
    fn icw1(&mut self, icw1: &Icw1) -> Option<Unusual> {
        *self = Controller {
            lines: self.lines,
            elcr: self.elcr,
            vector_base: self.vector_base,
            init: Init::Icw2,
            wants_icw4: icw1.contains(Icw1::NEEDS_ICW4),
            single: icw1.contains(Icw1::SINGLE),
            ..Controller::new()
        };
        (!self.wants_icw4).then_some(Unusual::Mode8080)
    }

    fn ocw2(&mut self, order: Ocw2) {
        match order {
            Ocw2::RotateInAutoEoi(on) => self.rotate_in_auto_eoi = on,
            Ocw2::Nothing => {}
            Ocw2::SetPriority { lowest } => self.lowest = lowest,
            Ocw2::SpecificEoi { level, rotate } => self.end(level, rotate),
            Ocw2::Eoi { rotate } => {
                // In special mask mode a masked level is left in service.
                let ending = if self.special_mask { self.isr & !self.imr } else { self.isr };
                if let Some(level) = self.highest(ending) {
                    self.end(level, rotate);
                }
            }
        }
    }

    fn end(&mut self, level: u8, rotate: bool) {
        self.isr &= !(1 << level);
        if rotate {
            self.lowest = level;
        }
    }

    fn ocw3(&mut self, ocw3: &Ocw3) {
        if ocw3.contains(Ocw3::SELECT_SPECIAL_MASK) {
            self.special_mask = ocw3.contains(Ocw3::SPECIAL_MASK);
        }
        if ocw3.contains(Ocw3::POLL) {
            self.poll = true;
        }
        if ocw3.contains(Ocw3::SELECT_REGISTER) {
            let isr = ocw3.contains(Ocw3::READ_ISR);
            self.read_select = if isr { ReadSelect::Isr } else { ReadSelect::Irr };
        }
    }
}
