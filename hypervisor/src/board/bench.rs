//! The whole board on the bench: ports, memory, configuration space, bus masters, time and input, without a CPU.
//!
//! Time is what passes between actions: no action takes any. A reset that a chip asks for is taken before the next action, as
//! the machine takes it before the next instruction.

use super::{Board, BoardBus, Number};
use crate::build::{BuildError, Drive, Media, assemble};
use crate::config::{Bytes, MachineConfig, VideoKind};
use crate::snapshot::State;
use backplane::bench::search::Target;
use backplane::bench::{
    Action, Answer, Input, Medium, Memory, Outside, Pair, Places, StartStore, Subject, same_media,
    set_channel, store_difference,
};
use backplane::{Drives, Instant, Notes, Ram, Repeat, Reset, Source, Width};
use device_models::Key;
use engine::{Bus, CpuState, Page};

/// A board with its store, and no CPU.
pub struct BoardBench {
    ram: Ram,
    board: Board,
    places: Places,
    /// The board's map when the places were looked at.
    places_version: Option<u32>,
    /// String instructions go element by element.
    single: bool,
}

/// What a board goes back to.
pub struct Start {
    state: State,
    drives: Drives,
    notes: Notes,
    store: StartStore,
}

/// PCI configuration mechanism 1.
const CONFIG_ADDRESS: u16 = 0xCF8;
const CONFIG_DATA: u16 = 0xCFC;
const CONFIG_ENABLE: u32 = 1 << 31;
/// Addresses within a page.
const IN_PAGE: u32 = backplane::PAGE as u32 - 1;
/// The most bytes of saved state.
const MOST_SAVED: usize = 64 << 20;

impl BoardBench {
    /// The board of a machine, switched on.
    ///
    /// # Errors
    /// As for [`crate::Machine::new`].
    pub fn new(config: &MachineConfig, media: Media) -> Result<BoardBench, BuildError> {
        let (ram, board) = assemble(config, media)?;
        Ok(BoardBench { ram, board, places: Places::default(), places_version: None, single: false })
    }

    /// The board.
    pub fn board(&self) -> &Board {
        &self.board
    }

    fn bus(&mut self) -> BoardBus<'_> {
        BoardBus { board: &mut self.board, ram: &self.ram }
    }

    fn select(&mut self, function: u8, register: u8, width: Width) -> u16 {
        let register = register & !(width.bytes() as u8 - 1);
        let address = CONFIG_ENABLE | u32::from(function) << 8 | u32::from(register & !3);
        self.bus().write_port(CONFIG_ADDRESS, Width::Dword, address, 0);
        CONFIG_DATA + u16::from(register & 3)
    }

    /// Lets time pass until `end`, every wake-up at its instant; not further than so many wake-ups go.
    fn advance(&mut self, end: Instant) {
        for _ in 0..Action::WAKES {
            let (now, wake) = (self.now(), self.board.next_wake());
            if wake > end {
                self.board.clock.sleep_until(end, 0);
                return;
            }
            // A chip that is always due must not stop time.
            self.board.clock.sleep_until(if wake > now { wake } else { now + 1000 }, 0);
            self.board.tick(&self.ram, 0);
            self.take_reset();
        }
    }

    fn take_reset(&mut self) {
        match self.board.signals.reset.take() {
            Some(Reset::Cpu) => self.board.open_a20(),
            Some(kind) => self.board.reset(kind),
            None => {}
        }
    }

    fn input(&mut self, input: Input) -> Answer {
        let BoardBench { ram, board, .. } = self;
        match input {
            Input::Key { key, down } => {
                let key = Key::ALL[usize::from(key) % Key::ALL.len()];
                board.touch(Number::i8042, ram, 0, |chips, now| chips.i8042.key(key, down, now));
            }
            Input::Pointer { dx, dy, wheel, buttons } => {
                let port = board.chips.mouse_port();
                let (dx, dy, wheel) = (dx.into(), dy.into(), wheel.into());
                board.touch(port, ram, 0, |chips, now| chips.mouse(dx, dy, wheel, buttons, now));
            }
            Input::Receive(byte) => {
                board.touch(Number::com1, ram, 0, |chips, now| chips.com1.receive(&[byte], now));
            }
            Input::Acknowledge if board.interrupt() => {
                return Answer::Value(self.bus().acknowledge(0).into());
            }
            Input::Pulse => {
                board.touch(Number::pit, ram, 0, |chips, _| chips.pit.pull_channel_check());
            }
            // The lines are the chips' own.
            Input::Acknowledge | Input::Levels(_) => {}
        }
        Answer::Nothing
    }

    fn state(&self) -> State {
        let Board { chips, isa_dma, signals, clock, .. } = &self.board;
        State {
            cpu: CpuState::power_on(engine::Model::default()),
            chips: chips.clone(),
            isa_dma: isa_dma.clone(),
            signals: signals.clone(),
            clock: clock.clone(),
            layout: self.board.layout().clone(),
            stopped: None,
        }
    }
}

impl Memory for BoardBench {
    fn store(&self) -> &Ram {
        &self.ram
    }

