//! A bundle as a stream, plain or compressed: every block checked and handed on.

use super::broken::{Broken, Result};
use super::contents::Contents;
use super::members::Stream;
use super::walk::Walk;
use std::fs::File;
use std::io::{self, BufReader, Read};

/// Bytes that are read at once.
const PIECE: usize = 1 << 20;
/// A compressed bundle unpacks to this much at least, whatever its size.
const UNPACKED_LEAST: u64 = 16 << 30;
/// How many times its size a larger one unpacks to at most.
const UNPACKED_RATIO: u64 = 200;
/// Damaged blocks that are named; more are only counted.
const MOST_NAMED: usize = 1000;

/// How a bundle is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Packing {
    /// As every XenServer does
    Gzip,
    /// As XCP-ng does, and Citrix Hypervisor from 8.1 on
    Zstd,
}

impl Packing {
    /// How a file is compressed, by its first bytes.
    pub fn of(first: &[u8]) -> Option<Self> {
        match first {
            [0x1F, 0x8B, ..] => Some(Packing::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Packing::Zstd),
            _ => None,
        }
    }
}

/// What came of reading a bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Blocks that were there.
    pub blocks: u64,
    /// Blocks whose checksum is not theirs, by name.
    pub damaged: Vec<String>,
    /// How many these are.
    pub damaged_count: u64,
    /// Why the bundle was not read to its end; what had not come is zeros.
    pub lost: Vec<String>,
}

impl Outcome {
    /// Whether every block is there and right.
    pub fn is_whole(&self) -> bool {
        self.damaged_count == 0 && self.lost.is_empty()
    }
}

/// A bundle that is being read.
pub struct Unpacking {
    walk: Walk<Stream<Box<dyn Read>>>,
}

impl Unpacking {
    /// Opens a bundle, compressed or not, and reads what it says about its guest.
    ///
    /// # Errors
    /// It is no bundle, or broken.
    pub fn open(file: File, length: u64) -> Result<Self> {
        let most = UNPACKED_LEAST.max(length.saturating_mul(UNPACKED_RATIO));
        Ok(Unpacking { walk: Walk::begin(Stream(plain_stream(file, most)?))? })
    }

    /// What the bundle says about its guest.
    pub fn contents(&self) -> &Contents {
        &self.walk.contents
    }

    /// Hands every block on: the disk's number, the place on it, the data. Damaged blocks are handed on, too, and counted;
    /// with `recover` reading also goes on where blocks are missing, as far as it can.
    ///
    /// # Errors
    /// The bundle is broken, or `to` fails.
    pub fn unpack(
        mut self,
        recover: bool,
        mut to: impl FnMut(usize, u64, &[u8]) -> io::Result<()>,
    ) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut data = Vec::new();
        loop {
            match self.step(&mut data, &mut outcome, &mut to) {
                Ok(true) => {}
                Ok(false) => return Ok(outcome),
                Err(Broken::Missing { what, ended: false }) if recover => {
                    outcome.lost.push(what);
                    self.walk.next_disk();
                }
                Err(broken) if recover && !matches!(broken, Broken::Sink(_)) => {
                    outcome.lost.push(broken.to_string());
                    return Ok(outcome);
                }
                Err(broken) => return Err(broken),
            }
        }
    }

    /// One block; false at the end.
    fn step(
        &mut self,
        data: &mut Vec<u8>,
        outcome: &mut Outcome,
        to: &mut impl FnMut(usize, u64, &[u8]) -> io::Result<()>,
    ) -> Result<bool> {
        let Some(block) = self.walk.next()? else { return Ok(false) };
        // At most a block's limit: the walk has looked at the size.
        data.resize(block.member.size as usize, 0);
        self.walk.read(&block, data)?;
        to(block.disk, block.offset, data).map_err(Broken::Sink)?;
        let checksum = self.walk.checksum(&block)?;
        outcome.blocks += 1;
        if !checksum.is_of(data) {
            outcome.damaged_count += 1;
            if outcome.damaged.len() < MOST_NAMED {
                outcome.damaged.push(block.member.name);
            }
        }
        Ok(true)
    }
}

/// The bytes of a file as they were before compression, at most so many.
fn plain_stream(file: File, most: u64) -> Result<Box<dyn Read>> {
    let mut file = BufReader::with_capacity(PIECE, file);
    let first = io::BufRead::fill_buf(&mut file).map_err(Broken::Host)?;
    Ok(match Packing::of(first) {
        None => Box::new(file),
        Some(Packing::Gzip) => {
            let unpacked = flate2::bufread::MultiGzDecoder::new(file);
            Box::new(Unpacked { inner: unpacked, left: most, most })
        }
        Some(Packing::Zstd) => {
            let unpacked = zstd::Decoder::with_buffer(file).map_err(Broken::Host)?;
            Box::new(Unpacked { inner: unpacked, left: most, most })
        }
    })
}

/// A compressed stream that may not hide more than it is allowed to.
struct Unpacked<R> {
    inner: R,
    left: u64,
    most: u64,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => error,
            _ => io::Error::other(Broken::Packed(format!("the compressed bundle is damaged: {error}"))),
        })?;
        self.left = self.left.checked_sub(got as u64).ok_or_else(|| {
            let message = format!("it unpacks to more than {} GiB; decompress it first", self.most >> 30);
            io::Error::other(Broken::Packed(message))
        })?;
        Ok(got)
    }
}
