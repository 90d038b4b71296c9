//! Calls a BIOS service directly: set registers, `int n`, look at the result.

use crate::media;
use engine::{EFlags, Reg, Seg, Segment};
use hypervisor::{Disk, Drive, Machine, MachineConfig, Media, Stop, Until};

/// Where the call instruction is put, in a page that neither BIOS nor boot sector uses.
const CALL: u32 = 0x2000;
/// Top of the caller's stack, and how much of it is painted.
const STACK: u32 = 0x4000;
const PAINTED: u32 = 0x800;
const PAINT: u8 = 0xA5;
/// A buffer for the services' data.
pub const BUFFER: u32 = 0x6000;
/// What the halves of registers hold that no 16-bit service may touch.
const HIGH: u32 = 0xC0DE_0000;
/// How often a call is looked at, and how long it may take.
const GLANCE: u64 = 20_000;
const LIMIT: u64 = 20_000_000_000;

/// A boot sector that does nothing, forever: STI, HLT, JMP.
const IDLE: [u8; 4] = [0xFB, 0xF4, 0xEB, 0xFC];

/// General registers, by the names of their 16-bit halves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Registers {
    pub ax: u16,
    pub bx: u16,
    pub cx: u16,
    pub dx: u16,
    pub si: u16,
    pub di: u16,
    pub es: u16,
    pub ds: u16,
}

/// What a service left behind.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The registers.
    pub registers: Registers,
    /// All of EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI.
    pub wide: [u32; 8],
    /// The flags.
    pub flags: u32,
}

impl Answer {
    /// The carry flag, by which most services tell that they failed.
    pub fn carry(&self) -> bool {
        self.flags & EFlags::CF.bits() != 0
    }

    /// The zero flag.
    pub fn zero(&self) -> bool {
        self.flags & EFlags::ZF.bits() != 0
    }

    /// Whether interrupts are on.
    pub fn interrupts(&self) -> bool {
        self.flags & EFlags::IF.bits() != 0
    }

    /// AH.
    pub fn ah(&self) -> u8 {
        (self.registers.ax >> 8) as u8
    }

    /// AL.
    pub fn al(&self) -> u8 {
        self.registers.ax as u8
    }
}

/// A machine whose firmware has booted an idle boot sector.
pub struct Bios {
    /// The machine.
    pub machine: Machine,
}

impl Bios {
    /// The standard machine with the idle floppy.
    pub fn boot() -> Bios {
        Bios::boot_on(MachineConfig::default(), Media::default())
    }

    /// The standard machine with a hard disk too; every sector of the disk begins with its number.
    pub fn boot_with_disk(sectors: u32) -> Bios {
        let disk = Disk::from_bytes(numbered(sectors));
        let drives = [Drive::Disk(disk), Drive::None, Drive::None, Drive::None];
        Bios::boot_on(MachineConfig::default(), Media { drives, ..Media::default() })
    }

    /// A machine; an idle floppy of the drive's size is put into A:.
    ///
    /// # Panics
    /// If the boot sector is not reached in 10 s of virtual time.
    pub fn boot_on(config: MachineConfig, media: Media) -> Bios {
        let mut floppy = numbered(2880);
        floppy[..IDLE.len()].copy_from_slice(&IDLE);
        floppy[510..512].copy_from_slice(&[0x55, 0xAA]);
        let config = MachineConfig { floppy: [media::drive_for(floppy.len()), config.floppy[1]], ..config };
        let media = Media { floppies: [Some(Disk::from_bytes(floppy)), None], ..media };
        let mut bios = Bios { machine: Machine::new(&config, media).expect("the machine can be built") };
        bios.run_to(is_idle, "the boot sector");
        bios
    }

    /// Runs until the machine is back in the idle boot sector: after a reset.
    pub fn wait_idle(&mut self) {
        self.run_to(is_idle, "the boot sector");
    }

    fn run_to(&mut self, there: impl Fn(&Machine) -> bool, what: &str) {
        let limit = self.machine.now() + LIMIT;
        while !there(&self.machine) {
            assert!(self.machine.now() < limit, "never reached {what}: {:X?}", self.machine.cpu());
            let stop = self.machine.run(Until::time(self.machine.now() + GLANCE));
            assert_eq!(stop, Stop::Deadline, "on the way to {what}");
        }
    }

    /// Runs for a span of virtual time.
    pub fn run(&mut self, ns: u64) -> Stop {
        self.machine.run(Until::time(self.machine.now() + ns))
    }

    /// Puts bytes into guest RAM.
    pub fn put(&mut self, at: u32, bytes: &[u8]) {
        self.machine.ram().write(at as usize, bytes);
    }

    /// Bytes of guest RAM.
    pub fn bytes(&self, at: u32, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.machine.ram().read(at as usize, &mut bytes);
        bytes
    }

    /// Bytes of video memory from `at` on; `size` bytes of it, all there are, end the store.
    pub fn video_memory(&self, size: usize, at: usize, len: usize) -> Vec<u8> {
        let ram = self.machine.ram();
        let mut bytes = vec![0; len];
        ram.read(ram.len() - size + at, &mut bytes);
        bytes
    }

    /// Writes what [`Bios::video_memory`] reads.
    pub fn set_video_memory(&self, size: usize, at: usize, bytes: &[u8]) {
        let ram = self.machine.ram();
        ram.write(ram.len() - size + at, bytes);
    }

