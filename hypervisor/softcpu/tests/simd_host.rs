//! MMX, SSE and SSE2 in the software CPU against the host's: the same bytes on both, random and adversarial operands, all
//! rounding modes, FTZ and DAZ, every register, MXCSR, EFLAGS and memory compared bit for bit.
//!
//! The instructions are found, not listed: every opcode behind every mandatory prefix that decodes to one of the three sets, with a
//! register and with a memory operand, and with all immediates. `SIMD_ROUNDS` sets how many operands each gets (default 1,000).
#![cfg(target_arch = "x86_64")]
// The host's instructions can be reached by assembly only.
#![allow(unsafe_code)]

#[path = "simd_host/guest.rs"]
mod guest;
#[path = "simd_host/host.rs"]
mod host;
#[path = "simd_host/operands.rs"]
mod operands;

use guest::Guest;
use host::Host;
use iced_x86::{Code, CpuidFeature, Decoder, DecoderOptions, OpKind};
use operands::Random;
use std::collections::HashSet;

/// What an instruction can read and write. ModRM C1 names register 0 and register 1, ModRM 07 register 0 and `[edi]`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(16))]
struct State {
    xmm: [[u64; 2]; 2],
    mm: [u64; 2],
    gpr: [u64; 2],
    mxcsr: u32,
    eflags: u32,
    _pad: u64,
    /// Where EDI points.
    memory: [u64; 2],
}

/// The arithmetic flags of EFLAGS.
const ARITHMETIC: u32 = 0x8D5;

/// An instruction under test.
struct Case {
    bytes: Vec<u8>,
    code: Code,
    /// Its immediate is one of this many.
    immediates: u32,
}

/// Every MMX, SSE and SSE2 instruction that computes from registers and one memory operand. EMMS, the state instructions and
/// hints have tests of their own, and the approximations are not exact.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // Of several the last repeat prefix counts, and the operand size only without one.
    let prefixes: [&[u8]; 8] =
        [&[], &[0x66], &[0xF3], &[0xF2], &[0xF2, 0x66], &[0x66, 0xF3], &[0xF2, 0xF3], &[0xF3, 0xF2]];
    for prefix in prefixes {
        for opcode in 0..=0xFF {
            if matches!(opcode, 0x18 | 0x77 | 0xAE) {
                continue;
            }
            let group = matches!(opcode, 0x71..=0x73);
            for reg in 0..if group { 8 } else { 1 } {
                for mod_rm in [0xC1, 0x07] {
                    let bytes = [prefix, &[0x0F, opcode, mod_rm | reg << 3]].concat();
                    add_case(&mut cases, bytes);
                }
            }
        }
    }
    cases
}

fn is_ours(features: &[CpuidFeature]) -> bool {
    let sets = [CpuidFeature::MMX, CpuidFeature::SSE, CpuidFeature::SSE2];
    features.iter().all(|feature| sets.contains(feature))
}

fn add_case(cases: &mut Vec<Case>, bytes: Vec<u8>) {
    let padded = [&bytes[..], &[0; 8]].concat();
    let ins = Decoder::new(32, &padded, DecoderOptions::NONE).decode();
    if ins.is_invalid() || !is_ours(ins.cpuid_features()) {
        return;
    }
    let code = ins.code();
    let immediate = ins.op_kind(ins.op_count() - 1) == OpKind::Immediate8;
    let compares = matches!(code, Code::Cmpps_xmm_xmmm128_imm8 | Code::Cmppd_xmm_xmmm128_imm8)
        || matches!(code, Code::Cmpss_xmm_xmmm32_imm8 | Code::Cmpsd_xmm_xmmm64_imm8);
    let immediates = match (immediate, compares) {
        (false, _) => 1,
        (true, true) => 8,
        (true, false) => 256,
    };
    for n in 0..immediates {
        let mut bytes = bytes.clone();
        if immediate {
            bytes.push(n as u8);
        }
        cases.push(Case { bytes, code, immediates });
    }
}

/// Results within a documented error only.
fn is_approximate(code: Code) -> bool {
    matches!(
        code,
        Code::Rcpps_xmm_xmmm128
            | Code::Rcpss_xmm_xmmm32
            | Code::Rsqrtps_xmm_xmmm128
            | Code::Rsqrtss_xmm_xmmm32
    )
}

fn rounds() -> u32 {
    std::env::var("SIMD_ROUNDS").ok().and_then(|v| v.parse().ok()).unwrap_or(1_000)
}

