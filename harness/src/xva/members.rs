//! The members of a bundle, strictly one after the other.

use super::broken::{Broken, Result, format, reading};
use super::tar::{self, RECORD};
use std::fs::File;
use std::io::{self, BufReader, Read};

/// Where a bundle's bytes come from.
pub(super) trait Source: Read {
    /// Leaves bytes out.
    ///
    /// # Errors
    /// The host's, or the end.
    fn skip(&mut self, count: u64) -> io::Result<()>;
}

/// A stream that can only be read.
pub(super) struct Stream<R>(pub(super) R);

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl<R: Read> Source for Stream<R> {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        match io::copy(&mut (&mut self.0).take(count), &mut io::sink())? == count {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Source for BufReader<File> {
    /// Beyond the end nothing fails before the next read.
    fn skip(&mut self, count: u64) -> io::Result<()> {
        self.seek_relative(i64::try_from(count).map_err(io::Error::other)?)
    }
}

/// A member whose data come next.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) size: u64,
    /// Where its data begin in the stream.
    pub(super) at: u64,
}

/// Most that an extended header of POSIX holds.
const MAX_EXTENDED: u64 = 64 << 10;
/// Most zeros that follow the end of the archive: writers fill their last record.
const MAX_TRAILER: u64 = 1 << 20;

/// The members of a stream.
pub(super) struct Members<S> {
    source: S,
    at: u64,
}

impl<S: Source> Members<S> {
    pub(super) fn new(source: S) -> Self {
        Members { source, at: 0 }
    }

    /// The next member; nothing at the end of the archive. The data of the one before have been read or skipped.
    pub(super) fn next(&mut self, expected: &str) -> Result<Option<Member>> {
        loop {
            let mut header = [0; RECORD];
            self.fill(&mut header, expected)?;
            let Some(parsed) = tar::parse(&header).map_err(Broken::Format)? else { return Ok(None) };
            let member = Member { name: parsed.name, size: parsed.size, at: self.at };
            match parsed.kind {
                b'0' => return Ok(Some(member)),
                b'x' | b'g' => self.extended(&member)?,
                b'5' => return format(format!("{}: a folder, expected {expected}", member.name)),
                _ => return format(format!("{}: not a plain file, expected {expected}", member.name)),
            }
        }
    }

    /// An extended header may say times and owners; a name or a size other than the header's is not followed.
    fn extended(&mut self, member: &Member) -> Result<()> {
        let records = self.read(member, MAX_EXTENDED)?;
        for record in records.split(|&byte| byte == b'\n') {
            let keyword = record.splitn(2, |&byte| byte == b' ').nth(1).unwrap_or_default();
            if keyword.starts_with(b"path=") || keyword.starts_with(b"size=") {
                return format("an extended tar header changes a name or a size; no bundle needs that");
            }
        }
        Ok(())
    }

    /// The data of a member that holds at most `most`.
    pub(super) fn read(&mut self, member: &Member, most: u64) -> Result<Vec<u8>> {
        if member.size > most {
            return format(format!("{}: {} bytes, expected at most {most}", member.name, member.size));
        }
        let mut data = vec![0; member.size as usize];
        self.read_into(member, &mut data)?;
        Ok(data)
    }

    /// The data of a member into a buffer of its size.
    pub(super) fn read_into(&mut self, member: &Member, data: &mut [u8]) -> Result<()> {
        self.fill(data, &member.name)?;
        let mut padding = [0; RECORD];
        self.fill(&mut padding[..tar::padding(member.size)], &member.name)
    }

    /// Leaves the data of a member out.
    pub(super) fn skip(&mut self, member: &Member) -> Result<()> {
        let count = member.size + tar::padding(member.size) as u64;
        self.at += count;
        self.source.skip(count).map_err(|error| reading(error, &member.name))
    }

    /// After the first record of zeros: one more, and nothing but zeros.
    pub(super) fn end(&mut self) -> Result<()> {
        self.fill(&mut [0; RECORD], "the end of the archive")?;
        let mut rest = Vec::new();
        let trailer = (&mut self.source).take(MAX_TRAILER + 1).read_to_end(&mut rest);
        trailer.map_err(|error| reading(error, "the end of the archive"))?;
        match rest.len() as u64 <= MAX_TRAILER && rest.iter().all(|&byte| byte == 0) {
            true => Ok(()),
            false => format("bytes follow the end of the archive"),
        }
    }

    fn fill(&mut self, buf: &mut [u8], what: &str) -> Result<()> {
        self.source.read_exact(buf).map_err(|error| reading(error, what))?;
        self.at += buf.len() as u64;
        Ok(())
    }
}
