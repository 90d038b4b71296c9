//! The machine: a CPU engine, the board, and the run loop between them.

use crate::board::{Board, BoardBus, Number};
use crate::build::{self, BuildError};
use crate::digest::PageSums;
use crate::handover::{Handover, KvmError, KvmOptions};
use crate::snapshot::Pages;
use crate::{MachineConfig, Media};
use backplane::{Bay, Disk, Instant, Notes, Ram, Reset};
use device_models::{Frame, HardwareCursor, Key, Screen, TextScreen, TextStyle};
use engine::{CpuState, EFlags, Engine, Executed, Exit, Hit, Shares, Stops};
use serde::{Deserialize, Serialize};
use softcpu::Interpreter;
use std::cell::RefCell;

/// Everything that reaches a machine from outside.
#[derive(Clone)]
pub enum Input {
    /// A key of the keyboard goes down or up.
    Key {
        /// Which key.
        key: Key,
        /// Down, or up.
        down: bool,
    },
    /// The mouse moves or its buttons change: the one on a serial port, or else the one on the PS/2 port.
    Mouse {
        /// Counts to the right.
        dx: i32,
        /// Counts down.
        dy: i32,
        /// Wheel steps towards the user. Serial mice have no wheel.
        wheel: i32,
        /// Those that are down: bit 0 left, 1 right, 2 middle, 3 back, 4 forward, as far as the mouse has them.
        buttons: u8,
    },
    /// A medium is put into a drive, in place of the one that is there. The drive notices as it would.
    Insert {
        /// Which drive.
        bay: Bay,
        /// The medium.
        disk: Disk,
    },
    /// A medium is taken out.
    Eject {
        /// Which drive.
        bay: Bay,
    },
    /// Bytes arrive on the first serial port.
    Serial(Vec<u8>),
    /// The breakout switch of a debugging card is pressed, which pulls IOCHK#: an NMI, unless the guest has it off at port 61h or
    /// port 70h. It wakes a guest that died because it halted with interrupts off.
    Nmi,
    /// The reset button is pressed: chips and CPU start over, media and what the guest wrote for the host stay. Brings a
    /// dead guest back; nothing happens when the machine is off.
    Reset,
    /// The power button is pressed: an event of the PIIX4's power management that the guest may act on; a machine without it has a
    /// switch, which cuts the power.
    Power,
}

/// A place in a run, between two instructions. Time alone does not name it: an instruction may take less than a nanosecond, and a
/// halted CPU retires none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// Virtual nanoseconds since switch-on.
    pub at_ns: u64,
    /// Instructions retired since switch-on.
    pub instructions: u64,
}

/// How far to run.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    /// Virtual time at which to stop.
    pub deadline: Instant,
    /// Stop also while a whole line that was written to a debug port waits to be taken ([`Machine::take_debug_text`]).
    pub debug_line: bool,
    /// Instructions to retire at most: 1 is a single step, with the interrupt that comes before it. A halted CPU retires
    /// none until it wakes up.
    pub instructions: u64,
}

impl Until {
    /// Until an instant, and no sooner.
    pub fn time(deadline: Instant) -> Until {
        Until { deadline, debug_line: false, instructions: u64::MAX }
    }

    /// For so many instructions.
    pub fn instructions(instructions: u64) -> Until {
        Until { deadline: Instant::NEVER, debug_line: false, instructions }
    }
}

/// Why a run stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stop {
    /// The deadline was reached.
    Deadline,
    /// A line was written to a debug port and not taken yet.
    DebugLine,
    /// The instructions that were asked for are done.
    Stepped,
    /// A place of [`Machine::set_stops`] was met.
    Met(Hit),
    /// The guest switched the machine off.
    PowerOff,
    /// A test program wrote this status to the debug exit port.
    Exited(u32),
    /// The guest cannot go on: what happened and where.
    Died(String),
}

/// A whole PC.
pub struct Machine {
    pub(crate) cpu: CpuState,
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) ram: Ram,
    pub(crate) ram_bytes: usize,
    pub(crate) board: Board,
    /// What [`Machine::screen`] gave last; the guest does not depend on it.
    pub(crate) screen: Screen,
    /// Why the machine stopped for good.
    pub(crate) stopped: Option<Stop>,
    pub(crate) inputs: Vec<(Moment, Input)>,
    /// What the store held at the last snapshot, from here or brought here: what was written since is marked in the store. The
    /// guest does not depend on it.
    pub(crate) held: RefCell<Pages>,
    /// Digests of the store's pages when they were last asked for. The guest does not depend on them.
    pub(crate) page_sums: RefCell<PageSums>,
}

/// How far a sleep goes at least while a chip asks to be ticked at once, again and again.
const STEP_NS: u64 = 1000;

