//! Intel 82371AB (PIIX4), function 3: power management and SMBus, 8086:7113, PCI device 1.
//!
//! Ports: 64 at PMBA (ACPI PM1 event, control and timer, general-purpose events, global registers), 16 at SMBBA
//! (SMBus host), and B2-B3 (APM control and status; use [`super::Piix3::beside_piix4`]). The SCI is ISA
//! interrupt 9.
//!
//! Follows: Intel 82371AB datasheet (290562), ACPI 1.0b chapter 4. Deviations: there is no SMI#. ACPI enable
//! and disable commands (F1h, F0h at B2), which firmware would serve in system management mode, act on SCI_EN
//! directly, and DEVACTB starts with APMC_EN set, which tells firmware that SMM is set up already: SeaBIOS
//! would wait for an SMI forever. Suspend types other than soft off are noted. The SMBus has no devices.

mod regs;
mod smbus;
#[cfg(test)]
mod tests;

use super::config::{Command, ConfigSpace, Identity, offset};
use backplane::{Addr, Claims, Device, Instant, Refusal, Reset, What, Width, Wires};
use regs::{Control, Event, pm};
use serde::{Deserialize, Serialize};
use smbus::SmbusHost;

const NAME: &str = "PIIX4 PM";

/// The power management function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piix4Pm {
    config: ConfigSpace,
    status: Event,
    enable: Event,
    control: Control,
    /// How often the timer's top bit had changed when that was last looked at.
    timer_halves: u64,
    /// General-purpose event enables (high word), processor, global and device control, outputs.
    general_enable: u16,
    processor: u32,
    global_enable: u32,
    global_control: u32,
    device_control: u32,
    outputs: u32,
    smbus: SmbusHost,
    apm: [u8; 2],
}

impl Default for Piix4Pm {
    fn default() -> Self {
        Self::new()
    }
}

impl Piix4Pm {
    /// A function as after power-on.
    pub fn new() -> Self {
        Piix4Pm {
            config: config(),
            status: Event::empty(),
            enable: Event::empty(),
            control: Control::empty(),
            timer_halves: 0,
            general_enable: 0,
            processor: 0,
            global_enable: 0,
            global_control: 0,
            device_control: 0,
            outputs: 0,
            smbus: SmbusHost::default(),
            apm: [0; 2],
        }
    }

    /// The power button goes down: the guest sees it as a PM1 event.
    pub fn press_power_button(&mut self) {
        self.status |= Event::POWER_BUTTON;
    }

    /// The RTC's alarm line rose.
    pub fn raise_rtc_event(&mut self) {
        self.status |= Event::RTC;
    }

    /// The first power management port while they are enabled.
    pub fn pm_base(&self) -> Option<u16> {
        let base = (self.config.dword(regs::PMBA) & 0xFFC0) as u16;
        (base != 0 && self.config.byte(regs::PMREGMISC) & 1 != 0).then_some(base)
    }

    /// The first SMBus port while they are enabled.
    fn smbus_base(&self) -> Option<u16> {
        let base = (self.config.dword(regs::SMBBA) & 0xFFF0) as u16;
        let enabled = self.config.byte(regs::SMBHSTCFG) & 1 != 0;
        (base != 0 && enabled && self.config.command().contains(Command::IO)).then_some(base)
    }

    fn place(&self, port: u16) -> Option<Place> {
        let inside = |base: Option<u16>, count: u16| {
            base.and_then(|b| port.checked_sub(b)).filter(|n| *n < count).map(|n| n as u8)
        };
        if let Some(n) = inside(self.pm_base(), regs::PM_PORTS) {
            return Some(Place::Pm(n));
        }
        if let Some(n) = inside(self.smbus_base(), regs::SMB_PORTS) {
            return Some(Place::Smbus(n));
        }
        inside(Some(regs::APMC), 2).map(Place::Apm)
    }

    fn catch_up(&mut self, now: Instant) {
        let halves = now.ticks(regs::TIMER_HZ) >> regs::TIMER_HALF;
        if halves != self.timer_halves {
            self.timer_halves = halves;
            self.status |= Event::TIMER;
        }
    }

