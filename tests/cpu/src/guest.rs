//! The interpreter in the environment that the host's kernel gives to user code: privilege 3, the same segments, page
//! tables that map the same windows, and an exception handler of privilege 0 that stops the run.

use crate::layout::{self, EXIT, LOCALS, MEMORY, PAGE, READ_ONLY, SYSTEM, WINDOWS, selector};
use crate::state::{Case, End, Fx, Outcome, Registers};
use backplane::{Ram, Width};
use engine::{Bus, CpuState, CrZero, Engine, Exit, F80, Model, Page, Seg, SegAccess, Segment, Table};
use softcpu::Interpreter;

/// What LAR and LSL tell of each selector of the host's global descriptor table.
pub type GlobalTable = [Option<(u32, u32)>; 16];

/// The table as Linux fills it, for hosts that cannot tell.
pub const LINUX_TABLE: GlobalTable = {
    let mut table = [None; 16];
    table[(selector::CODE >> 3) as usize] = Some((0xC0_FB00, u32::MAX));
    table[(selector::DATA >> 3) as usize] = Some((0xC0_F300, u32::MAX));
    table[(selector::LONG >> 3) as usize] = Some((0xA0_FB00, u32::MAX));
    table
};

/// Physical addresses. The page directory is at 0, its tables follow.
const TABLES: u32 = 0x1000;
const SYSTEM_PAGE: u32 = 0x8000;
const READ_ONLY_PAGE: u32 = 0x9000;
const EXIT_PAGE: u32 = 0xA000;
const WINDOW_PAGES: u32 = 0x1_0000;
const RAM: usize = 0x2_0000;

/// Offsets in the page at [`SYSTEM`].
const GDT: u32 = 0;
const TSS: u32 = 0x100;
const LDT: u32 = 0x200;
/// The handler of vector N is the HLT at `HANDLERS` + N.
const HANDLERS: u32 = 0x400;
const STACK_TOP: u32 = 0x800;
const IDT: u32 = 0x800;

const CODE_0: u16 = 0x10;
const DATA_0: u16 = 0x18;
const TSS_0: u16 = 0x40;
const LDT_0: u16 = 0x50;

/// What the handlers consist of; at EXIT it is refused.
const HLT: u8 = 0xF4;
const PROTECTION: u8 = 13;

/// Instructions that a run may take, when the host needs no more than the watchdog allows.
const PATIENCE: u64 = 2_000;
/// Instructions that a run may take when the host came to an end.
const LONG_PATIENCE: u64 = 20_000_000;

struct Board {
    due: u64,
}

impl Bus for Board {
    fn read_port(&mut self, _: u16, _: Width, _: u64) -> u32 {
        u32::MAX
    }
    fn write_port(&mut self, _: u16, _: Width, _: u32, _: u64) {}
    fn read_mmio(&mut self, _: u32, _: Width, _: u64) -> u32 {
        u32::MAX
    }
    fn write_mmio(&mut self, _: u32, _: Width, _: u32, _: u64) {}
    fn page(&mut self, address: u32) -> Page {
        Page::Ram { offset: address & (RAM as u32 - 1) & !0xFFF, writable: true }
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
        false
    }
    fn acknowledge(&mut self, _: u64) -> u8 {
        0xFF
    }
    fn fpu_error(&mut self, _: u64) {}
    fn tsc(&self, retired: u64) -> u64 {
        retired
    }
}

/// The interpreter.
pub struct Guest {
    engine: Interpreter,
    ram: Ram,
    board: Board,
    fresh: CpuState,
    /// The state of the run in progress.
    pub cpu: CpuState,
    /// Instructions executed so far.
    pub executed: u64,
}

impl Guest {
    /// An interpreter with the host's global descriptor table.
    ///
    /// # Panics
    /// When the host has no memory left.
    pub fn new(table: &GlobalTable) -> Guest {
        let ram = Ram::new(RAM).expect("128 KiB of memory");
        map_pages(&ram);
        fill_system(&ram, table);
        ram.write(READ_ONLY_PAGE as usize, &layout::read_only_page());
        ram.write_u8(EXIT_PAGE as usize, HLT);
        let fresh = user_state();
        Guest {
            engine: Interpreter::new(),
            ram,
            board: Board { due: 0 },
            cpu: fresh.clone(),
            fresh,
            executed: 0,
        }
    }

    /// Gets ready to run a case.
    pub fn load(&mut self, case: &Case, memory: &[u8; MEMORY]) {
        self.ram.write(WINDOW_PAGES as usize, memory);
        let r = &case.registers;
        self.cpu.clone_from(&self.fresh);
        self.cpu.gpr = r.gpr;
        self.cpu.eip = r.eip;
        self.cpu.eflags = r.eflags;
        for (n, &selector) in r.seg.iter().enumerate() {
            self.cpu.seg[n] = segment(selector);
        }
        load_fx(&mut self.cpu, &r.fx);
        self.board.due = 0;
    }

