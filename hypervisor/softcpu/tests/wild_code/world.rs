//! One wild machine: a mode of a model, tables around it that mostly make sense, and code.

use crate::board::{Board, RAM, Store};
use crate::chance::Chance;
use crate::code;
use engine::{CpuState, EFlags, F80, Features, Model, SegAccess, Segment, Table};

const IDT: u32 = 0x1000;
const GDT: u32 = 0x2000;
const LDT: u32 = 0x2800;
const TASKS: [u32; 2] = [0x3000, 0x3800];
const HANDLERS: u32 = 0x8000;
const CODE: u32 = 0x1_0000;
const CODE_BYTES: u32 = 0x2000;
const PAGE_TABLES: u32 = 0x2_0000;

const MODELS: [Model; 9] = [
    Model::I8086,
    Model::I80286,
    Model::I386,
    Model::I486,
    Model::Pentium,
    Model::PentiumMmx,
    Model::Pentium2,
    Model::Pentium3,
    Model::Pentium4,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Real,
    /// Real mode with 4 GiB segments.
    Unreal,
    /// Protected mode of a privilege level; 32-bit code or not.
    Protected {
        cpl: u8,
        wide: bool,
    },
    V86,
}

/// The GDT's code segment of a ring: descriptors 1, 2, 3, and 4 for ring 0.
fn code_selector(ring: u32) -> u32 {
    (if ring == 0 { 4 } else { ring }) << 3 | ring
}

/// The GDT's data segment of a ring: four descriptors further.
fn data_selector(ring: u32) -> u32 {
    code_selector(ring) + 8 * 4
}

impl Mode {
    fn of(chance: &mut Chance, model: Model) -> Mode {
        let cpl = chance.byte() & 3;
        match (model, chance.below(8)) {
            (Model::I8086, _) | (_, 0) => Mode::Real,
            (Model::I80286, _) => Mode::Protected { cpl, wide: false },
            (_, 1) => Mode::Unreal,
            (_, 2 | 3) => Mode::V86,
            (_, 4) => Mode::Protected { cpl, wide: false },
            _ => Mode::Protected { cpl, wide: true },
        }
    }

    fn wide(self) -> bool {
        matches!(self, Mode::Protected { wide: true, .. })
    }

    /// Segments' bases are their selectors.
    fn paragraphs(self) -> bool {
        !matches!(self, Mode::Protected { .. })
    }
}

