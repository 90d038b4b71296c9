//! The written list: what is not compared, or never generated, with the reason and the document for each.
//!
//! * **NX**: the host reports instruction fetches in bit 4 of a page fault's error code, the presets have no NX
//!   (SDM vol. 3, section 4.7). Bit 4 is not compared.
//! * **FOP, FIP, FDP**: AMD saves and restores them only while an unmasked exception is pending (APM vol. 5, FXSAVE),
//!   so a task switch at any time loses them. Compared only then; where FSTENV and FSAVE store them, never.
//! * **FCS, FDS**: a 64-bit kernel saves the x87 pointers with 64-bit offsets and without selectors at every task switch
//!   (SDM vol. 1, section 13.4.1). Not compared.
//! * Everything in [`excluded`] and [`effect`].

use crate::layout::selector::LONG;
use crate::layout::{EXIT, SYSTEM};
use crate::state::{End, Fx, Outcome};
use engine::{CpuState, EFlags, Seg, SegAccess};
use iced_x86::{Code, CpuidFeature, Instruction, MemorySize, Mnemonic, OpKind, Register, RflagsBits};

/// Why an instruction is never generated; a run that reaches one by a wild jump is not compared.
pub fn excluded(ins: &Instruction) -> Option<&'static str> {
    use Mnemonic as M;
    if !ins.cpuid_features().iter().all(|&f| in_preset(f)) {
        return Some("newer than the preset, or older");
    }
    Some(match ins.mnemonic() {
        M::Cpuid | M::Rdtsc | M::Rdpmc => "tells the host's identity or time",
        M::Int if ins.immediate8() == 0x80 => "a system call of the host's kernel",
        M::Sgdt | M::Sidt | M::Sldt | M::Str | M::Smsw => {
            "the host has UMIP and its kernel emulates them (SDM vol. 3, section 2.5; Linux arch/x86/kernel/umip.c)"
        }
        M::Reservednop
            if matches!(ins.code(), Code::Reservednop_rm16_r16_0F0D | Code::Reservednop_rm32_r32_0F0D) =>
        {
            "PREFETCH of a register, #UD on AMD (APM vol. 3, PREFETCH)"
        }
        M::Loope | M::Loopne if repeated(ins) => {
            "reserved: AMD lets the prefix choose the condition (SDM vol. 2, section 2.1.1)"
        }
        M::Int1 => "a virtual machine monitor delivers its trap with the address of the instruction itself",
        M::Sysenter | M::Sysexit => "#UD in long mode on AMD (APM vol. 3, SYSENTER)",
        _ => return None,
    })
}

fn in_preset(feature: CpuidFeature) -> bool {
    use CpuidFeature as C;
    matches!(
        feature,
        C::INTEL8086
            | C::INTEL186
            | C::INTEL286
            | C::INTEL386
            | C::INTEL486
            | C::FPU
            | C::FPU287
            | C::FPU387
            | C::CX8
            | C::CMOV
            | C::MSR
            | C::MULTIBYTENOP
            | C::PAUSE
            | C::FXSR
            | C::MMX
            | C::SSE
            | C::SSE2
            | C::CLFSH
    )
}

/// What an executed instruction leaves undefined.
#[derive(Clone, Default)]
pub struct Effect {
    /// Flags that it defines.
    pub defined: u32,
    /// Flags that it leaves undefined.
    pub undefined: u32,
    /// Flags that it reads.
    pub read: u32,
    /// Bytes that it stores and that are not compared: linear address and count.
    pub memory: Option<(u32, u32)>,
    /// ST(0) and ST(1) are compared within one unit in the last place.
    pub approximate: bool,
    /// x87 condition codes that it leaves undefined.
    pub conditions: u16,
    /// The same, and flags, when it leaves an x87 exception pending.
    pub stopped: (u16, u32),
    /// It reads x87 condition codes.
    pub reads_conditions: bool,
    /// It sets all x87 condition codes.
    pub sets_conditions: bool,
    /// The run cannot be compared when the instruction faults.
    pub half_done: Option<&'static str>,
    /// The run cannot be compared any more.
    pub incomparable: Option<&'static str>,
}

