use super::*;
use backplane::bench::{Bench, seeded};

/// A bench that counts in clocks of the timer.
struct Clocked {
    b: Bench<Pit>,
    start: u64,
}

impl Clocked {
    fn new() -> Self {
        let mut b = Bench::new(Pit::new());
        b.advance(12_345_678);
        let start = b.now.ticks(CLOCK_HZ);
        b.advance(Instant::of_tick(start, CLOCK_HZ) - b.now);
        Clocked { b, start }
    }

    /// Lets time pass until `clocks` after the start.
    fn until(&mut self, clocks: u64) -> &mut Self {
        let at = Instant::of_tick(self.start + clocks, CLOCK_HZ);
        self.b.advance(at - self.b.now);
        self
    }

    /// Programs a counter with a control word and a 16-bit count.
    fn program(&mut self, control: u8, count: u16) -> &mut Self {
        self.b.outb(CONTROL, control);
        self.count((control >> 6).into(), count)
    }

    fn count(&mut self, counter: u16, count: u16) -> &mut Self {
        let [low, high] = count.to_le_bytes();
        self.b.outb(COUNTERS + counter, low);
        self.b.outb(COUNTERS + counter, high);
        self
    }

    fn latched(&mut self, counter: u16) -> u16 {
        self.b.outb(CONTROL, (counter as u8) << 6);
        u16::from_le_bytes([self.b.inb(COUNTERS + counter), self.b.inb(COUNTERS + counter)])
    }

    fn out_2(&mut self) -> bool {
        self.b.inb(PORT_B) & PortB::OUT_2.bits() != 0
    }

    /// OUT 2 over a range of clocks, as digits.
    fn wave(&mut self, clocks: std::ops::Range<u64>) -> String {
        clocks.map(|n| if self.until(n).out_2() { '1' } else { '0' }).collect()
    }

    fn gate_2(&mut self, on: bool) -> &mut Self {
        self.b.outb(PORT_B, on.into());
        self
    }
}

#[test]
fn mode_0_rises_n_plus_1_clocks_after_the_count_is_written() {
    let mut c = Clocked::new();
    c.gate_2(true).program(0xB0, 3);
    assert_eq!(c.wave(0..7), "0000111");
    assert_eq!(c.latched(2), 0xFFFE, "the element counts on");
}

#[test]
fn mode_0_counts_only_while_the_gate_is_high_and_starts_over_with_a_new_count() {
    let mut c = Clocked::new();
    c.gate_2(true).program(0xB0, 3);
    c.until(2).gate_2(false);
    assert_eq!(c.wave(3..8), "00000");
    c.gate_2(true);
    assert_eq!(c.wave(8..11), "011");
    c.b.outb(0x42, 2);
    assert!(!c.out_2(), "the first byte lowers OUT at once");
    c.until(20).b.outb(0x42, 0);
    assert_eq!(c.wave(21..25), "0011");
}

#[test]
fn mode_1_is_started_and_restarted_by_the_gate() {
    let mut c = Clocked::new();
    c.program(0xB2, 3);
    assert_eq!(c.wave(0..3), "111");
    c.gate_2(true);
    assert_eq!(c.wave(3..8), "00011");
    c.gate_2(false).gate_2(true).until(9).gate_2(false).gate_2(true);
    assert_eq!(c.wave(9..15), "000011");
}

#[test]
fn mode_2_is_low_for_the_last_clock_and_takes_a_new_count_at_its_end() {
    let mut c = Clocked::new();
    c.gate_2(true).program(0xB4, 4);
    assert_eq!(c.wave(0..10), "1111011101");
    c.count(2, 3);
    assert_eq!(c.wave(10..19), "110110110");
}

#[test]
fn mode_2_goes_high_with_a_low_gate_and_starts_whole_with_a_rising_one() {
    let mut c = Clocked::new();
    c.gate_2(true).program(0xB4, 3);
    c.until(3);
    assert!(!c.out_2());
    c.gate_2(false);
    assert_eq!(c.wave(3..6), "111");
    c.gate_2(true);
    assert_eq!(c.wave(6..11), "11011");
}

#[test]
fn tim_02_mode_3_halves_even_counts_and_gives_odd_ones_a_longer_high() {
    let mut c = Clocked::new();
    c.gate_2(true).program(0xB6, 4);
    assert_eq!(c.wave(0..9), "111001100");
    c.until(9).program(0xB6, 5);
    c.start += 9;
    assert_eq!(c.wave(0..11), "11110011100");
}

