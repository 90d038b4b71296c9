//! Headers of the old tar format (Unix version 7): what xapi writes, and what every reader takes.

/// Bytes of a tar record.
pub(super) const RECORD: usize = 512;

/// Name, mode, owner and group, size, time, checksum: offset and length.
const MODE: (usize, usize) = (100, 8);
const OWNER: (usize, usize) = (108, 8);
const GROUP: (usize, usize) = (116, 8);
const SIZE: (usize, usize) = (124, 12);
const TIME: (usize, usize) = (136, 12);
const CHECKSUM: (usize, usize) = (148, 8);

/// The header of a member. Names are at most 100 bytes, sizes below 8 GiB. The time is the epoch: the same guest
/// gives the same bytes.
pub fn header(name: &str, size: u64) -> [u8; RECORD] {
    let mut header = [0; RECORD];
    let length = name.len().min(MODE.0);
    header[..length].copy_from_slice(&name.as_bytes()[..length]);
    octal(&mut header, MODE, 0o400);
    octal(&mut header, OWNER, 0);
    octal(&mut header, GROUP, 0);
    octal(&mut header, SIZE, size);
    octal(&mut header, TIME, 0);
    header[CHECKSUM.0..CHECKSUM.0 + CHECKSUM.1].fill(b' ');
    let sum = header.iter().map(|&byte| u64::from(byte)).sum();
    octal(&mut header, CHECKSUM, sum);
    header
}

/// Octal digits that fill the field but for its last byte, which is NUL.
fn octal(header: &mut [u8; RECORD], (offset, length): (usize, usize), value: u64) {
    let digits = length - 1;
    for place in 0..digits {
        let shift = 3 * (digits - 1 - place) as u32;
        header[offset + place] = b'0' + (value >> shift & 7) as u8;
    }
    header[offset + digits] = 0;
}

/// Zeros that fill the last record of a member.
pub(super) fn padding(size: u64) -> usize {
    (size.next_multiple_of(RECORD as u64) - size) as usize
}
