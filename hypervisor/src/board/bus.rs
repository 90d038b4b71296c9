//! The board as an engine sees it: ports, memory windows, due time and interrupts.

use super::ports::BOARD;
use super::{Board, Call, Number, map};
use backplane::bench::trace::Event;
use backplane::bench::{Action, Input};
use backplane::{Addr, Ram, Repeat, Source, Width};
use device_models::LocalApic;
use engine::{Bus, Page};

/// The board together with the store, for the length of one run.
pub struct BoardBus<'a> {
    /// The board.
    pub board: &'a mut Board,
    /// The store.
    pub ram: &'a Ram,
}

/// Address bit 20, which the A20 gate holds low.
const A20: u32 = 1 << 20;

impl BoardBus<'_> {
    #[cold]
    fn read_narrow(&mut self, port: u16, width: Width, retired: u64) -> u32 {
        let half = if width == Width::Dword { Width::Word } else { Width::Byte };
        let low = self.read_port(port, half, retired);
        let high = self.read_port(port.wrapping_add(half.bytes() as u16), half, retired);
        low | high << (8 * half.bytes())
    }

    #[cold]
    fn write_narrow(&mut self, port: u16, width: Width, value: u32, retired: u64) {
        let half = if width == Width::Dword { Width::Word } else { Width::Byte };
        self.write_port(port, half, value & half.mask(), retired);
        self.write_port(port.wrapping_add(half.bytes() as u16), half, value >> (8 * half.bytes()), retired);
    }

    /// The byte of the store that a device page has at an address, and whether the CPU may write it: ROM or a chip's plain
    /// memory, under a shadow segment that is being filled.
    fn plain(&self, address: u32) -> Option<(usize, bool)> {
        let Board { layout, windows, .. } = &*self.board;
        if let Some(offset) = layout.rom_offset(address) {
            return Some((offset as usize, false));
        }
        let window = windows.find(address)?;
        window.offset(address).map(|offset| (offset as usize, !window.read_only))
    }

    /// A write outside the video window: done, unless a chip takes it.
    fn write_elsewhere(&mut self, address: u32, width: Width, value: u32, retired: u64) -> Option<u8> {
        let bytes = value.to_le_bytes();
        let bytes = &bytes[..width.bytes() as usize];
        if self.fills_shadow(address) {
            self.ram.write(address as usize, bytes);
            return None;
        }
        if let Some((offset, writable)) = self.plain(address) {
            if writable {
                self.ram.write(offset, bytes);
            }
            self.board.trace_plain(Addr::Mmio(address, width), value, true, retired);
            return None;
        }
        self.board.windows.find(address).map(|w| w.chip)
    }

    fn fills_shadow(&self, address: u32) -> bool {
        map::SHADOW.contains(&address) && self.board.bridge(address).write_ram
    }
}

