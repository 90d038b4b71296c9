//! The built program and bad input: one clear line, the right exit code, nothing half-written.

use std::path::Path;
use std::process::{Command, Output};

fn relic(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relic")).args(arguments).output().unwrap()
}

/// What the program says about bad input, which must be one line and exit code 2.
fn complaint(arguments: &[&str]) -> String {
    let output = relic(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty());
    assert!(said.starts_with("relic: ") && said.matches('\n').count() == 1, "not one line: {said}");
    said
}

fn in_folder(name: &str, content: &[u8]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn hard_disk() -> Vec<u8> {
    let mut disk = vec![0; 4 << 20];
    disk[446..462].copy_from_slice(&[0x80, 1, 1, 0, 6, 15, 63, 3, 63, 0, 0, 0, 0, 0x10, 0, 0]);
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    disk
}

#[test]
fn alone_it_says_what_it_can_do_and_what_to_type_first() {
    let output = relic(&[]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    for start in ["relic demo", "relic run", "relic test"] {
        assert!(said.contains(start), "{said}");
    }
}

#[test]
fn help_and_version_succeed_and_a_reader_that_leaves_is_no_panic() {
    assert!(relic(&["help"]).status.success());
    assert!(relic(&["--version"]).status.success());
    let piped = Command::new("sh")
        .arg("-c")
        .arg(format!("{} help run | true", env!("CARGO_BIN_EXE_relic")))
        .output()
        .unwrap();
    assert!(piped.stderr.is_empty(), "{}", String::from_utf8_lossy(&piped.stderr));
}

#[test]
fn wrong_arguments_are_one_line() {
    assert!(complaint(&["runn"]).contains("runn"));
    assert!(complaint(&["run", "--nosuch", "x"]).contains("--nosuch"));
    assert!(complaint(&["run", "--nosuch", "x"]).ends_with("; see `relic help run`\n"));
    assert!(complaint(&["run"]).contains("give it a guest, a medium"));
    assert!(complaint(&["export", "x.img"]).contains("--format"));
    assert!(complaint(&["export", "x.img", "--format", "tape", "-o", "y"]).contains("tape"));
}

#[test]
fn a_missing_medium_is_named() {
    assert_eq!(complaint(&["run", "nosuch.img"]), "relic: nosuch.img: cannot read: no such file or folder\n");
    assert!(complaint(&["run", "--floppy", "nosuch.img"]).contains("nosuch.img: cannot read"));
    assert!(complaint(&["run", "nosuch/guest.toml"]).contains("guest.toml: cannot read: no such file"));
}

#[test]
fn an_empty_medium_is_named() {
    let (_folder, path) = in_folder("empty.img", b"");
    assert!(complaint(&["run", &path]).contains("empty.img: the file is empty, expected a medium"));
}

#[test]
fn a_cut_packed_medium_is_named() {
    let (_folder, path) = in_folder("cut.img.gz", &[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x63]);
    assert!(complaint(&["run", &path]).contains("cut.img.gz: truncated"));
}

#[test]
fn media_that_no_bios_boots_are_refused_with_the_reason() {
    let (_folder, path) = in_folder("blank.img", &vec![0; 1_474_560]);
    assert!(complaint(&["run", &path]).contains("blank.img: not bootable: "));
}

#[test]
fn what_is_no_medium_is_named_with_what_is_expected() {
    let (_folder, path) = in_folder("letter.txt", b"Dear guest,");
    assert!(
        complaint(&["run", &path]).contains("letter.txt: not recognised; expected a guest.toml, an ISO 9660")
    );
    assert!(
        complaint(&["run", "--floppy", &path]).contains("11 bytes, expected a floppy image of 160K to 2880K")
    );
    assert!(
        complaint(&["run", "--disk", &path]).contains("11 bytes, expected a disk of whole 512-byte sectors")
    );
    let folder = Path::new(&path).parent().unwrap().to_str().unwrap();
    assert!(complaint(&["run", folder]).contains("a folder without a guest.toml"));
}

#[test]
fn what_is_no_kernel_is_named() {
    let (_folder, path) = in_folder("letter.txt", b"Dear guest,");
    assert!(complaint(&["run", "--kernel", &path]).contains("letter.txt: not a kernel: neither"));
}

#[test]
fn wrong_values_are_named() {
    let (_folder, path) = in_folder("disk.img", &hard_disk());
    assert!(complaint(&["run", &path, "--cpu", "z80"]).contains("cpu: `z80` is unknown; known are 386"));
    assert!(
        complaint(&["run", &path, "--vga", "hercules"])
            .contains("video: `hercules` is unknown; known are std, cirrus, vga")
    );
    assert!(complaint(&["run", &path, "--boot", "tape"]).contains("boot: `tape` is unknown"));
    assert!(complaint(&["run", &path, "--ram", "much"]).contains("ram: "));
    assert!(complaint(&["run", &path, "--rtc", "today"]).contains("rtc: "));
    assert!(complaint(&["run", &path, "--timeout", "60"]).contains("--timeout: `60` is no span of time"));
    assert!(complaint(&["run", &path, "--type", "<entr>"]).contains("the nearest is `enter`"));
    assert!(complaint(&["run", &path, "--bios", "nosuch.bin"]).contains("nosuch.bin: cannot read"));
    assert!(complaint(&["run", &path, "--keep"]).contains("only a guest with a guest.toml"));
}

#[test]
fn a_guest_file_with_an_unknown_key_is_named_with_line_and_nearest_key() {
    let (_folder, path) = in_folder("guest.toml", b"[machine]\nmemory = '8M'\n[media]\n");
    let said = complaint(&["run", &path]);
    assert!(said.contains("guest.toml: line 2: unknown key `memory`; did you mean `"), "{said}");
}

#[test]
fn a_case_with_an_unknown_key_is_named_with_line_and_nearest_key() {
    let (folder, _) = in_folder("case.toml", b"guest = 'x'\nsteps = []\nlimits = '1s'\n");
    let output = relic(&["test", folder.path().to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("case.toml: line 3: unknown key `limits`; did you mean `limit`?"), "{said}");
}

#[test]
fn a_folder_without_cases_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert!(complaint(&["test", folder.path().to_str().unwrap()]).contains("no case.toml in it or below it"));
    assert!(complaint(&["test", "nosuch"]).contains("nosuch: cannot read"));
}

#[test]
fn a_case_in_the_folder_one_stands_in_is_found_and_named() {
    let (folder, _) = in_folder("case.toml", b"guest = 'nosuch'\nsteps = []\n");
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    for argument in ["case.toml", "."] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relic"));
        let output = command.args(["test", argument]).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with(&format!("FAIL  {name}: ")), "{said}");
    }
}

