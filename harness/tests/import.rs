//! `relic import`, and bundles that `relic run` boots in place: what is right comes out bit for bit, what is wrong is one
//! clear line, and nothing is half-written.

use harness::xva::{Bundle, BundleDisk, CdDrive, Display, Hash, header, ova_xml};
use sha1::{Digest, Sha1};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const MIB: usize = 1 << 20;
const DISK: &str = "Ref:200";

/// An archive in the making.
#[derive(Clone, Default)]
struct Archive(Vec<u8>);

impl Archive {
    fn member(mut self, name: &str, data: &[u8]) -> Self {
        self.0.extend(header(name, data.len() as u64));
        self.0.extend(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// A block with its checksum.
    fn block(self, name: &str, data: &[u8]) -> Self {
        self.member(name, data).member(&format!("{name}.checksum"), sha1(data).as_bytes())
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

fn sha1(data: &[u8]) -> String {
    Sha1::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn guest(mib: &[u64]) -> Bundle {
    let disk = |(position, mib): (usize, &u64)| BundleDisk { position, bytes: mib << 20 };
    Bundle {
        name: "A \"guest\"".into(),
        ram_bytes: 16 << 20,
        display: Display::Std,
        video_mib: 8,
        apic: false,
        boot_order: "cd".into(),
        disks: mib.iter().enumerate().map(disk).collect(),
        cd: CdDrive::default(),
        bridges: vec![],
    }
}

/// An archive with the records of a guest with such disks, before any block.
fn begun(mib: &[u64]) -> Archive {
    Archive::default().member("ova.xml", &ova_xml(&guest(mib)).unwrap())
}

/// A block of which every byte is `fill`.
fn filled(fill: u8) -> Vec<u8> {
    vec![fill; MIB]
}

/// A bundle of one disk of 4 MiB, the second of which is left out.
fn good() -> Vec<u8> {
    let archive = begun(&[4]).block("Ref:200/00000000", &boot_block()).block("Ref:200/00000002", &filled(3));
    archive.block("Ref:200/00000003", &filled(4)).end()
}

/// The disk of [`good`].
fn good_disk() -> Vec<u8> {
    [boot_block(), filled(0), filled(3), filled(4)].concat()
}

/// A boot sector that writes `R` to port E9h and halts, with a partition table.
fn boot_block() -> Vec<u8> {
    let mut block = vec![0; MIB];
    block[..7].copy_from_slice(&[0xB0, b'R', 0xE6, 0xE9, 0xF4, 0xEB, 0xFD]);
    block[446] = 0x80;
    block[450] = 6;
    block[454] = 1;
    block[458] = 8;
    block[510..512].copy_from_slice(&[0x55, 0xAA]);
    block
}

struct Bench {
    folder: TempDir,
    bundle: PathBuf,
}

impl Bench {
    fn with(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("guest.xva");
        std::fs::write(&bundle, bytes).unwrap();
        Bench { folder, bundle }
    }

    fn relic(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_relic")).current_dir(&self.folder).args(arguments).output().unwrap()
    }

    fn import(&self, more: &[&str]) -> Output {
        self.relic(&[&["import", "guest.xva", "-o", "guest"], more].concat())
    }

    fn out(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join("guest").join(file)).unwrap()
    }
}

/// The one line that a bundle is refused with; nothing is left beside it.
fn refused(bytes: &[u8]) -> String {
    let bench = Bench::with(bytes);
    let output = bench.import(&[]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    let left: Vec<_> = std::fs::read_dir(&bench.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [bench.bundle], "something is half-written");
    assert_eq!(error.lines().count(), 1, "{error}");
    let line = error.trim_end().strip_prefix("relic: guest.xva: ");
    line.unwrap_or_else(|| panic!("it does not name the file: {error}")).to_owned()
}

fn refused_with(bytes: &[u8], reason: &str) {
    let line = refused(bytes);
    assert!(line.contains(reason), "`{line}` does not say `{reason}`");
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

#[test]
fn plain_gzip_and_zstd_bundles_give_the_same_guest() {
    for bytes in [good(), gzip(&good()), zstd(&good())] {
        let bench = Bench::with(&bytes);
        succeeded(&bench.import(&[]));
        assert!(bench.out("disk0.img") == good_disk());
        let text = String::from_utf8(bench.out("guest.toml")).unwrap();
        for line in [
            "name = 'A \"guest\"'",
            "preset = \"xenserver\"",
            "ram = \"16M\"",
            "video = \"std\"",
            "boot = [\"disk\", \"cdrom\"]",
            "{ path = \"disk0.img\", position = 0 }",
            "cdrom = { position = 3 }",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_zero_takes_no_room_on_the_host() {
    use std::os::unix::fs::MetadataExt;
    let archive = begun(&[1000]).block("Ref:200/00000000", &filled(0)).block("Ref:200/00000999", &filled(0));
    let bench = Bench::with(&archive.end());
    succeeded(&bench.import(&[]));
    let image = std::fs::metadata(bench.folder.path().join("guest/disk0.img")).unwrap();
    assert_eq!(image.len(), 1000 << 20);
    assert!(image.blocks() * 512 < 1 << 20, "{} sectors", image.blocks());
}

#[test]
fn an_imported_guest_boots_and_so_does_the_bundle_in_place_packed_or_not() {
    let bench = Bench::with(&good());
    succeeded(&bench.import(&[]));
    std::fs::write(bench.folder.path().join("packed.xva"), zstd(&good())).unwrap();
    for guest in ["guest", "guest.xva", "packed.xva"] {
        let output = bench.relic(&["run", guest, "--timeout", "2s", "--debug-text"]);
        succeeded(&output);
        assert!(String::from_utf8(output.stdout).unwrap().ends_with("R\n"), "{guest}");
    }
    assert!(std::fs::read(&bench.bundle).unwrap() == good(), "the bundle was changed");
}

#[test]
fn a_bundle_is_exported_as_what_it_was_made_of() {
    let bench = Bench::with(&good());
    succeeded(&bench.relic(&["export", "guest.xva", "--format", "raw", "-o", "disk.img"]));
    assert!(std::fs::read(bench.folder.path().join("disk.img")).unwrap() == good_disk());
}

#[test]
fn two_disks_and_a_read_only_one_come_to_their_positions() {
    let xml = String::from_utf8(ova_xml(&guest(&[1, 2])).unwrap()).unwrap();
    let second = xml.rfind("<value>RW</value>").unwrap();
    let xml = format!("{}<value>RO</value>{}", &xml[..second], &xml[second + 17..]);
    let archive = Archive::default().member("ova.xml", xml.as_bytes()).block("Ref:200/00000000", &filled(1));
    let archive = archive.block("Ref:201/00000000", &filled(2)).block("Ref:201/00000001", &filled(3));
    let bench = Bench::with(&archive.end());
    succeeded(&bench.import(&[]));
    assert!(bench.out("disk0.img") == filled(1));
    assert!(bench.out("disk1.img") == [filled(2), filled(3)].concat());
    let text = String::from_utf8(bench.out("guest.toml")).unwrap();
    assert!(text.contains("{ path = \"disk1.img\", position = 1, write_protect = true }"), "{text}");
}

#[test]
fn a_counter_is_no_place_an_empty_block_takes_a_number_and_no_room() {
    let archive = begun(&[3]).block("Ref:200/00000000", &filled(1)).block("Ref:200/00000001", &[]);
    let archive = archive.block("Ref:200/00000002", &filled(2)).block("Ref:200/00000003", &filled(3));
    let bench = Bench::with(&archive.end());
    succeeded(&bench.import(&[]));
    assert!(bench.out("disk0.img") == [filled(1), filled(2), filled(3)].concat());
}

#[test]
fn other_writers_headers_checksums_and_trailers_are_read() {
    let xxhash = |archive: Archive, name: &str, data: &[u8]| {
        let sum = format!("{:016X}", xxhash_rust::xxh64::xxh64(data, 0));
        archive.member(name, data).member(&format!("{name}.xxhash"), sum.as_bytes())
    };
    let archive = xxhash(begun(&[1]), "Ref:200/00000000", &filled(7));
    let mut padded = archive.clone().end();
    padded.resize(padded.len().next_multiple_of(10_240), 0);
    let old = String::from_utf8(ova_xml(&guest(&[1])).unwrap()).unwrap();
    let old =
        old.replace("<name>export_vsn</name><value>2</value>", "<name>export_vsn</name><value>1</value>");
    let old = Archive::default().member("ova.xml", old.as_bytes()).block("Ref:200/00000000", &filled(7));
    let old = old.member("checksum.xml", b"<value><struct/></value>").end();
    for bytes in [archive.end(), padded, old] {
        let bench = Bench::with(&bytes);
        succeeded(&bench.import(&[]));
        assert!(bench.out("disk0.img") == filled(7));
    }
}

#[test]
fn every_damaged_block_is_named_and_nothing_is_written_unless_recovery_is_asked_for() {
    let mut bytes = good();
    let mut flip = |fill: u8| {
        let at = bytes.windows(4096).position(|window| window.iter().all(|byte| *byte == fill)).unwrap();
        bytes[at + 100] ^= 1;
    };
    flip(3);
    flip(4);
    let bench = Bench::with(&bytes);
    let output = bench.import(&[]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines[0], "relic: guest.xva: block Ref:200/00000002: its checksum does not match");
    assert_eq!(lines[1], "relic: guest.xva: block Ref:200/00000003: its checksum does not match");
    assert!(lines[2].contains("2 of 3 blocks are damaged; nothing is written"), "{error}");
    assert!(!bench.folder.path().join("guest").exists());
    let output = bench.import(&["--recover", "--json"]);
    succeeded(&output);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["damaged"], serde_json::json!(["Ref:200/00000002", "Ref:200/00000003"]));
    let differing = bench.out("disk0.img").iter().zip(good_disk()).filter(|(a, b)| *a != b).count();
    assert_eq!(differing, 2, "all but the flipped bytes is there");
}

#[test]
fn a_checksum_in_the_wrong_case_is_not_the_block_s() {
    let archive = begun(&[1]).member("Ref:200/00000000", &filled(7));
    let archive = archive.member("Ref:200/00000000.checksum", sha1(&filled(7)).to_uppercase().as_bytes());
    let output = Bench::with(&archive.end()).import(&[]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("block Ref:200/00000000: its checksum"));
}

#[test]
fn a_damaged_block_of_a_bundle_in_place_is_an_error_of_the_disk() {
    let mut bytes = good();
    let at = bytes.windows(7).position(|window| window == &boot_block()[..7]).unwrap();
    bytes[at + 300] ^= 1;
    let bench = Bench::with(&bytes);
    let output = bench.relic(&["export", "guest.xva", "--format", "raw", "-o", "disk.img"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("block Ref:200/00000000: its checksum does not match"), "{error}");
}

#[test]
fn a_bundle_cut_at_any_member_is_refused_and_recovery_keeps_what_came() {
    let bytes = good();
    for cut in (512..bytes.len() - 512).step_by(512 * 700) {
        let line = refused(&bytes[..cut]);
        assert!(line.contains("truncated: it ends in "), "{cut}: {line}");
    }
    let bench = Bench::with(&bytes[..bytes.len() - MIB]);
    let output = bench.import(&["--recover"]);
    succeeded(&output);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("truncated: it ends in Ref:200/00000003"), "{error}");
    let kept = bench.out("disk0.img");
    assert!(kept[..3 * MIB] == good_disk()[..3 * MIB] && kept[3 * MIB..].iter().all(|byte| *byte == 0));
}

#[test]
fn a_cut_compressed_bundle_is_truncated_and_a_damaged_one_says_so() {
    for packed in [gzip(&good()), zstd(&good())] {
        refused_with(&packed[..packed.len() - 9], "truncated: it ends in");
    }
    let noise: Vec<u8> = (0..MIB as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut packed = zstd(&begun(&[1]).block("Ref:200/00000000", &noise).end());
    let middle = packed.len() / 2;
    packed[middle..middle + 64].fill(0xFF);
    let output = Bench::with(&packed).import(&[]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_disk_without_its_last_block_is_refused_and_recovery_goes_on_with_the_next() {
    let archive = begun(&[2, 1]).block("Ref:200/00000000", &filled(1));
    let bytes = archive.block("Ref:201/00000000", &filled(2)).end();
    refused_with(&bytes, "Ref:200: the blocks end at 1048576 of 2097152 bytes; the last one must be there");
    let bench = Bench::with(&bytes);
    succeeded(&bench.import(&["--recover"]));
    assert!(bench.out("disk0.img") == [filled(1), filled(0)].concat());
    assert!(bench.out("disk1.img") == filled(2));
}

#[test]
fn blocks_that_come_twice_too_late_or_past_the_end_are_refused() {
    let first = || begun(&[3]).block("Ref:200/00000000", &filled(1));
    refused_with(&first().block("Ref:200/00000000", &filled(1)).end(), "comes twice or too late");
    refused_with(
        &first().block("Ref:200/00000003", &filled(1)).end(),
        "past the end of a disk of 3145728 bytes",
    );
    refused_with(&first().block("Ref:200/18446744073709551614", &filled(1)).end(), "past the end");
    refused_with(
        &first().block("Ref:200/18446744073709551615", &filled(1)).end(),
        "expected a block of Ref:200",
    );
    refused_with(&first().block("Ref:200/000001", &vec![1; 700]).end(), "expected whole sectors");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in ["../../etc/passwd", "/etc/passwd", "Ref:200/../x", "Ref:200/", "Ref:2000/00000000", "x"] {
        refused_with(&begun(&[1]).block(name, &filled(1)).end(), "expected a block of Ref:200");
    }
    refused_with(&Archive::default().member("../ova.xml", b"").end(), "not a XenServer bundle");
    let vdi = String::from_utf8(ova_xml(&guest(&[1])).unwrap()).unwrap().replace(DISK, "../../x");
    let archive = Archive::default().member("ova.xml", vdi.as_bytes());
    let bench = Bench::with(&archive.block("../../x/00000000", &filled(1)).end());
    succeeded(&bench.import(&[]));
    assert!(bench.out("disk0.img") == filled(1), "a reference is not a path");
}

/// A header with another type.
fn typed(name: &str, size: u64, kind: u8) -> Vec<u8> {
    let mut header = header(name, size);
    header[156] = kind;
    let sum: u32 = (0..512).map(|at| if (148..156).contains(&at) { 32 } else { u32::from(header[at]) }).sum();
    header[148..156].copy_from_slice(format!("{sum:07o}\0").as_bytes());
    header.to_vec()
}

#[test]
fn folders_links_and_renaming_headers_are_refused_and_times_are_not() {
    let with = |header: Vec<u8>| {
        let mut archive = begun(&[1]);
        archive.0.extend(header);
        archive.block("Ref:200/00000000", &filled(1)).end()
    };
    refused_with(&with(typed("Ref:200/", 0, b'5')), "a folder, expected the blocks of Ref:200");
    refused_with(&with(typed("Ref:200/00000000", 0, b'2')), "not a plain file");
    let extended = |record: &str| {
        let mut header = typed("x", record.len() as u64, b'x');
        header.extend(record.as_bytes());
        header.resize(1024, 0);
        header
    };
    refused_with(&with(extended("19 path=/etc/passwd\n")), "changes a name or a size");
    succeeded(&Bench::with(&with(extended("20 mtime=1700000000\n"))).import(&[]));
}

#[test]
fn absurd_sizes_are_refused_before_anything_is_reserved() {
    let xml = String::from_utf8(ova_xml(&guest(&[1])).unwrap()).unwrap();
    let sized = |bytes: &str| {
        let xml = xml.replace("<value>1048576</value>", &format!("<value>{bytes}</value>"));
        Archive::default().member("ova.xml", xml.as_bytes()).end()
    };
    refused_with(&sized("18446744073709551615"), "expected 1 to 2199023255552");
    refused_with(&sized("0"), "a disk of 0 bytes");
    refused_with(&sized("-1"), "virtual_size is `-1`, expected a number");
    let mut huge = begun(&[1]);
    huge.0.extend(header("Ref:200/00000000", 0o7_777_777_777));
    refused_with(&huge.end(), "expected at most 16777216");
    let mut huge = Archive::default();
    huge.0.extend(header("ova.xml", 0o7_777_777_777));
    refused_with(&huge.end(), "ova.xml: 1073741823 bytes, expected at most 16777216");
}

#[test]
fn bombs_of_compression_are_refused_in_bounded_time() {
    let mut packer = zstd::Encoder::new(Vec::new(), 1).unwrap();
    packer.write_all(&good()).unwrap();
    for _ in 0..64 {
        packer.write_all(&filled(0)).unwrap();
    }
    refused_with(&packer.finish().unwrap(), "bytes follow the end of the archive");
    let deep = format!("{}x", "<value><array><data>".repeat(200_000));
    let archive = Archive::default().member("ova.xml", deep.as_bytes());
    refused_with(&gzip(&archive.end()), "ova.xml: values lie more than 32 deep");
}

#[test]
fn what_is_no_bundle_is_refused() {
    refused_with(b"", "truncated: it ends in its first tar header");
    refused_with(&[0; 2048], "not a XenServer bundle");
    refused_with(&[b'x'; 4096], "the sum of a tar header does not match");
    refused_with(
        &Archive::default().member("ova.xml", b"<appliance version=\"0.1\"/>").end(),
        "expected <value>",
    );
    refused_with(&Archive::default().member("ova.xml", &[0xFF; 20]).end(), "ova.xml: it is not UTF-8");
    let mut garbage = good();
    garbage.extend([7; 512]);
    refused_with(&garbage, "bytes follow the end of the archive");
}

#[test]
fn a_broken_bundle_is_not_run_and_says_why_packed_or_not() {
    let broken = Archive::default().member("ova.xml", b"<value><struct>").end();
    for bytes in [broken.clone(), gzip(&broken), zstd(&broken)] {
        let output = Bench::with(&bytes).relic(&["run", "guest.xva"]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.starts_with("relic: guest.xva: ova.xml: "), "{error}");
    }
}

#[test]
fn a_disk_of_a_bundle_is_named_by_its_number() {
    let archive = begun(&[1, 2]).block("Ref:200/00000000", &boot_block());
    let archive = archive.block("Ref:201/00000000", &filled(2)).block("Ref:201/00000001", &filled(3));
    let bench = Bench::with(&archive.end());
    let export = |index: &str| {
        let guest = format!("[media]\ndisk = {{ path = 'guest.xva'{index} }}\n");
        std::fs::write(bench.folder.path().join("guest.toml"), guest).unwrap();
        bench.relic(&["export", "guest.toml", "--format", "raw", "-o", "disk.img"])
    };
    succeeded(&export(", index = 1"));
    assert!(std::fs::read(bench.folder.path().join("disk.img")).unwrap() == [filled(2), filled(3)].concat());
    for (index, reason) in [
        ("", "a bundle with 2 disks; `index` says which"),
        (", index = 2", "no disk 2: the bundle has 2, from 0 on"),
    ] {
        let output = export(index);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains(reason), "{reason}");
    }
}

#[test]
fn a_block_without_its_own_checksum_is_refused() {
    let archive = begun(&[2]).member("Ref:200/00000000", &filled(1));
    refused_with(
        &archive.clone().block("Ref:200/00000001", &filled(1)).end(),
        "expected the checksum of Ref:200/00000000",
    );
    refused_with(
        &archive.member("Ref:200/00000001.checksum", &[b'0'; 40]).end(),
        "expected the checksum of Ref:200/00000000",
    );
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let bench = Bench::with(&good());
    let folder = bench.folder.path().join("guest");
    std::fs::create_dir(&folder).unwrap();
    succeeded(&bench.import(&[]));
    let output = bench.import(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("the folder is not empty"));
    assert!(Path::new(&folder).join("disk0.img").exists());
}

#[test]
fn both_kinds_of_checksum_are_written_and_read() {
    for hash in [Hash::Sha1, Hash::Xxhash] {
        let xml = ova_xml(&guest(&[2])).unwrap();
        let mut bytes = Vec::new();
        harness::xva::write(&mut bytes, &xml, &[(DISK, &Filled)], hash).unwrap();
        let bench = Bench::with(&bytes);
        succeeded(&bench.import(&[]));
        assert!(bench.out("disk0.img") == [filled(9), filled(9)].concat());
    }
}

/// A disk of nines.
struct Filled;

impl harness::disk::DiskSource for Filled {
    fn len(&self) -> u64 {
        2 << 20
    }

    fn read_at(&self, _: u64, buf: &mut [u8]) -> std::io::Result<()> {
        buf.fill(9);
        Ok(())
    }
}