const C0: u16 = 1 << 8;
const C1: u16 = 1 << 9;
const C2: u16 = 1 << 10;
const C3: u16 = 1 << 14;

/// The effect of `ins`, which is about to be executed in the state `cpu`.
pub fn effect(ins: &Instruction, cpu: &CpuState) -> Effect {
    use Mnemonic as M;
    let mut effect = Effect {
        defined: eflags(ins.rflags_modified() & !ins.rflags_undefined()),
        undefined: eflags(ins.rflags_undefined()),
        read: eflags(ins.rflags_read()),
        reads_conditions: matches!(ins.mnemonic(), M::Fnstsw | M::Fnstenv | M::Fnsave | M::Fxsave),
        sets_conditions: matches!(ins.mnemonic(), M::Fninit | M::Fldenv | M::Frstor | M::Fxrstor),
        ..Effect::default()
    };
    match ins.mnemonic() {
        // The last place differs between vendors (SDM vol. 1, section 8.3.10).
        M::F2xm1 | M::Fyl2x | M::Fyl2xp1 | M::Fpatan | M::Fptan | M::Fsin | M::Fcos | M::Fsincos => {
            effect.approximate = true;
        }
        // A comparison that an unmasked exception stops sets nothing (SDM vol. 2, FCOM), on AMD it may.
        M::Fcom
        | M::Fcomp
        | M::Fcompp
        | M::Ficom
        | M::Ficomp
        | M::Ftst
        | M::Fucom
        | M::Fucomp
        | M::Fucompp => {
            effect.stopped = (C0 | C2 | C3, 0);
        }
        // C1 is cleared (SDM vol. 2, FCOMI); AMD leaves it alone.
        M::Fcomi | M::Fcomip | M::Fucomi | M::Fucomip => {
            effect.conditions = C1;
            effect.stopped = (0, EFlags::ZF.bits() | EFlags::PF.bits() | EFlags::CF.bits());
        }
        // The stack overflows and underflows at once: C1 tells of either (SDM vol. 2, FLD).
        M::Fld
            if !has_memory(ins)
                && is_empty(cpu, ins.op_register(ins.op_count() - 1).number())
                && !is_empty(cpu, 7) =>
        {
            effect.conditions = C1;
        }
        // AMD accesses 32 bits, Intel 16 (SDM vol. 2, PUSH).
        M::Push | M::Pop
            if ins.op0_register().is_segment_register() && ins.stack_pointer_increment().abs() == 4 =>
        {
            effect.incomparable = Some("32-bit PUSH or POP of a selector");
        }
        // Which of the two operands is read first; no manual says, and it differs among models of AMD.
        M::Cmpsb | M::Cmpsw | M::Cmpsd if !is_vector(ins) => {
            effect.half_done = Some("CMPS with more than one fault");
            if repeated(ins) && count(ins, cpu) == 0 {
                effect.defined = 0;
            }
        }
        // AMD writes each register as it comes, before a later one faults; no manual says.
        M::Popa | M::Popad => effect.half_done = Some("POPA that faults"),
        // With NT the host has #GP: long mode has no task switches (SDM vol. 3, section 7.7).
        M::Iret | M::Iretd if cpu.eflags & EFlags::NT.bits() != 0 => {
            effect.incomparable = Some("IRET with NT");
        }
        // Which of two faults comes first: AMD takes the whole frame off the stack before it looks at the selector, and
        // pushes before it looks at the target.
        M::Retf | M::Iret | M::Iretd => effect.half_done = Some("far return with more than one fault"),
        M::Call => effect.half_done = Some("CALL with more than one fault"),
        // An estimate with a bound for its error (SDM vol. 2, RCPPS).
        M::Rcpps | M::Rcpss | M::Rsqrtps | M::Rsqrtss => effect.incomparable = Some("an estimate"),
        // With memory AMD does not go over to MMX, Intel does (APM vol. 5, SDM vol. 2, CVTPI2PS).
        M::Cvtpi2ps if has_memory(ins) => effect.incomparable = Some("CVTPI2PS from memory"),
        // Which alignment an unaligned move wants is the implementation's (SDM vol. 3, interrupt 17).
        _ if is_vector(ins) && cpu.eflags & EFlags::AC.bits() != 0 => {
            effect.incomparable = Some("SIMD under alignment checks");
        }
        // Misalignment before or after the segment's limit, the transition to MMX before or after the fault: no manual
        // says.
        _ if is_vector(ins) => effect.half_done = Some("SIMD with more than one fault"),
        // No manual says which comes first.
        M::Insb | M::Insw | M::Insd | M::Outsb | M::Outsw | M::Outsd
            if repeated(ins) && count(ins, cpu) == 0 =>
        {
            effect.incomparable = Some("REP INS or OUTS with a count of zero and no right to the port");
        }
        M::Scasb | M::Scasw | M::Scasd if repeated(ins) && count(ins, cpu) == 0 => {
            effect.defined = 0;
        }
        // The host finishes what it has decoded (SDM vol. 3, section 11.6: self-modifying code).
        M::Stosb | M::Stosw | M::Stosd | M::Movsb | M::Movsw | M::Movsd
            if repeated(ins) && overwrites_itself(ins, cpu) =>
        {
            effect.incomparable = Some("a repeated string instruction that overwrites itself");
        }
        // The result is undefined (SDM vol. 2, SHLD).
        M::Shld | M::Shrd if ins.op1_register().size() == 2 && shift_count(ins, cpu) > 16 => {
            effect.incomparable = Some("16-bit SHLD or SHRD by more than 16");
        }
        M::Rol | M::Ror | M::Rcl | M::Rcr | M::Shl | M::Shr | M::Sar | M::Sal | M::Shld | M::Shrd
            if ins.op_register(ins.op_count() - 1) == Register::CL =>
        {
            match shift_count(ins, cpu) {
                0 => (effect.defined, effect.undefined) = (0, 0),
                1 => {
                    effect.undefined &= !EFlags::OF.bits();
                    effect.defined |= EFlags::OF.bits();
                }
                _ => {}
            }
        }
        _ => {}
    }
    if accesses(ins, cpu).iter().any(|&(at, _)| in_exit(at)) {
        effect.incomparable = Some("the way out differs");
    }
    // AMD lets the last two bytes wrap, each piece being within the limit (SDM vol. 3, section 5.3: #GP or #SS).
    if matches!(ins.memory_size(), MemorySize::Float80 | MemorySize::Bcd)
        && offset(ins, cpu) & 0xFFFF > 0xFFFF - 9
    {
        effect.incomparable = Some("a ten-byte number across the end of 64 KiB");
    }
    // No manual says which page of an image comes first.
    if matches!(ins.mnemonic(), M::Fnstenv | M::Fnsave | M::Fldenv | M::Frstor)
        && linear(ins, cpu) & 0xFFF > 0x1000 - 108
    {
        effect.half_done = Some("an x87 image across two pages that faults");
    }
    if let Some((at, len)) = pointer_fields(ins) {
        effect.memory = Some((linear(ins, cpu).wrapping_add(at), len));
    }
    effect
}

