//! System behaviour against a table of cases: what a guest sets up, what it executes, and what its manual says must
//! come of it.
//!
//! "SDM" is the Intel 64 and IA-32 Architectures Software Developer's Manual, order number 325462-070 (May 2019): vol. 2
//! by instruction, vol. 3 by section, vol. 4 by table. "386" is the 80386 Programmer's Reference Manual (1986), "486" the
//! i486 Microprocessor Programmer's Reference Manual (1990), "P5" the Pentium Processor Family Developer's Manual vol. 3
//! (1995), each by section; "AP-485" is application note 485, "Intel Processor Identification and the CPUID Instruction".
//!
//! Every case runs on each preset that it names; a failing one prints its section, its code and the differences.

mod case;
mod control;
mod debug;
mod exceptions;
mod fields;
mod gates;
mod identify;
mod interrupts;
mod large_pages;
mod masking;
mod msr;
mod paging;
mod reset;
mod returns;
mod rig;
mod segments;
mod task_faults;
mod tasks;
mod undocumented;
mod v86;
mod vme;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let topics = [
        ("control", control::CASES),
        ("debug", debug::CASES),
        ("exceptions", exceptions::CASES),
        ("fields", fields::CASES),
        ("gates", gates::CASES),
        ("identify", identify::CASES),
        ("interrupts", interrupts::CASES),
        ("large_pages", large_pages::CASES),
        ("masking", masking::CASES),
        ("msr", msr::CASES),
        ("paging", paging::CASES),
        ("reset", reset::CASES),
        ("returns", returns::CASES),
        ("segments", segments::CASES),
        ("task_faults", task_faults::CASES),
        ("tasks", tasks::CASES),
        ("undocumented", undocumented::CASES),
        ("v86", v86::CASES),
        ("vme", vme::CASES),
    ];
    let trials = topics
        .iter()
        .flat_map(|(topic, cases)| cases.iter().map(move |case| (topic, case)))
        .map(|(topic, case)| Trial::test(format!("{topic}::{}", case.name), || Ok(case.check()?)));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
