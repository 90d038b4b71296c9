; The ways the modes lay out video memory, and where things are in it.

MODEL_TEXT      equ 0
MODEL_CGA4      equ 2                   ; two bits a pixel, even and odd lines apart
MODEL_CGA2      equ 4                   ; one bit a pixel, even and odd lines apart
MODEL_PLANAR    equ 6
MODEL_PACKED    equ 8                   ; a byte a pixel
NO_MODE         equ 0FFh

MODE_MDA        equ 07h
MODE_CGA_LAST   equ 06h
MODE_MONO_GRAPHICS equ 0Fh
MODE_PACKED     equ 13h
MODE_LAST       equ 13h

CGA_BANK        equ 2000h               ; odd lines
CGA_STRIDE      equ 80
CGA_HEIGHT      equ 8

; The model of the current mode in SI. Keeps the rest.
video_model:
        mov     si, [BDA_MODE]
        and     si, 7Fh
        cmp     si, MODE_LAST
        ja      .text
        mov     si, [cs:si + mode_models]
        and     si, 0FFh
        cmp     si, NO_MODE
        jne     .done
.text:
        xor     si, si                  ; a mode not of ours: treat it as text
.done:
        ret

; The segment of video memory in ES; SI = model. Keeps the rest.
video_segment:
        push    ax
        mov     ax, [cs:si + model_segments]
        cmp     byte [BDA_MODE], MODE_MDA
        jne     .done
        mov     ah, 0B0h
.done:
        mov     es, ax
        pop     ax
        ret

; The byte offset of page BH in DI. Keeps the rest.
page_offset:
        push    ax
        push    dx
        movzx   ax, bh
        mul     word [BDA_PAGE_SIZE]
        mov     di, ax
        pop     dx
        pop     ax
        ret

; The cursor of page BH in DX (DH = row, DL = column). Destroys DI.
page_cursor:
        movzx   di, bh
        and     di, 7
        add     di, di
        mov     dx, [di + BDA_CURSORS]
        ret

; The offset of the character cell DH, DL of page BH in DI; SI = model. Keeps the rest.
cell_offset:
        call    page_offset
        push    ax
        push    cx
        push    dx
        movzx   cx, dl                  ; column
        movzx   ax, dh
        jmp     [cs:si + .models]
.models:
        dw      .text, .cga4, .cga2, .planar, .packed
.text:
        mul     word [BDA_COLUMNS]
        add     ax, cx
        add     ax, ax
        jmp     .done
.cga4:
        add     cx, cx
.cga2:
        imul    ax, ax, CGA_STRIDE * CGA_HEIGHT / 2
        add     ax, cx
        jmp     .done
.packed:
        shl     cx, 3
        shl     ax, 3
.planar:
        mul     word [BDA_COLUMNS]
        mul     word [BDA_HEIGHT]
        add     ax, cx
.done:
        add     di, ax
        pop     dx
        pop     cx
        pop     ax
        ret

mode_models:
        db      MODEL_TEXT, MODEL_TEXT, MODEL_TEXT, MODEL_TEXT
        db      MODEL_CGA4, MODEL_CGA4, MODEL_CGA2, MODEL_TEXT
        times 5 db NO_MODE
        db      MODEL_PLANAR, MODEL_PLANAR, MODEL_PLANAR, MODEL_PLANAR
        db      MODEL_PLANAR, MODEL_PLANAR, MODEL_PACKED
        align   2, db 0
model_segments:
        dw      0B800h, 0B800h, 0B800h, 0A000h, 0A000h
