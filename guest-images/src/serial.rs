//! Serial numbers that come from what the recipe says: no clock, no chance.

/// FNV-1a over the words, each followed by a zero byte.
pub(crate) fn of(words: &[&str]) -> u32 {
    const BASIS: u32 = 0x811C_9DC5;
    const PRIME: u32 = 0x0100_0193;
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    bytes.fold(BASIS, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(PRIME))
}
