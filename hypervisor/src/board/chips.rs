//! The chips of a board: one named field each.

use backplane::Device;
use device_models::{
    DebugExit, DebugPorts, Dma, Fdc, FpuError, I440fx, I8042, Ide, IdlePort, PcTestdev, Pics, Piix3, Piix4Pm,
    Pit, Port92, PostCard, RomImages, Rtc, Uart, Video,
};
use serde::{Deserialize, Serialize};

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

            /// The chip with a field's number, if it is fitted, to access or tick.
            #[inline]
            pub fn get_mut(&mut self, number: u8) -> Option<&mut dyn Device> {
                $(if number == Number::$field as u8 { return Some(&mut self.$field); })*
                $(if number == Number::$ofield as u8 { return self.$ofield.as_mut().map(|c| c as &mut dyn Device); })*
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
        /// Where test programs end the run.
        debug_exit: DebugExit,
        /// What kvm-unit-tests exercise.
        pc_testdev: PcTestdev,
    }
}
