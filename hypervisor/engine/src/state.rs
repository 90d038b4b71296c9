//! The whole state of a CPU, as snapshots store it and as translated code addresses it.
//!
//! Names of registers and bits are the manuals' own (Intel SDM vol. 1 chapter 3, vol. 3 chapter 2).

// A doc comment on every register and bit would repeat its name.
#![allow(missing_docs)]

use crate::Model;
use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// General registers by encoding number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Reg {
    Eax,
    Ecx,
    Edx,
    Ebx,
    Esp,
    Ebp,
    Esi,
    Edi,
}

/// Segment registers by encoding number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Seg {
    Es,
    Cs,
    Ss,
    Ds,
    Fs,
    Gs,
}

bitflags! {
    /// The EFLAGS register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EFlags: u32 {
        const CF = 1 << 0;
        const ONE = 1 << 1;
        const PF = 1 << 2;
        const AF = 1 << 4;
        const ZF = 1 << 6;
        const SF = 1 << 7;
        const TF = 1 << 8;
        const IF = 1 << 9;
        const DF = 1 << 10;
        const OF = 1 << 11;
        const IOPL = 3 << 12;
        const NT = 1 << 14;
        const RF = 1 << 16;
        const VM = 1 << 17;
        const AC = 1 << 18;
        const VIF = 1 << 19;
        const VIP = 1 << 20;
        const ID = 1 << 21;
    }

    /// Bits of CR0.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CrZero: u32 {
        const PE = 1 << 0;
        const MP = 1 << 1;
        const EM = 1 << 2;
        const TS = 1 << 3;
        const ET = 1 << 4;
        const NE = 1 << 5;
        const WP = 1 << 16;
        const AM = 1 << 18;
        const NW = 1 << 29;
        const CD = 1 << 30;
        const PG = 1 << 31;
    }

    /// Access rights of a segment: the descriptor's bytes 5 and 6 (G, D/B, L, AVL in bits 15-12), as LAR and VMX
    /// lay them out, plus a null-selector bit of our own.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct SegAccess: u16 {
        /// Accessed (code and data).
        const ACCESSED = 1 << 0;
        /// Writable data, or readable code.
        const READ_WRITE = 1 << 1;
        /// Expand-down data, or conforming code.
        const DOWN_CONFORMING = 1 << 2;
        /// Code.
        const CODE = 1 << 3;
        /// Code or data, not system.
        const CODE_DATA = 1 << 4;
        /// Descriptor privilege level.
        const DPL = 3 << 5;
        /// Present.
        const PRESENT = 1 << 7;
        /// The register was loaded with a null selector: every use faults. (Bits 11-8 are limit bits in memory and
        /// free here.)
        const UNUSABLE = 1 << 8;
        /// Available to software.
        const AVL = 1 << 12;
        /// Default size 32 bits (code), ESP (stack), upper bound 4 GiB (expand-down).
        const BIG = 1 << 14;
        /// Limit in pages.
        const GRANULAR = 1 << 15;
    }
}

/// A segment register with its hidden part. `limit` is in bytes, granularity applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(C)]
pub struct Segment {
    /// Linear base.
    pub base: u32,
    /// Last valid offset (expand-down: last invalid one).
    pub limit: u32,
    /// Visible selector.
    pub selector: u16,
    /// Access rights.
    pub access: SegAccess,
}

impl Segment {
    /// A real-mode segment: base is the selector times 16.
    pub fn real(selector: u16, access: SegAccess) -> Self {
        Segment { base: u32::from(selector) << 4, limit: 0xFFFF, selector, access }
    }
}

/// GDTR or IDTR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(C)]
pub struct Table {
    /// Linear base.
    pub base: u32,
    /// Last valid offset.
    pub limit: u16,
}

/// An x87 register: the 80-bit extended format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(C)]
pub struct F80 {
    /// Significand, explicit integer bit in bit 63.
    pub mantissa: u64,
    /// Sign in bit 15, biased exponent below.
    pub sign_exponent: u16,
}

/// The x87 unit; MMX registers alias the mantissas of `st` in physical order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(C)]
pub struct Fpu {
    /// Registers in physical order (R0-R7); ST(i) is `st[(TOP + i) & 7]`.
    pub st: [F80; 8],
    /// Control word.
    pub control: u16,
    /// Status word, TOP in bits 13-11.
    pub status: u16,
    /// Full tag word, two bits a physical register: 0 valid, 1 zero, 2 special, 3 empty.
    pub tags: u16,
    /// Opcode of the last non-control instruction, 11 bits.
    pub opcode: u16,
    /// Its offset and selector.
    pub ip: u32,
    /// Code selector.
    pub cs: u16,
    /// Data selector of its operand.
    pub ds: u16,
    /// Data offset of its operand.
    pub dp: u32,
}

