//! A board of 4 MiB of plain memory, and a CPU in the mode that a case starts in.
//!
//! | address | what |
//! |---|---|
//! | 0 | real-mode vectors: N to 0800:16 N |
//! | 1000h | IDT: vector N is a 32-bit interrupt gate of DPL 0 to 8000h + 16 N |
//! | 2000h | GDT, 32 entries: see [`sel`] |
//! | 2800h | LDT, 8 entries |
//! | 3000h | TSS: stacks 7000h, 7400h, 7800h of rings 0-2; redirection map at 68h, port map at 88h, both clear |
//! | 4000h, 5000h | further 32- and 16-bit TSS: see [`Rig::task_32`], [`Rig::task_16`] |
//! | 6000h | first stack, growing down |
//! | 8000h | handlers of 16 bytes, each a HLT |
//! | 10000h | the code; 18000h, HLT bytes for other code to land on |
//! | 30000h | data for the case |
//! | 40000h, 41000h | page directory and table of the first 4 MiB, identical, for everybody and everything |
//! | 44000h | the same as four PAE tables: pointers at 44000h, directory at 45000h, tables at 46000h and 47000h |

use backplane::{Ram, Width};
use engine::{Bus, CpuState, Engine, Exit, Model, Page, Seg, SegAccess, Segment, Table};
use softcpu::Interpreter;

pub(crate) const IDT: u32 = 0x1000;
pub(crate) const GDT: u32 = 0x2000;
pub(crate) const LDT: u32 = 0x2800;
pub(crate) const TSS: u32 = 0x3000;
pub(crate) const TSS_32: u32 = 0x4000;
pub(crate) const TSS_16: u32 = 0x5000;
pub(crate) const HANDLERS: u32 = 0x8000;
pub(crate) const CODE: u32 = 0x1_0000;
/// Where other code than the case's own begins.
pub(crate) const LANDING: u32 = 0x1_8000;
pub(crate) const DATA: u32 = 0x3_0000;
const DIRECTORY: u32 = 0x4_0000;
const POINTERS: u32 = 0x4_4000;
const RAM: u32 = 4 << 20;
/// Instructions that a case may take.
const PATIENCE: u64 = 1000;

/// Selectors.
pub(crate) mod sel {
    pub(crate) const CODE_0: u16 = 0x08;
    pub(crate) const DATA_0: u16 = 0x10;
    pub(crate) const CODE_3: u16 = 0x1B;
    pub(crate) const DATA_3: u16 = 0x23;
    pub(crate) const TSS: u16 = 0x28;
    /// Free for the case.
    pub(crate) const FREE: u16 = 0x30;
    pub(crate) const FREE_2: u16 = 0x38;
    pub(crate) const LDT: u16 = 0x40;
    pub(crate) const TSS_32: u16 = 0x48;
    pub(crate) const TSS_16: u16 = 0x50;
    pub(crate) const CODE_1: u16 = 0x59;
    pub(crate) const DATA_1: u16 = 0x61;
    /// Conforming code of DPL 0.
    pub(crate) const CONFORMING: u16 = 0x68;
    /// 16-bit code and data of DPL 0.
    pub(crate) const CODE_16: u16 = 0x70;
    pub(crate) const DATA_16: u16 = 0x78;
    /// Beyond the table.
    pub(crate) const BEYOND: u16 = 0x200;
}

/// Access bytes.
pub(crate) mod access {
    pub(crate) const PRESENT: u16 = 0x80;
    pub(crate) const CODE: u16 = 0x9A;
    pub(crate) const DATA: u16 = 0x92;
    pub(crate) const READ_ONLY: u16 = 0x90;
    pub(crate) const DOWN: u16 = 0x96;
    pub(crate) const EXECUTE_ONLY: u16 = 0x98;
    pub(crate) const CONFORMING: u16 = 0x9E;
    pub(crate) const DPL_3: u16 = 0x60;
    pub(crate) const LDT: u16 = 0x82;
    pub(crate) const TSS_16: u16 = 0x81;
    pub(crate) const TSS_32: u16 = 0x89;
    pub(crate) const BUSY: u16 = 2;
    pub(crate) const CALL_16: u16 = 0x84;
    pub(crate) const TASK_GATE: u16 = 0x85;
    pub(crate) const INTERRUPT_16: u16 = 0x86;
    pub(crate) const TRAP_16: u16 = 0x87;
    pub(crate) const CALL_32: u16 = 0x8C;
    pub(crate) const INTERRUPT_32: u16 = 0x8E;
    pub(crate) const TRAP_32: u16 = 0x8F;
}

