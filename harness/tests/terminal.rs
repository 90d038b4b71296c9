//! `relic run --display terminal` on a terminal of another's making.
#![cfg(unix)]

mod freedos;
mod pty;
mod typewriter;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use harness::cli::{self, Rights};
use harness::console::Console;
use harness::guest::{Frame, Guest, Machines, Software, Stop, TextStyle};
use harness::{picture, prepare};
use hypervisor::Instant;
use pty::Pty;
use std::path::Path;
use std::process::Command;

/// A terminal that has nothing but attributes.
const PLAIN: &str = "\x1b[?1;2c";
/// One with kitty's keyboard and pictures, and cells of 8 x 16.
const KITTY: &str = "\x1b_Gi=31;OK\x1b\\\x1b[?0u\x1b[6;16;8t\x1b[?62;c";
/// The same, with reports of the mouse in pixels.
const PIXELS: &str = "\x1b_Gi=31;OK\x1b\\\x1b[?1016;2$y\x1b[6;16;8t\x1b[?62;c";
const SIXEL: &str = "\x1b[6;16;8t\x1b[?62;4c";
/// Room for the guest's 25 rows and the status line.
const ROOMY: (u16, u16) = (80, 26);
/// The key that belongs to relic.
const ESCAPE: &str = "\x1d";

/// Prints each key's character.
const ECHO: &[u8] = &[0xB4, 0x00, 0xCD, 0x16, 0xB4, 0x0E, 0xCD, 0x10, 0xEB, 0xF6];
/// Shows every character code, each with the attribute of the same number; then echoes.
const ALL_CELLS: &[u8] = &[
    0xB8, 0x00, 0xB8, 0x8E, 0xC0, 0x31, 0xFF, 0x31, 0xC0, 0xAB, 0x05, 0x01, 0x01, 0x81, 0xFF, 0x00, 0x02,
    0x75, 0xF6,
];
/// Changes all cells of the screen at every interrupt.
const RESTLESS: &[u8] = &[
    0xFB, 0xB8, 0x00, 0xB8, 0x8E, 0xC0, 0x31, 0xFF, 0x26, 0xFF, 0x05, 0x83, 0xC7, 0x02, 0x81, 0xFF, 0xA0,
    0x0F, 0x75, 0xF4, 0xF4, 0xEB, 0xEF,
];
/// Sets mode 13h and gives every dot the low byte of its offset as its colour; then echoes.
const MODE_13H: &[u8] = &[
    0xB8, 0x13, 0x00, 0xCD, 0x10, 0xB8, 0x00, 0xA0, 0x8E, 0xC0, 0x31, 0xFF, 0x89, 0xF8, 0xAA, 0x81, 0xFF,
    0x00, 0xFA, 0x75, 0xF7,
];

/// A floppy that runs these programs one after the other.
fn floppy(programs: &[&[u8]]) -> tempfile::NamedTempFile {
    let mut image = vec![0; 163_840];
    let code = programs.concat();
    image[..code.len()].copy_from_slice(&code);
    image[510..512].copy_from_slice(&[0x55, 0xAA]);
    let file = tempfile::Builder::new().suffix(".img").tempfile().unwrap();
    std::fs::write(file.path(), image).unwrap();
    file
}

/// The guest on that floppy after two seconds, without a display.
fn headless(image: &Path) -> Box<dyn Guest> {
    let (file, folder) = prepare::guest_named(image).unwrap();
    let guest = prepare::prepare(&file, "guest", &folder).unwrap();
    let mut machine = Software.power_on(&guest.config, guest.media()).unwrap();
    while machine.run(Instant(2_000_000_000)) == Stop::DebugLine {
        machine.take_debug_text();
    }
    machine
}

fn start(image: &Path, more: &[&str], size: (u16, u16), answers: &str) -> Pty {
    let arguments = [&["run", image.to_str().unwrap()], more].concat();
    Pty::relic(&arguments, size, answers)
}

fn rgb(colour: u32) -> vt100::Color {
    let [_, r, g, b] = colour.to_be_bytes();
    vt100::Color::Rgb(r, g, b)
}

