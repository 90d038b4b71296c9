//! Intel 82371SB (PIIX3), function 0: PCI-to-ISA bridge, 8086:7000, PCI device 1.
//!
//! Ports: CF9 (reset control), B2-B3 (APM control and status) unless a PIIX4 beside it has them. ELCR, PIC, PIT,
//! DMA, RTC and keyboard ports that the silicon decodes are chips of their own; the IDE function is
//! [`crate::ide`].
//!
//! PCI interrupts: device `d` pin `p` is wired to PIRQ `(p + d - 1) mod 4` ([`Piix3::pirq`]), as QEMU's and
//! XenServer's boards have it; [`Piix3::route`] says where a PIRQ goes.
//!
//! Follows: Intel 82371FB/82371SB datasheet (290550). Deviations: there is no SMI#; a command that would raise
//! it is noted.

mod regs;
#[cfg(test)]
mod tests;

use super::config::{Command, ConfigSpace, Identity, offset};
use backplane::{Addr, Claims, Device, Refusal, Reset, What, Width, Wires};
use regs::ResetControl;
use serde::{Deserialize, Serialize};

const NAME: &str = "PIIX3";

/// The ISA bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piix3 {
    config: ConfigSpace,
    reset_control: u8,
    /// APM control and status, absent where a PIIX4 answers them.
    apm: Option<[u8; 2]>,
}

impl Default for Piix3 {
    fn default() -> Self {
        Self::new()
    }
}

impl Piix3 {
    /// A bridge with its own APM ports.
    pub fn new() -> Self {
        Piix3 { config: config(), reset_control: 0, apm: Some([0; 2]) }
    }

    /// A bridge on a board whose APM ports are the [`super::Piix4Pm`]'s.
    pub fn beside_piix4() -> Self {
        Piix3 { apm: None, ..Self::new() }
    }

    /// The PIRQ (0-3 for A-D) that INTA#-INTD# (`pin` 0-3) of a PCI device is wired to.
    pub fn pirq(device: u8, pin: u8) -> u8 {
        pin.wrapping_add(device).wrapping_sub(1) & 3
    }

    /// The ISA interrupt that PIRQ `pirq` (0-3 for A-D) is routed to. `None` when it is off or the register
    /// holds a reserved number.
    pub fn route(&self, pirq: u8) -> Option<u8> {
        let route = self.config.byte(regs::PIRQRC + (pirq & 3));
        let irq = route & 0xF;
        (route & regs::PIRQ_OFF == 0 && regs::UNROUTABLE >> irq & 1 == 0).then_some(irq)
    }

    fn write_reset_control(&mut self, value: u8, w: &mut Wires) {
        let bits = ResetControl::from_bits_truncate(value);
        if bits.contains(ResetControl::RCPU) {
            let hard = bits.contains(ResetControl::SRST);
            w.signals.reset = Some(if hard { Reset::Board } else { Reset::Cpu });
        }
        // RCPU falls again with the reset it made, so that the next one is an edge too.
        self.reset_control = bits.intersection(ResetControl::SRST).bits();
    }

    fn write_apm(&mut self, port: u16, value: u8, w: &mut Wires) {
        let Some(apm) = &mut self.apm else { return };
        apm[usize::from(port == regs::APMS)] = value;
        let asked = self.config.byte(regs::SMICNTL) & regs::SMI_GATE != 0
            && self.config.byte(regs::SMIEN) & regs::SMI_ON_APMC != 0;
        if port == regs::APMC && asked {
            w.note(NAME, Refusal::Feature("SMI# on APM command".into()));
        }
    }
}

fn config() -> ConfigSpace {
    let fixed = Command::IO | Command::MEMORY | Command::MASTER;
    let mut config = ConfigSpace::new(Identity {
        vendor: 0x8086,
        device: 0x7000,
        revision: 0,
        class: 0x06_0100,
        multi_function: true,
        subsystem: (0, 0),
    })
    .with_command(fixed, Command::SPECIAL_CYCLES)
    .with_status(0x0200, 0x7800)
    .with_register(offset::INTERRUPT_LINE, Width::Byte, 0, 0)
    .with_register(regs::IORT, Width::Byte, 0x4D, 0xFF)
    .with_register(regs::XBCS, Width::Word, 0x0003, 0x01FF)
    .with_register(regs::TOM, Width::Byte, 0x02, 0xFE)
    .with_register(regs::MSTAT, Width::Word, 0, 0x0084)
    .with_clear_by_one(regs::MSTAT, Width::Word, 0x8000)
    .with_register(regs::MBIRQ, Width::Byte, 0x80, 0xEF)
    .with_register(regs::MBDMA, Width::Word, 0x0C0C, 0x8F8F)
    .with_register(regs::PCSC, Width::Word, 0x0002, 0xFFFF)
    .with_register(regs::APICBASE, Width::Byte, 0, 0x7F)
    .with_register(regs::DLC, Width::Byte, 0, 0x0F)
    .with_register(regs::SMICNTL, Width::Byte, 0x08, 0x1F)
    .with_register(regs::SMIEN, Width::Word, 0, 0x01FF)
    .with_register(regs::SEE, Width::Dword, 0, 0xE000_FFFB)
    .with_register(regs::FTMR, Width::Byte, 0x0F, 0xFF)
    .with_register(regs::SMIREQ, Width::Word, 0, 0x01FF)
    .with_register(regs::CTLTMR, Width::Byte, 0, 0xFF)
    .with_register(regs::CTHTMR, Width::Byte, 0, 0xFF);
    for n in 0..4 {
        config = config.with_register(regs::PIRQRC + n, Width::Byte, regs::PIRQ_OFF.into(), 0x8F);
    }
    config
}

impl Device for Piix3 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        let claims = Claims::none()
            .with("ISA bridge", What::Config { device: regs::DEVICE, function: 0 })
            .ports("reset control", regs::RC, 1);
        match self.apm {
            Some(_) => claims.ports("APM", regs::APMC, 2),
            None => claims,
        }
    }

    /// Changes with the interrupt routes, so that the board asks for them again.
    fn claims_key(&self) -> u64 {
        self.config.dword(regs::PIRQRC).into()
    }

    fn read(&mut self, at: Addr, _w: &mut Wires) -> u32 {
        match (at, self.apm) {
            (Addr::Config { register, width, .. }, _) => self.config.read(register, width),
            (Addr::Port(regs::RC, _), _) => self.reset_control.into(),
            (Addr::Port(regs::APMC, _), Some(apm)) => apm[0].into(),
            (Addr::Port(regs::APMS, _), Some(apm)) => apm[1].into(),
            _ => u32::MAX,
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        match at {
            Addr::Config { register, width, .. } => self.config.write(register, width, value),
            Addr::Port(regs::RC, _) => self.write_reset_control(value as u8, w),
            Addr::Port(port @ (regs::APMC | regs::APMS), _) => self.write_apm(port, value as u8, w),
            _ => {}
        }
    }

    fn reset(&mut self, _kind: Reset) {
        let Piix3 { config, reset_control, apm } = self;
        config.reset();
        *reset_control = 0;
        *apm = apm.map(|_| [0; 2]);
    }
}
