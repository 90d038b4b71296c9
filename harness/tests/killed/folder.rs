//! A folder with all that commands read, and the commands that write beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process;

/// What commands write goes here, but for what a guest wrote and for golden pictures.
const OUT: &str = "out";
/// Folders below the guest and the case that are written.
const WRITTEN: [&str; 3] = [OUT, "guest/overlay", "case/ver.png"];

/// The last chunk of a picture, with its sum.
const END_OF_PNG: &[u8] = b"IEND\xAE\x42\x60\x82";

/// A command that is killed.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    arguments: &'static str,
    /// The most files and folders that one process has under way.
    pub(crate) parts: usize,
    /// Whether it writes a file that a full disk does not take.
    pub(crate) is_large: bool,
}

/// All of them.
pub(crate) fn commands() -> Vec<Command> {
    let command = |name, parts, is_large, arguments| Command { name, arguments, parts, is_large };
    vec![
        command("overlay", 1, true, "run guest --until-text ! --keep --display none"),
        command("snapshot", 1, true, "run guest --fresh --until-text ! --snapshot out/a.snap --display none"),
        command(
            "snapshot of a snapshot",
            1,
            true,
            "run guest --fresh --from early.snap --type k --snapshot out/b.snap",
        ),
        command(
            "difference",
            1,
            false,
            "run guest --fresh --from early.snap --type k --base early.snap --snapshot out/c.snap",
        ),
        command(
            "picture and film",
            3,
            false,
            "run guest --fresh --until-text ! --screenshot out/a.png --record out/frames",
        ),
        command("xva", 1, true, "export guest --fresh --format xva -o out/a.xva"),
        command("packed xva", 1, true, "export guest --fresh --format xva --compress zstd -o out/a.xva"),
        command("vagrant", 2, true, "export guest --fresh --format vagrant -o out/a.box"),
        command("vmdk", 1, true, "export guest --fresh --format vmdk -o out/a.vmdk"),
        command("import", 1, true, "import early.xva -o out/guest"),
        command("master", 1, true, "master recipe.toml -o out"),
        command("bless", 1, false, "test case --bless --yes"),
        command("keep", 2, true, "test case2 --keep out/kept --junit out/a.xml"),
    ]
}

/// The media, and what was made of them before anything is killed.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
    inputs: BTreeMap<PathBuf, Vec<u8>>,
}

/// A disk with noise on it. Its boot sector writes ROM over 92 tracks, says `!`, and then every key.
fn disk() -> Vec<u8> {
    let mut disk = vec![0; 16 << 20];
    let mut noise = 0x1995_u64;
    for word in disk[2 << 20..].chunks_exact_mut(8) {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        word.copy_from_slice(&noise.to_be_bytes());
    }
    let code = [
        0xB8, 0x00, 0xF0, 0x8E, 0xC0, // mov ax, F000h; mov es, ax
        0x31, 0xDB, 0xBA, 0x80, 0x00, // xor bx, bx; mov dx, 0080h
        0xB9, 0x01, 0x01, // mov cx, 0101h
        0xB8, 0x3F, 0x03, 0xCD, 0x13, // track: mov ax, 033Fh; int 13h
        0xFE, 0xC6, 0x80, 0xE6, 0x03, // inc dh; and dh, 3
        0x75, 0xF4, // jnz track
        0xFE, 0xC5, 0x80, 0xFD, 0x18, // inc ch; cmp ch, 24
        0x75, 0xED, // jne track
        0xB8, 0x21, 0x0E, 0xCD, 0x10, // mov ax, 0E21h; int 10h
        0x31, 0xC0, 0xCD, 0x16, // key: xor ax, ax; int 16h
        0xB4, 0x0E, 0xCD, 0x10, // mov ah, 0Eh; int 10h
        0xEB, 0xF6, // jmp key
    ];
    disk[..code.len()].copy_from_slice(&code);
    disk[446..462].copy_from_slice(&[0x80, 1, 1, 0, 6, 15, 63, 15, 63, 0, 0, 0, 0, 0x40, 0, 0]);
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    disk
}

/// The smallest machine: its memory, too, is a file for the limit of a file's length.
const GUEST: &str = "[machine]\npreset = 'isa-486'\nram = '1M'\n[media]\ndisk = ['../disk.img']\n";
const CASE: &str = "guest = '../guest'\nsteps = [ { wait_text = '!' }, { shot = 'ver' } ]\n";
const CASE2: &str = "guest = '../guest'\nsteps = [ { wait_text = '!' } ]\n";
const RECIPE: &str = "kind = 'harddisk'\noutput = 'disk.img'\nsize = '64M'\n[[partitions]]\nfat = 16\nfiles = [{ to = 'A.BIN', from = 'noise.bin' }]\n";

