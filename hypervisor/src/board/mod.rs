//! The board: a struct with one named field per chip, and the routing between them.
//!
//! The only routing is a table of 65,536 ports, a short sorted list of memory windows and a table of PCI functions,
//! all derived from the chips' claims. After every access the board pulls the chip's interrupt lines and wake-up;
//! nothing is registered, so nothing can be forgotten. It follows the PIIX3 for interrupt routing (PIRQ registers)
//! and the 82441FX for the memory map (PAM).

pub mod bench;
mod bus;
mod chips;
mod clock;
mod map;
mod pci;
mod ports;
#[cfg(test)]
mod tests;
mod trace;

pub use bus::BoardBus;
pub use chips::Chips;
use chips::{Call, Outcome};
pub(crate) use chips::{Coupled, Number, Surroundings};
pub use clock::Clock;
pub use map::MemoryLayout;

use crate::snapshot::State;
use backplane::{
    Addr, Claims, Device, Drives, Instant, Irq, IsaDma, Notes, Ram, Refusal, Reset, Signals, What, Wires,
};
use device_models::{I440fx, LocalApic, Piix3};
use map::{Bridge, Windows};
use pci::FunctionTable;
use ports::PortTable;
use trace::Tracer;

/// What the board derives from one chip's state, kept to notice changes.
#[derive(Clone, Copy)]
struct Seen {
    claims: Claims,
    claims_key: u64,
    irqs: [Option<Irq>; LINES],
    lines: u16,
    wake: Instant,
}

/// The most interrupt lines a chip drives.
const LINES: usize = 16;

impl Seen {
    fn of(chip: &dyn Device) -> Seen {
        let claims = chip.claims();
        let mut irqs = claims.iter().filter_map(|c| match c.what {
            What::Irq(irq) => Some(irq),
            _ => None,
        });
        Seen {
            irqs: std::array::from_fn(|_| irqs.next()),
            claims,
            claims_key: chip.claims_key(),
            lines: chip.lines(),
            wake: chip.wake().unwrap_or(Instant::NEVER),
        }
    }
}

impl Default for Seen {
    fn default() -> Self {
        Seen { claims: Claims::none(), claims_key: 0, irqs: [None; LINES], lines: 0, wake: Instant::NEVER }
    }
}

/// The chips, what connects them, and the tables derived from their claims.
pub struct Board {
    /// The chips.
    pub chips: Chips,
    /// ISA DMA channels, which the cards on them move bytes by.
    pub isa_dma: IsaDma,
    /// A20, reset and power-off lines, and the text that waits for the host.
    pub signals: Signals,
    /// What the guest asked for and did not get.
    pub notes: Notes,
    /// Drive bays with their media.
    pub drives: Drives,
    /// Virtual time.
    pub clock: Clock,
    layout: MemoryLayout,
    ports: PortTable,
    windows: Windows,
    functions: FunctionTable,
    seen: [Seen; Chips::COUNT],
    map_version: u32,
    wake: Instant,
    deadline: Instant,
    last: u64,
    due_retired: u64,
    /// The level of the CPU's NMI pin.
    nmi: bool,
    /// It rose since the machine looked.
    nmi_rose: bool,
    /// The engine must come back at once.
    stop: bool,
    /// Stop when a line was written to the debug port.
    pub(crate) stop_on_debug_line: bool,
    trace: Option<Box<Tracer>>,
}

/// Two chips claim one address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{first} and {second} both claim {place}")]
pub struct Overlap {
    /// The chip that has it.
    pub first: String,
    /// The chip that wanted it too.
    pub second: String,
    /// Which address.
    pub place: String,
}

