//! A plain bundle in place: where each block lies in the file, found in one pass over the headers.

use super::broken::Result;
use super::checksum::Checksum;
use super::contents::Contents;
use super::walk::Walk;
use crate::media::read_exact_at;
use backplane::Base;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader};
use std::sync::{Arc, Mutex};

/// Enough for a header, a checksum and the next header: the data between are skipped.
const LOOK: usize = 2048;

/// A block of a disk, in the file.
struct Entry {
    offset: u64,
    len: u64,
    at: u64,
    name: String,
    checksum: Checksum,
}

/// A disk of a bundle, read from its file on demand. A block's checksum is verified when the block is first read.
pub struct BundledDisk {
    file: Arc<File>,
    len: u64,
    /// In the order of their offsets; what lies between them is zeros.
    blocks: Vec<Entry>,
    verified: Mutex<BTreeSet<usize>>,
}

/// Finds the blocks of every disk of a plain bundle.
///
/// # Errors
/// It is no bundle, or broken.
pub fn index(file: File) -> Result<(Contents, Vec<BundledDisk>)> {
    let shared = Arc::new(file.try_clone().map_err(super::broken::Broken::Host)?);
    let mut walk = Walk::begin(BufReader::with_capacity(LOOK, file))?;
    let disk =
        |len| BundledDisk { file: shared.clone(), len, blocks: Vec::new(), verified: Mutex::default() };
    let mut disks: Vec<BundledDisk> = walk.contents.disks.iter().map(|vdi| disk(vdi.bytes)).collect();
    while let Some(block) = walk.next()? {
        walk.skip(&block)?;
        let checksum = walk.checksum(&block)?;
        if block.member.size > 0 {
            let (at, len, name) = (block.member.at, block.member.size, block.member.name);
            disks[block.disk].blocks.push(Entry { offset: block.offset, len, at, name, checksum });
        }
    }
    Ok((walk.contents, disks))
}

impl BundledDisk {
    fn verify(&self, number: usize) -> io::Result<()> {
        let Ok(mut verified) = self.verified.lock() else { return Err(io::Error::other("a reader died")) };
        if verified.contains(&number) {
            return Ok(());
        }
        let block = &self.blocks[number];
        let mut data = vec![0; block.len as usize];
        read_exact_at(&self.file, block.at, &mut data)?;
        if !block.checksum.is_of(&data) {
            return Err(io::Error::other(format!("block {}: its checksum does not match", block.name)));
        }
        verified.insert(number);
        Ok(())
    }
}

impl Base for BundledDisk {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        buf.fill(0);
        let end = offset + buf.len() as u64;
        let first = self.blocks.partition_point(|block| block.offset + block.len <= offset);
        for (number, block) in self.blocks.iter().enumerate().skip(first) {
            if block.offset >= end {
                break;
            }
            self.verify(number)?;
            let (from, to) = (offset.max(block.offset), end.min(block.offset + block.len));
            let part = &mut buf[(from - offset) as usize..(to - offset) as usize];
            read_exact_at(&self.file, block.at + (from - block.offset), part)?;
        }
        Ok(())
    }
}
