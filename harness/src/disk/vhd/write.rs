//! Writing a VHD.

use super::{
    COOKIE, HEADER_COOKIE, HEADER_LEN, Kind, NO_BLOCK, NOWHERE, SECTOR, VERSION, bitmap_len, footer, header,
    sum,
};
use crate::disk::{DiskSource, each_piece, write_sparse};
use crate::output::Pending;
use sha1::{Digest, Sha1};
use std::io::{self, Seek, SeekFrom, Write};

/// Bytes of a block, as every other writer has them.
const BLOCK: u64 = 2 << 20;
/// The reserved bit of the features, which is always set.
const RESERVED: u32 = 2;
/// Hyper-V's mark: of disks with the older marks readers take the geometry for the size.
const CREATOR: &[u8; 4] = b"win ";
const CREATOR_VERSION: u32 = 0x000A_0000;
const CREATOR_HOST: &[u8; 4] = b"Wi2k";

/// Writes a fixed disk: the disk and a footer.
///
/// # Errors
/// Those of the disk and of the host.
pub(crate) fn write_fixed(disk: &dyn DiskSource, name: &str, out: &mut Pending) -> io::Result<()> {
    each_piece(disk, BLOCK as usize, |offset, data| write_sparse(out, offset, data).map(drop))?;
    out.seek(SeekFrom::Start(disk.len()))?;
    out.write_all(&footer(disk.len(), name, Kind::Fixed))
}

/// Writes a dynamic disk: blocks that are zero are left out.
///
/// # Errors
/// Those of the disk and of the host.
pub(crate) fn write_dynamic(disk: &dyn DiskSource, name: &str, out: &mut Pending) -> io::Result<()> {
    let blocks = disk.len().div_ceil(BLOCK);
    let entries = u32::try_from(blocks).map_err(io::Error::other)?;
    let table_at = (SECTOR + HEADER_LEN) as u64;
    let mut table = vec![NO_BLOCK; (4 * blocks as usize).next_multiple_of(SECTOR) / 4];
    let mut next = table_at + 4 * table.len() as u64;
    out.seek(SeekFrom::Start(next))?;
    each_piece(disk, BLOCK as usize, |offset, data| {
        table[(offset / BLOCK) as usize] = u32::try_from(next / SECTOR as u64).map_err(io::Error::other)?;
        out.write_all(&vec![0xFF; bitmap_len(BLOCK) as usize])?;
        out.write_all(data)?;
        out.write_all(&vec![0; BLOCK as usize - data.len()])?;
        next += bitmap_len(BLOCK) + BLOCK;
        Ok(())
    })?;
    let footer = footer(disk.len(), name, Kind::Dynamic);
    out.write_all(&footer)?;
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&footer)?;
    out.write_all(&dynamic_header(table_at, entries))?;
    table.iter().try_for_each(|entry| out.write_all(&entry.to_be_bytes()))
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn dynamic_header(table_at: u64, entries: u32) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    put(&mut bytes, 0, HEADER_COOKIE);
    put(&mut bytes, header::NEXT, &NOWHERE.to_be_bytes());
    put(&mut bytes, header::TABLE_AT, &table_at.to_be_bytes());
    put(&mut bytes, header::VERSION, &VERSION.to_be_bytes());
    put(&mut bytes, header::ENTRIES, &entries.to_be_bytes());
    put(&mut bytes, header::BLOCK, &(BLOCK as u32).to_be_bytes());
    let sum = sum(&bytes, header::SUM);
    put(&mut bytes, header::SUM, &sum.to_be_bytes());
    bytes
}

/// The time in it is the epoch, the id comes from the name: the same disk gives the same bytes.
fn footer(len: u64, name: &str, kind: Kind) -> [u8; SECTOR] {
    let mut bytes = [0; SECTOR];
    let header_at = if kind == Kind::Fixed { NOWHERE } else { SECTOR as u64 };
    let (cylinders, heads, sectors) = geometry(len / SECTOR as u64);
    put(&mut bytes, 0, COOKIE);
    put(&mut bytes, footer::FEATURES, &RESERVED.to_be_bytes());
    put(&mut bytes, footer::VERSION, &VERSION.to_be_bytes());
    put(&mut bytes, footer::HEADER_AT, &header_at.to_be_bytes());
    put(&mut bytes, footer::CREATOR, CREATOR);
    put(&mut bytes, footer::CREATOR_VERSION, &CREATOR_VERSION.to_be_bytes());
    put(&mut bytes, footer::CREATOR_HOST, CREATOR_HOST);
    put(&mut bytes, footer::ORIGINAL_SIZE, &len.to_be_bytes());
    put(&mut bytes, footer::SIZE, &len.to_be_bytes());
    put(&mut bytes, footer::CYLINDERS, &cylinders.to_be_bytes());
    put(&mut bytes, footer::HEADS, &[heads]);
    put(&mut bytes, footer::SECTORS, &[sectors]);
    put(&mut bytes, footer::KIND, &kind.code().to_be_bytes());
    put(&mut bytes, footer::ID, &Sha1::digest(format!("relic/vhd/{name}"))[..16]);
    let sum = sum(&bytes, footer::SUM);
    put(&mut bytes, footer::SUM, &sum.to_be_bytes());
    bytes
}

/// Cylinders, heads and sectors a track, by the specification's appendix.
fn geometry(sectors: u64) -> (u16, u8, u8) {
    let sectors = sectors.min(65_535 * 16 * 255);
    let (heads, track) = if sectors >= 65_535 * 16 * 63 {
        (16, 255)
    } else {
        let heads = (sectors / 17).div_ceil(1024).max(4);
        match (heads, sectors / 17) {
            (heads, cylinders) if heads <= 16 && cylinders < heads * 1024 => (heads, 17),
            (_, _) if sectors / 31 < 16 * 1024 => (16, 31),
            _ => (16, 63),
        }
    };
    ((sectors / track / heads) as u16, heads as u8, track as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_geometry_is_the_one_of_the_specification() {
        let mib = |mib: u64| geometry(mib * 2048);
        assert_eq!(mib(20), (602, 4, 17));
        assert_eq!(mib(200), (825, 16, 31));
        assert_eq!(mib(504), (1024, 16, 63));
        assert_eq!(mib(2048), (4161, 16, 63));
        assert_eq!(mib(200 << 10), (65_535, 16, 255));
    }
}
