//! Media in drive bays: a read-only base and a copy-on-write overlay.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes a chunk of an overlay.
pub const CHUNK: usize = 4096;

/// A base medium that is never written: an image file, or bytes in memory.
pub trait Base: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Whether the medium has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` from `offset` on. The range lies inside the medium.
    ///
    /// # Errors
    /// Those of the host's file.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()>;
}

impl Base for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
        let start = offset as usize;
        match self.get(start..start + buf.len()) {
            Some(bytes) => buf.copy_from_slice(bytes),
            None => return Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
        Ok(())
    }
}

/// Why a medium did not do what a drive asked for.
#[derive(Debug, thiserror::Error)]
pub enum MediumError {
    /// The range is not inside the medium.
    #[error("{offset} + {len} bytes is past the end of a medium of {size} bytes")]
    OutOfRange {
        /// First byte asked for.
        offset: u64,
        /// Bytes asked for.
        len: usize,
        /// Size of the medium.
        size: u64,
    },
    /// The medium is write-protected.
    #[error("the medium is write-protected")]
    WriteProtected,
    /// The host failed.
    #[error("{0}")]
    Host(#[from] std::io::Error),
}

/// A medium: reads come from the overlay where it has the chunk and from the base elsewhere; writes go to the
/// overlay. Cloning shares the base and, until they are written, the chunks.
#[derive(Clone)]
pub struct Disk {
    base: Arc<dyn Base>,
    written: BTreeMap<u64, Arc<[u8; CHUNK]>>,
    /// Whether writes are refused.
    pub write_protected: bool,
    name: Arc<str>,
}

impl Disk {
    /// A medium over a base.
    pub fn new(base: Arc<dyn Base>) -> Self {
        Disk { base, written: BTreeMap::new(), write_protected: false, name: "".into() }
    }

    /// A medium over bytes in memory.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self::new(Arc::new(bytes))
    }

    /// The same medium with its write-protect tab set.
    #[must_use]
    pub fn protected(mut self) -> Self {
        self.write_protected = true;
        self
    }

    /// The same medium under a name by which the host finds its base again.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// The name that the host gave it; empty if none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same medium as it was before anything was written.
    #[must_use]
    pub fn unwritten(&self) -> Self {
        Disk { written: BTreeMap::new(), ..self.clone() }
    }

    /// The medium without what was written to it.
    pub fn base(&self) -> &dyn Base {
        &*self.base
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.base.len()
    }

    /// Whether the medium has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The chunks that were written, by chunk number, for saving an overlay.
    pub fn written(&self) -> impl Iterator<Item = (u64, &[u8; CHUNK])> {
        self.written.iter().map(|(n, chunk)| (*n, &**chunk))
    }

    /// How much of the medium the overlay has, in bytes.
    pub fn written_bytes(&self) -> u64 {
        (self.written.len() * CHUNK) as u64
    }

    /// Puts a saved chunk back, whole. Bytes past the end of the medium are ignored on reading.
    pub fn restore_chunk(&mut self, number: u64, chunk: Arc<[u8; CHUNK]>) {
        self.written.insert(number, chunk);
    }

    fn check(&self, offset: u64, len: usize) -> Result<(), MediumError> {
        match offset.checked_add(len as u64) {
            Some(end) if end <= self.len() => Ok(()),
            _ => Err(MediumError::OutOfRange { offset, len, size: self.len() }),
        }
    }

    /// Fills `buf` from byte `offset` on.
    ///
    /// # Errors
    /// [`MediumError::OutOfRange`], or the host's.
    pub fn read(&self, offset: u64, buf: &mut [u8]) -> Result<(), MediumError> {
        self.check(offset, buf.len())?;
        for (number, within, part) in pieces(offset, buf.len(), CHUNK as u64) {
            let target = &mut buf[part];
            match self.written.get(&number) {
                Some(chunk) => target.copy_from_slice(&chunk[within as usize..][..target.len()]),
                None => self.base.read_at(number * CHUNK as u64 + within, target)?,
            }
        }
        Ok(())
    }

    /// Writes `data` from byte `offset` on.
    ///
    /// # Errors
    /// [`MediumError::WriteProtected`], [`MediumError::OutOfRange`], or the host's while it reads the base.
    pub fn write(&mut self, offset: u64, data: &[u8]) -> Result<(), MediumError> {
        self.check(offset, data.len())?;
        if self.write_protected {
            return Err(MediumError::WriteProtected);
        }
        for (number, within, part) in pieces(offset, data.len(), CHUNK as u64) {
            let source = &data[part];
            let chunk = match self.written.get_mut(&number) {
                Some(chunk) => chunk,
                None => {
                    let fresh = self.base_chunk(number)?;
                    self.written.entry(number).or_insert(Arc::new(fresh))
                }
            };
            Arc::make_mut(chunk)[within as usize..][..source.len()].copy_from_slice(source);
        }
        Ok(())
    }

    fn base_chunk(&self, number: u64) -> Result<[u8; CHUNK], MediumError> {
        let mut chunk = [0; CHUNK];
        let start = number * CHUNK as u64;
        let len = (self.len() - start).min(CHUNK as u64) as usize;
        self.base.read_at(start, &mut chunk[..len])?;
        Ok(chunk)
    }
}

/// Splits a byte range at the borders of units: number of the unit, offset in it, range of the caller's buffer.
pub fn pieces(
    offset: u64,
    len: usize,
    unit: u64,
) -> impl Iterator<Item = (u64, u64, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        if done == len {
            return None;
        }
        let at = offset + done as u64;
        let within = at % unit;
        let part = done..done + (unit - within).min((len - done) as u64) as usize;
        done = part.end;
        Some((at / unit, within, part))
    })
}

/// A place for a medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Bay {
    /// First floppy drive.
    FloppyA,
    /// Second floppy drive.
    FloppyB,
    /// Primary IDE channel, drive 0.
    PrimaryMaster,
    /// Primary IDE channel, drive 1.
    PrimarySlave,
    /// Secondary IDE channel, drive 0.
    SecondaryMaster,
    /// Secondary IDE channel, drive 1.
    SecondarySlave,
}

impl Bay {
    /// All bays.
    pub const ALL: [Bay; 6] = [
        Bay::FloppyA,
        Bay::FloppyB,
        Bay::PrimaryMaster,
        Bay::PrimarySlave,
        Bay::SecondaryMaster,
        Bay::SecondarySlave,
    ];
}

/// All bays of a machine. A chip knows its bays and compares [`Drives::changes`] with what it saw last to
/// notice a change of medium.
#[derive(Clone, Default)]
pub struct Drives {
    media: [Option<Disk>; 6],
    changes: [u32; 6],
}

impl Drives {
    /// The medium in a bay.
    pub fn get(&self, bay: Bay) -> Option<&Disk> {
        self.media[bay as usize].as_ref()
    }

    /// The medium in a bay, to write.
    pub fn get_mut(&mut self, bay: Bay) -> Option<&mut Disk> {
        self.media[bay as usize].as_mut()
    }

    /// Puts a medium in a bay and returns the one that was there.
    pub fn insert(&mut self, bay: Bay, disk: Disk) -> Option<Disk> {
        self.changes[bay as usize] = self.changes[bay as usize].wrapping_add(1);
        self.media[bay as usize].replace(disk)
    }

    /// Takes the medium out of a bay.
    pub fn eject(&mut self, bay: Bay) -> Option<Disk> {
        self.changes[bay as usize] = self.changes[bay as usize].wrapping_add(1);
        self.media[bay as usize].take()
    }

    /// Bays with these media, whose media were changed so often: those of a snapshot.
    pub fn restored(media: [Option<Disk>; 6], changes: [u32; 6]) -> Drives {
        Drives { media, changes }
    }

    /// How often the medium of a bay was inserted or taken out.
    pub fn changes(&self, bay: Bay) -> u32 {
        self.changes[bay as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_go_to_the_overlay_and_clones_part_ways() {
        let base = Arc::new(vec![7u8; 10_000]);
        let mut disk = Disk::new(base.clone());
        disk.write(4090, &[1; 12]).unwrap();
        let copy = disk.clone();
        disk.write(4090, &[2; 12]).unwrap();
        let mut seen = [0; 14];
        copy.read(4089, &mut seen).unwrap();
        assert_eq!(seen, [7, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 7]);
        disk.read(4089, &mut seen).unwrap();
        assert_eq!(seen[1], 2);
        assert!(base.iter().all(|b| *b == 7));
        assert_eq!(disk.written().count(), 2);
    }

    #[test]
    fn ranges_past_the_end_and_protected_media_are_refused() {
        let mut disk = Disk::from_bytes(vec![0; 1000]);
        assert!(matches!(disk.read(999, &mut [0; 2]), Err(MediumError::OutOfRange { .. })));
        assert!(matches!(disk.read(u64::MAX, &mut [0; 2]), Err(MediumError::OutOfRange { .. })));
        disk.write(998, &[1, 2]).unwrap();
        let mut disk = disk.protected();
        assert!(matches!(disk.write(0, &[1]), Err(MediumError::WriteProtected)));
    }
}
