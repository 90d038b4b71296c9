//! The port table: 65,536 entries, one a port.
//!
//! An access goes whole to the chip at its first port when that chip's claim is wide enough, whoever has the ports after
//! it (a word register may be one port wide). Any other access is cut in halves, and each half looks for its own chip.

use backplane::{Claims, What, Width};

/// Nobody answers.
const NOBODY: u8 = 0xFF;
/// The board itself answers: PCI configuration data.
pub(super) const BOARD: u8 = 0xFE;

/// Who answers a port, and the widest access it takes whole.
#[derive(Clone, Copy)]
struct Entry {
    chip: u8,
    width: Width,
}

/// Which chip answers which port.
pub(super) struct PortTable(Box<[Entry]>);

impl PortTable {
    pub(super) fn new() -> Self {
        PortTable(vec![Entry { chip: NOBODY, width: Width::Byte }; 0x1_0000].into_boxed_slice())
    }

    /// Who answers `port`: chip number (or [`BOARD`]) and widest whole access.
    #[inline]
    pub(super) fn find(&self, port: u16) -> Option<(u8, Width)> {
        let entry = self.0[port as usize];
        (entry.chip != NOBODY).then_some((entry.chip, entry.width))
    }

    /// Takes every port from everybody.
    pub(super) fn clear(&mut self) {
        self.0.fill(Entry { chip: NOBODY, width: Width::Byte });
    }

    /// Gives the ports of `claims` to `chip`; a port that another chip has stays with it, and is returned with
    /// that chip's number.
    pub(super) fn add(&mut self, chip: u8, claims: &Claims) -> Option<(u16, u8)> {
        let mut overlap = None;
        for (port, width) in ports(claims) {
            let entry = &mut self.0[port as usize];
            if entry.chip == NOBODY || entry.chip == chip {
                *entry = Entry { chip, width };
            } else {
                overlap = overlap.or(Some((port, entry.chip)));
            }
        }
        overlap
    }
}

/// The ports of a chip, and the widest access each takes whole. Port addresses wrap after FFFFh.
pub(super) fn ports(claims: &Claims) -> impl Iterator<Item = (u16, Width)> + '_ {
    claims
        .iter()
        .filter_map(|claim| match claim.what {
            What::Ports { first, count, width } => {
                Some((0..count).map(move |n| (first.wrapping_add(n), width)))
            }
            _ => None,
        })
        .flatten()
}
