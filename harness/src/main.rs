//! The `relic` command.
#![forbid(unsafe_code)]

use harness::cli::{self, Rights};
use harness::console::Console;
use harness::guest::Software;
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = cli::main(std::env::args_os(), &Software, &Console::process(), Rights::GiveUp);
    ExitCode::from(exit as u8)
}
