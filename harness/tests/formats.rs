//! Disks in other people's formats: what we write is what `qemu-img` says it is, what it writes is read back bit for bit, and
//! what is broken is one clear line.

use flate2::read::GzDecoder;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const MIB: usize = 1 << 20;
/// Formats with one disk, the file's ending, and what `qemu-img` calls them.
const FORMATS: [(&str, &str); 5] =
    [("raw", "raw"), ("qcow2", "qcow2"), ("vhd", "vpc"), ("vhd-fixed", "vpc"), ("vmdk", "vmdk")];

/// A bootable, partitioned disk that is no whole number of clusters, blocks or MiB, with data at both ends and across the
/// borders of grains, clusters and blocks.
fn disk() -> Vec<u8> {
    let mut disk = vec![0; 9 * MIB + 5 * 512];
    disk[..7].copy_from_slice(&[0xB0, b'R', 0xE6, 0xE9, 0xF4, 0xEB, 0xFD]);
    (disk[446], disk[450], disk[454], disk[458]) = (0x80, 6, 1, 8);
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    for (at, length) in
        [(64 << 10, 3000), (2 * MIB - 512, 1024), (5 * MIB + 700, 200_000), (9 * MIB + 4 * 512, 512)]
    {
        for (number, byte) in disk[at..at + length].iter_mut().enumerate() {
            *byte = (number.wrapping_mul(2_654_435_761) >> 11) as u8;
        }
    }
    disk
}

struct Bench(TempDir);

