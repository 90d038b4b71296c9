; 4F15h: what the display says of itself (DDC). CX = controller, of which there is one.
;   BL = 0: BL = how it is asked, BH = seconds that a block takes; 1: block DX of its EDID to ES:DI
; Here the data are in the ROM (generated: firmware::vga::edid): the display is part of the adapter.

DDC_2           equ 2
DDC_SECONDS     equ 1

vbe_display_data:
        test    cx, cx
        jnz     vbe_failed
        cmp     bl, 1
        ja      vbe_failed
        je      .block
        mov     word [bp + frame.bx], DDC_SECONDS << 8 | DDC_2
        ret
.block:
        test    dx, dx                  ; it has one
        jnz     vbe_failed
        mov     si, edid
        mov     cx, edid_end - edid
        cs rep movsb
        ret

%include "edid.inc"
