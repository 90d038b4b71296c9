//! Which parts of a run are defined: the interpreter goes through it once more, instruction by instruction.

use crate::compare::Masks;
use crate::differences::{ERROR_SUMMARY, effect, excluded, in_exit, reaches};
use crate::guest::Guest;
use crate::layout::MEMORY;
use crate::state::Case;
use engine::{Seg, SegAccess};
use iced_x86::{Decoder, DecoderError, DecoderOptions, Instruction, Mnemonic};

/// Most steps that an audit takes.
const STEPS: usize = 4_000;

/// What must not be compared after a run, or why nothing can be.
///
/// # Errors
/// The reason why the run cannot be compared.
pub fn audit(guest: &mut Guest, case: &Case, memory: &[u8; MEMORY]) -> Result<Masks, &'static str> {
    guest.load(case, memory);
    let mut masks = Masks::default();
    for _ in 0..STEPS {
        if guest.at_exit() {
            return Ok(masks);
        }
        let Some(ins) = next(guest)? else { return finish(guest, masks) };
        if let Some(reason) = excluded(&ins) {
            return Err(reason);
        }
        let effect = effect(&ins, &guest.cpu);
        if let Some(reason) = effect.incomparable {
            return Err(reason);
        }
        if effect.read & masks.flags != 0 {
            return Err("reads undefined flags");
        }
        if effect.reads_conditions && masks.conditions != 0 {
            return Err("reads undefined condition codes");
        }
        if masks.memory.iter().any(|&bytes| reaches(&ins, &guest.cpu, bytes)) {
            return Err("comes back to bytes that are not compared");
        }
        if masks.approximate {
            return Err("goes on behind an approximate result");
        }
        let end = guest.step();
        if end.is_some() {
            masks.flags |= effect.undefined;
            return effect.half_done.map_or(Ok(masks), Err);
        }
        // The host pushes for it as in 64-bit mode, or never ends.
        if ins.mnemonic() == Mnemonic::Call && guest.at_exit() {
            return Err("a far call into 64-bit code");
        }
        masks.flags = masks.flags & !effect.defined | effect.undefined;
        if effect.sets_conditions {
            masks.conditions = 0;
        }
        masks.conditions |= effect.conditions;
        if guest.cpu.fpu.status & ERROR_SUMMARY != 0 {
            masks.conditions |= effect.stopped.0;
            masks.flags |= effect.stopped.1;
        }
        masks.memory.extend(effect.memory);
        masks.approximate = effect.approximate;
    }
    Err("too long")
}

/// The instruction at CS:EIP; `None` when it is not whole or not valid.
fn next(guest: &Guest) -> Result<Option<Instruction>, &'static str> {
    let cs = &guest.cpu.seg[Seg::Cs as usize];
    let linear = cs.base.wrapping_add(guest.cpu.eip);
    if in_exit(linear) {
        return Err("the way out differs");
    }
    let bytes: Vec<u8> = (0..15).map_while(|n| guest.byte(linear.wrapping_add(n))).collect();
    let bitness = if cs.access.contains(SegAccess::BIG) { 32 } else { 16 };
    let mut decoder = Decoder::with_ip(bitness, &bytes, u64::from(guest.cpu.eip), DecoderOptions::NONE);
    let ins = decoder.decode();
    // How many bytes an undefined instruction has is the vendor's: 8F is XOP on AMD (APM vol. 3, section 1.2.5).
    if decoder.last_error() == DecoderError::InvalidInstruction && bytes.len() < 15 {
        return Err("an undefined instruction at the end of its page");
    }
    if ins.is_invalid() {
        return bare(&bytes, bitness).and_then(|bare| excluded(&bare)).map_or(Ok(None), Err);
    }
    Ok(Some(ins))
}

/// The instruction without the prefixes that make another one of it on one vendor's processors, and that the other's ignore:
/// F2 0F 01 C1 is VMCALL on AMD, nothing on Intel.
fn bare(bytes: &[u8], bitness: u32) -> Option<Instruction> {
    const MANDATORY: [u8; 3] = [0x66, 0xF2, 0xF3];
    const OTHERS: [u8; 8] = [0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x67, 0xF0];
    let prefixes = bytes.iter().take_while(|&b| MANDATORY.contains(b) || OTHERS.contains(b)).count();
    let bare: Vec<u8> =
        bytes[..prefixes].iter().filter(|b| OTHERS.contains(b)).chain(&bytes[prefixes..]).copied().collect();
    let ins = Decoder::new(bitness, &bare, DecoderOptions::NONE).decode();
    (!ins.is_invalid()).then_some(ins)
}

/// An instruction that cannot be decoded has to fault.
fn finish(guest: &mut Guest, masks: Masks) -> Result<Masks, &'static str> {
    if guest.step().is_some() { Ok(masks) } else { Err("executes what has no meaning") }
}