pub(crate) struct World {
    pub(crate) cpu: CpuState,
    pub(crate) store: Store,
    pub(crate) board: Board,
    pub(crate) chance: Chance,
    mode: Mode,
    template: CpuState,
}

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let mut chance = Chance::seeded(seed);
        let model = chance.of(&MODELS);
        let mode = Mode::of(&mut chance, model);
        let cpu = CpuState::power_on(model);
        let (store, board) = (Store::new(), Board::new(seed));
        let mut world = World { template: cpu.clone(), cpu, store, board, chance, mode };
        world.fill_memory();
        world.fill_tables();
        world.set_registers();
        world.set_segments();
        world.set_paging();
        world.template = world.cpu.clone();
        world
    }

    /// What a failure message says.
    pub(crate) fn title(&self) -> String {
        format!(
            "{:?} {:?} cr0 {:X} cr4 {:X}",
            self.template.model, self.mode, self.template.cr0, self.template.cr4
        )
    }

    /// Something from outside, between two runs.
    pub(crate) fn disturb(&mut self) {
        self.cpu.halted = false;
        match self.chance.below(64) {
            0..=5 => self.jump(),
            6..=8 => self.restart(),
            9 => self.board.change_map(),
            10 => self.cpu.interruptibility.nmi_pending = true,
            11 | 12 => {
                let bits = if self.mode.wide() { 32 } else { 16 };
                let bytes = code::stream(&mut self.chance, bits, 32);
                let at = CODE + self.chance.below(CODE_BYTES);
                self.store.put(at, &bytes);
            }
            13 => {
                let (at, value) = (self.chance.below(RAM / 4) * 4, self.chance.dword());
                self.store.put_dword(at % 0x3_0000, value);
            }
            14 => self.cpu.gpr[self.chance.below(8) as usize] = self.chance.magnitude(),
            _ => {}
        }
    }

    /// Back to the first state, somewhere in the code.
    pub(crate) fn restart(&mut self) {
        let (retired, fpu) = (self.cpu.retired, self.cpu.fpu.clone());
        self.cpu = CpuState { retired, fpu, ..self.template.clone() };
        self.jump();
    }

    fn jump(&mut self) {
        let linear = CODE + self.chance.below(CODE_BYTES);
        self.cpu.eip = linear.wrapping_sub(self.cpu.seg[1].base);
    }

    fn fill_memory(&mut self) {
        let bits = if self.mode.wide() { 32 } else { 16 };
        let code = code::stream(&mut self.chance, bits, CODE_BYTES as usize);
        self.store.put(CODE, &code);
        for _ in 0..256 {
            let at = self.chance.below(RAM / 4) * 4;
            self.store.put_dword(at, self.chance.dword());
        }
        for n in 0..256 {
            self.store.put_dword(n * 4, HANDLERS + 16 * n);
            self.store.put(HANDLERS + 16 * n, &self.handler(n as u8));
        }
    }

    /// A handler that goes on one byte behind the interrupted place.
    fn handler(&self, number: u8) -> Vec<u8> {
        let coded = !self.mode.paragraphs() || self.mode == Mode::V86;
        let drop_code = coded && matches!(number, 8 | 10..=14 | 17);
        let wide = self.mode.wide() || self.mode == Mode::V86;
        let mut code = Vec::new();
        if drop_code {
            code.extend([0x83, 0xC4, if wide { 4 } else { 2 }]);
        }
        // inc dword [esp]; iretd - or, with 16 bits: push bp; mov bp, sp; inc word [bp + 2]; pop bp; iret.
        code.extend(if wide {
            &[0xFF, 0x04, 0x24, 0xCF][..]
        } else {
            &[0x55, 0x89, 0xE5, 0xFF, 0x46, 2, 0x5D, 0xCF]
        });
        code
    }

    fn descriptor(&self, at: u32, base: u32, limit: u32, access: u8, wide: bool) {
        let pages = limit > 0xF_FFFF;
        let limit = if pages { limit >> 12 } else { limit };
        let flags = u32::from(pages) << 3 | u32::from(wide) << 2;
        self.store.put_dword(at, limit & 0xFFFF | base << 16);
        let high =
            base & 0xFF00_0000 | flags << 20 | limit & 0xF_0000 | u32::from(access) << 8 | base >> 16 & 0xFF;
        self.store.put_dword(at + 4, high);
    }

    fn gate(&self, at: u32, selector: u32, offset: u32, access: u8) {
        self.store.put_dword(at, selector << 16 | offset & 0xFFFF);
        self.store.put_dword(at + 4, offset & 0xFFFF_0000 | u32::from(access) << 8 | at >> 3 & 3);
    }

    /// GDT and LDT: code and data of rings 0 and `cpl`, tasks, gates, and random ones of every type.
    fn fill_tables(&mut self) {
        let is_286 = self.cpu.model == Model::I80286;
        let limit = if is_286 { 0xFFFF } else { u32::MAX };
        let wide = self.mode.wide() || self.mode == Mode::V86;
        let gate_size = if is_286 || !wide { 0 } else { 8 };
        for table in [GDT, LDT] {
            for n in 1..32 {
                let ring = (n & 3) as u8;
                let kind = self.chance.byte() & 0x1F;
                let [base, end] = [self.chance.magnitude() & 0x1F_FFFF, self.chance.magnitude()];
                match n {
                    1..=8 => {
                        let kind = if n <= 4 { 0x9B } else { 0x93 };
                        self.descriptor(table + 8 * n, 0, limit, kind | ring << 5, wide);
                    }
                    9 => self.descriptor(table + 8 * n, TASKS[0], 0x7FF, 0x83 | gate_size, false),
                    10 | 11 => {
                        self.descriptor(table + 8 * n, TASKS[1], 0x7FF, 0x81 | gate_size | ring << 5, false)
                    }
                    12 => self.descriptor(table + 8 * n, LDT, 0xFF, 0x82, false),
                    13..=16 => self.gate(table + 8 * n, 8 * (1 + n % 4), CODE, 0xE4 | gate_size),
                    17 => self.gate(table + 8 * n, 10 * 8, 0, 0xE5),
                    _ => self.descriptor(table + 8 * n, base, end, 0x80 | ring << 5 | kind, kind & 1 == 0),
                }
            }
        }
        for n in 0..256 {
            let access = match self.chance.below(32) {
                0 => 0x85,
                1 => self.chance.byte(),
                _ => 0x86 | gate_size | (n as u8 & 1) | (self.chance.byte() & 0x60),
            };
            self.gate(
                IDT + 8 * n,
                if access == 0x85 { 10 * 8 } else { code_selector(0) },
                HANDLERS + 16 * n,
                access,
            );
        }
        self.fill_tasks(gate_size != 0);
    }

    /// Both tasks: stacks for each ring, code to go on with, a permission map of noise.
    fn fill_tasks(&mut self, wide: bool) {
        for task in TASKS {
            for at in (0x68..0x300).step_by(4) {
                let noise = self.chance.dword() & self.chance.dword();
                self.store.put_dword(task + at, noise);
            }
            for ring in 0..3 {
                let (sp, ss) = (0x7000 - 0x800 * ring, data_selector(ring));
                if wide {
                    self.store.put_dword(task + 4 + 8 * ring, sp);
                    self.store.put_dword(task + 8 + 8 * ring, ss);
                } else {
                    self.store.put_dword(task + 2 + 4 * ring, sp | ss << 16);
                }
            }
            let ring = self.chance.below(4);
            let (code, data) = (code_selector(ring), data_selector(ring));
            if wide {
                self.store.put_dword(task + 0x1C, self.cpu.cr3);
                self.store.put_dword(task + 0x20, CODE + self.chance.below(CODE_BYTES));
                self.store.put_dword(task + 0x24, self.chance.dword() & 0x7_7FD5 | 2);
                self.store.put_dword(task + 0x38, 0x6800);
                for (n, selector) in [data, code, data, data, data, data, 8 * 12].into_iter().enumerate() {
                    self.store.put_dword(task + 0x48 + 4 * n as u32, selector);
                }
                self.store.put_dword(task + 0x64, 0x88 << 16 | u32::from(self.chance.once_in(8)));
            } else {
                let words = [
                    self.chance.below(CODE_BYTES),
                    self.chance.dword() & 0x7FD5 | 2,
                    0,
                    0,
                    0,
                    0,
                    0x6800,
                    0,
                    0,
                    0,
                    data,
                    code,
                    data,
                    data,
                    8 * 12,
                ];
                for (n, word) in words.into_iter().enumerate() {
                    self.store.put(task + 14 + 2 * n as u32, &(word as u16).to_le_bytes());
                }
            }
        }
    }

    fn set_registers(&mut self) {
        let chance = &mut self.chance;
        let cpu = &mut self.cpu;
        cpu.gpr = std::array::from_fn(|_| chance.magnitude());
        cpu.gpr[4] = 0x6000;
        let system = EFlags::TF | EFlags::IOPL | EFlags::NT | EFlags::RF | EFlags::AC | EFlags::VIF;
        let system = if chance.once_in(4) { chance.dword() & system.bits() } else { 0 };
        cpu.eflags = 2 | chance.dword() & 0xED5 | system | if chance.once_in(2) { 0x3000 } else { 0 };
        for st in &mut cpu.fpu.st {
            let any = chance.dword() as u16;
            *st = F80 { mantissa: chance.next(), sign_exponent: chance.of(&[0, 0x3FFF, 0x7FFF, any]) };
        }
        cpu.fpu.control = if chance.once_in(2) { 0x37F } else { chance.dword() as u16 };
        cpu.fpu.tags = chance.dword() as u16;
        cpu.xmm = std::array::from_fn(|_| [chance.next(), chance.next()]);
        cpu.mxcsr = if chance.once_in(2) { 0x1F80 } else { chance.dword() & 0xFFBF };
        cpu.msr.sysenter_cs = chance.of(&[0x20, 0x08, 0]);
        cpu.msr.sysenter_eip = CODE;
        cpu.msr.sysenter_esp = 0x6000;
        if chance.once_in(4) && !matches!(cpu.model, Model::I8086 | Model::I80286) {
            cpu.dr = std::array::from_fn(|n| {
                if n == 1 { chance.below(0x6000) } else { CODE + chance.below(CODE_BYTES) }
            });
            cpu.dr[6] = 0xFFFF_0FF0;
            cpu.dr[7] = chance.dword() & 0xFFFF_23FF | 0x400;
        }
    }

    fn set_segments(&mut self) {
        let (cpl, paragraphs) = match self.mode {
            Mode::Real | Mode::Unreal => (0, true),
            Mode::V86 => (3, true),
            Mode::Protected { cpl, .. } => (cpl, false),
        };
        self.cpu.cpl = cpl;
        for n in 0..6 {
            let is_code = n == 1;
            let rights = (if is_code && !paragraphs { 0x9B } else { 0x93 }) | u16::from(cpl) << 5;
            let mut access = SegAccess::from_bits_retain(rights);
            let any = self.chance.magnitude() as u16;
            self.cpu.seg[n] = if paragraphs {
                let selector = match n {
                    1 => (CODE >> 4) as u16,
                    2 => 0x50,
                    _ => self.chance.of(&[0x1000, 0x3000, 0xA000, 0xF000, 0xFFFF, any]),
                };
                Segment::real(selector, access)
            } else {
                if self.mode.wide() {
                    access |= SegAccess::BIG | SegAccess::GRANULAR;
                }
                let ring = u32::from(cpl);
                let selector = if is_code { code_selector(ring) } else { data_selector(ring) };
                let limit = if self.cpu.model == Model::I80286 { 0xFFFF } else { u32::MAX };
                // 16-bit code cannot be flat on a 286.
                let base = if is_code && limit == 0xFFFF { CODE } else { 0 };
                Segment { base, limit, selector: selector as u16, access }
            };
            if self.mode == Mode::Unreal && !is_code {
                self.cpu.seg[n].limit = u32::MAX;
            }
        }
        if self.mode == Mode::V86 {
            self.cpu.eflags |= EFlags::VM.bits();
        }
        if !matches!(self.mode, Mode::Real | Mode::Unreal) {
            self.cpu.cr0 |= 1;
            self.cpu.idtr = Table { base: IDT, limit: 0x7FF };
            let wide = self.mode.wide() || self.mode == Mode::V86;
            let access = SegAccess::from_bits_retain(if wide { 0x8B } else { 0x83 });
            self.cpu.tr = Segment { base: TASKS[0], limit: 0x7FF, selector: 9 * 8, access };
            let access = SegAccess::from_bits_retain(0x82);
            self.cpu.ldtr = Segment { base: LDT, limit: 0xFF, selector: 12 * 8, access };
        }
        self.cpu.gdtr = Table { base: GDT, limit: 0xFF };
        self.jump();
    }

    /// Control registers and page tables: the first 4 MiB again and again, with holes and surprises.
    fn set_paging(&mut self) {
        let features = self.cpu.model.features();
        let has = |feature| features.contains(feature);
        if matches!(self.cpu.model, Model::I8086 | Model::I80286) {
            return;
        }
        let mut cr4 = 0;
        for (feature, bits) in [
            (Features::VME, 0b11),
            (Features::TSC, 1 << 2),
            (Features::DE, 1 << 3),
            (Features::PSE, 1 << 4),
            (Features::PAE, 1 << 5),
            (Features::PGE, 1 << 7),
            (Features::PMC, 1 << 8),
            (Features::FXSR, 1 << 9),
            (Features::SSE, 1 << 10),
        ] {
            if has(feature) {
                cr4 |= self.chance.dword() & bits;
            }
        }
        self.cpu.cr4 = cr4;
        let extra = if has(Features::I486) { 0x0005_0020 } else { 0 };
        self.cpu.cr0 |= self.chance.dword() & extra;
        if self.chance.once_in(8) {
            self.cpu.cr0 |= self.chance.dword() & 0xE;
        }
        if self.cpu.cr0 & 1 == 0 || self.chance.once_in(3) {
            return;
        }
        self.cpu.cr0 |= 1 << 31;
        self.cpu.cr3 = PAGE_TABLES;
        if cr4 & 1 << 5 == 0 {
            self.legacy_tables(cr4 & 1 << 4 != 0)
        } else {
            self.wide_tables()
        }
        for task in TASKS {
            self.store.put_dword(task + 0x1C, PAGE_TABLES);
        }
    }

    /// Rights of an entry; mostly all.
    fn rights(&mut self) -> u32 {
        match self.chance.below(48) {
            0 => self.chance.dword(),
            1 => 0,
            2 => 1,
            3 => 3,
            4 => 5,
            5 => 0x107,
            _ => 7,
        }
    }

    fn legacy_tables(&mut self, large: bool) {
        for n in 0..1024 {
            let table = PAGE_TABLES + 0x1000;
            let is_large = large && self.chance.once_in(4);
            let entry = if is_large { 0x80 } else { table };
            let rights = if n == 0 { 7 } else { self.rights() };
            self.store.put_dword(PAGE_TABLES + 4 * n, entry | rights);
            let rights = if n < 0x20 { 7 } else { self.rights() };
            self.store.put_dword(table + 4 * n, n << 12 | rights);
        }
    }

    fn wide_tables(&mut self) {
        let (directory, table) = (PAGE_TABLES + 0x1000, PAGE_TABLES + 0x2000);
        for n in 0..4 {
            self.store.put_dword(PAGE_TABLES + 8 * n, directory | 1);
            self.store.put_dword(PAGE_TABLES + 8 * n + 4, 0);
        }
        for n in 0..512 {
            let is_large = self.chance.once_in(4);
            let entry = if is_large { 0x80 } else { table };
            let rights = if n == 0 { 7 } else { self.rights() };
            self.store.put_dword(directory + 8 * n, entry | rights);
            self.store.put_dword(directory + 8 * n + 4, u32::from(rights != 7 && self.chance.once_in(8)));
            let rights = if n < 0x20 { 7 } else { self.rights() };
            self.store.put_dword(table + 8 * n, n << 12 | rights);
            self.store.put_dword(table + 8 * n + 4, u32::from(rights != 7 && self.chance.once_in(8)));
        }
    }
}
