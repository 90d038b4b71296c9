use super::*;

/// Bytes to the mouse with all that it answers.
fn tell(b: &mut Bench<I8042>, bytes_out: &[u8]) -> Vec<u16> {
    let mut seen = Vec::new();
    for byte in bytes_out {
        b.outb(COMMAND, 0xD4);
        b.outb(DATA, *byte);
        seen.extend(bytes(b, 8));
    }
    assert!(seen.iter().all(|byte| byte & 0x100 != 0), "mouse bytes are marked: {seen:X?}");
    seen.iter_mut().for_each(|byte| *byte &= 0xFF);
    seen
}

fn set_rates(b: &mut Bench<I8042>, rates: &[u8]) {
    for rate in rates {
        assert_eq!(tell(b, &[0xF3, *rate]), [0xFA, 0xFA]);
    }
}

/// A mouse that streams.
fn streaming() -> Bench<I8042> {
    let mut b = bench();
    assert_eq!(tell(&mut b, &[0xF4]), [0xFA]);
    b
}

/// Packets of `len` bytes that come within `ms`.
fn packets(b: &mut Bench<I8042>, len: usize, ms: u64) -> Vec<Vec<u8>> {
    let seen: Vec<u8> = bytes(b, ms).into_iter().map(|byte| byte as u8).collect();
    assert_eq!(seen.len() % len, 0, "whole packets: {seen:X?}");
    seen.chunks(len).map(<[u8]>::to_vec).collect()
}

/// Movement told by packets: right and up.
fn sum(packets: &[Vec<u8>]) -> (i32, i32) {
    packets.iter().fold((0, 0), |(x, y), p| {
        let part = |low: u8, negative: u8| i32::from(low) - if p[0] & negative != 0 { 256 } else { 0 };
        assert_eq!(p[0] & 0xC8, 0x08, "no overflow bits");
        (x + part(p[1], 0x10), y + part(p[2], 0x20))
    })
}

#[test]
fn mou_01_a_packet_is_whole_though_keys_come_between() {
    let mut b = streaming();
    b.chip.mouse(1, -2, 0, 1, b.now);
    for key in [Key::A, Key::B, Key::C] {
        b.chip.key(key, true, b.now);
    }
    let seen = bytes(&mut b, 30);
    let (aux, keys): (Vec<u16>, Vec<u16>) = seen.into_iter().partition(|byte| byte & 0x100 != 0);
    assert_eq!(aux, [0x109, 0x101, 0x102]);
    assert_eq!(keys, [0x1E, 0x30, 0x2E]);
}

#[test]
fn mou_02_movement_adds_up_while_a_packet_waits() {
    let mut b = streaming();
    for _ in 0..50 {
        b.chip.mouse(1, 1, 0, 0, b.now);
        b.advance(10 * MS);
    }
    let seen = packets(&mut b, 3, 100);
    assert_eq!(seen.len(), 2, "the one that waited and all the rest");
    assert_eq!(sum(&seen), (50, -50));
}

#[test]
fn mou_03_fast_movement_is_carried_not_wrapped() {
    let mut b = streaming();
    b.chip.mouse(1000, 0, 0, 0, b.now);
    let seen = packets(&mut b, 3, 200);
    assert_eq!(seen[0], [0x08, 255, 0]);
    assert_eq!(sum(&seen), (1000, 0));
    b.chip.mouse(-1000, 700, 0, 0, b.now);
    let seen = packets(&mut b, 3, 200);
    assert_eq!(seen[0], [0x38, 1, 1], "-255 in nine bits");
    assert_eq!(sum(&seen), (-1000, -700));
}

#[test]
fn mou_04_packets_are_paced_by_the_sample_rate() {
    for (rate, expected) in [(100, 50), (20, 10), (200, 100)] {
        let mut b = bench();
        set_rates(&mut b, &[rate]);
        tell(&mut b, &[0xF4]);
        b.chip.mouse(i32::MAX, 0, 0, 0, b.now);
        let seen = packets_of(&mut b, 500);
        assert!(seen.abs_diff(expected) <= expected / 10, "{seen} packets in half a second at {rate}");
    }
}

fn packets_of(b: &mut Bench<I8042>, ms: u64) -> usize {
    bytes(b, ms).len() / 3
}

#[test]
fn mou_04_a_guest_that_does_not_drain_gets_one_packet_and_then_the_rest() {
    let mut b = streaming();
    for _ in 0..10 {
        b.chip.mouse(20, 0, 0, 0, b.now);
        b.advance(100 * MS);
    }
    assert_eq!(packets(&mut b, 3, 100), [[0x08, 20, 0], [0x08, 180, 0]]);
}