/// What a case starts in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start {
    /// Real mode at 1000:0000, stack 0000:6000, data 3000h.
    Real,
    /// 32-bit flat segments at privilege 0, interrupts off.
    Ring0,
    /// 32-bit flat segments at privilege 3 and IOPL 0, interrupts on.
    Ring3,
    /// Virtual-8086 mode at 1000:0000, stack 2000:8000, data 3000h, interrupts on, with this IOPL.
    V86(u32),
}

/// The board: ports answer 5Ah, addresses past the memory all ones.
#[derive(Default)]
pub(crate) struct Board {
    due: u64,
    /// The vector that the interrupt controller holds up until it is acknowledged.
    pub(crate) irq: Option<u8>,
    /// Ports in the order of their accesses.
    pub(crate) ports: Vec<u16>,
}

impl Bus for Board {
    fn read_port(&mut self, port: u16, _: Width, _: u64) -> u32 {
        self.ports.push(port);
        0x5A5A_5A5A
    }
    fn write_port(&mut self, port: u16, _: Width, _: u32, _: u64) {
        self.ports.push(port);
    }
    fn read_mmio(&mut self, _: u32, _: Width, _: u64) -> u32 {
        u32::MAX
    }
    fn write_mmio(&mut self, _: u32, _: Width, _: u32, _: u64) {}
    fn page(&mut self, address: u32) -> Page {
        if address < RAM { Page::Ram { offset: address, writable: true } } else { Page::Device }
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
        self.irq.is_some()
    }
    fn acknowledge(&mut self, _: u64) -> u8 {
        self.irq.take().unwrap_or(0xFF)
    }
    fn fpu_error(&mut self, _: u64) {}
    fn tsc(&self, retired: u64) -> u64 {
        retired
    }
}

pub(crate) struct Rig {
    pub(crate) cpu: CpuState,
    pub(crate) ram: Ram,
    pub(crate) board: Board,
    /// Instructions to run; otherwise until the CPU stops.
    pub(crate) steps: Option<u64>,
}

impl Rig {
    pub(crate) fn new(model: Model, start: Start, code: &[u8]) -> Rig {
        let ram = Ram::new(RAM as usize).expect("4 MiB can be had");
        let mut rig = Rig { cpu: CpuState::power_on(model), ram, board: Board::default(), steps: None };
        for vector in 0..256 {
            rig.put(4 * vector, (HANDLERS << 12) | (16 * vector));
            rig.put8(HANDLERS + 16 * vector, 0xF4);
        }
        rig.ram.put_fill(LANDING as usize, &[0xF4], 0x100);
        rig.ram.write(CODE as usize, code);
        rig.cpu.gpr[4] = 0x6000;
        rig.tables();
        match start {
            Start::Real => rig.segments(0x1000, 0, 0x3000, None),
            Start::Ring0 => rig.protected(0),
            Start::Ring3 => rig.protected(3),
            Start::V86(iopl) => {
                rig.protected(3);
                rig.segments(0x1000, 0x2000, 0x3000, Some(0xF3));
                rig.cpu.gpr[4] = 0x8000;
                rig.cpu.eflags |= 1 << 17 | iopl << 12;
            }
        }
        rig
    }