    fn pm_dword(&self, offset: u8, now: Instant) -> u32 {
        let pair = |low: u16, high: u16| u32::from(low) | u32::from(high) << 16;
        match offset {
            pm::EVENT => pair(self.status.bits(), self.enable.bits()),
            pm::CONTROL => self.control.bits().into(),
            pm::TIMER => now.ticks(regs::TIMER_HZ) as u32 & regs::TIMER_MASK,
            pm::GENERAL_EVENT => pair(0, self.general_enable),
            pm::PROCESSOR => self.processor,
            pm::GLOBAL_ENABLE => self.global_enable,
            pm::GLOBAL_CONTROL => self.global_control,
            pm::DEVICE_CONTROL => self.device_control,
            pm::OUTPUTS => self.outputs,
            // P_LVL2, P_LVL3, general-purpose inputs and reserved ports.
            _ => 0,
        }
    }

    fn write_pm(&mut self, offset: u8, value: u8, w: &mut Wires) {
        let shift = 8 * u32::from(offset & 3);
        let (bits, mask) = (u32::from(value) << shift, 0xFF << shift);
        let merge = |old: u32| old & !mask | bits;
        match offset & !3 {
            pm::EVENT if shift < 16 => self.status &= !Event::from_bits_truncate(bits as u16),
            pm::EVENT => {
                let old = u32::from(self.enable.bits()) << 16;
                self.enable = Event::from_bits_truncate((merge(old) >> 16) as u16) & regs::SCI_EVENTS;
            }
            pm::CONTROL => self.write_control(merge(self.control.bits().into()) as u16, w),
            pm::GENERAL_EVENT => {
                self.general_enable = (merge(u32::from(self.general_enable) << 16) >> 16) as u16 & 0x0F01;
            }
            pm::PROCESSOR => self.processor = merge(self.processor) & 0x0003_7E1E,
            pm::GLOBAL_ENABLE => self.global_enable = merge(self.global_enable) & 0x0003_FFFF,
            pm::GLOBAL_CONTROL => self.global_control = merge(self.global_control) & 0x07FF_FFFF,
            pm::DEVICE_CONTROL => self.device_control = merge(self.device_control),
            pm::OUTPUTS => self.outputs = merge(self.outputs) & 0x7FFF_FFFF,
            // The timer counts on, the status registers have nothing to clear.
            pm::TIMER | pm::GLOBAL_STATUS | pm::DEVICE_STATUS => {}
            _ => w.note(NAME, Refusal::Register(offset.into())),
        }
    }

    fn write_control(&mut self, value: u16, w: &mut Wires) {
        let bits = Control::from_bits_truncate(value);
        self.control = bits - Control::SUS_EN - Control::GBL_RLS;
        if bits.contains(Control::SUS_EN) {
            match bits.bits() >> regs::SUS_TYP & 7 {
                0 => w.signals.power_off = true,
                other => w.note(NAME, Refusal::Feature(format!("suspend type {other}"))),
            }
        }
    }

    fn write_apm(&mut self, offset: u8, value: u8, w: &mut Wires) {
        self.apm[usize::from(offset & 1)] = value;
        if offset != 0 {
            return;
        }
        match value {
            regs::ACPI_ENABLE => self.control |= Control::SCI_EN,
            regs::ACPI_DISABLE => self.control -= Control::SCI_EN,
            0 => {}
            _ => w.note(NAME, Refusal::Feature(format!("SMI# on APM command {value:02X}h"))),
        }
    }
}

/// Which block a port belongs to, and its offset there.
enum Place {
    Pm(u8),
    Smbus(u8),
    Apm(u8),
}

fn config() -> ConfigSpace {
    let mut config = ConfigSpace::new(Identity {
        vendor: 0x8086,
        device: 0x7113,
        revision: 3,
        class: 0x06_8000,
        multi_function: false,
        subsystem: (0, 0),
    })
    .with_command(Command::empty(), Command::IO)
    .with_status(0x0280, 0x7800)
    .with_interrupt_pin(1)
    .with_register(offset::LATENCY, Width::Byte, 0, 0)
    .with_register(regs::PMBA, Width::Dword, 1, 0xFFC0)
    .with_register(regs::PMREGMISC, Width::Byte, 0, 0x01)
    .with_register(regs::SMBBA, Width::Dword, 1, 0xFFF0)
    .with_register(regs::SMBHSTCFG, Width::Byte, 0, 0x0F)
    .with_register(regs::SMBSLVC, Width::Byte, 0, 0xFF)
    .with_register(regs::SMBSLVC + 1, Width::Byte, 0, 0xFF)
    .with_register(regs::SMBSLVC + 2, Width::Byte, 0, 0xFF)
    .with_register(regs::SMBREV, Width::Byte, 0, 0);
    for register in (regs::CNTA..=regs::DEVRES_LAST).step_by(4) {
        let initial = if register == regs::DEVACTB { regs::APMC_EN } else { 0 };
        config = config.with_register(register, Width::Dword, initial, u32::MAX);
    }
    config
}

