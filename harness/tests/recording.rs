//! `relic run --record`: what it writes, and what it refuses.

use std::path::Path;
use std::process::{Command, Output};

/// Changes one cell of the screen at every interrupt, and sleeps until the next.
const TICKS: &[u8] = &[0xFB, 0xB8, 0x00, 0xB8, 0x8E, 0xC0, 0x26, 0xFE, 0x06, 0x00, 0x00, 0xF4, 0xEB, 0xF8];

fn record(folder: &Path, more: &[&str]) -> Output {
    let mut image = vec![0; 163_840];
    image[..TICKS.len()].copy_from_slice(TICKS);
    image[510..512].copy_from_slice(&[0x55, 0xAA]);
    std::fs::write(folder.join("ticks.img"), image).unwrap();
    let arguments = ["run", "ticks.img", "--display", "none", "--timeout", "2s"];
    Command::new(env!("CARGO_BIN_EXE_relic")).current_dir(folder).args(arguments).args(more).output().unwrap()
}

#[test]
fn a_run_is_recorded_the_same_each_time_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    for names in [["a.png", "b.png"], ["a.gif", "b.gif"], ["a", "b"]] {
        for name in names {
            let output = record(folder.path(), &["--record", name]);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let [one, two] = names.map(|name| match folder.path().join(name) {
            path if path.is_dir() => std::fs::read(path.join("000009.png")).unwrap(),
            path => std::fs::read(path).unwrap(),
        });
        assert_eq!(one, two, "{names:?}");
    }
    let mut decoder = gif::DecodeOptions::new();
    decoder.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = decoder.read_info(std::fs::File::open(folder.path().join("a.gif")).unwrap()).unwrap();
    let (mut frames, mut hundredths) = (0, 0);
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        (frames, hundredths) = (frames + 1, hundredths + u32::from(frame.delay));
    }
    // 18.2 interrupts a second, 15 looks.
    assert!((15..=31).contains(&frames), "{frames} frames");
    // The run's two seconds, and a tenth for a frame that its last instant has brought.
    assert!((200..=210).contains(&hundredths), "{hundredths} hundredths of a second");
    let left = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(left.count(), 7, "nothing but the guest and six recordings");
}

#[test]
fn what_cannot_be_recorded_is_refused_in_one_line_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("full")).unwrap();
    std::fs::write(folder.path().join("full/x"), b"x").unwrap();
    for (more, expected) in [
        (&["--record", "run.avi"][..], "`.avi` is not written; name a .png or a .gif"),
        (&["--record", "run.gif", "--record-rate", "60"], "a GIF has 50 frames a second at most"),
        (&["--record", "nosuch/run.png"], "cannot write"),
        (&["--record", "full"], "the folder is not empty"),
        (&["--record", "ticks.img"], "the guest is read from it"),
    ] {
        let output = record(folder.path(), more);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected) && said.matches('\n').count() == 1, "{said}");
    }
}