    /// Descriptor tables, TSS and page tables in memory.
    fn tables(&mut self) {
        for vector in 0..=255 {
            self.vector(vector, sel::CODE_0, HANDLERS + 16 * u32::from(vector), access::INTERRUPT_32);
        }
        for (selector, rights) in [
            (sel::CODE_0, access::CODE),
            (sel::DATA_0, access::DATA),
            (sel::CODE_3, access::CODE | access::DPL_3),
            (sel::DATA_3, access::DATA | access::DPL_3),
            (sel::CODE_1, access::CODE | 0x20),
            (sel::DATA_1, access::DATA | 0x20),
            (sel::CONFORMING, access::CONFORMING),
        ] {
            self.segment(selector, 0, u32::MAX, rights);
        }
        self.segment_16(sel::CODE_16, 0, 0xFFFF, access::CODE);
        self.segment_16(sel::DATA_16, 0, 0xFFFF, access::DATA);
        self.segment(sel::LDT, LDT, 0x3F, access::LDT);
        self.segment(sel::TSS, TSS, 0x20FF, access::TSS_32 | access::BUSY);
        for (ring, stack) in [(0, sel::DATA_0), (1, sel::DATA_1)] {
            self.put(TSS + 4 + 8 * ring, 0x7000 + 0x400 * ring);
            self.put(TSS + 8 + 8 * ring, u32::from(stack));
        }
        self.put(TSS + 0x64, 0x88 << 16);
        self.put(DIRECTORY, (DIRECTORY + 0x1000) | 7);
        self.put(POINTERS, (POINTERS + 0x1000) | 1);
        for n in 0..2 {
            self.put(POINTERS + 0x1000 + 8 * n, (POINTERS + 0x2000 + 0x1000 * n) | 7);
        }
        for n in 0..1024 {
            self.put(DIRECTORY + 0x1000 + 4 * n, n << 12 | 7);
            self.put(POINTERS + 0x2000 + 8 * n, n << 12 | 7);
        }
    }

    /// Real-mode or virtual-8086 segments.
    fn segments(&mut self, cs: u16, ss: u16, data: u16, access: Option<u16>) {
        for n in 0..6 {
            let selector = match n {
                1 => cs,
                2 => ss,
                _ => data,
            };
            let access = access.map_or(self.cpu.seg[n].access, SegAccess::from_bits_retain);
            self.cpu.seg[n] = Segment::real(selector, access);
        }
        self.cpu.eip = 0;
    }

    fn protected(&mut self, cpl: u8) {
        self.cpu.cr0 |= 1;
        self.cpu.cpl = cpl;
        self.cpu.gdtr = Table { base: GDT, limit: 0xFF };
        self.cpu.idtr = Table { base: IDT, limit: 0x7FF };
        let hidden = |base, limit, selector, access| Segment {
            base,
            limit,
            selector,
            access: SegAccess::from_bits_retain(access),
        };
        self.cpu.ldtr = hidden(LDT, 0x3F, sel::LDT, access::LDT);
        self.cpu.tr = hidden(TSS, 0x20FF, sel::TSS, access::TSS_32 | access::BUSY);
        let (code, data) = if cpl == 0 { (sel::CODE_0, sel::DATA_0) } else { (sel::CODE_3, sel::DATA_3) };
        let rights = 0xC001 | u16::from(cpl) << 5;
        for n in 0..6 {
            self.cpu.seg[n] = if n == Seg::Cs as usize {
                hidden(0, u32::MAX, code, access::CODE | rights)
            } else {
                hidden(0, u32::MAX, data, access::DATA | rights)
            };
        }
        self.cpu.eip = CODE;
        if cpl == 3 {
            self.cpu.eflags |= 0x200;
        }
    }

    pub(crate) fn put(&self, at: u32, value: u32) {
        self.ram.write_u32(at as usize, value);
    }
    pub(crate) fn put16(&self, at: u32, value: u16) {
        self.ram.write(at as usize, &value.to_le_bytes());
    }
    pub(crate) fn put8(&self, at: u32, value: u8) {
        self.ram.write_u8(at as usize, value);
    }
    pub(crate) fn get(&self, at: u32) -> u32 {
        if at < RAM - 3 { self.ram.read_u32(at as usize) } else { u32::MAX }
    }

    fn entry(selector: u16) -> u32 {
        let table = if selector & 4 == 0 { GDT } else { LDT };
        table + u32::from(selector & !7)
    }

    fn describe(&self, selector: u16, base: u32, limit: u32, access: u16, flags: u32) {
        let at = Rig::entry(selector);
        self.put(at, limit & 0xFFFF | base << 16);
        let high = base & 0xFF00_0000 | flags << 20 | limit & 0xF_0000 | base >> 16 & 0xFF;
        self.put(at + 4, high | u32::from(access) << 8);
    }

    /// Writes a 32-bit segment: limit in bytes below 1 MiB, in pages above.
    pub(crate) fn segment(&self, selector: u16, base: u32, limit: u32, access: u16) {
        if limit > 0xF_FFFF {
            self.describe(selector, base, limit >> 12, access, 0xC);
        } else {
            self.describe(selector, base, limit, access, 0x4);
        }
    }

    /// Writes a 16-bit segment.
    pub(crate) fn segment_16(&self, selector: u16, base: u32, limit: u32, access: u16) {
        self.describe(selector, base, limit, access, 0);
    }

