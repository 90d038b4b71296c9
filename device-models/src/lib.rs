//! The chips: one folder a chip.
//!
//! Each is a [`backplane::Device`] whose whole state is serialisable; each stands on the bench of `backplane::bench`.
#![forbid(unsafe_code)]

pub mod debug_exit;
pub mod debug_ports;
pub mod dma;
pub mod fdc;
pub mod fpu_error;
pub mod i8042;
pub mod ide;
pub mod idle;
pub mod local_apic;
mod motion;
pub mod pc_testdev;
pub mod pci;
pub mod pic;
pub mod pit;
pub mod port92;
pub mod post_card;
pub mod rom_images;
pub mod rtc;
pub mod serial_mouse;
pub mod targets;
pub mod uart;
pub mod vga;

pub use debug_exit::DebugExit;
pub use debug_ports::DebugPorts;
pub use dma::Dma;
pub use fdc::{DriveType, Fdc, FdcConfig, FloppySpeed};
pub use fpu_error::FpuError;
pub use i8042::{I8042, Key, MouseModel};
pub use ide::{CdModel, DiskModel, DriveKind, Geometry, Ide, IdeConfig};
pub use idle::IdlePort;
pub use local_apic::{ApicGeneration, LocalApic};
pub use pc_testdev::PcTestdev;
pub use pci::{I440fx, Piix3, Piix4Pm};
pub use pic::Pics;
pub use pit::Pit;
pub use port92::Port92;
pub use post_card::PostCard;
pub use rom_images::RomImages;
pub use rtc::{Date, Rtc};
pub use serial_mouse::SerialMouseModel;
pub use uart::Uart;
pub use vga::{Frame, HardwareCursor, Screen, TextScreen, TextStyle, Video};
