//! The VGA: registers, and memory through the planes.

use super::{compare, numbers};
use backplane::Width;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Register, Step, read, write};

/// A mode as a BIOS sets it: registers and palette.
pub(super) fn vga_begin() -> Vec<Action> {
    const CRTC: [u32; 25] = [
        0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0, 0x4F, 0x0D, 0x0E, 0, 0, 0, 0, 0x9C, 0x0E, 0x8F,
        0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF,
    ];
    let mut begin = vec![write(0x3C2, 0x63), write(0x3C6, 0xFF), write(0x3C8, 0)];
    begin.extend((0..768).map(|n| write(0x3C9, n / 12)));
    for n in 0..5 {
        begin.extend([write(0x3C4, n), write(0x3C5, [3, 0, 3, 0, 2][n as usize])]);
    }
    begin.extend([write(0x3D4, 0x11), write(0x3D5, 0x0C)]);
    for n in 0..0x19 {
        begin.extend([write(0x3D4, n), write(0x3D5, CRTC[n as usize])]);
    }
    for n in 0..9 {
        begin.extend([write(0x3CE, n), write(0x3CF, [0, 0, 0, 0, 0, 0x10, 0x0E, 0, 0xFF][n as usize])]);
    }
    begin.push(read(0x3DA));
    for n in 0..0x15 {
        begin.extend([write(0x3C0, n), write(0x3C0, n & 7)]);
    }
    begin.extend([write(0x3C0, 0x20), read(0x3DA)]);
    // The first bytes of every window are the same in both.
    for (n, value) in [(2, 0x0F), (4, 0x06)] {
        begin.extend([write(0x3C4, n), write(0x3C5, value)]);
    }
    begin.extend([write(0x3CE, 5), write(0x3CF, 0), write(0x3CE, 6), write(0x3CF, 5)]);
    let places = [0xA_0000..0xA_0010, 0xA_2000..0xA_2004, 0xA_8000..0xA_8010];
    begin.extend(places.into_iter().flatten().map(|at| Action::Write { at, width: Width::Byte, value: 0 }));
    // The latches, too, and no index is where a lone byte would change the memory's map.
    begin.push(Action::Read { at: 0xA_0000, width: Width::Byte });
    begin.push(write(0x3C4, 1));
    begin.push(write(0x3CE, 8));
    begin
}

/// Registers that are not behind an index of their own, but for the memory's and the DAC's.
pub(super) fn lone_ports() -> Vec<Register> {
    vec![
        Register::Steps(vec![Step::Do(read(0x3DA)), Step::OneOf(0x3C0, numbers(0..0x18)), Step::Any(0x3C0)]),
        // The palette is only written while it is not used.
        Register::Steps(vec![
            Step::Do(read(0x3DA)),
            Step::OneOf(0x3C0, numbers(0x30..0x38)),
            Step::Any(0x3C0),
        ]),
        Register::Steps(vec![
            Step::Do(read(0x3DA)),
            Step::OneOf(0x3C0, numbers(0..0x40)),
            Step::Do(read(0x3C1)),
        ]),
        Register::Steps(vec![Step::Any(0x3C8), Step::Any(0x3C9), Step::Any(0x3C9), Step::Any(0x3C9)]),
        Register::Steps(vec![
            Step::Any(0x3C7),
            Step::Do(read(0x3C9)),
            Step::Do(read(0x3C9)),
            Step::Do(read(0x3C9)),
            Step::Do(read(0x3C7)),
        ]),
        Register::Chosen(0x3C2, numbers(0..256).into_iter().filter(|value| value & 3 == 3).collect()),
        Register::Ports { first: 0x3CC, count: 1 },
        Register::Ports { first: 0x3CA, count: 1 },
        Register::Ports { first: 0x3DA, count: 1 },
    ]
}

