//! From bytes to [`Op`]s: `iced-x86` for the encoding, [`crate::lower`] for the meaning.

use crate::cpu::Cpu;
use crate::fault::{Stop, gp, ud};
use crate::lower;
use crate::op::{Op, Run, repeat};
use crate::ops;
use crate::paging::Want;
use crate::tlb::{Kind, PAGE_MASK};
use backplane::Width;
use engine::{Features, Model, Seg};
use iced_x86::{Code, Decoder, DecoderError, DecoderOptions, FlowControl, Instruction, Mnemonic};

/// The longest instruction: 15 bytes since the 386, 10 on the 286; the 8086 knows no limit.
pub(crate) const LONGEST: usize = 15;

/// A decoded instruction.
pub(crate) struct Decoded {
    pub(crate) op: Op,
    /// Nothing behind it belongs to the same block.
    pub(crate) ends_block: bool,
    /// How it goes together with a neighbour.
    pub(crate) pairing: Pairing,
}

/// What an instruction can be half of: a comparison and the conditional jump behind it run as one step.
#[derive(Clone, Copy)]
pub(crate) enum Pairing {
    None,
    /// A comparison: gives the handler of the pair for a condition.
    Comparison(fn(u8) -> Run),
    /// `jcc` of this condition.
    Jump(u8),
}

/// The one step for two instructions in a row, if there is one.
pub(crate) fn pair(first: &Decoded, second: &Decoded) -> Option<Op> {
    let (Pairing::Comparison(pick), Pairing::Jump(condition)) = (first.pairing, second.pairing) else {
        return None;
    };
    Some(Op {
        run: pick(condition),
        disp: second.op.imm,
        mask: if second.op.wide { u32::MAX } else { 0xFFFF },
        len: first.op.len + second.op.len,
        extra: first.op.len,
        ..first.op
    })
}

/// Decodes the first instruction of `bytes`; `None` when they end before it does.
pub(crate) fn decode(bytes: &[u8], code32: bool, model: Model) -> Option<Decoded> {
    let mut buffer = [0; LONGEST];
    let bytes = match model {
        Model::I8086 => as_8086(bytes, &mut buffer),
        _ => bytes,
    };
    let prefixes = Prefixes::of(bytes, code32);
    if model == Model::I8086 && bytes.get(prefixes.len) == Some(&0x0F) {
        // One byte, whatever follows: the second opcode map came with the 286.
        return Some(alone(prefixes.len + 1, ops::segment::pop_cs));
    }
    if let Some([0x62 | 0xC4 | 0xC5, 0xC0..=0xFF]) = bytes.get(prefixes.len..prefixes.len + 2) {
        // BOUND, LES and LDS of a register; VEX and EVEX to silicon of another age.
        return Some(refused(prefixes.len + 2, |_, _| Err(ud())));
    }
    let mut decoder = Decoder::with_ip(if code32 { 32 } else { 16 }, bytes, 0, options(model));
    let ins = decoder.decode();
    if ins.code() == Code::INVALID && decoder.last_error() == DecoderError::NoMoreBytes {
        return (bytes.len() >= LONGEST).then(|| refused(LONGEST, |_, _| Err(gp(0))));
    }
    if ins.code() == Code::INVALID && too_long(bytes, code32, model) {
        return Some(refused(LONGEST, |_, _| Err(gp(0))));
    }
    if model == Model::I80286 && ins.len() > 10 {
        return Some(refused(ins.len(), |_, _| Err(gp(0))));
    }
    let escape = bytes.get(prefixes.len).is_some_and(|b| b & 0xF8 == 0xD8);
    if ins.code() == Code::INVALID && !escape {
        return Some(refused(ins.len(), |_, _| Err(ud())));
    }
    let lowered = lower::lower(&ins, bytes, &prefixes, model);
    let ends_block = ends_block(&ins, &prefixes, model);
    Some(lowered.map_or_else(
        || refused(ins.len(), |_, _| Err(ud())),
        |(op, pairing)| Decoded { op, ends_block, pairing },
    ))
}

/// Whether an instruction has to be the last one of its block: it may change EIP or the count of instructions.
fn ends_block(ins: &Instruction, prefixes: &Prefixes, model: Model) -> bool {
    let repeated = prefixes.rep != repeat::NONE && ins.is_string_instruction();
    let whole_state = matches!(ins.mnemonic(), Mnemonic::Loadall | Mnemonic::Sysenter | Mnemonic::Sysexit);
    // The 8086 takes a divide error as an interrupt behind the instruction.
    let divides = matches!(ins.mnemonic(), Mnemonic::Div | Mnemonic::Idiv | Mnemonic::Aam);
    let interrupts = model == Model::I8086 && divides;
    ins.flow_control() != FlowControl::Next || repeated || whole_state || interrupts
}