impl Default for Fpu {
    /// The state after FNINIT.
    fn default() -> Self {
        Fpu {
            st: [F80::default(); 8],
            control: 0x037F,
            status: 0,
            tags: 0xFFFF,
            opcode: 0,
            ip: 0,
            cs: 0,
            ds: 0,
            dp: 0,
        }
    }
}

/// Memory-type range registers: kept, without effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(C)]
pub struct Mtrrs {
    /// Fixed ranges in the order of their addresses: 64K_00000, 16K_80000, 16K_A0000, 4K_C0000 ... 4K_F8000.
    pub fixed: [u64; 11],
    pub base: [u64; 8],
    pub mask: [u64; 8],
    pub default_type: u64,
}

/// Bits of the register 1Bh, APIC_BASE (Intel SDM vol. 3, section 10.4.4).
pub struct ApicBase;

impl ApicBase {
    /// After RESET, without an APIC: its place, and that this is the bootstrap processor.
    pub const POWER_ON: u64 = 0xFEE0_0000 | 1 << 8;
    /// The APIC is on.
    pub const ENABLED: u64 = 1 << 11;
    /// Bits 35-12: where its registers are.
    pub const PLACE: u64 = 0xF_FFFF_F000;
}

/// Model-specific and test registers that hold something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(C)]
pub struct SystemMsrs {
    pub sysenter_cs: u32,
    pub sysenter_esp: u32,
    pub sysenter_eip: u32,
    /// Added to the board's time-stamp counter (WRMSR 10h).
    pub tsc_offset: u64,
    pub apic_base: u64,
    pub pat: u64,
    pub misc_enable: u64,
    pub mtrr: Mtrrs,
    /// 2Ah: EBL_CR_POWERON, EBC_HARD_POWERON.
    pub power_on: u32,
    /// 119h: BBL_CR_CTL.
    pub l2_control: u32,
    /// 17Ah: MCG_STATUS.
    pub machine_check: u64,
    /// 1D9h: DEBUGCTL.
    pub debug_control: u32,
    /// P6: PERFEVTSEL0 and 1; P5: CESR in the first.
    pub event_select: [u32; 2],
    /// Performance counters, 40 bits; they count nothing.
    pub counter: [u64; 2],
    /// 386 and 486: TR3-TR7 by number; P5: TR1-TR12 by MSR address.
    pub test: [u32; 16],
}

impl SystemMsrs {
    /// What RESET leaves.
    fn power_on(model: Model) -> SystemMsrs {
        SystemMsrs {
            pat: 0x0007_0406_0007_0406,
            apic_base: ApicBase::POWER_ON,
            // Fast strings on; neither branch trace store nor event sampling.
            misc_enable: if model == Model::Pentium4 { 0x1801 } else { 0 },
            // The serial number is disabled, as firmware leaves it.
            l2_control: 1 << 21,
            ..SystemMsrs::default()
        }
    }
}

/// Conditions of interrupt delivery that last for one instruction or until an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(C)]
pub struct Interruptibility {
    /// STI: maskable interrupts wait for the end of the next instruction.
    pub sti_shadow: bool,
    /// MOV SS or POP SS: interrupts and debug traps wait for the end of the next instruction.
    pub ss_shadow: bool,
    /// An NMI is being handled: further ones wait for IRET.
    pub nmi_blocked: bool,
    /// An NMI waits.
    pub nmi_pending: bool,
    /// Debug traps that wait for the end of an SS shadow: bits of DR6.
    pub debug_traps: u32,
}

/// A CPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(C)]
pub struct CpuState {
    /// General registers by [`Reg`].
    pub gpr: [u32; 8],
    /// Instruction pointer.
    pub eip: u32,
    /// Flags; bit 1 is always set.
    pub eflags: u32,
    /// Segment registers by [`Seg`].
    pub seg: [Segment; 6],
    /// Local descriptor table register.
    pub ldtr: Segment,
    /// Task register.
    pub tr: Segment,
    /// Global descriptor table.
    pub gdtr: Table,
    /// Interrupt descriptor table.
    pub idtr: Table,
    /// CR0.
    pub cr0: u32,
    /// CR2: linear address of the last page fault.
    pub cr2: u32,
    /// CR3: page directory base.
    pub cr3: u32,
    /// PAE: the page-directory-pointer entries that the last load of CR3 (or change of CR0 or CR4) read.
    pub pdpte: [u64; 4],
    /// CR4.
    pub cr4: u32,
    /// DR0-DR7 (4 and 5 unused).
    pub dr: [u32; 8],
    /// x87.
    pub fpu: Fpu,
    /// SSE registers, low quadword first.
    pub xmm: [[u64; 2]; 8],
    /// SSE control and status.
    pub mxcsr: u32,
    /// MSRs.
    pub msr: SystemMsrs,
    /// Current privilege level (CS's DPL in protected mode, 3 in virtual-8086 mode, 0 in real mode).
    pub cpl: u8,
    /// HLT was executed and no interrupt came yet.
    pub halted: bool,
    /// Delivery conditions.
    pub interruptibility: Interruptibility,
    /// Which silicon this is.
    pub model: Model,
    /// Its local APIC is there: CPUID and APIC_BASE tell, and APIC_BASE places it ([`crate::Bus::place_apic`]).
    pub local_apic: bool,
    /// Instructions retired since power-on: the source of virtual time. INIT does not clear it. An instruction that
    /// faults counts as one when its exception has been delivered; interrupts and traps count nothing, except
    /// a debug trap whose own delivery meets a breakpoint again.
    pub retired: u64,
}

