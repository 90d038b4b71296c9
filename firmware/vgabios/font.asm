; 11h: fonts. 00h-04h load text fonts, 10h-14h also fit the mode to them, 20h-24h set graphics fonts,
; 30h tells about them.

FONT_INFORMATION equ 30h
TEXT_WINDOW     equ 0A000h              ; segment of plane 2 while fonts are loaded
GLYPH_SLOT      equ 32                  ; bytes of a character in plane 2

font:
        cmp     al, FONT_INFORMATION
        je      font_information
        mov     ah, al
        and     ax, 0F00Fh              ; AH = group, AL = function
        cmp     al, 4
        ja      .done
        shr     ah, 3
        cmp     ah, 4
        ja      .done
        cmp     ah, 4
        je      set_graphics_font
        cmp     al, 3
        je      .block
        push    ax
        call    load_text_font
        pop     ax
        test    ah, ah
        jz      .done
        jmp     set_text_height
.block:
        cmp     ah, 2
        ja      .done
        mov     ah, bl
        mov     al, SEQ_FONTS
        mov     dx, SEQUENCER
        out     dx, ax
.done:
        ret

; Loads the font of function AL (0: ES:BP, the caller's) into block BL. BH = its height afterwards.
load_text_font:
        mov     si, [bp + frame.bp]
        test    al, al
        jz      load_glyphs
        call    select_rom_font
        push    cs
        pop     es
        mov     cx, 256
        xor     dx, dx
        ; falls through

; Loads CX characters of BH lines from ES:SI into block BL of plane 2, from character DX on.
; Keeps BX, ES, BP.
load_glyphs:
        jcxz    .nothing
        mov     di, dx
        shl     di, 5
        mov     ah, bl                  ; blocks 0-3 are 16 KiB apart, 4-7 lie between them
        mov     al, 0
        shl     ah, 6
        test    bl, 4
        jz      .low
        or      ah, 20h
.low:
        add     di, ax

        call    open_fonts
        push    ds
        push    es
        push    es
        pop     ds
        push    TEXT_WINDOW
        pop     es
        movzx   dx, bh
.glyph:
        push    cx
        mov     cx, dx
        rep     movsb
        pop     cx
        add     di, GLYPH_SLOT
        sub     di, dx
        loop    .glyph
        pop     es
        pop     ds
        jmp     close_fonts
.nothing:
        ret

; SI, BH = a ROM font; AL = 1: 8x14, 2: 8x8, above: 8x16.
select_rom_font:
        mov     si, font_8x14
        mov     bh, 14
        cmp     al, 2
        jb      .done
        mov     si, font_8x8
        mov     bh, 8
        je      .done
        mov     si, font_8x16
        mov     bh, 16
.done:
        ret

; Opens plane 2 at A0000. Destroys AX, DX.
open_fonts:
        mov     dx, SEQUENCER
        mov     ax, 0400h | SEQ_PLANES
        out     dx, ax
        mov     ax, 0700h | SEQ_MEMORY  ; sequential
        out     dx, ax
        mov     dx, GRAPHICS
        mov     ax, 0200h | GC_READ_PLANE
        out     dx, ax
        mov     ax, GC_MODE
        out     dx, ax
        mov     ax, 0400h | GC_MISC     ; A0000, 64 KiB
        out     dx, ax
        ret

; Gives text its planes and its window back. Destroys AX, DX.
close_fonts:
        mov     dx, SEQUENCER
        mov     ax, 0300h | SEQ_PLANES
        out     dx, ax
        mov     ax, 0300h | SEQ_MEMORY  ; odd/even
        out     dx, ax
        mov     dx, GRAPHICS
        mov     ax, GC_READ_PLANE
        out     dx, ax
        mov     ax, 1000h | GC_MODE
        out     dx, ax
        mov     ax, 0E00h | GC_MISC     ; B8000
        cmp     byte [BDA_CRTC], CRTC_MONO & 0FFh
        jne     .window
        mov     ah, 0Ah                 ; B0000
.window:
        out     dx, ax
        ret

; Fits the text mode to characters of BH lines.
set_text_height:
        mov     [BDA_HEIGHT], bh
        mov     byte [BDA_HEIGHT + 1], 0
        mov     al, CRTC_LINES
        call    read_crtc
        mov     cl, al                  ; CL bit 7: lines are shown twice
        and     al, 0E0h
        mov     ah, bh
        dec     ah
        or      ah, al
        mov     al, CRTC_LINES
        call    write_crtc
        cmp     byte [BDA_MODE], MODE_MDA
        jne     .rows
        mov     ah, bh
        dec     ah
        mov     al, CRTC_UNDERLINE
        call    write_crtc
.rows:
        call    shown_lines             ; AX
        test    cl, CRTC_DOUBLE
        jz      .lines
        shr     ax, 1
.lines:
        xor     dx, dx
        push    bx
        movzx   bx, bh
        div     bx
        pop     bx
        dec     ax
        mov     [BDA_ROWS], al
        inc     ax
        push    ax
        mul     bh
        test    cl, CRTC_DOUBLE
        jz      .shown
        add     ax, ax
.shown:
        call    set_shown_lines
        pop     ax
        mul     byte [BDA_COLUMNS]
        add     ax, ax
        add     ax, 256                 ; a gap between the pages
        mov     [BDA_PAGE_SIZE], ax
        mov     cx, [BDA_CURSOR_SHAPE]
        jmp     program_cursor_shape

; AX = scan lines shown. Destroys DX.
shown_lines:
        push    bx
        mov     al, CRTC_OVERFLOW
        call    read_crtc
        mov     bl, al
        mov     al, CRTC_SHOWN
        call    read_crtc
        mov     ah, 0
        test    bl, 02h
        jz      .bit9
        inc     ah
.bit9:
        test    bl, 40h
        jz      .done
        or      ah, 2
.done:
        inc     ax
        pop     bx
        ret

; Shows AX scan lines. Destroys AX, CX, DX.
set_shown_lines:
        dec     ax
        mov     cx, ax
        mov     al, CRTC_OVERFLOW
        call    read_crtc
        and     al, ~42h & 0FFh
        test    ch, 1
        jz      .bit9
        or      al, 02h
.bit9:
        test    ch, 2
        jz      .write
        or      al, 40h
.write:
        mov     ah, al
        mov     al, CRTC_OVERFLOW
        call    write_crtc
        mov     al, CRTC_SHOWN
        mov     ah, cl
        jmp     write_crtc

; 20h: INT 1Fh = ES:BP. 21h: INT 43h = ES:BP, CX lines a character. 22h, 23h, 24h: INT 43h = a ROM font.
; BL says the rows: 0: DL, 1: 14, 2: 25, 3: 43.
set_graphics_font:
        mov     si, [bp + frame.bp]
        test    al, al
        jz      .high
        cmp     al, 1
        je      .rows
        dec     al                      ; 22h: 8x14, 23h: 8x8, 24h: 8x16
        call    select_rom_font
        movzx   cx, bh
        push    cs
        pop     es
.rows:
        mov     [BDA_HEIGHT], cx
        cmp     bl, 3
        ja      .vector
        test    bl, bl
        jz      .given
        movzx   di, bl
        mov     dl, [cs:di + .row_counts - 1]
.given:
        dec     dl
        mov     [BDA_ROWS], dl
.vector:
        mov     di, VECTOR_FONT
        jmp     .store
.high:
        mov     di, VECTOR_FONT_HIGH
.store:
        push    0
        pop     ds
        mov     [di], si
        mov     [di + 2], es
        ret
.row_counts:
        db      14, 25, 43

; 30h: ES:BP = font BH, CX = lines of the current one, DL = rows - 1.
font_information:
        cmp     bh, (.fonts_end - .fonts) / 2 + 2
        jae     .done
        mov     cx, [BDA_HEIGHT]
        mov     [bp + frame.cx], cx
        mov     dl, [BDA_ROWS]
        mov     [bp + frame.dx], dl
        movzx   si, bh
        add     si, si
        cmp     bh, 1
        ja      .rom
        mov     di, VECTOR_FONT
        je      .vector
        mov     di, VECTOR_FONT_HIGH
.vector:
        push    0
        pop     ds
        les     si, [di]
        jmp     .answer
.rom:
        mov     si, [cs:si + .fonts - 4]
        push    cs
        pop     es
.answer:
        mov     [bp + frame.bp], si
        mov     [bp + frame.es], es
.done:
        ret
.fonts:
        dw      font_8x14, font_8x8, font_8x8 + 128 * 8, font_9x14, font_8x16, font_9x16
.fonts_end:
