//! The Bochs display interface (DISPI): an index and a data word that set resolution, depth, bank and scrolling.
//!
//! Follows: the Bochs VBE Display API, version B0C5h, with the register behaviour of QEMU's `standard-vga`
//! documentation (geometry may change while enabled, enabling resets the virtual screen).
//!
//! Windows 9x lets a program in a DOS box switch DISPI off while the VGA registers behind it are virtual: the desktop
//! must stay (VBE-03). On request, switching off therefore waits for a mode set, told by a write to the
//! miscellaneous output register or to graphics register 6.
//!
//! The VGA registers are left alone: what DISPI shows is laid over them and taken away again (VBE-04). A guest
//! that switches the graphics controller to text while DISPI is on sees its text (VBE-05).

use super::picture::{Depth, Offsets, Pixel, Resolution};
use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// Register indices.
pub(super) mod index {
    /// Version.
    pub(super) const ID: u16 = 0;
    /// Displayed width in pixels.
    pub(super) const WIDTH: u16 = 1;
    /// Displayed height in pixels.
    pub(super) const HEIGHT: u16 = 2;
    /// Bits in a pixel.
    pub(super) const BPP: u16 = 3;
    /// Enable and options.
    pub(super) const ENABLE: u16 = 4;
    /// 64 KiB bank at A0000h.
    pub(super) const BANK: u16 = 5;
    /// Width of the virtual screen in pixels.
    pub(super) const VIRTUAL_WIDTH: u16 = 6;
    /// Height of the virtual screen in pixels, read-only.
    pub(super) const VIRTUAL_HEIGHT: u16 = 7;
    /// First displayed column.
    pub(super) const X_OFFSET: u16 = 8;
    /// First displayed row.
    pub(super) const Y_OFFSET: u16 = 9;
    /// Video memory in units of 64 KiB, read-only.
    pub(super) const MEMORY: u16 = 10;
}

bitflags! {
    /// The enable register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub(super) struct Enable: u16 {
        /// DISPI rules the picture.
        const ENABLED = 0x01;
        /// Width, height and depth read as the greatest possible.
        const GETCAPS = 0x02;
        /// The DAC has 8 bits a component.
        const DAC8 = 0x20;
        /// The linear frame buffer is used; it answers always.
        const LFB = 0x40;
        /// Enabling does not clear memory.
        const KEEP_MEMORY = 0x80;
    }
}

/// The newest version, which the register shows after reset.
const ID_NEWEST: u16 = 0xB0C5;
/// The oldest version.
const ID_OLDEST: u16 = 0xB0C0;
/// Greatest width, height and depth.
const MAX: (u16, u16, u16) = (2560, 1600, 32);
/// Widths are multiples of this.
const WIDTH_STEP: u16 = 8;
/// Bytes in a bank.
pub(super) const BANK_LEN: u32 = 0x1_0000;

/// The registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dispi {
    /// Index register.
    pub(super) index: u16,
    id: u16,
    width: u16,
    height: u16,
    bpp: u16,
    enable: Enable,
    bank: u16,
    virtual_width: u16,
    x: u16,
    y: u16,
    /// The guest switched to text without switching DISPI off.
    text_over: bool,
    /// Switching off waits for a VGA mode set (VBE-03).
    defers_off: bool,
    /// What the enable register was before it was switched off and that still waits.
    lingers: Option<Enable>,
}

impl Default for Dispi {
    fn default() -> Self {
        Dispi {
            index: 0,
            id: ID_NEWEST,
            width: 640,
            height: 480,
            bpp: 8,
            enable: Enable::empty(),
            bank: 0,
            virtual_width: 640,
            x: 0,
            y: 0,
            text_over: false,
            defers_off: false,
            lingers: None,
        }
    }
}

/// What a write asks for beyond the registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    None,
    /// The first so many bytes of video memory become zero.
    Clear(u32),
    /// The register does not take the value.
    Refused,
}

impl Dispi {
    /// Reads the selected register; `vram` is the length of video memory in bytes.
    pub(super) fn read(&self, vram: u32) -> u16 {
        let caps = self.enable.contains(Enable::GETCAPS);
        match self.index {
            index::ID => self.id,
            index::WIDTH if caps => MAX.0,
            index::WIDTH => self.width,
            index::HEIGHT if caps => MAX.1,
            index::HEIGHT => self.height,
            index::BPP if caps => MAX.2,
            index::BPP => self.bpp,
            index::ENABLE => self.enable.bits(),
            index::BANK => self.bank,
            index::VIRTUAL_WIDTH => self.virtual_width,
            index::VIRTUAL_HEIGHT => saturated(vram / self.pitch().max(1)),
            index::X_OFFSET => self.x,
            index::Y_OFFSET => self.y,
            index::MEMORY => saturated(vram / BANK_LEN),
            _ => 0,
        }
    }

