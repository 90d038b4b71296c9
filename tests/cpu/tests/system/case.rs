//! The vocabulary of the table.

pub(crate) use crate::case::Want::*;
pub(crate) use crate::rig::Start::{Real, Ring0, Ring3, V86};
pub(crate) use crate::rig::*;
pub(crate) use engine::{CpuState, Model, Reg, Seg};

use engine::{Exit, SegAccess};

/// Presets of a case.
pub(crate) const FROM_386: &[Model] = &[
    Model::I386,
    Model::I486,
    Model::Pentium,
    Model::PentiumMmx,
    Model::Pentium2,
    Model::Pentium3,
    Model::Pentium4,
];
pub(crate) const FROM_486: &[Model] = FROM_386.split_at(1).1;
pub(crate) const FROM_PENTIUM: &[Model] = FROM_386.split_at(2).1;
pub(crate) const FROM_PENTIUM_2: &[Model] = FROM_386.split_at(4).1;

/// Code: what it says, and its bytes.
pub(crate) type Code = (&'static str, &'static [u8]);

/// A row of the table.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The manual and its section.
    pub(crate) manual: &'static str,
    pub(crate) on: &'static [Model],
    pub(crate) start: Start,
    pub(crate) code: Code,
    pub(crate) setup: fn(&mut Rig),
    pub(crate) want: &'static [Want],
}

