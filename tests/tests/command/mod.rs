//! `relic`'s command in this process.

use harness::cli::{self, Rights};
use harness::console::Console;
use harness::failure::Exit;
use harness::guest::Software;
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Stream(Arc<Mutex<Vec<u8>>>);

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner()).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Stream {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(|broken| broken.into_inner())).into_owned()
    }
}

/// Runs `relic` with these arguments and returns its standard output.
///
/// # Panics
/// It does not end as expected.
pub(crate) fn relic(arguments: &[&str]) -> String {
    let (out, err) = (Stream::default(), Stream::default());
    let console = Console::with(Box::new(out.clone()), Box::new(err.clone()));
    let exit = cli::main(
        std::iter::once("relic").chain(arguments.iter().copied()),
        &Software,
        &console,
        Rights::Keep,
    );
    assert_eq!(exit, Exit::Expected, "{arguments:?}: {}{}", out.text(), err.text());
    out.text()
}
