; 0Bh: BH = 0: background and border colour BL. BH = 1: CGA palette BL.

set_cga_palette:
        cmp     bh, 1
        je      .palette
        ja      .done
        mov     al, bl
        and     al, 1Fh
        and     byte [BDA_CGA_COLOUR], ~1Fh & 0FFh
        or      [BDA_CGA_COLOUR], al

        mov     ah, bl                  ; RGBI: bit 4 of the palette is intensity
        and     ah, 7
        test    bl, 8
        jz      .border
        or      ah, 10h
.border:
        call    video_model
        cmp     si, MODEL_TEXT
        je      .overscan
        push    ax
        mov     al, 0
        call    write_attribute
        pop     ax
.overscan:
        mov     al, ATTRIBUTE_OVERSCAN
        call    write_attribute
        jmp     .colours
.palette:
        and     byte [BDA_CGA_COLOUR], ~CGA_COLOUR_PALETTE1 & 0FFh
        test    bl, 1
        jz      .colours
        or      byte [BDA_CGA_COLOUR], CGA_COLOUR_PALETTE1

        ; colours 1-3 of the four-colour modes: green, red, brown or cyan, magenta, white
.colours:
        call    video_model
        cmp     si, MODEL_CGA4
        jne     .saved
        mov     cl, [BDA_CGA_COLOUR]
        mov     ch, cl
        and     cl, CGA_COLOUR_INTENSE
        shr     ch, 5
        and     ch, 1
        or      cl, ch
        mov     ch, 1
.colour:
        mov     ah, ch
        add     ah, ah
        or      ah, cl
        mov     al, ch
        call    write_attribute
        inc     ch
        cmp     ch, 3
        jbe     .colour
.saved:
        jmp     save_attributes
.done:
        ret