/// Whether a linear address is of the page at EXIT, which holds other bytes on the host.
pub fn in_exit(linear: u32) -> bool {
    linear & !0xFFF == EXIT
}

/// Where FSTENV, FSAVE and FXSAVE store FOP, FIP, FCS, FDP and FDS.
fn pointer_fields(ins: &Instruction) -> Option<(u32, u32)> {
    Some(match ins.code() {
        Code::Fnstenv_m14byte | Code::Fnsave_m94byte => (6, 8),
        Code::Fnstenv_m28byte | Code::Fnsave_m108byte => (12, 16),
        // And MXCSR_MASK, in which AMD has one bit more.
        Code::Fxsave_m512byte => (6, 26),
        _ => return None,
    })
}

/// A null selector loses its low bits whenever the host's kernel returns to user code (SDM vol. 2, IRET).
pub fn selector(selector: u16) -> u16 {
    if selector < 4 { 0 } else { selector }
}

/// In the x87's status word: an unmasked exception is pending.
pub const ERROR_SUMMARY: u16 = 0x80;

/// FOP, FIP and FDP, where they can be compared.
pub fn pointers(fx: &Fx) -> (u16, u32, u32) {
    if fx.status() & ERROR_SUMMARY != 0 { (fx.opcode(), fx.ip(), fx.dp()) } else { (0, 0, 0) }
}

