//! The checksum of a block: SHA-1 everywhere, XXH64 since Citrix Hypervisor 8.1.

use sha1::{Digest, Sha1};
use xxhash_rust::xxh64::xxh64;

/// Which sum the blocks get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Hash {
    /// Every version reads it
    #[default]
    Sha1,
    /// From Citrix Hypervisor 8.1 and XCP-ng 8.1 on; several times as fast
    Xxhash,
}

impl Hash {
    /// What the name of the checksum's member ends in.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Hash::Sha1 => ".checksum",
            Hash::Xxhash => ".xxhash",
        }
    }

    /// The sum as the member holds it: readers compare the text.
    pub(super) fn text(self, block: &[u8]) -> String {
        match self {
            Hash::Sha1 => Sha1::digest(block).iter().map(|byte| format!("{byte:02x}")).collect(),
            Hash::Xxhash => format!("{:016X}", xxh64(block, 0)),
        }
    }
}

/// A checksum as a bundle has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Checksum {
    Sha1([u8; 20]),
    Xxhash(u64),
    /// Text that is no sum: no block has it.
    Malformed,
}

impl Checksum {
    pub(super) fn parse(hash: Hash, text: &[u8]) -> Self {
        let digits = std::str::from_utf8(text).unwrap_or_default();
        match (hash, digits.len()) {
            (Hash::Sha1, 40) if digits.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) => {
                let byte =
                    |at: usize| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap_or_default();
                Checksum::Sha1(std::array::from_fn(byte))
            }
            (Hash::Xxhash, 16) if digits.bytes().all(|c| matches!(c, b'0'..=b'9' | b'A'..=b'F')) => {
                u64::from_str_radix(digits, 16).map_or(Checksum::Malformed, Checksum::Xxhash)
            }
            _ => Checksum::Malformed,
        }
    }

    pub(super) fn is_of(&self, block: &[u8]) -> bool {
        match self {
            Checksum::Sha1(sum) => Sha1::digest(block)[..] == sum[..],
            Checksum::Xxhash(sum) => xxh64(block, 0) == *sum,
            Checksum::Malformed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sums_are_those_of_the_document_and_their_case_counts() {
        let zeros = vec![0; 1 << 20];
        assert_eq!(Hash::Sha1.text(&zeros), "3b71f43ff30f4b15b5cd85dd9e95ebc7e84eb5a3");
        assert_eq!(Hash::Xxhash.text(&zeros), "87D2A1B6E1163EF1");
        assert_eq!(Hash::Xxhash.text(&[]), "EF46DB3751D8E999");
        for hash in [Hash::Sha1, Hash::Xxhash] {
            let text = hash.text(&zeros);
            assert!(Checksum::parse(hash, text.as_bytes()).is_of(&zeros));
            assert!(!Checksum::parse(hash, text.as_bytes()).is_of(&zeros[1..]));
            let other_case = if hash == Hash::Sha1 { text.to_uppercase() } else { text.to_lowercase() };
            assert_eq!(Checksum::parse(hash, other_case.as_bytes()), Checksum::Malformed);
        }
    }
}