/// Something that must hold at the end.
pub(crate) enum Want {
    /// The handler of this vector was reached, and halted.
    Vector(u8),
    /// The CPU halted, EIP behind the HLT.
    Halted(u32),
    /// The CPU shut down.
    Shutdown,
    /// EIP, wherever it ended.
    Eip(u32),
    /// Dwords from the top of the stack.
    Stack(&'static [u32]),
    /// Words from the top of the stack.
    Words(&'static [u16]),
    Gpr(Reg, u32),
    Selector(Seg, u16),
    /// A segment register that cannot be used.
    Null(Seg),
    Base(Seg, u32),
    Limit(Seg, u32),
    Cpl(u8),
    /// EFLAGS under a mask.
    Flags(u32, u32),
    /// CR0 under a mask.
    Cr0(u32, u32),
    Cr2(u32),
    Cr3(u32),
    /// A debug register under a mask.
    Dr(usize, u32, u32),
    /// A dword of memory under a mask.
    Memory(u32, u32, u32),
    /// Selector of the task register.
    Task(u16),
    /// Type of a system descriptor.
    Kind(u16, u8),
    /// The page-table entry of a linear address under a mask.
    Entry(u32, u32, u32),
    /// Ports in the order of their accesses.
    Ports(&'static [u16]),
    /// Instructions that were retired.
    Retired(u64),
}

impl Case {
    /// Runs on every preset; what was different, where something was.
    pub(crate) fn check(&self) -> Result<(), String> {
        let complaints: Vec<String> = self.on.iter().flat_map(|&model| self.check_on(model)).collect();
        if complaints.is_empty() {
            return Ok(());
        }
        Err(format!("{} [{}]\n  {}\n  {}", self.name, self.manual, self.code.0, complaints.join("\n  ")))
    }

    fn check_on(&self, model: Model) -> Vec<String> {
        let mut rig = Rig::new(model, self.start, self.code.1);
        (self.setup)(&mut rig);
        let exit = rig.run();
        let complaints = self.want.iter().filter_map(|want| want.complaint(&rig, exit));
        complaints.map(|text| format!("{}: {text}", model.name())).collect()
    }
}

/// A complaint unless the values are equal.
fn differ<T: PartialEq + std::fmt::LowerHex>(what: &str, is: T, wanted: T) -> Option<String> {
    (is != wanted).then(|| format!("{what} is {is:x}h, not {wanted:x}h"))
}

fn lists<T: PartialEq + std::fmt::LowerHex>(what: &str, is: &[T], wanted: &[T]) -> Option<String> {
    let text = |list: &[T]| list.iter().map(|v| format!("{v:x}")).collect::<Vec<_>>().join(" ");
    (is != wanted).then(|| format!("{what}: {}, not {}", text(is), text(wanted)))
}

/// Where it ended, for a complaint.
fn place(rig: &Rig, exit: Exit) -> String {
    let (cs, eip) = (&rig.cpu.seg[Seg::Cs as usize], rig.cpu.eip);
    let linear = cs.base.wrapping_add(eip);
    let vector = linear.wrapping_sub(HANDLERS + 1);
    let handler = if vector < 0x1000 { format!(" (vector {:x}h)", vector / 16) } else { String::new() };
    format!("{exit:?} at {:x}:{eip:x}{handler}, on the stack {:x}h", cs.selector, rig.get(rig.stack()))
}

impl Want {
    fn complaint(&self, rig: &Rig, exit: Exit) -> Option<String> {
        let cpu = &rig.cpu;
        let segment = |seg: Seg| &cpu.seg[seg as usize];
        match *self {
            Want::Vector(vector) => {
                let linear = segment(Seg::Cs).base.wrapping_add(cpu.eip);
                let there = exit == Exit::Halted && linear == HANDLERS + 16 * u32::from(vector) + 1;
                (!there).then(|| format!("{}, not in vector {vector:x}h", place(rig, exit)))
            }
            Want::Halted(at) => {
                let there = exit == Exit::Halted && cpu.eip == at;
                (!there).then(|| format!("{}, not halted at {at:x}h", place(rig, exit)))
            }
            Want::Shutdown => (exit != Exit::Shutdown).then(|| format!("{}, no shutdown", place(rig, exit))),
            Want::Eip(at) => (cpu.eip != at).then(|| format!("{}, not at {at:x}h", place(rig, exit))),
            Want::Stack(wanted) => {
                let is: Vec<u32> = (0..).map(|n| rig.get(rig.stack() + 4 * n)).take(wanted.len()).collect();
                lists("stack", &is, wanted)
            }
            Want::Words(wanted) => {
                let word = |n: u32| rig.get(rig.stack() + 2 * n) as u16;
                let is: Vec<u16> = (0..).map(word).take(wanted.len()).collect();
                lists("stack", &is, wanted)
            }
            Want::Gpr(reg, wanted) => differ(&format!("{reg:?}"), cpu.gpr[reg as usize], wanted),
            Want::Selector(seg, wanted) => differ(&format!("{seg:?}"), segment(seg).selector, wanted),
            Want::Null(seg) => {
                let usable = !segment(seg).access.contains(SegAccess::UNUSABLE);
                usable.then(|| format!("{seg:?} can be used"))
            }
            Want::Base(seg, wanted) => differ(&format!("base of {seg:?}"), segment(seg).base, wanted),
            Want::Limit(seg, wanted) => differ(&format!("limit of {seg:?}"), segment(seg).limit, wanted),
            Want::Cpl(wanted) => differ("CPL", cpu.cpl, wanted),
            Want::Flags(mask, wanted) => differ("EFLAGS", cpu.eflags & mask, wanted),
            Want::Cr0(mask, wanted) => differ("CR0", cpu.cr0 & mask, wanted),
            Want::Cr2(wanted) => differ("CR2", cpu.cr2, wanted),
            Want::Cr3(wanted) => differ("CR3", cpu.cr3, wanted),
            Want::Dr(n, mask, wanted) => differ(&format!("DR{n}"), cpu.dr[n] & mask, wanted),
            Want::Memory(at, mask, wanted) => differ(&format!("[{at:x}h]"), rig.get(at) & mask, wanted),
            Want::Task(wanted) => differ("TR", cpu.tr.selector, wanted),
            Want::Kind(selector, wanted) => {
                differ(&format!("type of {selector:x}h"), rig.kind(selector), wanted)
            }
            Want::Entry(at, mask, wanted) => {
                differ(&format!("page entry of {at:x}h"), rig.entry_of(at) & mask, wanted)
            }
            Want::Ports(wanted) => lists("ports", &rig.board.ports, wanted),
            Want::Retired(wanted) => differ("retired", cpu.retired, wanted),
        }
    }
}
