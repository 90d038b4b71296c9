//! Text that a guest sends by a port, as it comes.

use crate::text;
use std::io::Write;

/// Most of it that is kept; a guest gone wild cannot fill the host's memory.
const MAX_BYTES: usize = 4 << 20;

/// What came from a port.
#[derive(Default)]
pub(crate) struct Heard {
    said: Said,
    live: Option<Box<dyn Write + Send>>,
}

/// What came until a moment, and how far it was looked at.
#[derive(Clone, Default)]
pub(crate) struct Said {
    bytes: Vec<u8>,
    seen: usize,
}

impl Heard {
    /// From now on what comes is written there at once, byte for byte.
    pub(crate) fn listen(&mut self, live: Box<dyn Write + Send>) {
        self.live = Some(live);
    }

    /// What came until now.
    pub(crate) fn kept(&self) -> Said {
        self.said.clone()
    }

    /// Goes on from what was kept; who listens goes on listening.
    pub(crate) fn go_on_from(&mut self, kept: &Said) {
        self.said.clone_from(kept);
    }

    pub(crate) fn take(&mut self, fresh: &[u8]) {
        let room = MAX_BYTES.saturating_sub(self.said.bytes.len());
        self.said.bytes.extend(fresh.iter().take(room));
        if let Some(live) = &mut self.live
            && live.write_all(fresh).and_then(|()| live.flush()).is_err()
        {
            // A reader that went away is no failure.
            self.live = None;
        }
    }

    /// All of it.
    pub(crate) fn text(&self) -> String {
        text::debug_text(&self.said.bytes)
    }

    /// Whether `wanted` came behind what an earlier call has found; then later calls look behind it.
    pub(crate) fn finds(&mut self, wanted: &str) -> bool {
        let fresh = &self.said.bytes[self.said.seen..];
        let found = fresh.windows(wanted.len().max(1)).position(|part| part == wanted.as_bytes());
        if let Some(at) = found {
            self.said.seen += at + wanted.len();
        }
        found.is_some()
    }

    /// Whether a whole line waits.
    pub(crate) fn has_line(&self) -> bool {
        self.said.bytes[self.said.seen..].contains(&b'\n')
    }

    /// The next line.
    pub(crate) fn line(&mut self) -> String {
        let fresh = &self.said.bytes[self.said.seen..];
        let length = fresh.iter().position(|&byte| byte == b'\n').map_or(fresh.len(), |at| at + 1);
        let line = text::debug_text(&fresh[..length]);
        self.said.seen += length;
        line.trim_end().to_owned()
    }
}
