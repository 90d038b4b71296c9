//! Register values and palettes of the VGA's standard modes: the VGA BIOS programs them, chip tests check
//! against them.

pub mod modes;
pub mod palettes;
