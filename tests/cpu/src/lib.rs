//! The software CPU against the host's CPU, and against a written table of cases from the manuals.
//!
//! The differential runner: [`generate`] makes sequences of random instructions, [`host`] runs them on the CPU that
//! this process runs on, [`guest`] on the interpreter, and [`runner`] compares, with [`audit`] to tell what is defined
//! and [`differences`] as the written list of what is not. [`shrink`] finds the shortest case that still fails,
//! [`report`] prints it.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod host;

pub mod audit;
pub mod compare;
pub mod differences;
pub mod generate;
pub mod guest;
pub mod layout;
pub mod random;
pub mod report;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod runner;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod shrink;
pub mod state;
