//! A snapshot in a file: a tar whose members people can read.
//!
//! | member | what it holds |
//! |---|---|
//! | `snapshot.json` | schema, instant, what the host wants to remember, and length and XXH3-128 of every other member |
//! | `state.json` | CPU, chips and wires ([`State`](super::State)) |
//! | `notes.json` | what the guest asked for and did not get |
//! | `inputs.json` | what was injected until then |
//! | `media.json` | the medium of each bay: which base, and the numbers of the chunks that the guest wrote |
//! | `media.chunks` | those chunks, 4 KiB each |
//! | `store.json` | length of the store, and its pages that are not all zeros: first byte and count of each run |
//! | `store.pages` | those pages, 4 KiB each |
//!
//! A difference has a `format` of its own, and its `snapshot.json` names the snapshot that it stands on, perhaps a difference
//! itself: by a name, and by the XXH3-128 of that one's `snapshot.json`, which has the sums of all the rest. Its `store.json` and
//! `store.pages` have the pages that are not as there (`zeros`: those that hold nothing now), and a medium with `over_base` the
//! chunks that are not as there.

mod members;
mod read;
mod write;

pub use read::{OpenBase, SnapshotBase};

use crate::medium::MediumId;
use backplane::Bay;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;

/// The layout of [`State`](super::State) and of the other members. It grows with every change that an older file does not have.
pub const SCHEMA: u32 = 3;

const FORMAT: &str = "relic snapshot";
const DIFFERENCE: &str = "relic snapshot, a difference";
/// The most snapshots below a difference.
const MOST_BASES: usize = 16;
const HEAD: &str = "snapshot.json";
/// Members in the order of the file.
const MEMBERS: [&str; 7] =
    ["state.json", "notes.json", "inputs.json", "media.json", "media.chunks", "store.json", "store.pages"];

/// Why a file gives no machine.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("cannot read: {0}")]
    Read(#[from] io::Error),
    /// It is something else.
    #[error("not a snapshot of relic: {0}")]
    Foreign(String),
    /// It was written by a relic that keeps another schema.
    #[error("the snapshot has schema {found} (of relic {relic}); this relic {} reads schema {SCHEMA}", env!("CARGO_PKG_VERSION"))]
    Schema {
        /// The file's.
        found: u32,
        /// The version that wrote it.
        relic: String,
    },
    /// Something in it is missing or wrong.
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
    /// A medium of the machine is not to be had.
    #[error("{0}")]
    Medium(String),
    /// The snapshot that a difference stands on is not to be had, or is not what it was.
    #[error("its base {name}: {what}")]
    Base {
        /// The base's name.
        name: String,
        /// What is wrong.
        what: String,
    },
}

/// The snapshot that a difference stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotId {
    /// The name that the host gave it: a path from the difference's folder on, as a rule.
    pub name: String,
    /// XXH3-128 of its `snapshot.json`, in hex.
    pub xxh3: String,
}

/// `snapshot.json`.
#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    schema: u32,
    relic: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<SnapshotId>,
    at_ns: u64,
    instructions: u64,
    /// The host's own: how the machine was configured.
    about: serde_json::Value,
    members: BTreeMap<String, Member>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Member {
    bytes: u64,
    xxh3: String,
}

/// `media.json`.
#[derive(Serialize, Deserialize)]
struct Media {
    bays: Vec<BayMedium>,
    /// How often the media of all bays, in their order, were changed.
    changes: [u32; 6],
}

#[derive(Serialize, Deserialize)]
struct BayMedium {
    bay: Bay,
    medium: MediumId,
    /// What was written to it in the base comes first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    over_base: bool,
    written: Vec<u64>,
}

/// `store.json`.
#[derive(Serialize, Deserialize)]
struct Store {
    bytes: usize,
    /// Pages that the base has, and that hold zeros now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    zeros: Vec<(usize, usize)>,
    runs: Vec<(usize, usize)>,
}