/// How long the wires get to carry what is under way when a test program ends: two characters at 300 baud.
const SETTLE_NS: u64 = 70_000_000;

/// Keys for which the BIOS has room: a full ring would look as an empty one.
const BIOS_KEYS: u8 = 15;

/// CMOS byte that tells firmware why the CPU was reset.
const CMOS_SHUTDOWN_STATUS: u8 = 0x0F;

impl Machine {
    /// Builds a machine and switches it on.
    ///
    /// # Errors
    /// [`BuildError`]: the configuration is not possible, or the host has no memory for it.
    pub fn new(config: &MachineConfig, media: Media) -> Result<Machine, BuildError> {
        let (ram, board) = build::assemble(config, media)?;
        let mut cpu = CpuState::power_on(config.cpu);
        cpu.fit_local_apic(config.apic);
        Ok(Machine::assembled(cpu, ram, board))
    }

    /// A machine of its parts, before its first instruction.
    pub(crate) fn assembled(cpu: CpuState, ram: Ram, board: Board) -> Machine {
        Machine {
            cpu,
            engine: Box::new(Interpreter::new()),
            ram_bytes: board.layout().ram_bytes as usize,
            held: RefCell::new(Pages::zeros(ram.len())),
            page_sums: RefCell::new(PageSums::zeros(ram.len())),
            ram,
            board,
            screen: Screen::default(),
            stopped: None,
            inputs: Vec::new(),
        }
    }

    /// Goes on under KVM, and in the software CPU where the host's KVM cannot: not the same way twice. Stops and a trace
    /// are forgotten.
    ///
    /// # Errors
    /// [`KvmError`]; the machine goes on as it was.
    pub fn run_on_kvm(&mut self, options: &KvmOptions) -> Result<(), KvmError> {
        self.engine = Box::new(Handover::open(options, &self.cpu)?);
        Ok(())
    }

    /// Goes on in the software CPU alone, from where it is. Stops and a trace are forgotten.
    pub fn run_in_software(&mut self) {
        self.engine = Box::new(Interpreter::new());
    }

    /// Which engine ran how much of the guest since [`Machine::run_on_kvm`]; nothing to tell of the software CPU alone.
    pub fn shares(&self) -> Option<Shares> {
        self.engine.shares()
    }

    /// Virtual time since switch-on.
    pub fn now(&self) -> Instant {
        self.board.clock.now(self.cpu.retired)
    }

    /// Instructions retired since switch-on.
    pub fn instructions(&self) -> u64 {
        self.cpu.retired
    }

    /// Where the run stands.
    pub fn moment(&self) -> Moment {
        Moment { at_ns: self.now().ns(), instructions: self.instructions() }
    }

    /// Why it stopped for good, if it did.
    pub fn stopped(&self) -> Option<&Stop> {
        self.stopped.as_ref()
    }

    /// The CPU, between runs.
    pub fn cpu(&self) -> &CpuState {
        &self.cpu
    }

    /// The CPU, to change it between runs: for tests that call a firmware service directly. Lowering
    /// [`CpuState::retired`] would turn time back; leave it.
    pub fn cpu_mut(&mut self) -> &mut CpuState {
        &mut self.cpu
    }

    /// The store; guest RAM comes first.
    pub fn ram(&self) -> &Ram {
        &self.ram
    }

    /// The board with its chips, to look at between runs.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Runs until `until`, or until the guest switches off, exits or dies. A machine that is off stays off, and one that
    /// exited or died as it is until its reset button is pressed ([`Input::Reset`], [`Input::Nmi`]); both answer at once. Chips that are due at the deadline itself
    /// have had their turn when this returns. How a stretch of time is cut into runs makes no difference to the guest.
    pub fn run(&mut self, until: Until) -> Stop {
        if let Some(stop) = &self.stopped {
            return stop.clone();
        }
        self.board.stop_on_debug_line = until.debug_line;
        let last = self.cpu.retired.saturating_add(until.instructions);
        let stop = loop {
            self.board.arm(until.deadline, last);
            self.board.tick(&self.ram, self.cpu.retired);
            if let Some(kind) = self.board.signals.reset.take() {
                self.reset(kind);
                continue;
            }
            if self.board.signals.power_off {
                break Stop::PowerOff;
            }
            if let Some(status) = self.board.signals.exit {
                self.settle();
                break Stop::Exited(status);
            }
            if until.debug_line && self.board.signals.debug_text.contains(&b'\n') {
                break Stop::DebugLine;
            }
            if self.now() >= until.deadline {
                break Stop::Deadline;
            }
            if self.cpu.retired >= last {
                break Stop::Stepped;
            }
            let mut bus = BoardBus { board: &mut self.board, ram: &self.ram };
            let exit = self.engine.run(&mut self.cpu, &self.ram, &mut bus);
            self.latch_nmi();
            match exit {
                Exit::Due => {}
                Exit::Stopped(hit) => break Stop::Met(hit),
                Exit::Halted => {
                    if let Some(stop) = self.sleep(until.deadline) {
                        break stop;
                    }
                }
                Exit::Shutdown => {
                    if let Some(stop) = self.shutdown() {
                        break stop;
                    }
                }
            }
        };
        if matches!(stop, Stop::PowerOff | Stop::Exited(_) | Stop::Died(_)) {
            self.stopped = Some(stop.clone());
        }
        stop
    }

