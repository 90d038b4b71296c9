use super::*;

/// What the keys send; `key` presses, `-key` releases.
fn typed(b: &mut Bench<I8042>, strokes: &[&str]) -> Vec<u16> {
    let mut seen = Vec::new();
    for stroke in strokes {
        let (name, down) = stroke.strip_prefix('-').map_or((*stroke, true), |name| (name, false));
        b.chip.key(name.parse().expect("a key's name"), down, b.now);
        seen.extend(bytes(b, 12));
    }
    seen
}

/// A command to the keyboard with all its answers.
fn tell(b: &mut Bench<I8042>, bytes_out: &[u8]) -> Vec<u16> {
    let mut seen = Vec::new();
    for byte in bytes_out {
        b.outb(DATA, *byte);
        seen.extend(bytes(b, 5));
    }
    seen
}

fn untranslated(set: u8) -> Bench<I8042> {
    let mut b = bench();
    b.outb(COMMAND, 0x60);
    b.outb(DATA, 0x07);
    assert_eq!(tell(&mut b, &[0xF0, set]), [0xFA, 0xFA]);
    b
}

#[test]
fn every_key_has_a_name_and_codes_of_its_own() {
    assert_eq!(Key::ALL.len(), 105, "102 keys and three more");
    for (n, key) in Key::ALL.iter().enumerate() {
        assert_eq!(key.name().parse(), Ok(*key));
        for other in &Key::ALL[..n] {
            // Pause has no code of its own in these: it sends those of Ctrl and NumLock.
            if ![*key, *other].contains(&Key::Pause) {
                assert_ne!(key.codes().set_1, other.codes().set_1, "{key} {other}");
                assert_ne!(key.codes().set_2, other.codes().set_2, "{key} {other}");
            }
            assert_ne!(key.codes().set_3, other.codes().set_3, "{key} {other}");
        }
    }
    assert_eq!("Return".parse(), Ok(Key::Enter));
    assert!("nokey".parse::<Key>().is_err());
}

#[test]
fn translation_turns_set_2_into_set_1_for_every_key() {
    let mut translated = bench();
    let mut native = untranslated(1);
    for key in Key::ALL {
        for stroke in [key.name().to_string(), format!("-{key}")] {
            let strokes = [stroke.as_str()];
            assert_eq!(typed(&mut translated, &strokes), typed(&mut native, &strokes), "{stroke}");
        }
    }
}

#[test]
fn plain_and_extended_keys_in_all_sets() {
    let strokes = ["a", "-a", "left", "-left", "kpenter", "-kpenter"];
    assert_eq!(typed(&mut bench(), &strokes), [0x1E, 0x9E, 0xE0, 0x4B, 0xE0, 0xCB, 0xE0, 0x1C, 0xE0, 0x9C]);
    assert_eq!(
        typed(&mut untranslated(2), &strokes),
        [0x1C, 0xF0, 0x1C, 0xE0, 0x6B, 0xE0, 0xF0, 0x6B, 0xE0, 0x5A, 0xE0, 0xF0, 0x5A]
    );
    assert_eq!(
        typed(&mut untranslated(3), &["a", "-a", "left", "lshift", "-lshift"]),
        [0x1C, 0x61, 0x12, 0xF0, 0x12]
    );
}

#[test]
fn print_screen_and_pause_send_their_sequences() {
    let mut b = bench();
    assert_eq!(typed(&mut b, &["printscreen"]), [0xE0, 0x2A, 0xE0, 0x37]);
    assert_eq!(typed(&mut b, &["-printscreen"]), [0xE0, 0xB7, 0xE0, 0xAA]);
    assert_eq!(typed(&mut b, &["pause", "-pause"]), [0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5]);
    assert_eq!(typed(&mut b, &["lctrl", "pause", "-pause", "-lctrl"]), [0x1D, 0xE0, 0x46, 0xE0, 0xC6, 0x9D]);
    assert_eq!(typed(&mut b, &["lalt", "printscreen", "-printscreen", "-lalt"]), [0x38, 0x54, 0xD4, 0xB8]);
    assert_eq!(typed(&mut untranslated(2), &["pause"]), [0xE1, 0x14, 0x77, 0xE1, 0xF0, 0x14, 0xF0, 0x77]);
}

