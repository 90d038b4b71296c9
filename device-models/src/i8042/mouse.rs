//! The PS/2 mouse: movement, buttons, packets, commands from the host.

use super::keyboard::Unusual;
use super::regs::{ANSWER_NS, BYTE_NS, SELF_TEST_NS, device, mouse::*};
use super::wire::Wire;
use crate::motion::{Motion, Report};
use backplane::Instant;
use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// What is plugged in, and what it is able to become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MouseModel {
    /// Nothing.
    None,
    /// Two buttons, 3-byte packets.
    TwoButton,
    /// Three buttons, 3-byte packets.
    ThreeButton,
    /// Three buttons and a wheel once the host knocks: id 3.
    #[serde(rename = "intellimouse")]
    IntelliMouse,
    /// Five buttons and a wheel once the host knocks twice: id 4.
    #[default]
    Explorer,
    /// As `Explorer`, but the wheel outlives a reset as Windows NT 4 expects (MOU-06).
    Nt4,
}

impl MouseModel {
    /// The buttons that exist, as in [`super::I8042::mouse`].
    fn buttons(self) -> u8 {
        match self {
            MouseModel::None => 0,
            MouseModel::TwoButton => 0b00011,
            MouseModel::ThreeButton | MouseModel::IntelliMouse => 0b00111,
            MouseModel::Explorer | MouseModel::Nt4 => 0b11111,
        }
    }
}

/// The packet format in use; its number is the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Protocol {
    Standard = 0,
    Wheel = 3,
    FiveButtons = 4,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Expect {
    Command,
    Resolution,
    Rate,
}

bitflags! {
    /// First byte of a packet; bits 2-0 are the buttons.
    struct Head: u8 {
        const ALWAYS = 1 << 3;
        const X_NEGATIVE = 1 << 4;
        const Y_NEGATIVE = 1 << 5;
    }

    /// First byte of the answer to a status request; bits 2-0 are left, middle and right button.
    struct State: u8 {
        const SCALING_2_1 = 1 << 4;
        const ENABLED = 1 << 5;
        const REMOTE = 1 << 6;
    }
}

/// Movement in one packet, either way: nine bits with sign would hold 256 to the left too.
const FARTHEST: i32 = 255;
/// As much as the 2:1 scaling still keeps within a packet.
const FARTHEST_SCALED: i32 = 127;
/// Wheel steps in one packet: four bits with sign, in the 8-bit field of id 3 as well.
const WHEEL: (i32, i32) = (-8, 7);

const DEFAULT_RATE: u8 = 100;
/// Four counts a millimetre.
const DEFAULT_RESOLUTION: u8 = 2;
const RATES: [u8; 7] = [10, 20, 40, 60, 80, 100, 200];
/// Sample rates that, set one after the other, ask for the wheel.
const KNOCK_WHEEL: [u8; 3] = [200, 100, 80];
/// The same for five buttons.
const KNOCK_FIVE_BUTTONS: [u8; 3] = [200, 200, 80];
/// The rate by which Windows NT 4 goes on after it knocked and reset.
const NT4_RATE: u8 = 60;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Mouse {
    model: MouseModel,
    /// With [`MouseModel::Nt4`]: the host knocked, reset, and has not set a rate since.
    nt4_armed: bool,
    protocol: Protocol,
    /// Packets are wanted in stream mode.
    enabled: bool,
    remote: bool,
    wrap: bool,
    scaling_2_1: bool,
    resolution: u8,
    rate: u8,
    /// The last three rates set.
    knocks: [u8; 3],
    expect: Expect,
    /// Buttons that are down.
    buttons: u8,
    /// What was not reported; right, up and towards the user are positive.
    motion: Motion,
    answers: Wire,
    /// The rest of a packet that is being sent.
    packet: Vec<u8>,
    /// No packet begins before.
    next_sample: Instant,
    last_sent: u8,
}

impl Mouse {
    pub(super) fn new(model: MouseModel) -> Self {
        Mouse {
            model,
            nt4_armed: false,
            protocol: Protocol::Standard,
            enabled: false,
            remote: false,
            wrap: false,
            scaling_2_1: false,
            resolution: DEFAULT_RESOLUTION,
            rate: DEFAULT_RATE,
            knocks: [0; 3],
            expect: Expect::Command,
            buttons: 0,
            motion: Motion::default(),
            answers: Wire::default(),
            packet: Vec::new(),
            next_sample: Instant::ZERO,
            last_sent: 0,
        }
    }

