//! MMX, SSE, SSE2 and their state instructions.

use super::Lowering;
use crate::op::Run;
use crate::ops::data;
use crate::simd::arithmetic::{self, Compare};
use crate::simd::float::{Double, Single};
use crate::simd::state::{Mmx, Xmm};
use crate::simd::{compare, convert, image, integer, lanes, moves, shuffle};
use iced_x86::{CpuidFeature, Mnemonic as M, Register};

/// Picks the instance of a handler for the file of the operands.
macro_rules! filed {
    ($mmx:expr, $f:path $(, $x:ty)*) => {{
        use $f as handler;
        if $mmx { handler::<Mmx $(, $x)*> as Run } else { handler::<Xmm $(, $x)*> as Run }
    }};
}

/// Picks the instance of a floating-point handler by mnemonic: packed singles and doubles, scalar ones.
macro_rules! formed {
    ($mnemonic:expr, $($ps:ident $pd:ident $ss:ident $sd:ident => $operation:ident;)*) => {
        match $mnemonic {
            $(
                M::$ps => Some(arithmetic::packed::<Single, arithmetic::$operation> as Run),
                M::$pd => Some(arithmetic::packed::<Double, arithmetic::$operation> as Run),
                M::$ss => Some(arithmetic::scalar::<Single, arithmetic::$operation> as Run),
                M::$sd => Some(arithmetic::scalar::<Double, arithmetic::$operation> as Run),
            )*
            _ => None,
        }
    };
}

/// Picks the instance of a comparison for an immediate's predicate.
macro_rules! predicated {
    ($predicate:expr, $f:path, $format:ty) => {{
        use $f as handler;
        let table: [Run; 8] = [
            handler::<$format, Compare<0>>,
            handler::<$format, Compare<1>>,
            handler::<$format, Compare<2>>,
            handler::<$format, Compare<3>>,
            handler::<$format, Compare<4>>,
            handler::<$format, Compare<5>>,
            handler::<$format, Compare<6>>,
            handler::<$format, Compare<7>>,
        ];
        table[$predicate as usize & 7]
    }};
}