#[test]
fn gray_keys_take_the_shift_state_back() {
    let mut b = bench();
    assert_eq!(
        typed(&mut b, &["lshift", "up", "-up", "-lshift"]),
        [0x2A, 0xE0, 0xAA, 0xE0, 0x48, 0xE0, 0xC8, 0xE0, 0x2A, 0xAA]
    );
    tell(&mut b, &[0xED, 0x02]);
    assert_eq!(typed(&mut b, &["up", "-up"]), [0xE0, 0x2A, 0xE0, 0x48, 0xE0, 0xC8, 0xE0, 0xAA]);
    assert_eq!(typed(&mut b, &["rshift", "up", "-up"]), [0x36, 0xE0, 0x48, 0xE0, 0xC8]);
    assert_eq!(typed(&mut b, &["kpslash", "-kpslash"]), [0xE0, 0xB6, 0xE0, 0x35, 0xE0, 0xB5, 0xE0, 0x36]);
}

#[test]
fn kbd_07_identification_is_translated_and_spaced_out() {
    let mut b = bench();
    b.outb(DATA, 0xF2);
    b.advance(ANSWER_NS);
    assert_eq!(b.inb(DATA), 0xFA);
    b.advance(BYTE_NS / 2);
    assert!(!full(&mut b));
    b.advance(BYTE_NS / 2);
    assert_eq!(b.inb(DATA), 0xAB);
    b.advance(BYTE_NS);
    assert_eq!(b.inb(DATA), 0x41);
    assert_eq!(tell(&mut untranslated(2), &[0xF2]), [0xFA, 0xAB, 0x83]);
}

#[test]
fn kbd_08_unread_answers_drop_the_oldest_and_are_noted() {
    let mut b = bench();
    for n in 0..40 {
        b.outb(DATA, 0xED);
        b.outb(DATA, n & 7);
        b.advance(500 * MS);
    }
    assert_eq!(b.chip.leds(), 7);
    assert_eq!(b.notes.list().len(), 1);
    assert_eq!(bytes(&mut b, 50).len(), 17);
    assert_eq!(typed(&mut b, &["a"]), [0x1E], "and the keyboard lives");
}

#[test]
fn leds_echo_and_resend() {
    let mut b = bench();
    assert_eq!(tell(&mut b, &[0xED, 0x05]), [0xFA, 0xFA]);
    assert_eq!(b.chip.leds(), 5);
    assert_eq!(tell(&mut b, &[0xEE, 0xFE]), [0xEE, 0xEE]);
    assert_eq!(tell(&mut b, &[0x12]), [0xFE]);
    assert_eq!(tell(&mut b, &[0xED, 0xF4]), [0xFA, 0xFA], "a command in place of the LEDs is a command");
    assert_eq!(b.chip.leds(), 5);
}

#[test]
fn reset_answers_twice_and_restores_set_2() {
    let mut b = untranslated(1);
    assert_eq!(tell(&mut b, &[0xFF]), [0xFA, 0xAA]);
    assert_eq!(tell(&mut b, &[0xF0, 0x00]), [0xFA, 0xFA, 0x02]);
    assert_eq!(tell(&mut b, &[0xF0, 0x09]), [0xFA, 0xFE]);
    assert_eq!(tell(&mut bench(), &[0xF0, 0x00]), [0xFA, 0xFA, 0x41], "translated as any byte is");
}

#[test]
fn disabled_scanning_drops_keys_until_enabled() {
    let mut b = bench();
    assert_eq!(tell(&mut b, &[0xF5]), [0xFA]);
    assert_eq!(typed(&mut b, &["a", "-a"]), NOTHING);
    assert_eq!(tell(&mut b, &[0xF4]), [0xFA]);
    assert_eq!(typed(&mut b, &["a", "-a"]), [0x1E, 0x9E]);
}

#[test]
fn scanning_halts_while_the_host_owes_a_byte() {
    let mut b = bench();
    assert_eq!(tell(&mut b, &[0xED]), [0xFA]);
    assert_eq!(typed(&mut b, &["a"]), NOTHING);
    assert_eq!(tell(&mut b, &[0x00]), [0xFA, 0x1E]);
}

