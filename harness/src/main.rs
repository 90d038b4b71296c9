//! The `relic` command.
#![forbid(unsafe_code)]

use harness::console::Console;
use harness::guest::Software;
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = harness::cli::main(std::env::args_os(), &Software, &Console::process());
    ExitCode::from(exit as u8)
}
