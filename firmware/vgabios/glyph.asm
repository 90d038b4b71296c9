; Drawing characters in graphics modes.

COLOUR_XOR      equ 80h                 ; in a colour of the modes with up to 16

; The lines of character AL in DS:SI, their number in CX. DS is lost; keeps the rest.
glyph_pointer:
        push    ax
        mov     ah, 0
        mov     si, VECTOR_FONT
        mov     cx, [BDA_HEIGHT]
        cmp     byte [BDA_MODE], MODE_CGA_LAST
        ja      .font
        mov     cx, CGA_HEIGHT
        test    al, al
        jns     .font
        and     al, 7Fh
        mov     si, VECTOR_FONT_HIGH
.font:
        mul     cl
        push    0
        pop     ds
        lds     si, [si]
        add     si, ax
        pop     ax
        ret

; Draws character AL at ES:DI in colour BL on background AH; SI = model. Keeps all registers.
draw_glyph:
        pusha
        push    ds
        mov     bp, si
        mov     bh, ah
        mov     dx, [BDA_COLUMNS]
        call    glyph_pointer
        call    [cs:bp + .painters]
        pop     ds
        popa
        ret
.painters:
        dw      0, paint_cga4, paint_cga2, paint_planar, paint_packed

; The painters draw CX lines from DS:SI at ES:DI in colour BL; DX = columns of the screen.

paint_cga4:
        mov     al, bl
        and     al, 3
        mov     ah, 55h
        mul     ah                      ; the colour in all four pixels of a byte
        mov     ah, al
        mov     dx, ax
.line:
        lodsb
        call    double_bits
        and     ax, dx
        xchg    al, ah
        test    bl, COLOUR_XOR
        jz      .store
        xor     ax, [es:di]
.store:
        mov     [es:di], ax
        call    next_cga_line
        loop    .line
        ret

; AX = AL with every bit twice. Destroys BH.
double_bits:
        push    cx
        mov     cx, 8
        mov     bh, al
.bit:
        shl     bh, 1
        rcl     ax, 1
        shl     ax, 1
        loop    .bit
        mov     cx, ax
        shr     cx, 1
        and     ax, 0AAAAh
        and     cx, 5555h
        or      ax, cx
        pop     cx
        ret

paint_cga2:                             ; the ink is white whatever the colour
        lodsb
        test    bl, COLOUR_XOR
        jz      .store
        xor     al, [es:di]
.store:
        mov     [es:di], al
        call    next_cga_line
        loop    paint_cga2
        ret

; DI to the line below, in the other bank.
next_cga_line:
        xor     di, CGA_BANK
        test    di, CGA_BANK
        jnz     .done
        add     di, CGA_STRIDE
.done:
        ret

paint_planar:
        mov     bp, dx
        mov     dx, GRAPHICS
        mov     ah, bl
        not     ah
        and     ah, 0Fh
        mov     al, GC_ENABLE_SET       ; planes the colour lacks get zeros
        out     dx, ax
        mov     ax, GC_SET_RESET
        out     dx, ax
        test    bl, COLOUR_XOR
        jz      .line
        mov     ax, FUNCTION_XOR << 8 | GC_FUNCTION
        out     dx, ax
.line:
        lodsb
        xchg    al, [es:di]             ; the read fills the latches
        add     di, bp
        loop    .line
        mov     ax, GC_ENABLE_SET
        out     dx, ax
        mov     ax, GC_FUNCTION
        out     dx, ax
        ret

paint_packed:
        dec     dx
        shl     dx, 3
.line:
        push    cx
        mov     cx, 8
        lodsb
        mov     ah, al
.pixel:
        mov     al, bl
        shl     ah, 1
        jc      .ink
        mov     al, bh
.ink:
        stosb
        loop    .pixel
        add     di, dx
        pop     cx
        loop    .line
        ret