impl Lowering<'_> {
    /// Whether an instruction belongs here.
    pub(super) fn is_simd(&self) -> bool {
        use CpuidFeature as C;
        let ours = |f: &C| matches!(f, C::MMX | C::SSE | C::SSE2 | C::FXSR | C::CLFSH);
        self.ins.cpuid_features().iter().any(ours)
    }

    pub(super) fn simd(&mut self) -> Option<Run> {
        let (first, second) = (self.register(0), self.register(1));
        let number = |r: Register| r.number() as u8;
        if first != Register::None {
            self.op.reg = number(first);
            self.op.rm = number(second);
        } else {
            self.op.reg = number(second);
        }
        let mmx = first.is_mm() || second.is_mm();
        self.packed_integer(mmx)
            .or_else(|| self.packed_shift(mmx))
            .or_else(|| self.shuffle(mmx))
            .or_else(|| self.simd_move(mmx))
            .or_else(|| self.float())
            .or_else(|| self.comparison())
            .or_else(|| self.conversion())
            .or_else(|| self.simd_state())
    }

    fn packed_integer(&mut self, mmx: bool) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Paddb => filed!(mmx, integer::dyadic, lanes::Paddb),
            M::Paddw => filed!(mmx, integer::dyadic, lanes::Paddw),
            M::Paddd => filed!(mmx, integer::dyadic, lanes::Paddd),
            M::Paddq => filed!(mmx, integer::dyadic, lanes::Paddq),
            M::Paddsb => filed!(mmx, integer::dyadic, lanes::Paddsb),
            M::Paddsw => filed!(mmx, integer::dyadic, lanes::Paddsw),
            M::Paddusb => filed!(mmx, integer::dyadic, lanes::Paddusb),
            M::Paddusw => filed!(mmx, integer::dyadic, lanes::Paddusw),
            M::Psubb => filed!(mmx, integer::dyadic, lanes::Psubb),
            M::Psubw => filed!(mmx, integer::dyadic, lanes::Psubw),
            M::Psubd => filed!(mmx, integer::dyadic, lanes::Psubd),
            M::Psubq => filed!(mmx, integer::dyadic, lanes::Psubq),
            M::Psubsb => filed!(mmx, integer::dyadic, lanes::Psubsb),
            M::Psubsw => filed!(mmx, integer::dyadic, lanes::Psubsw),
            M::Psubusb => filed!(mmx, integer::dyadic, lanes::Psubusb),
            M::Psubusw => filed!(mmx, integer::dyadic, lanes::Psubusw),
            M::Pmullw => filed!(mmx, integer::dyadic, lanes::Pmullw),
            M::Pmulhw => filed!(mmx, integer::dyadic, lanes::Pmulhw),
            M::Pmulhuw => filed!(mmx, integer::dyadic, lanes::Pmulhuw),
            M::Pmuludq => filed!(mmx, integer::dyadic, lanes::Pmuludq),
            M::Pmaddwd => filed!(mmx, integer::dyadic, lanes::Pmaddwd),
            M::Psadbw => filed!(mmx, integer::dyadic, lanes::Psadbw),
            M::Pavgb => filed!(mmx, integer::dyadic, lanes::Pavgb),
            M::Pavgw => filed!(mmx, integer::dyadic, lanes::Pavgw),
            M::Pminub => filed!(mmx, integer::dyadic, lanes::Pminub),
            M::Pmaxub => filed!(mmx, integer::dyadic, lanes::Pmaxub),
            M::Pminsw => filed!(mmx, integer::dyadic, lanes::Pminsw),
            M::Pmaxsw => filed!(mmx, integer::dyadic, lanes::Pmaxsw),
            M::Pcmpeqb => filed!(mmx, integer::dyadic, lanes::Pcmpeqb),
            M::Pcmpeqw => filed!(mmx, integer::dyadic, lanes::Pcmpeqw),
            M::Pcmpeqd => filed!(mmx, integer::dyadic, lanes::Pcmpeqd),
            M::Pcmpgtb => filed!(mmx, integer::dyadic, lanes::Pcmpgtb),
            M::Pcmpgtw => filed!(mmx, integer::dyadic, lanes::Pcmpgtw),
            M::Pcmpgtd => filed!(mmx, integer::dyadic, lanes::Pcmpgtd),
            M::Pand | M::Andps | M::Andpd => filed!(mmx, integer::dyadic, lanes::Pand),
            M::Pandn | M::Andnps | M::Andnpd => filed!(mmx, integer::dyadic, lanes::Pandn),
            M::Por | M::Orps | M::Orpd => filed!(mmx, integer::dyadic, lanes::Por),
            M::Pxor | M::Xorps | M::Xorpd => filed!(mmx, integer::dyadic, lanes::Pxor),
            M::Packsswb => filed!(mmx, integer::pack, lanes::Packsswb),
            M::Packssdw => filed!(mmx, integer::pack, lanes::Packssdw),
            M::Packuswb => filed!(mmx, integer::pack, lanes::Packuswb),
            M::Punpcklbw => filed!(mmx, integer::unpack_low, lanes::Bytes),
            M::Punpcklwd => filed!(mmx, integer::unpack_low, lanes::Words),
            M::Punpckldq | M::Unpcklps => filed!(mmx, integer::unpack_low, lanes::Dwords),
            M::Punpckhbw => filed!(mmx, integer::unpack_high, lanes::Bytes),
            M::Punpckhwd => filed!(mmx, integer::unpack_high, lanes::Words),
            M::Punpckhdq | M::Unpckhps => filed!(mmx, integer::unpack_high, lanes::Dwords),
            M::Punpcklqdq | M::Unpcklpd => integer::unpack_quads::<0>,
            M::Punpckhqdq | M::Unpckhpd => integer::unpack_quads::<1>,
            _ => return None,
        })
    }

    fn packed_shift(&mut self, mmx: bool) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Psllw => self.shift_by::<lanes::Psllw>(mmx),
            M::Pslld => self.shift_by::<lanes::Pslld>(mmx),
            M::Psllq => self.shift_by::<lanes::Psllq>(mmx),
            M::Psrlw => self.shift_by::<lanes::Psrlw>(mmx),
            M::Psrld => self.shift_by::<lanes::Psrld>(mmx),
            M::Psrlq => self.shift_by::<lanes::Psrlq>(mmx),
            M::Psraw => self.shift_by::<lanes::Psraw>(mmx),
            M::Psrad => self.shift_by::<lanes::Psrad>(mmx),
            M::Pslldq => integer::shift_bytes::<true>,
            M::Psrldq => integer::shift_bytes::<false>,
            _ => return None,
        })
    }

    fn shift_by<S: lanes::Shift>(&self, mmx: bool) -> Run {
        if self.has_immediate(1) {
            filed!(mmx, integer::shift_imm, S)
        } else {
            filed!(mmx, integer::shift, S)
        }
    }

    fn shuffle(&mut self, mmx: bool) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Pshufw => shuffle::pshufw,
            M::Pshufd => shuffle::pshufd,
            M::Pshuflw => shuffle::pshuflw,
            M::Pshufhw => shuffle::pshufhw,
            M::Shufps => shuffle::shufps,
            M::Shufpd => shuffle::shufpd,
            M::Pextrw => filed!(mmx, shuffle::pextrw),
            M::Pinsrw => filed!(mmx, shuffle::pinsrw),
            M::Pmovmskb => filed!(mmx, shuffle::pmovmskb),
            M::Movmskps => shuffle::movmsk::<32>,
            M::Movmskpd => shuffle::movmsk::<64>,
            _ => return None,
        })
    }

    fn simd_move(&mut self, mmx: bool) -> Option<Run> {
        let stores = !self.is_register(0);
        Some(match (self.ins.mnemonic(), stores) {
            (M::Emms, _) => moves::emms,
            (M::Movd, _) => return Some(self.movd(mmx)),
            (M::Movq, false) if mmx => moves::movq_load,
            (M::Movq, false) => moves::movq_xmm,
            (M::Movq, true) if !mmx => moves::store_quad::<0>,
            (M::Movq | M::Movntq, true) => moves::movq_store,
            (M::Movaps | M::Movapd | M::Movdqa, false) => moves::load::<true>,
            (M::Movups | M::Movupd | M::Movdqu, false) => moves::load::<false>,
            (M::Movaps | M::Movapd | M::Movdqa | M::Movntps | M::Movntpd | M::Movntdq, true) => {
                moves::store::<true>
            }
            (M::Movups | M::Movupd | M::Movdqu, true) => moves::store::<false>,
            (M::Movss, false) => moves::movss_load,
            (M::Movss, true) => moves::movss_store,
            (M::Movsd, false) => moves::movsd_load,
            (M::Movlps | M::Movlpd, false) => moves::load_quad::<0>,
            (M::Movhps | M::Movhpd | M::Movlhps, false) => moves::load_quad::<1>,
            (M::Movsd | M::Movlps | M::Movlpd, true) => moves::store_quad::<0>,
            (M::Movhps | M::Movhpd, true) => moves::store_quad::<1>,
            (M::Movhlps, _) => moves::movhlps,
            (M::Movq2dq, _) => moves::movq2dq,
            (M::Movdq2q, _) => moves::movdq2q,
            (M::Movnti, _) => moves::movnti,
            (M::Maskmovq | M::Maskmovdqu, _) => {
                (self.op.reg, self.op.rm) =
                    (self.register(1).number() as u8, self.register(2).number() as u8);
                filed!(mmx, moves::maskmov)
            }
            _ => return None,
        })
    }

    fn float(&mut self) -> Option<Run> {
        let exact = formed! { self.ins.mnemonic(),
            Addps Addpd Addss Addsd => Add;
            Subps Subpd Subss Subsd => Sub;
            Mulps Mulpd Mulss Mulsd => Mul;
            Divps Divpd Divss Divsd => Div;
            Sqrtps Sqrtpd Sqrtss Sqrtsd => Sqrt;
            Minps Minpd Minss Minsd => Min;
            Maxps Maxpd Maxss Maxsd => Max;
        };
        exact.or(match self.ins.mnemonic() {
            M::Rcpps => Some(arithmetic::packed::<Single, arithmetic::Reciprocal>),
            M::Rcpss => Some(arithmetic::scalar::<Single, arithmetic::Reciprocal>),
            M::Rsqrtps => Some(arithmetic::packed::<Single, arithmetic::ReciprocalRoot>),
            M::Rsqrtss => Some(arithmetic::scalar::<Single, arithmetic::ReciprocalRoot>),
            _ => None,
        })
    }

    fn comparison(&mut self) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Cmpps => predicated!(self.op.imm, arithmetic::packed, Single),
            M::Cmppd => predicated!(self.op.imm, arithmetic::packed, Double),
            M::Cmpss => predicated!(self.op.imm, arithmetic::scalar, Single),
            M::Cmpsd => predicated!(self.op.imm, arithmetic::scalar, Double),
            M::Comiss => compare::compare_flags::<Single, false>,
            M::Comisd => compare::compare_flags::<Double, false>,
            M::Ucomiss => compare::compare_flags::<Single, true>,
            M::Ucomisd => compare::compare_flags::<Double, true>,
            _ => return None,
        })
    }

    fn conversion(&mut self) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Cvtsi2ss => convert::integer_to_scalar::<Single>,
            M::Cvtsi2sd => convert::integer_to_scalar::<Double>,
            M::Cvtss2si => convert::scalar_to_integer::<Single, false>,
            M::Cvttss2si => convert::scalar_to_integer::<Single, true>,
            M::Cvtsd2si => convert::scalar_to_integer::<Double, false>,
            M::Cvttsd2si => convert::scalar_to_integer::<Double, true>,
            M::Cvtss2sd => convert::scalar::<Single, Double>,
            M::Cvtsd2ss => convert::scalar::<Double, Single>,
            M::Cvtps2pd => convert::cvtps2pd,
            M::Cvtpd2ps => convert::cvtpd2ps,
            M::Cvtdq2ps => convert::cvtdq2ps,
            M::Cvtps2dq => convert::cvtps2dq::<false>,
            M::Cvttps2dq => convert::cvtps2dq::<true>,
            M::Cvtdq2pd => convert::cvtdq2pd,
            M::Cvtpd2dq => convert::cvtpd2dq::<false>,
            M::Cvttpd2dq => convert::cvtpd2dq::<true>,
            M::Cvtpi2ps => convert::cvtpi2ps,
            M::Cvtpi2pd => convert::cvtpi2pd,
            M::Cvtps2pi => convert::cvtps2pi::<false>,
            M::Cvttps2pi => convert::cvtps2pi::<true>,
            M::Cvtpd2pi => convert::cvtpd2pi::<false>,
            M::Cvttpd2pi => convert::cvtpd2pi::<true>,
            _ => return None,
        })
    }

    fn simd_state(&mut self) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Fxsave => image::fxsave,
            M::Fxrstor => image::fxrstor,
            M::Ldmxcsr => image::ldmxcsr,
            M::Stmxcsr => image::stmxcsr,
            M::Clflush => moves::clflush,
            M::Lfence | M::Mfence | M::Sfence => data::nop,
            M::Prefetchnta | M::Prefetcht0 | M::Prefetcht1 | M::Prefetcht2 => data::nop,
            _ => return None,
        })
    }

    /// MOVD: the general register or memory is the rm operand in both directions.
    fn movd(&mut self, mmx: bool) -> Run {
        let first = self.register(0);
        if first.is_mm() || first.is_xmm() {
            return filed!(mmx, moves::movd_load);
        }
        self.op.rm = first.number() as u8;
        self.op.reg = self.register(1).number() as u8;
        filed!(mmx, moves::movd_store)
    }
}
