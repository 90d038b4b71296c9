//! The records of `ova.xml`: one VM with its disks, an empty CD drive and the repository they come from.

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

/// What the bundle says about its guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Name of the VM.
    pub name: String,
    /// Bytes of RAM.
    pub ram_bytes: u64,
    /// The display adapter.
    pub display: Display,
    /// Boot order: `c` hard disk, `d` CD, tried left to right.
    pub boot_order: String,
    /// Its disks.
    pub disks: Vec<BundleDisk>,
}

/// References have the same number of digits, so that no disk's is the beginning of another's.
const VM: &str = "Ref:100";
const SR: &str = "Ref:101";
const CD_VBD: &str = "Ref:110";
const FIRST_DISK_VBD: usize = 120;
const FIRST_VDI: usize = 200;
const NULL: &str = "OpaqueRef:NULL";
/// Where XenServer puts the CD drive.
const CD_POSITION: usize = 3;

impl Bundle {
    /// The reference of a disk: the name of its blocks begins with it.
    pub fn vdi(index: usize) -> String {
        format!("Ref:{}", FIRST_VDI + index)
    }

    fn vbd(index: usize) -> String {
        format!("Ref:{}", FIRST_DISK_VBD + index)
    }

    fn has_cd(&self) -> bool {
        self.disks.iter().all(|disk| disk.position != CD_POSITION)
    }

    /// A well-formed UUID that depends on nothing but the guest's name and the role.
    fn uuid(&self, role: &str) -> String {
        let sum = Sha1::digest(format!("relic/{}/{role}", self.name));
        let mut b: Vec<u8> = sum.iter().copied().take(16).collect();
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
    let mut objects = vec![object("VM", VM, vm(bundle)), object("SR", SR, sr(bundle))];
    if bundle.has_cd() {
        objects.push(object("VBD", CD_VBD, cd_vbd(bundle)));
    }
    for (index, disk) in bundle.disks.iter().enumerate() {
        objects.push(object("VBD", &Bundle::vbd(index), disk_vbd(bundle, index, disk)));
        objects.push(object("VDI", &Bundle::vdi(index), vdi(bundle, index, disk)));
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

fn record(members: Vec<(&str, Value)>) -> Value {
    Value::Map(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn text(text: impl ToString) -> Value {
    Value::text(text)
}

fn no() -> Value {
    Value::Bool(false)
}

fn empty_map() -> Value {
    Value::Map(vec![])
}

fn empty_list() -> Value {
    Value::List(vec![])
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
        ("VIFs", empty_list()),
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
        ("platform", platform(bundle.display)),
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

/// What a guest from before ACPI, APIC and USB wants: none of them, and PS/2 input only.
fn platform(display: Display) -> Value {
    let vga = match display {
        Display::Std => "std",
        Display::Cirrus => "cirrus",
    };
    Value::map(&[
        ("device-model", "qemu-upstream-compat"),
        ("vga", vga),
        ("videoram", "8"),
        ("acpi", "0"),
        ("apic", "false"),
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

fn sr(bundle: &Bundle) -> Value {
    let total: u64 = bundle.disks.iter().map(|disk| disk.bytes).sum();
    let vdis = (0..bundle.disks.len()).map(|index| text(Bundle::vdi(index))).collect();
    record(vec![
        ("uuid", text(bundle.uuid("sr"))),
        ("name_label", text("Local storage")),
        ("name_description", text("")),
        ("allowed_operations", empty_list()),
        ("current_operations", empty_map()),
        ("VDIs", Value::List(vdis)),
        ("PBDs", empty_list()),
        ("virtual_allocation", text(total)),
        ("physical_utilisation", text(total)),
        ("physical_size", text(total)),
        ("type", text("lvm")),
        ("content_type", text("user")),
        ("shared", no()),
        ("other_config", empty_map()),
        ("tags", empty_list()),
        ("sm_config", empty_map()),
        ("blobs", empty_map()),
    ])
}

fn disk_vbd(bundle: &Bundle, index: usize, disk: &BundleDisk) -> Value {
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

/// An ejected drive: a disc cannot travel in a bundle; `xe vm-cd-insert` fills it.
fn cd_vbd(bundle: &Bundle) -> Value {
    vbd(vec![
        ("uuid", text(bundle.uuid("cd"))),
        ("VDI", text(NULL)),
        ("userdevice", text(CD_POSITION)),
        ("bootable", Value::Bool(bundle.disks.is_empty())),
        ("mode", text("RO")),
        ("type", text("CD")),
        ("empty", Value::Bool(true)),
    ])
}

fn vbd(mut members: Vec<(&'static str, Value)>) -> Value {
    members.extend([
        ("VM", text(VM)),
        ("device", text("")),
        ("unpluggable", no()),
        ("storage_lock", no()),
        ("currently_attached", no()),
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
    ]);
    record(members)
}

fn vdi(bundle: &Bundle, index: usize, disk: &BundleDisk) -> Value {
    let kind = if index == 0 { "system" } else { "user" };
    record(vec![
        ("uuid", text(bundle.uuid(&format!("vdi{}", disk.position)))),
        ("name_label", text(format!("{} disk {}", bundle.name, disk.position))),
        ("name_description", text("")),
        ("SR", text(SR)),
        ("VBDs", Value::List(vec![text(Bundle::vbd(index))])),
        ("crash_dumps", empty_list()),
        ("virtual_size", text(disk.bytes)),
        ("physical_utilisation", text(disk.bytes)),
        ("type", text(kind)),
        ("sharable", no()),
        ("read_only", no()),
        ("other_config", empty_map()),
        ("storage_lock", no()),
        ("location", text("")),
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
    ])
}