    /// Writes the selected register.
    pub(super) fn write(&mut self, value: u16, vram: u32) -> Effect {
        match self.index {
            index::ID if (ID_OLDEST..=ID_NEWEST).contains(&value) => self.id = value,
            index::WIDTH => self.set_width(value),
            index::HEIGHT => self.height = value.clamp(1, MAX.1),
            index::BPP => return self.set_bpp(value),
            index::ENABLE => return self.set_enable(Enable::from_bits_truncate(value)),
            index::BANK => self.bank = value & saturated((vram / BANK_LEN).saturating_sub(1)),
            index::VIRTUAL_WIDTH => self.set_virtual_width(value, vram),
            index::X_OFFSET => self.x = value,
            index::Y_OFFSET => self.y = value,
            index::VIRTUAL_HEIGHT | index::MEMORY => {}
            _ => return Effect::Refused,
        }
        Effect::None
    }

    fn set_width(&mut self, value: u16) {
        self.width = value.clamp(WIDTH_STEP, MAX.0) & !(WIDTH_STEP - 1);
        self.virtual_width = self.virtual_width.max(self.width);
    }

    /// Takes a width of the virtual screen that leaves it as high as the picture.
    fn set_virtual_width(&mut self, value: u16, vram: u32) {
        let most = u64::from(vram / u32::from(self.height.max(1))) * 8 / u64::from(self.pixel().bits());
        let fits = u64::from(value).min(most) as u16;
        self.virtual_width = fits.max(self.width) & !(WIDTH_STEP - 1);
    }

    fn set_bpp(&mut self, value: u16) -> Effect {
        self.bpp = match value {
            0 => 8,
            4 | 8 | 15 | 16 | 24 | 32 => value,
            _ => return Effect::Refused,
        };
        Effect::None
    }

    fn set_enable(&mut self, new: Enable) -> Effect {
        let old = std::mem::replace(&mut self.enable, new);
        let on = new.contains(Enable::ENABLED);
        let rises = on && !old.contains(Enable::ENABLED);
        if self.defers_off && !on {
            self.lingers = self.lingers.or(old.contains(Enable::ENABLED).then_some(old));
            return Effect::None;
        }
        self.lingers = None;
        if !rises {
            self.bank = 0;
            return Effect::None;
        }
        self.text_over = false;
        (self.virtual_width, self.x, self.y, self.bank) = (self.width, 0, 0, 0);
        if new.contains(Enable::KEEP_MEMORY) {
            return Effect::None;
        }
        Effect::Clear(self.pitch() * u32::from(self.height))
    }

    /// Back to the state after power-on.
    pub(super) fn reset(&mut self) {
        *self = Dispi { defers_off: self.defers_off, ..Dispi::default() };
    }

    /// Makes switching off wait for a VGA mode set.
    pub(super) fn defer_off(&mut self) {
        self.defers_off = true;
    }

    /// Takes notice of a VGA mode set: switching off waits no longer.
    pub(super) fn mode_set(&mut self) {
        self.lingers = None;
    }

    /// Takes notice of the graphics controller being switched to text or graphics.
    pub(super) fn switched(&mut self, text: bool) {
        self.lingers = None;
        self.text_over = text && self.enable.contains(Enable::ENABLED);
    }

    /// The enable register as far as it rules.
    #[inline]
    fn ruling(&self) -> Enable {
        self.lingers.unwrap_or(self.enable)
    }

    /// Whether the DAC has 8 bits a component.
    pub(super) fn wide_dac(&self) -> bool {
        self.ruling().contains(Enable::DAC8)
    }

    /// Whether DISPI rules the picture and the window at A0000h.
    #[inline]
    pub(super) fn showing(&self) -> bool {
        self.ruling().contains(Enable::ENABLED) && !self.text_over
    }

    /// Whether the window at A0000h goes through the planes.
    pub(super) fn planar(&self) -> bool {
        self.bpp == 4
    }

    /// What the bank adds: bytes, or plane offsets in 4-bit modes.
    #[inline]
    pub(super) fn bank_offset(&self) -> u32 {
        u32::from(self.bank) * BANK_LEN
    }

    fn pixel(&self) -> Pixel {
        match self.bpp {
            4 => Pixel::Planes,
            8 => Pixel::Index,
            15 => Pixel::Rgb555,
            16 => Pixel::Rgb565,
            24 => Pixel::Rgb888,
            _ => Pixel::Xrgb8888,
        }
    }

    /// Bytes of video memory in a row.
    fn pitch(&self) -> u32 {
        u32::from(self.virtual_width) * self.pixel().bits() / 8
    }

    /// How video memory becomes pixels.
    pub(super) fn depth(&self) -> Depth {
        Depth::Linear(self.pixel())
    }

    /// Where rows begin. In 4-bit modes columns go in eights.
    pub(super) fn offsets(&self) -> Offsets {
        let x = if self.planar() { self.x & !(WIDTH_STEP - 1) } else { self.x };
        let column = u32::from(x) * self.pixel().bits() / 8;
        Offsets {
            start: u32::from(self.y).wrapping_mul(self.pitch()).wrapping_add(column),
            pitch: self.pitch(),
        }
    }

    /// The picture's size.
    pub(super) fn resolution(&self) -> Resolution {
        Resolution { width: self.width.into(), height: self.height.into(), lines_per_row: 1 }
    }
}

fn saturated(value: u32) -> u16 {
    value.try_into().unwrap_or(u16::MAX)
}
