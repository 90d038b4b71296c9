; Tables other programs find through vectors, pointers and answers.

ROM_SEGMENT     equ 0C000h              ; where a VGA's ROM is

; INT 1Dh: CRTC registers of a CGA's and an MDA's modes, for software of that time.
video_parameters:
        db      38h, 28h, 2Dh, 0Ah, 1Fh, 06h, 19h, 1Ch, 02h, 07h, 06h, 07h, 0, 0, 0, 0  ; 40 columns
        db      71h, 50h, 5Ah, 0Ah, 1Fh, 06h, 19h, 1Ch, 02h, 07h, 06h, 07h, 0, 0, 0, 0  ; 80 columns
        db      38h, 28h, 2Dh, 0Ah, 7Fh, 06h, 64h, 70h, 02h, 01h, 06h, 07h, 0, 0, 0, 0  ; graphics
        db      61h, 50h, 52h, 0Fh, 19h, 06h, 19h, 19h, 02h, 0Dh, 0Bh, 0Ch, 0, 0, 0, 0  ; monochrome
        dw      2048, 4096, 16384, 16384                                                ; page sizes
        db      40, 40, 80, 80, 40, 40, 80, 80                                          ; columns
        db      2Ch, 28h, 2Dh, 29h, 2Ah, 2Eh, 1Eh, 29h                                  ; mode registers

; 40:A8 points here.
save_pointers:
        dw      parameter_table, ROM_SEGMENT
        dd      0, 0, 0
        dw      secondary_pointers, ROM_SEGMENT
        dd      0, 0

secondary_pointers:
        dw      secondary_table.size
        dw      combination_codes, ROM_SEGMENT
        dd      0, 0
        dd      0, 0, 0

; 1Ah: display combinations as (other, active) pairs.
COMBINATION_VGA_COLOUR equ 0Bh

combination_codes:
        db      (.pairs_end - .pairs) / 2
        db      1, 8, 0
.pairs:
        db      0, 0                    ; none
        db      0, 1                    ; MDA
        db      0, 2                    ; CGA
        db      2, 1
        db      0, 4                    ; EGA colour
        db      4, 1
        db      0, 5                    ; EGA mono
        db      2, 5
        db      0, 6                    ; PGA
        db      1, 6
        db      5, 6
        db      0, DISPLAY_VGA_COLOUR
        db      1, DISPLAY_VGA_COLOUR
        db      0, 7                    ; VGA mono
        db      2, 7
        db      6, 7
.pairs_end:

; 1Bh: what this BIOS can do.
static_functionality:
        db      0FFh                    ; modes 00h-07h
        db      0E0h                    ; 0Dh-0Fh
        db      0Fh                     ; 10h-13h
        db      0, 0, 0, 0
        db      07h                     ; 200, 350, 400 lines in text
        db      8, 2                    ; font blocks, of which shown at once
        db      0FFh                    ; all modes on all displays, grey summing, font loading, palette loading
                                        ; switch, cursor emulation, EGA palette, DAC, pages of the DAC
        db      0Eh                     ; save and restore, blink, display combinations
        dw      0
        db      3Fh                     ; 512 characters, save area, fonts, palette, combinations
        db      0

; Glyphs that look different when nine dots wide: none, the ninth dot is blank or repeats.
font_9x14:
        db      0
font_9x16:
        db      0
