//! The linear addresses and segments that the host's CPU and the interpreter both have.
//!
//! Everything between the windows is unmapped on both sides, so a wild access faults on both.

/// Bytes of a page.
pub const PAGE: u32 = 0x1000;

/// A mapped range of linear addresses that code may write and execute.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// A name for reports.
    pub name: &'static str,
    /// First linear address.
    pub linear: u32,
    /// Place of its bytes in [`Memory`].
    pub offset: usize,
    /// Bytes.
    pub len: usize,
}

/// The sequence under test lies here.
pub const CODE: u32 = 0x0100_0000;
/// Base of the data segments.
pub const DATA: u32 = 0x0200_0000;
/// A page that may be read only, behind the first two of data.
pub const READ_ONLY: u32 = DATA + 2 * PAGE;
/// Base of the stack segments.
pub const STACK: u32 = 0x0300_0000;
/// Last page of a 64 KiB segment, so that 16-bit offsets wrap inside mapped memory.
pub const TOP: u32 = 0xF000;
/// Where every sequence ends: on the host the way back to 64-bit code.
pub const EXIT: u32 = 0x5E37_B000;
/// The one page of tables that only the interpreter has.
pub const SYSTEM: u32 = 0x7A5C_3000;

/// The windows, in the order of [`Memory`].
pub const WINDOWS: [Window; 5] = [
    Window { name: "code", linear: CODE, offset: 0, len: 0x2000 },
    Window { name: "data", linear: DATA, offset: 0x2000, len: 0x2000 },
    Window { name: "data top", linear: DATA + TOP, offset: 0x4000, len: 0x1000 },
    Window { name: "stack", linear: STACK, offset: 0x5000, len: 0x1000 },
    Window { name: "stack top", linear: STACK + TOP, offset: 0x6000, len: 0x1000 },
];

/// Bytes in all windows.
pub const MEMORY: usize = 0x7000;

/// The bytes of all windows, one after the other.
pub type Memory = Box<[u8; MEMORY]>;

/// A [`Memory`] of zeros.
pub fn blank() -> Memory {
    vec![0; MEMORY].into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("the length is right"))
}

/// Place in [`Memory`] of a linear address.
pub fn place(linear: u32) -> Option<usize> {
    WINDOWS
        .iter()
        .find(|w| (w.linear..w.linear + w.len as u32).contains(&linear))
        .map(|w| w.offset + (linear - w.linear) as usize)
}

/// What the read-only page holds.
pub fn read_only_page() -> [u8; PAGE as usize] {
    std::array::from_fn(|n| (n as u32).wrapping_mul(0x9E37_79B1).rotate_right(13) as u8)
}

/// What the page at [`EXIT`] begins with: in 64-bit mode `jmp [rip + 2]` to `target`, which lies aligned for AC's sake.
pub fn exit_bytes(target: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..3].copy_from_slice(&[0xFF, 0x25, 2]);
    bytes[8..].copy_from_slice(&target.to_le_bytes());
    bytes
}

/// Linux's selectors for 32-bit user code, user data and 64-bit user code.
pub mod selector {
    /// Flat 32-bit code.
    pub const CODE: u16 = 0x23;
    /// Flat data.
    pub const DATA: u16 = 0x2B;
    /// 64-bit code.
    pub const LONG: u16 = 0x33;
}

/// What a segment of the local descriptor table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Readable, writable.
    Data,
    /// Readable.
    ReadOnly,
    /// Readable, writable, expanding down.
    Down,
    /// Executable, readable.
    Code,
    /// Executable.
    ExecuteOnly,
}

/// A descriptor of the local descriptor table, all of privilege 3.
#[derive(Clone, Copy, Debug)]
pub struct Local {
    /// Linear base.
    pub base: u32,
    /// The limit field.
    pub limit: u32,
    /// The limit is in pages.
    pub pages: bool,
    /// D/B.
    pub big: bool,
    /// Type.
    pub kind: Kind,
    /// P.
    pub present: bool,
}

const fn local(kind: Kind, base: u32, limit: u32, big: bool) -> Local {
    Local { base, limit, pages: false, big, kind, present: true }
}

/// The local descriptor table.
pub const LOCALS: [Local; 19] = [
    local(Kind::Code, CODE, 0x1FFF, true),
    local(Kind::ExecuteOnly, CODE, 0x1FFF, true),
    local(Kind::Code, CODE, 0xFFFF, false),
    local(Kind::ExecuteOnly, CODE, 0x1FFF, false),
    Local { pages: true, ..local(Kind::Code, 0, 0xF_FFFF, true) },
    Local { present: false, ..local(Kind::Code, CODE, 0x1FFF, true) },
    local(Kind::Data, DATA, 0xFFFF, true),
    local(Kind::Data, DATA, 0xFFFF, false),
    local(Kind::Data, DATA, 0x17FE, true),
    local(Kind::ReadOnly, DATA, 0xFFFF, true),
    local(Kind::Data, DATA + 1, 0x2FFF, true),
    local(Kind::Down, DATA, 0x7FF, false),
    local(Kind::Down, DATA, 0xFFF, true),
    Local { present: false, ..local(Kind::Data, DATA, 0xFFFF, true) },
    local(Kind::Data, STACK, 0xFFFF, true),
    local(Kind::Data, STACK, 0xFFFF, false),
    local(Kind::Down, STACK, 0xFF, false),
    Local { pages: true, ..local(Kind::Down, STACK, 0, true) },
    local(Kind::Data, STACK, 0xFFF, false),
];

/// The selector of entry `n` of [`LOCALS`].
pub const fn local_selector(n: usize) -> u16 {
    (n as u16) << 3 | 7
}

/// The descriptor that a selector names, as a [`Local`]; `None` for what user code cannot load.
pub fn descriptor(selector: u16) -> Option<Local> {
    let flat = |kind| Local { pages: true, ..local(kind, 0, 0xF_FFFF, true) };
    match selector | 3 {
        self::selector::CODE => Some(flat(Kind::Code)),
        self::selector::DATA => Some(flat(Kind::Data)),
        s if s & 4 != 0 => LOCALS.get(usize::from(s >> 3)).copied(),
        _ => None,
    }
}

impl Local {
    /// The limit in bytes.
    pub fn last(&self) -> u32 {
        if self.pages { self.limit << 12 | 0xFFF } else { self.limit }
    }

    /// Code, readable or not.
    pub fn is_code(&self) -> bool {
        matches!(self.kind, Kind::Code | Kind::ExecuteOnly)
    }

    /// The descriptor's eight bytes, accessed.
    pub fn bytes(&self) -> [u8; 8] {
        let kind = match self.kind {
            Kind::Data => 0x3,
            Kind::ReadOnly => 0x1,
            Kind::Down => 0x7,
            Kind::Code => 0xB,
            Kind::ExecuteOnly => 0x9,
        };
        let access = u32::from(self.present) << 7 | 0x70 | kind;
        let flags = u32::from(self.pages) << 3 | u32::from(self.big) << 2;
        let low = self.limit & 0xFFFF | self.base << 16;
        let high = self.base & 0xFF00_0000
            | flags << 20
            | self.limit & 0xF_0000
            | access << 8
            | self.base >> 16 & 0xFF;
        (u64::from(high) << 32 | u64::from(low)).to_le_bytes()
    }
}
