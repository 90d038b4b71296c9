//! The `relic` command.
#![forbid(unsafe_code)]
fn main() {}
