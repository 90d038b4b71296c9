use super::*;
use crate::{Recipe, build};

/// A medium of a recipe with the file `DOS/HELLO.TXT`.
fn medium(recipe: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.toml");
    std::fs::write(folder.path().join("hello.txt"), "Hello from the file").unwrap();
    let text = format!("{recipe}\nfiles = [ {{ from = 'hello.txt', to = 'DOS/HELLO.TXT' }} ]\n");
    std::fs::write(&path, &text).unwrap();
    build(&Recipe::parse(&text, &path).unwrap(), &path).unwrap()
}

fn found(medium: &Vec<u8>, partition: Option<u8>, path: &str) -> Option<String> {
    file_on(medium, partition, path).unwrap().map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn a_file_is_read_off_a_floppy_in_any_case_and_with_either_slash() {
    let floppy = medium("kind = 'floppy'");
    for path in ["DOS/HELLO.TXT", "dos\\hello.txt", "/Dos/Hello.Txt"] {
        assert_eq!(found(&floppy, None, path).as_deref(), Some("Hello from the file"), "{path}");
    }
    assert_eq!(found(&floppy, None, "DOS/NONE.TXT"), None);
    assert_eq!(found(&floppy, None, "NONE/HELLO.TXT"), None);
    assert!(file_on(&floppy, Some(1), "X").unwrap_err().contains("the medium has no partition table"));
}

#[test]
fn a_file_is_read_off_a_partition_and_off_a_disc() {
    let disk = medium("kind = 'harddisk'\nsize = '16M'\n[[partitions]]");
    assert_eq!(found(&disk, None, "DOS/HELLO.TXT").as_deref(), Some("Hello from the file"));
    assert_eq!(found(&disk, Some(1), "DOS/HELLO.TXT").as_deref(), Some("Hello from the file"));
    assert_eq!(file_on(&disk, Some(3), "X").unwrap_err(), "no partition 3; there are 1");
    let disc = medium("kind = 'iso'");
    assert_eq!(found(&disc, None, "DOS/HELLO.TXT").as_deref(), Some("Hello from the file"));
    assert_eq!(found(&disc, None, "DOS/NONE.TXT"), None);
}

#[test]
fn logical_drives_are_counted_from_5_on_and_a_chain_in_a_circle_ends() {
    let disk = medium("kind = 'harddisk'\nsize = '16M'\n[[partitions]]");
    let entry = |system: u8, first: u32, sectors: u32| {
        let mut entry = [0; 16];
        entry[4] = system;
        entry[8..12].copy_from_slice(&first.to_le_bytes());
        entry[12..].copy_from_slice(&sectors.to_le_bytes());
        entry
    };
    let table = |entries: &[[u8; 16]]| {
        let mut sector = vec![0; 512];
        for (at, entry) in entries.iter().enumerate() {
            sector[446 + at * 16..][..16].copy_from_slice(entry);
        }
        sector[510..].copy_from_slice(&[0x55, 0xAA]);
        sector
    };
    let whole = crate::partition_table(&disk).unwrap()[0];
    let mut outer = table(&[entry(0x05, 63, 100_000)]);
    outer.resize(63 * 512, 0);
    // The first logical drive holds the volume, and the chain comes back to its own table.
    outer.extend(table(&[entry(0x06, 63, whole.sectors), entry(0x05, 0, 100_000)]));
    outer.resize(126 * 512, 0);
    outer.extend(&disk[whole.start as usize * 512..]);
    assert_eq!(found(&outer, Some(5), "DOS/HELLO.TXT").as_deref(), Some("Hello from the file"));
}

#[test]
fn whatever_a_guest_wrote_ends_in_a_line_and_not_in_a_panic() {
    let (floppy, disc) = (medium("kind = 'floppy'"), medium("kind = 'iso'"));
    for good in [&floppy, &disc] {
        let mut state = 1u32;
        for _ in 0..300 {
            let mut bad = good.to_vec();
            for _ in 0..40 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let begin = if state & 0x8000 == 0 { 0 } else { bad.len() / 8 };
                let at = (begin + (state >> 16) as usize % 20_000) % bad.len();
                bad[at] = state as u8;
            }
            let _ = file_on(&bad, None, "DOS/HELLO.TXT");
        }
        let _ = file_on(&good[..700].to_vec(), None, "DOS/HELLO.TXT");
    }
    assert!(file_on(&vec![0; 1024], None, "X").unwrap_err().contains("not a FAT volume"));
    assert!(file_on(&vec![], None, "X").is_err());
}
