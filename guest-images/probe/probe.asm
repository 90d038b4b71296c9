; The probe: walks the hardware of a PC page by page, shows it, and checks what can be checked from inside.
;
; Loaded at 1000:0000 (this part at offset 800h, behind the CD loader), entered with DL = boot drive. One segment
; holds code, data and stack; disk data goes to segment 2000h. Needs a 386.
;
; Debug port E9h gets a line for each event:
;   page: NAME        the screen of the page is complete
;   skip: NAME        the page has no place on this machine
;   ready: NAME       the page now takes keys or mouse packets
;   fail: PAGE CHECK got X want Y
;   probe: N of M     the end: N of M checks passed
        cpu 386
        bits 16
        org 0x800

SELF            equ 0x1000              ; our segment
DISK_SEGMENT    equ 0x2000              ; 64 KiB for disk data
STACK_TOP       equ 0xFFFE
BDA             equ 0x0040
TEXT            equ 0xB800
GRAPHICS        equ 0xA000

        jmp start
        times 4 - ($ - $$) db 0

%include "config.asm"

start:  cli
        mov ax, cs
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, STACK_TOP
        sti
        cld
        mov [boot_drive], dl
        mov byte [list_row], 0
        mov si, pages
.page:  mov [page], si
        mov word [idle], idle_halt
        call [si + page_there]
        jc .skip
        push si
        call [si + page_run]
        mov ax, cs
        mov ds, ax
        mov es, ax
        call frame_wait
        call keys_flush                 ; before the line: a host may type as soon as it sees it
        pop si
        push si
        mov di, text_page
        call debug_pair
        pop si
        cmp si, pages_end - page_bytes
        je finished
        push si
        call page_wait
        pop si
.next:  add si, page_bytes
        jmp .page
.skip:  push si
        mov di, text_skipped
        call debug_pair
        pop si
        jmp .next

finished:
        call debug_result
.stop:  sti
        hlt
        jmp .stop

; Writes "page: NAME" for the page at SI with the prefix at DI.
debug_pair:
        push si
        mov si, di
        call debug_string
        pop si
        mov si, [si + page_name]
        call debug_string
        mov al, 10
        jmp debug_char

struc page_entry
page_name:      resw 1
page_title:     resw 1
page_run:       resw 1
page_there:     resw 1                  ; carry set if the machine lacks what the page shows; keeps SI
page_varies:    resb 1
page_bytes:
endstruc

; PAGE name, title, varies [, there]
%macro PAGE 3-4 always
[section .data]
%defstr %%text %1
%%name:         db %%text, 0
%%title:        db %2, 0
__SECT__
        dw %%name, %%title, page_%1, %4
        db %3
%endmacro

pages:
        PAGE cp437,      "Code page 437, 80 x 25",             0
        PAGE attributes, "Text attributes, blink off",         0
        PAGE text40,     "Text 40 x 25",                       0
        PAGE text50,     "Text 80 x 50, 8 x 8 font",           0
        PAGE planar,     "Planar 640 x 480 x 16, mode 12h",    0
        PAGE palette,    "Mode 13h palette",                   0
        PAGE ramp,       "DAC ramps",                          0
        PAGE modex,      "Mode X 320 x 240",           0
        PAGE fonts,      "Two fonts, underline",               0
        PAGE text8,      "Eight dots, scrolled, split",        0
        PAGE blink,      "Blinking, cursor",                   0
        PAGE cga4,       "320 x 200 x 4",                      0
        PAGE cga2,       "640 x 200 x 2, mode 6",              0
        PAGE ega200,     "320 x 200 x 16",                     0
        PAGE ega350,     "640 x 350 x 16, mode 10h",           0
        PAGE mode11,     "640 x 480 x 2, mode 11h",            0
        PAGE tweak360,   "360 x 480 x 256",                    0
        PAGE tweak400,   "400 x 300 x 256",                    0
        PAGE dac,        "Colour path",                        0
        PAGE beam,       "Raster bars",                        0
        PAGE std4,       "640 x 480, 4 bits a pixel",          0, std_there
        PAGE std8,       "640 x 480, 8 bits a pixel",          0, std_there
        PAGE std15,      "640 x 480, 15 bits a pixel",         0, std_there
        PAGE std16,      "640 x 480, 16 bits a pixel",         0, std_there
        PAGE std24,      "640 x 480, 24 bits a pixel",         0, std_there
        PAGE std32,      "640 x 480, 32 bits a pixel",         0, std_there
        PAGE stdscroll,  "A virtual screen of 1024 x 600",     0, std_there
        PAGE vesa8,      "VESA 101h, 1024 x 600",              0, vesa_there
        PAGE vesa15,     "VESA 110h, 15 bits a pixel",         0, vesa_there
        PAGE vesa16,     "VESA 111h, 16 bits a pixel",         0, vesa_there
        PAGE vesa24,     "VESA 112h, 24 bits a pixel",         0, vesa_there
        PAGE vesadac,    "VESA 101h, a DAC of 8 bits",         0, vesadac_there
        PAGE cirblt,     "The blitter of the CL-GD5446",       0, cirrus_there
        PAGE circur,     "The cursor of the CL-GD5446",        0, cirrus_there
        PAGE disk,       "Disk through INT 13h",               1
        PAGE keyboard,   "Keyboard",                           0
        PAGE mouse,      "Mouse through INT 15h C2h",          0
        PAGE ps2,        "Mouse and keyboard, byte by byte",   0
        PAGE memory,     "Memory map",                         1
        PAGE timer,      "Timer and clock",                    0
        PAGE summary,    "Summary",                            0
pages_end:

always: clc
        ret

%include "debug.asm"
%include "check.asm"
%include "text.asm"
%include "vga.asm"
%include "std.asm"
%include "wait.asm"
%include "crc.asm"
%include "pages/cp437.asm"
%include "pages/attributes.asm"
%include "pages/text40.asm"
%include "pages/text50.asm"
%include "pages/planar.asm"
%include "pages/planar_checks.asm"
%include "pages/palette.asm"
%include "pages/ramp.asm"
%include "pages/modex.asm"
%include "pages/modex_checks.asm"
%include "pages/fonts.asm"
%include "pages/text8.asm"
%include "pages/blink.asm"
%include "pages/cga.asm"
%include "pages/ega.asm"
%include "pages/mode11.asm"
%include "pages/tweak.asm"
%include "pages/dac.asm"
%include "pages/beam.asm"
%include "pages/std.asm"
%include "pages/vesa.asm"
%include "pages/vesadac.asm"
%include "pages/cirrus.asm"
%include "pages/disk.asm"
%include "pages/keyboard.asm"
%include "pages/mouse.asm"
%include "pages/ps2.asm"
%include "pages/memory.asm"
%include "pages/timer.asm"
%include "pages/summary.asm"

[section .data]
text_page:      db "page: ", 0
text_skipped:   db "skip: ", 0
text_ready:     db "ready: ", 0

[section .bss]
page:           resw 1                  ; the page shown
boot_drive:     resb 1
