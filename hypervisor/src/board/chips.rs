//! The chips of a board: one named field each.

use backplane::bench::{Bench, Chip, Retell, Retold, TakeInput};
use backplane::{Addr, Device, Drives, Instant, IsaDma, Ram, Repeat, Reset, Signals, Wires};
use device_models::{
    DebugExit, DebugPorts, Dma, Fdc, FpuError, I440fx, I8042, Ide, IdlePort, LocalApic, PcTestdev, Pics,
    Piix3, Piix4Pm, Pit, Port92, PostCard, RomImages, Rtc, Uart, Video, targets,
};
use serde::{Deserialize, Serialize};

/// What the board asks of a chip.
#[derive(Clone, Copy)]
pub(super) enum Call<'r> {
    Read(Addr),
    Write(Addr, u32),
    Repeat(&'r Repeat),
    Tick,
}

/// What came of a call, and what the board looks at after each.
pub(super) struct Outcome {
    /// What was read, or how many iterations were done.
    pub(super) value: u32,
    pub(super) lines: u16,
    pub(super) wake: Instant,
    pub(super) claims_key: u64,
}

impl Outcome {
    /// One copy for each chip, in which the chip's own methods are known.
    #[inline(never)]
    fn of<D: Device>(chip: &mut D, call: &Call, w: &mut Wires) -> Outcome {
        let value = match *call {
            Call::Read(at) => chip.read(at, w),
            Call::Write(at, value) => {
                chip.write(at, value, w);
                0
            }
            Call::Repeat(repeat) => chip.repeat(repeat, w),
            Call::Tick => {
                chip.tick(w);
                0
            }
        };
        let wake = chip.wake().unwrap_or(Instant::NEVER);
        Outcome { value, lines: chip.lines(), wake, claims_key: chip.claims_key() }
    }
}

/// What a chip needs around it beside the other chips.
pub(crate) struct Surroundings {
    /// The store.
    pub(crate) ram: Ram,
    /// Bays with their media.
    pub(crate) drives: Drives,
    /// Channels.
    pub(crate) dma: IsaDma,
    /// Wires.
    pub(crate) signals: Signals,
    /// The present.
    pub(crate) now: Instant,
}

/// A trace does not have all that reaches a chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coupled;

impl Surroundings {
    fn hold<D: Chip + 'static>(
        self,
        name: &str,
        chip: D,
        input: Option<TakeInput<D>>,
    ) -> Result<Box<dyn Retell>, Coupled> {
        let mut bench = Bench::around(chip, self.ram, self.drives).with_input(input.ok_or(Coupled)?);
        (bench.dma, bench.signals, bench.now) = (self.dma, self.signals, self.now);
        Ok(Box::new(Retold::new(bench, name)))
    }
}

