//! The Motorola MC146818 real-time clock with 128 bytes of CMOS RAM, and the second bank of the PIIX3.
//!
//! Ports: 70h index and NMI mask, 71h data; 72h index and 73h data of the second bank. IRQ8.
//!
//! The clock starts from the date it is given and counts virtual time from a 32,768 Hz chain. Nothing ticks while
//! no interrupt is enabled: registers and flags are brought up to date when they are looked at.
//!
//! Follows the MC146818 data sheet and, for the second bank, the 82371SB (PIIX3) data sheet.
//!
//! Deviations: an update takes no time, so UIP is high for the 244 us before it and low after; daylight saving is
//! noted and not done; the century at 32h and 37h is one byte that the chip carries over with the year, in the
//! notation of register B; bytes that are no date count as the nearest that is.

mod calendar;
mod regs;
#[cfg(test)]
mod tests;

use backplane::{Addr, Claims, Device, Instant, Refusal, Reset, Wires};
use calendar::{Alarm, DAY_SECONDS, Notation};
use regs::*;
use serde::{Deserialize, Serialize};

pub use calendar::Date;

const NAME: &str = "rtc";

/// Frequency of the time base, in hertz.
const CRYSTAL_HZ: u64 = 32_768;
/// Cycles of the time base for which UIP announces an update: 244 us.
const UIP_CYCLES: u64 = 8;
/// Register A as a BIOS leaves it: 32,768 Hz time base, 1024 Hz periodic rate.
const A_INITIAL: u8 = 0x26;
/// Daylight saving enable in register B.
const DAYLIGHT: u8 = 0x01;

/// The clock and its RAM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rtc {
    /// Both banks; registers C and D are not kept here.
    #[serde(deserialize_with = "backplane::lists::exactly::<_, _, { 2 * BANK_BYTES }>")]
    cmos: Vec<u8>,
    /// Register C.
    flags: u8,
    index: u8,
    index_1: u8,
    nmi_masked: bool,
    /// Cycle of the crystal at which the divider chain was at zero.
    chain_start: u64,
    /// Cycles of the chain up to which updates, periods and flags are worked out.
    seen: u64,
    wake: Option<Instant>,
}

impl Rtc {
    /// A clock that shows `date` at switch-on, 24-hour and BCD.
    pub fn new(date: Date) -> Self {
        let mut rtc = Rtc {
            cmos: vec![0; 2 * BANK_BYTES],
            flags: 0,
            index: 0,
            index_1: 0,
            nmi_masked: true,
            chain_start: 0,
            seen: 0,
            wake: None,
        };
        rtc.cmos[REG_A] = A_INITIAL;
        rtc.cmos[REG_B] = RegB::HOURS_24.bits();
        rtc.cmos[REG_D] = VALID;
        rtc.set_date(&date.plus(0));
        rtc.cmos[WEEKDAY] = rtc.notation().byte(date.weekday());
        rtc
    }

    /// A byte of CMOS RAM as it was last brought up to date: 0-127 in the first bank, 128-255 in the second.
    pub fn cmos(&self, index: u8) -> u8 {
        match index as usize {
            REG_C => self.flags,
            index => self.cmos.get(index).copied().unwrap_or(0xFF),
        }
    }

    /// Presets a byte of CMOS RAM; indices as for [`Rtc::cmos`].
    pub fn set_cmos(&mut self, index: u8, value: u8) {
        self.store(index.into(), value);
        self.schedule();
    }

    /// Writes a byte; the century's two places are one.
    fn store(&mut self, index: usize, value: u8) {
        let twin = match index {
            CENTURY => CENTURY_PS2,
            CENTURY_PS2 => CENTURY,
            _ => index,
        };
        for index in [index, twin] {
            if let Some(byte) = self.cmos.get_mut(index) {
                *byte = value;
            }
        }
    }

    /// Whether the guest masks NMI (port 70h bit 7).
    pub fn nmi_masked(&self) -> bool {
        self.nmi_masked
    }

    fn notation(&self) -> Notation {
        Notation::of(self.cmos[REG_B])
    }

    fn reg_b(&self) -> RegB {
        RegB::from_bits_retain(self.cmos[REG_B])
    }

