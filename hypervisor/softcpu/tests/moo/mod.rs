//! Reader of the MOO format: chunks of a four-byte name, a length and bytes.

pub(crate) mod case;
pub(crate) mod differences;
pub(crate) mod rig;
mod undefined;

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

/// Sixteen-bit registers with a presence mask: AX BX CX DX CS SS DS ES SP BP SI DI IP FLAGS.
#[derive(Default)]
pub(crate) struct Registers {
    values: [Option<u16>; 16],
}

impl Registers {
    /// The value of a register that the test lists.
    pub(crate) fn get(&self, n: usize) -> Option<u16> {
        self.values.get(n).copied().flatten()
    }

    fn parse(bytes: &[u8]) -> Registers {
        let mut words = bytes.chunks_exact(2).map(|w| u16::from_le_bytes([w[0], w[1]]));
        let mask = words.next().unwrap_or(0);
        let mut values = [None; 16];
        for (n, value) in values.iter_mut().enumerate() {
            if mask >> n & 1 != 0 {
                *value = words.next();
            }
        }
        Registers { values }
    }
}

/// One instruction's test.
#[derive(Default)]
pub(crate) struct Test {
    /// Its number in the file.
    pub(crate) index: u32,
    /// The instruction as text.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) code: Vec<u8>,
    /// Registers before.
    pub(crate) initial: Registers,
    /// Memory before.
    pub(crate) initial_ram: Vec<(u32, u8)>,
    /// Registers that changed.
    pub(crate) last: Registers,
    /// Memory that changed.
    pub(crate) last_ram: Vec<(u32, u8)>,
    /// Exception number, and where it pushed FLAGS.
    pub(crate) exception: Option<(u8, u32)>,
    /// Names the test in the revocation list.
    pub(crate) hash: String,
}

fn dword(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn chunks(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let (head, rest) = bytes.split_at_checked(8)?;
        let (body, rest) = rest.split_at_checked(dword(head, 4) as usize)?;
        bytes = rest;
        Some((&head[..4], body))
    })
}

fn memory(bytes: &[u8]) -> Vec<(u32, u8)> {
    bytes.get(4..).unwrap_or(&[]).chunks_exact(5).map(|c| (dword(c, 0), c[4])).collect()
}

fn state(bytes: &[u8]) -> (Registers, Vec<(u32, u8)>) {
    let (mut registers, mut ram) = (Registers::default(), Vec::new());
    for (name, body) in chunks(bytes) {
        match name {
            b"REGS" => registers = Registers::parse(body),
            b"RAM " => ram = memory(body),
            _ => {}
        }
    }
    (registers, ram)
}

fn test(bytes: &[u8]) -> Test {
    let mut test = Test { index: dword(bytes, 0), ..Test::default() };
    for (name, body) in chunks(&bytes[4..]) {
        match name {
            b"NAME" => test.name = String::from_utf8_lossy(&body[4..]).into_owned(),
            b"BYTS" => test.code = body[4..].to_vec(),
            b"INIT" => (test.initial, test.initial_ram) = state(body),
            b"FINA" => (test.last, test.last_ram) = state(body),
            b"EXCP" => test.exception = Some((body[0], dword(body, 1))),
            b"HASH" => test.hash = body.iter().map(|b| format!("{b:02x}")).collect(),
            _ => {}
        }
    }
    test
}

/// All tests of a gzipped file.
pub(crate) fn read(path: &Path) -> Vec<Test> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    let first = 8 + dword(&bytes, 4) as usize;
    chunks(&bytes[first..]).filter(|(name, _)| *name == b"TEST").map(|(_, body)| test(body)).collect()
}

/// Hashes of tests that their author withdrew.
pub(crate) fn revoked(path: &Path) -> HashSet<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| line.trim().to_lowercase()).collect()
}
