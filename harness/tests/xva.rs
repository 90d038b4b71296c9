//! Exported bundles, held against the format's document, a reader that shares no code with the writer, and tools that
//! other people wrote.

mod foreign;

use foreign::{Bundle, Xml, read, sha1};
use harness::disk::DiskSource;
use harness::xva::{BLOCK, Hash, header, write};
use std::io;
use std::path::Path;
use std::process::Command;

/// A disk in memory.
struct Bytes(Vec<u8>);

impl DiskSource for Bytes {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        buf.copy_from_slice(&self.0[offset as usize..offset as usize + buf.len()]);
        Ok(())
    }
}

/// A partitioned disk of so many sectors: a boot signature, an active partition, marks at chosen bytes.
fn hard_disk(sectors: usize, marks: &[usize]) -> Vec<u8> {
    let mut disk = vec![0; sectors * 512];
    disk[446] = 0x80;
    disk[446 + 4] = 6;
    disk[446 + 8] = 1;
    disk[446 + 12] = 8;
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    for mark in marks {
        disk[*mark] = 0xC3;
    }
    disk
}

/// Exports a disk image with the command itself.
fn export(disk: &[u8], folder: &Path) -> Vec<u8> {
    let (image, bundle) = (folder.join("disk.img"), folder.join("guest.xva"));
    std::fs::write(&image, disk).unwrap();
    let relic = Command::new(env!("CARGO_BIN_EXE_relic"))
        .args(["export", "--format", "xva", "-o"])
        .args([&bundle, &image])
        .output()
        .unwrap();
    assert!(relic.status.success(), "{}", String::from_utf8_lossy(&relic.stderr));
    assert_eq!(std::fs::read(&image).unwrap(), disk, "the image itself was touched");
    std::fs::read(bundle).unwrap()
}

fn object<'a>(bundle: &'a Bundle, class: &str) -> Vec<&'a Xml> {
    let objects = bundle.xml.get("objects").list().iter();
    objects
        .filter(|object| object.get("class").text() == class)
        .map(|object| object.get("snapshot"))
        .collect()
}

/// The rows of a header that are not zero, as the document prints them.
fn rows(header: &[u8]) -> Vec<String> {
    let row = |(at, row): (usize, &[u8])| {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{:03x} {}", at * 16, hex.join(" "))
    };
    header.chunks(16).enumerate().filter(|(_, row)| row.iter().any(|byte| *byte != 0)).map(row).collect()
}

#[test]
fn headers_are_those_of_the_worked_example() {
    assert_eq!(
        rows(&header("ova.xml", 16_190)),
        [
            "000 6f 76 61 2e 78 6d 6c 00 00 00 00 00 00 00 00 00",
            "060 00 00 00 00 30 30 30 30 34 30 30 00 30 30 30 30",
            "070 30 30 30 00 30 30 30 30 30 30 30 00 30 30 30 30",
            "080 30 30 33 37 34 37 36 00 30 30 30 30 30 30 30 30",
            "090 30 30 30 00 30 30 30 35 37 36 34 00 00 00 00 00",
        ]
    );
    assert_eq!(
        rows(&header("Ref:4/00000000", 1 << 20))[3..],
        [
            "080 34 30 30 30 30 30 30 00 30 30 30 30 30 30 30 30",
            "090 30 30 30 00 30 30 30 36 31 32 32 00 00 00 00 00",
        ]
    );
    let checksum = header("Ref:4/00000000.checksum", 40);
    assert_eq!(&checksum[128..136], b"0000050\0");
    assert_eq!(&checksum[148..156], b"0007724\0");
}

#[test]
fn the_stream_of_the_worked_example_is_exact_to_the_byte() {
    let mut disk = vec![0; 3 * BLOCK];
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    let mut stream = Vec::new();
    write(&mut stream, &vec![b' '; 16_190], &[("Ref:4", &Bytes(disk.clone()))], Hash::Sha1).unwrap();
    assert_eq!(stream.len(), 2_118_144);
    assert_eq!(stream[..512], header("ova.xml", 16_190));
    assert!(stream[512 + 16_190..16_896].iter().all(|byte| *byte == 0));
    assert_eq!(stream[16_896..17_408], header("Ref:4/00000000", 1 << 20));
    assert_eq!(stream[17_408..1_065_984], disk[..BLOCK]);
    assert_eq!(stream[1_065_984..1_066_496], header("Ref:4/00000000.checksum", 40));
    assert_eq!(&stream[1_066_496..1_066_536], b"e07a791179f502c9cf78fc585c43f00e3854460c");
    assert_eq!(stream[1_067_008..1_067_520], header("Ref:4/00000002", 1 << 20));
    assert_eq!(&stream[2_116_608..2_116_648], b"3b71f43ff30f4b15b5cd85dd9e95ebc7e84eb5a3");
    assert!(stream[2_117_120..].iter().all(|byte| *byte == 0));
}