    /// Executes one instruction, or one iteration of a repeated one. `Some` when the run has ended.
    pub fn step(&mut self) -> Option<End> {
        let end = self.go(1);
        // A fault counts as an instruction; the handler's HLT is another.
        if end.is_none() && self.cpu.cpl == 0 { self.go(1) } else { end }
    }

    /// Whether the run has come to the page at EXIT: its end, unless a trap is pending.
    pub fn at_exit(&self) -> bool {
        self.cpu.eip == EXIT && self.cpu.seg[Seg::Cs as usize].selector == selector::LONG
    }

    fn go(&mut self, instructions: u64) -> Option<End> {
        let before = self.cpu.retired;
        self.board.due = before + instructions;
        let exit = self.engine.run(&mut self.cpu, &self.ram, &mut self.board);
        self.executed += self.cpu.retired - before;
        match exit {
            Exit::Due if !self.cpu.halted => None,
            Exit::Due | Exit::Halted => Some(self.exception()),
            Exit::Shutdown | Exit::Stopped(_) => Some(End::Lost),
        }
    }

    /// Takes the frame off the handler's stack.
    fn exception(&mut self) -> End {
        let vector = self.cpu.eip.wrapping_sub(SYSTEM + HANDLERS + 1) as u8;
        let coded = matches!(vector, 8 | 10..=14 | 17);
        let top = self.cpu.gpr[4].wrapping_sub(SYSTEM);
        let word = |n: u32| self.ram.read_u32((SYSTEM_PAGE + top + 4 * n) as usize);
        let error = if coded { word(0) } else { 0 };
        let frame: [u32; 5] = std::array::from_fn(|n| word(n as u32 + u32::from(coded)));
        let cpu = &mut self.cpu;
        cpu.eip = frame[0];
        cpu.eflags = frame[2];
        cpu.gpr[4] = frame[3];
        cpu.seg[Seg::Cs as usize].selector = frame[1] as u16;
        cpu.seg[Seg::Ss as usize].selector = frame[4] as u16;
        if self.at_exit() && vector == PROTECTION {
            // The fault set RF.
            self.cpu.eflags &= !engine::EFlags::RF.bits();
            return End::Exit;
        }
        End::Exception { vector, error, cr2: if vector == 14 { self.cpu.cr2 } else { 0 } }
    }

    /// Runs a case; with `patient`, for as long as it takes.
    pub fn run(&mut self, case: &Case, memory: &[u8; MEMORY], patient: bool) -> Outcome {
        self.load(case, memory);
        let end = self.go(if patient { LONG_PATIENCE } else { PATIENCE });
        self.outcome(end.unwrap_or(End::Endless))
    }

    /// What the run that ended left behind.
    pub fn outcome(&self, end: End) -> Outcome {
        let mut memory = layout::blank();
        self.ram.read(WINDOW_PAGES as usize, &mut memory[..]);
        let registers = Registers {
            gpr: self.cpu.gpr,
            eip: self.cpu.eip,
            eflags: self.cpu.eflags,
            seg: self.cpu.seg.map(|s| s.selector),
            fx: save_fx(&self.cpu),
        };
        Outcome { end, registers, memory }
    }

    /// The byte at a linear address of the windows or of the page that may be read only.
    pub fn byte(&self, linear: u32) -> Option<u8> {
        let at = match linear.checked_sub(READ_ONLY) {
            Some(offset) if offset < PAGE => READ_ONLY_PAGE + offset,
            _ => WINDOW_PAGES + layout::place(linear)? as u32,
        };
        Some(self.ram.read_u8(at as usize))
    }
}

fn map_pages(ram: &Ram) {
    const USER: u32 = 5;
    const WRITE: u32 = 2;
    const ACCESSED_DIRTY: u32 = 0x60;
    let mut next_table = TABLES;
    let mut map = |linear: u32, physical: u32, rights: u32| {
        let directory = (linear >> 22 << 2) as usize;
        if ram.read_u32(directory) == 0 {
            ram.write_u32(directory, next_table | 0x27);
            next_table += PAGE;
        }
        let table = ram.read_u32(directory) & !0xFFF;
        let entry = table + (linear >> 12 & 0x3FF) * 4;
        ram.write_u32(entry as usize, physical | rights | ACCESSED_DIRTY);
    };
    for window in &WINDOWS {
        for at in (0..window.len as u32).step_by(PAGE as usize) {
            map(window.linear + at, WINDOW_PAGES + window.offset as u32 + at, USER | WRITE);
        }
    }
    map(READ_ONLY, READ_ONLY_PAGE, USER);
    map(EXIT, EXIT_PAGE, USER);
    map(SYSTEM, SYSTEM_PAGE, 1 | WRITE);
}

fn fill_system(ram: &Ram, table: &GlobalTable) {
    let at = |offset: u32| (SYSTEM_PAGE + offset) as usize;
    let describe = |n: u16, low: u32, high: u32| {
        ram.write_u32(at(GDT + u32::from(n)), low);
        ram.write_u32(at(GDT + u32::from(n) + 4), high);
    };
    for (n, entry) in table.iter().enumerate() {
        if let &Some((access, limit)) = entry {
            let limit = if access & 1 << 23 != 0 { limit >> 12 } else { limit };
            describe(n as u16 * 8, limit & 0xFFFF, access & 0xF0_FF00 | limit & 0xF_0000);
        }
    }
    describe(CODE_0, 0xFFFF, 0x00CF_9B00);
    describe(DATA_0, 0xFFFF, 0x00CF_9300);
    for (n, segment) in LOCALS.iter().enumerate() {
        ram.write(at(LDT) + 8 * n, &segment.bytes());
    }
    ram.write_u32(at(TSS) + 4, SYSTEM + STACK_TOP);
    ram.write_u32(at(TSS) + 8, u32::from(DATA_0));
    ram.write_u32(at(TSS) + 0x64, 0x68 << 16);
    for vector in 0..256 {
        ram.write_u8(at(HANDLERS + vector), HLT);
        let offset = SYSTEM + HANDLERS + vector;
        let rights = if matches!(vector, 3 | 4) { 0xEE00 } else { 0x8E00 };
        ram.write_u32(at(IDT + 8 * vector), u32::from(CODE_0) << 16 | offset & 0xFFFF);
        ram.write_u32(at(IDT + 8 * vector) + 4, offset & 0xFFFF_0000 | rights);
    }
}

/// Privilege 3 with paging, as Linux sets the control registers.
fn user_state() -> CpuState {
    let system = |offset, limit, selector, access| Segment {
        base: SYSTEM + offset,
        limit,
        selector,
        access: SegAccess::from_bits_retain(access),
    };
    let mut cpu = CpuState::power_on(Model::Pentium4);
    let cr0 = CrZero::PE | CrZero::MP | CrZero::ET | CrZero::NE | CrZero::WP | CrZero::AM | CrZero::PG;
    cpu.cr0 = cr0.bits();
    cpu.cr3 = 0;
    // OSFXSR, OSXMMEXCPT.
    cpu.cr4 = 0x600;
    // The opcode of the last x87 instruction is always kept, as by all but a Pentium 4.
    cpu.msr.misc_enable |= 1 << 2;
    cpu.cpl = 3;
    cpu.gdtr = Table { base: SYSTEM + GDT, limit: 0x7F };
    cpu.idtr = Table { base: SYSTEM + IDT, limit: 0x7FF };
    cpu.ldtr = system(LDT, LOCALS.len() as u32 * 8 - 1, LDT_0, 0x82);
    cpu.tr = system(TSS, 0x67, TSS_0, 0x8B);
    cpu
}

/// A segment register as loading a selector leaves it.
fn segment(selector: u16) -> Segment {
    let Some(local) = layout::descriptor(selector) else {
        return Segment { selector, access: SegAccess::UNUSABLE, ..Segment::default() };
    };
    let bytes = local.bytes();
    let access = u16::from(bytes[5]) | u16::from(bytes[6] & 0xF0) << 8;
    let access = SegAccess::from_bits_retain(access);
    Segment { base: local.base, limit: local.last(), selector, access }
}

fn load_fx(cpu: &mut CpuState, fx: &Fx) {
    cpu.fpu.control = fx.control();
    cpu.fpu.status = fx.status();
    cpu.fpu.opcode = fx.opcode();
    cpu.fpu.ip = fx.ip();
    cpu.fpu.dp = fx.dp();
    let top = usize::from(fx.status() >> 11 & 7);
    cpu.fpu.tags = 0;
    for n in 0..8 {
        let (mantissa, sign_exponent) = fx.st(n);
        let physical = (top + n) & 7;
        cpu.fpu.st[physical] = F80 { mantissa, sign_exponent };
        let tag = match (mantissa, sign_exponent & 0x7FFF) {
            _ if fx.tags() >> physical & 1 == 0 => 3,
            (0, 0) => 1,
            (_, 0 | 0x7FFF) => 2,
            (m, _) if m >> 63 == 0 => 2,
            _ => 0,
        };
        cpu.fpu.tags |= tag << (2 * physical);
    }
    for n in 0..8 {
        cpu.xmm[n] = [fx.xmm(n) as u64, (fx.xmm(n) >> 64) as u64];
    }
    cpu.mxcsr = fx.mxcsr();
}

fn save_fx(cpu: &CpuState) -> Fx {
    let mut fx = Fx([0; 512]);
    fx.set_control(cpu.fpu.control);
    fx.set_status(cpu.fpu.status);
    fx.set_pointers(cpu.fpu.opcode, cpu.fpu.ip, cpu.fpu.dp);
    fx.set_mxcsr(cpu.mxcsr);
    let top = usize::from(cpu.fpu.status >> 11 & 7);
    let mut tags = 0;
    for n in 0..8 {
        let physical = (top + n) & 7;
        let st = cpu.fpu.st[physical];
        fx.set_st(n, (st.mantissa, st.sign_exponent));
        tags |= u8::from(cpu.fpu.tags >> (2 * physical) & 3 != 3) << physical;
        fx.set_xmm(n, u128::from(cpu.xmm[n][1]) << 64 | u128::from(cpu.xmm[n][0]));
    }
    fx.set_tags(tags);
    fx
}