/// Whether the terminal's cell shows a guest's; of a blinking one in either of its phases.
fn same(cell: &vt100::Cell, (code, attribute): (u8, u8), style: &TextStyle) -> bool {
    let (ink, paper, _) = TextStyle { blink_shows: true, ..*style }.pen(attribute);
    let picture = match firmware::cp437::to_char(code) {
        '\0' | '\u{a0}' => ' ',
        picture => picture,
    };
    let blinks = style.blinks && attribute & 0x80 != 0;
    let coloured = picture == ' ' || cell.fgcolor() == rgb(ink) || blinks && cell.fgcolor() == rgb(paper);
    cell.contents() == picture.to_string() && cell.bgcolor() == rgb(paper) && coloured
}

#[test]
fn every_code_and_attribute_is_on_the_terminal_cell_for_cell() {
    let image = floppy(&[ALL_CELLS, ECHO]);
    let mut guest = headless(image.path());
    let (screen, style) = (guest.text().unwrap(), guest.text_style().unwrap());
    assert_eq!(screen.cells[..256], std::array::from_fn::<_, 256, _>(|n| (n as u8, n as u8)));
    let pty = start(image.path(), &[], ROOMY, PLAIN);
    let all = |terminal: &vt100::Screen| {
        let cells = screen.cells.iter().zip(0u16..);
        cells.filter(|(cell, n)| !same(terminal.cell(n / 80, n % 80).unwrap(), **cell, &style)).count()
    };
    pty.wait("every cell", |pty| pty.screen(all) == 0);
    pty.wait_text("80x25 text");
    let cursor = screen.cursor.unwrap();
    pty.wait("the cursor", |pty| pty.screen(|s| s.cursor_position()) == (cursor.1 as u16, cursor.0 as u16));
}

#[test]
fn what_is_typed_reaches_the_guest_and_ctrl_bracket_q_leaves_all_as_it_was() {
    let image = floppy(&[ECHO]);
    let mut pty = start(image.path(), &[], ROOMY, PLAIN);
    pty.wait_text("text  ");
    pty.send("Hi, \"A\"!");
    pty.wait_text("Hi, \"A\"!");
    pty.wait("the cursor behind it", |pty| {
        let (row, column) = pty.screen(|screen| screen.cursor_position());
        column == 8 && pty.row(row) == "Hi, \"A\"!"
    });
    pty.send(ESCAPE);
    pty.wait_text("q quit");
    pty.send("q");
    assert_eq!(pty.end(), 0);
    pty.assert_restored();
}

#[test]
fn what_is_typed_live_is_replayed_from_the_log() {
    let image = floppy(&[ECHO]);
    let log = tempfile::NamedTempFile::new().unwrap();
    let log = log.path().to_str().unwrap();
    let mut pty = start(image.path(), &["--log", log], ROOMY, PLAIN);
    pty.wait_text("text  ");
    pty.send("live");
    pty.wait_text("live");
    pty.send(ESCAPE);
    pty.wait_text("q quit");
    pty.send("q");
    assert_eq!(pty.end(), 0);
    let again =
        Command::new(env!("CARGO_BIN_EXE_relic")).args(["replay", log, "--at", "0s"]).output().unwrap();
    assert!(String::from_utf8(again.stdout).unwrap().starts_with("at 0.000 s"));
    let again = Command::new(env!("CARGO_BIN_EXE_relic")).args(["replay", log]).output().unwrap();
    let said = String::from_utf8(again.stdout).unwrap();
    // The last key may still be down at the end.
    let inputs = said.contains(" 7 inputs, to ") || said.contains(" 8 inputs, to ");
    assert!(said.contains(": the same ") && inputs, "{said}");
}

#[test]
fn the_escape_key_twice_reaches_the_guest() {
    let image = floppy(&[ECHO]);
    let pty = start(image.path(), &[], ROOMY, PLAIN);
    pty.wait_text("text  ");
    pty.send(&format!("<{ESCAPE}{ESCAPE}>"));
    // The BIOS gives character 1Dh for Ctrl-].
    pty.wait_text("<\u{2194}>");
}