#[test]
fn checksums_are_the_test_vectors_of_the_document() {
    assert_eq!(sha1(&[]), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    for (fill, sum) in
        [(0, "3b71f43ff30f4b15b5cd85dd9e95ebc7e84eb5a3"), (0xFF, "bf0b121670df23f2cc64302d9f215e7c81187bbb")]
    {
        let block = vec![fill; BLOCK];
        assert_eq!(sha1(&block), sum);
        let mut stream = Vec::new();
        write(&mut stream, b"", &[("Ref:1", &Bytes(block))], Hash::Sha1).unwrap();
        let at = 512 + 512 + BLOCK + 512;
        assert_eq!(&stream[at..at + 40], sum.as_bytes());
    }
}

#[test]
fn disks_follow_each_other_in_the_byte_order_of_their_references() {
    let disk = || Bytes(vec![1; BLOCK]);
    let mut stream = Vec::new();
    write(&mut stream, b"", &[("Ref:4", &disk()), ("Ref:10", &disk())], Hash::Sha1).unwrap();
    assert!(stream[512..].starts_with(b"Ref:10/00000000"));
}

#[test]
fn a_guest_s_disk_comes_out_bit_for_bit_padded_to_a_whole_mib() {
    let folder = tempfile::tempdir().unwrap();
    let disk = hard_disk(9000, &[3 << 20, 9000 * 512 - 1]);
    let bundle = read(&export(&disk, folder.path()));
    let mut expected = disk.clone();
    expected.resize(5 << 20, 0);
    assert!(bundle.disks["Ref:200"] == expected);
    let blocks: Vec<&str> =
        bundle.members.iter().map(String::as_str).filter(|name| !name.contains(".c")).collect();
    assert_eq!(blocks, ["ova.xml", "Ref:200/00000000", "Ref:200/00000003", "Ref:200/00000004"]);
}

#[test]
fn a_disk_below_one_mib_is_a_whole_block() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = read(&export(&hard_disk(100, &[]), folder.path()));
    assert_eq!(bundle.disks["Ref:200"].len(), BLOCK);
}

#[test]
fn two_exports_are_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let disk = hard_disk(5000, &[700_000]);
    assert!(export(&disk, folder.path()) == export(&disk, folder.path()));
}

#[test]
fn the_records_say_a_bios_guest_with_its_disk_and_an_ejected_cd() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = read(&export(&hard_disk(5000, &[]), folder.path()));
    let version = bundle.xml.get("version");
    assert_eq!((version.get("xapi_major").text(), version.get("xapi_minor").text()), ("1", "9"));
    assert_eq!(version.get("export_vsn").text(), "2");
    let [vm] = object(&bundle, "VM")[..] else { panic!("one VM") };
    assert_eq!(vm.get("name_label").text(), "disk.img");
    assert_eq!(vm.get("HVM_boot_policy").text(), "BIOS order");
    assert_eq!(vm.get("HVM_boot_params").get("order").text(), "cd");
    for (name, value) in [
        ("device-model", "qemu-upstream-compat"),
        ("vga", "std"),
        ("videoram", "16"),
        ("acpi", "0"),
        ("apic", "false"),
        ("nx", "false"),
        ("viridian", "false"),
        ("usb", "false"),
        ("usb_tablet", "false"),
    ] {
        assert_eq!(vm.get("platform").get(name).text(), value, "{name}");
    }
    for memory in ["memory_static_min", "memory_dynamic_min", "memory_dynamic_max", "memory_static_max"] {
        assert_eq!(vm.get(memory).text(), "33554432", "{memory}");
    }
    let drives: Vec<(&str, &str, &str, &str)> = object(&bundle, "VBD")
        .iter()
        .map(|v| {
            (v.get("userdevice").text(), v.get("type").text(), v.get("mode").text(), v.get("empty").text())
        })
        .collect();
    assert_eq!(drives, [("3", "CD", "RO", "1"), ("0", "Disk", "RW", "0")]);
}

