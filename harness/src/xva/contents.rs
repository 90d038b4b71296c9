//! What `ova.xml` says: the guest, and the disks whose blocks follow.

use super::parse;
use super::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// XenServer's largest disk, 2 TiB.
const MAX_DISK: u64 = 2 << 40;
/// Disks of a bundle at most: a VM has 255 drives, snapshots may come along.
const MAX_DISKS: usize = 4096;

/// A disk whose blocks are in the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualDisk {
    /// Its reference, which names its blocks.
    pub id: String,
    /// Length in bytes.
    pub bytes: u64,
    /// The position of the drive that holds it, if it is one of the guest's: 0-3 are the IDE drives.
    pub position: Option<u8>,
    /// Whether the guest may not write it.
    pub read_only: bool,
}

/// A bundle's guest and disks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The guest's name.
    pub name: String,
    /// Bytes of RAM.
    pub ram_bytes: u64,
    /// Boot order, as letters.
    pub boot_order: String,
    /// Whether a BIOS boots it, and not UEFI or a kernel that Xen loads.
    pub by_bios: bool,
    /// What the host's device model is told: `vga`, `videoram` and others.
    pub platform: BTreeMap<String, String>,
    /// The position of its CD drive, and the disc's name if one is in it.
    pub cd: Option<(u8, Option<String>)>,
    /// Network interfaces.
    pub networks: usize,
    /// Its disks, in the order of their blocks.
    pub disks: Vec<VirtualDisk>,
    /// Whether a table of checksums follows the disks, as in old bundles.
    pub(super) has_table: bool,
}

impl Contents {
    /// Parses `ova.xml`.
    ///
    /// # Errors
    /// One line: what is wrong with it.
    pub fn parse(xml: &[u8]) -> Result<Self, String> {
        Objects::new(parse::parse(xml)?)?.contents()
    }
}

/// A record with its reference.
struct Object {
    class: String,
    id: String,
    record: Value,
}

impl Object {
    fn text(&self, field: &str) -> &str {
        self.record.get(field).map_or("", Value::as_text)
    }

    fn number(&self, field: &str) -> Result<u64, String> {
        let text = self.text(field);
        text.trim()
            .parse()
            .map_err(|_| format!("{} {}: {field} is `{text}`, expected a number", self.class, self.id))
    }
}

struct Objects {
    all: Vec<Object>,
    has_table: bool,
}

impl Objects {
    fn new(top: Value) -> Result<Self, String> {
        let version = top.get("version").ok_or("it has no `version`")?;
        let export: u32 = version.get("export_vsn").map_or("0", Value::as_text).trim().parse().unwrap_or(0);
        let Some(Value::List(objects)) = top.into_member("objects") else {
            return Err("it has no list of `objects`".into());
        };
        let object = |object: Value| {
            let text = |name: &str| object.get(name).map_or("", Value::as_text).to_owned();
            let (class, id) = (text("class"), text("id"));
            let record =
                object.into_member("snapshot").ok_or_else(|| format!("{class} {id}: no `snapshot`"))?;
            Ok(Object { class, id, record })
        };
        let all: Vec<Object> = objects.into_iter().map(object).collect::<Result<_, String>>()?;
        let mut ids = BTreeSet::new();
        if let Some(twice) = all.iter().find(|object| !ids.insert(&object.id)) {
            return Err(format!("the reference {} stands for two objects", twice.id));
        }
        Ok(Objects { all, has_table: export < 2 })
    }

    fn of<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a Object> {
        self.all.iter().filter(move |object| object.class == class)
    }

    fn named<'a>(&'a self, class: &'a str, id: &str) -> Option<&'a Object> {
        self.all.iter().find(|object| object.class == class && object.id == id)
    }

    fn contents(&self) -> Result<Contents, String> {
        let is_snapshot = |vm: &&Object| vm.record.get("is_a_snapshot") == Some(&Value::Bool(true));
        let guest = self.of("VM").find(|vm| !is_snapshot(vm)).or_else(|| self.of("VM").next());
        let vm = guest.ok_or("it has no VM")?;
        let params = vm.record.get("HVM_boot_params");
        let param = |name: &str| params.and_then(|params| params.get(name)).map_or("", Value::as_text);
        let policy = vm.text("HVM_boot_policy");
        Ok(Contents {
            name: vm.text("name_label").to_owned(),
            ram_bytes: vm.number("memory_static_max")?,
            boot_order: param("order").to_owned(),
            by_bios: !policy.is_empty() && !param("firmware").eq_ignore_ascii_case("uefi"),
            platform: vm.record.get("platform").map(Value::as_texts).unwrap_or_default(),
            cd: self
                .drives(vm)
                .find(|vbd| is_cd(vbd))
                .map(|vbd| (position(vbd).unwrap_or(3), self.disc(vbd))),
            networks: self.of("VIF").filter(|vif| vif.text("VM") == vm.id).count(),
            disks: self.disks(vm)?,
            has_table: self.has_table,
        })
    }

    fn drives<'a>(&'a self, vm: &'a Object) -> impl Iterator<Item = &'a Object> {
        self.of("VBD").filter(|vbd| vbd.text("VM") == vm.id)
    }

