//! relic's firmware: the ROM images, and the tables that ROM code and Rust share.
//!
//! The ROMs are assembled with NASM from `firmware/*/main.asm`; the built images are committed beside
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

/// The VGA BIOS: an ISA and PCI option ROM (PCI 1234:1111) for C0000.
pub static VGA_BIOS: &[u8] = include_bytes!("../roms/vgabios.bin");

/// The kernel ROM: an option ROM that boots what lies on the kernel card (`firmware/kernel/main.asm`).
pub static KERNEL_ROM: &[u8] = include_bytes!("../roms/kernel.bin");