    fn read_within(&mut self, at: u32, width: Width) -> u32 {
        let mut bus = self.bus();
        let at = at & bus.a20_mask();
        match bus.page(at) {
            Page::Ram { offset, .. } => self.ram.read_wide((offset + (at & IN_PAGE)) as usize, width),
            Page::Device => bus.read_mmio(at, width, 0),
        }
    }

    fn write_within(&mut self, at: u32, width: Width, value: u32) {
        let mut bus = self.bus();
        let at = at & bus.a20_mask();
        let bytes = &value.to_le_bytes()[..width.bytes() as usize];
        match bus.page(at) {
            Page::Ram { offset, writable: true } => self.ram.write((offset + (at & IN_PAGE)) as usize, bytes),
            Page::Ram { .. } => {}
            Page::Device => bus.write_mmio(at, width, value, 0),
        }
    }

    fn at_once(&mut self, repeat: &Repeat) -> u32 {
        if self.single { 0 } else { self.bus().repeat(repeat, 0) }
    }
}

impl Subject for BoardBench {
    type Start = Start;

    fn name(&self) -> &'static str {
        "board"
    }

    fn act(&mut self, action: &Action) -> Answer {
        self.take_reset();
        match *action {
            Action::In { port, width } => {
                let value = self.bus().read_port(port, width, 0);
                assert!(value <= width.mask(), "board: port {port:#x} answers {value:#x}");
                return Answer::Value(value);
            }
            Action::Out { port, width, value } => self.bus().write_port(port, width, value & width.mask(), 0),
            Action::InString { port, width, to, count } => {
                for n in 0..u32::from(count) {
                    let value = self.bus().read_port(port, width, 0);
                    self.write_at(to.wrapping_add(n * width.bytes()), width, value);
                }
            }
            Action::OutString { port, width, from, count } => {
                for n in 0..u32::from(count) {
                    let value = self.read_at(from.wrapping_add(n * width.bytes()), width);
                    self.bus().write_port(port, width, value, 0);
                }
            }
            Action::Read { at, width } => {
                let value = self.read_at(at, width);
                assert!(value <= width.mask(), "board: address {at:#x} answers {value:#x}");
                return Answer::Value(value);
            }
            Action::Write { at, width, value } => self.write_at(at, width, value),
            Action::Fill { to, width, value, count, down } => {
                let count = count.into();
                self.repeated(Repeat { from: Source::Value(value & width.mask()), to, width, count, down });
            }
            Action::Copy { from, to, width, count, down } => {
                let count = count.into();
                self.repeated(Repeat { from: Source::Chip(from), to, width, count, down });
            }
            Action::ReadConfig { function, register, width } => {
                let port = self.select(function, register, width);
                return Answer::Value(self.bus().read_port(port, width, 0));
            }
            Action::WriteConfig { function, register, width, value } => {
                let port = self.select(function, register, width);
                self.bus().write_port(port, width, value & width.mask(), 0);
            }
            Action::Load { at, len } => {
                let mut bytes = vec![0; len.into()];
                self.ram.dma_read(at, &mut bytes);
                return Answer::Bytes(bytes);
            }
            Action::Store { at, len, byte } => {
                self.ram.dma_write(at, &[byte; Action::MOST as usize][..len.min(Action::MOST).into()]);
            }
            Action::Channel { .. } => set_channel(&mut self.board.isa_dma, action),
            Action::Step(ns) => self.advance(self.now() + u64::from(ns)),
            Action::Wake if self.board.next_wake() < Instant::NEVER => {
                self.advance(self.board.next_wake().max(self.now()));
            }
            Action::Input(input) => return self.input(input),
            Action::Insert(bay, medium) => drop(self.board.drives.insert(bay, medium.disk())),
            Action::Eject(bay) => drop(self.board.drives.eject(bay)),
            Action::Wake | Action::Restore | Action::Reset(Reset::Cpu) => {}
            Action::Reset(kind) => self.board.reset(kind),
        }
        Answer::Nothing
    }

    fn places(&mut self) -> &Places {
        let version = self.board.map_version;
        if self.places_version != Some(version) {
            let mut places = Places::memory(self.ram.dma_limit());
            for number in 0..super::Chips::COUNT as u8 {
                if let Some(chip) = self.board.chips.get(number) {
                    places.add(chip.name(), &chip.claims(), &self.ram);
                }
            }
            if self.board.chips.i440fx.is_some() {
                places.add("board", &super::pci::data_ports(), &self.ram);
            }
            self.places = places;
            self.places_version = Some(version);
        }
        &self.places
    }

    fn outside(&self) -> Outside {
        let pins = u32::from(self.board.interrupt()) | u32::from(self.board.nmi) << 1;
        let wake = Some(self.board.next_wake()).filter(|at| *at < Instant::NEVER);
        Outside { lines: pins | u32::from(self.board.isa_levels()) << 16, wake, claims_key: 0 }
    }

    fn now(&self) -> Instant {
        self.board.clock.now(0)
    }

    fn twin(&self) -> Self {
        let ram = Ram::new(self.ram.len()).expect("memory for the bench");
        let mut bytes = vec![0; self.ram.len()];
        self.ram.read(0, &mut bytes);
        ram.write(0, &bytes);
        ram.set_dma_limit(self.ram.dma_limit());
        let Board { chips, drives, clock, .. } = &self.board;
        let board = Board::new(chips.clone(), drives.clone(), self.board.layout().clone(), clock.clone());
        let board = board.expect("what was built once can be built again");
        let mut twin =
            BoardBench { ram, board, places: Places::default(), places_version: None, single: true };
        twin.restore(self);
        twin
    }

    fn start(&self) -> Start {
        Start {
            state: self.state(),
            drives: self.board.drives.clone(),
            notes: self.board.notes.clone(),
            store: StartStore::of(&self.ram),
        }
    }

    fn rewind(&mut self, start: &Start) {
        let Start { state, drives, notes, store } = start;
        store.put_back(&self.ram);
        self.board.adopt(state, drives.clone(), notes.clone());
    }

    fn restore(&mut self, from: &Self) {
        let state = from.state();
        let saved = serde_json::to_string(&state).expect("a board's state can be written");
        assert!(saved.len() <= MOST_SAVED, "board: {} bytes of saved state", saved.len());
        let restored: State = serde_json::from_str(&saved).expect("a board's saved state can be read");
        assert!(restored == state, "board: the restored state differs in what is not saved");
        self.board.adopt(&restored, from.board.drives.clone(), from.board.notes.clone());
    }

    fn saved_bytes(&self) -> usize {
        let state = self.state();
        let state = State { signals: state.signals.without_text(), ..state };
        serde_json::to_string(&state).expect("a board's state can be written").len()
    }

    fn difference(&self, twin: &Self) -> Option<String> {
        let (here, there) = (&self.board, &twin.board);
        let parts = [
            (here.chips == there.chips, "the chips' state"),
            (here.signals == there.signals, "board signals"),
            (here.isa_dma == there.isa_dma, "DMA channels"),
            (here.notes == there.notes, "notes"),
            (here.clock == there.clock, "the clock"),
            (same_media(&here.drives, &there.drives), "media"),
        ];
        let part = parts.iter().find(|(same, _)| !same).map(|(_, part)| (*part).to_owned());
        part.or_else(|| store_difference(&self.ram, &twin.ram))
    }
}

