//! The pair of Intel 8259A interrupt controllers of a PC/AT, with the edge/level control register of EISA and
//! PCI chip sets.
//!
//! Ports: 20h-21h (IRQ 0-7), A0h-A1h (IRQ 8-15, cascaded to input 2 of the first), 4D0h-4D1h (ELCR).
//!
//! An edge-triggered request is latched when its line rises and lost when the line drops before the acknowledge;
//! the acknowledge then finds nothing and delivers level 7 of its controller, with no bit in service. A
//! level-triggered request is there as long as its line is high.
//!
//! Follows the 8259A data sheet (Intel 231468) and the 82371SB (PIIX3) data sheet for the ELCR.
//!
//! Deviations: the trigger bit of ICW1 is ignored, as in the PIIX3; 8080 mode and a cascade that is not the
//! board's are noted and ignored; no interrupt is requested before the first initialisation is complete. Both
//! acknowledge cycles happen at one instant, so a request cannot vanish between them.

mod controller;
mod regs;
#[cfg(test)]
mod tests;

use backplane::{Addr, Claims, Device, Refusal, Reset, Wires};
use controller::{Controller, Unusual};
use regs::*;
use serde::{Deserialize, Serialize};

const NAME: &str = "pic";

/// The two interrupt controllers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pics {
    /// Levels of the 16 ISA lines as last given.
    levels: u16,
    master: Controller,
    slave: Controller,
    /// The INTR output.
    intr: bool,
}

impl Default for Pics {
    fn default() -> Self {
        Self::new()
    }
}

impl Pics {
    /// Both controllers as at power-on: not initialised, nothing requested.
    pub fn new() -> Self {
        Pics { levels: 0, master: Controller::new(), slave: Controller::new(), intr: false }
    }

    /// Takes the levels of all ISA interrupt lines; bit `n` is IRQ `n`. Bit 2 is ignored: it is the cascade. A
    /// level that rises is an edge.
    #[inline]
    pub fn set_levels(&mut self, levels: u16) {
        if levels != self.levels {
            self.levels = levels;
            self.slave.set_lines((levels >> 8) as u8);
            self.update();
        }
    }

    /// Takes the levels without making an edge: for a board that was just put together from saved state.
    pub fn adopt_levels(&mut self, levels: u16) {
        self.levels = levels;
        self.slave.adopt_lines((levels >> 8) as u8);
        let cascade = u8::from(self.slave.pending(None).is_some()) << CASCADE;
        self.master.adopt_lines(levels as u8 & !(1 << CASCADE) | cascade);
        self.intr = self.master.pending(Some(CASCADE)).is_some();
    }

    /// The INTR output: an interrupt is requested of the CPU.
    #[inline]
    pub fn intr(&self) -> bool {
        self.intr
    }

    /// Both interrupt acknowledge cycles; returns the vector.
    pub fn acknowledge(&mut self) -> u8 {
        let vector = match self.master.acknowledge(Some(CASCADE)) {
            Some(CASCADE) => {
                let level = self.slave.acknowledge(None).unwrap_or(SPURIOUS);
                self.update();
                // The slave's output drops during the cycles; a request that is left rises anew.
                self.master.pulse(CASCADE);
                self.slave.vector(level)
            }
            level => self.master.vector(level.unwrap_or(SPURIOUS)),
        };
        self.update();
        vector
    }

    /// Hands the slave's output to the master and works out INTR.
    fn update(&mut self) {
        let cascade = u8::from(self.slave.pending(None).is_some()) << CASCADE;
        self.master.set_lines(self.levels as u8 & !(1 << CASCADE) | cascade);
        self.intr = self.master.pending(Some(CASCADE)).is_some();
    }

    fn note(w: &mut Wires, unusual: Option<Unusual>) {
        match unusual {
            Some(Unusual::Mode8080) => w.note(NAME, Refusal::Feature("8080 mode".into())),
            Some(Unusual::Cascade(value)) => w.note(NAME, Refusal::Value("ICW3".into(), value.into())),
            None => {}
        }
    }
}

impl Device for Pics {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        Claims::none().ports("pic 1", MASTER, 2).ports("pic 2", SLAVE, 2).ports("edge/level control", ELCR, 2)
    }

    fn read(&mut self, at: Addr, _w: &mut Wires) -> u32 {
        let Addr::Port(port, _) = at else { return at.width().mask() };
        let odd = port & 1 != 0;
        let value = match port & !1 {
            MASTER => self.master.read(odd, Some(CASCADE)),
            SLAVE => self.slave.read(odd, None),
            _ if odd => self.slave.elcr(),
            _ => self.master.elcr(),
        };
        self.update();
        value.into()
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        let Addr::Port(port, _) = at else { return };
        let value = value as u8;
        let unusual = match port {
            MASTER => self.master.write_even(value),
            SLAVE => self.slave.write_even(value),
            ELCR => {
                self.master.set_elcr(value & !EDGE_ONLY[0]);
                None
            }
            _ if port == MASTER + 1 => self.master.write_odd(value, 1 << CASCADE),
            _ if port == SLAVE + 1 => self.slave.write_odd(value, CASCADE),
            _ => {
                self.slave.set_elcr(value & !EDGE_ONLY[1]);
                None
            }
        };
        Self::note(w, unusual);
        self.update();
    }

    fn reset(&mut self, kind: Reset) {
        let Pics { levels, master, slave, intr } = self;
        let kept = if kind == Reset::PowerOn { 0 } else { *levels };
        *master = Controller::new();
        *slave = Controller::new();
        *intr = false;
        self.adopt_levels(kept);
    }
}