impl Bus for BoardBus<'_> {
    #[inline]
    fn read_port(&mut self, port: u16, width: Width, retired: u64) -> u32 {
        let Some((chip, widest)) = self.board.ports.find(port) else {
            return if width == Width::Byte { 0xFF } else { self.read_narrow(port, width, retired) };
        };
        if width > widest {
            return self.read_narrow(port, width, retired);
        }
        if chip == BOARD {
            return self.read_config(port, width, retired);
        }
        let now = self.board.clock.now(retired);
        if chip == Number::video as u8 && !self.board.is_traced(chip) {
            return self.board.read_video(self.ram, now, Addr::Port(port, width));
        }
        let read = self.board.call(chip, self.ram, now, &Call::Read(Addr::Port(port, width)));
        read.unwrap_or(u32::MAX) & width.mask()
    }

    #[inline]
    fn write_port(&mut self, port: u16, width: Width, value: u32, retired: u64) {
        if width == Width::Byte {
            self.board.chips.post_card.hear(port, value as u8);
        }
        let Some((chip, widest)) = self.board.ports.find(port) else {
            if width != Width::Byte {
                self.write_narrow(port, width, value, retired);
            }
            return;
        };
        if width > widest {
            return self.write_narrow(port, width, value, retired);
        }
        if chip == BOARD {
            return self.write_config(port, width, value, retired);
        }
        let now = self.board.clock.now(retired);
        self.board.call(chip, self.ram, now, &Call::Write(Addr::Port(port, width), value));
        if self.board.stop_on_debug_line && self.board.signals.debug_text.last() == Some(&b'\n') {
            self.board.stop = true;
        }
    }

    fn read_mmio(&mut self, address: u32, width: Width, retired: u64) -> u32 {
        let chip = match self.board.windows.video(address, address) {
            Some(chip) if chip == Number::video as u8 && !self.board.is_traced(chip) => {
                self.board.chips.idle.other_access();
                if let Some(value) = self.board.chips.video.read_window(self.ram, address, width) {
                    return value;
                }
                let now = self.board.clock.now(retired);
                return self.board.read_video(self.ram, now, Addr::Mmio(address, width));
            }
            Some(chip) => chip,
            None => {
                if let Some((offset, _)) = self.plain(address) {
                    let value = self.ram.read_wide(offset, width);
                    self.board.trace_plain(Addr::Mmio(address, width), value, false, retired);
                    return value;
                }
                let Some(window) = self.board.windows.find(address) else { return width.mask() };
                window.chip
            }
        };
        let now = self.board.clock.now(retired);
        let read = self.board.call(chip, self.ram, now, &Call::Read(Addr::Mmio(address, width)));
        read.unwrap_or(u32::MAX) & width.mask()
    }

    fn write_mmio(&mut self, address: u32, width: Width, value: u32, retired: u64) {
        let chip = match self.board.windows.video(address, address) {
            Some(chip) if chip == Number::video as u8 && !self.board.is_traced(chip) => {
                self.board.chips.idle.other_access();
                if self.board.chips.video.write_window(self.ram, address, width, value) {
                    return;
                }
                chip
            }
            Some(chip) => chip,
            None => match self.write_elsewhere(address, width, value, retired) {
                Some(chip) => chip,
                None => return,
            },
        };
        let now = self.board.clock.now(retired);
        self.board.call(chip, self.ram, now, &Call::Write(Addr::Mmio(address, width), value));
    }

    fn repeat(&mut self, repeat: &Repeat, retired: u64) -> u32 {
        let chip = |first: u32| {
            let last = first.wrapping_add(repeat.distance(repeat.count.wrapping_sub(1)));
            let end = first.max(last).wrapping_add(repeat.width.bytes() - 1);
            self.board.windows.video(first.min(last), end)
        };
        let Some(number) = chip(repeat.to) else { return 0 };
        if let Source::Chip(from) = repeat.from
            && chip(from) != Some(number)
        {
            return 0;
        }
        let now = self.board.clock.now(retired);
        self.board.call(number, self.ram, now, &Call::Repeat(repeat)).unwrap_or(0)
    }

    fn page(&mut self, address: u32) -> Page {
        let page = self.board.layout.page(address, &self.board.windows, self.board.bridge(address));
        // Of what a chip is asked, a trace tells all; of ROM nothing, for it is no chip's.
        match page {
            Page::Ram { offset, writable: true } if self.board.hides_from_trace(address, offset) => {
                Page::Device
            }
            page => page,
        }
    }

    fn span(&mut self, address: u32) -> (Page, u32) {
        (self.page(address), self.board.layout.end_of_span(address, &self.board.windows))
    }

    fn a20_mask(&self) -> u32 {
        if self.board.signals.a20 { u32::MAX } else { !A20 }
    }

    fn map_version(&self) -> u32 {
        self.board.map_version
    }

    #[inline]
    fn due(&self) -> u64 {
        if self.board.stop { 0 } else { self.board.due_retired }
    }

    #[inline]
    fn interrupt(&self) -> bool {
        self.board.interrupt()
    }

    fn acknowledge(&mut self, retired: u64) -> u8 {
        if let Some(own) = self.board.chips.local_apic.as_mut().and_then(LocalApic::acknowledge) {
            return own;
        }
        let vector = self.board.chips.pics.acknowledge();
        self.board.trace_acknowledge(vector, retired);
        vector
    }

    fn place_apic(&mut self, on: bool, base: u64, retired: u64) {
        self.board.touch(Number::local_apic, self.ram, retired, |chips, _| {
            if let Some(apic) = &mut chips.local_apic {
                apic.place(on, base);
            }
        });
    }

    fn fpu_error(&mut self, retired: u64) {
        let pulse = Event::Act(Action::Input(Input::Pulse), None);
        self.board.trace_event(Some(Number::fpu_error), retired, pulse);
        self.board.touch(Number::fpu_error, self.ram, retired, |chips, _| chips.fpu_error.assert_ferr());
    }

    fn tsc(&self, retired: u64) -> u64 {
        self.board.clock.tsc(retired)
    }
}
