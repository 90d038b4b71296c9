//! The PCI chip set: i440FX host bridge, PIIX3 ISA bridge, PIIX4 power management, and the configuration space
//! that every PCI function has. The PIIX3's IDE function is in [`crate::ide`].

pub mod config;
mod i440fx;
mod piix3;
mod piix4_pm;

pub use config::{Bar, Command, ConfigSpace, Identity};
pub use i440fx::{ConfigAddress, I440fx, Pam, Smram};
pub use piix3::Piix3;
pub use piix4_pm::Piix4Pm;