    /// HLT: time goes on to the next wake-up at no cost (PWR-01). Only what comes from outside helps a CPU that takes no interrupts.
    fn sleep(&mut self, deadline: Instant) -> Option<Stop> {
        let nmi = self.cpu.interruptibility.nmi_pending && !self.cpu.interruptibility.nmi_blocked;
        let interrupts = self.cpu.eflags & EFlags::IF.bits() != 0;
        if !nmi && !interrupts {
            return Some(Stop::Died(format!("the CPU halted with interrupts off at {}", self.place())));
        }
        if !nmi && !self.board.interrupt() {
            let (now, wake) = (self.now(), self.board.next_wake());
            // A chip that is always due must not stop time.
            let wake = if wake > now { wake } else { now + STEP_NS };
            self.board.clock.sleep_until(wake.min(deadline), self.cpu.retired);
        }
        None
    }

    /// Lets what a test program sent before it ended arrive: the last characters on a serial line, above all.
    fn settle(&mut self) {
        let end = self.now() + SETTLE_NS;
        while self.now() < end {
            let next = self.board.next_wake().max(self.now() + STEP_NS).min(end);
            self.board.clock.sleep_until(next, self.cpu.retired);
            self.board.tick(&self.ram, self.cpu.retired);
        }
    }

    /// A triple fault. Software of the 286's time used it to leave protected mode, and said so in CMOS (BIO-07); anything
    /// else is the end of the guest, where a PC would start over.
    fn shutdown(&mut self) -> Option<Stop> {
        if self.board.chips.rtc.cmos(CMOS_SHUTDOWN_STATUS) == 0 {
            return Some(Stop::Died(format!("triple fault at {}", self.place())));
        }
        self.reset(Reset::Cpu);
        None
    }

    fn reset(&mut self, kind: Reset) {
        let retired = self.cpu.retired;
        if kind == Reset::Cpu {
            self.cpu.init();
            self.board.open_a20();
        } else {
            let local_apic = self.cpu.local_apic;
            self.cpu = CpuState { retired, ..CpuState::power_on(self.cpu.model) };
            self.cpu.fit_local_apic(local_apic);
            self.board.reset(kind);
            self.board.trace_reset(kind, retired);
        }
        self.engine.forget();
    }

    /// The CPU keeps the edges of its NMI pin.
    fn latch_nmi(&mut self) {
        self.cpu.interruptibility.nmi_pending |= self.board.take_nmi_edge();
    }

    fn place(&self) -> String {
        let code = self.cpu.seg[engine::Seg::Cs as usize];
        format!("{:04X}:{:08X} after {} instructions", code.selector, self.cpu.eip, self.cpu.retired)
    }

    /// Replaces the places at which a run stops, for a debugger. The guest notices nothing.
    pub fn set_stops(&mut self, stops: Stops) {
        self.engine.set_stops(stops);
    }

    /// Begins or ends the record of executed instructions. It grows until it is taken.
    pub fn set_trace(&mut self, on: bool) {
        self.engine.set_trace(on);
    }

    /// Takes the record since the last call.
    pub fn take_trace(&mut self) -> Vec<Executed> {
        self.engine.take_trace()
    }

    /// The one door by which input enters, at the present instant. It is logged ([`Machine::inputs`]). Several inputs of one instant act in the order in which
    /// they come.
    pub fn inject(&mut self, input: Input) {
        self.inputs.push((self.moment(), input.clone()));
        self.trace_input(&input);
        let (board, ram, retired) = (&mut self.board, &self.ram, self.cpu.retired);
        match input {
            Input::Key { key, down } => {
                board.touch(Number::i8042, ram, retired, |chips, now| chips.i8042.key(key, down, now));
            }
            Input::Mouse { dx, dy, wheel, buttons } => {
                let port = board.chips.mouse_port();
                board.touch(port, ram, retired, |chips, now| chips.mouse(dx, dy, wheel, buttons, now));
            }
            Input::Serial(bytes) => {
                board.touch(Number::com1, ram, retired, |chips, now| chips.com1.receive(&bytes, now));
            }
            Input::Nmi => {
                board.touch(Number::pit, ram, retired, |chips, _| chips.pit.pull_channel_check());
                self.latch_nmi();
                if self.cpu.halted && self.cpu.interruptibility.nmi_pending {
                    self.stopped = self.stopped.take().filter(|stop| !matches!(stop, Stop::Died(_)));
                }
            }
            Input::Insert { bay, disk } => {
                board.drives.insert(bay, disk);
            }
            Input::Eject { bay } => {
                board.drives.eject(bay);
            }
            Input::Power if board.chips.piix4_pm.is_some() => {
                board.touch(Number::piix4_pm, ram, retired, |chips, _| {
                    if let Some(pm) = &mut chips.piix4_pm {
                        pm.press_power_button();
                    }
                });
            }
            Input::Power => board.signals.power_off = true,
            Input::Reset => {
                board.signals.reset = Some(Reset::Board);
                self.stopped = self.stopped.take().filter(|stop| *stop == Stop::PowerOff);
            }
        }
    }

