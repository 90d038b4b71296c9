//! What a host's KVM runs: each mode is entered with a few instructions, through the engine itself.
#![forbid(unsafe_code)]

use crate::outcome::LEAVING;
use crate::{Ability, Answer, Kvm, Modes, Outcome, Unavailable};
use backplane::{PAGE, PageFlags, Ram, Width};
use engine::{Bus, CpuState, CrZero, EFlags, Exit, Model, Page, Reg, Seg, SegAccess, Segment};
use std::path::Path;
use std::time::{Duration, Instant};

/// Where the programs say that they came through.
const PORT: u16 = 0xE9;
/// What they say then.
const DONE: u32 = 0x5A;
/// Bytes of memory; the last page is read-only.
const MEMORY: u32 = 0x20_0000;
const ROM: u32 = MEMORY - PAGE as u32;
/// Where programs and tables lie.
const CODE: u32 = 0x1000;
const GDT: u32 = 0x2000;
const TSS: u32 = 0x3000;
const DIRECTORY: u32 = 0x8000;
const TABLE: u32 = 0x9000;
/// Turns of the loop that is timed, of two instructions each.
const TURNS: u32 = 5_000;

/// Says DONE: mov al, 5Ah / out 0E9h, al / hlt.
const SAY: &[u8] = &[0xB0, 0x5A, 0xE6, 0xE9, 0xF4];

/// A board of memory, a port and an interrupt line.
struct Bench {
    said: Option<u32>,
    /// The instruction count at which the engine must return.
    due: u64,
    /// The vector that waits.
    interrupt: Option<u8>,
}

impl Bus for Bench {
    fn read_port(&mut self, _: u16, width: Width, _: u64) -> u32 {
        width.mask()
    }
    fn write_port(&mut self, port: u16, _: Width, value: u32, _: u64) {
        if port == PORT {
            self.said = Some(value);
            self.due = 0;
        }
    }
    fn read_mmio(&mut self, _: u32, width: Width, _: u64) -> u32 {
        width.mask()
    }
    fn write_mmio(&mut self, _: u32, _: Width, _: u32, _: u64) {}
    fn page(&mut self, address: u32) -> Page {
        match address {
            ROM..MEMORY => Page::Ram { offset: ROM, writable: false },
            _ if address < ROM => Page::Ram { offset: address & !0xFFF, writable: true },
            _ => Page::Device,
        }
    }
    fn span(&mut self, address: u32) -> (Page, u32) {
        let last = match address {
            ROM..MEMORY => MEMORY - 1,
            _ if address < ROM => ROM - 1,
            _ => u32::MAX,
        };
        (self.page(address), last)
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
        self.interrupt.is_some()
    }
    fn acknowledge(&mut self, _: u64) -> u8 {
        self.interrupt.take().unwrap_or_default()
    }
    fn fpu_error(&mut self, _: u64) {}
    fn tsc(&self, retired: u64) -> u64 {
        retired
    }
}

/// A place to try things in.
struct Trial<'a> {
    kvm: &'a mut Kvm,
    ram: Ram,
    cpu: CpuState,
    bench: Bench,
}

