//! The local APIC of a Pentium or later, alone in its machine.
//!
//! Memory: 4 KiB at FEE00000h, where the CPU's APIC_BASE has not moved or closed it. No interrupt line: the board asks it what
//! reaches the CPU ([`LocalApic::interrupt`], [`LocalApic::acknowledge`], [`LocalApic::passes_nmi`],
//! [`LocalApic::take_nmi`]). The 8259A is on pin LINT0 and NMI on LINT1, as in the MultiProcessor Specification 1.4, 3.6.2.2
//! (virtual wire mode); while the APIC is off, they are the CPU's own pins.
//!
//! Follows the Intel SDM vol. 3, chapter 10, and for the Pentium its Developer's Manual vol. 3, chapter 19.
//!
//! Deviations: the bus has 100 MHz at any CPU clock. Pins deliver in mode ExtINT (LINT0) and NMI (LINT1) only. Accesses other
//! than a dword at a multiple of 16 read as part of the dword, and write nothing. The CPU's INIT leaves it alone, so that
//! firmware that returns from a reset by CMOS 0Fh still has its interrupts.

mod regs;
#[cfg(test)]
mod tests;
mod timer;
mod vectors;

use backplane::{Addr, Claims, Device, Instant, Reset, Width, Wires};
use regs::{BASE, Command, Delivery, Errors, LEN, Lvt, Shorthand, Spurious, at};
use serde::{Deserialize, Serialize};
use timer::Timer;
use vectors::Vectors;

/// How many vectors a generation's local table has, and so which registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ApicGeneration {
    /// Timer, LINT0, LINT1, error.
    Pentium,
    /// And performance counters.
    P6,
    /// And the thermal sensor.
    NetBurst,
}

impl ApicGeneration {
    fn version(self) -> u32 {
        match self {
            ApicGeneration::Pentium => 0x0003_0010,
            ApicGeneration::P6 => 0x0004_0011,
            ApicGeneration::NetBurst => 0x0005_0014,
        }
    }

    fn has(self, register: u32) -> bool {
        match register {
            at::THERMAL => self >= ApicGeneration::NetBurst,
            at::PERFORMANCE => self >= ApicGeneration::P6,
            _ => true,
        }
    }
}

/// The APIC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalApic {
    generation: ApicGeneration,
    /// What APIC_BASE says: whether it is on, and where its registers are.
    on: bool,
    base: u64,
    id: u32,
    task_priority: u32,
    logical_destination: u32,
    destination_format: u32,
    spurious: u32,
    requests: Vectors,
    in_service: Vectors,
    /// Errors since the last write to the status register, and what that showed.
    errors: Errors,
    shown_errors: Errors,
    command: [u32; 2],
    /// Timer, thermal sensor, performance counters, LINT0, LINT1, error.
    lvt: [u32; 6],
    timer: Timer,
    /// A message asked for an NMI.
    nmi: bool,
}

impl LocalApic {
    /// The APIC after RESET: on, at FEE00000h, taking no interrupts.
    pub fn new(generation: ApicGeneration) -> LocalApic {
        LocalApic {
            generation,
            on: true,
            base: BASE,
            id: 0,
            task_priority: 0,
            logical_destination: 0,
            destination_format: u32::MAX,
            spurious: 0xFF,
            requests: Vectors::default(),
            in_service: Vectors::default(),
            errors: Errors::empty(),
            shown_errors: Errors::empty(),
            command: [0; 2],
            lvt: [Lvt::MASKED.bits(); 6],
            timer: Timer::default(),
            nmi: false,
        }
    }

    /// What the CPU's APIC_BASE says: whether the APIC is on, and the physical address of its registers, a multiple of 4 KiB.
    /// One that goes off forgets everything.
    pub fn place(&mut self, on: bool, base: u64) {
        *self = if on { self.clone() } else { LocalApic::new(self.generation) };
        (self.on, self.base) = (on, base);
    }

    /// Whether the CPU's INTR is up, while that of the 8259A is `pic`.
    #[inline]
    pub fn interrupt(&self, pic: bool) -> bool {
        pic && self.passes_pic() || self.deliverable().is_some()
    }

    /// The CPU takes an interrupt of the APIC's own: its vector. None when it is the 8259A's.
    pub fn acknowledge(&mut self) -> Option<u8> {
        let vector = self.deliverable()?;
        self.requests.remove(vector);
        self.in_service.insert(vector);
        Some(vector)
    }

    /// Whether the CPU's NMI pin reaches the CPU.
    pub fn passes_nmi(&self) -> bool {
        !self.on || self.lets_through(at::LINT1, Delivery::Nmi)
    }

