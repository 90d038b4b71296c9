//! ROM bytes.
#![forbid(unsafe_code)]