/// Exports a guest of two disks and a disc with more options, unpacked by other people's programs.
fn export_with(options: &[&str], unpack: &[&str]) -> Bundle {
    let folder = tempfile::tempdir().unwrap();
    for disk in ["c.img", "d.img"] {
        std::fs::write(folder.path().join(disk), hard_disk(5000, &[700_000])).unwrap();
    }
    std::fs::write(folder.path().join("tools.iso"), vec![0; 40_960]).unwrap();
    let guest = "name = 'two disks'\n[machine]\nvideo = 'cirrus'\nram = '8M'\n[media]\ndisk = ['c.img', 'd.img']\ncdrom = 'tools.iso'\n";
    std::fs::write(folder.path().join("guest.toml"), guest).unwrap();
    let bundle = folder.path().join("guest.xva");
    let mut relic = Command::new(env!("CARGO_BIN_EXE_relic"));
    run(relic.arg("export").arg(folder.path()).args(["--format", "xva", "-o"]).arg(&bundle).args(options));
    read(&match unpack {
        [] => std::fs::read(bundle).unwrap(),
        [program, arguments @ ..] => run(Command::new(program).args(arguments).arg(bundle)),
    })
}

#[test]
fn a_guest_of_two_disks_has_its_adapter_its_networks_and_its_disc_by_name() {
    let bundle = export_with(&["--vif", "xenbr0", "--vif", "xenbr1", "--cd", "attached"], &[]);
    assert!(bundle.disks["Ref:200"] == bundle.disks["Ref:201"]);
    let [vm] = object(&bundle, "VM")[..] else { panic!("one VM") };
    assert_eq!(vm.get("platform").get("vga").text(), "cirrus");
    assert_eq!(vm.get("platform").get("videoram").text(), "4");
    let networks: Vec<_> = object(&bundle, "network")
        .iter()
        .map(|n| (n.get("bridge").text(), n.get("name_label").text()))
        .collect();
    assert_eq!(
        networks,
        [
            ("xenbr0", "Pool-wide network associated with eth0"),
            ("xenbr1", "Pool-wide network associated with eth1"),
        ]
    );
    let vifs = object(&bundle, "VIF");
    assert_eq!(vifs.iter().map(|vif| vif.get("device").text()).collect::<Vec<_>>(), ["0", "1"]);
    let address = u8::from_str_radix(&vifs[0].get("MAC").text()[..2], 16).unwrap();
    assert_eq!(address & 3, 2, "administered locally, of one station");
    assert_ne!(vifs[0].get("MAC").text(), vifs[1].get("MAC").text());
    let [drive] = object(&bundle, "VBD")[..1] else { panic!("a drive") };
    assert_eq!((drive.get("type").text(), drive.get("empty").text()), ("CD", "0"));
    let library = object(&bundle, "SR");
    assert_eq!(library.iter().map(|sr| sr.get("content_type").text()).collect::<Vec<_>>(), ["user", "iso"]);
    let disc = object(&bundle, "VDI")[0];
    assert_eq!(disc.get("location").text(), "tools.iso");
    let none = export_with(&["--cd", "none"], &[]);
    assert!(object(&none, "VBD").iter().all(|drive| drive.get("type").text() == "Disk"));
    assert!(object(&none, "VIF").is_empty());
}

#[test]
fn compressed_bundles_are_the_plain_one_for_gzip_and_zstd() {
    let plain = export_with(&[], &[]);
    for (how, program) in [("gzip", "gzip"), ("zstd", "zstd")] {
        if !available(program, Command::new(program).arg("--version")) {
            continue;
        }
        let bundle = export_with(&["--compress", how], &[program, "-dcf"]);
        assert!(bundle.disks == plain.disks && bundle.xml == plain.xml, "{how}");
    }
}

#[test]
fn every_field_without_a_default_is_there() {
    let bundle = export_with(&["--vif", "xenbr0", "--cd", "attached"], &[]);
    let fields = [
        (
            "VM",
            "uuid user_version is_a_template resident_on affinity memory_overhead memory_static_max \
             memory_dynamic_max memory_dynamic_min memory_static_min VCPUs_params VCPUs_max VCPUs_at_startup \
             actions_after_shutdown actions_after_reboot actions_after_crash PV_bootloader PV_kernel PV_ramdisk PV_args \
             PV_bootloader_args PV_legacy_args HVM_boot_policy HVM_boot_params platform PCI_bus other_config domid \
             domarch is_control_domain metrics guest_metrics last_booted_record recommendations xenstore_data \
             ha_always_run ha_restart_priority parent domain_type has_vendor_device name_label power_state",
        ),
        (
            "VBD",
            "uuid VM VDI userdevice bootable mode type storage_lock empty other_config status_code status_detail \
             runtime_properties qos_algorithm_type qos_algorithm_params qos_supported_algorithms",
        ),
        (
            "VDI",
            "uuid SR virtual_size physical_utilisation type sharable read_only other_config storage_lock managed missing \
             parent",
        ),
        (
            "SR",
            "uuid virtual_allocation physical_utilisation physical_size type content_type shared other_config",
        ),
        (
            "VIF",
            "uuid device network VM MAC MTU other_config status_code status_detail runtime_properties \
             qos_algorithm_type qos_algorithm_params qos_supported_algorithms",
        ),
        ("network", "uuid other_config"),
    ];
    for (class, names) in fields {
        let objects = object(&bundle, class);
        assert!(!objects.is_empty(), "{class}");
        for (object, name) in objects.iter().flat_map(|o| names.split_whitespace().map(move |name| (o, name)))
        {
            assert!(object.has(name), "{class}.{name}");
        }
    }
}

