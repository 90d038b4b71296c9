//! The chips.
#![forbid(unsafe_code)]