impl Trial<'_> {
    fn new<'a>(kvm: &'a mut Kvm, mode: Modes, code: &[u8]) -> Result<Trial<'a>, Answer> {
        let ram = Ram::new(MEMORY as usize).map_err(|error| Answer::GivenBack(error.to_string()))?;
        ram.write(CODE as usize, code);
        ram.write((CODE as usize) + code.len(), SAY);
        // Two flat segments and the task's.
        for (n, descriptor) in [0, 0x00CF_9B00_0000_FFFF_u64, 0x00CF_9300_0000_FFFF, 0x0000_8B00_3000_2067]
            .into_iter()
            .enumerate()
        {
            ram.write(GDT as usize + 8 * n, &descriptor.to_le_bytes());
        }
        // The task's I/O permissions lie behind it, and allow every port.
        ram.write(TSS as usize + 0x66, &0x68_u16.to_le_bytes());
        let mut cpu = CpuState::power_on(Model::Pentium3);
        set_mode(&mut cpu, mode);
        cpu.eip = CODE;
        cpu.gpr[Reg::Esp as usize] = 0x7000;
        cpu.gpr[Reg::Ecx as usize] = TURNS;
        cpu.gdtr = engine::Table { base: GDT, limit: 0x1F };
        cpu.cr3 = DIRECTORY;
        let pae = mode.contains(Modes::PAE);
        write_tables(&ram, pae);
        if mode.intersects(Modes::PAGING | Modes::PAE) {
            cpu.cr0 |= CrZero::PG.bits();
            cpu.cr4 |= if pae { 1 << 5 } else { 0 };
        }
        let bench = Bench { said: None, due: u64::MAX, interrupt: None };
        Ok(Trial { kvm, ram, cpu, bench })
    }

    /// Runs for a second at most, in one mode.
    fn run(&mut self) -> Result<(), Answer> {
        let mode = Modes::of(&self.cpu);
        self.run_into(mode)
    }

    /// Runs for a second at most; whether the program said that it came through, and did so in a mode.
    fn run_into(&mut self, mode: Modes) -> Result<(), Answer> {
        self.bench.due = 1_000_000_000_000 / self.cpu.model.picoseconds_per_instruction();
        let wrong = |what: &str| Err(Answer::Wrong(what.into()));
        match self.kvm.run(&mut self.cpu, &self.ram, &mut self.bench) {
            Outcome::Exit(Exit::Due) if Modes::of(&self.cpu) != mode => wrong("another mode came of it"),
            Outcome::Exit(Exit::Due) if self.bench.said == Some(DONE) => Ok(()),
            Outcome::Exit(Exit::Due) if self.bench.said.is_some() => wrong("a wrong result"),
            Outcome::Exit(Exit::Due) => wrong("it did not come to an end"),
            Outcome::Exit(exit) => Err(Answer::Wrong(format!("it ended with {exit:?}"))),
            Outcome::Refused(refusal) => Err(Answer::GivenBack(refusal.reason().to_owned())),
        }
    }
}

/// Identity for all memory, but linear 100000h-100FFFh is the page at 5000h.
fn write_tables(ram: &Ram, pae: bool) {
    let page = |n: u32| if n == 0x100 { 0x5000 } else { n * PAGE as u32 };
    if pae {
        ram.write_u32(DIRECTORY as usize, TABLE | 1);
        ram.write_u32(TABLE as usize, (TABLE + 0x1000) | 3);
        (0..512).for_each(|n| ram.write_u32((TABLE + 0x1000 + 8 * n) as usize, page(n) | 3));
    } else {
        ram.write_u32(DIRECTORY as usize, TABLE | 3);
        (0..512).for_each(|n| ram.write_u32((TABLE + 4 * n) as usize, page(n) | 3));
    }
}

fn set_mode(cpu: &mut CpuState, mode: Modes) {
    let data = SegAccess::PRESENT | SegAccess::CODE_DATA | SegAccess::READ_WRITE | SegAccess::ACCESSED;
    cpu.cr0 &= !(CrZero::CD | CrZero::NW).bits();
    cpu.seg[Seg::Cs as usize] = Segment::real(0, data);
    if mode == Modes::BIG_REAL {
        cpu.seg[Seg::Ds as usize].limit = u32::MAX;
        cpu.seg[Seg::Ds as usize].access |= SegAccess::GRANULAR;
    }
    if !mode.contains(Modes::PROTECTED) {
        return;
    }
    cpu.cr0 |= CrZero::PE.bits();
    let tss = SegAccess::PRESENT | SegAccess::from_bits_retain(0xB);
    cpu.tr = Segment { base: TSS, limit: 0x2067, selector: 0x18, access: tss };
    if mode.contains(Modes::V86) {
        cpu.eflags |= EFlags::VM.bits() | EFlags::IOPL.bits();
        cpu.cpl = 3;
        cpu.seg = [Segment::real(0, data | SegAccess::DPL); 6];
        return;
    }
    let flat = data | SegAccess::BIG | SegAccess::GRANULAR;
    cpu.seg = [Segment { base: 0, limit: u32::MAX, selector: 0x10, access: flat }; 6];
    cpu.seg[Seg::Cs as usize].selector = 8;
    cpu.seg[Seg::Cs as usize].access |= SegAccess::CODE;
}

