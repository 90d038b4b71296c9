//! A board of plain memory with one device page, and a CPU in the mode that a test wants.
//!
//! Protected mode: IDT at 1000h whose vector N is a 32-bit interrupt gate to `HANDLERS + 16 * N`, where a HLT waits;
//! GDT at 2000h; TSS at 3000h with its ring-0 stack at 7000h; code at 10000h; ring-3 stack at 6000h.

use crate::Interpreter;
use backplane::{Ram, Width};
use engine::{Bus, CpuState, Engine, Exit, Model, Page, Seg, SegAccess, Segment, Table};

pub(super) const IDT: u32 = 0x1000;
pub(super) const GDT: u32 = 0x2000;
pub(super) const TSS: u32 = 0x3000;
pub(super) const HANDLERS: u32 = 0x8000;
pub(super) const CODE: u32 = 0x1_0000;
/// The page that belongs to a device.
pub(super) const DEVICE: u32 = 0xA_0000;
const RAM: u32 = 4 << 20;

/// Selectors of the rig's GDT.
pub(super) mod selector {
    pub(crate) const CODE_0: u16 = 0x08;
    pub(crate) const DATA_0: u16 = 0x10;
    pub(crate) const CODE_3: u16 = 0x1B;
    pub(crate) const DATA_3: u16 = 0x23;
    pub(crate) const TSS: u16 = 0x28;
    /// Free for the test.
    pub(crate) const FREE: u16 = 0x30;
    pub(crate) const FREE_2: u16 = 0x38;
}

/// Access bytes.
pub(super) mod access {
    pub(crate) const CODE_0: u16 = 0x9A;
    pub(crate) const DATA_0: u16 = 0x92;
    pub(crate) const CODE_3: u16 = 0xFA;
    pub(crate) const DATA_3: u16 = 0xF2;
    pub(crate) const TSS_32: u16 = 0x89;
    pub(crate) const TSS_32_BUSY: u16 = 0x8B;
    pub(crate) const TASK_GATE: u16 = 0x85;
    pub(crate) const CALL_GATE_16: u16 = 0xE4;
    pub(crate) const CALL_GATE_32: u16 = 0xEC;
    pub(crate) const INTERRUPT_GATE: u16 = 0x8E;
    pub(crate) const INTERRUPT_GATE_3: u16 = 0xEE;
}

/// The board.
#[derive(Default)]
pub(super) struct Board {
    pub(super) due: u64,
    /// Port accesses: port, value written (none for a read), `retired`.
    pub(super) ports: Vec<(u16, Option<u32>, u64)>,
    pub(super) mmio: Vec<(u32, Option<u32>)>,
    /// The vector that the interrupt controller holds up.
    pub(super) vector: Option<u8>,
    /// A write to port 80h moves `due` here.
    pub(super) due_after_port: Option<u64>,
    pub(super) ferr: u32,
}

impl Bus for Board {
    fn read_port(&mut self, port: u16, _: Width, retired: u64) -> u32 {
        self.ports.push((port, None, retired));
        0x5A5A_5A5A
    }
    fn write_port(&mut self, port: u16, _: Width, value: u32, retired: u64) {
        self.ports.push((port, Some(value), retired));
        if let Some(due) = self.due_after_port {
            self.due = due;
        }
    }
    fn read_mmio(&mut self, address: u32, _: Width, _: u64) -> u32 {
        self.mmio.push((address, None));
        0xC3C3_C3C3
    }
    fn write_mmio(&mut self, address: u32, _: Width, value: u32, _: u64) {
        self.mmio.push((address, Some(value)));
    }
    fn page(&mut self, address: u32) -> Page {
        if address >= RAM || address == DEVICE {
            Page::Device
        } else {
            Page::Ram { offset: address, writable: true }
        }
    }
    fn a20_mask(&self) -> u32 {
        u32::MAX
    }
    fn map_version(&self) -> u32 {
        0
    }
    fn due(&self) -> u64 {
        self.due
    }
    fn interrupt(&self) -> bool {
        self.vector.is_some()
    }
    fn acknowledge(&mut self, _: u64) -> u8 {
        self.vector.take().unwrap_or(0xFF)
    }
    fn fpu_error(&mut self, _: u64) {
        self.ferr += 1;
    }
    fn tsc(&self, retired: u64) -> u64 {
        retired
    }
}

pub(super) struct Rig {
    pub(super) cpu: CpuState,
    pub(super) ram: Ram,
    pub(super) board: Board,
    engine: Interpreter,
}

impl Rig {
    /// Real mode at 1000:0000, all data segments 2000h, SP 8000h; vector N at 0000:8000h + 16 N, where a HLT waits.
    pub(super) fn real(model: Model, code: &[u8]) -> Rig {
        let mut rig = Rig {
            cpu: CpuState::power_on(model),
            ram: Ram::new(RAM as usize).unwrap(),
            board: Board { due: 10_000, ..Board::default() },
            engine: Interpreter::new(),
        };
        for n in 0..6 {
            let base = if n == Seg::Cs as usize { 0x1000 } else { 0x2000 };
            rig.cpu.seg[n] = Segment::real(base, rig.cpu.seg[n].access);
        }
        for vector in 0..256 {
            rig.ram.write_u32(vector * 4, HANDLERS + 16 * vector as u32);
            rig.ram.write_u8((HANDLERS as usize) + 16 * vector, 0xF4);
        }
        rig.cpu.eip = 0;
        rig.cpu.gpr[4] = 0x8000;
        rig.ram.write(CODE as usize, code);
        rig
    }