#[test]
fn an_answer_never_splits_a_code() {
    let mut b = untranslated(2);
    b.chip.key(Key::Left, true, b.now);
    b.chip.key(Key::Left, false, b.now);
    b.advance(MS);
    assert_eq!(b.inb(DATA), 0xE0);
    b.outb(DATA, 0xEE);
    assert_eq!(bytes(&mut b, 12), [0x6B, 0xEE, 0xE0, 0xF0, 0x6B]);
}

/// How often a held key came within a second.
fn repeats(b: &mut Bench<I8042>, key: Key) -> usize {
    b.chip.key(key, true, b.now);
    let seen = bytes(b, 1000);
    b.chip.key(key, false, b.now);
    bytes(b, 12);
    seen.len()
}

#[test]
fn held_keys_repeat_at_delay_and_rate() {
    let mut b = bench();
    assert_eq!(repeats(&mut b, Key::A), 1 + 6, "10.9 a second after half a second");
    tell(&mut b, &[0xF3, 0x00]);
    assert_eq!(repeats(&mut b, Key::A), 1 + 23, "30 a second after a quarter");
    tell(&mut b, &[0xF3, 0x7F]);
    assert_eq!(repeats(&mut b, Key::A), 1);
    assert_eq!(b.chip.wake(), None);
}

#[test]
fn only_the_last_key_repeats_and_pause_does_not() {
    let mut b = bench();
    typed(&mut b, &["a", "b"]);
    assert!(bytes(&mut b, 1000).iter().all(|byte| *byte == 0x30));
    assert_eq!(typed(&mut b, &["-a"]), [0x9E]);
    assert_ne!(bytes(&mut b, 300), NOTHING, "releasing another key changes nothing");
    typed(&mut b, &["-b"]);
    assert_eq!(bytes(&mut b, 1000), NOTHING);
    assert_eq!(repeats(&mut b, Key::Pause), 6);
}

#[test]
fn a_guest_that_does_not_read_finds_no_backlog_of_repeats() {
    let mut b = bench();
    b.chip.key(Key::A, true, b.now);
    b.advance(10_000 * MS);
    b.chip.key(Key::A, false, b.now);
    assert_eq!(bytes(&mut b, 50), [0x1E, 0x1E, 0x9E]);
}

#[test]
fn set_3_key_types_are_set_for_all_and_for_single_keys() {
    let mut b = untranslated(3);
    assert_eq!(typed(&mut b, &["a", "-a"]), [0x1C]);
    tell(&mut b, &[0xF8]);
    assert_eq!(typed(&mut b, &["a", "-a"]), [0x1C, 0xF0, 0x1C]);
    assert_eq!(tell(&mut b, &[0xFD, 0x1C, 0xF4]), [0xFA; 3]);
    assert_eq!(typed(&mut b, &["a", "-a", "b", "-b"]), [0x1C, 0x32, 0xF0, 0x32]);
}

#[test]
fn a_full_buffer_drops_whole_strokes() {
    let mut b = bench();
    for key in [Key::PrintScreen, Key::Pause, Key::Left, Key::A] {
        b.chip.key(key, true, b.now);
        b.chip.key(key, false, b.now);
    }
    // Of the 16 bytes in set 2, PrintScreen takes ten; Pause's eight find no room, nor does the break of A.
    let seen = bytes(&mut b, 60);
    assert_eq!(seen[..8], [0xE0, 0x2A, 0xE0, 0x37, 0xE0, 0xB7, 0xE0, 0xAA]);
    assert_eq!(seen[8..], [0xE0, 0x4B, 0xE0, 0xCB, 0x1E]);
}

#[test]
fn ready_for_key_waits_for_the_guest() {
    let mut b = bench();
    assert!(b.chip.ready_for_key());
    b.chip.key(Key::A, true, b.now);
    assert!(!b.chip.ready_for_key());
    b.advance(5 * MS);
    assert!(!b.chip.ready_for_key(), "the byte is in the output buffer");
    b.inb(DATA);
    assert!(b.chip.ready_for_key());
}
