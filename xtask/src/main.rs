//! `cargo xtask`: one command checks everything.
#![forbid(unsafe_code)]
fn main() {}