#[test]
fn tim_02_mode_3_counts_by_two() {
    let mut c = Clocked::new();
    c.gate_2(true).program(0xB6, 6);
    let even: Vec<u16> = (1..8).map(|n| c.until(n).latched(2)).collect();
    assert_eq!(even, [6, 4, 2, 6, 4, 2, 6]);
    c.program(0xB6, 5);
    let odd: Vec<u16> = (8..14).map(|n| c.until(n).latched(2)).collect();
    assert_eq!(odd, [4, 2, 0, 4, 2, 4]);
}

#[test]
fn tim_02_mode_3_takes_a_new_count_at_the_half_wave() {
    let mut c = Clocked::new();
    c.gate_2(true).program(0xB6, 8);
    assert_eq!(c.wave(0..3), "111");
    c.count(2, 2);
    assert_eq!(c.wave(3..10), "1101010");
}

#[test]
fn tim_02_reprogramming_starts_a_new_wave_at_once() {
    let mut c = Clocked::new();
    c.gate_2(true).program(0xB6, 100);
    c.until(51);
    assert!(!c.out_2());
    c.program(0xB6, 4);
    assert_eq!(c.wave(51..57), "111001");
}

#[test]
fn mode_4_strobes_once_for_one_clock() {
    let mut c = Clocked::new();
    c.gate_2(true).program(0xB8, 3);
    assert_eq!(c.wave(0..8), "11110111");
    c.count(2, 1);
    assert_eq!(c.wave(7..11), "1101");
}

#[test]
fn mode_5_strobes_after_the_gate() {
    let mut c = Clocked::new();
    c.program(0xBA, 2);
    assert_eq!(c.wave(0..3), "111");
    c.gate_2(true);
    assert_eq!(c.wave(2..7), "11101");
}

#[test]
fn bcd_counts_in_decimal() {
    let mut c = Clocked::new();
    c.gate_2(true).program(0xB1, 0x0100);
    assert_eq!(c.until(2).latched(2), 0x0099);
    assert_eq!(c.until(102).latched(2), 0x9999);
}

#[test]
fn a_latched_count_stays_until_it_is_read() {
    let mut c = Clocked::new();
    c.program(0x34, 1000);
    c.until(11).b.outb(CONTROL, 0x00);
    c.until(21).b.outb(CONTROL, 0x00);
    c.until(31);
    assert_eq!([c.b.inb(0x40), c.b.inb(0x40)], 990u16.to_le_bytes());
    assert_eq!([c.b.inb(0x40), c.b.inb(0x40)], 970u16.to_le_bytes());
}

#[test]
fn a_count_just_written_is_what_the_next_access_reads() {
    for mode in 0..6 {
        let mut c = Clocked::new();
        c.program(0x30 | mode << 1, 0x1234).until(70_000).count(0, 0x4000);
        let gated = matches!(mode, 1 | 5);
        let unfinished = matches!(mode, 2 | 3);
        assert_eq!(c.latched(0) == 0x4000, !gated && !unfinished, "mode {mode}");
        c.program(0x30 | mode << 1, 0x4000);
        assert_eq!(c.latched(0) == 0x4000, !gated, "mode {mode}, with a control word");
    }
}

#[test]
fn a_channel_check_is_kept_until_port_b_forbids_it() {
    let mut b = Bench::new(Pit::new());
    b.outb(PORT_B, 8);
    b.chip.pull_channel_check();
    assert_eq!((b.inb(PORT_B) & 0xC8, b.chip.channel_check()), (0x08, false), "forbidden");
    b.outb(PORT_B, 0);
    assert!(!b.chip.channel_check(), "it was not kept");
    b.chip.pull_channel_check();
    assert_eq!((b.inb(PORT_B) & 0xC8, b.chip.channel_check()), (0x40, true));
    b.outb(PORT_B, 0);
    assert!(b.chip.channel_check(), "nothing but the enable bit ends it");
    b.outb(PORT_B, 8);
    assert_eq!((b.inb(PORT_B) & 0xC8, b.chip.channel_check()), (0x08, false));
}

#[test]
fn read_back_latches_status_before_count() {
    let mut c = Clocked::new();
    c.program(0x36, 1000);
    c.b.outb(CONTROL, 0xE2);
    assert_eq!(c.b.inb(0x40), 0xF6, "OUT high, null count, two bytes, mode 3");
    c.until(101).b.outb(CONTROL, 0xC2);
    c.until(500);
    assert_eq!(c.b.inb(0x40), 0xB6);
    assert_eq!([c.b.inb(0x40), c.b.inb(0x40)], 800u16.to_le_bytes());
}

