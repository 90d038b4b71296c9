//! Register values and palettes of the VGA's standard modes, and the VESA modes: the VGA BIOS programs them, chip
//! tests check against them.

pub mod cirrus;
pub mod edid;
pub mod modes;
pub mod options;
pub mod palettes;
pub mod vbe;
