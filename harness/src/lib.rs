//! The `relic` command as a library: guests are run, tested, mastered and exported.
//!
//! A guest as written ([`guest_file`]) becomes one that can be switched on ([`prepare`]); a [`session`] runs it in
//! virtual time, types and looks; a [`case`] is a list of such steps with golden pictures, and [`suite`] runs many.
//! Nothing but [`guest`] names the machine, nothing but [`images`] names the mastering.
#![forbid(unsafe_code)]

mod bisect;
pub mod case;
pub mod cli;
pub mod compare;
mod confine;
pub mod console;
mod cpu_tests;
mod demo;
mod device_trace;
pub mod disk;
mod display;
mod doctor;
pub mod engine_args;
mod export;
pub mod failure;
pub mod find;
mod fuzz;
mod gdb;
pub mod glyphs;
pub mod golden;
pub mod guest;
pub mod guest_file;
mod heard;
pub mod images;
mod import;
mod kernel_args;
pub mod keys;
mod live_args;
pub mod media;
mod output;
mod overlay;
pub mod picture;
pub mod pointer;
pub mod prepare;
mod record;
mod replay;
mod report;
mod run;
mod schema;
pub mod session;
mod snapshot_args;
mod snapshot_bases;
mod span;
pub mod suite;
mod text;
mod text_or_table;
mod trace;
pub mod xva;