#[test]
fn mou_14_the_terminals_own_pointer_is_never_hidden() {
    let image = floppy(&[ECHO]);
    let mut pty = start(image.path(), &[], ROOMY, PLAIN);
    pty.wait_text("text  ");
    let reports =
        |pty: &Pty| pty.screen(|screen| screen.mouse_protocol_mode()) != vt100::MouseProtocolMode::None;
    for taken in [false, true] {
        assert_ne!(reports(&pty), taken);
        pty.send(&format!("{ESCAPE}m"));
        pty.wait("the mouse handed over", |pty| reports(pty) == taken);
    }
    pty.send(&format!("{ESCAPE}q"));
    assert_eq!(pty.end(), 0);
    let sent = String::from_utf8_lossy(&pty.bytes()).into_owned();
    // The shape of the pointer (OSC 22), and xterm's resource pointerMode.
    let hides = regex::Regex::new("\x1b(\\]22;|\\[>[0-9]*p)").unwrap();
    assert!(!hides.is_match(&sent), "the pointer's look is the terminal's own affair");
}

#[test]
fn a_signal_ends_the_run_and_restores_the_terminal() {
    for signal in ["TERM", "HUP", "INT"] {
        let image = floppy(&[ECHO]);
        let mut pty = start(image.path(), &[], ROOMY, PLAIN);
        pty.wait_text("text  ");
        pty.signal(signal);
        assert_eq!(pty.end(), 130, "{signal}");
        pty.assert_restored();
    }
}

#[test]
fn a_stop_gives_the_terminal_back_and_going_on_takes_it_again() {
    let image = floppy(&[ECHO]);
    let pty = start(image.path(), &[], ROOMY, PLAIN);
    pty.wait_text("text  ");
    let stops: [&dyn Fn(); 2] = [&|| pty.signal("TSTP"), &|| pty.send(&format!("{ESCAPE}z"))];
    for (stop, typed) in stops.into_iter().zip(["one", "two"]) {
        pty.send(typed);
        pty.wait_text(typed);
        stop();
        pty.wait("the shell's screen", |pty| !pty.screen(|screen| screen.alternate_screen()));
        pty.assert_restored();
        pty.wait("the guest's screen", |pty| {
            pty.signal("CONT");
            pty.screen(|screen| screen.alternate_screen() && screen.contents().contains(typed))
        });
    }
    pty.send(" three");
    pty.wait_text("onetwo three");
}

#[test]
fn a_terminal_that_takes_nothing_does_not_stop_the_guest() {
    let image = floppy(&[RESTLESS]);
    let mut pty = start(image.path(), &["--display", "terminal", "--timeout", "5s"], ROOMY, PLAIN);
    pty.wait_text("text  ");
    pty.stall(true);
    assert_eq!(pty.exit(), 0, "the guest's time came to its end");
    let shown = pty.bytes().len();
    pty.stall(false);
    pty.wait("what was on its way", |pty| pty.bytes().len() > shown);
}

#[test]
fn a_panic_restores_the_terminal_and_is_read_on_it() {
    if std::env::var_os("RELIC_ON_A_TERMINAL").is_some() {
        let image = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(image.path(), typewriter::floppy("panics")).unwrap();
        let arguments = ["relic", "run", image.path().to_str().unwrap(), "--display", "terminal"];
        cli::main(arguments, &typewriter::Typewriters, &Console::process(), Rights::GiveUp);
        return;
    }
    let this = std::env::current_exe().unwrap();
    let name = "a_panic_restores_the_terminal_and_is_read_on_it";
    let mut pty = Pty::run(this.to_str().unwrap(), &["--exact", name, "--nocapture"], ROOMY, PLAIN);
    assert_eq!(pty.end(), 101);
    pty.assert_restored();
    let said = String::from_utf8_lossy(&pty.bytes()).into_owned();
    let (shown, after) = said.rsplit_once("\x1b[?1049l").unwrap();
    assert!(shown.contains("\x1b[?1049h"), "the display was there");
    assert!(after.contains("a fault of our own"), "{after}");
}