/// dec cx (ecx in a 32-bit segment) / jnz
const LOOP: &[u8] = &[0x49, 0x75, 0xFD];

/// The modes and what enters them; in each the loop is timed.
const MODES: [(&str, Modes, &[u8]); 6] = [
    ("real mode", Modes::REAL, &[]),
    // mov ebx, 100000h / mov eax, [ebx] (address size 32)
    ("big real mode", Modes::BIG_REAL, &[0x66, 0xBB, 0, 0, 0x10, 0, 0x67, 0x66, 0x8B, 0x03]),
    // mov eax, 10h / mov ds, ax
    ("protected mode", Modes::PROTECTED, &[0xB8, 0x10, 0, 0, 0, 0x8E, 0xD8]),
    // mov eax, [100000h] / cmp eax, [5000h] / je +2 / ud2
    ("paging", Modes::PROTECTED.union(Modes::PAGING), ALIAS),
    ("PAE", Modes::PROTECTED.union(Modes::PAE), ALIAS),
    ("virtual-8086 mode", Modes::PROTECTED.union(Modes::V86), &[]),
];

const ALIAS: &[u8] = &[0xA1, 0, 0, 0x10, 0, 0x3B, 0x05, 0, 0x50, 0, 0, 0x74, 0x02, 0x0F, 0x0B];

/// Each of the abilities below: whether it ran, and how fast.
type Tried = Result<Option<f64>, Answer>;

fn mode(kvm: &mut Kvm, mode: Modes, entry: &[u8], timed: bool) -> Tried {
    let try_it = |kvm: &mut Kvm, code: &[u8]| {
        let mut trial = Trial::new(kvm, mode, code)?;
        trial.ram.write_u32(0x5000, 0x1234_5678);
        let before = Instant::now();
        trial.run().map(|()| before.elapsed())
    };
    // The first try also makes the vCPU.
    try_it(kvm, entry)?;
    if !timed {
        return Ok(None);
    }
    let once = try_it(kvm, entry)?;
    let all = try_it(kvm, &[entry, LOOP].concat())?;
    Ok(Some(all.saturating_sub(once).as_nanos() as f64 / f64::from(2 * TURNS)))
}

/// mov ecx, DIRECTORY / mov cr3, ecx / mov eax, cr0 / or eax, 80000000h / mov cr0, eax, of 17 bytes
const PAGING_ON: &[u8] =
    &[0xB9, 0, 0x80, 0, 0, 0x0F, 0x22, 0xD9, 0x0F, 0x20, 0xC0, 0x0D, 0, 0, 0, 0x80, 0x0F, 0x22, 0xC0];

/// A guest that comes back from the way to paging must be before the change, or have it.
fn paging_turned_on(kvm: &mut Kvm) -> Tried {
    let mut trial = Trial::new(kvm, Modes::PROTECTED, PAGING_ON)?;
    let ran = trial.run_into(Modes::PROTECTED | Modes::PAGING);
    let kept = trial.cpu.cr0 & CrZero::PG.bits() != 0 || trial.cpu.eip <= CODE + PAGING_ON.len() as u32 - 3;
    match ran {
        Err(Answer::GivenBack(_)) if !kept => Err(Answer::Wrong("the change is lost".into())),
        ran => ran.map(|()| None),
    }
}

/// IRETD to 0:1800h in virtual-8086 mode, with every port allowed.
fn iret_to_v86(kvm: &mut Kvm) -> Tried {
    let mut trial = Trial::new(kvm, Modes::PROTECTED, &[0xCF])?;
    let flags = (EFlags::VM | EFlags::IOPL).bits() | 2;
    let frame = [0x1800, 0, flags, 0x7000, 0, 0, 0, 0, 0];
    for (n, dword) in frame.into_iter().enumerate() {
        trial.ram.write_u32(0x7000 + 4 * n, dword);
    }
    trial.ram.write(0x1800, SAY);
    let ran = trial.run_into(Modes::PROTECTED | Modes::V86);
    let kept = trial.cpu.eip == CODE || trial.cpu.eflags & EFlags::VM.bits() != 0;
    match ran {
        Err(Answer::GivenBack(_)) if !kept => Err(Answer::Wrong("the change is lost".into())),
        ran => ran.map(|()| None),
    }
}

