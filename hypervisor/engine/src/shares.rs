//! Who ran how much, for an engine that hands a guest over.

use serde::Serialize;
use std::collections::BTreeMap;

/// What the host's CPU and the software CPU ran of a guest.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Shares {
    /// Nanoseconds that the guest ran on the host's CPU, of the host's time and of virtual time.
    pub host_ns: u64,
    /// Nanoseconds that an instruction takes there, as it was measured before the guest began.
    pub host_ns_per_instruction: f64,
    /// Instructions that the software CPU retired.
    pub software_instructions: u64,
    /// How often the guest was given back to the software CPU, by the reason.
    pub given_back: BTreeMap<String, u64>,
}

impl Shares {
    /// About how many instructions the host's CPU ran, which counts none, by the speed that was measured.
    pub fn host_instructions(&self) -> u64 {
        // A speed too high to measure is one of this order.
        (self.host_ns as f64 / self.host_ns_per_instruction.max(0.1)) as u64
    }

    /// About which part of the guest's instructions the host's CPU ran, in percent.
    pub fn host_percent(&self) -> f64 {
        let host = self.host_instructions();
        match host.saturating_add(self.software_instructions) {
            0 => 0.0,
            all => host as f64 * 100.0 / all as f64,
        }
    }
}