/// The board of a small machine with every chip of the PCI presets, a floppy, a disk and a disc.
pub const TARGET: Target = Target {
    name: "board",
    about: "the whole board: every chip, routing, memory map, bus masters",
    pair: || Box::new(Pair::new(small_machine())),
    seeds: include_str!("../../seeds/board.txt"),
};

fn small_machine() -> BoardBench {
    let config = MachineConfig {
        ram: Bytes(2 << 20),
        video: VideoKind::Cirrus,
        video_memory: Some(Bytes(2 << 20)),
        ..MachineConfig::default()
    };
    let disk = |medium: Medium| Drive::Disk(medium.disk());
    let disc = Drive::Cd(Some(Medium::Disc.disk()));
    let media = Media {
        floppies: [Some(Medium::Floppy1440.disk()), None],
        drives: [disk(Medium::Floppy1440), Drive::None, disc, disk(Medium::Floppy720)],
    };
    BoardBench::new(&config, media).expect("a small machine can be built")
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::search::{Search, failure};
    use backplane::bench::{Script, bytes};

    fn bench(video: VideoKind) -> BoardBench {
        let config = MachineConfig {
            ram: Bytes(2 << 20),
            video,
            video_memory: Some(Bytes(4 << 20)),
            ..MachineConfig::default()
        };
        BoardBench::new(&config, Media::default()).unwrap()
    }

    #[test]
    fn seeded_programs_agree_with_the_rebuilt_twin() {
        for video in [VideoKind::Std, VideoKind::Cirrus] {
            let mut pair = Pair::new(bench(video));
            (0..100).for_each(|seed| pair.run_bytes(&bytes::random(seed, 200)));
        }
    }

    #[test]
    fn the_seeds_and_their_changes_find_nothing() {
        let mut search = Search::new(&TARGET, 1);
        for script in Script::all(TARGET.seeds).unwrap() {
            assert_eq!(failure(TARGET.pair, &script.0), None);
            search.seed(&script).unwrap();
        }
        for _ in 0..1000 {
            if let Err(finding) = search.next_program() {
                panic!("{}\n{}", finding.message, finding.script);
            }
        }
    }

    #[test]
    fn a_script_reaches_configuration_space_memory_and_ports() {
        let script: backplane::bench::Script =
            "config_readl 0.0 0x0\nwritel 0x1000 0x12345678\nreadw 0x1001\noutb 0x21 0x5a\ninb 0x21\n"
                .parse()
                .unwrap();
        let mut bench = bench(VideoKind::Std);
        let answers: Vec<Answer> = script.0.iter().map(|action| bench.act(action)).collect();
        let value = Answer::Value;
        let expected = [value(0x1237_8086), Answer::Nothing, value(0x3456), Answer::Nothing, value(0x5A)];
        assert_eq!(answers, expected);
    }
}
