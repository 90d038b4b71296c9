//! Guest media.
#![forbid(unsafe_code)]
