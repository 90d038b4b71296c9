//! Instructions with a function each that runs them on the host's x87.

use super::cpu::{Image, Memory};

/// An instruction.
pub(crate) struct Instruction {
    pub(crate) name: &'static str,
    /// Low three bits of the first byte in bits 10-8, the second byte below.
    pub(crate) escape: u16,
    /// Runs it on the host between FRSTOR and FNSAVE of the image.
    ///
    /// Safety: the x87 unit must be free for use.
    pub(crate) host: unsafe fn(&mut Image, &mut Memory),
}

macro_rules! instructions {
    ($list:ident: $($name:literal, $escape:expr, $asm:literal;)*) => {
        pub(crate) const $list: &[Instruction] = &[$(Instruction {
            name: $name,
            escape: $escape,
            host: {
                unsafe fn host(image: &mut Image, memory: &mut Memory) {
                    // SAFETY: loads and stores stay inside the arrays; FNSAVE does not wait for pending exceptions and
                    // leaves the unit initialised.
                    unsafe {
                        std::arch::asm!(
                            "frstor [{image}]",
                            concat!($asm, " # {m}"),
                            "fnsave [{image}]",
                            image = in(reg) image, m = in(reg) memory,
                            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
                            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
                        );
                    }
                }
                host
            },
        },)*];
    };
}