/// Whether an invalid instruction is one because it wants more bytes than an instruction may have.
fn too_long(bytes: &[u8], code32: bool, model: Model) -> bool {
    let Some(most) = bytes.get(..LONGEST - 1) else { return false };
    let mut decoder = Decoder::with_ip(if code32 { 32 } else { 16 }, most, 0, options(model));
    let _ = decoder.decode();
    decoder.last_error() == DecoderError::NoMoreBytes
}

/// An instruction that always faults; `len` covers every byte that made it so.
fn refused(len: usize, run: Run) -> Decoded {
    alone(len, run)
}

/// An instruction without operands that ends its block.
fn alone(len: usize, run: Run) -> Decoded {
    Decoded { op: Op { run, len: len as u8, ..lower::BLANK }, ends_block: true, pairing: Pairing::None }
}

fn options(model: Model) -> u32 {
    let mut options =
        DecoderOptions::NO_MPFX_0FBC | DecoderOptions::NO_MPFX_0FBD | DecoderOptions::NO_WBNOINVD;
    if model.features().contains(Features::P6) {
        options |= DecoderOptions::FORCE_RESERVED_NOP;
    }
    if model == Model::I80286 {
        options |= DecoderOptions::LOADALL286 | DecoderOptions::NO_INVALID_CHECK;
    }
    if model == Model::I8086 {
        options |= DecoderOptions::NO_INVALID_CHECK;
    }
    if model == Model::I386 {
        options |= DecoderOptions::UMOV | DecoderOptions::LOADALL386 | DecoderOptions::MOV_TR;
    }
    if model == Model::I486 {
        options |= DecoderOptions::UMOV | DecoderOptions::MOV_TR;
    }
    options
}

/// What the prefixes say.
pub(crate) struct Prefixes {
    /// Their number: the opcode's place.
    pub(crate) len: usize,
    /// 32-bit operands.
    pub(crate) operand32: bool,
    /// 32-bit addresses.
    pub(crate) address32: bool,
    pub(crate) lock: bool,
    /// An operand-size, address-size, FS or GS prefix is there: not on a 286.
    pub(crate) of_386: bool,
    pub(crate) rep: u8,
}

impl Prefixes {
    fn of(bytes: &[u8], code32: bool) -> Prefixes {
        let mut found = Prefixes {
            len: 0,
            operand32: code32,
            address32: code32,
            lock: false,
            of_386: false,
            rep: repeat::NONE,
        };
        for &byte in bytes {
            match byte {
                0x66 => found.operand32 = !code32,
                0x67 => found.address32 = !code32,
                0xF0 => found.lock = true,
                0xF2 => found.rep = repeat::NOT_EQUAL,
                0xF3 => found.rep = repeat::EQUAL,
                0x26 | 0x2E | 0x36 | 0x3E | 0x64 | 0x65 => {}
                _ => break,
            }
            found.of_386 |= matches!(byte, 0x64..=0x67);
            found.len += 1;
        }
        found
    }
}

/// Rewrites an instruction's opcode as the 8086's incomplete decoding sees it.
fn as_8086<'a>(bytes: &[u8], buffer: &'a mut [u8; LONGEST]) -> &'a [u8] {
    let len = bytes.len().min(LONGEST);
    buffer[..len].copy_from_slice(&bytes[..len]);
    let mut at = 0;
    while at < len {
        match buffer[at] {
            0xF1 => buffer[at] = 0xF0,
            0x26 | 0x2E | 0x36 | 0x3E | 0xF0 | 0xF2 | 0xF3 => {}
            _ => break,
        }
        at += 1;
    }
    if at < len {
        let opcode = buffer[at];
        buffer[at] = match opcode {
            0x60..=0x6F => opcode + 0x10,
            0xC0 | 0xC1 | 0xC8 | 0xC9 => opcode + 2,
            0xD9..=0xDF => 0xD8,
            _ => opcode,
        };
        if let Some(modrm) = buffer[..len].get_mut(at + 1) {
            match opcode {
                0x8C | 0x8E => *modrm &= 0xDF,
                // The reg field of these is not looked at.
                0x8F | 0xC6 | 0xC7 | 0xD8..=0xDF => *modrm &= 0xC7,
                0xFF if *modrm & 0x38 == 0x38 => *modrm &= 0xF7,
                _ => {}
            }
        }
    }
    &buffer[..len]
}