#[test]
fn a_smaller_terminal_follows_the_cursor_and_a_larger_one_shows_all() {
    let image = floppy(&[ALL_CELLS, ECHO]);
    let mut guest = headless(image.path());
    let cursor = guest.text().unwrap().cursor.unwrap();
    let pty = start(image.path(), &["--speed", "max"], (40, 10), PLAIN);
    pty.wait_text("q quits");
    pty.wait("the hint to go", |pty| !pty.screen(|s| s.contents()).contains("Ctrl-]"));
    pty.send(&format!("\r{}here", "\n".repeat(30)));
    pty.wait_text("here");
    assert!(pty.screen(|s| s.cursor_position()).0 < 10);
    pty.resize((100, 30));
    pty.wait_text("80x25 text");
    assert_eq!(pty.row(24), "here");
    assert!(cursor.1 < 24);
}

#[test]
fn kitty_reports_keys_as_they_go_down_and_up() {
    let image = floppy(&[ECHO]);
    let pty = start(image.path(), &[], ROOMY, KITTY);
    pty.wait_text("text  ");
    // Left shift down, A, B down and up, shift up, c.
    for key in ["57441;2", "97;2:1", "97;2:3", "98;2:1", "98;2:3", "57441;1:3", "99;1:1", "99;1:3"] {
        pty.send(&format!("\x1b[{key}u"));
    }
    pty.wait_text("ABc");
    pty.send("\x1b[93;5u");
    pty.wait_text("q quit");
}

#[test]
fn graphics_are_half_blocks_on_a_terminal_without_pictures() {
    let image = floppy(&[MODE_13H, ECHO]);
    let frame = headless(image.path()).frame();
    let pty = start(image.path(), &[], (80, 31), PLAIN);
    pty.wait_text("320x200  ");
    // 80 columns of two times 30 dots, so each is the mean of 4 x 3 1/3 of the guest's.
    let expected = |column: usize, line: usize| {
        let samples = (10 * line..10 * line + 10).flat_map(|third| {
            let begin = 3 * (320 * (third / 3) + 4 * column);
            frame.rgb[begin..begin + 12].chunks_exact(3)
        });
        let sums = samples.fold([0u32; 3], |sums, dot| std::array::from_fn(|n| sums[n] + u32::from(dot[n])));
        sums.map(|sum| sum as f64 / 40.0)
    };
    let near = |shown: vt100::Color, expected: [f64; 3]| match shown {
        vt100::Color::Rgb(r, g, b) => {
            [r, g, b].into_iter().zip(expected).all(|(shown, wanted)| (f64::from(shown) - wanted).abs() < 1.0)
        }
        _ => false,
    };
    let right = |screen: &vt100::Screen| {
        let cells = (0..30u16).flat_map(|row| (0..80u16).map(move |column| (row, column)));
        let is_right = |&(row, column): &(u16, u16)| {
            let cell = screen.cell(row, column).unwrap();
            let upper = if cell.contents() == "▀" { cell.fgcolor() } else { cell.bgcolor() };
            let (column, line) = (usize::from(column), 2 * usize::from(row));
            near(upper, expected(column, line)) && near(cell.bgcolor(), expected(column, line + 1))
        };
        cells.filter(is_right).count()
    };
    pty.wait("the picture", |pty| pty.screen(right) == 80 * 30);
}

/// The pictures that kitty was sent.
fn kitty_pictures(bytes: &[u8]) -> Vec<Frame> {
    let text = String::from_utf8_lossy(bytes);
    let (mut pictures, mut data) = (Vec::new(), String::new());
    for piece in text.split("\x1b_G").skip(1).filter_map(|rest| rest.split_once("\x1b\\")) {
        let Some((keys, payload)) = piece.0.split_once(';').filter(|(keys, _)| !keys.contains("a=q")) else {
            continue;
        };
        data.push_str(payload);
        if keys.contains("m=0") {
            let png = STANDARD.decode(std::mem::take(&mut data)).unwrap();
            pictures.push(picture::from_png(&png, Path::new("kitty")).unwrap());
        }
    }
    pictures
}

#[test]
fn kitty_gets_the_frame_dot_for_dot() {
    let image = floppy(&[MODE_13H, ECHO]);
    let frame = headless(image.path()).frame();
    let mut pty = start(image.path(), &[], (80, 31), KITTY);
    pty.wait("the picture", |pty| kitty_pictures(&pty.bytes()).last() == Some(&frame));
    pty.send("\x1b[93;5uq");
    assert_eq!(pty.end(), 0);
    assert!(
        String::from_utf8_lossy(&pty.bytes()).contains("\x1b_Ga=d,d=I,i=1"),
        "the picture goes with the display"
    );
}

