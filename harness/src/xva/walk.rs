//! The blocks of a bundle in the order of the stream, each at its place on its disk.
//!
//! As the importer does: disks in the byte order of their references; a counter that is left out stands for a block of
//! zeros, as long as the first block of the bundle; the last block of a disk is always there.

use super::broken::{Broken, Result, format};
use super::checksum::{Checksum, Hash};
use super::contents::Contents;
use super::members::{Member, Members, Source};
use super::tar::RECORD;

/// Most bytes of `ova.xml`, of an old bundle's table of checksums, and of one block.
const MAX_MEMBER: u64 = 16 << 20;
/// Bytes of a block, unless the first one says otherwise.
const UNIT: u64 = 1 << 20;

/// A block whose data come next.
pub(super) struct Block {
    /// Which disk, in the order of the contents.
    pub(super) disk: usize,
    /// Where on the disk.
    pub(super) offset: u64,
    pub(super) member: Member,
}

/// A bundle that is read once from its beginning to its end.
pub(super) struct Walk<S> {
    pub(super) contents: Contents,
    members: Members<S>,
    disk: usize,
    offset: u64,
    /// The counter that comes next when nothing is left out.
    counter: u64,
    unit: Option<u64>,
    /// A member that was looked at too early.
    ahead: Option<Member>,
}

impl<S: Source> Walk<S> {
    /// Reads `ova.xml`.
    pub(super) fn begin(source: S) -> Result<Self> {
        let mut members = Members::new(source);
        let first =
            members.next("its first tar header").map_err(|broken| Broken::Foreign(broken.to_string()))?;
        let Some(first) = first.filter(|member| matches!(member.name.as_str(), "ova.xml" | "./ova.xml"))
        else {
            return Err(Broken::Foreign("not a XenServer bundle: its first member is not ova.xml".into()));
        };
        let xml = members.read(&first, MAX_MEMBER)?;
        let contents = Contents::parse(&xml).map_err(|wrong| Broken::Format(format!("ova.xml: {wrong}")))?;
        Ok(Walk { contents, members, disk: 0, offset: 0, counter: 0, unit: None, ahead: None })
    }

    /// The next block; nothing when every disk is complete and the archive has ended as it must.
    pub(super) fn next(&mut self) -> Result<Option<Block>> {
        while let Some(disk) = self.contents.disks.get(self.disk) {
            if self.offset < disk.bytes {
                return self.block().map(Some);
            }
            self.next_disk();
        }
        if self.contents.has_table {
            let table = self.members.next("the table of checksums")?;
            let table = table.ok_or_else(|| Broken::Truncated("the table of checksums".into()))?;
            self.members.read(&table, MAX_MEMBER)?;
        }
        match self.members.next("the end of the archive")? {
            Some(member) => {
                format(format!("{}: no such member is expected after the last disk", member.name))
            }
            None => self.members.end().map(|()| None),
        }
    }

    /// Leaves a disk, complete or not; what follows is of the next.
    pub(super) fn next_disk(&mut self) {
        (self.disk, self.offset, self.counter) = (self.disk + 1, 0, 0);
    }

    fn block(&mut self) -> Result<Block> {
        let disk = &self.contents.disks[self.disk];
        let id = disk.id.clone();
        let left = disk.bytes;
        let member = match self.ahead.take() {
            Some(member) => Some(member),
            None => self.members.next(&format!("the blocks of {id}"))?,
        };
        let missing =
            format!("{id}: the blocks end at {} of {left} bytes; the last one must be there", self.offset);
        let Some(member) = member else { return Err(Broken::Missing { what: missing, ended: true }) };
        let counter = match member.name.rsplit_once('/') {
            Some((before, counter)) if before == id => counter_of(counter),
            _ => None,
        };
        let Some(counter) = counter else {
            let is_other =
                self.contents.disks[self.disk + 1..].iter().any(|disk| is_block_of(&member.name, &disk.id));
            if is_other {
                self.ahead = Some(member);
                return Err(Broken::Missing { what: missing, ended: false });
            }
            return format(format!("{}: expected a block of {id}", member.name));
        };
        let offset = self.place(&member, counter, left)?;
        (self.offset, self.counter) = (offset + member.size, counter + 1);
        Ok(Block { disk: self.disk, offset, member })
    }

    /// Where a block lies, and whether it may lie there.
    fn place(&mut self, member: &Member, counter: u64, bytes: u64) -> Result<u64> {
        let (name, size) = (&member.name, member.size);
        let Some(skipped) = counter.checked_sub(self.counter) else {
            return format(format!("{name}: comes twice or too late"));
        };
        if size > MAX_MEMBER {
            return format(format!("{name}: a block of {size} bytes, expected at most {MAX_MEMBER}"));
        }
        if !size.is_multiple_of(RECORD as u64) {
            return format(format!("{name}: a block of {size} bytes, expected whole sectors"));
        }
        if self.unit.is_none() && size > 0 {
            self.unit = Some(size);
        }
        let gap = skipped.checked_mul(self.unit.unwrap_or(UNIT));
        let offset = gap.and_then(|gap| gap.checked_add(self.offset));
        match offset.filter(|offset| offset.checked_add(size).is_some_and(|end| end <= bytes)) {
            Some(offset) => Ok(offset),
            None => format(format!("{name}: it lies past the end of a disk of {bytes} bytes")),
        }
    }

    pub(super) fn read(&mut self, block: &Block, data: &mut [u8]) -> Result<()> {
        self.members.read_into(&block.member, data)
    }

    pub(super) fn skip(&mut self, block: &Block) -> Result<()> {
        self.members.skip(&block.member)
    }

    /// The checksum that follows a block.
    pub(super) fn checksum(&mut self, block: &Block) -> Result<Checksum> {
        let name = &block.member.name;
        let expected = format!("the checksum of {name}");
        let Some(member) = self.members.next(&expected)? else {
            return Err(Broken::Truncated(expected));
        };
        let hash = [Hash::Sha1, Hash::Xxhash].into_iter().find(|hash| {
            member.name.strip_prefix(name.as_str()).is_some_and(|suffix| suffix == hash.suffix())
        });
        let Some(hash) = hash else { return format(format!("{}: expected {expected}", member.name)) };
        let text = self.members.read(&member, RECORD as u64)?;
        Ok(Checksum::parse(hash, &text))
    }
}

fn is_block_of(name: &str, id: &str) -> bool {
    name.rsplit_once('/').is_some_and(|(before, counter)| before == id && counter_of(counter).is_some())
}

/// A counter is decimal; twenty digits hold every one.
fn counter_of(text: &str) -> Option<u64> {
    let digits = (1..=20).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|counter| *counter < u64::MAX)
}
