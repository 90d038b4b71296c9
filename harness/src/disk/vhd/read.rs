//! Reading a VHD in place.

use super::{
    COOKIE, HEADER_COOKIE, HEADER_LEN, Kind, NO_BLOCK, SECTOR, be32, be64, bitmap_len, footer, header, sum,
};
use crate::disk::MAX_DISK;
use crate::media::read_exact_at;
use backplane::{Base, pieces};
use std::fs::File;
use std::io;
use std::sync::Arc;

/// Sizes of a block: the format says a power of two, 2 MiB by default.
const BLOCKS: std::ops::RangeInclusive<u64> = 4096..=256 << 20;

/// What a file is, if it is a VHD: by the footer at its end, which a fixed disk alone has, or by the copy at its beginning.
pub(in crate::disk) fn kind(file: &File, length: u64) -> io::Result<Option<Kind>> {
    let Some(at) = length.checked_sub(SECTOR as u64) else { return Ok(None) };
    Ok(match (footer_at(file, 0)?, footer_at(file, at)?) {
        (Some((kind, _)), _) if kind != Kind::Fixed => Some(kind),
        (_, Some((Kind::Fixed, size))) if size <= at => Some(Kind::Fixed),
        _ => None,
    })
}

/// The kind and the size that a footer says.
fn footer_at(file: &File, at: u64) -> io::Result<Option<(Kind, u64)>> {
    let mut bytes = [0; SECTOR];
    read_exact_at(file, at, &mut bytes)?;
    let code = be32(&bytes, footer::KIND);
    let kind = Kind::ALL.iter().find(|(known, _)| *known == code).map(|(_, kind)| *kind);
    let is_footer = bytes.starts_with(COOKIE) && be32(&bytes, footer::SUM) == sum(&bytes, footer::SUM);
    Ok(kind.filter(|_| is_footer).map(|kind| (kind, be64(&bytes, footer::SIZE))))
}

/// Opens the disk in a VHD.
///
/// # Errors
/// One line: what is wrong with the file.
pub(in crate::disk) fn open(file: File, length: u64, kind: Kind) -> Result<Arc<dyn Base>, String> {
    let unreadable = |error: io::Error| crate::failure::plain(&error);
    let footer_place = if kind == Kind::Fixed { length - SECTOR as u64 } else { 0 };
    let mut footer = [0; SECTOR];
    read_exact_at(&file, footer_place, &mut footer).map_err(unreadable)?;
    let len = be64(&footer, footer::SIZE);
    if len == 0 || len > MAX_DISK || !len.is_multiple_of(SECTOR as u64) {
        return Err(format!("a VHD of {len} bytes, expected whole sectors, up to {MAX_DISK}"));
    }
    match kind {
        Kind::Fixed => Ok(Arc::new(Fixed { file, len })),
        Kind::Dynamic => dynamic(file, length, len, be64(&footer, footer::HEADER_AT)),
        Kind::Differencing => {
            Err("a differencing VHD: it holds changes against another file; merge them first".into())
        }
    }
}

fn dynamic(file: File, length: u64, len: u64, header_at: u64) -> Result<Arc<dyn Base>, String> {
    let mut bytes = [0; HEADER_LEN];
    read_exact_at(&file, header_at, &mut bytes).map_err(|_| "truncated: the VHD's header is past its end")?;
    if !bytes.starts_with(HEADER_COOKIE) || be32(&bytes, header::SUM) != sum(&bytes, header::SUM) {
        return Err("the VHD's header is damaged: its sum does not match".into());
    }
    let block = u64::from(be32(&bytes, header::BLOCK));
    if !block.is_power_of_two() || !BLOCKS.contains(&block) {
        return Err(format!(
            "a VHD with blocks of {block} bytes, expected a power of two from 4096 to 256 MiB"
        ));
    }
    let blocks = len.div_ceil(block);
    if blocks > u64::from(be32(&bytes, header::ENTRIES)) {
        return Err("the VHD's table has fewer blocks than the disk".into());
    }
    let table_at = be64(&bytes, header::TABLE_AT);
    if table_at.checked_add(4 * blocks).is_none_or(|end| end > length) {
        return Err("truncated: the VHD's table of blocks is past its end".into());
    }
    let mut table = vec![0; 4 * blocks as usize];
    read_exact_at(&file, table_at, &mut table).map_err(|error| crate::failure::plain(&error))?;
    let table: Vec<u32> = table.chunks_exact(4).map(|entry| be32(entry, 0)).collect();
    let data = |entry: u32| u64::from(entry) * SECTOR as u64 + bitmap_len(block);
    let past = |(number, entry): (usize, &u32)| {
        let used = block.min(len - number as u64 * block);
        *entry != NO_BLOCK && data(*entry) + used > length
    };
    if let Some(number) = table.iter().enumerate().position(past) {
        return Err(format!("truncated: block {number} of the VHD is past its end"));
    }
    Ok(Arc::new(Dynamic { file, len, block, table }))
}

struct Fixed {
    file: File,
    len: u64,
}

impl Base for Fixed {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        read_exact_at(&self.file, offset, buf)
    }
}

/// Bitmaps are not looked at: sectors that were never written are zeros in their block.
struct Dynamic {
    file: File,
    len: u64,
    block: u64,
    /// First sector of each block.
    table: Vec<u32>,
}

impl Base for Dynamic {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        for (number, within, part) in pieces(offset, buf.len(), self.block) {
            let part = &mut buf[part];
            match self.table.get(number as usize) {
                Some(&entry) if entry != NO_BLOCK => {
                    let data = u64::from(entry) * SECTOR as u64 + bitmap_len(self.block);
                    read_exact_at(&self.file, data + within, part)?;
                }
                _ => part.fill(0),
            }
        }
        Ok(())
    }
}