    /// The date in the registers.
    fn date(&self) -> Date {
        let n = self.notation();
        let number = |index: usize| n.number(self.cmos[index]);
        Date {
            year: u16::from(number(CENTURY)) * 100 + u16::from(number(YEAR)),
            month: number(MONTH),
            day: number(DAY),
            hour: n.hour(self.cmos[HOURS]),
            minute: number(MINUTES),
            second: number(SECONDS),
        }
    }

    fn set_date(&mut self, date: &Date) {
        let n = self.notation();
        let century = n.byte((date.year / 100) as u8);
        let bytes = [
            (CENTURY, century),
            (CENTURY_PS2, century),
            (YEAR, n.byte((date.year % 100) as u8)),
            (MONTH, n.byte(date.month)),
            (DAY, n.byte(date.day)),
            (HOURS, n.hour_byte(date.hour)),
            (MINUTES, n.byte(date.minute)),
            (SECONDS, n.byte(date.second)),
        ];
        for (index, byte) in bytes {
            self.cmos[index] = byte;
        }
    }

    fn alarm(&self) -> Alarm {
        let n = self.notation();
        let field = |index: usize, number: &dyn Fn(u8) -> u8| match self.cmos[index] {
            ANY.. => None,
            byte => Some(number(byte)),
        };
        Alarm {
            hour: field(HOURS_ALARM, &|byte| n.hour(byte)),
            minute: field(MINUTES_ALARM, &|byte| n.number(byte)),
            second: field(SECONDS_ALARM, &|byte| n.number(byte)),
        }
    }

    /// Cycles of the divider chain up to `now`; it stands still in reset.
    fn chain(&self, now: Instant) -> u64 {
        if divider_runs(self.cmos[REG_A]) {
            now.ticks(CRYSTAL_HZ).wrapping_sub(self.chain_start)
        } else {
            self.seen
        }
    }

    fn updates(&self) -> bool {
        !self.reg_b().contains(RegB::SET) && divider_runs(self.cmos[REG_A])
    }

    /// Works out everything up to `now`.
    fn catch_up(&mut self, now: Instant) {
        let chain = self.chain(now);
        let seen = std::mem::replace(&mut self.seen, chain);
        let passed = |cycles: u64| (chain / cycles).saturating_sub(seen / cycles);
        let seconds = passed(CRYSTAL_HZ);
        if period(self.cmos[REG_A]).is_some_and(|period| passed(period) > 0) {
            self.flags |= RegC::PERIODIC.bits();
        }
        if seconds > 0 && self.updates() {
            self.update(seconds);
        }
        self.raise();
    }

    /// So many updates of the time registers.
    fn update(&mut self, seconds: u64) {
        let before = self.date();
        self.flags |= RegC::UPDATE.bits();
        if self.alarm().next(before.second_of_day()).is_some_and(|until| until <= seconds) {
            self.flags |= RegC::ALARM.bits();
        }
        let after = before.plus(seconds);
        let days = before.days_until(&after);
        if days > 0 {
            let n = self.notation();
            let weekday = u64::from(n.number(self.cmos[WEEKDAY])) + 6 + days % 7;
            self.cmos[WEEKDAY] = n.byte((weekday % 7) as u8 + 1);
        }
        self.set_date(&after);
    }

    /// Sets the interrupt flag if a flag and its enable meet.
    fn raise(&mut self) {
        if self.flags & self.cmos[REG_B] & RegB::ENABLES.bits() != 0 {
            self.flags |= RegC::IRQ.bits();
        } else {
            self.flags &= !RegC::IRQ.bits();
        }
    }

    /// Works out when IRQ8 may rise next.
    fn schedule(&mut self) {
        self.wake = self
            .next_interrupt()
            .map(|chain| Instant::of_tick(chain.wrapping_add(self.chain_start), CRYSTAL_HZ));
    }

    /// The cycle of the chain at which an enabled flag is set next. None is needed while IRQ8 is asserted.
    fn next_interrupt(&self) -> Option<u64> {
        let b = self.reg_b();
        if (b & RegB::ENABLES).is_empty()
            || self.flags & RegC::IRQ.bits() != 0
            || !divider_runs(self.cmos[REG_A])
        {
            return None;
        }
        let boundary = |cycles: u64, ahead: u64| (self.seen / cycles + ahead) * cycles;
        let periodic = period(self.cmos[REG_A])
            .filter(|_| b.contains(RegB::PERIODIC_ENABLE))
            .map(|period| boundary(period, 1));
        let update = (b.contains(RegB::UPDATE_ENABLE) && self.updates()).then(|| boundary(CRYSTAL_HZ, 1));
        let alarm = (b.contains(RegB::ALARM_ENABLE) && self.updates())
            .then(|| self.alarm().next(self.date().second_of_day()).unwrap_or(DAY_SECONDS))
            .map(|seconds| boundary(CRYSTAL_HZ, seconds));
        [periodic, update, alarm].into_iter().flatten().min()
    }

