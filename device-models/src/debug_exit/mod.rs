//! The debug exit port: a test program ends the run and says how it went.
//!
//! Ports: four from the configured one on. A write of any width is the exit status; the machine stops. A read gives zeros.
//!
//! Follows QEMU's `isa-debug-exit` (hw/misc/debugexit.c) with `iosize=4`, where the process ends with the exit code
//! `status << 1 | 1`.

use backplane::{Addr, Claims, Device, Reset, Width, Wires};
use serde::{Deserialize, Serialize};

/// Where test programs expect it.
pub const PORT: u16 = 0xF4;
const PORTS: u16 = 4;

/// The port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebugExit {
    port: u16,
}

impl DebugExit {
    /// The device at `port`.
    pub fn new(port: u16) -> Self {
        DebugExit { port }
    }
}

impl Device for DebugExit {
    fn name(&self) -> &'static str {
        "debug exit"
    }

    fn claims(&self) -> Claims {
        Claims::none().wide_ports("exit status", self.port, PORTS, Width::Dword)
    }

    fn read(&mut self, _at: Addr, _w: &mut Wires) -> u32 {
        0
    }

    /// The first status counts: nothing runs after it.
    fn write(&mut self, _at: Addr, value: u32, w: &mut Wires) {
        w.signals.exit.get_or_insert(value);
    }

    fn reset(&mut self, _kind: Reset) {
        let DebugExit { port: _ } = self;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::{Bench, seeded};

    #[test]
    fn a_write_is_the_exit_status_and_the_first_one_counts() {
        let mut b = Bench::new(DebugExit::new(PORT));
        assert_eq!(b.inb(PORT), 0);
        assert_eq!(b.signals.exit, None);
        b.write(Addr::Port(PORT, Width::Dword), 0x1_0003);
        b.outb(PORT, 0);
        assert_eq!(b.signals.exit, Some(0x1_0003));
    }

    #[test]
    fn seeded_accesses_agree_with_the_rebuilt_twin() {
        seeded(|| Bench::new(DebugExit::new(PORT)), 4, 200);
    }
}