impl Bench {
    /// A folder with the disk as `disk.img`.
    fn new() -> Self {
        let bench = Bench(tempfile::tempdir().unwrap());
        bench.write("disk.img", &disk());
        bench
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    fn relic(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_relic")).current_dir(self.path()).args(arguments).output().unwrap()
    }

    fn export(&self, guest: &str, format: &str, to: &str) {
        let output = self.relic(&["export", guest, "--format", format, "-o", to]);
        assert!(output.status.success(), "{guest} as {format}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn qemu_img(&self, arguments: &[&str]) -> String {
        let output = Command::new("qemu-img").current_dir(self.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The disk in a file, as we read it.
    fn contents(&self, file: &str) -> Vec<u8> {
        self.export(file, "raw", "back.img");
        self.read("back.img")
    }

    fn refused_with(&self, file: &str, reason: &str) {
        let output = self.relic(&["export", file, "--format", "raw", "-o", "refused.img"]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{file}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains(file) && error.contains(reason), "{error}does not say `{reason}`");
        assert!(!self.path().join("refused.img").exists());
    }
}

/// Whether QEMU's tool is installed; where CI is set it must be.
fn has_qemu_img() -> bool {
    let runs = Command::new("qemu-img").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(runs || std::env::var_os("CI").is_none(), "CI is set and qemu-img does not run");
    if !runs {
        eprintln!("skipped: qemu-img does not run here");
    }
    runs
}

#[test]
fn every_format_gives_the_disk_back_bit_for_bit() {
    let bench = Bench::new();
    for (format, _) in FORMATS.into_iter().chain([("vagrant", "")]) {
        bench.export("disk.img", format, "exported");
        assert!(bench.contents("exported") == disk(), "{format}");
    }
}

#[test]
fn every_format_boots_in_place_and_is_not_changed() {
    let bench = Bench::new();
    for (format, _) in FORMATS.into_iter().chain([("vagrant", "")]) {
        bench.export("disk.img", format, "exported");
        let before = bench.read("exported");
        let output = bench.relic(&["run", "exported", "--timeout", "2s", "--debug-text"]);
        assert!(output.status.success(), "{format}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8(output.stdout).unwrap().ends_with("R\n"), "{format}");
        assert!(bench.read("exported") == before, "{format} was changed");
    }
}

#[test]
fn two_exports_are_the_same_bytes() {
    let bench = Bench::new();
    for (format, _) in FORMATS.into_iter().chain([("vagrant", ""), ("xva", "")]) {
        bench.export("disk.img", format, "one");
        bench.export("disk.img", format, "two");
        // A VMDK says its own name.
        if format != "vmdk" {
            assert!(bench.read("one") == bench.read("two"), "{format}");
        }
    }
}

#[test]
fn qemu_img_finds_every_export_right_and_the_same_as_the_disk() {
    if !has_qemu_img() {
        return;
    }
    let bench = Bench::new();
    for (format, theirs) in FORMATS {
        bench.export("disk.img", format, "exported");
        bench.qemu_img(&["compare", "-f", "raw", "-F", theirs, "disk.img", "exported"]);
        let info = bench.qemu_img(&["info", "-f", theirs, "exported"]);
        assert!(info.contains(&format!("({} bytes)", disk().len())), "{format}: {info}");
        // It has no check of fixed VHDs and of raw images.
        if matches!(format, "qcow2" | "vmdk") {
            let check = bench.qemu_img(&["check", "-f", theirs, "exported"]);
            assert!(check.contains("No errors were found"), "{format}: {check}");
        }
    }
}

#[test]
fn what_qemu_img_converts_is_read_back_bit_for_bit() {
    if !has_qemu_img() {
        return;
    }
    let bench = Bench::new();
    for (format, options) in [
        ("qcow2", vec![]),
        ("qcow2", vec!["-c"]),
        ("qcow2", vec!["-o", "compat=0.10"]),
        ("qcow2", vec!["-o", "cluster_size=512"]),
        ("qcow2", vec!["-o", "cluster_size=2M"]),
        ("vpc", vec!["-o", "force_size=on"]),
        ("vpc", vec!["-o", "subformat=fixed,force_size=on"]),
        ("vmdk", vec![]),
        ("vmdk", vec!["-o", "subformat=streamOptimized"]),
        ("vmdk", vec!["-o", "zeroed_grain=on"]),
    ] {
        let arguments =
            [&["convert", "-f", "raw", "-O", format], &options[..], &["disk.img", "converted"]].concat();
        bench.qemu_img(&arguments);
        assert!(bench.contents("converted") == disk(), "{format} {options:?}");
    }
}

#[test]
fn a_qcow2_image_reads_through_its_backing_file_beside_it_and_nowhere_else() {
    if !has_qemu_img() {
        return;
    }
    let bench = Bench::new();
    bench.qemu_img(&["create", "-q", "-f", "qcow2", "-b", "disk.img", "-F", "raw", "changes"]);
    let io = Command::new("qemu-io")
        .current_dir(bench.path())
        .args(["-c", "write -P 7 1M 64k", "changes"])
        .output();
    assert!(io.unwrap().status.success());
    let mut expected = disk();
    expected[MIB..MIB + (64 << 10)].fill(7);
    assert!(bench.contents("changes") == expected);
    std::fs::create_dir(bench.path().join("inner")).unwrap();
    std::fs::copy(bench.path().join("changes"), bench.path().join("inner/changes")).unwrap();
    bench.refused_with("inner/changes", "disk.img behind it: no such file or folder");
    bench.qemu_img(&["rebase", "-u", "-f", "qcow2", "-b", "../disk.img", "-F", "raw", "inner/changes"]);
    bench.refused_with("inner/changes", "it is not in the image's folder");
    bench.qemu_img(&["rebase", "-u", "-f", "qcow2", "-b", "changes", "-F", "qcow2", "changes"]);
    bench.refused_with("changes", "more than 16 backing files behind each other, perhaps in a circle");
}

#[test]
fn a_vagrant_box_is_made_as_libvirt_s_provider_wants_it() {
    let bench = Bench::new();
    bench.export("disk.img", "vagrant", "guest.box");
    let packed = bench.read("guest.box");
    let mut archive = tar::Archive::new(GzDecoder::new(&packed[..]));
    let mut members = Vec::new();
    for member in archive.entries().unwrap() {
        let mut member = member.unwrap();
        let name = member.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        members.push((name, bytes));
    }
    let [(metadata, json), (vagrantfile, text), (image, qcow2)] = &members[..] else {
        panic!("three members")
    };
    assert_eq!([metadata, vagrantfile, image], ["metadata.json", "Vagrantfile", "box.img"]);
    let json: serde_json::Value = serde_json::from_slice(json).unwrap();
    assert_eq!(json, serde_json::json!({ "provider": "libvirt", "format": "qcow2", "virtual_size": 1 }));
    let text = std::str::from_utf8(text).unwrap();
    assert!(text.contains("libvirt.memory = 32\n") && text.contains("libvirt.disk_bus = \"ide\""), "{text}");
    bench.write("box.img", qcow2);
    if has_qemu_img() {
        bench.qemu_img(&["compare", "-f", "raw", "-F", "qcow2", "disk.img", "box.img"]);
    }
}

#[test]
fn the_disk_of_an_ova_is_read() {
    if !has_qemu_img() {
        return;
    }
    let bench = Bench::new();
    bench.qemu_img(&[
        "convert",
        "-O",
        "vmdk",
        "-o",
        "subformat=streamOptimized",
        "disk.img",
        "guest-disk1.vmdk",
    ]);
    let mut ova = tar::Builder::new(Vec::new());
    for (name, bytes) in
        [("guest.ovf", b"<Envelope/>".to_vec()), ("guest-disk1.vmdk", bench.read("guest-disk1.vmdk"))]
    {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        ova.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    bench.write("guest.ova", &ova.into_inner().unwrap());
    assert!(bench.contents("guest.ova") == disk());
}

#[cfg(unix)]
#[test]
fn what_is_zero_takes_no_room_on_the_host() {
    use std::os::unix::fs::MetadataExt;
    let bench = Bench::new();
    std::fs::File::options()
        .write(true)
        .open(bench.path().join("disk.img"))
        .unwrap()
        .set_len(200 << 20)
        .unwrap();
    for (format, _) in FORMATS.into_iter().chain([("vagrant", ""), ("xva", "")]) {
        bench.export("disk.img", format, "exported");
        let used = std::fs::metadata(bench.path().join("exported")).unwrap().blocks() * 512;
        assert!(used < 16 << 20, "{format}: {used} bytes");
    }
}

/// A file that is exported, changed at one place, and then refused.
fn spoilt(format: &str, at: usize, bytes: &[u8], reason: &str) {
    let bench = Bench::new();
    bench.export("disk.img", format, "spoilt");
    let mut file = bench.read("spoilt");
    file[at..at + bytes.len()].copy_from_slice(bytes);
    bench.write("spoilt", &file);
    bench.refused_with("spoilt", reason);
}

#[test]
fn truncated_files_are_refused() {
    for (format, keep, reason) in [
        ("vhd", 4 * MIB, "past its end"),
        ("vhd", 800, "the VHD's header is past its end"),
        ("vmdk", 9_000, "truncated: the VMDK's directory is past its end"),
        ("vmdk", 100, "truncated: the VMDK ends in its header"),
        ("qcow2", 60, "truncated: the qcow2 image ends in its header"),
    ] {
        let bench = Bench::new();
        bench.export("disk.img", format, "cut");
        bench.write("cut", &bench.read("cut")[..keep]);
        bench.refused_with("cut", reason);
    }
}

#[test]
fn absurd_sizes_are_refused_before_anything_is_reserved() {
    spoilt("qcow2", 24, &[0xFF; 8], "expected at most 2199023255552");
    spoilt("qcow2", 36, &[0xFF; 4], "a table that is larger");
    spoilt("qcow2", 20, &60u32.to_be_bytes(), "clusters of 2^60 bytes");
    spoilt("vmdk", 12, &[0xFF; 8], "a VMDK of 18446744073709551615 sectors");
    spoilt("vmdk", 20, &3u64.to_le_bytes(), "grains of 3 sectors");
    spoilt("vmdk", 56, &u64::MAX.wrapping_sub(1).to_le_bytes(), "the VMDK's directory is past its end");
    spoilt("vhd", 512 + 32, &[0; 4], "its sum does not match");
}

#[test]
fn files_that_need_others_are_refused() {
    let bench = Bench::new();
    bench.write("flat.vmdk", b"# Disk DescriptorFile\nversion=1\nRW 100 FLAT \"flat-flat.vmdk\" 0\n");
    bench.refused_with("flat.vmdk", "`qemu-img convert` makes one file of them");
    spoilt("qcow2", 32, &1u32.to_be_bytes(), "an encrypted qcow2 image");
}

#[test]
fn qcow2_images_with_what_is_not_read_say_what_that_is() {
    if !has_qemu_img() {
        return;
    }
    let bench = Bench::new();
    for (options, reason) in [("extended_l2=on", "extended L2"), ("compression_type=zstd", "compression")] {
        bench.qemu_img(&["convert", "-O", "qcow2", "-c", "-o", options, "disk.img", "converted"]);
        bench.refused_with("converted", reason);
    }
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let bench = Bench::new();
    for (arguments, reason) in [
        (["--format", "vhd", "--compress", "gzip"], "--compress: it is about bundles"),
        (["--format", "raw", "--vif", "xenbr0"], "--vif: it is about bundles"),
        (["--format", "xva", "--position", "0"], "--position: a bundle carries all disks"),
        (["--format", "xva", "--cd", "attached"], "--cd attached: no disc is in its drive"),
    ] {
        let output = bench.relic(&[&["export", "disk.img", "-o", "out"], &arguments[..]].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(reason), "{error}");
    }
}
