//! The keys of `case.toml` and of step files. What stands here is what is read, and what the schema for editors tells.

use super::{End, Motion};
use crate::guest_file::{GuestFile, MediumEntry};
use crate::pointer::Button;
use crate::text_or_table::TextOr;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use toml::Spanned;

/// Left, top, width and height in dots.
pub(super) type RectTable = [u32; 4];

/// A case: a guest, and steps that are done on it in order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseTable {
    /// A guest beside the case or in a `guests` folder above it, by name; or a guest as in guest.toml.
    pub(super) guest: TextOr<GuestFile>,
    /// Run the case on each of these adapters: `std`, `cirrus`, `vga`.
    pub(super) video: Option<Vec<String>>,
    /// Run the case by each of these engines: `soft`, the software CPU, and `kvm`, the host's CPU where its KVM can; `["soft"]` unless told.
    /// By `kvm` it runs once, for no two such runs are alike, and is skipped where the host cannot.
    pub(super) engine: Option<Vec<String>>,
    /// Virtual time that the case may take; `60s` unless told.
    pub(super) limit: Option<String>,
    /// Time of the host that one run may take; `300s` unless told.
    pub(super) host_limit: Option<String>,
    /// Why the case fails, if it is known to; on the day it passes this fails.
    pub(super) known_failure: Option<String>,
    /// Files of learnt fonts that text in graphics is read with, by their paths from this file; `relic font learn` makes them.
    #[serde(default)]
    pub(super) fonts: Vec<PathBuf>,
    /// Texts for `${name}`; `relic test --set name=text` puts others in their place.
    #[serde(default)]
    pub(super) vars: BTreeMap<String, String>,
    /// What to do.
    #[schemars(with = "Vec<StepTable>")]
    pub(super) steps: Vec<Spanned<StepTable>>,
}

/// Steps that several cases include.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepsTable {
    /// Files of learnt fonts, as in a case; they are read with in the whole case.
    #[serde(default)]
    pub(super) fonts: Vec<PathBuf>,
    /// Texts for `${name}` where whoever includes the file has none of that name.
    #[serde(default)]
    pub(super) vars: BTreeMap<String, String>,
    /// What to do.
    #[schemars(with = "Vec<StepTable>")]
    pub(super) steps: Vec<Spanned<StepTable>>,
}

