//! Escapes on the software CPU and on the host's x87, from the same state image to the same state image.

use super::instructions::Instruction;
use backplane::{Ram, Width};
use engine::{Bus, CpuState, Engine, F80, Model, Page, Segment};
use softcpu::Interpreter;

/// A state image in FSAVE's 32-bit protected-mode layout.
pub(crate) type Image = [u8; 108];
/// The memory operand.
pub(crate) type Memory = [u8; 16];

/// Where the parts of an image are.
const STATUS: usize = 4;
const TAGS: usize = 8;
const REGISTERS: usize = 28;

/// What an instruction starts from or leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Situation {
    pub(crate) control: u16,
    pub(crate) status: u16,
    pub(crate) tags: u16,
    /// ST(0) to ST(7).
    pub(crate) st: [F80; 8],
    pub(crate) memory: Memory,
}

impl Situation {
    fn top(&self) -> usize {
        usize::from(self.status >> 11 & 7)
    }

    fn image(&self) -> Image {
        let mut image = [0; 108];
        image[..2].copy_from_slice(&self.control.to_le_bytes());
        image[STATUS..STATUS + 2].copy_from_slice(&self.status.to_le_bytes());
        image[TAGS..TAGS + 2].copy_from_slice(&self.tags.to_le_bytes());
        for (st, bytes) in self.st.iter().zip(image[REGISTERS..].chunks_exact_mut(10)) {
            bytes[..8].copy_from_slice(&st.mantissa.to_le_bytes());
            bytes[8..].copy_from_slice(&st.sign_exponent.to_le_bytes());
        }
        image
    }

    fn of(image: &Image, memory: Memory) -> Situation {
        let word = |at: usize| u16::from_le_bytes([image[at], image[at + 1]]);
        let mut st = [F80::default(); 8];
        for (st, bytes) in st.iter_mut().zip(image[REGISTERS..].chunks_exact(10)) {
            st.mantissa = u64::from_le_bytes(bytes[..8].try_into().unwrap());
            st.sign_exponent = u16::from_le_bytes(bytes[8..].try_into().unwrap());
        }
        Situation { control: word(0), status: word(STATUS), tags: word(TAGS), st, memory }
    }

    /// What the host makes of it.
    pub(crate) fn on_host(&self, instruction: &Instruction) -> Situation {
        let (mut image, mut memory) = (self.image(), self.memory);
        // SAFETY: the stub touches only its arguments and leaves the x87 unit initialised.
        unsafe { (instruction.host)(&mut image, &mut memory) };
        Situation::of(&image, memory)
    }
}

/// The software CPU with all instructions in memory.
pub(crate) struct SoftCpu {
    engine: Interpreter,
    ram: Ram,
    state: CpuState,
}

/// Paragraphs of the code and of the memory operand, and the operand's offset.
const CODE: u16 = 0x100;
const DATA: u16 = 0x200;
const OPERAND: u16 = 0x40;
/// Bytes from one instruction to the next.
const APART: usize = 16;

impl SoftCpu {
    pub(crate) fn new(instructions: &[Instruction]) -> SoftCpu {
        let ram = Ram::new(1 << 16).unwrap();
        for (n, instruction) in instructions.iter().enumerate() {
            let [major, mod_rm] = [0xD8 | (instruction.escape >> 8) as u8, instruction.escape as u8];
            // Memory forms address a 16-bit displacement.
            let mod_rm = if mod_rm < 0xC0 { mod_rm & 0x38 | 6 } else { mod_rm };
            let at = usize::from(CODE) * 16 + APART * n;
            ram.write(at, &[major, mod_rm, OPERAND as u8, (OPERAND >> 8) as u8]);
        }
        let mut state = CpuState::power_on(Model::Pentium2);
        for n in 0..6 {
            let selector = if n == 1 { CODE } else { DATA };
            state.seg[n] = Segment::real(selector, state.seg[n].access);
        }
        SoftCpu { engine: Interpreter::new(), ram, state }
    }

    /// What the software CPU makes of a situation with its `n`th instruction.
    pub(crate) fn run(&mut self, n: usize, situation: &Situation) -> Situation {
        let operand = usize::from(DATA) * 16 + usize::from(OPERAND);
        self.ram.write(operand, &situation.memory);
        self.state.eip = (APART * n) as u32;
        let fpu = &mut self.state.fpu;
        (fpu.control, fpu.status, fpu.tags) = (situation.control | 0x40, situation.status, situation.tags);
        for (i, st) in situation.st.iter().enumerate() {
            fpu.st[(situation.top() + i) & 7] = *st;
        }
        let mut bus = Instant { due: self.state.retired + 1 };
        self.engine.run(&mut self.state, &self.ram, &mut bus);
        self.situation(operand)
    }

    fn situation(&self, operand: usize) -> Situation {
        let fpu = &self.state.fpu;
        let mut memory = [0; 16];
        self.ram.read(operand, &mut memory);
        let top = usize::from(fpu.status >> 11 & 7);
        let st = std::array::from_fn(|i| fpu.st[(top + i) & 7]);
        Situation { control: fpu.control, status: fpu.status, tags: fpu.tags, st, memory }
    }
}

/// A board with nothing but memory, where time ends after an instruction.
struct Instant {
    due: u64,
}

impl Bus for Instant {
    fn read_port(&mut self, _: u16, _: Width, _: u64) -> u32 {
        u32::MAX
    }
    fn write_port(&mut self, _: u16, _: Width, _: u32, _: u64) {}
    fn read_mmio(&mut self, _: u32, _: Width, _: u64) -> u32 {
        u32::MAX
    }
    fn write_mmio(&mut self, _: u32, _: Width, _: u32, _: u64) {}
    fn page(&mut self, address: u32) -> Page {
        Page::Ram { offset: address & 0xF000, writable: true }
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
