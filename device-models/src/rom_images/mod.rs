//! ROM images that are put on the board by hand: plain read-only bytes at fixed physical addresses.
//!
//! Memory: the window of each image. No ports, no interrupts. In C0000h-FFFFFh the host bridge's PAM registers cover an image
//! with RAM as they do any ROM there.

use backplane::{Addr, Claims, Device, Region, Reset, What, Wires};
use serde::{Deserialize, Serialize};

/// The most images.
pub const MOST_IMAGES: usize = Claims::MAX;

/// The sockets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RomImages {
    images: Vec<(u32, Region)>,
}

impl RomImages {
    /// Images by physical address, each with its place in the store; whole pages. Those after [`MOST_IMAGES`] find no socket.
    pub fn new(mut images: Vec<(u32, Region)>) -> Self {
        images.truncate(MOST_IMAGES);
        RomImages { images }
    }
}

impl Device for RomImages {
    fn name(&self) -> &'static str {
        "a ROM image"
    }

    fn claims(&self) -> Claims {
        self.images.iter().fold(Claims::none(), |claims, &(first, Region { offset, len })| {
            claims.with("image", What::Ram { first, len, offset, read_only: true })
        })
    }

    fn read(&mut self, at: Addr, _w: &mut Wires) -> u32 {
        at.width().mask()
    }

    fn write(&mut self, _at: Addr, _value: u32, _w: &mut Wires) {}

    fn reset(&mut self, _kind: Reset) {
        let RomImages { images: _ } = self;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::{Bench, seeded};

    #[test]
    fn each_image_is_a_read_only_window() {
        let place = Region { offset: 0x4000, len: 0x1000 };
        let chip = RomImages::new(vec![(0xD_0000, place), (0xF000_0000, place)]);
        let windows: Vec<What> = chip.claims().iter().map(|claim| claim.what).collect();
        let window = |first| What::Ram { first, len: 0x1000, offset: 0x4000, read_only: true };
        assert_eq!(windows, [window(0xD_0000), window(0xF000_0000)]);
    }

    #[test]
    fn seeded_accesses_agree_with_the_rebuilt_twin() {
        seeded(|| Bench::new(RomImages::new(vec![(0xD_0000, Region { offset: 0, len: 0x1000 })])), 4, 200);
    }
}