    /// A byte of guest RAM.
    pub fn byte(&self, at: u32) -> u8 {
        self.machine.ram().read_u8(at as usize)
    }

    /// A word of guest RAM.
    pub fn word(&self, at: u32) -> u16 {
        self.machine.ram().read_u16(at as usize)
    }

    /// A double word of guest RAM.
    pub fn dword(&self, at: u32) -> u32 {
        self.machine.ram().read_u32(at as usize)
    }

    /// Where an interrupt vector points, as a physical address.
    pub fn vector(&self, number: u32) -> u32 {
        let pointer = self.dword(4 * number);
        (pointer >> 16 << 4) + (pointer & 0xFFFF)
    }

    /// Starts code at a physical address below 64 KiB in segment 0, interrupts on, stack painted.
    pub fn start(&mut self, at: u32, registers: Registers) {
        self.put(STACK - PAINTED, &[PAINT; PAINTED as usize]);
        let cpu = self.machine.cpu_mut();
        let real =
            |cpu: &engine::CpuState, seg: Seg, value| Segment::real(value, cpu.seg[seg as usize].access);
        for (seg, value) in [(Seg::Cs, 0), (Seg::Ss, 0), (Seg::Es, registers.es), (Seg::Ds, registers.ds)] {
            cpu.seg[seg as usize] = real(cpu, seg, value);
        }
        let Registers { ax, bx, cx, dx, si, di, .. } = registers;
        for (reg, value) in [
            (Reg::Eax, ax),
            (Reg::Ebx, bx),
            (Reg::Ecx, cx),
            (Reg::Edx, dx),
            (Reg::Esi, si),
            (Reg::Edi, di),
            (Reg::Ebp, 0x5A5A),
        ] {
            cpu.gpr[reg as usize] = HIGH | u32::from(value);
        }
        cpu.gpr[Reg::Esp as usize] = STACK;
        cpu.eip = at;
        cpu.eflags = (EFlags::ONE | EFlags::IF).bits();
        cpu.halted = false;
    }

    /// Calls software interrupt `number`.
    ///
    /// # Panics
    /// If it does not return in 20 s of virtual time.
    pub fn call(&mut self, number: u8, registers: Registers) -> Answer {
        self.prepare(number, registers);
        self.finish_call()
    }

    /// Makes all ready for software interrupt `number`, which [`Bios::finish_call`] then calls.
    pub fn prepare(&mut self, number: u8, registers: Registers) {
        // INT n, then a jump to itself.
        self.put(CALL, &[0xCD, number, 0xEB, 0xFE]);
        self.start(CALL, registers);
    }

    /// Runs the call that was prepared.
    ///
    /// # Panics
    /// If it does not return in 20 s of virtual time.
    pub fn finish_call(&mut self) -> Answer {
        self.finish(CALL + 2)
    }

    /// Runs until execution stays at an address in segment 0.
    pub fn finish(&mut self, at: u32) -> Answer {
        let there =
            |machine: &Machine| machine.cpu().seg[Seg::Cs as usize].base == 0 && machine.cpu().eip == at;
        self.run_to(there, "the end of the call");
        let cpu = self.machine.cpu();
        let half = |reg: Reg| cpu.gpr[reg as usize] as u16;
        let registers = Registers {
            ax: half(Reg::Eax),
            bx: half(Reg::Ebx),
            cx: half(Reg::Ecx),
            dx: half(Reg::Edx),
            si: half(Reg::Esi),
            di: half(Reg::Edi),
            es: cpu.seg[Seg::Es as usize].selector,
            ds: cpu.seg[Seg::Ds as usize].selector,
        };
        Answer { registers, wide: cpu.gpr, flags: cpu.eflags }
    }

    /// Bytes of the caller's stack that were written since the call began.
    pub fn stack_used(&self) -> u32 {
        let stack = self.bytes(STACK - PAINTED, PAINTED as usize);
        let untouched = stack.iter().take_while(|byte| **byte == PAINT).count();
        PAINTED - untouched as u32
    }
}

impl Answer {
    /// Whether the high halves of all registers but `but` are what they were, and the stack is balanced.
    pub fn keeps_high_halves(&self, but: &[Reg]) -> bool {
        let registers = [Reg::Eax, Reg::Ebx, Reg::Ecx, Reg::Edx, Reg::Esi, Reg::Edi, Reg::Ebp];
        let kept = |reg: &Reg| but.contains(reg) || self.wide[*reg as usize] & 0xFFFF_0000 == HIGH;
        registers.iter().all(kept) && self.wide[Reg::Esp as usize] == STACK
    }
}

fn is_idle(machine: &Machine) -> bool {
    let cpu = machine.cpu();
    cpu.seg[Seg::Cs as usize].base + cpu.eip >= 0x7C00 && cpu.seg[Seg::Cs as usize].base + cpu.eip < 0x7C08
}

/// A medium whose sectors begin with their numbers.
fn numbered(sectors: u32) -> Vec<u8> {
    let sector = |number: u32| {
        let mut bytes = [0u8; 512];
        bytes.iter_mut().enumerate().for_each(|(n, byte)| *byte = (n as u32 * 7 + number * 13) as u8);
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        bytes
    };
    (0..sectors).flat_map(sector).collect()
}

/// The bytes of sector `number` of the media that [`Bios`] has.
pub fn sector(number: u32) -> Vec<u8> {
    numbered(number + 1)[number as usize * 512..].to_vec()
}