impl Device for Piix4Pm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        let mut claims = Claims::none()
            .with("power management", What::Config { device: regs::DEVICE, function: regs::FUNCTION })
            .irq("SCI", regs::SCI)
            .ports("APM", regs::APMC, 2);
        if let Some(base) = self.pm_base() {
            claims = claims.wide_ports("ACPI", base, regs::PM_PORTS, Width::Dword);
        }
        if let Some(base) = self.smbus_base() {
            claims = claims.ports("SMBus", base, regs::SMB_PORTS);
        }
        claims
    }

    fn claims_key(&self) -> u64 {
        let key = |base: Option<u16>| base.map_or(0, |b| u64::from(b) << 1 | 1);
        key(self.pm_base()) | key(self.smbus_base()) << 32
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        let (port, width) = match at {
            Addr::Config { register, width, .. } => return self.config.read(register, width),
            Addr::Port(port, width) => (port, width),
            Addr::Mmio(..) => return u32::MAX,
        };
        match self.place(port) {
            Some(Place::Pm(offset)) => {
                self.catch_up(w.now);
                (0..width.bytes() as u8).fold(0, |value, n| {
                    let at = offset.wrapping_add(n);
                    let byte = self.pm_dword(at & !3, w.now) >> (8 * u32::from(at & 3)) & 0xFF;
                    value | byte << (8 * u32::from(n))
                })
            }
            Some(Place::Smbus(offset)) => self.smbus.read(offset).into(),
            Some(Place::Apm(offset)) => self.apm[usize::from(offset & 1)].into(),
            None => u32::MAX,
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        let (port, width) = match at {
            Addr::Config { register, width, .. } => return self.config.write(register, width, value),
            Addr::Port(port, width) => (port, width),
            Addr::Mmio(..) => return,
        };
        match self.place(port) {
            Some(Place::Pm(offset)) => {
                self.catch_up(w.now);
                for (n, byte) in value.to_le_bytes().iter().take(width.bytes() as usize).enumerate() {
                    self.write_pm(offset.wrapping_add(n as u8), *byte, w);
                }
            }
            Some(Place::Smbus(offset)) => self.smbus.write(offset, value as u8),
            Some(Place::Apm(offset)) => self.write_apm(offset, value as u8, w),
            None => {}
        }
    }

    /// Only an enabled timer event needs a wake-up; whoever polls the status catches up by reading it.
    fn wake(&self) -> Option<Instant> {
        let armed = self.enable.contains(Event::TIMER) && !self.status.contains(Event::TIMER);
        armed.then(|| Instant::of_tick((self.timer_halves + 1) << regs::TIMER_HALF, regs::TIMER_HZ))
    }

    fn tick(&mut self, w: &mut Wires) {
        self.catch_up(w.now);
    }

    fn lines(&self) -> u16 {
        let events = self.status & self.enable & regs::SCI_EVENTS;
        u16::from(self.control.contains(Control::SCI_EN) && !events.is_empty())
    }

    fn reset(&mut self, kind: Reset) {
        let Piix4Pm {
            config,
            status,
            enable,
            control,
            timer_halves,
            general_enable,
            processor,
            global_enable,
            global_control,
            device_control,
            outputs,
            smbus,
            apm,
        } = self;
        config.reset();
        // The status bits of the resume well outlive a board reset, and the timer runs on.
        match kind {
            Reset::PowerOn => (*status, *timer_halves) = (Event::empty(), 0),
            Reset::Board | Reset::Cpu => *status &= Event::POWER_BUTTON | Event::RESUME,
        }
        *enable = Event::empty();
        *control = Control::empty();
        *general_enable = 0;
        (*processor, *global_enable, *global_control) = (0, 0, 0);
        (*device_control, *outputs) = (0, 0);
        *smbus = SmbusHost::default();
        *apm = [0; 2];
    }
}
