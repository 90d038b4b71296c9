//! One stay in the guest: entries and exits until something is due.
#![forbid(unsafe_code)]

use super::Guest;
use super::kick::Timer;
use super::vcpu::Came;
use crate::{Outcome, Refusal};
use backplane::{Ram, Width};
use engine::{Bus, CpuState, EFlags, Exit, Page};
use std::time::{Duration, Instant};

/// The longest time without a look around: a guest that spins is brought out by then.
const LONGEST: Duration = Duration::from_millis(10);

pub(super) struct Stretch<'a> {
    ram: &'a Ram,
    bus: &'a mut dyn Bus,
    guest: &'a mut Guest,
    timer: &'a mut Timer,
    picoseconds: u64,
    /// Instructions, as virtual time counts them, before this stay.
    began: u64,
    /// As far as time has come.
    retired: u64,
    /// Host time in the guest.
    inside: Duration,
    /// An access was answered, and the instruction is not complete before the next entry.
    under_way: bool,
    /// Whether an interrupt may come before the next instruction, until KVM says so itself.
    takes_interrupts: Option<bool>,
}

impl<'a> Stretch<'a> {
    pub(super) fn new(
        cpu: &CpuState,
        ram: &'a Ram,
        bus: &'a mut dyn Bus,
        guest: &'a mut Guest,
        timer: &'a mut Timer,
    ) -> Stretch<'a> {
        let shadow = cpu.interruptibility.sti_shadow || cpu.interruptibility.ss_shadow;
        let takes = cpu.eflags & EFlags::IF.bits() != 0 && !shadow && !cpu.interruptibility.nmi_pending;
        Stretch {
            ram,
            bus,
            guest,
            timer,
            picoseconds: cpu.model.picoseconds_per_instruction(),
            began: cpu.retired,
            retired: cpu.retired,
            inside: Duration::ZERO,
            under_way: false,
            takes_interrupts: Some(takes),
        }
    }

    /// How it ended, and how far time came.
    pub(super) fn run(mut self) -> (Outcome, u64) {
        let outcome = loop {
            if let Some(outcome) = self.step() {
                break outcome;
            }
        };
        self.complete();
        self.guest.vcpu.exit_at_once(false);
        self.timer.rest();
        (outcome, self.retired)
    }

    fn step(&mut self) -> Option<Outcome> {
        let due = self.bus.due();
        if self.retired >= due {
            return Some(Outcome::Exit(Exit::Due));
        }
        if let Err(message) = self.follow_map() {
            return Some(Outcome::Refused(Refusal::Host(message)));
        }
        if self.bus.interrupt() && self.may_interrupt() {
            let vector = self.bus.acknowledge(self.retired);
            if let Err(error) = self.guest.vcpu.interrupt(vector) {
                return Some(Outcome::Refused(Refusal::Host(error.to_string())));
            }
            self.takes_interrupts = Some(false);
        }
        let waits = self.bus.interrupt();
        self.guest.vcpu.want_window(waits);
        let left = u128::from(due - self.retired) * u128::from(self.picoseconds) / 1000;
        let left = Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX).max(1));
        let came = self.enter(Some(left.min(LONGEST)));
        self.takes_interrupts = None;
        self.answer(came)
    }

    fn may_interrupt(&mut self) -> bool {
        match self.takes_interrupts {
            Some(takes) => takes,
            None => self.guest.vcpu.takes_interrupts(),
        }
    }

    /// Enters the guest, for a span at most or until it comes out by itself.
    fn enter(&mut self, at_most: Option<Duration>) -> Came {
        let before = Instant::now();
        let came = self.guest.vcpu.enter(|| at_most.into_iter().for_each(|span| self.timer.within(span)));
        self.inside += before.elapsed();
        self.under_way = false;
        let passed = self.inside.as_nanos() * 1000 / u128::from(self.picoseconds);
        let reached = self.began.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX));
        // What passes between the due time and the exit does not count.
        self.retired = self.retired.max(reached.min(self.bus.due()));
        came
    }

    /// Does what the guest came out for; the outcome if this ends the stay.
    fn answer(&mut self, came: Came) -> Option<Outcome> {
        let refused = |refusal| Some(Outcome::Refused(refusal));
        match came {
            Came::Ports { port, width, write, data } => {
                self.ports(port, width, write, data);
                None
            }
            Came::Memory { address, write, data } => {
                self.memory(address, write, data);
                None
            }
            Came::Kicked => {
                self.guest.vcpu.exit_at_once(false);
                None
            }
            Came::Window => None,
            Came::Halt => Some(Outcome::Exit(Exit::Halted)),
            Came::Msr => refused(Refusal::Msr),
            Came::Shutdown => refused(Refusal::Shutdown),
            Came::Entry => refused(Refusal::Entry),
            Came::Emulation => refused(Refusal::Emulation),
            Came::Other(what) => refused(Refusal::Host(what)),
        }
    }

    fn ports(&mut self, port: u16, width: Width, write: bool, mut data: Vec<u8>) {
        self.under_way = true;
        for item in data.chunks_exact_mut(width.bytes() as usize) {
            if write {
                self.bus.write_port(port, width, number(item), self.retired);
            } else {
                let value = self.bus.read_port(port, width, self.retired);
                item.copy_from_slice(&value.to_le_bytes()[..item.len()]);
            }
        }
        if !write {
            self.guest.vcpu.answer_ports(&data);
        }
    }

    fn memory(&mut self, address: u64, write: bool, mut data: Vec<u8>) {
        self.under_way = true;
        let mut at = address as u32 & self.bus.a20_mask();
        let mut rest = &mut data[..];
        while !rest.is_empty() {
            // Chips are not asked across a dword.
            let room = (4 - (at & 3) as usize).min(rest.len());
            let (width, len) = match room {
                4 => (Width::Dword, 4),
                2 | 3 if at & 1 == 0 => (Width::Word, 2),
                _ => (Width::Byte, 1),
            };
            let (item, behind) = rest.split_at_mut(len);
            self.cell(at, width, write, item);
            at = at.wrapping_add(len as u32);
            rest = behind;
        }
        if !write {
            self.guest.vcpu.answer_memory(&data);
        }
    }

    fn cell(&mut self, at: u32, width: Width, write: bool, item: &mut [u8]) {
        match (self.bus.page(at), write) {
            (Page::Device, true) => self.bus.write_mmio(at, width, number(item), self.retired),
            (Page::Device, false) => {
                let value = self.bus.read_mmio(at, width, self.retired);
                item.copy_from_slice(&value.to_le_bytes()[..item.len()]);
            }
            (Page::Ram { writable: false, .. }, true) => {}
            (Page::Ram { offset, .. }, true) => self.ram.write(offset as usize + (at & 0xFFF) as usize, item),
            (Page::Ram { offset, .. }, false) => self.ram.read(offset as usize + (at & 0xFFF) as usize, item),
        }
    }

    /// Completes the instruction whose access was answered, which may bring more accesses.
    fn complete(&mut self) {
        while self.under_way {
            self.guest.vcpu.exit_at_once(true);
            let came = self.enter(None);
            // The flag brings the vCPU out as soon as nothing is under way.
            if matches!(came, Came::Ports { .. } | Came::Memory { .. }) {
                self.answer(came);
            }
        }
    }

    /// Slots follow the bus between two instructions.
    fn follow_map(&mut self) -> Result<(), String> {
        if !self.guest.slots.is_current(self.bus) {
            self.complete();
            self.guest.vcpu.exit_at_once(false);
            self.guest.slots.update(&self.guest.vcpu.vm, self.ram, self.bus)?;
        }
        Ok(())
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte))
}
