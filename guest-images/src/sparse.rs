//! Media are mostly empty: what is zero costs the host neither memory nor disk.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// Bytes that are looked at together.
pub(crate) const PIECE: usize = 64 << 10;

/// Whether all bytes are zero.
pub(crate) fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

/// Writes `bytes` into a new file; where a piece is zero, the file has a hole.
pub(crate) fn write(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    for piece in bytes.chunks(PIECE) {
        if is_blank(piece) {
            file.seek(SeekFrom::Current(piece.len() as i64))?;
        } else {
            file.write_all(piece)?;
        }
    }
    file.set_len(bytes.len() as u64)
}