/// Declares the struct, the numbers of its fields and the one place that turns a number into a chip. The order of the
/// fields breaks ties: of two chips due at one instant the earlier one ticks first.
macro_rules! chips {
    (always { $($(#[$doc:meta])* $name:literal $field:ident: $type:ty, $input:expr;)* } fitted { $($(#[$odoc:meta])* $oname:literal $ofield:ident: $otype:ty, $oinput:expr;)* }) => {
        /// Every chip of the board. Serialising this is the snapshot of the chips.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct Chips {
            $($(#[$doc])* pub $field: $type,)*
            $($(#[$odoc])* pub $ofield: Option<$otype>,)*
        }

        /// A chip's number: named as its field.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, missing_docs)]
        #[derive(Clone, Copy)]
        #[repr(u8)]
        pub(crate) enum Number { $($field,)* $($ofield,)* COUNT }

        impl Chips {
            /// How many fields there are.
            pub const COUNT: usize = Number::COUNT as usize;

            /// Calls the chip with a field's number, if it is fitted.
            #[inline]
            pub(super) fn call(&mut self, number: u8, call: &Call, w: &mut Wires) -> Option<Outcome> {
                $(if number == Number::$field as u8 { return Some(Outcome::of(&mut self.$field, call, w)); })*
                $(if number == Number::$ofield as u8 { return self.$ofield.as_mut().map(|c| Outcome::of(c, call, w)); })*
                None
            }

            /// Resets every chip.
            pub(super) fn reset(&mut self, kind: Reset) {
                $(self.$field.reset(kind);)*
                $(if let Some(chip) = &mut self.$ofield { chip.reset(kind); })*
            }

            /// The first chip that is of another make than its counterpart: still another after both were switched off and on, though
            /// that takes from a chip all that a guest did to it.
            pub(crate) fn of_another_make(&self, other: &Chips) -> Option<&'static str> {
                let (mut here, mut there) = (self.clone(), other.clone());
                // The battery keeps the clock's memory.
                there.rtc = here.rtc.clone();
                here.reset(Reset::PowerOn);
                there.reset(Reset::PowerOn);
                $(if here.$field != there.$field { return Some(self.$field.name()); })*
                $(if here.$ofield != there.$ofield { return Some(stringify!($ofield)); })*
                None
            }

            /// What traces and fuzz targets call the chip with a field's number.
            pub(super) fn name(&self, number: u8) -> &'static str {
                const NAMES: &[&str] = &[$($name,)* $($oname,)*];
                NAMES[usize::from(number)]
            }

            /// A chip by what a trace calls it, alone with the store and the drives as a trace is told to it; nothing if it is not fitted.
            ///
            /// # Errors
            /// Others reach into this chip past what a trace has.
            pub(crate) fn alone(&self, name: &str, around: Surroundings) -> Result<Option<Box<dyn Retell>>, Coupled> {
                $(if name == $name { return around.hold(name, self.$field.clone(), $input).map(Some); })*
                $(if name == $oname { return self.$ofield.clone().map(|chip| around.hold(name, chip, $oinput)).transpose(); })*
                Ok(None)
            }

            /// The chip with a field's number, if it is fitted.
            pub fn get(&self, number: u8) -> Option<&dyn Device> {
                $(if number == Number::$field as u8 { return Some(&self.$field); })*
                $(if number == Number::$ofield as u8 { return self.$ofield.as_ref().map(|c| c as &dyn Device); })*
                None
            }
        }
    };
}

chips! {
    always {
        /// ROM images beside the firmware's; before every chip whose windows move.
        "rom-images" rom_images: RomImages, None;
        /// Interrupt controllers.
        "pic" pics: Pics, Some(targets::pic_input);
        /// Timer and port 61h.
        "pit" pit: Pit, Some(targets::pit_input);
        /// Clock and CMOS memory.
        "rtc" rtc: Rtc, Some(targets::nothing);
        /// ISA DMA controllers.
        "dma" dma: Dma, Some(targets::nothing);
        /// Keyboard controller, keyboard and mouse.
        "i8042" i8042: I8042, Some(targets::i8042_input);
        /// Video.
        "video" video: Video, Some(targets::nothing);
        /// IDE channels.
        "ide" ide: Ide, Some(targets::nothing);
        /// First serial port.
        "com1" com1: Uart, Some(targets::uart_input);
        /// System control port A.
        "port92" port92: Port92, Some(targets::nothing);
        /// FPU error latch.
        "fpu-error" fpu_error: FpuError, Some(targets::fpu_input);
        /// Debug text ports.
        "debug-ports" debug_ports: DebugPorts, Some(targets::nothing);
        /// Idle detector.
        "idle" idle: IdlePort, None;
        /// Diagnostic codes.
        "post-card" post_card: PostCard, None;
    }
    fitted {
        /// Second serial port.
        "com2" com2: Uart, Some(targets::uart_input);
        /// Floppy controller.
        "fdc" fdc: Fdc, Some(targets::nothing);
        /// Host bridge.
        "i440fx" i440fx: I440fx, Some(targets::nothing);
        /// South bridge.
        "piix3" piix3: Piix3, Some(targets::nothing);
        /// Power management.
        "piix4-pm" piix4_pm: Piix4Pm, Some(targets::pm_input);
        /// The CPU's local APIC.
        "local-apic" local_apic: LocalApic, None;
        /// Where test programs end the run.
        "debug-exit" debug_exit: DebugExit, Some(targets::nothing);
        /// What kvm-unit-tests exercise.
        "pc-testdev" pc_testdev: PcTestdev, Some(targets::nothing);
    }
}

impl Chips {
    /// The chip that the mouse is plugged into.
    pub(crate) fn mouse_port(&self) -> Number {
        if self.com1.has_mouse() {
            Number::com1
        } else if self.com2.as_ref().is_some_and(Uart::has_mouse) {
            Number::com2
        } else {
            Number::i8042
        }
    }

    /// The mouse moves or its buttons change, as in [`I8042::mouse`].
    pub(crate) fn mouse(&mut self, dx: i32, dy: i32, wheel: i32, buttons: u8, now: Instant) {
        match (self.mouse_port(), &mut self.com2) {
            (Number::com1, _) => self.com1.mouse(dx, dy, buttons, now),
            (Number::com2, Some(com2)) => com2.mouse(dx, dy, buttons, now),
            _ => self.i8042.mouse(dx, dy, wheel, buttons, now),
        }
    }

    /// The guest has read all that the mouse had to tell.
    pub(crate) fn is_mouse_read(&self) -> bool {
        match (self.mouse_port(), &self.com2) {
            (Number::com1, _) => self.com1.is_mouse_read(),
            (Number::com2, Some(com2)) => com2.is_mouse_read(),
            _ => self.i8042.is_mouse_read(),
        }
    }
}
