//! A board of memory, a chip that is memory, and ports, all of which remember.

use backplane::{PAGE, Ram, Width};
use engine::{Bus, CpuState, CrZero, Model, Page, Reg, Seg, SegAccess, Segment};
use kvm::{Ability, DEVICE, Kvm, Outcome};
use std::path::Path;

/// Bytes of the store.
pub(crate) const MEMORY: u32 = 0x20_0000;
/// The read-only segment at F0000h.
pub(crate) const ROM: u32 = 0xF_0000;
/// The chip at B0000h.
const CHIP: std::ops::Range<u32> = 0xB_0000..0xB_1000;

/// What the programs run on.
pub(crate) struct Board {
    pub(crate) due: u64,
    pub(crate) a20: bool,
    pub(crate) interrupt: Option<u8>,
    pub(crate) acknowledged: u32,
    pub(crate) outs: Vec<(u16, Width, u32)>,
    pub(crate) stores: Vec<(u32, Width, u32)>,
    cells: [u8; PAGE],
    reads: u32,
    version: u32,
}

impl Board {
    pub(crate) fn new() -> Board {
        Board {
            due: u64::MAX,
            a20: true,
            interrupt: None,
            acknowledged: 0,
            outs: Vec::new(),
            stores: Vec::new(),
            cells: [0; PAGE],
            reads: 0,
            version: 0,
        }
    }
}

impl Bus for Board {
    fn read_port(&mut self, _: u16, width: Width, _: u64) -> u32 {
        self.reads += 1;
        self.reads & width.mask()
    }
    fn write_port(&mut self, port: u16, width: Width, value: u32, _: u64) {
        if port == 0x92 {
            self.a20 = false;
            self.version += 1;
        }
        self.outs.push((port, width, value));
    }
    fn read_mmio(&mut self, address: u32, width: Width, _: u64) -> u32 {
        assert!((address & 3) + width.bytes() <= 4, "{address:X}h {width:?}");
        let at = (address - CHIP.start) as usize;
        (0..width.bytes() as usize).rev().fold(0, |value, n| value << 8 | u32::from(self.cells[at + n]))
    }
    fn write_mmio(&mut self, address: u32, width: Width, value: u32, _: u64) {
        assert!((address & 3) + width.bytes() <= 4, "{address:X}h {width:?}");
        self.stores.push((address, width, value));
        let at = (address - CHIP.start) as usize;
        let bytes = value.to_le_bytes();
        self.cells[at..at + width.bytes() as usize].copy_from_slice(&bytes[..width.bytes() as usize]);
    }
    fn page(&mut self, address: u32) -> Page {
        match address {
            _ if CHIP.contains(&address) || address >= MEMORY => Page::Device,
            ROM..0x10_0000 => Page::Ram { offset: address & !0xFFF, writable: false },
            _ => Page::Ram { offset: address & !0xFFF, writable: true },
        }
    }
    fn span(&mut self, address: u32) -> (Page, u32) {
        let last = if address >= MEMORY { u32::MAX } else { address | 0xFFF };
        (self.page(address), last)
    }
    fn a20_mask(&self) -> u32 {
        if self.a20 { u32::MAX } else { !(1 << 20) }
    }
    fn map_version(&self) -> u32 {
        self.version
    }
    fn due(&self) -> u64 {
        self.due
    }
    fn interrupt(&self) -> bool {
        self.interrupt.is_some()
    }
    fn acknowledge(&mut self, _: u64) -> u8 {
        self.acknowledged += 1;
        self.interrupt.take().unwrap_or(0)
    }
    fn fpu_error(&mut self, _: u64) {}
    fn tsc(&self, retired: u64) -> u64 {
        retired
    }
}

/// A CPU in real mode at 0:1000h, its stack at 7000h.
pub(crate) struct Rig {
    pub(crate) kvm: Kvm,
    pub(crate) ram: Ram,
    pub(crate) cpu: CpuState,
    pub(crate) board: Board,
}

impl Rig {
    pub(crate) fn run(&mut self) -> Outcome {
        self.kvm.run(&mut self.cpu, &self.ram, &mut self.board)
    }
}

/// What none of these programs can do without.
const NEEDS: [&str; 6] =
    ["real mode", "big real mode", "read-only memory", "dirty pages", "interrupts", "immediate exit"];

/// Why this host's KVM is not enough: it is not there, or one of these abilities is not.
fn lacking(needs: &[&str]) -> Option<String> {
    let abilities = match kvm::probe(Path::new(DEVICE), false) {
        Err(why) => return Some(why.to_string()),
        Ok(abilities) => abilities,
    };
    let lacks = |a: &&Ability| needs.contains(&a.name) && !a.runs();
    abilities.iter().find(lacks).map(|a| format!("{}: {:?}", a.name, a.answer))
}

/// Whether the host's KVM has an ability; if not, the test is passed over by name.
pub(crate) fn has(need: &str) -> bool {
    let lacking = lacking(&[need]);
    if let Some(why) = &lacking {
        eprintln!("skipped {}: {why}", std::thread::current().name().unwrap_or("a test"));
    }
    lacking.is_none()
}

/// Puts a program there; without a KVM that runs it the test is passed over by name.
pub(crate) fn rig(code: &[u8]) -> Option<Rig> {
    if let Some(why) = lacking(&NEEDS) {
        eprintln!("skipped {}: {why}", std::thread::current().name().unwrap_or("a test"));
        return None;
    }
    let ram = Ram::new(MEMORY as usize).unwrap();
    ram.write(0x1000, code);
    let mut cpu = CpuState::power_on(Model::Pentium);
    cpu.cr0 &= !(CrZero::CD | CrZero::NW).bits();
    let data = SegAccess::PRESENT | SegAccess::CODE_DATA | SegAccess::READ_WRITE | SegAccess::ACCESSED;
    cpu.seg[Seg::Cs as usize] = Segment::real(0, data);
    cpu.eip = 0x1000;
    cpu.gpr[Reg::Esp as usize] = 0x7000;
    Some(Rig { kvm: Kvm::open(Path::new(DEVICE)).unwrap(), ram, cpu, board: Board::new() })
}
