//! What a chip may assume.
#![forbid(unsafe_code)]
