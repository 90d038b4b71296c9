//! Case after case, on the host's CPU and on the interpreter.

use crate::audit::audit;
use crate::compare::{Difference, Masks, differences, identical};
use crate::differences::{incomparable, normalise};
use crate::generate::Generator;
use crate::guest::Guest;
use crate::host::{Host, Refused};
use crate::state::{Case, End, Outcome};
use std::collections::BTreeMap;
use std::ops::Range;

/// Both CPUs.
pub struct Runner {
    host: Host,
    guest: Guest,
    /// Cases that could not be compared, by reason.
    pub discarded: BTreeMap<&'static str, u64>,
}

impl Runner {
    /// Takes the host's CPU.
    ///
    /// # Errors
    /// [`Refused`] when the kernel does not give what it needs.
    pub fn new() -> Result<Runner, Refused> {
        let host = Host::new()?;
        let table = std::array::from_fn(|n| host.describe(n as u16 * 8 + 3));
        Ok(Runner { host, guest: Guest::new(&table), discarded: BTreeMap::new() })
    }

    /// Instructions that the interpreter executed, those of audits included.
    pub fn executed(&self) -> u64 {
        self.guest.executed
    }

    /// Runs cases of a generator; the number of the first that fails, with the case.
    pub fn run(&mut self, generator: &mut Generator, mut numbers: Range<u64>) -> Option<(u64, Case)> {
        numbers.find_map(|n| {
            let case = generator.case(n);
            if self.try_case(&case).is_empty() {
                return None;
            }
            let again = !self.try_case(&case).is_empty();
            if !again {
                *self.discarded.entry("did not fail a second time").or_default() += 1;
            }
            again.then_some((n, case))
        })
    }

    /// Runs a case on both; what differs.
    pub fn try_case(&mut self, case: &Case) -> Vec<Difference> {
        let memory = case.image();
        let mut host = self.host.run(case, &memory);
        normalise(&mut host);
        let mut guest = self.guest.run(case, &memory, false);
        if guest.end == End::Endless && host.end != End::Endless {
            guest = self.guest.run(case, &memory, true);
        }
        if identical(&host, &guest) || host.end == End::Endless && guest.end == End::Endless {
            return Vec::new();
        }
        self.judge(case, &memory, &host, &guest)
    }

    fn judge(
        &mut self,
        case: &Case,
        memory: &[u8; crate::layout::MEMORY],
        host: &Outcome,
        guest: &Outcome,
    ) -> Vec<Difference> {
        let executed = self.guest.executed;
        let masks = match incomparable(host, guest) {
            Some(reason) => Err(reason),
            None => audit(&mut self.guest, case, memory),
        };
        self.guest.executed = executed;
        match masks {
            Ok(masks) => differences(host, guest, &masks),
            Err(reason) => {
                *self.discarded.entry(reason).or_default() += 1;
                Vec::new()
            }
        }
    }

    /// What differs in a case when everything is compared, undefined or not.
    pub fn strictly(&mut self, case: &Case) -> Vec<Difference> {
        let memory = case.image();
        let host = self.host.run(case, &memory);
        let guest = self.guest.run(case, &memory, true);
        differences(&host, &guest, &Masks::default())
    }
}