    /// Whether a message asked for an NMI since the last call.
    pub fn take_nmi(&mut self) -> bool {
        std::mem::take(&mut self.nmi)
    }

    fn passes_pic(&self) -> bool {
        !self.on || self.lets_through(at::LINT0, Delivery::ExtInt)
    }

    /// The distance of an address from the first register.
    fn offset(&self, address: u32) -> u32 {
        address.wrapping_sub(self.base as u32)
    }

    /// Where the registers are, unless that is out of reach.
    fn window(&self) -> Option<u32> {
        u32::try_from(self.base).ok().filter(|_| self.on)
    }

    fn lets_through(&self, pin: u32, delivery: Delivery) -> bool {
        let entry = self.lvt[(pin - at::TIMER) as usize];
        entry & Lvt::MASKED.bits() == 0 && Delivery::of(entry) == delivery
    }

    fn is_enabled(&self) -> bool {
        self.spurious & Spurious::ENABLED.bits() != 0
    }

    /// The request that may interrupt what runs.
    fn deliverable(&self) -> Option<u8> {
        let vector = self.requests.highest()?;
        (self.is_enabled() && u32::from(vector) >> 4 > self.processor_priority() >> 4).then_some(vector)
    }

    fn processor_priority(&self) -> u32 {
        let serving = self.in_service.highest().map_or(0, |vector| u32::from(vector) & 0xF0);
        if self.task_priority & 0xF0 >= serving { self.task_priority } else { serving }
    }

    /// The value that the bus arbitrates with.
    fn arbitration_priority(&self) -> u32 {
        let waiting = self.requests.highest().map_or(0, |vector| u32::from(vector) & 0xF0);
        self.processor_priority().max(waiting)
    }

    /// Takes a fixed interrupt.
    fn request(&mut self, vector: u8) {
        if vector < 16 {
            self.fail(Errors::RECEIVE_ILLEGAL_VECTOR);
        } else if self.is_enabled() {
            self.requests.insert(vector);
        }
    }

    /// Records an error, and interrupts if the table says so.
    fn fail(&mut self, error: Errors) {
        self.errors |= error;
        let entry = self.lvt[(at::ERROR - at::TIMER) as usize];
        // A vector that is illegal itself raises nothing more.
        if entry & Lvt::MASKED.bits() == 0 && entry as u8 >= 16 && self.is_enabled() {
            self.requests.insert(entry as u8);
        }
    }

    /// Whether a message comes to this APIC, the only one.
    fn is_meant(&self, command: u32) -> bool {
        let destination = self.command[1] >> 24;
        match Shorthand::of(command) {
            Shorthand::This | Shorthand::All => true,
            Shorthand::Others => false,
            Shorthand::None if command & Command::LOGICAL.bits() == 0 => {
                // The bus of the P6 and before has four bits of identity.
                let mask = if self.generation == ApicGeneration::NetBurst { 0xFF } else { 0xF };
                destination & mask == mask || destination & mask == self.id >> 24 & mask
            }
            Shorthand::None => {
                let own = self.logical_destination >> 24;
                if self.destination_format >> 28 == 0xF {
                    destination & own != 0
                } else {
                    // Clusters: the upper half must agree, or be the broadcast's.
                    (destination >> 4 == own >> 4 || destination >> 4 == 0xF) && destination & own & 0xF != 0
                }
            }
        }
    }

    /// Sends the message of the command register.
    fn send(&mut self, w: &mut Wires) {
        let command = self.command[0];
        let vector = command as u8;
        let meant = self.is_meant(command);
        match Delivery::of(command) {
            Delivery::Fixed | Delivery::LowestPriority if vector < 16 => {
                self.fail(Errors::SEND_ILLEGAL_VECTOR);
            }
            Delivery::Fixed | Delivery::LowestPriority if meant => self.request(vector),
            Delivery::Nmi if meant => self.nmi = true,
            Delivery::Fixed | Delivery::LowestPriority | Delivery::Nmi
                if Shorthand::of(command) == Shorthand::None =>
            {
                self.fail(Errors::SEND_ACCEPT);
            }
            // De-asserting INIT by level only sets arbitration identities.
            Delivery::Init if meant && command & Command::ASSERT.bits() != 0 => {
                w.signals.reset = Some(Reset::Cpu);
            }
            _ => {}
        }
    }

    fn set_lvt(&mut self, register: u32, value: u32) {
        let kept = match register {
            at::TIMER => Lvt::TIMER,
            at::LINT0 | at::LINT1 => Lvt::PIN,
            at::ERROR => Lvt::ERROR,
            _ => Lvt::INTERNAL,
        };
        let mask = if self.is_enabled() { Lvt::empty() } else { Lvt::MASKED };
        self.lvt[(register - at::TIMER) as usize] = value & kept.bits() | mask.bits();
    }