    pub(super) fn model(&self) -> MouseModel {
        self.model
    }

    /// Whether there is one.
    pub(super) fn is_plugged_in(&self) -> bool {
        self.model != MouseModel::None
    }

    /// Movement and buttons, as in [`super::I8042::mouse`].
    pub(super) fn input(&mut self, dx: i32, dy: i32, wheel: i32, buttons: u8) {
        self.buttons = buttons & self.model.buttons();
        let wheel = if self.protocol == Protocol::Standard { 0 } else { wheel };
        // Nobody may ever come for the movement: then it stops at what one packet holds.
        let most = if self.streams() { i32::MAX } else { FARTHEST };
        self.motion.add([dx, dy.saturating_neg(), wheel], self.tellable(), most);
    }

    /// The buttons that are down, as far as the protocol can tell.
    fn tellable(&self) -> u8 {
        self.buttons & if self.protocol == Protocol::FiveButtons { 0b11111 } else { 0b00111 }
    }

    /// Packets go out by themselves.
    fn streams(&self) -> bool {
        self.enabled && !self.remote && !self.wrap
    }

    /// Nothing waits to be sent.
    pub(super) fn is_idle(&self) -> bool {
        !self.motion.has_news() && self.packet.is_empty() && self.answers.ready().is_none()
    }

    /// When a byte is ready. Packets also wait until `wire_free`.
    pub(super) fn ready(&self, wire_free: Instant) -> Option<Instant> {
        if let Some(at) = self.answers.ready() {
            return Some(at);
        }
        if !self.packet.is_empty() {
            return Some(wire_free);
        }
        let reports = self.streams() && self.expect == Expect::Command && self.motion.has_news();
        reports.then(|| self.next_sample.max(wire_free))
    }

    /// Sends the byte that is ready. A packet is made when its first byte goes out, so it holds all movement up
    /// to then and no second one ever waits.
    pub(super) fn send(&mut self, now: Instant) -> Option<u8> {
        let byte = if let Some(byte) = self.answers.pop(now) {
            byte
        } else {
            if self.packet.is_empty() {
                self.packet = self.make_packet(self.scaling_2_1);
                self.next_sample = now + 1_000_000_000 / u64::from(self.rate.max(1));
            }
            if self.packet.is_empty() {
                return None;
            }
            self.packet.remove(0)
        };
        self.last_sent = byte;
        Some(byte)
    }

    fn make_packet(&mut self, scaled: bool) -> Vec<u8> {
        let farthest = if scaled { FARTHEST_SCALED } else { FARTHEST };
        let reach = (-farthest, farthest);
        let Report { moved: [mut x, mut y, wheel], buttons } = self.motion.take([reach, reach, WHEEL]);
        if scaled {
            (x, y) = (double(x), double(y));
        }
        let mut head = Head::ALWAYS;
        head.set(Head::X_NEGATIVE, x < 0);
        head.set(Head::Y_NEGATIVE, y < 0);
        let mut packet = vec![head.bits() | (buttons & 7), x as u8, y as u8];
        match self.protocol {
            Protocol::Standard => {}
            Protocol::Wheel => packet.push(wheel as u8),
            Protocol::FiveButtons => packet.push((wheel as u8 & 0x0F) | (buttons >> 3 & 3) << 4),
        }
        packet
    }

    /// Throws away what was not reported.
    fn forget_input(&mut self) {
        self.motion.forget(self.tellable());
    }

    /// A byte from the host. It ends a packet that is being sent.
    pub(super) fn receive(&mut self, byte: u8, now: Instant) -> Option<Unusual> {
        self.packet.clear();
        self.answers.clear();
        if self.wrap && byte != LEAVE_WRAP && byte != device::RESET {
            return self.answer(&[byte], now);
        }
        match std::mem::replace(&mut self.expect, Expect::Command) {
            Expect::Resolution if byte <= 3 => {
                self.resolution = byte;
                self.answer(&[device::ACK], now)
            }
            Expect::Rate if RATES.contains(&byte) => {
                self.set_rate(byte);
                self.answer(&[device::ACK], now)
            }
            Expect::Resolution | Expect::Rate if byte < FIRST => self.refuse(byte, now),
            _ => self.command(byte, now),
        }
    }