#[test]
fn single_byte_counts_fill_the_other_half_with_zero() {
    let mut c = Clocked::new();
    c.b.outb(CONTROL, 0x24);
    c.b.outb(0x40, 2);
    assert_eq!(c.until(2).b.inb(0x40), 0x01, "512 less one");
    c.b.outb(CONTROL, 0x14);
    c.b.outb(0x40, 2);
    assert_eq!(c.until(3).b.inb(0x40), 2);
}

/// IRQ0's rises up to a clock.
fn rises(c: &mut Clocked, end: u64) -> u32 {
    let mut rises = 0;
    let mut before = c.b.line(0);
    while let Some(at) = c.b.chip.wake().filter(|at| at.ticks(CLOCK_HZ) <= c.start + end) {
        c.b.advance(at - c.b.now);
        rises += u32::from(c.b.line(0) && !before);
        before = c.b.line(0);
    }
    rises
}

#[test]
fn irq_0_rises_once_a_period() {
    for control in [0x34, 0x36] {
        let mut c = Clocked::new();
        c.program(control, 1193);
        assert!(c.b.line(0), "OUT is high from the control word on");
        assert_eq!(rises(&mut c, 1193 * 100 + 1), 100, "control word {control:02X}h");
    }
}

#[test]
fn a_late_board_still_sees_each_change() {
    let mut c = Clocked::new();
    c.program(0x34, 1000);
    c.b.now = Instant::of_tick(c.start + 2500, CLOCK_HZ);
    let mut levels = Vec::new();
    while c.b.chip.wake().is_some_and(|at| at <= c.b.now) {
        let mut wires = Wires {
            now: c.b.now,
            ram: &c.b.ram,
            dma: &mut c.b.dma,
            signals: &mut c.b.signals,
            notes: &mut c.b.notes,
            drives: &mut c.b.drives,
        };
        c.b.chip.tick(&mut wires);
        levels.push(c.b.line(0));
    }
    assert_eq!(levels, [false, true, false, true]);
}

#[test]
fn a_count_of_two_does_not_flood_the_board() {
    for control in [0x34, 0x36] {
        let mut c = Clocked::new();
        c.program(control, 2);
        let rises = rises(&mut c, 1200);
        assert!((200..=300).contains(&rises), "{rises}");
    }
}

#[test]
fn mode_0_interrupts_once() {
    let mut c = Clocked::new();
    c.program(0x30, 50);
    assert_eq!(rises(&mut c, 1_000_000), 1);
    assert_eq!(c.b.chip.wake(), None);
}

#[test]
fn the_refresh_bit_toggles_every_15_us() {
    let mut b = Bench::new(Pit::new());
    let mut toggles = 0;
    let mut before = b.inb(PORT_B);
    for _ in 0..1_000 {
        b.advance(1_000);
        let now = b.inb(PORT_B);
        toggles += u32::from((now ^ before) & 0x10 != 0);
        before = now;
    }
    assert_eq!(toggles, 66);
}

#[test]
fn port_b_keeps_its_low_bits_and_drives_the_speaker() {
    let mut c = Clocked::new();
    c.b.outb(PORT_B, 0xFF);
    assert_eq!(c.b.inb(PORT_B) & 0x0F, 0x0F);
    c.program(0xB6, 100);
    assert!(c.b.chip.speaker(c.b.now));
    c.until(51);
    assert!(!c.b.chip.speaker(c.b.now));
    c.until(101);
    c.b.outb(PORT_B, 0x01);
    assert!(c.out_2() && !c.b.chip.speaker(c.b.now));
}

#[test]
fn settling_in_steps_equals_settling_at_once() {
    for control in [0xB0u8, 0xB2, 0xB4, 0xB6, 0xB8, 0xBA, 0xB7] {
        for count in [1u16, 2, 3, 4, 5, 9, 0x11] {
            let Control::Program(_, program) = Control::new(control) else { panic!("a program") };
            let mut fresh = Counter::new(false);
            fresh.program(5, program);
            for byte in count.to_le_bytes() {
                fresh.write(6, byte);
            }
            fresh.set_gate(8, true);
            let mut stepped = fresh;
            for clock in 8..80 {
                stepped.settle(clock);
                let mut jumped = fresh;
                jumped.settle(clock);
                assert_eq!(jumped, stepped, "control {control:02X}h count {count} clock {clock}");
            }
        }
    }
}

#[test]
fn seeded_accesses_agree_with_the_rebuilt_twin() {
    seeded(|| Bench::new(Pit::new()), 24, 500);
}