/// Whether a program of other people runs here; where CI is set it must.
fn available(name: &str, probe: &mut Command) -> bool {
    let runs = probe.output().is_ok_and(|output| output.status.success());
    assert!(runs || std::env::var_os("CI").is_none(), "CI is set and {name} does not run");
    if !runs {
        eprintln!("skipped: {name} does not run here");
    }
    runs
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn script(name: &str) -> String {
    format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn python_s_tar_and_xml_rpc_readers_see_the_same_disk() {
    if !available("python3", Command::new("python3").arg("--version")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut disk = hard_disk(10_000, &[2 << 20, 3_000_001]);
    export(&disk, folder.path());
    let seen = folder.path().join("seen.img");
    run(Command::new("python3").arg(script("xva_check.py")).args([&folder.path().join("guest.xva"), &seen]));
    disk.resize(5 << 20, 0);
    assert!(std::fs::read(seen).unwrap() == disk);
}

#[test]
fn gnu_tar_and_bsdtar_list_and_extract_every_member() {
    let folder = tempfile::tempdir().unwrap();
    let disk = hard_disk(10_000, &[2 << 20]);
    let bundle = folder.path().join("guest.xva");
    let members = read(&export(&disk, folder.path())).members;
    for tar in ["tar", "bsdtar"] {
        if !available(tar, Command::new(tar).arg("--version")) {
            continue;
        }
        let listed = String::from_utf8(run(Command::new(tar).arg("-tf").arg(&bundle))).unwrap();
        assert_eq!(listed.lines().collect::<Vec<_>>(), members, "{tar}");
        let block = run(Command::new(tar).arg("-xOf").arg(&bundle).arg("Ref:200/00000002"));
        assert!(block == disk[2 << 20..3 << 20], "{tar}");
    }
}

#[test]
fn dissect_archive_sees_the_same_disk() {
    let python = std::env::var("RELIC_PYTHON").unwrap_or("python3".into());
    if !available("dissect.archive", Command::new(&python).args(["-c", "import dissect.archive.xva"])) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // It takes the last block for zeros whatever it holds, so this one is zeros.
    let mut disk = hard_disk(10_000, &[2 << 20, 3_000_001]);
    export(&disk, folder.path());
    let seen = folder.path().join("seen.img");
    run(Command::new(&python).arg(script("xva_dissect.py")).args([&folder.path().join("guest.xva"), &seen]));
    disk.resize(5 << 20, 0);
    assert!(std::fs::read(seen).unwrap() == disk);
}

#[test]
fn xva_img_gives_the_disk_back() {
    if !available("xva-img", Command::new("xva-img").arg("--version")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut disk = hard_disk(10_000, &[2 << 20, 3_000_001]);
    export(&disk, folder.path());
    run(Command::new("tar").current_dir(&folder).args(["-xf", "guest.xva"]));
    run(Command::new("xva-img").current_dir(&folder).args(["disk-export", "Ref:200/", "seen.img"]));
    disk.resize(5 << 20, 0);
    assert!(std::fs::read(folder.path().join("seen.img")).unwrap() == disk);
}

#[test]
fn a_bundle_that_xva_img_packs_is_imported() {
    if !available("xva-img", Command::new("xva-img").arg("--version")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut disk = hard_disk(10_240, &[2 << 20, 4 << 20]);
    export(&disk, folder.path());
    std::fs::create_dir_all(folder.path().join("vm/Ref:200")).unwrap();
    run(Command::new("tar").current_dir(&folder).args(["-xf", "guest.xva", "-C", "vm", "ova.xml"]));
    // Its disk, made anew from another image by the other program.
    disk[3 << 20] = 0x5A;
    std::fs::write(folder.path().join("disk.img"), &disk).unwrap();
    let xva_img = |arguments: &[&str]| run(Command::new("xva-img").current_dir(&folder).args(arguments));
    xva_img(&["disk-import", "vm/Ref:200/", "disk.img"]);
    xva_img(&["package", "theirs.xva", "vm/ova.xml", "vm/Ref:200/"]);
    let relic = || Command::new(env!("CARGO_BIN_EXE_relic"));
    run(relic().current_dir(&folder).args(["import", "theirs.xva", "-o", "guest"]));
    assert!(std::fs::read(folder.path().join("guest/disk0.img")).unwrap() == disk);
}