/// Whether a model has everything that an instruction needs.
pub(crate) fn supported(ins: &Instruction, model: Model) -> bool {
    use iced_x86::CpuidFeature as C;
    let features = model.features();
    if ins.code() == Code::Paddq_mm_mmm64 {
        // It came with SSE2; the decoder counts it among the first of MMX.
        return features.contains(Features::SSE2);
    }
    ins.cpuid_features().iter().all(|&feature| match feature {
        C::INTEL8086 | C::FPU | C::FPU287 | C::FPU387 => true,
        C::INTEL8086_ONLY => model == Model::I8086,
        C::INTEL186 => model != Model::I8086,
        C::INTEL286 => model != Model::I8086,
        C::INTEL286_ONLY => model == Model::I80286,
        C::INTEL386 => !matches!(model, Model::I8086 | Model::I80286),
        C::INTEL386_ONLY => model == Model::I386,
        C::UMOV | C::MOV_TR => matches!(model, Model::I386 | Model::I486),
        C::INTEL486 => features.contains(Features::I486),
        C::CPUID => features.contains(Features::CPUID),
        C::TSC => features.contains(Features::TSC),
        C::MSR => features.contains(Features::MSR),
        C::CX8 => features.contains(Features::CX8),
        C::CMOV => features.contains(Features::CMOV),
        C::SEP => features.contains(Features::SEP),
        C::MULTIBYTENOP => features.contains(Features::P6),
        C::RDPMC => features.contains(Features::PMC),
        C::PAUSE => true,
        C::MMX => features.contains(Features::MMX),
        C::FXSR => features.contains(Features::FXSR),
        C::SSE => features.contains(Features::SSE),
        C::SSE2 | C::CLFSH => features.contains(Features::SSE2),
        _ => false,
    })
}

/// Where the code at a linear address lies in the store; `None` when it lies in a device or nowhere.
pub(crate) fn place(cpu: &mut Cpu, linear: u32) -> Result<Option<u32>, Stop> {
    let entry = cpu.translate(linear, cpu.side, Want::Execute)?;
    let cached = matches!(entry.kind, Kind::Ram | Kind::Rom);
    Ok(cached.then(|| entry.offset + (linear & 0xFFF)))
}

/// Fetches and decodes the instruction at CS:EIP byte by byte, with every check.
pub(crate) fn fetch(cpu: &mut Cpu) -> Result<Op, Stop> {
    let mut bytes = [0; LONGEST];
    let code = cpu.s.seg[Seg::Cs as usize];
    let code32 = cpu.code32();
    // Old CPUs wrap at the end of the segment, later ones fault.
    let wraps = cpu.is_8086();
    for n in 0..LONGEST {
        let mut offset = cpu.s.eip.wrapping_add(n as u32);
        if wraps {
            offset &= 0xFFFF;
        }
        if offset > code.limit || offset < cpu.s.eip && !wraps {
            return Err(gp(0));
        }
        bytes[n] = fetch_byte(cpu, code.base.wrapping_add(offset))?;
        if let Some(decoded) = decode(&bytes[..=n], code32, cpu.s.model) {
            return Ok(decoded.op);
        }
    }
    Err(gp(0))
}

/// The bytes of the instruction at a linear address, and what follows them in the page, and their number. Nothing is read
/// that the instruction's own fetch would not read: no page behind its end, no device.
pub(crate) fn peek(cpu: &mut Cpu, linear: u32) -> ([u8; LONGEST], u8) {
    let mut bytes = [0; LONGEST];
    let code32 = cpu.code32();
    for n in 0..LONGEST {
        let next = linear.wrapping_add(n as u32);
        let new_page = next & !PAGE_MASK == 0 && n != 0;
        if new_page && decode(&bytes[..n], code32, cpu.s.model).is_some() {
            return (bytes, n as u8);
        }
        let Ok(Some(at)) = place(cpu, next) else { return (bytes, n as u8) };
        bytes[n] = cpu.ram.read_u8(at as usize);
    }
    (bytes, LONGEST as u8)
}

fn fetch_byte(cpu: &mut Cpu, linear: u32) -> Result<u8, Stop> {
    let entry = cpu.translate(linear, cpu.side, Want::Execute)?;
    let at = linear & 0xFFF;
    Ok(match entry.kind {
        Kind::Ram | Kind::Rom => cpu.ram.read_u8((entry.offset + at) as usize),
        Kind::Device => {
            cpu.attention = true;
            cpu.bus.read_mmio(entry.physical + at, Width::Byte, cpu.s.retired) as u8
        }
        Kind::Nowhere => 0xFF,
    })
}