/// fninit / fld1 / fadd st0, st0 / fistp word [6000h] / mov al, [6000h] / cmp al, 2 / je +2 / ud2
const X87: &[u8] =
    &[0xDB, 0xE3, 0xD9, 0xE8, 0xD8, 0xC0, 0xDF, 0x1E, 0, 0x60, 0xA0, 0, 0x60, 0x3C, 2, 0x74, 2, 0x0F, 0x0B];
/// paddd mm0, mm0 / movq mm1, mm0
const MMX: &[u8] = &[0x0F, 0xFE, 0xC0, 0x0F, 0x6F, 0xC8];
/// addps xmm0, xmm1
const SSE: &[u8] = &[0x0F, 0x58, 0xC1];

fn program(kvm: &mut Kvm, code: &[u8]) -> Tried {
    let mut trial = Trial::new(kvm, Modes::REAL, code)?;
    trial.cpu.cr4 |= 1 << 9;
    trial.run().map(|()| None)
}

/// mov ebx, 1FF000h / mov byte [ebx], 1: into the read-only page.
fn read_only(kvm: &mut Kvm) -> Tried {
    let code = &[0x66, 0xBB, 0, 0xF0, 0x1F, 0, 0x67, 0xC6, 0x03, 1];
    let mut trial = Trial::new(kvm, Modes::BIG_REAL, code)?;
    trial.run()?;
    if trial.ram.read_u8(ROM as usize) != 0 {
        Err(Answer::Wrong("a write went through".into()))
    } else {
        Ok(None)
    }
}

/// mov byte [6000h], 1
fn dirty_log(kvm: &mut Kvm) -> Tried {
    let mut trial = Trial::new(kvm, Modes::REAL, &[0xC6, 0x06, 0, 0x60, 1])?;
    trial.ram.clear_flags(0, MEMORY as usize, PageFlags::DIRTY);
    trial.run()?;
    let marked = trial.ram.flags(0x6000).contains(PageFlags::DIRTY);
    let others = trial.ram.flags(0xA000).contains(PageFlags::DIRTY);
    if marked && !others {
        return Ok(None);
    }
    Err(Answer::Wrong("a written page is not told from others".into()))
}

/// sti / jmp $, with a handler that says DONE.
fn interrupt(kvm: &mut Kvm) -> Tried {
    let mut trial = Trial::new(kvm, Modes::REAL, &[0xFB, 0xEB, 0xFE])?;
    trial.ram.write(0x20 * 4, &[0x03, 0x10, 0, 0]);
    trial.bench.interrupt = Some(0x20);
    trial.run().map(|()| None)
}

/// EAX, EBX, ECX and EDX of a leaf as a guest on this CPU sees them under the host's KVM.
fn leaf(kvm: &mut Kvm, cpu: &CpuState, leaf: u32) -> Result<[u32; 4], Answer> {
    // mov eax, leaf / cpuid / mov [6000h], eax / ebx / ecx / edx
    let code = [0x66, 0xB8, 0, 0, 0, 0, 0x0F, 0xA2, 0x66, 0xA3, 0, 0x60, 0x66, 0x89, 0x1E, 4, 0x60];
    let rest = [0x66, 0x89, 0x0E, 8, 0x60, 0x66, 0x89, 0x16, 12, 0x60];
    let mut trial = Trial::new(kvm, Modes::REAL, &[&code[..], &rest[..]].concat())?;
    trial.ram.write_u32(CODE as usize + 2, leaf);
    (trial.cpu.model, trial.cpu.local_apic) = (cpu.model, cpu.local_apic);
    trial.cpu.msr.apic_base = cpu.msr.apic_base;
    trial.run()?;
    Ok([0, 4, 8, 12].map(|at| trial.ram.read_u32(0x6000 + at)))
}