#[test]
fn mou_05_knocks_change_the_protocol_and_drop_movement() {
    let mut b = streaming();
    assert_eq!(tell(&mut b, &[0xF2]), [0xFA, 0x00]);
    set_rates(&mut b, &[200, 100]);
    tell(&mut b, &[0xF3]);
    b.chip.mouse(9, 9, 0, 0, b.now);
    assert_eq!(tell(&mut b, &[80, 0xF2]), [0xFA, 0xFA, 0x03]);
    b.chip.mouse(1, 0, -2, 4, b.now);
    assert_eq!(packets(&mut b, 4, 50), [[0x0C, 1, 0, 0xFE]]);
    set_rates(&mut b, &[200, 200, 80]);
    assert_eq!(tell(&mut b, &[0xF2]), [0xFA, 0x04]);
    b.chip.mouse(0, 0, -1, 0x10, b.now);
    assert_eq!(packets(&mut b, 4, 50), [[0x08, 0, 0, 0x2F]]);
    for command in [0xFF, 0xF6] {
        set_rates(&mut b, &[200, 100, 80]);
        tell(&mut b, &[command]);
        assert_eq!(tell(&mut b, &[0xF2]), [0xFA, 0x00]);
        tell(&mut b, &[0xF4]);
        b.chip.mouse(1, 0, 1, 0x10, b.now);
        assert_eq!(packets(&mut b, 3, 50), [[0x08, 1, 0]]);
        b.chip.mouse(0, 0, 0, 0, b.now);
    }
}

#[test]
fn mou_06_the_nt4_quirk_brings_the_wheel_back_after_reset() {
    for (quirk, id) in [(false, 0x00), (true, 0x03)] {
        let model = if quirk { MouseModel::Nt4 } else { MouseModel::Explorer };
        let mut b = with(I8042::with_mouse(model));
        set_rates(&mut b, &[200, 100, 80]);
        assert_eq!(tell(&mut b, &[0xFF]), [0xFA, 0xAA, 0x00]);
        set_rates(&mut b, &[60]);
        assert_eq!(tell(&mut b, &[0xF2]), [0xFA, id]);
        // Service pack 6 does not knock.
        tell(&mut b, &[0xFF, 0xFF]);
        set_rates(&mut b, &[20, 40, 60, 60]);
        assert_eq!(tell(&mut b, &[0xF2]), [0xFA, 0x00]);
    }
}

#[test]
fn mou_07_a_click_between_two_reports_is_seen() {
    let mut b = streaming();
    b.chip.mouse(0, 0, 0, 1, b.now);
    b.chip.mouse(0, 0, 0, 0, b.now);
    assert_eq!(packets(&mut b, 3, 50), [[0x09, 0, 0], [0x08, 0, 0]]);
    b.chip.mouse(0, 0, 0, 2, b.now);
    packets(&mut b, 3, 50);
    b.chip.mouse(0, 0, 0, 0, b.now);
    b.chip.mouse(0, 0, 0, 2, b.now);
    assert_eq!(packets(&mut b, 3, 50), [[0x08, 0, 0], [0x0A, 0, 0]], "and so is a release");
}

#[test]
fn mou_07_clicks_keep_their_number_and_their_place() {
    let mut b = streaming();
    b.chip.mouse(300, 0, 0, 0, b.now);
    for buttons in [1, 0, 1, 0] {
        b.chip.mouse(0, 0, 0, buttons, b.now);
    }
    b.chip.mouse(9, 0, 0, 1, b.now);
    b.chip.mouse(20, 0, 0, 1, b.now);
    assert_eq!(
        packets(&mut b, 3, 200),
        [[8, 255, 0], [9, 45, 0], [8, 0, 0], [9, 0, 0], [8, 0, 0], [9, 9, 0], [9, 20, 0]],
        "a double click where the pointer was sent, then a drag"
    );
}

#[test]
fn mou_08_status_remote_mode_and_wrap_mode() {
    let mut b = bench();
    b.chip.mouse(0, 0, 0, 5, b.now);
    assert_eq!(tell(&mut b, &[0xE9]), [0xFA, 0x06, 2, 100]);
    tell(&mut b, &[0xE8, 3, 0xE7, 0xF3, 40, 0xF0, 0xF4]);
    assert_eq!(tell(&mut b, &[0xE9]), [0xFA, 0x76, 3, 40]);
    b.chip.mouse(3, 0, 0, 0, b.now);
    assert_eq!(bytes(&mut b, 100), NOTHING, "nothing unasked in remote mode");
    assert_eq!(tell(&mut b, &[0xEB]), [0xFA, 0x08, 3, 0]);
    tell(&mut b, &[0xEE]);
    assert_eq!(tell(&mut b, &[0xF2, 0x12, 0xEC]), [0xF2, 0x12, 0xFA]);
    assert_eq!(tell(&mut b, &[0xF2]), [0xFA, 0x00]);
}

#[test]
fn mou_08_bad_arguments_and_unknown_commands_are_refused_and_nothing_wedges() {
    let mut b = bench();
    assert_eq!(tell(&mut b, &[0xE8, 7]), [0xFA, 0xFE]);
    assert_eq!(tell(&mut b, &[0xF3, 0]), [0xFA, 0xFE]);
    assert_eq!(tell(&mut b, &[0xBB]), [0xFE], "OS/2 Warp 3");
    assert_eq!(tell(&mut b, &[0xE1]), [0xFE]);
    assert_eq!(tell(&mut b, &[0xE9]), [0xFA, 0x00, 2, 100]);
    assert_eq!(
        tell(&mut b, &[0xF3, 0xFF]),
        [0xFA, 0xFA, 0xAA, 0x00],
        "a reset in place of the rate is a reset"
    );
}

