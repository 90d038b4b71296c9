//! Hosts without KVM.
#![forbid(unsafe_code)]

use crate::{Ability, Outcome, Unavailable};
use backplane::Ram;
use engine::{Bus, CpuState};
use std::path::Path;

/// There is none here.
pub enum Kvm {}

impl Kvm {
    /// Refuses.
    ///
    /// # Errors
    /// Always [`Unavailable::Host`].
    pub fn open(_device: &Path) -> Result<Kvm, Unavailable> {
        Err(Unavailable::Host)
    }

    /// Never called.
    pub fn run(&mut self, _cpu: &mut CpuState, _ram: &Ram, _bus: &mut dyn Bus) -> Outcome {
        match *self {}
    }

    /// Never called.
    pub fn take_undelivered(&mut self) -> Option<u8> {
        match *self {}
    }

    /// Never called.
    pub fn forget(&mut self) {
        match *self {}
    }
}

/// Refuses.
///
/// # Errors
/// Always [`Unavailable::Host`].
pub fn probe(_device: &Path, _timed: bool) -> Result<Vec<Ability>, Unavailable> {
    Err(Unavailable::Host)
}

/// Never called.
///
/// # Errors
/// None; there is no [`Kvm`].
pub fn foreign_features(kvm: &mut Kvm, _cpu: &CpuState) -> Result<Option<u32>, String> {
    match *kvm {}
}