    fn register(&self, register: u32, now: Instant) -> Option<u32> {
        Some(match register {
            at::ID => self.id,
            at::VERSION => self.generation.version(),
            at::TASK_PRIORITY => self.task_priority,
            at::ARBITRATION_PRIORITY => self.arbitration_priority(),
            at::PROCESSOR_PRIORITY => self.processor_priority(),
            at::END_OF_INTERRUPT => 0,
            at::LOGICAL_DESTINATION => self.logical_destination,
            at::DESTINATION_FORMAT => self.destination_format,
            at::SPURIOUS => self.spurious,
            at::IN_SERVICE..=at::IN_SERVICE_LAST => self.in_service.word(register - at::IN_SERVICE),
            // Nothing here is triggered by level.
            at::TRIGGER_MODE..=at::TRIGGER_MODE_LAST => 0,
            at::REQUEST..=at::REQUEST_LAST => self.requests.word(register - at::REQUEST),
            at::ERROR_STATUS => self.shown_errors.bits(),
            at::COMMAND_LOW => self.command[0],
            at::COMMAND_HIGH => self.command[1],
            at::TIMER..=at::ERROR if self.generation.has(register) => {
                self.lvt[(register - at::TIMER) as usize]
            }
            at::INITIAL_COUNT => self.timer.initial(),
            at::CURRENT_COUNT => self.timer.current(now),
            at::DIVIDE => self.timer.divide(),
            _ => return None,
        })
    }

    fn set_register(&mut self, register: u32, value: u32, w: &mut Wires) {
        match register {
            at::ID => self.id = value & 0xFF00_0000,
            at::TASK_PRIORITY => self.task_priority = value & 0xFF,
            at::END_OF_INTERRUPT => {
                if let Some(vector) = self.in_service.highest() {
                    self.in_service.remove(vector);
                }
            }
            at::LOGICAL_DESTINATION => self.logical_destination = value & 0xFF00_0000,
            at::DESTINATION_FORMAT => self.destination_format = value | 0x0FFF_FFFF,
            at::SPURIOUS => {
                self.spurious = value & Spurious::KEPT.bits();
                if !self.is_enabled() {
                    self.lvt.iter_mut().for_each(|entry| *entry |= Lvt::MASKED.bits());
                }
            }
            at::ERROR_STATUS => self.shown_errors = std::mem::take(&mut self.errors),
            at::COMMAND_LOW => {
                self.command[0] = value & Command::KEPT.bits();
                self.send(w);
            }
            at::COMMAND_HIGH => self.command[1] = value & 0xFF00_0000,
            at::TIMER..=at::ERROR if self.generation.has(register) => {
                self.set_lvt(register, value);
                if register == at::TIMER {
                    self.timer.set_periodic(value & Lvt::PERIODIC.bits() != 0);
                }
            }
            at::INITIAL_COUNT => self.timer.load(value, w.now),
            at::DIVIDE => self.timer.set_divide(value, w.now),
            // Read only.
            _ if self.register(register, w.now).is_some() => {}
            _ => self.fail(Errors::ILLEGAL_REGISTER),
        }
    }

    fn timer_interrupts(&self) -> bool {
        self.lvt[0] & Lvt::MASKED.bits() == 0
    }
}

impl Device for LocalApic {
    fn name(&self) -> &'static str {
        "local APIC"
    }

    fn claims(&self) -> Claims {
        self.window().map_or_else(Claims::none, |base| Claims::none().mmio("registers", base, LEN))
    }

    fn claims_key(&self) -> u64 {
        self.window().map_or(0, |base| u64::from(base) | 1)
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        let Addr::Mmio(address, _) = at else { return u32::MAX };
        self.tick(w);
        let offset = self.offset(address);
        if offset & 0xC != 0 {
            return 0;
        }
        match self.register(offset >> 4, w.now) {
            Some(value) => value >> (8 * (offset & 3)),
            None => {
                self.fail(Errors::ILLEGAL_REGISTER);
                0
            }
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        let Addr::Mmio(address, Width::Dword) = at else { return };
        self.tick(w);
        let offset = self.offset(address);
        if offset & 0xF == 0 {
            self.set_register(offset >> 4, value, w);
        }
    }

    /// A masked timer counts without being looked at.
    fn wake(&self) -> Option<Instant> {
        self.timer.expiry().filter(|_| self.timer_interrupts())
    }

    fn tick(&mut self, w: &mut Wires) {
        if self.timer.expire(w.now) && self.timer_interrupts() {
            self.request(self.lvt[0] as u8);
        }
    }

    fn reset(&mut self, _kind: Reset) {
        *self = LocalApic::new(self.generation);
    }
}