    /// 32-bit protected mode at privilege 0 or 3, flat segments, CS:EIP at the code.
    pub(super) fn protected(model: Model, cpl: u8, code: &[u8]) -> Rig {
        let mut rig = Rig::real(model, code);
        for vector in 0..256u32 {
            rig.idt(vector as u8, selector::CODE_0, HANDLERS + 16 * vector, access::INTERRUPT_GATE);
        }
        rig.cpu.idtr = Table { base: IDT, limit: 0x7FF };
        rig.cpu.gdtr = Table { base: GDT, limit: 0xFF };
        rig.segment(selector::CODE_0, 0, u32::MAX, access::CODE_0);
        rig.segment(selector::DATA_0, 0, u32::MAX, access::DATA_0);
        rig.segment(selector::CODE_3, 0, u32::MAX, access::CODE_3);
        rig.segment(selector::DATA_3, 0, u32::MAX, access::DATA_3);
        rig.segment(selector::TSS, TSS, 0x2FFF, access::TSS_32_BUSY);
        rig.ram.write_u32(TSS as usize + 4, 0x7000);
        rig.ram.write_u32(TSS as usize + 8, u32::from(selector::DATA_0));
        rig.ram.write_u32(TSS as usize + 0x64, 0x68 << 16);
        rig.cpu.tr = Segment {
            base: TSS,
            limit: 0x2FFF,
            selector: selector::TSS,
            access: SegAccess::from_bits_retain(access::TSS_32_BUSY),
        };
        rig.cpu.cr0 |= 1;
        rig.cpu.cpl = cpl;
        let (cs, ds) = if cpl == 0 {
            (selector::CODE_0, selector::DATA_0)
        } else {
            (selector::CODE_3, selector::DATA_3)
        };
        let dpl = u16::from(cpl) << 5;
        for n in 0..6 {
            let is_code = n == Seg::Cs as usize;
            let bits = if is_code { access::CODE_0 } else { access::DATA_0 } | 0xC001 | dpl;
            let access = SegAccess::from_bits_retain(bits);
            let selector = if is_code { cs } else { ds };
            rig.cpu.seg[n] = Segment { base: 0, limit: u32::MAX, selector, access };
        }
        rig.cpu.eip = CODE;
        rig.cpu.gpr[4] = 0x6000;
        rig
    }

    /// Writes a code or data descriptor: 32-bit, limit in bytes below 1 MiB, in pages above.
    pub(super) fn segment(&self, selector: u16, base: u32, limit: u32, access: u16) {
        let (limit, flags) = if limit > 0xF_FFFF { (limit >> 12, 0xC) } else { (limit, 0x4) };
        let at = (GDT + u32::from(selector & !7)) as usize;
        self.ram.write_u32(at, limit & 0xFFFF | base << 16);
        let high =
            base & 0xFF00_0000 | flags << 20 | limit & 0xF_0000 | u32::from(access) << 8 | base >> 16 & 0xFF;
        self.ram.write_u32(at + 4, high);
    }

    /// Writes a gate at a linear address; `count` goes where a call gate has its parameters.
    pub(super) fn gate(&self, at: u32, target: u16, offset: u32, access: u16, count: u32) {
        self.ram.write_u32(at as usize, u32::from(target) << 16 | offset & 0xFFFF);
        self.ram.write_u32(at as usize + 4, offset & 0xFFFF_0000 | u32::from(access) << 8 | count);
    }

    pub(super) fn idt(&self, vector: u8, target: u16, offset: u32, access: u16) {
        self.gate(IDT + 8 * u32::from(vector), target, offset, access, 0);
    }

    /// Identity page tables for the first 4 MiB at 20000h (directory) and 21000h, user and writable.
    pub(super) fn page(&mut self) {
        self.ram.write_u32(0x2_0000, 0x2_1007);
        for n in 0..1024 {
            self.ram.write_u32(0x2_1000 + 4 * n, (n as u32) << 12 | 7);
        }
        self.cpu.cr3 = 0x2_0000;
        self.cpu.cr0 |= 1 << 31;
    }

    /// Place of the page-table entry of a linear address below 4 MiB.
    pub(super) fn pte(linear: u32) -> usize {
        0x2_1000 + (linear >> 12 << 2) as usize
    }

    pub(super) fn run(&mut self) -> Exit {
        self.engine.run(&mut self.cpu, &self.ram, &mut self.board)
    }

    /// Runs a number of instructions.
    pub(super) fn step(&mut self, count: u64) -> Exit {
        self.board.due = self.cpu.retired + count;
        self.run()
    }

    /// Runs until HLT and says which vector's handler executed it.
    #[track_caller]
    pub(super) fn vector(&mut self) -> u8 {
        assert_eq!(self.run(), Exit::Halted, "eip {:X}", self.cpu.eip);
        let at = self.cpu.seg[1].base + self.cpu.eip - 1;
        assert!((HANDLERS..HANDLERS + 0x1000).contains(&at), "halted at {at:X}, not in a handler");
        ((at - HANDLERS) / 16) as u8
    }

    /// The dword at ESP + 4 `n`, through SS.
    pub(super) fn stack(&self, n: u32) -> u32 {
        self.ram.read_u32((self.cpu.seg[2].base + self.cpu.gpr[4] + 4 * n) as usize)
    }
}