/// Whether the address size is 16 bits, where an instruction has no ModRM operand to tell.
fn narrow_string(ins: &Instruction) -> bool {
    let index = |n| matches!(ins.op_kind(n), OpKind::MemorySegSI | OpKind::MemoryESDI);
    (0..ins.op_count()).any(index)
}

/// Whether an instruction belongs to MMX, SSE or SSE2.
pub fn is_vector(ins: &Instruction) -> bool {
    use CpuidFeature as C;
    ins.cpuid_features().iter().any(|f| matches!(f, C::FXSR | C::MMX | C::SSE | C::SSE2))
}

fn has_memory(ins: &Instruction) -> bool {
    (0..ins.op_count()).any(|n| ins.op_kind(n) == OpKind::Memory)
}

fn repeated(ins: &Instruction) -> bool {
    ins.has_rep_prefix() || ins.has_repne_prefix()
}

/// Whether ST(`i`) is empty.
fn is_empty(cpu: &CpuState, i: usize) -> bool {
    let physical = (usize::from(cpu.fpu.status >> 11) + i) & 7;
    cpu.fpu.tags >> (2 * physical) & 3 == 3
}

/// Whether the instruction or what it accesses overlaps `len` bytes at `at`.
pub fn reaches(ins: &Instruction, cpu: &CpuState, (at, len): (u32, u32)) -> bool {
    let overlaps = |&(from, size): &(u32, u32)| at.wrapping_sub(from) < size || from.wrapping_sub(at) < len;
    let code = cpu.seg[Seg::Cs as usize].base.wrapping_add(cpu.eip);
    overlaps(&(code, ins.len() as u32)) || accesses(ins, cpu).iter().any(overlaps)
}

/// What an instruction, or one iteration of it, reads and writes: its operands, those of string instructions too, and the
/// stack. Linear addresses and bytes.
fn accesses(ins: &Instruction, cpu: &CpuState) -> Vec<(u32, u32)> {
    let value = |register: Register, _, _| {
        let segment = register.is_segment_register();
        Some(if segment { cpu.seg[register.number()].base } else { cpu.gpr[register.number()] }.into())
    };
    let operands = (0..ins.op_count()).filter(|&n| is_memory(ins.op_kind(n)));
    let address = |n| ins.virtual_address(n, 0, value).unwrap_or_default() as u32;
    let mut all: Vec<_> = operands.map(|n| (address(n), ins.memory_size().size() as u32)).collect();
    if ins.is_stack_instruction() {
        let stack = &cpu.seg[Seg::Ss as usize];
        let mask = if stack.access.contains(SegAccess::BIG) { u32::MAX } else { 0xFFFF };
        let in_stack = |register: usize, from: i32| {
            stack.base.wrapping_add(cpu.gpr[register].wrapping_add_signed(from) & mask)
        };
        let moved = ins.stack_pointer_increment();
        all.push((in_stack(4, moved.min(0)), moved.unsigned_abs()));
        // The frame, and those around it.
        if matches!(ins.mnemonic(), Mnemonic::Leave | Mnemonic::Enter) {
            all.push((in_stack(5, -128), 128 + 4));
        }
    }
    all
}