    /// Everything that was injected since switch-on, with its moment: the replay of this machine.
    pub fn inputs(&self) -> &[(Moment, Input)] {
        &self.inputs
    }

    /// Runs to `deadline` and injects each of `inputs` at its moment, as another machine's [`Machine::inputs`] has them. The same
    /// configuration and media then give the same bits.
    pub fn replay(&mut self, inputs: &[(Moment, Input)], deadline: Instant) -> Stop {
        for (moment, input) in inputs.iter().take_while(|(moment, _)| moment.at_ns <= deadline.ns()) {
            self.run_to(*moment);
            self.inject(input.clone());
        }
        self.run(Until::time(deadline))
    }

    /// Runs to a moment of an earlier run; false when this run does not come by there.
    pub fn run_to(&mut self, moment: Moment) -> bool {
        self.run(Until::time(Instant(moment.at_ns)));
        if self.now().ns() == moment.at_ns && self.instructions() < moment.instructions {
            self.run(Until { instructions: 1, ..Until::time(Instant::NEVER) });
        }
        self.moment() == moment
    }

    /// Whether the guest has taken the last key: the keyboard's buffer was read, and the BIOS's ring has room.
    pub fn ready_for_key(&self) -> bool {
        self.board.chips.i8042.ready_for_key() && self.keys_held() < BIOS_KEYS
    }

    /// Whether the guest has read all that the mouse had to tell. It never does while the mouse is switched off.
    pub fn is_mouse_read(&self) -> bool {
        self.board.chips.is_mouse_read()
    }

    /// Keys that the BIOS holds for the guest, at most 15: those in the ring of the BIOS data area between 40:1Ah and 40:1Ch. A guest that
    /// does not use the BIOS leaves pointers that are not inside it, or equal ones.
    pub fn keys_held(&self) -> u8 {
        const RING: std::ops::Range<u16> = 0x1E..0x3E;
        let pointers = [0x41A, 0x41C].map(|at| self.ram.read_u16(at));
        if !pointers.iter().all(|at| RING.contains(at) && at % 2 == 0) {
            return 0;
        }
        let [head, tail] = pointers;
        (tail.wrapping_sub(head) % 32 / 2) as u8
    }

    /// The picture as it would be seen now.
    pub fn frame(&self) -> Frame {
        self.board.chips.video.frame(&self.ram, self.now())
    }

    /// The cursor that the video adapter lays over the picture, while it shows.
    pub fn hardware_cursor(&self) -> Option<HardwareCursor> {
        self.board.chips.video.hardware_cursor()
    }

    /// The same picture for who looks often: only what changed since the last call is drawn.
    pub fn screen(&mut self) -> &Frame {
        let now = self.now();
        self.screen.update(&self.board.chips.video, &self.ram, now)
    }

    /// The characters on the screen, in a text mode.
    pub fn text(&self) -> Option<TextScreen> {
        self.board.chips.video.text(&self.ram, self.now())
    }

    /// Colours, blinking and the cursor's shape, in a text mode.
    pub fn text_style(&self) -> Option<TextStyle> {
        self.board.chips.video.text_style(self.now())
    }

    /// Takes what the guest wrote to the debug ports since the last call.
    pub fn take_debug_text(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.board.signals.debug_text)
    }

    /// Takes what the guest sent on a serial port (0-3) since the last call.
    pub fn take_serial_text(&mut self, port: usize) -> Vec<u8> {
        self.board.signals.serial_text.get_mut(port).map(std::mem::take).unwrap_or_default()
    }

    /// The codes on the POST card, the newest last.
    pub fn post_codes(&self) -> Vec<u8> {
        self.board.chips.post_card.codes().collect()
    }

    /// What the guest asked for and did not get.
    pub fn notes(&self) -> &Notes {
        &self.board.notes
    }

    /// The medium in a bay, with what the guest wrote.
    pub fn medium(&self, bay: Bay) -> Option<&Disk> {
        self.board.drives.get(bay)
    }
}