#[test]
fn sixels_go_where_the_attributes_say_so() {
    let image = floppy(&[MODE_13H, ECHO]);
    let pty = start(image.path(), &[], (80, 31), SIXEL);
    pty.wait("sixels", |pty| {
        let bytes = pty.bytes();
        let text = String::from_utf8_lossy(&bytes);
        // 640 x 480 dots fit into 80 x 30 cells.
        text.split("\x1bP").skip(1).any(|picture| picture.contains(";640;480") && picture.contains("\x1b\\"))
    });
}

#[test]
fn a_paused_guest_stands_still_until_it_goes_on() {
    let image = floppy(&[ECHO]);
    let pty = start(image.path(), &[], ROOMY, PLAIN);
    pty.wait_text("text  ");
    pty.send(&format!("{ESCAPE}p"));
    pty.wait_text("paused");
    pty.send("lost");
    pty.send(&format!("{ESCAPE}p"));
    pty.wait("the end of the pause", |pty| !pty.screen(|s| s.contents()).contains("paused"));
    pty.send("kept");
    pty.wait_text("kept");
    assert!(!pty.screen(|s| s.contents()).contains("lost"));
}

/// FreeDOS with CuteMouse on a terminal, at its prompt; none without the media.
fn booted(more: &[&str], size: (u16, u16), answers: &str) -> Option<Pty> {
    let image = freedos::hard_disk()?;
    let pty = start(&image, more, size, answers);
    pty.wait_text("C:\\>");
    Some(pty)
}

/// The mouse's reports: moved, moved with the left button down, and that button's going down and up.
const MOVED: (u8, char) = (35, 'M');
const DRAGGED: (u8, char) = (32, 'M');
const PRESSED: (u8, char) = (0, 'M');
const RELEASED: (u8, char) = (0, 'm');

/// Reports the mouse at a column and row, or a pixel.
fn mouse(pty: &Pty, (code, end): (u8, char), (x, y): (u16, u16)) {
    pty.send(&format!("\x1b[<{code};{};{}{end}", x + 1, y + 1));
}

/// Moves the mouse to and fro, as one does to see the pointer, until relic has found it.
fn finds_the_pointer(pty: &Pty, places: [(u16, u16); 2]) {
    let row = pty.screen(|screen| screen.size().0.get()) - 1;
    let mut places = places.into_iter().cycle();
    pty.wait("the search for the pointer", |pty| {
        mouse(pty, MOVED, places.next().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(700));
        pty.row(row).contains("finding the pointer")
    });
    pty.wait("the pointer", |pty| !pty.row(row).contains("mouse") && !pty.row(row).contains("pointer"));
}

/// The colours of the cells of a text editor's window, and where they are.
fn colours(pty: &Pty) -> Vec<((u16, u16), [vt100::Color; 2])> {
    let at = (4..20u16).flat_map(|row| (2..77u16).map(move |column| (column, row)));
    pty.screen(|screen| {
        let of = |(column, row)| screen.cell(row, column).map(|cell| [cell.fgcolor(), cell.bgcolor()]);
        at.map(|at| (at, of(at).unwrap())).collect()
    })
}

/// Takes the mouse along places of a text editor's window, and expects the guest's pointer at each, and at none else.
fn follows(pty: &Pty, bare: &[((u16, u16), [vt100::Color; 2])], way: &[(u16, u16)]) {
    for at in way {
        mouse(pty, MOVED, *at);
        pty.wait(&format!("the guest's pointer at {at:?}"), |pty| {
            let now = colours(pty);
            let other = now.iter().zip(bare).filter(|(now, bare)| now != bare);
            other.map(|(now, _)| now.0).eq([*at])
        });
    }
}

