//! Digests of what a run leaves behind: equal digests mean equal bits.

use backplane::{Bay, Disk, Drives, Ram};
use device_models::Frame;
use std::fmt;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// XXH3-128 digests of RAM, screen and media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Guest RAM.
    pub ram: u128,
    /// Picture: size and pixels.
    pub screen: u128,
    /// Each bay's written chunks; zero for an empty bay.
    pub media: [u128; 6],
}

impl Digests {
    pub(crate) fn of(ram: &Ram, ram_bytes: usize, frame: &Frame, drives: &Drives) -> Digests {
        Digests {
            ram: ram_digest(ram, ram_bytes),
            screen: screen_digest(frame),
            media: Bay::ALL.map(|bay| drives.get(bay).map_or(0, disk_digest)),
        }
    }
}

fn ram_digest(ram: &Ram, bytes: usize) -> u128 {
    let mut hash = Xxh3::new();
    let mut block = vec![0; 1 << 20];
    for start in (0..bytes).step_by(block.len()) {
        let part = (bytes - start).min(block.len());
        ram.read(start, &mut block[..part]);
        hash.update(&block[..part]);
    }
    hash.digest128()
}

fn screen_digest(frame: &Frame) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(&frame.width.to_le_bytes());
    hash.update(&frame.height.to_le_bytes());
    for pixel in &frame.pixels {
        hash.update(&pixel.to_le_bytes());
    }
    hash.digest128()
}

/// The base is identified by its length: it is read-only, and the same file in both runs that are compared.
fn disk_digest(disk: &Disk) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(&disk.len().to_le_bytes());
    for (number, chunk) in disk.written() {
        hash.update(&number.to_le_bytes());
        hash.update(&xxh3_128(chunk).to_le_bytes());
    }
    hash.digest128()
}

impl fmt::Display for Digests {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ram {:032x} screen {:032x}", self.ram, self.screen)?;
        for (bay, digest) in Bay::ALL.iter().zip(self.media).filter(|(_, d)| *d != 0) {
            write!(f, " {bay:?} {digest:032x}")?;
        }
        Ok(())
    }
}
