//! The unit's behaviour where the host's x87 cannot tell: stack faults, withheld results, images, restartability.

use super::*;
use engine::F80;

/// A memory operand in a buffer; `faults` makes every access fail.
struct Memory {
    bytes: Vec<u8>,
    size32: bool,
    protected: bool,
    faults: bool,
}

impl Memory {
    fn with(bytes: &[u8]) -> Memory {
        let mut all = bytes.to_vec();
        all.resize(128, 0);
        Memory { bytes: all, size32: true, protected: true, faults: false }
    }
}

impl Operand for Memory {
    type Fault = ();

    fn load(&mut self, buf: &mut [u8]) -> Result<(), ()> {
        buf.copy_from_slice(&self.bytes[..buf.len()]);
        if self.faults { Err(()) } else { Ok(()) }
    }

    fn store(&mut self, data: &[u8]) -> Result<(), ()> {
        if self.faults {
            return Err(());
        }
        self.bytes[..data.len()].copy_from_slice(data);
        Ok(())
    }

    fn size32(&self) -> bool {
        self.size32
    }

    fn protected(&self) -> bool {
        self.protected
    }
}

fn run(fpu: &mut Fpu, escape: u16, memory: &mut Memory) -> Result<Outcome, ()> {
    execute(fpu, &mut 0, Features::all(), escape, memory)
}

fn register(fpu: &mut Fpu, escape: u16) {
    run(fpu, escape, &mut Memory::with(&[])).unwrap();
}

const FLD1: u16 = 0x1E8;
const FLDPI: u16 = 0x1EB;
const FLDZ: u16 = 0x1EE;
const FDIVP: u16 = 0x6F9;
const FSTP_M32: u16 = 0x118;
const FNSTENV: u16 = 0x130;
const FNSAVE: u16 = 0x530;
const FRSTOR: u16 = 0x520;
const STATUS: u16 = Status::EXCEPTIONS.bits() | 0x40;

#[test]
fn a_ninth_push_is_a_stack_overflow_and_leaves_the_indefinite() {
    let mut fpu = Fpu::default();
    for _ in 0..8 {
        register(&mut fpu, FLD1);
    }
    assert_eq!(fpu.status & (STATUS | 0x200), 0);
    register(&mut fpu, FLD1);
    assert_eq!(fpu.status & (STATUS | 0x200), 0x241);
    assert_eq!(fpu.st[7], F80 { mantissa: 0xC000_0000_0000_0000, sign_exponent: 0xFFFF });
}

#[test]
fn an_unmasked_division_by_zero_leaves_the_operands_and_waits() {
    let mut fpu = Fpu { control: 0x037B, ..Fpu::default() };
    register(&mut fpu, FLD1);
    register(&mut fpu, FLDZ);
    let before = fpu.st;
    register(&mut fpu, FDIVP);
    assert_eq!(fpu.status & (STATUS | 0x8080), 0x8084);
    assert_eq!(fpu.st, before);
    assert_eq!(run(&mut fpu, FLD1, &mut Memory::with(&[])), Ok(Outcome::ExceptionPending));
    assert_eq!(wait(&fpu), Outcome::ExceptionPending);
}

#[test]
fn a_faulting_store_changes_nothing() {
    let mut fpu = Fpu::default();
    register(&mut fpu, FLDPI);
    let before = fpu.clone();
    let mut memory = Memory { faults: true, ..Memory::with(&[]) };
    assert_eq!(run(&mut fpu, FSTP_M32, &mut memory), Err(()));
    assert_eq!(fpu, before);
}

#[test]
fn state_images_of_all_four_layouts_come_back() {
    for (size32, protected) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut fpu = Fpu { ip: 0x1234, cs: 8, dp: 0x5678, ds: 16, ..Fpu::default() };
        register(&mut fpu, FLDPI);
        register(&mut fpu, FLDZ);
        let before = fpu.clone();
        let mut memory = Memory { size32, protected, ..Memory::with(&[]) };
        run(&mut fpu, FNSAVE, &mut memory).unwrap();
        assert_eq!(fpu.tags, 0xFFFF);
        run(&mut fpu, FRSTOR, &mut memory).unwrap();
        assert_eq!((fpu.st, fpu.control, fpu.status), (before.st, before.control, before.status));
        assert_eq!(environment::tag_word(&fpu), environment::tag_word(&before));
        let expected = if protected { (0x1234, 8, 0x5678) } else { (0x1234 + 0x80, 0, 0x5678 + 0x100) };
        assert_eq!((fpu.ip, fpu.cs, fpu.dp), expected);
    }
}

#[test]
fn fnstenv_masks_all_exceptions_after_storing() {
    let mut fpu = Fpu { control: 0x0340, ..Fpu::default() };
    let mut memory = Memory::with(&[]);
    run(&mut fpu, FNSTENV, &mut memory).unwrap();
    assert_eq!(u16::from_le_bytes([memory.bytes[0], memory.bytes[1]]), 0x0340);
    assert_eq!(fpu.control, 0x037F);
}

#[test]
fn control_instructions_keep_the_last_opcode() {
    let mut fpu = Fpu::default();
    register(&mut fpu, FLDPI);
    run(&mut fpu, FNSTENV, &mut Memory::with(&[])).unwrap();
    assert_eq!(fpu.opcode, FLDPI);
    assert!(is_control(FNSTENV) && !is_control(FLDPI));
}