    fn uip(&self) -> bool {
        self.updates() && self.seen % CRYSTAL_HZ >= CRYSTAL_HZ - UIP_CYCLES
    }

    fn read_register(&mut self, index: usize) -> u8 {
        match index {
            REG_A if self.uip() => self.cmos[REG_A] | RegA::UPDATE_IN_PROGRESS.bits(),
            REG_C => {
                let flags = std::mem::take(&mut self.flags);
                self.schedule();
                flags
            }
            _ => self.cmos.get(index).copied().unwrap_or(0xFF),
        }
    }

    fn write_register(&mut self, index: usize, value: u8, w: &mut Wires) {
        match index {
            REG_A => self.write_a(value, w.now),
            REG_B => {
                let mut b = RegB::from_bits_retain(value);
                if b.contains(RegB::SET) {
                    b.remove(RegB::UPDATE_ENABLE);
                }
                if value & DAYLIGHT != 0 {
                    w.note(NAME, Refusal::Feature("daylight saving".into()));
                }
                self.cmos[REG_B] = b.bits();
                self.raise();
            }
            REG_C | REG_D => {}
            _ => self.store(index, value),
        }
        self.schedule();
    }

    fn write_a(&mut self, value: u8, now: Instant) {
        let ran = divider_runs(self.cmos[REG_A]);
        self.cmos[REG_A] = value & !RegA::UPDATE_IN_PROGRESS.bits();
        if !ran && divider_runs(value) {
            // The first update comes half a second after the chain is let go.
            self.seen = CRYSTAL_HZ / 2;
            self.chain_start = now.ticks(CRYSTAL_HZ).wrapping_sub(self.seen);
        }
    }
}

impl Device for Rtc {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        Claims::none().ports("clock and CMOS", BANK_0, 4).irq("clock", 8)
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        match at {
            Addr::Port(port, _) if port == BANK_0 + 1 => {
                self.catch_up(w.now);
                self.read_register(self.index.into()).into()
            }
            Addr::Port(BANK_1, _) => self.index_1.into(),
            Addr::Port(port, _) if port == BANK_1 + 1 => {
                self.read_register(BANK_BYTES + (self.index_1 & !NMI_MASK) as usize).into()
            }
            // The index of the first bank is write only.
            _ => at.width().mask(),
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        let Addr::Port(port, _) = at else { return };
        let value = value as u8;
        match port {
            BANK_0 => {
                self.nmi_masked = value & NMI_MASK != 0;
                self.index = value & !NMI_MASK;
            }
            BANK_1 => self.index_1 = value & !NMI_MASK,
            _ if port == BANK_0 + 1 => {
                self.catch_up(w.now);
                self.write_register(self.index.into(), value, w);
            }
            _ => self.write_register(BANK_BYTES + (self.index_1 & !NMI_MASK) as usize, value, w),
        }
    }

    fn wake(&self) -> Option<Instant> {
        self.wake
    }

    fn tick(&mut self, w: &mut Wires) {
        if self.wake.is_some_and(|at| at <= w.now) {
            self.catch_up(w.now);
            self.schedule();
        }
    }

    fn lines(&self) -> u16 {
        u16::from(self.flags & RegC::IRQ.bits() != 0)
    }

    /// Time and RAM are kept by the battery; interrupts are disabled, NMI too (PIIX3 data sheet, NMIEN).
    /// The battery keeps the memory and the time.
    fn reset(&mut self, kind: Reset) {
        let Rtc { cmos, flags, index, index_1, nmi_masked, chain_start, seen, wake } = self;
        if kind == Reset::PowerOn {
            (*chain_start, *seen) = Default::default();
        }
        cmos[REG_B] &= !RegB::RESET.bits();
        (*flags, *index, *index_1, *nmi_masked, *wake) = (0, 0, 0, true, None);
    }
}
