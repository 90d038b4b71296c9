//! The stream: `ova.xml`, then every disk in blocks of 1 MiB. Blocks of zeros are left out, except the first and the
//! last of a disk; each block is followed by its checksum.

use super::checksum::Hash;
use super::tar::{self, header};
use crate::disk::{DiskSource, is_blank};
use std::io::{self, Write};

/// Bytes of a block.
pub const BLOCK: usize = 1 << 20;

/// The length of a disk in the bundle: whole blocks, at least one.
pub fn padded_len(len: u64) -> u64 {
    len.max(1).next_multiple_of(BLOCK as u64)
}

/// Writes a bundle. Disks come with the reference their blocks are named after, in the byte order of these.
///
/// # Errors
/// Those of `out` and of the disks.
pub fn write(
    out: &mut (impl Write + ?Sized),
    ova_xml: &[u8],
    disks: &[(&str, &dyn DiskSource)],
    hash: Hash,
) -> io::Result<()> {
    member(out, "ova.xml", ova_xml)?;
    let mut ordered = disks.to_vec();
    ordered.sort_by_key(|(id, _)| *id);
    for (id, disk) in ordered {
        write_disk(out, id, disk, hash)?;
    }
    out.write_all(&[0; 2 * tar::RECORD])
}

fn write_disk(
    out: &mut (impl Write + ?Sized),
    id: &str,
    disk: &dyn DiskSource,
    hash: Hash,
) -> io::Result<()> {
    let blocks = padded_len(disk.len()) / BLOCK as u64;
    let mut block = vec![0; BLOCK];
    for number in 0..blocks {
        read_block(disk, number, &mut block)?;
        let is_edge = number == 0 || number == blocks - 1;
        if !is_edge && is_blank(&block) {
            continue;
        }
        let name = format!("{id}/{number:08}");
        member(out, &name, &block)?;
        member(out, &format!("{name}{}", hash.suffix()), hash.text(&block).as_bytes())?;
    }
    Ok(())
}

/// One block; zeros where the disk has ended.
fn read_block(disk: &dyn DiskSource, number: u64, block: &mut [u8]) -> io::Result<()> {
    let offset = number * BLOCK as u64;
    let length = disk.len().saturating_sub(offset).min(BLOCK as u64) as usize;
    let (data, rest) = block.split_at_mut(length);
    rest.fill(0);
    disk.read_at(offset, data)
}

fn member(out: &mut (impl Write + ?Sized), name: &str, data: &[u8]) -> io::Result<()> {
    out.write_all(&header(name, data.len() as u64))?;
    out.write_all(data)?;
    out.write_all(&[0; tar::RECORD][..tar::padding(data.len() as u64)])
}
