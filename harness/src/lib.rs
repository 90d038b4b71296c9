//! The harness library.
#![forbid(unsafe_code)]