    fn set_rate(&mut self, rate: u8) {
        self.rate = rate;
        self.knocks = [self.knocks[1], self.knocks[2], rate];
        let nt4_goes_on = std::mem::take(&mut self.nt4_armed) && rate == NT4_RATE;
        let asked = match self.knocks {
            KNOCK_WHEEL if self.model >= MouseModel::IntelliMouse => Protocol::Wheel,
            KNOCK_FIVE_BUTTONS if self.model >= MouseModel::Explorer => Protocol::FiveButtons,
            _ if nt4_goes_on => Protocol::Wheel,
            _ => return,
        };
        self.protocol = asked;
        self.forget_input();
    }

    fn command(&mut self, command: u8, now: Instant) -> Option<Unusual> {
        match command {
            SCALING_1_1 => self.scaling_2_1 = false,
            SCALING_2_1 => self.scaling_2_1 = true,
            SET_RESOLUTION => self.expect = Expect::Resolution,
            device::SET_RATE => self.expect = Expect::Rate,
            STATUS => return self.answer(&self.status(), now),
            STREAM_MODE => {
                self.remote = false;
                self.forget_input();
            }
            REMOTE_MODE => {
                self.remote = true;
                self.forget_input();
            }
            READ_DATA => {
                let mut answer = vec![device::ACK];
                answer.extend(self.make_packet(false));
                return self.answer(&answer, now);
            }
            WRAP_MODE => self.wrap = true,
            LEAVE_WRAP => {
                self.wrap = false;
                self.forget_input();
            }
            device::IDENTIFY => return self.answer(&[device::ACK, self.protocol as u8], now),
            device::ENABLE => {
                self.enabled = true;
                self.forget_input();
            }
            device::DISABLE => {
                self.enabled = false;
                self.forget_input();
            }
            device::DEFAULTS => self.set_defaults(),
            device::RESEND => return self.answer(&[self.last_sent], now),
            device::RESET => return self.self_test(now),
            _ => return self.refuse(command, now),
        }
        self.answer(&[device::ACK], now)
    }

    /// Status request: state and buttons, resolution, rate.
    fn status(&self) -> [u8; 4] {
        let mut state = State::empty();
        state.set(State::SCALING_2_1, self.scaling_2_1);
        state.set(State::ENABLED, self.enabled);
        state.set(State::REMOTE, self.remote);
        let [left, right, middle] = [0, 1, 2].map(|n| self.buttons >> n & 1);
        [device::ACK, state.bits() | left << 2 | middle << 1 | right, self.resolution, self.rate]
    }

    /// The power-on state, but for the buttons, the pacing and what waits to be sent.
    fn set_defaults(&mut self) {
        let fresh = Mouse::new(self.model);
        *self = Mouse {
            buttons: self.buttons,
            answers: std::mem::take(&mut self.answers),
            next_sample: self.next_sample,
            last_sent: self.last_sent,
            ..fresh
        };
        self.forget_input();
    }

    fn self_test(&mut self, now: Instant) -> Option<Unusual> {
        let knocked = self.protocol == Protocol::Wheel;
        self.set_defaults();
        self.nt4_armed = self.model == MouseModel::Nt4 && knocked;
        self.answers.push(device::ACK, ANSWER_NS, now);
        self.answers.push(device::TEST_PASSED, SELF_TEST_NS, now);
        self.answers.push(self.protocol as u8, BYTE_NS, now);
        None
    }

    fn refuse(&mut self, byte: u8, now: Instant) -> Option<Unusual> {
        self.answer(&[device::RESEND], now);
        Some(Unusual::Command(byte))
    }

    /// Answers are cleared by each host byte, so they always fit.
    fn answer(&mut self, bytes: &[u8], now: Instant) -> Option<Unusual> {
        for (n, byte) in bytes.iter().enumerate() {
            self.answers.push(*byte, if n == 0 { ANSWER_NS } else { BYTE_NS }, now);
        }
        None
    }
}

/// The 2:1 scaling of stream mode: small movements stay fine, large ones double.
fn double(moved: i32) -> i32 {
    let scaled = match moved.abs() {
        n @ 0..=1 => n,
        2 => 1,
        3 => 3,
        4 => 6,
        5 => 9,
        n => n * 2,
    };
    scaled * moved.signum()
}