/// A step: one thing to do, and what belongs to it.
#[derive(Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StepTable {
    /// Do the steps of another file, by its path from this one.
    pub(super) include: Option<PathBuf>,
    /// Texts for `${name}` in the included file.
    pub(super) vars: Option<BTreeMap<String, String>>,
    /// Run until the screen shows this text.
    pub(super) wait_text: Option<String>,
    /// Run until a row of the screen matches this regular expression.
    pub(super) wait_match: Option<String>,
    /// Run until the screen is as in the picture of this name: one that this run has taken, or a golden one.
    pub(super) wait_shot: Option<String>,
    /// Run until this text has come from a debug port.
    pub(super) wait_debug: Option<String>,
    /// Run until this text has come from the first serial port.
    pub(super) wait_serial: Option<String>,
    /// Send this to the first serial port.
    pub(super) send_serial: Option<String>,
    /// Run until the screen has not changed for so long: `500ms`.
    pub(super) wait_still: Option<String>,
    /// Run until the guest ends.
    pub(super) wait_end: Option<End>,
    /// Run for so long: `2s`.
    pub(super) run_for: Option<String>,
    /// Type text and keys: `dir<enter>`, `<ctrl-alt-del>`, `<down*3>`.
    pub(super) keys: Option<String>,
    /// Compare the screen with the golden picture of this name, without `.png`.
    pub(super) shot: Option<String>,
    /// The screen shows this text.
    pub(super) expect_text: Option<String>,
    /// This text has come from a debug port.
    pub(super) expect_debug: Option<String>,
    /// Each note of the guest has one of these in it, and each of these is in a note.
    pub(super) expect_notes: Option<Vec<String>>,
    /// What is in a file on a medium of the guest.
    pub(super) expect_file: Option<FileTable>,
    /// Put a medium into a bay.
    pub(super) insert: Option<InsertTable>,
    /// Take the medium out of this bay.
    pub(super) eject: Option<String>,
    /// Send the mouse's own counts and buttons.
    pub(super) mouse: Option<Motion>,
    /// Bring the pointer to this dot of the screen.
    #[serde(rename = "move")]
    pub(super) go: Option<[u32; 2]>,
    /// Click on this dot of the screen.
    pub(super) click: Option<[u32; 2]>,
    /// Click on the middle of this text, wherever the screen shows it.
    pub(super) click_text: Option<String>,
    /// Press a button on one dot, and let it go on another.
    pub(super) drag: Option<DragTable>,
    /// Which button clicks or drags; `left` unless told.
    pub(super) button: Option<Button>,
    /// How many clicks.
    pub(super) count: Option<u32>,
    /// How many dots off the pointer may be.
    pub(super) within: Option<u32>,
    /// Press the reset button.
    pub(super) reset: Option<bool>,
    /// Press the power button.
    pub(super) power: Option<bool>,
    /// Press the breakout switch.
    pub(super) nmi: Option<bool>,
    /// Keep the whole machine under this name.
    pub(super) save: Option<String>,
    /// Go on from where the machine was kept under this name.
    pub(super) restore: Option<String>,
    /// Virtual time that this step may take.
    pub(super) limit: Option<String>,
    /// The part of the picture that is looked at.
    pub(super) area: Option<RectTable>,
    /// Look for the picture, or the `area` of it, anywhere on the screen.
    pub(super) find: Option<bool>,
    /// Parts of the picture that are not looked at.
    pub(super) mask: Option<Vec<RectTable>>,
    /// Most that a colour channel may differ.
    pub(super) tolerance: Option<u8>,
    /// How many dots may differ by more than that.
    pub(super) outliers: Option<u32>,
    /// Parts of the picture with a tolerance of their own.
    pub(super) areas: Option<Vec<AreaTable>>,
    /// Other golden pictures that are as good.
    pub(super) accept: Option<Vec<AcceptTable>>,
}

/// A part of the picture with a tolerance of its own.
#[derive(PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreaTable {
    /// Where.
    pub(super) at: RectTable,
    /// Most that a colour channel may differ there.
    #[serde(default)]
    pub(super) tolerance: u8,
    /// How many dots of it may differ by more than that.
    #[serde(default)]
    pub(super) outliers: u32,
}

/// Another golden picture, and why it is as good.
#[derive(PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptTable {
    /// Its name, without `.png`.
    pub(super) picture: String,
    /// Why the screen may look so, too.
    pub(super) reason: String,
}

/// A medium for a bay.
#[derive(PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InsertTable {
    /// `floppy-a`, `floppy-b`, `primary-master`, `primary-slave`, `secondary-master`, `secondary-slave`.
    pub(super) bay: String,
    /// The medium.
    pub(super) medium: MediumEntry,
}

/// From one dot of the screen to another.
#[derive(PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DragTable {
    /// Where the button goes down.
    pub(super) from: [u32; 2],
    /// Where it goes up.
    pub(super) to: [u32; 2],
}

/// A file on a FAT or ISO 9660 volume, and what is expected of it.
#[derive(PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileTable {
    /// The bay of the medium, as in `insert`.
    pub(super) bay: String,
    /// Which partition of a hard disk, by its place in the partition table from 1 on; logical drives follow from 5 on. The first with a FAT unless told.
    pub(super) partition: Option<u8>,
    /// The file, `DOS/FDISK.EXE`; upper or lower case.
    pub(super) path: String,
    /// Whether it is there; it is unless told.
    #[serde(default = "there")]
    pub(super) exists: bool,
    /// Text that is in it, as code page 437.
    pub(super) contains: Option<String>,
    /// A file of the host with the same bytes, by its path from this file.
    pub(super) equals: Option<PathBuf>,
    /// The SHA-256 sum of its bytes, in hex.
    pub(super) sha256: Option<String>,
}

fn there() -> bool {
    true
}
