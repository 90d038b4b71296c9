//! What a machine may set in a VGA BIOS image with VESA modes before it uses it.

/// Where the image has its options.
pub const OPTIONS_AT: usize = 0x60;

/// Truecolour modes by VESA's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Truecolour {
    /// 24 bits; the modes of 32 bits have numbers of their own.
    #[default]
    Bits24,
    /// 32 bits.
    Bits32,
}

/// The options; the default is the image as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VbeOptions {
    /// VBE 1.2: no linear frame buffer and no protected-mode interface.
    pub banked_only: bool,
    /// How many bits the modes 10Fh, 112h, 115h, 118h, 11Bh and others have.
    pub truecolour: Truecolour,
    /// The list of modes is in the caller's block, not in the ROM.
    pub list_in_block: bool,
}

/// Bits of the options byte, as `vgabios/vbe/entry.asm` names them.
const NO_LINEAR: u8 = 1 << 0;
const BITS_32: u8 = 1 << 1;
const LIST_IN_BLOCK: u8 = 1 << 2;

impl VbeOptions {
    /// `image` with these options; its bytes still add up to 0.
    ///
    /// # Panics
    /// When the image is shorter than its options.
    #[must_use]
    pub fn set_in(self, image: &[u8]) -> Vec<u8> {
        let mut image = image.to_vec();
        let bits = [
            (self.banked_only, NO_LINEAR),
            (self.truecolour == Truecolour::Bits32, BITS_32),
            (self.list_in_block, LIST_IN_BLOCK),
        ];
        let byte = bits.into_iter().filter(|(on, _)| *on).fold(0, |byte, (_, bit)| byte | bit);
        let old = std::mem::replace(&mut image[OPTIONS_AT], byte);
        if let Some(checksum) = image.last_mut() {
            *checksum = checksum.wrapping_add(old).wrapping_sub(byte);
        }
        image
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::STD_VGA_BIOS;

    #[test]
    fn no_options_leave_the_image_alone_and_others_keep_its_sum() {
        assert!(VbeOptions::default().set_in(STD_VGA_BIOS) == STD_VGA_BIOS);
        let all = VbeOptions { banked_only: true, truecolour: Truecolour::Bits32, list_in_block: true };
        let image = all.set_in(STD_VGA_BIOS);
        assert_eq!(image[OPTIONS_AT], 7);
        assert_eq!(image.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)), 0);
    }
}
