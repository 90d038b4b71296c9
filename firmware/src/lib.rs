//! relic's firmware: the ROM images, and the tables that ROM code and Rust share.
//!
//! The ROMs are assembled with NASM from `firmware/bios`, `vgabios` and `kernel`; the built images are committed beside
//! `roms.lock`, so users of this crate need no assembler. Feature `assemble` rebuilds them (that is what
//! `cargo xtask firmware` does).
#![forbid(unsafe_code)]

#[cfg(any(feature = "assemble", test))]
pub mod assemble;
pub mod cp437;
pub mod fonts;
pub mod vga;

/// The system BIOS: 64 KiB that end at the reset vector, for F0000-FFFFF and the top of the address space.
pub static BIOS: &[u8] = include_bytes!("../roms/bios.bin");

/// The VGA BIOS of a plain ISA card: an option ROM for C0000, without VESA modes.
pub static VGA_BIOS: &[u8] = include_bytes!("../roms/vgabios.bin");

/// The VGA BIOS of the Bochs adapter (PCI 1234:1111): the same with the VESA BIOS extension. [`vga::options`] has what
/// a machine may set in it.
pub static STD_VGA_BIOS: &[u8] = include_bytes!("../roms/vgabios-std.bin");

/// The VGA BIOS of the CL-GD5446 (PCI 1013:00B8): VESA modes, and the mode numbers and questions of Cirrus Logic's own
/// BIOSes.
pub static CIRRUS_VGA_BIOS: &[u8] = include_bytes!("../roms/vgabios-cirrus.bin");

/// The kernel ROM: an option ROM that boots what lies on the kernel card (`firmware/kernel/main.asm`).
pub static KERNEL_ROM: &[u8] = include_bytes!("../roms/kernel.bin");
