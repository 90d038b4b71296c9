//! The machine as the harness sees it. Everything the harness asks of a guest goes through [`Guest`], and every
//! guest is switched on by [`Machines`]; nothing else in the crate names the machine.

use hypervisor::{Bay, Disk, Instant, Note, Saved, Until};
pub use hypervisor::{
    BootDevice, Bytes, Date, Digests, Drive, FloppyType, Input, Kernel, Key, Machine, MachineConfig, Media,
    Model, MouseModel, Preset, Rom, Stop, TextScreen, TextStyle, Vbe, VideoKind,
};
use std::any::Any;

/// A picture at the guest's true geometry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Dots a line.
    pub width: u32,
    /// Lines.
    pub height: u32,
    /// Three bytes a dot: red, green, blue.
    pub rgb: Vec<u8>,
}

/// A machine that is switched on.
pub trait Guest {
    /// Runs until `deadline` of virtual time, until a line came from a debug port, or until the guest stops.
    fn run(&mut self, deadline: Instant) -> Stop;
    /// Virtual time.
    fn now(&self) -> Instant;
    /// Instructions retired.
    fn instructions(&self) -> u64;
    /// Input from outside, at this moment.
    fn inject(&mut self, input: Input);
    /// Whether the guest has taken the last key and has room for one more.
    fn ready_for_key(&mut self) -> bool;
    /// Keys that the BIOS holds for the guest.
    fn keys_held(&self) -> u8 {
        0
    }
    /// Whether the guest has read all that the mouse had to tell.
    fn is_mouse_read(&self) -> bool {
        true
    }
    /// The top left corner, column and line, of the cursor that the video adapter lays over the picture, while it shows.
    fn hardware_cursor(&self) -> Option<(u32, u32)> {
        None
    }
    /// What the screen shows.
    fn frame(&mut self) -> Frame;
    /// The text on the screen, in a text mode.
    fn text(&mut self) -> Option<TextScreen>;
    /// Colours, blinking and the cursor's shape, in a text mode.
    fn text_style(&mut self) -> Option<TextStyle>;
    /// Bytes written to the debug ports since the last call.
    fn take_debug_text(&mut self) -> Vec<u8>;
    /// Bytes that came from the first serial port since the last call.
    fn take_serial_text(&mut self) -> Vec<u8> {
        Vec::new()
    }
    /// The codes on the POST card, the newest last.
    fn post_codes(&self) -> Vec<u8>;
    /// What the guest asked for and the model lacks.
    fn notes(&self) -> Vec<Note>;
    /// Digests of RAM, screen and disks.
    fn digests(&mut self) -> Digests;
    /// The medium in a bay, with what the guest wrote.
    fn medium(&self, bay: Bay) -> Option<&Disk>;
    /// Reads memory at a physical address as far as it is RAM or ROM: how many bytes there were. A stand-in has none.
    fn peek(&mut self, _physical: u32, _buf: &mut [u8]) -> usize {
        0
    }
    /// The whole guest as it is, for [`Guest::restore`]; a stand-in may not be able to.
    fn save(&self) -> Option<Kept> {
        None
    }
    /// Makes the guest what it was when it was kept.
    ///
    /// # Errors
    /// One line: it was another guest.
    fn restore(&mut self, _kept: &Kept) -> Result<(), String> {
        Err("this guest cannot be kept".into())
    }
    /// The machine itself, for a debugger or a trace; a stand-in has none.
    fn machine(&mut self) -> Option<&mut Machine> {
        None
    }
}

/// A guest that was kept in memory; whoever made it knows what is in it.
pub type Kept = Box<dyn Any + Send + Sync>;

/// Whatever switches machines on.
pub trait Machines: Sync {
    /// Switches a machine on.
    ///
    /// # Errors
    /// One line that says why there is no such machine.
    fn power_on(&self, config: &MachineConfig, media: Media) -> Result<Box<dyn Guest>, String>;
}

/// The machine on the software CPU.
pub struct Software;

impl Machines for Software {
    fn power_on(&self, config: &MachineConfig, media: Media) -> Result<Box<dyn Guest>, String> {
        match Machine::new(config, media) {
            Ok(machine) => Ok(Box::new(machine)),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Guest for Machine {
    fn run(&mut self, deadline: Instant) -> Stop {
        Machine::run(self, Until { debug_line: true, ..Until::time(deadline) })
    }

    fn now(&self) -> Instant {
        Machine::now(self)
    }

    fn instructions(&self) -> u64 {
        Machine::instructions(self)
    }

    fn inject(&mut self, input: Input) {
        Machine::inject(self, input);
    }

    fn ready_for_key(&mut self) -> bool {
        Machine::ready_for_key(self)
    }

    fn keys_held(&self) -> u8 {
        Machine::keys_held(self)
    }

    fn is_mouse_read(&self) -> bool {
        Machine::is_mouse_read(self)
    }

    fn hardware_cursor(&self) -> Option<(u32, u32)> {
        Machine::hardware_cursor(self).map(|cursor| (cursor.x, cursor.y))
    }

    fn frame(&mut self) -> Frame {
        let frame = self.screen();
        let mut rgb = vec![0; frame.pixels.len() * 3];
        for (dot, pixel) in rgb.chunks_exact_mut(3).zip(&frame.pixels) {
            dot.copy_from_slice(&pixel.to_be_bytes()[1..]);
        }
        Frame { width: frame.width, height: frame.height, rgb }
    }

    fn text(&mut self) -> Option<TextScreen> {
        Machine::text(self)
    }

    fn text_style(&mut self) -> Option<TextStyle> {
        Machine::text_style(self)
    }

    fn take_debug_text(&mut self) -> Vec<u8> {
        Machine::take_debug_text(self)
    }

    fn take_serial_text(&mut self) -> Vec<u8> {
        Machine::take_serial_text(self, 0)
    }

    fn post_codes(&self) -> Vec<u8> {
        Machine::post_codes(self)
    }

    fn notes(&self) -> Vec<Note> {
        Machine::notes(self).list()
    }

    fn digests(&mut self) -> Digests {
        Machine::digests(self)
    }

    fn medium(&self, bay: Bay) -> Option<&Disk> {
        Machine::medium(self, bay)
    }

    fn peek(&mut self, physical: u32, buf: &mut [u8]) -> usize {
        self.peek_physical(physical, buf)
    }

    fn save(&self) -> Option<Kept> {
        Some(Box::new(Machine::save(self)))
    }

    fn restore(&mut self, kept: &Kept) -> Result<(), String> {
        let saved: &Saved = kept.downcast_ref().ok_or("another kind of guest was kept")?;
        Machine::restore(self, saved).map_err(|error| error.to_string())
    }

    fn machine(&mut self) -> Option<&mut Machine> {
        Some(self)
    }
}
