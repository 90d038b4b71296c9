//! Lists of a saved state, whose lengths a chip relies on: a file comes from anybody.

use serde::de::{Deserialize, Deserializer, Error};

/// Reads a list of exactly `N` items.
///
/// # Errors
/// The reader's; another number of items.
pub fn exactly<'de, D: Deserializer<'de>, T: Deserialize<'de>, const N: usize>(
    d: D,
) -> Result<Vec<T>, D::Error> {
    let list = Vec::deserialize(d)?;
    if list.len() != N {
        return Err(Error::custom(format_args!("a list of {} items where {N} belong", list.len())));
    }
    Ok(list)
}

/// Reads a list of `N` items at most.
///
/// # Errors
/// The reader's; more items.
pub fn at_most<'de, D: Deserializer<'de>, L: FromIterator<T>, T: Deserialize<'de>, const N: usize>(
    d: D,
) -> Result<L, D::Error> {
    let list = Vec::deserialize(d)?;
    if list.len() > N {
        return Err(Error::custom(format_args!("a list of {} items where {N} have room", list.len())));
    }
    Ok(list.into_iter().collect())
}
