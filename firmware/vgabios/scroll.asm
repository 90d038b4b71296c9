; 06h: scroll up. 07h: scroll down. AL lines (0: all), BH fill, CH, CL to DH, DL.

scroll_up:
        xor     ah, ah
        jmp     scroll_displayed
scroll_down:
        mov     ah, 1
scroll_displayed:
        mov     bl, [BDA_PAGE]
        ; falls through

; What scroll_window works with, below BP.
struc scroll_locals
.fill           resw 1                  ; bytes, or character and attribute
.width          resw 1                  ; bytes
.stride         resw 1                  ; bytes to the next line, negative when scrolling down
.distance       resw 1                  ; bytes from a line to the one that replaces it
.copied         resw 1                  ; lines
.cleared        resw 1                  ; lines
.model          resw 1
.size:
endstruc

; Scrolls a window of page BL by AL rows, up (AH = 0) or down, filling with BH. Keeps DS and BP.
scroll_window:
        cmp     dh, [BDA_ROWS]
        jbe     .rows_fit
        mov     dh, [BDA_ROWS]
.rows_fit:
        cmp     dl, [BDA_COLUMNS]
        jb      .columns_fit
        mov     dl, [BDA_COLUMNS]
        dec     dl
.columns_fit:
        sub     dh, ch                  ; DH, DL = height and width
        jb      .nothing
        sub     dl, cl
        jb      .nothing
        inc     dh
        inc     dl
        test    al, al
        jz      .all
        cmp     al, dh
        jbe     .lines_fit
.all:
        mov     al, dh
.lines_fit:
        push    bp
        sub     sp, scroll_locals.size
        mov     bp, sp
        mov     [bp + scroll_locals.fill], bh
        mov     [bp + scroll_locals.fill + 1], bh
        call    video_model
        mov     [bp + scroll_locals.model], si
        call    video_segment
        call    measure_window
        call    [cs:si + .models]
        add     sp, scroll_locals.size
        pop     bp
        push    BDA_SEGMENT
        pop     ds
.nothing:
        ret
.models:
        dw      scroll_text, scroll_cga, scroll_cga, scroll_planar, scroll_lines

; Fills the locals for AL rows of a window of DH rows and DL columns at CH, CL of page BL; AH = direction.
; DI = the first line to write.
measure_window:
        push    ax
        push    dx
        mov     bh, bl
        mov     dx, cx
        call    cell_offset
        pop     dx
        pop     ax

        movzx   cx, dl                  ; width
        cmp     si, MODEL_CGA2
        je      .width
        cmp     si, MODEL_PLANAR
        je      .width
        add     cx, cx
        cmp     si, MODEL_PACKED
        jne     .width
        shl     cx, 2
.width:
        mov     [bp + scroll_locals.width], cx

        mov     bx, [BDA_COLUMNS]       ; stride, and lines of a row
        mov     cx, [BDA_HEIGHT]
        cmp     si, MODEL_PLANAR
        je      .stride
        cmp     si, MODEL_PACKED
        je      .packed
        mov     cx, CGA_HEIGHT / 2
        cmp     si, MODEL_TEXT
        mov     bx, CGA_STRIDE
        jne     .stride
        mov     cx, 1
        mov     bx, [BDA_COLUMNS]
        add     bx, bx
        jmp     .stride
.packed:
        shl     bx, 3
.stride:
        push    ax
        push    dx
        movzx   ax, al
        push    dx
        mul     cx
        mov     [bp + scroll_locals.cleared], ax
        mul     bx
        mov     [bp + scroll_locals.distance], ax
        pop     dx
        movzx   ax, dh
        mul     cx
        push    ax
        sub     ax, [bp + scroll_locals.cleared]
        mov     [bp + scroll_locals.copied], ax
        pop     cx                      ; lines of the window
        pop     dx
        pop     ax
        test    ah, ah
        jz      .done
        mov     ax, cx                  ; down: start from the last line
        dec     ax
        mul     bx
        add     di, ax
        neg     bx
        neg     word [bp + scroll_locals.distance]
.done:
        mov     [bp + scroll_locals.stride], bx
        ret

scroll_text:
        mov     ah, [bp + scroll_locals.fill]
        mov     al, ' '
        mov     [bp + scroll_locals.fill], ax
        jmp     scroll_lines

scroll_cga:
        push    di
        call    scroll_lines
        pop     di
        add     di, CGA_BANK
        jmp     scroll_lines

scroll_planar:
        mov     dx, GRAPHICS
        mov     ax, 0100h | GC_MODE     ; write mode 1: the latches carry all four planes
        out     dx, ax
        call    copy_lines
        mov     ax, GC_MODE
        out     dx, ax
        mov     al, GC_SET_RESET
        mov     ah, [bp + scroll_locals.fill]
        out     dx, ax
        mov     ax, 0F00h | GC_ENABLE_SET
        out     dx, ax
        call    fill_lines
        mov     dx, GRAPHICS
        mov     ax, GC_ENABLE_SET
        out     dx, ax
        mov     ax, GC_SET_RESET
        out     dx, ax
        ret

; Copies, then fills, from line DI on.
scroll_lines:
        call    copy_lines
        ; falls through

; Fills the cleared lines from DI on. Destroys AX, CX, DI.
fill_lines:
        mov     ax, [bp + scroll_locals.fill]
        mov     cx, [bp + scroll_locals.cleared]
.line:
        push    cx
        push    di
        mov     cx, [bp + scroll_locals.width]
        shr     cx, 1
        rep     stosw
        adc     cx, cx
        rep     stosb
        pop     di
        add     di, [bp + scroll_locals.stride]
        pop     cx
        loop    .line
        ret

; Copies the kept lines to DI on; DI ends on the first line to fill. Destroys CX, SI, DS.
copy_lines:
        push    es
        pop     ds
        mov     cx, [bp + scroll_locals.copied]
        jcxz    .done
.line:
        push    cx
        push    di
        mov     si, di
        add     si, [bp + scroll_locals.distance]
        mov     cx, [bp + scroll_locals.width]
        cmp     word [bp + scroll_locals.model], MODEL_PLANAR
        je      .bytes                  ; the latches hold one byte's planes
        shr     cx, 1
        rep     movsw
        adc     cx, cx
.bytes:
        rep     movsb
        pop     di
        add     di, [bp + scroll_locals.stride]
        pop     cx
        loop    .line
.done:
        ret
