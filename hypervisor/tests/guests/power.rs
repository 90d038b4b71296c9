//! The power button: an event for power management, a switch where there is none.

use crate::support::Guest;
use hypervisor::{Input, MachineConfig, Media, Preset, Stop, Until};

fn pressed(preset: Preset) -> Stop {
    let config = MachineConfig { preset, ..MachineConfig::default() };
    let mut machine = Guest::new().spin().machine_as(config, Media::default());
    machine.run(Until::time(machine.now() + 1_000_000));
    machine.inject(Input::Power);
    machine.run(Until::time(machine.now() + 1_000_000))
}

#[test]
fn a_machine_with_power_management_leaves_it_to_the_guest_and_one_without_goes_off() {
    assert_eq!(pressed(Preset::Pc), Stop::Deadline);
    assert_eq!(pressed(Preset::Isa486), Stop::PowerOff);
}
