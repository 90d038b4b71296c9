; What all images of the VGA BIOS have: INT 10h of an IBM VGA at A0000-BFFFF and ports 3B0-3DF, and the VESA BIOS
; extension if the image's file names an ADAPTER; what else that adapter's makers had is in the file ADAPTER_OWN.
;
; An image is an ISA option ROM, and a PCI one if its file names PCI_VENDOR and PCI_DEVICE. It keeps no data of its own:
; everything it knows between calls is in the BIOS data area or in the adapter, so the same bytes run from
; C0000 shadow RAM, in virtual-8086 mode and inside x86 emulators. Code is 386 real-mode code with 16-bit
; offsets; it switches no stack and needs little of the caller's.
;
; Documents: IBM Personal System/2 and PC BIOS Interface Technical Reference; IBM PS/2 Hardware Interface
; Technical Reference, video subsystem; PCI Firmware Specification 3.0, chapter 5.

cpu 386
bits 16
org 0

%include "bda.inc"
%include "ports.inc"
%include "layout.inc"                   ; generated: where the fonts lie

%include "header.asm"
%include "fonts.inc"                    ; generated: from FONT_8X16_AT on

%include "init.asm"
%include "entry.asm"
%include "registers.asm"
%include "models.asm"

%include "mode_set.asm"                 ; 00h
%include "cursor.asm"                   ; 01h 02h 03h
%include "light_pen.asm"                ; 04h
%include "page.asm"                     ; 05h
%include "scroll.asm"                   ; 06h 07h
%include "read_character.asm"           ; 08h
%include "write_character.asm"          ; 09h 0Ah
%include "glyph.asm"
%include "cga_palette.asm"              ; 0Bh
%include "pixel.asm"                    ; 0Ch 0Dh
%include "teletype.asm"                 ; 0Eh
%include "state.asm"                    ; 0Fh
%include "palette.asm"                  ; 10h
%include "font.asm"                     ; 11h
%include "alternate.asm"                ; 12h
%include "print_screen.asm"             ; INT 05h
%include "string.asm"                   ; 13h
%include "display_combination.asm"      ; 1Ah
%include "functionality.asm"            ; 1Bh
%include "save_restore.asm"             ; 1Ch
%ifdef ADAPTER
%include "pci.asm"
%include "vbe/entry.asm"                ; 4Fh
%ifdef ADAPTER_OWN
%include ADAPTER_OWN                    ; more modes of 00h, more functions of 12h
%endif
%endif

%include "tables.asm"
%include "parameters.inc"               ; generated: the video parameter table
%include "palettes.inc"                 ; generated: the DAC palettes
%ifdef ADAPTER
%include VBE_MODES                      ; generated: the VESA modes
%endif

align 512, db 0FFh                      ; the last byte becomes the checksum
image_end:
