//! The same instructions in the interpreter, in flat 32-bit code.

use super::State;
use backplane::{Ram, Width};
use engine::{Bus, CpuState, Engine, F80, Model, Page, Seg, SegAccess, Segment};
use softcpu::Interpreter;

const CODE: u32 = 0x1_0000;
const MEMORY: u32 = 0x8000;
const SLOT: u32 = 16;
const RAM: usize = 4 << 20;
const OSFXSR_OSXMMEXCPT: u32 = 0x600;

/// Plain memory, and one instruction until something is due.
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
        Page::Ram { offset: address, writable: true }
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
        0
    }
    fn fpu_error(&mut self, _: u64) {}
    fn tsc(&self, retired: u64) -> u64 {
        retired
    }
}

pub(super) struct Guest {
    engine: Interpreter,
    ram: Ram,
    board: Board,
    cpu: CpuState,
}

impl Guest {
    pub(super) fn new(instructions: &[&[u8]]) -> Guest {
        let ram = Ram::new(RAM).unwrap();
        for (n, bytes) in instructions.iter().enumerate() {
            // What follows must decode and never runs.
            ram.write(CODE as usize + n * SLOT as usize, &[0x90; SLOT as usize]);
            ram.write(CODE as usize + n * SLOT as usize, bytes);
        }
        let mut cpu = CpuState::power_on(Model::Pentium4);
        cpu.cr0 = 0x11;
        cpu.cr4 = OSFXSR_OSXMMEXCPT;
        for n in 0..6 {
            let kind = if n == Seg::Cs as usize { 0x9B } else { 0x93 };
            let access = SegAccess::from_bits_retain(0xC000 | kind);
            cpu.seg[n] = Segment { base: 0, limit: u32::MAX, selector: 8, access };
        }
        Guest { engine: Interpreter::new(), ram, board: Board { due: 0 }, cpu }
    }

    /// Runs instruction `n`.
    pub(super) fn run(&mut self, n: usize, state: State) -> State {
        let cpu = &mut self.cpu;
        cpu.eip = CODE + n as u32 * SLOT;
        cpu.gpr = [state.gpr[0] as u32, state.gpr[1] as u32, 0, 0, 0, 0, 0, MEMORY];
        cpu.eflags = state.eflags | 2;
        cpu.mxcsr = state.mxcsr;
        (cpu.xmm[0], cpu.xmm[1]) = (state.xmm[0], state.xmm[1]);
        cpu.fpu.status = 0;
        for n in 0..2 {
            cpu.fpu.st[n] = F80 { mantissa: state.mm[n], sign_exponent: 0xFFFF };
            let at = MEMORY as usize + 8 * n;
            self.ram.write(at, &state.memory[n].to_le_bytes());
        }
        self.board.due = cpu.retired + 1;
        self.engine.run(cpu, &self.ram, &mut self.board);
        let quad = |at: u32| {
            let mut bytes = [0; 8];
            self.ram.read(at as usize, &mut bytes);
            u64::from_le_bytes(bytes)
        };
        State {
            xmm: [cpu.xmm[0], cpu.xmm[1]],
            mm: [cpu.fpu.st[0].mantissa, cpu.fpu.st[1].mantissa],
            gpr: [cpu.gpr[0].into(), cpu.gpr[1].into()],
            mxcsr: cpu.mxcsr,
            eflags: cpu.eflags & super::ARITHMETIC,
            memory: [quad(MEMORY), quad(MEMORY + 8)],
            ..state
        }
    }
}