#[test]
fn the_pointer_of_a_text_editor_is_where_the_terminals_mouse_is() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let log = log.path().to_str().unwrap();
    let Some(mut pty) = booted(&["--speed", "4", "--log", log], ROOMY, PLAIN) else { return };
    pty.send("dos\\edit readme.txt\r");
    pty.wait_text("Opendawn");
    // Below what is looked at, so that the window is seen without the pointer.
    finds_the_pointer(&pty, [(40, 22), (60, 23)]);
    let bare = colours(&pty);
    follows(&pty, &bare, &[(10, 10), (60, 5), (61, 5), (3, 19), (76, 4)]);
    // Faster than the guest is able to follow: only the end of the way counts, and a click comes after it.
    (2..70).for_each(|column| mouse(&pty, MOVED, (column, 12)));
    let edit = pty.row(1).find("Edit").expect("there is a menu") as u16;
    [MOVED, PRESSED, RELEASED].iter().for_each(|report| mouse(&pty, *report, (edit, 1)));
    pty.wait_text("Paste");
    [MOVED, PRESSED, RELEASED].iter().for_each(|report| mouse(&pty, *report, (70, 16)));
    pty.wait("the menu to close", |pty| !pty.screen(|screen| screen.contents()).contains("Paste"));
    mouse(&pty, PRESSED, (4, 8));
    mouse(&pty, DRAGGED, (30, 8));
    mouse(&pty, RELEASED, (30, 8));
    pty.wait("what is dragged over to be marked", |pty| {
        let now = colours(pty);
        let other = now.iter().zip(&bare).filter(|(now, bare)| now != bare);
        let marked: Vec<(u16, u16)> = other.map(|(now, _)| now.0).collect();
        marked.len() > 20 && marked.iter().all(|(_, row)| *row == 8)
    });
    pty.send(&format!("{ESCAPE}q"));
    assert_eq!(pty.end(), 0);
    let again = Command::new(env!("CARGO_BIN_EXE_relic")).args(["replay", log]).output().unwrap();
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(said.contains(": the same "), "{said}{}", String::from_utf8_lossy(&again.stderr));
}

#[test]
fn the_pointer_in_graphics_is_at_the_very_pixel_of_the_terminals_mouse() {
    let Some(pty) = booted(&["--speed", "4"], (80, 31), PIXELS) else { return };
    pty.send("mousetst\r");
    pty.wait_text("s show");
    pty.send("fs");
    let picture = |pty: &Pty| kitty_pictures(&pty.bytes()).pop().unwrap_or_default();
    pty.wait("graphics", |pty| picture(pty).width == 640);
    finds_the_pointer(&pty, [(300, 300), (320, 320)]);
    let mut last: Option<((u16, u16), Frame)> = None;
    for at in [(100, 100), (351, 260), (352, 260), (620, 450)] {
        mouse(&pty, MOVED, at);
        let arrow = |(x, y): (u16, u16), (column, line): (u16, u16)| {
            (x..x + 16).contains(&column) && (y..y + 20).contains(&line)
        };
        pty.wait(&format!("an arrow whose tip is at {at:?}"), |pty| {
            let now = picture(pty);
            // The second line of the arrow: its rim, a dot inside, and the rim again.
            let first = 3 * (640 * usize::from(at.1 + 1) + usize::from(at.0));
            let tip = now.rgb[first..first + 9] == [[0; 3], [0xFF; 3], [0; 3]].concat();
            // The program tells what it knows in the upper lines.
            let before = last.as_ref().map_or(&now, |(_, before)| before);
            let dots = now.rgb.chunks(3).zip(before.rgb.chunks(3)).enumerate().skip(640 * 48);
            let changed = dots.filter(|(_, (now, before))| now != before);
            let mut changed = changed.map(|(dot, _)| ((dot % 640) as u16, (dot / 640) as u16));
            tip && changed
                .all(|dot| arrow(at, dot) || last.as_ref().is_some_and(|(left, _)| arrow(*left, dot)))
        });
        last = Some((at, picture(&pty)));
    }
}

#[test]
fn without_a_pointer_the_mouse_is_relative_and_the_status_line_says_so() {
    let Some(pty) = booted(&["--speed", "4"], ROOMY, PLAIN) else { return };
    mouse(&pty, MOVED, (10, 10));
    mouse(&pty, MOVED, (40, 20));
    pty.wait_text("relative mouse");
    pty.send("ver\r");
    pty.wait_text("FreeCom version 0.82 pl 3");
}
