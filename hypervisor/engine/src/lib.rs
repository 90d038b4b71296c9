//! The engine seam.
#![forbid(unsafe_code)]
