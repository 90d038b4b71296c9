//! The chips of a board: one named field each.

use backplane::{Addr, Device, Instant, Repeat, Reset, Wires};
use device_models::{
    DebugExit, DebugPorts, Dma, Fdc, FpuError, I440fx, I8042, Ide, IdlePort, LocalApic, PcTestdev, Pics,
    Piix3, Piix4Pm, Pit, Port92, PostCard, RomImages, Rtc, Uart, Video,
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

/// Declares the struct, the numbers of its fields and the one place that turns a number into a chip. The order of the
/// fields breaks ties: of two chips due at one instant the earlier one ticks first.
macro_rules! chips {
    (always { $($(#[$doc:meta])* $field:ident: $type:ty,)* } fitted { $($(#[$odoc:meta])* $ofield:ident: $otype:ty,)* }) => {
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
        rom_images: RomImages,
        /// Interrupt controllers.
        pics: Pics,
        /// Timer and port 61h.
        pit: Pit,
        /// Clock and CMOS memory.
        rtc: Rtc,
        /// ISA DMA controllers.
        dma: Dma,
        /// Keyboard controller, keyboard and mouse.
        i8042: I8042,
        /// Video.
        video: Video,
        /// IDE channels.
        ide: Ide,
        /// First serial port.
        com1: Uart,
        /// System control port A.
        port92: Port92,
        /// FPU error latch.
        fpu_error: FpuError,
        /// Debug text ports.
        debug_ports: DebugPorts,
        /// Idle detector.
        idle: IdlePort,
        /// Diagnostic codes.
        post_card: PostCard,
    }
    fitted {
        /// Second serial port.
        com2: Uart,
        /// Floppy controller.
        fdc: Fdc,
        /// Host bridge.
        i440fx: I440fx,
        /// South bridge.
        piix3: Piix3,
        /// Power management.
        piix4_pm: Piix4Pm,
        /// The CPU's local APIC.
        local_apic: LocalApic,
        /// Where test programs end the run.
        debug_exit: DebugExit,
        /// What kvm-unit-tests exercise.
        pc_testdev: PcTestdev,
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
