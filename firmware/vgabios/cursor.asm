; 01h: cursor shape. 02h: cursor position. 03h: read both.

set_cursor_shape:
        mov     [BDA_CURSOR_SHAPE], cx
        ; falls through

; Programs the cursor's lines CH-CL; while emulation is on, shapes meant for 8-line characters are
; stretched to the current height. Destroys AX, CX, DX.
program_cursor_shape:
        call    emulate_cursor
        mov     al, CRTC_CURSOR_TOP
        ; falls through

; Writes CX to the CRTC registers AL (high byte) and AL + 1. Destroys AX, DX.
write_crtc_pair:
        mov     ah, ch
        call    write_crtc
        inc     al
        mov     ah, cl
        out     dx, ax
        ret

; CX = the lines to program for the wanted lines CX. Destroys AX.
;   hidden, or beyond an 8-line character: as wanted
;   end above start: from the end to the bottom
;   end in the upper half: as wanted
;   thick: from the middle, or from its own top, to the bottom
;   thin: at the bottom, one line higher when the character is tall
emulate_cursor:
        test    byte [BDA_CONTROL], CONTROL_CURSOR_AS_IS
        jnz     .done
        mov     ah, [BDA_HEIGHT]
        cmp     ah, 8
        jbe     .done
        test    ch, 60h                 ; hidden
        jnz     .done
        mov     al, ch
        or      al, cl
        cmp     al, 8                   ; made for the real height
        jae     .done
        dec     ah                      ; the bottom line
        cmp     cl, ch
        jb      .split
        cmp     cl, 3
        jbe     .done
        mov     al, ch
        add     al, 2
        cmp     al, cl
        jae     .thin
        mov     cl, ah
        cmp     ch, 2
        jbe     .done
        inc     ah
        shr     ah, 1
        mov     ch, ah
        ret
.split:
        test    cl, cl
        jz      .done
        mov     ch, cl
        mov     cl, ah
        ret
.thin:
        cmp     ah, 12
        jb      .low
        dec     ah
.low:
        sub     cl, ch                  ; thickness
        mov     ch, ah
        sub     ch, cl
        mov     cl, ah
.done:
        ret

set_cursor:
        and     bh, 7
        ; falls through

; Moves page BH's cursor to DH, DL. Destroys AX, CX, DX, DI.
move_cursor:
        movzx   di, bh
        and     di, 7
        add     di, di
        mov     [di + BDA_CURSORS], dx
        cmp     bh, [BDA_PAGE]
        je      place_cursor
        ret

; Puts the adapter's cursor on DH, DL of the displayed page. Destroys AX, CX, DX.
place_cursor:
        movzx   ax, dh
        movzx   cx, dl
        mul     word [BDA_COLUMNS]
        add     cx, ax
        mov     ax, [BDA_PAGE_START]
        shr     ax, 1
        add     cx, ax
        mov     al, CRTC_CURSOR_HIGH
        jmp     write_crtc_pair

read_cursor:
        call    page_cursor
        mov     [bp + frame.dx], dx
        mov     cx, [BDA_CURSOR_SHAPE]
        mov     [bp + frame.cx], cx
        ret