#[test]
fn simd_instructions_equal_the_host_bit_for_bit() {
    let cases = cases();
    let bytes: Vec<&[u8]> = cases.iter().map(|case| &case.bytes[..]).collect();
    let (host, mut guest) = (Host::new(&bytes), Guest::new(&bytes));
    let mut random = Random::new(0x5EED_0F5E_E2D0_0D1E);
    let (mut compared, mut failures) = (0u64, 0u64);
    let exact = cases.iter().enumerate().filter(|(_, case)| !is_approximate(case.code));
    for (n, case) in exact {
        let mut failed = 0;
        for _ in 0..(rounds() / case.immediates).max(20) {
            let before = random.state();
            let (theirs, ours) = (host.run(n, before), guest.run(n, before));
            compared += 1;
            if theirs != ours {
                failed += 1;
                if failed == 1 && failures < 30 {
                    println!(
                        "{:?} {:02x?}\n before {before:x?}\n host   {theirs:x?}\n ours   {ours:x?}",
                        case.code, case.bytes
                    );
                }
            }
        }
        failures += u64::from(failed > 0);
    }
    println!("{compared} comparisons of {} encodings", cases.len());
    assert_eq!(failures, 0, "encodings of {} differ", cases.len());
}

#[test]
fn every_instruction_of_the_three_sets_is_found() {
    let found: HashSet<Code> = cases().iter().map(|case| case.code).collect();
    let missing = Code::values().filter(|code| is_ours(code.cpuid_features()) && !found.contains(code));
    let elsewhere = ["Emms", "Ldmxcsr", "Stmxcsr", "Prefetch", "Lfence", "Mfence", "Sfence"];
    let left: Vec<Code> = missing
        .filter(|code| {
            let name = format!("{code:?}");
            let of_64_bit_mode = name.contains("_r64") || name.contains("_rm64");
            !of_64_bit_mode && !elsewhere.iter().any(|prefix| name.starts_with(prefix))
        })
        .collect();
    assert_eq!(left, []);
}

/// The relative error that the manual allows an approximation.
const ALLOWED: f64 = 1.5 / 4096.0;

#[test]
fn approximations_are_within_the_documented_error_of_the_exact_value_and_agree_with_the_host_elsewhere() {
    let cases = cases();
    let bytes: Vec<&[u8]> = cases.iter().map(|case| &case.bytes[..]).collect();
    let (host, mut guest) = (Host::new(&bytes), Guest::new(&bytes));
    let mut random = Random::new(0x0BAD_5EED_0F0F_F1CE);
    for (n, case) in cases.iter().enumerate().filter(|(_, case)| is_approximate(case.code)) {
        let root = matches!(case.code, Code::Rsqrtps_xmm_xmmm128 | Code::Rsqrtss_xmm_xmmm32);
        for _ in 0..rounds() * 10 {
            let before = random.state();
            let (theirs, ours) = (host.run(n, before), guest.run(n, before));
            assert_eq!(
                (theirs.mxcsr, theirs.xmm[1]),
                (ours.mxcsr, ours.xmm[1]),
                "{:?} {before:x?}",
                case.code
            );
            let source = if case.bytes.last() == Some(&0xC1) { before.xmm[1] } else { before.memory };
            for lane in 0..4 {
                let [x, a, b] = [source, theirs.xmm[0], ours.xmm[0]].map(|v| single(v, lane));
                let exact = if root { 1.0 / f64::from(x).sqrt() } else { 1.0 / f64::from(x) };
                let normal = x.is_normal() && (exact as f32).is_normal();
                let near = ((f64::from(b) - exact) / exact).abs() <= ALLOWED;
                let untouched =
                    lane > 0 && matches!(case.code, Code::Rcpss_xmm_xmmm32 | Code::Rsqrtss_xmm_xmmm32);
                let edge = normal && exact.abs() < f64::from(f32::MIN_POSITIVE) * (1.0 + ALLOWED);
                let right = if normal && !untouched { near || edge } else { a.to_bits() == b.to_bits() };
                assert!(right, "{:?} of {x:e} {:08x}: {b:e}, host {a:e}", case.code, x.to_bits());
            }
        }
    }
}

/// One lane of a register.
fn single(value: [u64; 2], lane: usize) -> f32 {
    f32::from_bits((value[lane / 2] >> (32 * (lane & 1))) as u32)
}
