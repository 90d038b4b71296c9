; 4F02h: set mode BX. 4F03h: BX = the present mode.
; CRTC timings of the caller (bit 11) are taken and not used: the picture is the same at every refresh rate.

MODE_VESA       equ 7Fh                 ; what the BIOS data area calls a mode of pixels that IBM has not
PARAMETERS_PLANES equ 1Bh               ; table entries of modes 12h and 13h
PARAMETERS_PACKED equ 1Ch

vbe_set_mode:
        mov     ax, bx
        and     ax, VBE_NUMBER
        cmp     ax, 100h
        jae     .vesa
        and     al, 7Fh
        and     bh, VBE_KEEP_MEMORY     ; bit 15 there is bit 7 here
        or      al, bh
        call    change_mode
        jc      vbe_failed
        ret

.vesa:
        call    vbe_find_mode
        jc      vbe_failed
        test    bx, VBE_LINEAR
        jz      .possible
        cmp     al, PIXEL_PLANES        ; text and planes are reached through the window alone
        jbe     vbe_failed
        test    byte [cs:vbe_options], OPTION_NO_LINEAR
        jnz     vbe_failed
.possible:
        push    ax
        call    adapter_leave
        pop     ax
        and     byte [BDA_CONTROL], ~CONTROL_KEEP_MEMORY & 0FFh
        mov     cl, bh
        and     cl, VBE_KEEP_MEMORY
        or      [BDA_CONTROL], cl
        and     bx, VBE_NUMBER | VBE_LINEAR | VBE_KEEP_MEMORY << 8
        test    al, al
        jz      .text

        ; Pixels: a standard mode's registers under the adapter's own.
        mov     byte [BDA_MODE], MODE_VESA
        mov     cx, PARAMETERS_PACKED * parameters.size
        cmp     al, PIXEL_PLANES
        jne     .standard
        mov     cx, PARAMETERS_PLANES * parameters.size
.standard:
        push    si
        push    ax
        push    bx
        les     si, [BDA_SAVE_TABLE]
        les     si, [es:si + save_table.parameters]
        add     si, cx
        call    record_mode
        call    program_mode
        call    load_default_palette
        pop     bx
        pop     ax
        pop     si
        mov     [BDA_VBE_MODE], bx
        call    vbe_record_cells
        call    adapter_set_mode
        call    rom_font
        push    0
        pop     es
        mov     [es:VECTOR_FONT], di
        mov     [es:VECTOR_FONT + 2], cs
        jmp     finish_mode

.text:
        mov     byte [BDA_MODE], 3
        push    bx
        and     bx, VBE_NUMBER
        sub     bx, VBE_FIRST_TEXT
        shl     bx, 6                   ; parameters.size
        lea     si, [bx + vbe_text_parameters]
        pop     bx
        push    cs
        pop     es
        call    set_mode_from
        mov     [BDA_VBE_MODE], bx
        ret

; Puts the characters of entry SI into the BIOS data area. Destroys CX; keeps AX, BX, SI.
vbe_record_cells:
        push    ax
        mov     ax, [cs:si + vbe_mode.width]
        shr     ax, 3
        mov     [BDA_COLUMNS], ax
        movzx   cx, byte [cs:si + vbe_mode.cell]
        mov     [BDA_HEIGHT], cx
        mov     ax, [cs:si + vbe_mode.height]
        div     cl
        dec     al
        mov     [BDA_ROWS], al
        pop     ax
        ret

vbe_get_mode:
        mov     bx, [BDA_VBE_MODE]
        test    bx, bx
        jnz     .answer
        mov     bl, [BDA_MODE]
        mov     bh, [BDA_CONTROL]
        and     bh, CONTROL_KEEP_MEMORY ; bit 7 there is bit 15 here
.answer:
        mov     [bp + frame.bx], bx
        ret