#[test]
fn a_case_with_a_recipe_for_which_there_are_no_media_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("floppy.toml", "kind = 'floppy'\nboot_sector = '${dos}'\n[vars]\ndos = 'none'\n");
    let boot = "boot = { mode = 'floppy', recipe = 'floppy.toml' }";
    write("disc.toml", &format!("kind = 'iso'\n{boot}\n[vars]\ndos = '${{RELIC_MEDIA}}/dos.img'\n"));
    let medium = "{ master = 'disc.toml' }";
    let inserted = format!("{{ insert = {{ bay = 'secondary-master', medium = {medium} }} }}");
    for (cdrom, steps) in [(medium, ""), ("'disc.iso'", &inserted)] {
        write("case.toml", &format!("guest = {{ media = {{ cdrom = {cdrom} }} }}\nsteps = [{steps}]\n"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_relic"));
        command.args(["test", "."]).current_dir(folder.path()).env("RELIC_MEDIA", "nowhere");
        let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(said.contains("${RELIC_MEDIA}/dos.img: RELIC_MEDIA is not set to a folder"), "{said}");
        assert!(said.ends_with("0 passed, 0 failed, 0 known failures, 1 skipped\n"), "{said}");
    }
}

#[test]
fn nothing_is_blessed_where_ci_is_set() {
    let output = Command::new(env!("CARGO_BIN_EXE_relic"))
        .args(["test", "--bless"])
        .env("CI", "true")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("not where CI is set, unless with --yes"));
}

#[test]
fn an_export_needs_a_hard_disk_and_says_what_to_do() {
    let mut floppy = vec![0; 1_474_560];
    floppy[510..512].copy_from_slice(&[0x55, 0xAA]);
    let (folder, path) = in_folder("dos.img", &floppy);
    let out = folder.path().join("dos.xva");
    let said = complaint(&["export", &path, "--format", "xva", "-o", out.to_str().unwrap()]);
    assert!(
        said.contains("dos.img: the guest has only a floppy, and an export carries hard disks"),
        "{said}"
    );
    assert!(!out.exists());
}

#[test]
fn a_full_disk_is_one_line_and_leaves_nothing() {
    let (folder, path) = in_folder("disk.img", &hard_disk());
    if cfg!(target_os = "linux") {
        let said = complaint(&["export", &path, "--format", "xva", "-o", "/dev/full"]);
        assert_eq!(said, "relic: /dev/full: cannot write: the disk is full\n");
    }
    let out = folder.path().join("disk.xva");
    let limited = format!(
        "trap '' XFSZ; ulimit -f 600; exec {} export {path} --format xva -o {}",
        env!("CARGO_BIN_EXE_relic"),
        out.display()
    );
    let output = Command::new("bash").arg("-c").arg(limited).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("disk.xva: cannot write: the file would exceed"), "{said}");
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["disk.img"]);
}