    fn gate_at(&self, at: u32, target: u16, offset: u32, access: u16, count: u32) {
        self.put(at, u32::from(target) << 16 | offset & 0xFFFF);
        self.put(at + 4, offset & 0xFFFF_0000 | u32::from(access) << 8 | count);
    }

    /// Writes a call or task gate.
    pub(crate) fn gate(&self, selector: u16, target: u16, offset: u32, access: u16, count: u32) {
        self.gate_at(Rig::entry(selector), target, offset, access, count);
    }

    /// Writes a gate of the IDT.
    pub(crate) fn vector(&self, vector: u8, target: u16, offset: u32, access: u16) {
        self.gate_at(IDT + 8 * u32::from(vector), target, offset, access, 0);
    }

    /// The type of a system descriptor.
    pub(crate) fn kind(&self, selector: u16) -> u8 {
        (self.get(Rig::entry(selector) + 4) >> 8 & 0xF) as u8
    }

    /// A task at [`TSS_32`] that begins at [`LANDING`], ring 0, stack 5800h, EAX 11111111h.
    pub(crate) fn task_32(&self) {
        self.segment(sel::TSS_32, TSS_32, 0x67, access::TSS_32);
        for (at, value) in [(0x20, LANDING), (0x24, 2), (0x28, 0x1111_1111), (0x38, 0x5800)] {
            self.put(TSS_32 + at, value);
        }
        for at in [0x48, 0x50, 0x54, 0x58, 0x5C] {
            self.put(TSS_32 + at, u32::from(sel::DATA_0));
        }
        self.put(TSS_32 + 0x4C, u32::from(sel::CODE_0));
        self.put(TSS_32 + 4, 0x7000);
        self.put(TSS_32 + 8, u32::from(sel::DATA_0));
        self.put(TSS_32 + 0x64, 0x68 << 16);
    }

    /// A 286 task at [`TSS_16`] that begins at 8000h in 16-bit code of base 10000h, stack 5800h, AX 2222h.
    pub(crate) fn task_16(&self) {
        self.segment_16(sel::TSS_16, TSS_16, 0x2B, access::TSS_16);
        self.segment_16(sel::CODE_16, CODE, 0xFFFF, access::CODE);
        let word = |at: u32, value: u16| self.put16(TSS_16 + at, value);
        for (at, value) in [(0x0E, 0x8000), (0x10, 2), (0x12, 0x2222), (0x1A, 0x5800)] {
            word(at, value);
        }
        for at in [0x22, 0x26, 0x28] {
            word(at, sel::DATA_16);
        }
        word(0x24, sel::CODE_16);
    }

    /// Turns paging on; the entry of `linear` becomes `entry`.
    pub(crate) fn page(&mut self, linear: u32, entry: u32) {
        self.put(DIRECTORY + 0x1000 + (linear >> 12 << 2), entry);
        self.cpu.cr3 = DIRECTORY;
        self.cpu.cr0 |= 1 << 31;
    }

    /// Turns PAE paging on; the entry of `linear` becomes `entry`.
    pub(crate) fn page_pae(&mut self, linear: u32, entry: u64) {
        let at = POINTERS + 0x2000 + (linear >> 12 << 3);
        self.put(at, entry as u32);
        self.put(at + 4, (entry >> 32) as u32);
        self.cpu.cr3 = POINTERS;
        self.cpu.pdpte = [u64::from(POINTERS + 0x1001), 0, 0, 0];
        self.cpu.cr4 |= 1 << 5;
        self.cpu.cr0 |= 1 << 31;
    }

    /// The low half of the page-table entry of a linear address.
    pub(crate) fn entry_of(&self, linear: u32) -> u32 {
        self.get(DIRECTORY + 0x1000 + (linear >> 12 << 2))
    }

    pub(crate) fn run(&mut self) -> Exit {
        self.board.due = self.steps.unwrap_or(PATIENCE);
        Interpreter::new().run(&mut self.cpu, &self.ram, &mut self.board)
    }

    /// Linear address of the top of the stack.
    pub(crate) fn stack(&self) -> u32 {
        let ss = &self.cpu.seg[Seg::Ss as usize];
        let mask = if ss.access.contains(SegAccess::BIG) { u32::MAX } else { 0xFFFF };
        ss.base.wrapping_add(self.cpu.gpr[4] & mask)
    }
}
