//! Peers as child processes that are ended with everything they started.

use std::process::{Child, Command, Stdio};

/// A running peer; dropping it ends it.
pub struct Session {
    child: Child,
}

impl Session {
    /// Starts a program in a session of its own; `setsid` must be installed.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(program: &str, arguments: impl Fn(&mut Command)) -> Session {
        let mut command = Command::new("setsid");
        command.args(["--wait", program]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        arguments(&mut command);
        Session { child: command.spawn().expect("setsid starts") }
    }

    /// The process itself.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        // It may have ended by itself.
        let _ = Command::new("kill").args(["-TERM", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}