#[test]
fn mou_09_the_id_is_one_byte() {
    let mut b = bench();
    assert_eq!(tell(&mut b, &[0xF2]), [0xFA, 0x00]);
    assert_eq!(tell(&mut b, &[0xFF]), [0xFA, 0xAA, 0x00]);
}

#[test]
fn mou_10_a_disabled_interface_gives_neither_bytes_nor_interrupts() {
    let mut b = streaming();
    b.outb(COMMAND, 0xA7);
    b.chip.mouse(5, 0, 0, 0, b.now);
    b.advance(100 * MS);
    assert!(!full(&mut b) && !b.line(1));
    assert_eq!(ask(&mut b, 0xA9), 0x00);
    b.outb(COMMAND, 0xA8);
    b.advance(MS);
    assert!(full(&mut b));
    b.advance(IRQ_DELAY_NS);
    assert!(b.line(1) && !b.line(0));
    assert_eq!(packets(&mut b, 3, 20), [[0x08, 5, 0]]);
}

#[test]
fn mou_11_a_reset_machine_finds_a_fresh_mouse() {
    let mut b = streaming();
    set_rates(&mut b, &[200, 100, 80]);
    b.chip.mouse(400, 0, 0, 1, b.now);
    b.advance(2 * MS);
    b.chip.reset(Reset::Board);
    b.chip.mouse(4, 0, 0, 0, b.now);
    assert_eq!(bytes(&mut b, 50), NOTHING);
    b.outb(COMMAND, 0x60);
    b.outb(DATA, 0x47);
    assert_eq!(tell(&mut b, &[0xFF, 0xF4]), [0xFA, 0xAA, 0x00, 0xFA]);
    b.chip.mouse(4, 0, 0, 0, b.now);
    assert_eq!(packets(&mut b, 3, 50), [[0x08, 4, 0]]);
}

#[test]
fn mou_12_the_right_button_is_bit_1_in_every_protocol() {
    for knock in [&[][..], &[200, 100, 80], &[200, 200, 80]] {
        let mut b = bench();
        set_rates(&mut b, knock);
        tell(&mut b, &[0xF4]);
        b.chip.mouse(0, 0, 0, 2, b.now);
        assert_eq!(packets(&mut b, if knock.is_empty() { 3 } else { 4 }, 50)[0][0], 0x0A);
    }
}

#[test]
fn mou_12_a_two_button_mouse_has_no_wheel_and_no_middle() {
    let mut b = with(I8042::with_mouse(MouseModel::TwoButton));
    set_rates(&mut b, &[200, 100, 80]);
    assert_eq!(tell(&mut b, &[0xF2, 0xF4]), [0xFA, 0x00, 0xFA]);
    b.chip.mouse(0, 0, 3, 6, b.now);
    assert_eq!(packets(&mut b, 3, 50), [[0x0A, 0, 0]]);
}

#[test]
fn without_a_mouse_the_controller_says_that_nobody_answers() {
    let mut b = with(I8042::with_mouse(MouseModel::None));
    assert_eq!(ask(&mut b, 0xA9), 0x00, "the interface itself is good");
    for command in [0xF2, 0xFF, 0xF4] {
        b.outb(COMMAND, 0xD4);
        b.outb(DATA, command);
        assert_eq!(b.inb(COMMAND) & 0x61, 0x61, "time-out, on the mouse's side");
        assert_eq!(b.inb(DATA), 0xFE);
        assert_eq!(b.inb(COMMAND) & 0x61, 0);
    }
    b.chip.mouse(5, 5, 0, 1, b.now);
    assert_eq!(bytes(&mut b, 50), NOTHING);
}

#[test]
fn the_wheel_is_carried_in_steps_of_seven() {
    let mut b = streaming();
    set_rates(&mut b, &[200, 100, 80]);
    b.chip.mouse(0, 0, 10, 0, b.now);
    let wheel: Vec<u8> = packets(&mut b, 4, 50).iter().map(|p| p[3]).collect();
    assert_eq!(wheel, [7, 3]);
}

#[test]
fn two_to_one_scaling_acts_in_stream_mode_only() {
    let mut b = streaming();
    tell(&mut b, &[0xE7]);
    for (moved, told) in [(1, 1), (2, 1), (3, 3), (4, 6), (5, 9), (6, 12), (-4, -6)] {
        b.chip.mouse(moved, 0, 0, 0, b.now);
        assert_eq!(sum(&packets(&mut b, 3, 20)), (told, 0));
    }
    b.outb(COMMAND, 0xA7);
    b.chip.mouse(4, 0, 0, 0, b.now);
    assert_eq!(tell(&mut b, &[0xEB]), [0xFA, 0x08, 4, 0]);
}

#[test]
fn a_command_ends_a_packet_that_is_being_sent() {
    let mut b = streaming();
    b.chip.mouse(5, -5, 0, 0, b.now);
    b.advance(MS);
    assert_eq!(b.inb(DATA), 0x08);
    assert_eq!(tell(&mut b, &[0xF5]), [0xFA]);
}
