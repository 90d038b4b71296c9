//! Shared fixtures of the whole-machine tests.
#![forbid(unsafe_code)]