impl Board {
    /// Wires chips up.
    ///
    /// # Errors
    /// [`Overlap`] when two chips claim the same port or window.
    pub fn new(chips: Chips, drives: Drives, layout: MemoryLayout, clock: Clock) -> Result<Board, Overlap> {
        let mut board = Board {
            chips,
            isa_dma: IsaDma::default(),
            signals: Signals::default(),
            notes: Notes::default(),
            drives,
            clock,
            layout,
            ports: PortTable::new(),
            windows: Windows::default(),
            functions: FunctionTable::default(),
            seen: [Seen::default(); Chips::COUNT],
            map_version: 0,
            wake: Instant::NEVER,
            deadline: Instant::NEVER,
            last: u64::MAX,
            due_retired: u64::MAX,
            nmi: false,
            nmi_rose: false,
            stop: false,
            stop_on_debug_line: false,
            trace: None,
        };
        match board.derive_all() {
            Some(overlap) => Err(overlap),
            None => Ok(board),
        }
    }

    /// Derives everything from the chips' states, adopting interrupt levels without an edge: after the board was built or
    /// reset, or a snapshot was restored into it. Gives the first overlap; the chip that comes first in [`Chips`] keeps
    /// the address.
    pub fn derive_all(&mut self) -> Option<Overlap> {
        for number in 0..Chips::COUNT as u8 {
            self.seen[number as usize] = self.chips.get(number).map_or_else(Seen::default, Seen::of);
        }
        let overlap = self.rebuild_ports();
        let overlap = overlap.or(self.rebuild_windows());
        let levels = self.isa_levels();
        self.chips.pics.adopt_levels(levels);
        self.nmi = self.nmi_level();
        self.nmi_rose = false;
        self.schedule();
        overlap
    }

    /// Takes over the chips and wires of a snapshot.
    pub(crate) fn adopt(&mut self, state: &State, drives: Drives, notes: Notes) {
        let State { cpu: _, chips, isa_dma, signals, clock, layout, stopped: _ } = state.clone();
        self.chips = chips;
        self.isa_dma = isa_dma;
        self.signals = signals;
        self.clock = clock;
        self.layout = layout;
        self.drives = drives;
        self.notes = notes;
        // An overlap that the guest made was noted when it made it.
        self.derive_all();
    }

    /// What is wired to the memory bus besides the chips.
    pub fn layout(&self) -> &MemoryLayout {
        &self.layout
    }

    fn overlap(&self, first: u8, second: u8, place: String) -> Overlap {
        let name = |n| match self.chips.get(n) {
            Some(chip) => chip.name(),
            None => "the board",
        };
        Overlap { first: name(first).into(), second: name(second).into(), place }
    }

    /// Gives ports and PCI functions to the chips that claim them, in the order of the chips: who owns a port does not
    /// depend on who asked first.
    fn rebuild_ports(&mut self) -> Option<Overlap> {
        self.ports.clear();
        if self.chips.i440fx.is_some() {
            self.ports.add(ports::BOARD, &pci::data_ports());
        }
        self.functions = FunctionTable::default();
        let mut clash = None;
        for (number, seen) in self.seen.iter().enumerate() {
            let number = number as u8;
            let port = self.ports.add(number, &seen.claims);
            let port = port.map(|(port, owner)| (owner, number, format!("port {port:X}h")));
            let function = self.functions.add(number, &seen.claims);
            let function = function.map(|(owner, place)| (owner, number, place));
            clash = clash.or(port).or(function);
        }
        clash.map(|(first, second, place)| self.overlap(first, second, place))
    }

    fn rebuild_windows(&mut self) -> Option<Overlap> {
        let claims = self.seen.iter().enumerate().map(|(n, seen)| (n as u8, &seen.claims));
        let (windows, clash) = Windows::rebuild(claims);
        self.windows = windows;
        self.map_version = self.map_version.wrapping_add(1);
        if let Some((at, first, second)) = clash {
            return Some(self.overlap(first, second, format!("address {at:X}h")));
        }
        let (by, at, chip) = self.layout.hidden_window(&self.windows)?;
        Some(Overlap { first: by.into(), ..self.overlap(ports::BOARD, chip, format!("address {at:X}h")) })
    }

