//! What nobody sane writes: guests gone wild, and snapshots that a stranger changed.

mod bases;
mod chance;
mod guests;
mod mutation;
mod snapshots;