fn is_memory(kind: OpKind) -> bool {
    use OpKind as K;
    let source = matches!(kind, K::MemorySegSI | K::MemorySegESI | K::MemorySegDI | K::MemorySegEDI);
    source || matches!(kind, K::Memory | K::MemoryESDI | K::MemoryESEDI)
}

/// The repeat count.
fn count(ins: &Instruction, cpu: &CpuState) -> u32 {
    if narrow_string(ins) { cpu.gpr[1] & 0xFFFF } else { cpu.gpr[1] }
}

/// Whether this iteration stores over the instruction.
fn overwrites_itself(ins: &Instruction, cpu: &CpuState) -> bool {
    let edi = if narrow_string(ins) { cpu.gpr[7] & 0xFFFF } else { cpu.gpr[7] };
    let to = cpu.seg[Seg::Es as usize].base.wrapping_add(edi);
    let at = cpu.seg[Seg::Cs as usize].base.wrapping_add(cpu.eip);
    to.wrapping_sub(at).wrapping_add(3) < ins.len() as u32 + 3
}

/// The count of a shift, masked.
fn shift_count(ins: &Instruction, cpu: &CpuState) -> u32 {
    let by_register = ins.op_register(ins.op_count() - 1) == Register::CL;
    let count = if by_register { cpu.gpr[1] } else { ins.immediate8().into() };
    count & 0x1F
}

/// Linear address of the memory operand.
pub fn linear(ins: &Instruction, cpu: &CpuState) -> u32 {
    let base = match ins.memory_segment() {
        Register::None => 0,
        segment => cpu.seg[segment.number()].base,
    };
    base.wrapping_add(offset(ins, cpu))
}

/// Offset of the memory operand.
fn offset(ins: &Instruction, cpu: &CpuState) -> u32 {
    let value = |register: Register| match register {
        Register::None => 0,
        register => cpu.gpr[register.number()],
    };
    let offset = value(ins.memory_base())
        .wrapping_add(value(ins.memory_index()).wrapping_mul(ins.memory_index_scale()))
        .wrapping_add(ins.memory_displacement32());
    let narrow =
        ins.memory_base().size() == 2 || ins.memory_index().size() == 2 || ins.memory_displ_size() == 2;
    if narrow { offset & 0xFFFF } else { offset }
}

fn eflags(bits: u32) -> u32 {
    [
        (RflagsBits::CF, EFlags::CF),
        (RflagsBits::PF, EFlags::PF),
        (RflagsBits::AF, EFlags::AF),
        (RflagsBits::ZF, EFlags::ZF),
        (RflagsBits::SF, EFlags::SF),
        (RflagsBits::OF, EFlags::OF),
    ]
    .iter()
    .filter(|(from, _)| bits & from != 0)
    .fold(0, |all, (_, to)| all | to.bits())
}

/// Takes out of the host's outcome what the presets do not have.
pub fn normalise(host: &mut Outcome) {
    const FETCH: u32 = 1 << 4;
    if let End::Exception { vector: 14, error, .. } = &mut host.end {
        *error &= !FETCH;
    }
}

/// Whether the outcomes as a whole cannot be compared.
pub fn incomparable(host: &Outcome, guest: &Outcome) -> Option<&'static str> {
    // The interpreter has a page there, the host has none.
    let system = |end: End| matches!(end, End::Exception { vector: 14, cr2, .. } if cr2 & !0xFFF == SYSTEM);
    if system(host.end) || system(guest.end) {
        return Some("reached for the interpreter's tables");
    }
    let in_long_code = guest.end != End::Exit && guest.registers.seg[1] == LONG;
    (host.end == End::Lost || in_long_code).then_some("the host was lost in 64-bit code or a system call")
}