    /// Lends a chip its wires for one call, then looks at what changed.
    #[inline]
    fn call(&mut self, number: u8, ram: &Ram, now: Instant, call: &Call) -> Option<u32> {
        if self.is_traced(number) {
            return self.traced_call(number, ram, now, call);
        }
        self.call_plainly(number, ram, now, call)
    }

    #[inline]
    fn call_plainly(&mut self, number: u8, ram: &Ram, now: Instant, call: &Call) -> Option<u32> {
        let a20 = self.signals.a20;
        if number != Number::idle as u8 {
            self.chips.idle.other_access();
        }
        let mut wires = Wires {
            now,
            ram,
            dma: &mut self.isa_dma,
            signals: &mut self.signals,
            notes: &mut self.notes,
            drives: &mut self.drives,
        };
        let Outcome { value, lines, wake, claims_key: key } = self.chips.call(number, call, &mut wires)?;
        if self.signals.a20 != a20 {
            self.map_version = self.map_version.wrapping_add(1);
        }
        let seen = &mut self.seen[number as usize];
        let (old_lines, old_key) = (seen.lines, seen.claims_key);
        seen.lines = lines;
        if seen.wake != wake {
            seen.wake = wake;
            self.schedule();
        }
        if old_key != key {
            self.claims_moved(number, now);
        }
        if old_lines != lines || old_key != key {
            self.drive_lines(now);
        }
        if [Number::pit as u8, Number::rtc as u8, Number::local_apic as u8].contains(&number) {
            self.drive_nmi();
        }
        if self.signals.reset.is_some() || self.signals.power_off || self.signals.exit.is_some() {
            self.stop = true;
        }
        Some(value)
    }

    /// Reads the video adapter. No read moves its claims, lines or wake-up, so they are not looked at.
    #[inline]
    fn read_video(&mut self, ram: &Ram, now: Instant, at: Addr) -> u32 {
        self.chips.idle.other_access();
        let mut wires = Wires {
            now,
            ram,
            dma: &mut self.isa_dma,
            signals: &mut self.signals,
            notes: &mut self.notes,
            drives: &mut self.drives,
        };
        self.chips.video.read(at, &mut wires) & at.width().mask()
    }

    /// Routes anew what a chip claims now. An address that a chip before it has, or RAM or ROM, stays where it is.
    #[cold]
    fn claims_moved(&mut self, number: u8, now: Instant) {
        let Some(chip) = self.chips.get(number) else { return };
        let old = std::mem::replace(&mut self.seen[number as usize], Seen::of(chip));
        let same_ports = ports::ports(&old.claims).eq(ports::ports(&self.seen[number as usize].claims));
        let clash = if same_ports { None } else { self.rebuild_ports() };
        let clash = clash.or(self.rebuild_windows());
        if let Some(clash) = clash {
            self.notes.add(now, "board", Refusal::Feature(clash.to_string()));
        }
    }

    /// A call to a chip from outside the bus: input, media.
    pub(crate) fn touch<R>(
        &mut self,
        chip: Number,
        ram: &Ram,
        retired: u64,
        call: impl FnOnce(&mut Chips, Instant) -> R,
    ) -> R {
        let now = self.clock.now(retired);
        let result = call(&mut self.chips, now);
        self.call(chip as u8, ram, now, &Call::Tick);
        result
    }

    /// The levels of the sixteen ISA lines.
    fn isa_levels(&self) -> u16 {
        let route = |irq: Irq| match irq {
            Irq::Isa(line) => Some(line),
            Irq::Pci { device, pin } => {
                self.chips.piix3.as_ref().and_then(|bridge| bridge.route(Piix3::pirq(device, pin)))
            }
        };
        let mut levels = 0u16;
        for seen in self.seen.iter().filter(|s| s.lines != 0) {
            for (n, irq) in seen.irqs.iter().enumerate() {
                if seen.lines >> n & 1 != 0 {
                    levels |= irq.and_then(route).map_or(0, |line| 1 << (line & 15));
                }
            }
        }
        levels
    }

