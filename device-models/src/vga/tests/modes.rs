//! Register tables of the BIOS modes and of well-known modes made from them.

/// A mode's registers, and the picture it must give.
#[derive(Clone, Copy, Debug)]
pub(in crate::vga) struct Mode {
    /// Its name.
    pub name: &'static str,
    /// Miscellaneous output.
    pub misc: u8,
    /// Sequencer registers 1-4.
    pub seq: [u8; 4],
    /// CRTC registers.
    pub crtc: [u8; 25],
    /// Graphics registers 5-7; the others are set for plain writes.
    pub gfx: [u8; 3],
    /// Attribute registers.
    pub attr: [u8; 21],
    /// Width and height of the picture.
    pub size: (u32, u32),
}

const EGA: [u8; 16] = [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F];
const CGA16: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17];
const CGA4: [u8; 16] = [0, 0x13, 0x15, 0x17, 2, 4, 6, 7, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17];
const CGA2: [u8; 16] = [0, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23];
const MONO: [u8; 16] = [0, 8, 8, 8, 8, 8, 8, 8, 16, 24, 24, 24, 24, 24, 24, 24];
const MONO_GRAPHICS: [u8; 16] = [0, 8, 0, 0, 24, 24, 0, 0, 0, 8, 0, 0, 0, 24, 0, 0];
const TWO: [u8; 16] = [0, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63];
const IDENTITY: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

const fn attr(palette: [u8; 16], rest: [u8; 5]) -> [u8; 21] {
    let mut all = [0; 21];
    let mut n = 0;
    while n < 21 {
        all[n] = if n < 16 { palette[n] } else { rest[n - 16] };
        n += 1;
    }
    all
}

/// CRTC timing of 40 or 80 columns at 400 lines.
const fn crtc(horizontal: [u8; 6], vertical: Vertical, rows: [u8; 3], rest: [u8; 4]) -> [u8; 25] {
    let [h0, h1, h2, h3, h4, h5] = horizontal;
    let [total, overflow, retrace, retrace_end, end, blank, blank_end] = vertical;
    let [max_scan, cursor, cursor_end] = rows;
    let [offset, underline, mode, compare] = rest;
    [
        h0,
        h1,
        h2,
        h3,
        h4,
        h5,
        total,
        overflow,
        0,
        max_scan,
        cursor,
        cursor_end,
        0,
        0,
        0,
        0,
        retrace,
        retrace_end,
        end,
        offset,
        underline,
        blank,
        blank_end,
        mode,
        compare,
    ]
}

/// Total, overflow, retrace start and end, display end, blank start and end.
type Vertical = [u8; 7];
const LINES400: Vertical = [0xBF, 0x1F, 0x9C, 0x8E, 0x8F, 0x96, 0xB9];
const LINES350: Vertical = [0xBF, 0x1F, 0x83, 0x85, 0x5D, 0x63, 0xBA];
const LINES480: Vertical = [0x0B, 0x3E, 0xEA, 0x8C, 0xDF, 0xE7, 0x04];
const TEXT40: [u8; 6] = [0x2D, 0x27, 0x28, 0x90, 0x2B, 0xA0];
const TEXT80: [u8; 6] = [0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81];
const DOTS320: [u8; 6] = [0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80];
const DOTS640: [u8; 6] = [0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80];
const DOTS720: [u8; 6] = [0x6B, 0x59, 0x5A, 0x8E, 0x5E, 0x8A];

const TEXT: [u8; 3] = [0x10, 0x0E, 0x00];
const PLANES: [u8; 3] = [0x00, 0x05, 0x0F];
const BYTES: [u8; 3] = [0x40, 0x05, 0x0F];

pub(super) const MODE_3: Mode = Mode {
    name: "3, 80x25 text",
    misc: 0x67,
    seq: [0x00, 0x03, 0x00, 0x02],
    crtc: crtc(TEXT80, LINES400, [0x4F, 0x0D, 0x0E], [0x28, 0x1F, 0xA3, 0xFF]),
    gfx: TEXT,
    attr: attr(EGA, [0x0C, 0, 0x0F, 8, 0]),
    size: (720, 400),
};

pub(super) const MODE_1: Mode = Mode {
    name: "0 and 1, 40x25 text",
    seq: [0x08, 0x03, 0x00, 0x02],
    crtc: crtc(TEXT40, LINES400, [0x4F, 0x0D, 0x0E], [0x14, 0x1F, 0xA3, 0xFF]),
    size: (360, 400),
    ..MODE_3
};

pub(super) const MODE_4: Mode = Mode {
    name: "4 and 5, 320x200 CGA",
    misc: 0x63,
    seq: [0x09, 0x03, 0x00, 0x02],
    crtc: crtc(DOTS320, LINES400, [0xC1, 0, 0], [0x14, 0x00, 0xA2, 0xFF]),
    gfx: [0x30, 0x0F, 0x00],
    attr: attr(CGA4, [0x01, 0, 0x03, 0, 0]),
    size: (320, 200),
};

pub(super) const MODE_6: Mode = Mode {
    name: "6, 640x200 CGA",
    misc: 0x63,
    seq: [0x01, 0x01, 0x00, 0x06],
    crtc: crtc(DOTS640, LINES400, [0xC1, 0, 0], [0x28, 0x00, 0xC2, 0xFF]),
    gfx: [0x00, 0x0D, 0x00],
    attr: attr(CGA2, [0x01, 0, 0x01, 0, 0]),
    size: (640, 200),
};