// Those with one right answer.
instructions! { EXACT:
    "fadd", 0x0C1, "fadd st(0), st(1)";
    "fsub", 0x0E1, "fsub st(0), st(1)";
    "fsubr", 0x0E9, "fsubr st(0), st(1)";
    "fmul", 0x0C9, "fmul st(0), st(1)";
    "fdiv", 0x0F1, "fdiv st(0), st(1)";
    "fdivr", 0x0F9, "fdivr st(0), st(1)";
    "fadd st", 0x0C0, "fadd st(0), st(0)";
    "fmul st", 0x0C8, "fmul st(0), st(0)";
    "fadd to", 0x4C1, "fadd st(1), st(0)";
    "fmul to", 0x4C9, "fmul st(1), st(0)";
    "fsub to", 0x4E9, "fsub st(1), st(0)";
    "fsubr to", 0x4E1, "fsubr st(1), st(0)";
    "fdiv to", 0x4F9, "fdiv st(1), st(0)";
    "fdivr to", 0x4F1, "fdivr st(1), st(0)";
    "faddp", 0x6C1, "faddp st(1), st(0)";
    "fmulp", 0x6C9, "fmulp st(1), st(0)";
    "fsubp", 0x6E9, "fsubp st(1), st(0)";
    "fsubrp", 0x6E1, "fsubrp st(1), st(0)";
    "fdivp", 0x6F9, "fdivp st(1), st(0)";
    "fdivrp", 0x6F1, "fdivrp st(1), st(0)";
    "fadd m32", 0x000, "fadd dword ptr [{m}]";
    "fmul m32", 0x008, "fmul dword ptr [{m}]";
    "fsub m32", 0x020, "fsub dword ptr [{m}]";
    "fsubr m32", 0x028, "fsubr dword ptr [{m}]";
    "fdiv m32", 0x030, "fdiv dword ptr [{m}]";
    "fdivr m32", 0x038, "fdivr dword ptr [{m}]";
    "fadd m64", 0x400, "fadd qword ptr [{m}]";
    "fmul m64", 0x408, "fmul qword ptr [{m}]";
    "fsub m64", 0x420, "fsub qword ptr [{m}]";
    "fsubr m64", 0x428, "fsubr qword ptr [{m}]";
    "fdiv m64", 0x430, "fdiv qword ptr [{m}]";
    "fdivr m64", 0x438, "fdivr qword ptr [{m}]";
    "fiadd m16", 0x600, "fiadd word ptr [{m}]";
    "fimul m16", 0x608, "fimul word ptr [{m}]";
    "fisub m16", 0x620, "fisub word ptr [{m}]";
    "fidivr m16", 0x638, "fidivr word ptr [{m}]";
    "fiadd m32", 0x200, "fiadd dword ptr [{m}]";
    "fisubr m32", 0x228, "fisubr dword ptr [{m}]";
    "fidiv m32", 0x230, "fidiv dword ptr [{m}]";
    "fsqrt", 0x1FA, "fsqrt";
    "fprem", 0x1F8, "fprem";
    "fprem1", 0x1F5, "fprem1";
    "frndint", 0x1FC, "frndint";
    "fscale", 0x1FD, "fscale";
    "fxtract", 0x1F4, "fxtract";
    "fcom", 0x0D1, "fcom st(1)";
    "fcomp", 0x0D9, "fcomp st(1)";
    "fcompp", 0x6D9, "fcompp";
    "fucom", 0x5E1, "fucom st(1)";
    "fucomp", 0x5E9, "fucomp st(1)";
    "fucompp", 0x2E9, "fucompp";
    "fcom m32", 0x010, "fcom dword ptr [{m}]";
    "fcomp m32", 0x018, "fcomp dword ptr [{m}]";
    "fcom m64", 0x410, "fcom qword ptr [{m}]";
    "fcomp m64", 0x418, "fcomp qword ptr [{m}]";
    "ficom m16", 0x610, "ficom word ptr [{m}]";
    "ficomp m32", 0x218, "ficomp dword ptr [{m}]";
    "ftst", 0x1E4, "ftst";
    "fxam", 0x1E5, "fxam";
    "fchs", 0x1E0, "fchs";
    "fabs", 0x1E1, "fabs";
    "fxch", 0x1C9, "fxch st(1)";
    "fld st", 0x1C1, "fld st(1)";
    "fst st", 0x5D1, "fst st(1)";
    "fstp st", 0x5D9, "fstp st(1)";
    "fstp st0", 0x5D8, "fstp st(0)";
    "ffree", 0x5C1, "ffree st(1)";
    "ffreep", 0x7C0, ".byte 0xDF, 0xC0";
    "fincstp", 0x1F7, "fincstp";
    "fdecstp", 0x1F6, "fdecstp";
    "fnop", 0x1D0, "fnop";
    "fld1", 0x1E8, "fld1";
    "fldl2t", 0x1E9, "fldl2t";
    "fldl2e", 0x1EA, "fldl2e";
    "fldpi", 0x1EB, "fldpi";
    "fldlg2", 0x1EC, "fldlg2";
    "fldln2", 0x1ED, "fldln2";
    "fldz", 0x1EE, "fldz";
    "fnclex", 0x3E2, "fnclex";
    "fninit", 0x3E3, "fninit";
    "fst m32", 0x110, "fst dword ptr [{m}]";
    "fstp m32", 0x118, "fstp dword ptr [{m}]";
    "fst m64", 0x510, "fst qword ptr [{m}]";
    "fstp m64", 0x518, "fstp qword ptr [{m}]";
    "fstp m80", 0x338, "fstp tbyte ptr [{m}]";
    "fist m16", 0x710, "fist word ptr [{m}]";
    "fistp m16", 0x718, "fistp word ptr [{m}]";
    "fist m32", 0x310, "fist dword ptr [{m}]";
    "fistp m32", 0x318, "fistp dword ptr [{m}]";
    "fistp m64", 0x738, "fistp qword ptr [{m}]";
    "fbstp", 0x730, "fbstp tbyte ptr [{m}]";
    "fild m16", 0x700, "fild word ptr [{m}]";
    "fild m32", 0x300, "fild dword ptr [{m}]";
    "fild m64", 0x728, "fild qword ptr [{m}]";
    "fbld", 0x720, "fbld tbyte ptr [{m}]";
    "fld m32", 0x100, "fld dword ptr [{m}]";
    "fld m64", 0x500, "fld qword ptr [{m}]";
    "fld m80", 0x328, "fld tbyte ptr [{m}]";
    "fnstcw", 0x138, "fnstcw word ptr [{m}]";
    "fnstsw m16", 0x538, "fnstsw word ptr [{m}]";
}

// Those whose last place differs between processors.
instructions! { TRANSCENDENTAL:
    "f2xm1", 0x1F0, "f2xm1";
    "fyl2x", 0x1F1, "fyl2x";
    "fyl2xp1", 0x1F9, "fyl2xp1";
    "fpatan", 0x1F3, "fpatan";
    "fsin", 0x1FE, "fsin";
    "fcos", 0x1FF, "fcos";
    "fsincos", 0x1FB, "fsincos";
    "fptan", 0x1F2, "fptan";
}
