//! The records of drives, disks and the repositories that disks are in.

use super::ova::{
    Bundle, BundleDisk, CD_POSITION, CD_VBD, CD_VDI, CdDrive, LIBRARY, NULL, SR, VM, at_rest, empty_list,
    empty_map, no, record, text,
};
use super::value::Value;

/// The repository of the disks.
pub(super) fn sr(bundle: &Bundle) -> Value {
    let total = bundle.disks.iter().map(|disk| disk.bytes).sum();
    let vdis = (0..bundle.disks.len()).map(|index| text(Bundle::vdi(index))).collect();
    repository(
        vec![
            ("uuid", text(bundle.uuid("sr"))),
            ("name_label", text("Local storage")),
            ("VDIs", Value::List(vdis)),
            ("type", text("lvm")),
            ("content_type", text("user")),
        ],
        total,
    )
}

/// A library of discs: what is in it is looked for on the host by name, and does not travel.
pub(super) fn library(bundle: &Bundle) -> Value {
    repository(
        vec![
            ("uuid", text(bundle.uuid("library"))),
            ("name_label", text("Discs")),
            ("VDIs", Value::List(vec![text(CD_VDI)])),
            ("type", text("iso")),
            ("content_type", text("iso")),
        ],
        0,
    )
}

fn repository(mut members: Vec<(&'static str, Value)>, bytes: u64) -> Value {
    members.extend([
        ("name_description", text("")),
        ("allowed_operations", empty_list()),
        ("current_operations", empty_map()),
        ("PBDs", empty_list()),
        ("virtual_allocation", text(bytes)),
        ("physical_utilisation", text(bytes)),
        ("physical_size", text(bytes)),
        ("shared", no()),
        ("other_config", empty_map()),
        ("tags", empty_list()),
        ("sm_config", empty_map()),
        ("blobs", empty_map()),
    ]);
    record(members)
}

pub(super) fn disk_vbd(bundle: &Bundle, index: usize, disk: &BundleDisk) -> Value {
    let own = vec![
        ("uuid", text(bundle.uuid(&format!("vbd{}", disk.position)))),
        ("VDI", text(Bundle::vdi(index))),
        ("userdevice", text(disk.position)),
        ("bootable", Value::Bool(index == 0)),
        ("mode", text("RW")),
        ("type", text("Disk")),
        ("empty", no()),
    ];
    vbd(own)
}

pub(super) fn cd_vbd(bundle: &Bundle) -> Value {
    let is_empty = !matches!(bundle.cd, CdDrive::Attached(_));
    vbd(vec![
        ("uuid", text(bundle.uuid("cd"))),
        ("VDI", text(if is_empty { NULL } else { CD_VDI })),
        ("userdevice", text(CD_POSITION)),
        ("bootable", Value::Bool(bundle.disks.is_empty())),
        ("mode", text("RO")),
        ("type", text("CD")),
        ("empty", Value::Bool(is_empty)),
    ])
}

fn vbd(mut members: Vec<(&'static str, Value)>) -> Value {
    members.extend([
        ("VM", text(VM)),
        ("device", text("")),
        ("unpluggable", no()),
        ("storage_lock", no()),
        ("currently_attached", no()),
    ]);
    members.extend(at_rest());
    record(members)
}

pub(super) fn vdi(bundle: &Bundle, index: usize, disk: &BundleDisk) -> Value {
    virtual_disk(vec![
        ("uuid", text(bundle.uuid(&format!("vdi{}", disk.position)))),
        ("name_label", text(format!("{} disk {}", bundle.name, disk.position))),
        ("SR", text(SR)),
        ("VBDs", Value::List(vec![text(Bundle::vbd(index))])),
        ("virtual_size", text(disk.bytes)),
        ("physical_utilisation", text(disk.bytes)),
        ("type", text(if index == 0 { "system" } else { "user" })),
        ("read_only", no()),
        ("location", text("")),
    ])
}

/// The disc in the drive. The importer looks for its location in the host's libraries.
pub(super) fn disc(bundle: &Bundle, name: &str) -> Value {
    virtual_disk(vec![
        ("uuid", text(bundle.uuid("disc"))),
        ("name_label", text(name)),
        ("SR", text(LIBRARY)),
        ("VBDs", Value::List(vec![text(CD_VBD)])),
        ("virtual_size", text(0)),
        ("physical_utilisation", text(0)),
        ("type", text("user")),
        ("read_only", Value::Bool(true)),
        ("location", text(name)),
    ])
}

fn virtual_disk(mut members: Vec<(&'static str, Value)>) -> Value {
    members.extend([
        ("name_description", text("")),
        ("crash_dumps", empty_list()),
        ("sharable", no()),
        ("other_config", empty_map()),
        ("storage_lock", no()),
        ("managed", Value::Bool(true)),
        ("missing", no()),
        ("parent", text(NULL)),
        ("xenstore_data", empty_map()),
        ("sm_config", empty_map()),
        ("is_a_snapshot", no()),
        ("snapshot_of", text(NULL)),
        ("snapshots", empty_list()),
        ("snapshot_time", Value::Epoch),
        ("tags", empty_list()),
        ("allow_caching", no()),
        ("on_boot", text("persist")),
        ("allowed_operations", empty_list()),
        ("current_operations", empty_map()),
    ]);
    record(members)
}