    /// The name of the disc in a CD drive.
    fn disc(&self, vbd: &Object) -> Option<String> {
        let vdi = self.named("VDI", vbd.text("VDI"))?;
        let name = [vdi.text("name_label"), vdi.text("location")].into_iter().find(|name| !name.is_empty());
        name.map(str::to_owned)
    }

    /// Every disk that a drive other than a CD refers to, but those of a library of discs, in the byte order of their
    /// references.
    fn disks(&self, vm: &Object) -> Result<Vec<VirtualDisk>, String> {
        let drives: BTreeMap<&str, &Object> = self.drives(vm).map(|vbd| (vbd.text("VDI"), vbd)).collect();
        let attached = self.of("VBD").filter(|vbd| !is_cd(vbd)).map(|vbd| vbd.text("VDI"));
        let suspended = self.of("VDI").filter(|vdi| vdi.text("type").eq_ignore_ascii_case("suspend"));
        let wanted: BTreeSet<&str> = attached.chain(suspended.map(|vdi| vdi.id.as_str())).collect();
        let is_disc = |vdi: &Object| {
            self.named("SR", vdi.text("SR")).is_some_and(|sr| sr.text("content_type") == "iso")
        };
        let disks = wanted.into_iter().filter_map(|id| self.named("VDI", id)).filter(|vdi| !is_disc(vdi));
        let disks: Vec<VirtualDisk> =
            disks.map(|vdi| disk(vdi, drives.get(&*vdi.id).copied())).collect::<Result<_, _>>()?;
        match disks.len() > MAX_DISKS {
            true => Err(format!("it has {} disks, expected at most {MAX_DISKS}", disks.len())),
            false => Ok(disks),
        }
    }
}

fn is_cd(vbd: &Object) -> bool {
    vbd.text("type").eq_ignore_ascii_case("CD")
}

/// A drive's position: a number, or a name as `hdb` or `xvdb`.
fn position(vbd: &Object) -> Option<u8> {
    let device = vbd.text("userdevice");
    let letter = device.strip_prefix("xvd").or(device.strip_prefix("hd"));
    match letter.map(str::as_bytes) {
        Some([letter @ b'a'..=b'z']) => Some(letter - b'a'),
        _ => device.parse().ok(),
    }
}

fn disk(vdi: &Object, vbd: Option<&Object>) -> Result<VirtualDisk, String> {
    let bytes = vdi.number("virtual_size")?;
    if bytes == 0 || bytes > MAX_DISK {
        return Err(format!("{}: a disk of {bytes} bytes, expected 1 to {MAX_DISK}", vdi.id));
    }
    Ok(VirtualDisk {
        id: vdi.id.clone(),
        bytes,
        position: vbd.and_then(position),
        read_only: vbd.is_some_and(|vbd| vbd.text("mode").eq_ignore_ascii_case("RO")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xva::{Bundle, BundleDisk, CdDrive, Display, ova_xml};

    fn bundle() -> Bundle {
        Bundle {
            name: "DOS & co".into(),
            ram_bytes: 16 << 20,
            display: Display::Cirrus,
            video_mib: 4,
            apic: false,
            boot_order: "dc".into(),
            disks: vec![
                BundleDisk { position: 0, bytes: 5 << 20 },
                BundleDisk { position: 1, bytes: 1 << 20 },
            ],
            cd: CdDrive::default(),
            bridges: vec![],
        }
    }

    #[test]
    fn what_is_written_about_a_guest_is_read_again() {
        let contents = Contents::parse(&ova_xml(&bundle()).unwrap()).unwrap();
        assert_eq!((contents.name.as_str(), contents.ram_bytes), ("DOS & co", 16 << 20));
        assert_eq!((contents.boot_order.as_str(), contents.by_bios), ("dc", true));
        assert_eq!(contents.platform["vga"], "cirrus");
        assert_eq!(contents.cd, Some((3, None)));
        let disks: Vec<_> = contents.disks.iter().map(|disk| (disk.position, disk.bytes)).collect();
        assert_eq!(disks, [(Some(0), 5 << 20), (Some(1), 1 << 20)]);
    }

    #[test]
    fn a_disc_of_the_host_s_library_has_a_name_and_no_blocks() {
        let cd = CdDrive::Attached("tools.iso".into());
        let bundle = Bundle { cd, bridges: vec!["xenbr0".into(), "dmz".into()], ..bundle() };
        let contents = Contents::parse(&ova_xml(&bundle).unwrap()).unwrap();
        assert_eq!(contents.cd, Some((3, Some("tools.iso".into()))));
        assert_eq!((contents.disks.len(), contents.networks), (2, 2));
    }

    #[test]
    fn absurd_sizes_and_references_that_stand_for_two_objects_are_refused() {
        let xml = String::from_utf8(ova_xml(&bundle()).unwrap()).unwrap();
        let refused = |from: &str, to: &str| Contents::parse(xml.replace(from, to).as_bytes()).unwrap_err();
        assert!(refused("5242880", "18446744073709551615").contains("expected 1 to 2199023255552"));
        assert!(
            refused("5242880", "99999999999999999999").contains("virtual_size is `99999999999999999999`")
        );
        assert!(refused("Ref:201", "Ref:200").contains("Ref:200 stands for two objects"));
        assert!(refused("<name>objects</name>", "<name>other</name>").contains("no list of `objects`"));
    }
}