impl CpuState {
    /// The CPU after RESET (Intel SDM vol. 3, table 9-1): real mode at FFFF:FFF0, CS base FFFF0000h.
    pub fn power_on(model: Model) -> CpuState {
        let data = SegAccess::PRESENT | SegAccess::CODE_DATA | SegAccess::READ_WRITE | SegAccess::ACCESSED;
        let system = |kind: u16| Segment {
            limit: 0xFFFF,
            access: SegAccess::PRESENT | SegAccess::from_bits_retain(kind),
            ..Segment::default()
        };
        let mut seg = [Segment::real(0, data); 6];
        let code = &mut seg[Seg::Cs as usize];
        code.selector = 0xF000;
        code.base = if matches!(model, Model::I8086 | Model::I80286) { 0x000F_0000 } else { 0xFFFF_0000 };
        let mut gpr = [0; 8];
        gpr[Reg::Edx as usize] = model.signature();
        CpuState {
            gpr,
            eip: 0xFFF0,
            eflags: EFlags::ONE.bits(),
            seg,
            ldtr: system(2),
            tr: system(0x0B),
            gdtr: Table { base: 0, limit: 0xFFFF },
            idtr: Table { base: 0, limit: model.reset_idt_limit() },
            cr0: model.reset_cr0(),
            cr2: 0,
            cr3: 0,
            pdpte: [0; 4],
            cr4: 0,
            dr: [0, 0, 0, 0, 0, 0, 0xFFFF_0FF0, 0x400],
            fpu: Fpu { control: 0x0040, tags: 0x5555, ..Fpu::default() },
            xmm: [[0; 2]; 8],
            mxcsr: 0x1F80,
            msr: SystemMsrs::power_on(model),
            cpl: 0,
            halted: false,
            interruptibility: Interruptibility::default(),
            model,
            local_apic: false,
            retired: 0,
        }
    }

    /// After RESET: the APIC is there, and on, or it is not.
    pub fn fit_local_apic(&mut self, fitted: bool) {
        self.local_apic = fitted;
        self.msr.apic_base = ApicBase::POWER_ON | if fitted { ApicBase::ENABLED } else { 0 };
    }

    /// What INIT does (8042 command FEh, port 92h, shutdown cycle): as RESET, but time, the FPU, SSE and MSRs go on.
    pub fn init(&mut self) {
        let fresh = CpuState::power_on(self.model);
        *self = CpuState {
            fpu: self.fpu.clone(),
            xmm: self.xmm,
            mxcsr: self.mxcsr,
            msr: self.msr.clone(),
            local_apic: self.local_apic,
            retired: self.retired,
            // CD and NW are unchanged by INIT.
            cr0: fresh.cr0 & !0x6000_0000 | self.cr0 & 0x6000_0000,
            ..fresh
        };
    }
}

impl Model {
    /// Family, model and stepping as EDX has them after RESET and CPUID leaf 1 in EAX.
    pub const fn signature(self) -> u32 {
        match self {
            Model::I8086 | Model::I80286 => 0,
            Model::I386 => 0x308,
            Model::I486 => 0x435,
            Model::Pentium => 0x52C,
            Model::PentiumMmx => 0x543,
            Model::Pentium2 => 0x652,
            Model::Pentium3 => 0x686,
            Model::Pentium4 => 0xF12,
        }
    }

    /// Limit of the IDTR after RESET: the 486 and its elders have room for 256 real-mode vectors.
    const fn reset_idt_limit(self) -> u16 {
        match self {
            Model::I80286 | Model::I386 | Model::I486 => 0x03FF,
            _ => 0xFFFF,
        }
    }

    /// CR0 after RESET.
    pub const fn reset_cr0(self) -> u32 {
        match self {
            Model::I8086 | Model::I80286 | Model::I386 => 0x10,
            _ => 0x6000_0010,
        }
    }
}