impl Folder {
    pub(crate) fn new() -> Folder {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        write("disk.img", &disk());
        write("noise.bin", &disk()[4 << 20..8 << 20]);
        write("guest/guest.toml", GUEST.as_bytes());
        write("case/case.toml", CASE.as_bytes());
        write("case2/case.toml", CASE2.as_bytes());
        write("recipe.toml", RECIPE.as_bytes());
        let mut made = Folder { folder, inputs: BTreeMap::new() };
        std::fs::create_dir(made.path().join(OUT)).unwrap();
        made.run_of("run guest --until-text ! --snapshot early.snap --display none");
        made.run_of("export guest --format xva -o early.xva");
        made.inputs = tree(made.path());
        made
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn program(&self, program: &str) -> process::Command {
        let mut command = process::Command::new(program);
        command.current_dir(self.path()).env("RELIC_LOGS", "");
        command
    }

    /// The program with a command.
    pub(crate) fn relic(&self, command: &Command) -> process::Command {
        let mut relic = self.program(env!("CARGO_BIN_EXE_relic"));
        relic.args(command.arguments.split(' '));
        relic
    }

    /// The same where no file can be longer than so many KiB.
    pub(crate) fn limited(&self, command: &Command, kib: u32) -> process::Command {
        let mut shell = self.program("bash");
        let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\"");
        shell.args(["-c", &script, "bash", env!("CARGO_BIN_EXE_relic")]).args(command.arguments.split(' '));
        shell
    }

    /// Runs a command, which must succeed.
    pub(crate) fn run(&self, command: &Command) {
        self.run_of(command.arguments);
    }

    fn run_of(&self, arguments: &str) {
        let output = self.program(env!("CARGO_BIN_EXE_relic")).args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// All that commands wrote, which goes.
    pub(crate) fn take_outputs(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let outputs = self.outputs();
        for written in WRITTEN.map(|written| self.path().join(written)) {
            let _ = if written.is_dir() {
                std::fs::remove_dir_all(written)
            } else {
                std::fs::remove_file(written)
            };
        }
        std::fs::create_dir(self.path().join(OUT)).unwrap();
        outputs
    }

    /// What commands wrote, without what is under way.
    fn outputs(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = tree(self.path());
        all.retain(|path, _| !self.inputs.contains_key(path));
        // How long a case took is not the same twice.
        all.retain(|path, _| path.extension().is_none_or(|extension| extension != "xml"));
        all
    }

    /// Every medium, snapshot and bundle is what it was.
    pub(crate) fn assert_untouched(&self, context: &str) {
        let now = tree(self.path());
        for (path, before) in &self.inputs {
            assert!(now.get(path) == Some(before), "{context}: {} is not what it was", path.display());
        }
    }

    /// Whatever bears a final name is what an undisturbed run writes.
    pub(crate) fn assert_whole_or_absent(&self, expected: &BTreeMap<PathBuf, Vec<u8>>, context: &str) {
        for (path, bytes) in self.outputs() {
            // What a comparison that was not met leaves is gone only after the next one.
            let is_new = path.to_string_lossy().ends_with(".new.png") && bytes.ends_with(END_OF_PNG);
            let is_whole = is_new || expected.get(&path) == Some(&bytes);
            assert!(is_whole, "{context}: {} is half-written", path.display());
        }
    }
}

fn is_part(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(".relic-") && name.ends_with(".part"))
}

/// The files below a folder, without what is under way.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if is_part(&entry.file_name()) {
            continue;
        } else if path.is_dir() {
            files.extend(tree(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            files.insert(path, bytes);
        }
    }
    files
}

/// How many files and folders are under way below a folder; what is in one of them is not counted again.
pub(crate) fn parts(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match is_part(&entry.file_name()) {
            true => 1,
            false if entry.path().is_dir() => parts(&entry.path()),
            false => 0,
        })
        .sum()
}

/// Whether anything under way below a folder has content.
pub(crate) fn is_writing(folder: &Path) -> bool {
    let mut entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| {
        let path = entry.path();
        match (is_part(&entry.file_name()), path.is_dir()) {
            (true, true) => path.read_dir().is_ok_and(|mut inner| inner.next().is_some()),
            (true, false) => entry.metadata().is_ok_and(|data| data.len() > 0),
            (false, true) => is_writing(&path),
            (false, false) => false,
        }
    })
}
