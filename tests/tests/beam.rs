//! A program that follows the beam through port 3DAh sees it where screenshots show that it was.

use relic_tests::service::{Bios, Registers};

const MODE_13H: u16 = 0x0013;
const CODE: u32 = 0x3000;
const BLUE: u32 = 0x00_00FF;
const RED: u32 = 0xFF_0000;

/// Makes colour 0 blue at each vertical retrace, and red after 100 lines.
#[rustfmt::skip]
const RASTER: [u8; 55] = [
    0xFA,                                           // cli
    0xBA, 0xDA, 0x03, 0xEC, 0xA8, 0x08, 0x74, 0xFB, // frame: mov dx, 3DAh; in al, dx; test al, 8; jz $-3
    0xBA, 0xC8, 0x03, 0x30, 0xC0, 0xEE, 0x42,       // mov dx, 3C8h; xor al, al; out dx, al; inc dx
    0xEE, 0xEE, 0xB0, 0x3F, 0xEE,                   // out dx, al; out dx, al; mov al, 3Fh; out dx, al
    0xBA, 0xDA, 0x03, 0xB9, 0x64, 0x00,             // mov dx, 3DAh; mov cx, 100
    0xEC, 0xA8, 0x01, 0x74, 0xFB,                   // line: in al, dx; test al, 1; jz $-3
    0xEC, 0xA8, 0x01, 0x75, 0xFB, 0xE2, 0xF4,       // in al, dx; test al, 1; jnz $-3; loop line
    0xBA, 0xC8, 0x03, 0x30, 0xC0, 0xEE, 0x42,       // mov dx, 3C8h; xor al, al; out dx, al; inc dx
    0xB0, 0x3F, 0xEE, 0x30, 0xC0, 0xEE, 0xEE,       // mov al, 3Fh; out dx, al; xor al, al; out dx, al; out dx, al
    0xEB, 0xCA,                                     // jmp frame
];

#[test]
fn a_screenshot_shows_a_raster_programs_two_colours_whenever_it_is_taken() {
    let mut bios = Bios::boot();
    bios.call(0x10, Registers { ax: MODE_13H, ..Registers::default() });
    bios.put(CODE, &RASTER);
    bios.start(CODE, Registers::default());
    bios.run(50_000_000);
    for shot in 0..30 {
        bios.run(3_300_000);
        let frame = bios.machine.frame();
        assert_eq!((frame.width, frame.height), (320, 200));
        let first_red = frame.pixels.iter().position(|pixel| *pixel == RED).expect("it is red below");
        // 100 lines are 50 rows; the last of them is awaited at its left end.
        assert!((49 * 320..50 * 320 + 320).contains(&first_red), "shot {shot}: red from dot {first_red} on");
        assert!(frame.pixels[..first_red].iter().all(|pixel| *pixel == BLUE), "shot {shot}: blue above");
        assert!(frame.pixels[first_red..].iter().all(|pixel| *pixel == RED), "shot {shot}: red below");
        assert!(*bios.machine.screen() == frame, "shot {shot}: what the host keeps");
    }
}
