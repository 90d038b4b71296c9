; 08h: read character and attribute at the cursor of page BH. In graphics modes the picture is compared
; with the font; AL = 0 if nothing matches, and AH = 0.

GLYPH_BUFFER    equ 32                  ; bytes: the tallest character

read_character:
        call    video_model
        call    video_segment
        call    page_cursor
        call    cell_offset
        mov     ax, [es:di]
        cmp     si, MODEL_TEXT
        je      .answer
        call    match_glyph
.answer:
        mov     [bp + frame.ax], ax
        ret

; The character whose picture is at ES:DI in AL, 0 if none; AH = 0. SI = model. Keeps BP.
match_glyph:
        push    bp
        sub     sp, GLYPH_BUFFER
        mov     bp, sp
        mov     cx, [BDA_HEIGHT]
        cmp     cx, GLYPH_BUFFER
        ja      .unknown
        call    [cs:si + .readers]
        push    BDA_SEGMENT
        pop     ds
        push    ss
        pop     es
        xor     ax, ax
.character:
        push    ds
        call    glyph_pointer           ; DS:SI, CX lines
        mov     di, bp
        repe    cmpsb
        pop     ds
        je      .done
        inc     al
        jnz     .character
.unknown:
        xor     ax, ax
.done:
        add     sp, GLYPH_BUFFER
        pop     bp
        ret
.readers:
        dw      0, capture_cga4, capture_cga2, capture_planar, capture_packed

; The capture routines store the character at ES:DI as one bit a pixel at SS:BP, CX lines. They keep BP;
; any colour but 0 counts as ink.

capture_cga4:
        push    bp
        mov     cx, CGA_HEIGHT
.line:
        mov     ax, [es:di]
        xchg    al, ah                  ; leftmost pixel in the highest bits
        mov     bx, 8
.pixel:
        test    ah, 0C0h
        jz      .clear                  ; carry is clear
        stc
.clear:
        rcl     bh, 1
        shl     ax, 2
        dec     bl
        jnz     .pixel
        mov     [bp], bh
        inc     bp
        call    next_cga_line
        loop    .line
        pop     bp
        ret

capture_cga2:
        push    bp
        mov     cx, CGA_HEIGHT
.line:
        mov     al, [es:di]
        mov     [bp], al
        inc     bp
        call    next_cga_line
        loop    .line
        pop     bp
        ret

capture_planar:
        push    bp
        mov     dx, GRAPHICS
        mov     ax, 0800h | GC_MODE     ; read mode 1: bits of pixels equal to the compare colour, 0
        out     dx, ax
        mov     ax, GC_COMPARE
        out     dx, ax
        mov     al, GC_DONT_CARE        ; two-colour modes compare only some planes
        call    read_indexed
        push    ax
        mov     ax, 0F00h | GC_DONT_CARE
        out     dx, ax
.line:
        mov     al, [es:di]
        not     al
        mov     [bp], al
        inc     bp
        add     di, [BDA_COLUMNS]
        loop    .line
        pop     ax
        mov     ah, al
        mov     al, GC_DONT_CARE
        out     dx, ax
        mov     ax, GC_MODE
        out     dx, ax
        pop     bp
        ret

capture_packed:
        push    bp
        mov     dx, [BDA_COLUMNS]
        dec     dx
        shl     dx, 3                   ; from the end of a character's line to its next one
.line:
        mov     bx, 8
.pixel:
        cmp     byte [es:di], 1
        cmc
        rcl     bh, 1
        inc     di
        dec     bl
        jnz     .pixel
        mov     [bp], bh
        inc     bp
        add     di, dx
        loop    .line
        pop     bp
        ret