/// Leaf 1 ECX: a hypervisor is there. Leaf 1 EBX: which processor this is, and of how many.
const HYPERVISOR: u32 = 1 << 31;
const PROCESSOR: u32 = 0xFFFF_0000;

fn cpuid(kvm: &mut Kvm, cpu: &CpuState) -> Result<Option<u32>, Answer> {
    let features = leaf(kvm, cpu, 1)?;
    let mut same = true;
    for n in [0, 1, 0x8000_0001] {
        let comparable = |[eax, ebx, ecx, edx]: [u32; 4]| [eax, ebx & !PROCESSOR, ecx & !HYPERVISOR, edx];
        same &= comparable(leaf(kvm, cpu, n)?) == comparable(cpu.cpuid(n));
    }
    Ok((!same).then_some(features[3]))
}

/// Whether CPUID tells a guest under the host's KVM something else than its preset: the features (leaf 1, EDX) that it then sees.
///
/// # Errors
/// The host's KVM does not run CPUID; why.
pub fn foreign_features(kvm: &mut Kvm, cpu: &CpuState) -> Result<Option<u32>, String> {
    cpuid(kvm, cpu).map_err(|answer| match answer {
        Answer::GivenBack(why) | Answer::Wrong(why) => why,
        Answer::Runs(_) => String::new(),
    })
}

/// The guest sees what its preset is.
fn masked_cpuid(kvm: &mut Kvm) -> Tried {
    match cpuid(kvm, &CpuState::power_on(Model::Pentium3))? {
        None => Ok(None),
        Some(seen) => Err(Answer::Wrong(format!("the guest sees the host's features, {seen:X}h"))),
    }
}

/// jmp $ is brought out in time.
fn kick(kvm: &mut Kvm) -> Tried {
    let mut trial = Trial::new(kvm, Modes::REAL, &[0xEB, 0xFE])?;
    trial.bench.due = 2_000_000_000 / trial.cpu.model.picoseconds_per_instruction();
    let before = Instant::now();
    let outcome = trial.kvm.run(&mut trial.cpu, &trial.ram, &mut trial.bench);
    match outcome {
        Outcome::Exit(Exit::Due) if before.elapsed() < Duration::from_millis(500) => Ok(None),
        _ => Err(Answer::Wrong(format!("{outcome:?} after {:?}", before.elapsed()))),
    }
}

/// Tries everything; with `timed` also how fast it runs. A guest that KVM does not bring out is given up after a second.
///
/// # Errors
/// [`Unavailable`]: there is no KVM to ask.
pub fn probe(device: &Path, timed: bool) -> Result<Vec<Ability>, Unavailable> {
    let mut kvm = Kvm::open(device)?;
    let kvm = &mut kvm;
    let said = |tried: Tried| tried.map_or_else(|answer| answer, Answer::Runs);
    let mut abilities: Vec<Ability> = MODES
        .into_iter()
        .map(|(name, modes, entry)| {
            let answer = said(mode(kvm, modes, entry, timed));
            // Paging is asked for in protected mode, and stands for itself.
            let own = if modes == Modes::PROTECTED { modes } else { modes - Modes::PROTECTED };
            Ability { name, mode: Some(own), answer }
        })
        .collect();
    let others = [
        (LEAVING[0], paging_turned_on(kvm)),
        (LEAVING[1], iret_to_v86(kvm)),
        ("x87", program(kvm, X87)),
        ("MMX", program(kvm, MMX)),
        ("SSE", program(kvm, SSE)),
        ("read-only memory", read_only(kvm)),
        ("dirty pages", dirty_log(kvm)),
        ("interrupts", interrupt(kvm)),
        ("immediate exit", kick(kvm)),
        ("CPUID", masked_cpuid(kvm)),
    ];
    abilities.extend(others.map(|(name, tried)| Ability { name, mode: None, answer: said(tried) }));
    Ok(abilities)
}
