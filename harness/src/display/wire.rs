//! The way to the terminal: bytes go as fast as it takes them, and nobody waits for it.

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// How often a terminal that takes nothing is tried again.
const AGAIN: Duration = Duration::from_millis(5);

/// Bytes on their way to the terminal.
pub(super) struct Wire {
    terminal: Box<dyn Write + Send>,
    waiting: Vec<u8>,
}

impl Wire {
    /// To the terminal that standard output is.
    ///
    /// # Errors
    /// The host refuses.
    pub(super) fn open() -> io::Result<Wire> {
        Ok(Wire { terminal: terminal()?, waiting: Vec::new() })
    }

    /// Sends what the terminal takes now, and keeps the rest.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn send(&mut self, bytes: &str) -> io::Result<()> {
        self.waiting.extend_from_slice(bytes.as_bytes());
        self.flow()
    }

    /// Sends more of what waits.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn flow(&mut self) -> io::Result<()> {
        let mut sent = 0;
        let ended = loop {
            if sent == self.waiting.len() {
                break Ok(());
            }
            match self.terminal.write(&self.waiting[sent..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => sent += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.waiting.drain(..sent);
        ended.and_then(|()| self.terminal.flush())
    }

    /// Whether nothing waits.
    pub(super) fn is_clear(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Sends more of what waits until all is gone, or `patience` is.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn flow_for(&mut self, patience: Duration) -> io::Result<()> {
        let began = Instant::now();
        self.flow()?;
        while !self.is_clear() && began.elapsed() < patience {
            std::thread::sleep(AGAIN);
            self.flow()?;
        }
        Ok(())
    }
}

/// The terminal, opened anew: that writing to it does not wait must hold for nobody else who has it open.
#[cfg(unix)]
fn terminal() -> io::Result<Box<dyn Write + Send>> {
    use rustix::fs::OFlags;
    use std::ffi::OsStr;
    use std::fs::File;
    use std::os::fd::AsFd;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::OpenOptionsExt;

    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let open = |name: &[u8]| {
        let mut options = File::options();
        options.write(true).custom_flags(flags.cast_signed()).open(OsStr::from_bytes(name))
    };
    let named = rustix::termios::ttyname(io::stdout(), Vec::new()).map_err(io::Error::from);
    let opened = named.and_then(|name| open(name.to_bytes())).or_else(|_| open(b"/dev/tty"));
    // A terminal of another container has no name here; writing to it waits.
    opened
        .or_else(|_| Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?)))
        .map(|file| Box::new(file) as _)
}

#[cfg(not(unix))]
fn terminal() -> io::Result<Box<dyn Write + Send>> {
    Ok(Box::new(io::stdout()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Takes so many bytes, then none until there is room again.
    #[derive(Clone, Default)]
    struct Slow(Arc<Mutex<(usize, Vec<u8>)>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut inside = self.0.lock().unwrap();
            let length = bytes.len().min(inside.0);
            if length == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            inside.0 -= length;
            inside.1.extend_from_slice(&bytes[..length]);
            Ok(length)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_terminal_does_not_take_waits_and_keeps_its_order() {
        let slow = Slow::default();
        let mut wire = Wire { terminal: Box::new(slow.clone()), waiting: Vec::new() };
        slow.0.lock().unwrap().0 = 4;
        wire.send("abcdef").unwrap();
        assert!(!wire.is_clear());
        wire.send("gh").unwrap();
        slow.0.lock().unwrap().0 = 100;
        wire.flow().unwrap();
        assert!(wire.is_clear());
        assert_eq!(slow.0.lock().unwrap().1, b"abcdefgh");
    }

    #[test]
    fn patience_with_a_terminal_that_takes_nothing_ends() {
        let mut wire = Wire { terminal: Box::new(Slow::default()), waiting: b"x".to_vec() };
        wire.flow_for(Duration::from_millis(20)).unwrap();
        assert!(!wire.is_clear());
    }
}
