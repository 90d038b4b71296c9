//! Headers of the old tar format (Unix version 7): what xapi writes, and what every reader takes.

/// Bytes of a tar record.
pub(super) const RECORD: usize = 512;

/// A field of a header: offset and length.
type Field = (usize, usize);

const NAME: Field = (0, 100);
const MODE: Field = (100, 8);
const OWNER: Field = (108, 8);
const GROUP: Field = (116, 8);
const SIZE: Field = (124, 12);
const TIME: Field = (136, 12);
const CHECKSUM: Field = (148, 8);
const KIND: usize = 156;
/// POSIX 1003.1 names its format here and has a second part of the name, which goes before the first.
const MAGIC: Field = (257, 6);
const PREFIX: Field = (345, 155);

/// The header of a member. Names are at most 100 bytes, sizes below 8 GiB. The time is the epoch: the same guest
/// gives the same bytes.
pub fn header(name: &str, size: u64) -> [u8; RECORD] {
    let mut header = [0; RECORD];
    let length = name.len().min(NAME.1);
    header[..length].copy_from_slice(&name.as_bytes()[..length]);
    octal(&mut header, MODE, 0o400);
    octal(&mut header, OWNER, 0);
    octal(&mut header, GROUP, 0);
    octal(&mut header, SIZE, size);
    octal(&mut header, TIME, 0);
    header[CHECKSUM.0..CHECKSUM.0 + CHECKSUM.1].fill(b' ');
    let sum = sum(&header);
    octal(&mut header, CHECKSUM, sum);
    header
}

/// Octal digits that fill the field but for its last byte, which is NUL.
fn octal(header: &mut [u8; RECORD], (offset, length): Field, value: u64) {
    let digits = length - 1;
    for place in 0..digits {
        let shift = 3 * (digits - 1 - place) as u32;
        header[offset + place] = b'0' + (value >> shift & 7) as u8;
    }
    header[offset + digits] = 0;
}

/// The sum of a header's bytes, the field of the sum read as blanks.
fn sum(header: &[u8; RECORD]) -> u64 {
    let field = CHECKSUM.0..CHECKSUM.0 + CHECKSUM.1;
    header.iter().enumerate().map(|(at, &byte)| if field.contains(&at) { 32 } else { u64::from(byte) }).sum()
}

/// Zeros that fill the last record of a member.
pub(super) fn padding(size: u64) -> usize {
    (size.next_multiple_of(RECORD as u64) - size) as usize
}

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    /// The member's name.
    pub(super) name: String,
    /// Bytes of its data.
    pub(super) size: u64,
    /// Its type, as POSIX has it; a plain file is `0`.
    pub(super) kind: u8,
}

/// Parses a header of the old format, of POSIX or of GNU. All zeros are no header.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(header: &[u8; RECORD]) -> Result<Option<Parsed>, String> {
    if header.iter().all(|&byte| byte == 0) {
        return Ok(None);
    }
    if number(header, CHECKSUM) != Some(sum(header)) {
        return Err("the sum of a tar header does not match".into());
    }
    let mut name = text(header, NAME)?;
    if header[MAGIC.0..].starts_with(b"ustar\0") && header[PREFIX.0] != 0 {
        name = format!("{}/{name}", text(header, PREFIX)?);
    }
    let size = number(header, SIZE).ok_or_else(|| format!("{name}: its tar header has no octal size"))?;
    let kind = if header[KIND] == 0 { b'0' } else { header[KIND] };
    Ok(Some(Parsed { name, size, kind }))
}

fn field(header: &[u8; RECORD], (offset, length): Field) -> &[u8] {
    &header[offset..offset + length]
}

fn text(header: &[u8; RECORD], place: Field) -> Result<String, String> {
    let bytes = field(header, place).split(|&byte| byte == 0).next().unwrap_or_default();
    String::from_utf8(bytes.to_vec()).map_err(|_| "a member's name is not UTF-8".into())
}

/// Octal digits among blanks and NULs.
fn number(header: &[u8; RECORD], place: Field) -> Option<u64> {
    let text = std::str::from_utf8(field(header, place)).ok()?.trim_matches([' ', '\0']);
    match text.bytes().all(|digit| digit.is_ascii_digit()) {
        true => u64::from_str_radix(text, 8).ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let parsed = parse(&header("Ref:4/00000000", 1 << 20)).unwrap().unwrap();
        assert_eq!(parsed, Parsed { name: "Ref:4/00000000".into(), size: 1 << 20, kind: b'0' });
        assert_eq!(parse(&[0; RECORD]), Ok(None));
    }

    #[test]
    fn blanks_around_numbers_and_the_prefix_of_posix_are_understood() {
        let mut written = header("00000000", 0);
        written[SIZE.0..SIZE.0 + SIZE.1].copy_from_slice(b"    1000    ");
        written[MAGIC.0..MAGIC.0 + 8].copy_from_slice(b"ustar\x0000");
        written[PREFIX.0..PREFIX.0 + 5].copy_from_slice(b"Ref:4");
        let sum = sum(&written);
        octal(&mut written, CHECKSUM, sum);
        let parsed = parse(&written).unwrap().unwrap();
        assert_eq!((parsed.name.as_str(), parsed.size), ("Ref:4/00000000", 512));
    }

    #[test]
    fn a_flipped_bit_or_a_size_that_is_not_octal_is_refused() {
        let mut written = header("ova.xml", 5);
        written[0] ^= 1;
        assert!(parse(&written).unwrap_err().contains("does not match"));
        let mut written = header("ova.xml", 5);
        written[SIZE.0] = 0x80;
        let sum = sum(&written);
        octal(&mut written, CHECKSUM, sum);
        assert_eq!(parse(&written).unwrap_err(), "ova.xml: its tar header has no octal size");
    }
}
