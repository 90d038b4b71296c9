//! The records of `ova.xml`: one VM, and what its devices' records share.

use super::drives;
use super::network;
use super::value::Value;
use sha1::{Digest, Sha1};
use std::io;

/// The display adapter that the importing host gives the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// VGA with Bochs VBE.
    Std,
    /// Cirrus GD5446.
    Cirrus,
}

/// A disk of the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleDisk {
    /// IDE position, 0-3.
    pub position: usize,
    /// Bytes, a whole number of MiB.
    pub bytes: u64,
}

/// What stands where XenServer has its CD drive, on position 3.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CdDrive {
    /// Nothing.
    None,
    /// An empty drive; `xe vm-cd-insert` fills it.
    #[default]
    Ejected,
    /// A drive with the disc of this name. The disc cannot travel in the bundle: the host inserts its own, if its library
    /// has one of that name, and leaves the drive empty otherwise.
    Attached(String),
}

/// What the bundle says about its guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Name of the VM.
    pub name: String,
    /// Bytes of RAM.
    pub ram_bytes: u64,
    /// The display adapter.
    pub display: Display,
    /// Its memory, in MiB.
    pub video_mib: u32,
    /// Whether the CPU has a local APIC.
    pub apic: bool,
    /// Boot order: `c` hard disk, `d` CD, tried left to right.
    pub boot_order: String,
    /// Its disks.
    pub disks: Vec<BundleDisk>,
    /// Its CD drive.
    pub cd: CdDrive,
    /// The bridges of the host that its network interfaces are on.
    pub bridges: Vec<String>,
}

/// References have the same number of digits, so that no disk's is the beginning of another's.
pub(super) const VM: &str = "Ref:100";
pub(super) const SR: &str = "Ref:101";
pub(super) const LIBRARY: &str = "Ref:102";
pub(super) const CD_VBD: &str = "Ref:110";
pub(super) const CD_VDI: &str = "Ref:111";
const FIRST_DISK_VBD: usize = 120;
const FIRST_VDI: usize = 200;
const FIRST_VIF: usize = 300;
const FIRST_NETWORK: usize = 400;
/// The reference to nothing.
pub(super) const NULL: &str = "OpaqueRef:NULL";
/// Where XenServer puts the CD drive.
pub(super) const CD_POSITION: usize = 3;

impl Bundle {
    /// The reference of a disk: the name of its blocks begins with it.
    pub fn vdi(index: usize) -> String {
        format!("Ref:{}", FIRST_VDI + index)
    }

    pub(super) fn vbd(index: usize) -> String {
        format!("Ref:{}", FIRST_DISK_VBD + index)
    }

    pub(super) fn vif(index: usize) -> String {
        format!("Ref:{}", FIRST_VIF + index)
    }

    pub(super) fn network(index: usize) -> String {
        format!("Ref:{}", FIRST_NETWORK + index)
    }

    /// A disk on the drive's position takes its place.
    fn has_cd(&self) -> bool {
        self.cd != CdDrive::None && self.disks.iter().all(|disk| disk.position != CD_POSITION)
    }

    /// A digest that depends on nothing but the guest's name and the role.
    pub(super) fn digest(&self, role: &str) -> [u8; 16] {
        let sum = Sha1::digest(format!("relic/{}/{role}", self.name));
        std::array::from_fn(|at| sum[at])
    }