    fn drive_lines(&mut self, now: Instant) {
        let levels = self.isa_levels();
        self.trace_levels(levels, now);
        self.chips.pics.set_levels(levels);
    }

    /// Whether the CPU's INTR is up.
    #[inline]
    pub(crate) fn interrupt(&self) -> bool {
        let pic = self.chips.pics.intr();
        match &self.chips.local_apic {
            None => pic,
            Some(apic) => apic.interrupt(pic),
        }
    }

    fn nmi_level(&self) -> bool {
        let passes = self.chips.local_apic.as_ref().is_none_or(LocalApic::passes_nmi);
        self.chips.pit.channel_check() && !self.chips.rtc.nmi_masked() && passes
    }

    /// The engine comes back for a rising edge, so that the machine takes it to the CPU.
    fn drive_nmi(&mut self) {
        let level = self.nmi_level();
        let message = self.chips.local_apic.as_mut().is_some_and(LocalApic::take_nmi);
        if level && !self.nmi || message {
            self.nmi_rose = true;
            self.stop = true;
        }
        self.nmi = level;
    }

    /// Whether the NMI pin rose since the last call.
    pub(crate) fn take_nmi_edge(&mut self) -> bool {
        std::mem::take(&mut self.nmi_rose)
    }

    /// The next instant at which a chip must tick; [`Instant::NEVER`] when none asked.
    pub fn next_wake(&self) -> Instant {
        self.wake
    }

    fn schedule(&mut self) {
        self.wake = self.seen.iter().map(|s| s.wake).min().unwrap_or(Instant::NEVER);
        self.due_retired = self.clock.retired_at(self.wake.min(self.deadline)).min(self.last);
    }

    /// Sets when the machine wants the engine back at the latest, by time and by `retired`, and lets it start.
    pub(crate) fn arm(&mut self, deadline: Instant, last: u64) {
        self.deadline = deadline;
        self.last = last;
        self.stop = false;
        self.schedule();
    }

    /// Ticks every chip that is due, in the order of their instants; of one instant, in the order of the chips.
    pub(crate) fn tick(&mut self, ram: &Ram, retired: u64) {
        let now = self.clock.now(retired);
        for _ in 0..4 * Chips::COUNT {
            if self.wake > now {
                return;
            }
            let due = (0..Chips::COUNT as u8).min_by_key(|n| self.seen[*n as usize].wake).unwrap_or(0);
            self.call(due, ram, now, &Call::Tick);
        }
        // Some chip is always due. It gets its next turn after one instruction: time must not stand still.
        self.due_retired = self.due_retired.max(retired + 1);
    }

    /// The CPU alone starts over: at the top of the address space, which a closed A20 gate would hide from it.
    pub(crate) fn open_a20(&mut self) {
        self.signals.a20 = true;
        self.map_version = self.map_version.wrapping_add(1);
    }

    /// Resets every chip and the wires between them: the A20 gate opens (KBD-04), pending DMA is forgotten. What the guest
    /// wrote for the host is kept.
    pub(crate) fn reset(&mut self, kind: Reset) {
        self.chips.reset(kind);
        self.isa_dma = IsaDma::default();
        let text = std::mem::take(&mut self.signals);
        self.signals =
            Signals { debug_text: text.debug_text, serial_text: text.serial_text, ..Signals::default() };
        self.derive_all();
    }

    /// What the host bridge makes of the page at `address`.
    fn bridge(&self, address: u32) -> Bridge {
        const SEGMENT: u32 = 0x4000;
        let Some(bridge) = &self.chips.i440fx else { return Bridge::default() };
        let segment = (address.wrapping_sub(0xC_0000) / SEGMENT) as usize;
        let pam = bridge.pam(segment.min(I440fx::SEGMENTS - 1));
        let smram = bridge.smram();
        Bridge { read_ram: pam.read_ram, write_ram: pam.write_ram, smram: smram.enabled && smram.open }
    }
}