/// What differs in every VGA's registers.
pub(super) const KNOWN: [Known; 7] = [
    Known {
        name: "retrace",
        why: "QEMU moves its beam at each read of 3DAh; ours stands still with the time",
        bits: at_ports!(0x3DA | 0x3BA, 0x09),
        parts: false,
    },
    Known {
        name: "video status",
        why: "VGA, Input Status 1: bits 4 and 5 show two bits of the colour at the beam; QEMU reads 0",
        bits: at_ports!(0x3DA | 0x3BA, 0x30),
        parts: false,
    },
    Known {
        name: "features",
        why: "VGA, Feature Control: QEMU keeps bit 4 alone",
        bits: at_ports!(0x3CA, 0xFF),
        parts: false,
    },
    Known {
        name: "six bits",
        why: "VGA, DAC: an entry has six bits a colour; QEMU keeps eight",
        bits: at_ports!(0x3C9, 0xC0),
        parts: false,
    },
    Known {
        name: "reserved bits",
        why: "VGA, CRT Controller: what no register has reads 0; QEMU keeps all eight bits",
        bits: |written, action| match (*action, written.byte(0x3D4)) {
            (Action::In { port: 0x3D5, .. }, 0x0A) => 0xC0,
            (Action::In { port: 0x3D5, .. }, 0x17) => 0x10,
            (Action::In { port: 0x3D5, .. }, 0x08 | 0x0B | 0x14) => 0x80,
            _ => 0,
        },
        parts: false,
    },
    Known {
        name: "switches",
        why: "VGA, Input Status 0: the switch sense bit shows a monitor's load on the DAC; QEMU reads 0",
        bits: at_ports!(0x3C2, 0x10),
        parts: false,
    },
    Known {
        name: "page bit",
        why: "VGA, Miscellaneous Output: bit 4 is reserved and reads back as written; QEMU drops it",
        bits: at_ports!(0x3CC, 0x10),
        parts: false,
    },
];

#[test]
fn the_vga_agrees_with_qemus() {
    let field = Field {
        name: "VGA",
        begin: vga_begin(),
        registers: [
            lone_ports(),
            vec![
                Register::Indexed { index: 0x3C4, data: 0x3C5, numbers: numbers(0..4) },
                Register::Indexed { index: 0x3D4, data: 0x3D5, numbers: numbers(0..0x19) },
                Register::Indexed { index: 0x3CE, data: 0x3CF, numbers: numbers(0..5) },
                // QEMU has the bytes of odd/even mode at other places of its planes, whatever the sequencer says, and no chain of odd
                // and even maps; all of video memory in all modes; and chained bytes go past its planes' masks.
                Register::Steps(vec![
                    Step::OneOf(0x3CE, vec![5]),
                    Step::OneOf(
                        0x3CF,
                        numbers(0..256).into_iter().filter(|value| value & 0x10 == 0).collect(),
                    ),
                ]),
                Register::Indexed { index: 0x3CE, data: 0x3CF, numbers: numbers(7..16) },
                Register::Steps(vec![
                    Step::OneOf(0x3CE, vec![6]),
                    Step::OneOf(0x3CF, vec![4, 5, 8, 9, 0x0C, 0x0D]),
                ]),
                Register::Window { first: 0xA_0000, len: 16 },
                Register::Window { first: 0xA_8000, len: 16 },
                Register::Window { first: 0xB_0000, len: 16 },
                Register::Window { first: 0xB_8000, len: 16 },
            ],
        ]
        .concat(),
    };
    compare(&field, &KNOWN);
}

#[test]
fn chained_planes_agree_with_qemus() {
    let mut begin = vga_begin();
    for (index, number, value) in [(0x3C4, 4, 0x0E), (0x3C4, 2, 0x0F), (0x3CE, 5, 0x40), (0x3CE, 6, 5)] {
        begin.extend([write(index, number), write(index + 1, value)]);
    }
    let field = Field {
        name: "chain-4",
        begin,
        registers: vec![
            Register::Window { first: 0xA_0000, len: 16 },
            Register::Window { first: 0xA_8000, len: 16 },
            Register::Steps(vec![Step::OneOf(0x3C4, vec![2]), Step::OneOf(0x3C5, numbers(0..16))]),
        ],
    };
    compare(&field, &[]);
}