    /// A well-formed UUID that depends on nothing but the guest's name and the role.
    pub(super) fn uuid(&self, role: &str) -> String {
        let mut b = self.digest(role);
        b[6] = b[6] & 0x0F | 0x50;
        b[8] = b[8] & 0x3F | 0x80;
        let hex: String = b.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// The text of `ova.xml`.
///
/// # Errors
/// None that a memory buffer has.
pub fn ova_xml(bundle: &Bundle) -> io::Result<Vec<u8>> {
    let mut objects = vec![object("VM", VM, vm(bundle)), object("SR", SR, drives::sr(bundle))];
    if bundle.has_cd() {
        objects.push(object("VBD", CD_VBD, drives::cd_vbd(bundle)));
        if let CdDrive::Attached(disc) = &bundle.cd {
            objects.push(object("SR", LIBRARY, drives::library(bundle)));
            objects.push(object("VDI", CD_VDI, drives::disc(bundle, disc)));
        }
    }
    for (index, disk) in bundle.disks.iter().enumerate() {
        objects.push(object("VBD", &Bundle::vbd(index), drives::disk_vbd(bundle, index, disk)));
        objects.push(object("VDI", &Bundle::vdi(index), drives::vdi(bundle, index, disk)));
    }
    for (index, bridge) in bundle.bridges.iter().enumerate() {
        objects.push(object("VIF", &Bundle::vif(index), network::vif(bundle, index)));
        objects.push(object("network", &Bundle::network(index), network::network(bundle, index, bridge)));
    }
    record(vec![("version", version()), ("objects", Value::List(objects))]).to_xml()
}

/// The versions of a XenServer 7.0: old enough for every importer from there on.
fn version() -> Value {
    Value::map(&[
        ("hostname", "relic"),
        ("date", "2026-01-01"),
        ("product_version", "7.0.0"),
        ("product_brand", "XenServer"),
        ("build_number", "125380c"),
        ("xapi_major", "1"),
        ("xapi_minor", "9"),
        ("export_vsn", "2"),
    ])
}

fn object(class: &str, id: &str, snapshot: Value) -> Value {
    record(vec![("class", Value::text(class)), ("id", Value::text(id)), ("snapshot", snapshot)])
}

pub(super) fn record(members: Vec<(&str, Value)>) -> Value {
    Value::Map(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

pub(super) fn text(text: impl ToString) -> Value {
    Value::text(text)
}

pub(super) fn no() -> Value {
    Value::Bool(false)
}

pub(super) fn empty_map() -> Value {
    Value::Map(vec![])
}

pub(super) fn empty_list() -> Value {
    Value::List(vec![])
}

/// What the record of a drive or of an interface ends with: nothing goes on, nothing is limited.
pub(super) fn at_rest() -> [(&'static str, Value); 10] {
    [
        ("allowed_operations", empty_list()),
        ("current_operations", empty_map()),
        ("other_config", empty_map()),
        ("status_code", text(0)),
        ("status_detail", text("")),
        ("runtime_properties", empty_map()),
        ("qos_algorithm_type", text("")),
        ("qos_algorithm_params", empty_map()),
        ("qos_supported_algorithms", empty_list()),
        ("metrics", text(NULL)),
    ]
}

fn vm(bundle: &Bundle) -> Value {
    let mut members = vm_identity(bundle);
    members.extend(vm_resources(bundle));
    members.extend(vm_boot(bundle));
    members.extend(vm_state());
    record(members)
}

fn vm_identity(bundle: &Bundle) -> Vec<(&'static str, Value)> {
    let seed = bundle.uuid("mac_seed");
    let other = [
        ("install-methods", "cdrom"),
        ("base_template_name", "Other install media"),
        ("mac_seed", seed.as_str()),
    ];
    let cd = bundle.has_cd().then(|| text(CD_VBD));
    let vbds = cd.into_iter().chain((0..bundle.disks.len()).map(|index| text(Bundle::vbd(index)))).collect();
    vec![
        ("uuid", text(bundle.uuid("vm"))),
        ("name_label", text(&bundle.name)),
        ("name_description", text("Exported by relic")),
        ("user_version", text(1)),
        ("is_a_template", no()),
        ("is_control_domain", no()),
        ("other_config", Value::map(&other)),
        ("VBDs", Value::List(vbds)),
        ("VIFs", Value::List((0..bundle.bridges.len()).map(|index| text(Bundle::vif(index))).collect())),
        ("consoles", empty_list()),
        ("crash_dumps", empty_list()),
        ("VTPMs", empty_list()),
        ("VGPUs", empty_list()),
        ("tags", empty_list()),
    ]
}

fn vm_resources(bundle: &Bundle) -> Vec<(&'static str, Value)> {
    let ram = || text(bundle.ram_bytes);
    vec![
        ("memory_overhead", text(0)),
        ("memory_target", ram()),
        ("memory_static_max", ram()),
        ("memory_dynamic_max", ram()),
        ("memory_dynamic_min", ram()),
        ("memory_static_min", ram()),
        ("VCPUs_params", empty_map()),
        ("VCPUs_max", text(1)),
        ("VCPUs_at_startup", text(1)),
        ("HVM_shadow_multiplier", Value::Double(1)),
        ("actions_after_shutdown", text("destroy")),
        ("actions_after_reboot", text("restart")),
        ("actions_after_crash", text("restart")),
    ]
}

fn vm_boot(bundle: &Bundle) -> Vec<(&'static str, Value)> {
    let order = [("order", bundle.boot_order.as_str()), ("firmware", "bios")];
    vec![
        ("domain_type", text("hvm")),
        ("HVM_boot_policy", text("BIOS order")),
        ("HVM_boot_params", Value::map(&order)),
        ("platform", platform(bundle)),
        ("PV_bootloader", text("")),
        ("PV_kernel", text("")),
        ("PV_ramdisk", text("")),
        ("PV_args", text("")),
        ("PV_bootloader_args", text("")),
        ("PV_legacy_args", text("")),
        ("PCI_bus", text("")),
        ("bios_strings", empty_map()),
        ("recommendations", text("")),
        ("hardware_platform_version", text(0)),
        ("has_vendor_device", no()),
    ]
}

/// What a guest from before ACPI and USB wants: neither, and PS/2 input only.
fn platform(bundle: &Bundle) -> Value {
    let vga = match bundle.display {
        Display::Std => "std",
        Display::Cirrus => "cirrus",
    };
    Value::map(&[
        ("device-model", "qemu-upstream-compat"),
        ("vga", vga),
        ("videoram", &bundle.video_mib.to_string()),
        ("acpi", "0"),
        ("apic", if bundle.apic { "true" } else { "false" }),
        ("pae", "true"),
        ("nx", "false"),
        ("hpet", "false"),
        ("viridian", "false"),
        ("usb", "false"),
        ("usb_tablet", "false"),
        ("timeoffset", "0"),
    ])
}

fn vm_state() -> Vec<(&'static str, Value)> {
    vec![
        ("power_state", text("Halted")),
        ("resident_on", text(NULL)),
        ("affinity", text(NULL)),
        ("suspend_VDI", text(NULL)),
        ("suspend_SR", text(NULL)),
        ("metrics", text(NULL)),
        ("guest_metrics", text(NULL)),
        ("domid", text(-1)),
        ("domarch", text("")),
        ("last_boot_CPU_flags", empty_map()),
        ("last_booted_record", text("")),
        ("xenstore_data", empty_map()),
        ("ha_always_run", no()),
        ("ha_restart_priority", text("")),
        ("is_a_snapshot", no()),
        ("snapshot_of", text(NULL)),
        ("snapshots", empty_list()),
        ("snapshot_time", Value::Epoch),
        ("snapshot_info", empty_map()),
        ("snapshot_metadata", text("")),
        ("transportable_snapshot_id", text("")),
        ("blobs", empty_map()),
        ("blocked_operations", empty_map()),
        ("allowed_operations", empty_list()),
        ("current_operations", empty_map()),
        ("parent", text(NULL)),
        ("children", empty_list()),
        ("protection_policy", text(NULL)),
        ("appliance", text(NULL)),
        ("start_delay", text(0)),
        ("shutdown_delay", text(0)),
        ("order", text(0)),
        ("version", text(0)),
        ("generation_id", text("0:0")),
    ]
}
