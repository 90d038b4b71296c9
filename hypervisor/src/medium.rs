//! Media by identity: what a snapshot and a log say of a medium whose bytes they do not hold.

use backplane::{Base, Disk};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

/// Which medium: enough to find it, and to refuse another one in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediumId {
    /// The name that the host gave it: a path, as a rule.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// XXH3-128 of the base medium, or of a large one's beginning and of samples spread evenly; in hex.
    pub samples: String,
    /// Whether it takes no writes.
    pub write_protected: bool,
}

/// Opens the base medium of an identity again.
pub type OpenMedium<'a> = &'a mut dyn FnMut(&MediumId) -> Result<Disk, String>;

/// A medium up to this size is looked at whole.
const WHOLE: u64 = 64 << 20;
/// Of a larger one, so many bytes from its beginning on, where file systems have their tables, and so many places. Every run looks:
/// it must cost nothing that is felt, also where a place is a compressed or a checked block.
const BEGINNING: u64 = 256 << 10;
const PLACES: u64 = 256;
/// Bytes that are looked at together.
const SAMPLE: usize = 4096;

impl MediumId {
    /// The identity of a medium's base.
    ///
    /// # Errors
    /// The host's file cannot be read.
    pub fn of(disk: &Disk) -> std::io::Result<MediumId> {
        Ok(MediumId {
            name: disk.name().to_owned(),
            bytes: disk.len(),
            samples: samples(disk.base())?,
            write_protected: disk.write_protected,
        })
    }

    /// Opens the medium and looks whether it is this one.
    ///
    /// # Errors
    /// One line that names it.
    pub fn open(&self, open: OpenMedium) -> Result<Disk, String> {
        let mut disk = open(self)?;
        let found = MediumId::of(&disk).map_err(|error| format!("{}: cannot read: {error}", self.name))?;
        if found.bytes != self.bytes {
            return Err(format!("{}: {} bytes, expected {}", self.name, found.bytes, self.bytes));
        }
        if found.samples != self.samples {
            return Err(format!("{}: another content than that of the run", self.name));
        }
        disk.write_protected = self.write_protected;
        Ok(disk.named(&self.name))
    }
}

fn samples(base: &dyn Base) -> std::io::Result<String> {
    let len = base.len();
    let whole = if len <= WHOLE { len } else { BEGINNING };
    let places = (whole..len).step_by((len / PLACES).max(1) as usize);
    let mut sum = Xxh3::new();
    let mut sample = [0; SAMPLE];
    for at in (0..whole).step_by(SAMPLE).chain(places) {
        let part = &mut sample[..(len - at).min(SAMPLE as u64) as usize];
        base.read_at(at, part)?;
        sum.update(part);
    }
    Ok(format!("{:032x}", sum.digest128()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(bytes: usize, changed: Option<usize>) -> Disk {
        let mut bytes: Vec<u8> = (0..bytes).map(|n| (n / 512) as u8).collect();
        changed.into_iter().for_each(|at| bytes[at] ^= 1);
        Disk::from_bytes(bytes).named("disk.img")
    }

    #[test]
    fn the_same_medium_is_opened_and_another_refused() {
        let id = MediumId::of(&disk(100_000, None).protected()).unwrap();
        let opened = id.open(&mut |_| Ok(disk(100_000, None))).unwrap();
        assert!(opened.write_protected && opened.name() == "disk.img");
        let refused = |bytes, changed| id.open(&mut |_| Ok(disk(bytes, changed))).err().unwrap();
        assert_eq!(refused(99_999, None), "disk.img: 99999 bytes, expected 100000");
        assert!(refused(100_000, Some(50_000)).contains("another content"));
        assert_eq!(id.open(&mut |_| Err("gone".into())).err().unwrap(), "gone");
    }

    #[test]
    fn a_small_medium_is_looked_at_whole_and_a_large_one_in_places() {
        for (bytes, changed) in [(1 << 20, 0x1001), (96 << 20, 0x1001), (96 << 20, (256 + 384) << 10)] {
            let id = MediumId::of(&disk(bytes, None)).unwrap();
            assert_ne!(MediumId::of(&disk(bytes, Some(changed))).unwrap(), id);
        }
        assert_eq!(MediumId::of(&disk(0, None)).unwrap().bytes, 0);
    }
}