#[test]
fn an_export_into_a_missing_folder_is_named() {
    let (folder, path) = in_folder("disk.img", &hard_disk());
    let out = folder.path().join("nosuch/disk.xva");
    let said = complaint(&["export", &path, "--format", "xva", "-o", out.to_str().unwrap()]);
    assert!(said.contains("nosuch/disk.xva: cannot write: no such file or folder"), "{said}");
}

#[test]
fn a_raw_export_is_the_disk_and_asks_which_of_several() {
    let (folder, path) = in_folder("disk.img", &hard_disk());
    let out = folder.path().join("out.img");
    let out_text = out.to_str().unwrap();
    assert!(relic(&["export", &path, "--format", "raw", "-o", out_text]).status.success());
    assert!(std::fs::read(&out).unwrap() == hard_disk());
    let guest = folder.path().join("guest.toml");
    std::fs::write(&guest, "[media]\ndisk = ['disk.img', 'disk.img']\n").unwrap();
    let guest = guest.to_str().unwrap();
    let said = complaint(&["export", guest, "--format", "raw", "-o", out_text]);
    assert!(said.contains("the guest has disks on IDE positions 0, 1; say which with --position"), "{said}");
    assert!(relic(&["export", guest, "--format", "raw", "--position", "1", "-o", out_text]).status.success());
}

#[test]
fn doctor_says_what_is_here() {
    let output = relic(&["doctor", "--json"]);
    assert!(output.status.success());
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(findings.as_array().unwrap().iter().any(|finding| finding["what"] == "kvm"));
    assert!(String::from_utf8(relic(&["doctor"]).stdout).unwrap().contains("media"));
}

#[test]
fn a_font_that_was_learnt_and_written_reads_another_picture() {
    let characters: String = ('!'..='~').flat_map(|character| [character, ' ']).collect();
    let text = format!("{}\n{}\n", &characters[..128], &characters[128..]);
    let (folder, text) = in_folder("page.txt", text.as_bytes());
    let font = folder.path().join("console.toml");
    let (font, goldens) = (font.to_str().unwrap(), concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/goldens"));
    let (page, other) = (format!("{goldens}/linux-vesafb.png"), format!("{goldens}/linux-bochs-drm.png"));
    let learn =
        ["font", "learn", &page, "--text", &text, "--at", "0,64,1024,32", "--cell", "8x16", "-o", font];
    assert!(relic(&learn).status.success());
    let read = relic(&["font", "read", &other, "--font", font]);
    assert!(String::from_utf8(read.stdout).unwrap().starts_with("0 bochs-drmdrmfb\nLinux 6.1."));
    // Learning the same again changes nothing.
    let again = relic(&[&learn[..9], &["--with", font]].concat());
    assert_eq!(String::from_utf8(again.stdout).unwrap(), std::fs::read_to_string(font).unwrap());
}

#[test]
fn what_does_not_fit_a_font_is_named() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/goldens/linux-vesafb.png");
    let learn = |text: &str| {
        let (_folder, text) = in_folder("page.txt", text.as_bytes());
        complaint(&["font", "learn", page, "--text", &text, "--at", "0,0,80,16", "--cell", "8x16"])
    };
    assert!(learn("0 VESA VGA!").contains("it has 11 characters, the picture 10 columns"));
    assert!(learn("0 VESA AGA").contains("`A` at (56, 0) looks different than before"));
    assert!(learn("0VVESA VGA").contains("column 2: `V` shows nothing"));
    for (font, wrong) in [
        ("cell = [8, 2]\n[glyphs]\nAB = '....'", "`AB` is not one character"),
        ("cell = [1, 2]\n[glyphs]\nA = '..'", "a cell of 1x2 dots"),
        ("space = 2\n[glyphs]\nA = '''\n..##\n..#'''", "`A`: a dot is `..`, `##` or two hex digits"),
        ("space = 2\n[glyphs]\nA = '''\n..##\n..'''", "`A`: its rows are not of one width"),
        ("space = 2\n[glyphs]\nA = '''\n..\n##'''\nB = '##'", "`B` has 1x1 dots, which is not as the others"),
        ("[glyphs]\nA = '''\n..\n##'''", "say how many blank columns"),
        ("glyps = 3", "unknown key `glyps`; did you mean `glyphs`?"),
        ("lines = [{ at = [0, 0, 1, 1], text = 'x' }]", "`lines` are of a `picture`"),
        ("", "nothing was learnt"),
    ] {
        let (_folder, font) = in_folder("font.toml", font.as_bytes());
        let said = complaint(&["font", "read", page, "--font", &font]);
        assert!(said.contains("font.toml: ") && said.contains(wrong), "{said}");
    }
}