pub(super) const MODE_7: Mode = Mode {
    name: "7, 80x25 monochrome text",
    misc: 0x66,
    crtc: crtc(TEXT80, LINES400, [0x4F, 0x0D, 0x0E], [0x28, 0x0F, 0xA3, 0xFF]),
    gfx: [0x10, 0x0A, 0x00],
    attr: attr(MONO, [0x0E, 0, 0x0F, 8, 0]),
    ..MODE_3
};

pub(super) const MODE_D: Mode = Mode {
    name: "0Dh, 320x200 planar",
    misc: 0x63,
    seq: [0x09, 0x0F, 0x00, 0x06],
    crtc: crtc(DOTS320, LINES400, [0xC0, 0, 0], [0x14, 0x00, 0xE3, 0xFF]),
    gfx: PLANES,
    attr: attr(CGA16, [0x01, 0, 0x0F, 0, 0]),
    size: (320, 200),
};

pub(super) const MODE_E: Mode = Mode {
    name: "0Eh, 640x200 planar",
    seq: [0x01, 0x0F, 0x00, 0x06],
    crtc: crtc(DOTS640, LINES400, [0xC0, 0, 0], [0x28, 0x00, 0xE3, 0xFF]),
    size: (640, 200),
    ..MODE_D
};

pub(super) const MODE_F: Mode = Mode {
    name: "0Fh, 640x350 monochrome",
    misc: 0xA2,
    crtc: crtc(DOTS640, LINES350, [0x40, 0, 0], [0x28, 0x0F, 0xE3, 0xFF]),
    gfx: [0x00, 0x05, 0x05],
    attr: attr(MONO_GRAPHICS, [0x0B, 0, 0x05, 0, 0]),
    size: (640, 350),
    ..MODE_E
};

pub(super) const MODE_10: Mode = Mode {
    name: "10h, 640x350 planar",
    misc: 0xA3,
    gfx: PLANES,
    attr: attr(EGA, [0x01, 0, 0x0F, 0, 0]),
    ..MODE_F
};

pub(super) const MODE_12: Mode = Mode {
    name: "12h, 640x480 planar",
    misc: 0xE3,
    crtc: crtc(DOTS640, LINES480, [0x40, 0, 0], [0x28, 0x00, 0xE3, 0xFF]),
    size: (640, 480),
    ..MODE_10
};

pub(super) const MODE_11: Mode =
    Mode { name: "11h, 640x480 two colours", attr: attr(TWO, [0x01, 0, 0x0F, 0, 0]), ..MODE_12 };

pub(super) const MODE_13: Mode = Mode {
    name: "13h, 320x200 in 256 colours",
    misc: 0x63,
    seq: [0x01, 0x0F, 0x00, 0x0E],
    crtc: crtc(DOTS640, LINES400, [0x41, 0, 0], [0x28, 0x40, 0xA3, 0xFF]),
    gfx: BYTES,
    attr: attr(IDENTITY, [0x41, 0, 0x0F, 0, 0]),
    size: (320, 200),
};

pub(super) const MODE_X: Mode = Mode {
    name: "X, 320x240 unchained",
    misc: 0xE3,
    seq: [0x01, 0x0F, 0x00, 0x06],
    crtc: crtc(DOTS640, LINES480, [0x41, 0, 0], [0x28, 0x00, 0xE3, 0xFF]),
    size: (320, 240),
    ..MODE_13
};

pub(super) const MODE_360X480: Mode = Mode {
    name: "360x480 unchained",
    misc: 0xE7,
    crtc: crtc(DOTS720, LINES480, [0x40, 0, 0], [0x2D, 0x00, 0xE3, 0xFF]),
    size: (360, 480),
    ..MODE_X
};

pub(super) const MODE_320X400: Mode = Mode {
    name: "320x400 unchained",
    misc: 0x63,
    crtc: crtc(DOTS640, LINES400, [0x40, 0, 0], [0x28, 0x00, 0xE3, 0xFF]),
    size: (320, 400),
    ..MODE_X
};

pub(super) const TEXT_80X50: Mode = Mode {
    name: "80x50 text",
    crtc: crtc(TEXT80, LINES400, [0x47, 0x06, 0x07], [0x28, 0x1F, 0xA3, 0xFF]),
    ..MODE_3
};

pub(super) const TEXT_80X28: Mode = Mode {
    name: "80x28 text",
    crtc: crtc(TEXT80, LINES400, [0x4D, 0x0B, 0x0C], [0x28, 0x1F, 0xA3, 0xFF]),
    ..MODE_3
};

pub(super) const TEXT_80X43: Mode = Mode {
    name: "80x43 text at 350 lines",
    misc: 0xA3,
    seq: [0x01, 0x03, 0x00, 0x02],
    crtc: crtc(TEXT80, LINES350, [0x47, 0x06, 0x07], [0x28, 0x1F, 0xA3, 0xFF]),
    size: (640, 350),
    ..MODE_3
};

/// All of them.
pub(in crate::vga) const ALL: [Mode; 18] = [
    MODE_1,
    MODE_3,
    MODE_4,
    MODE_6,
    MODE_7,
    MODE_D,
    MODE_E,
    MODE_F,
    MODE_10,
    MODE_11,
    MODE_12,
    MODE_13,
    MODE_X,
    MODE_360X480,
    MODE_320X400,
    TEXT_80X50,
    TEXT_80X28,
    TEXT_80X43,
];
