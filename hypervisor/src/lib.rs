//! Board and machine.
#![forbid(unsafe_code)]
