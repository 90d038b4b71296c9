; 0Eh: teletype. AL on the displayed page, in colour BL in graphics modes.

BELL            equ 07h
BACKSPACE       equ 08h
LINE_FEED       equ 0Ah
CARRIAGE_RETURN equ 0Dh

PIT_CHANNEL2    equ 42h
PIT_COMMAND     equ 43h
PIT_SQUARE2     equ 0B6h                ; channel 2, both bytes, square wave
BELL_DIVISOR    equ 1193182 / 900
SYSTEM_CONTROL  equ 61h
SPEAKER_ON      equ 03h
SPEAKER_OUTPUT  equ 20h                 ; of channel 2
BELL_EDGES      equ 2 * 900 / 8         ; an eighth of a second

teletype:
        mov     bh, [BDA_PAGE]
        mov     ah, 0
        ; falls through

; Types AL on page BH in colour BL; AH = 0: text keeps the attribute it finds, else it gets BL.
type_character:
        call    page_cursor
        cmp     al, CARRIAGE_RETURN
        je      .return
        cmp     al, LINE_FEED
        je      .feed
        cmp     al, BACKSPACE
        je      .back
        cmp     al, BELL
        je      ring_bell
        call    put_character
        inc     dl
        cmp     dl, [BDA_COLUMNS]
        jb      .move
        mov     dl, 0
.feed:
        cmp     dh, [BDA_ROWS]
        jae     .scroll
        inc     dh
        jmp     .move
.back:
        test    dl, dl
        jz      .move
        dec     dl
        jmp     .move
.return:
        mov     dl, 0
.move:
        jmp     move_cursor
.scroll:
        mov     dh, [BDA_ROWS]
        push    bx
        push    dx
        call    move_cursor
        pop     dx
        push    dx
        mov     bl, bh                  ; page
        call    fill_under_cursor
        xor     cx, cx
        mov     dh, [BDA_ROWS]
        mov     dl, [BDA_COLUMNS]
        dec     dl
        mov     ax, 1                   ; up by one
        call    scroll_window
        pop     dx
        pop     bx
        ret

; BH = what to fill a new row of page BH with: the attribute at DH, DL, or black in graphics.
fill_under_cursor:
        call    video_model
        cmp     si, MODEL_TEXT
        jne     .black
        call    video_segment
        call    cell_offset
        mov     bh, [es:di + 1]
        ret
.black:
        mov     bh, 0
        ret

; Writes AL at DH, DL of page BH. Keeps BX, DX.
put_character:
        call    video_model
        call    video_segment
        call    cell_offset
        cmp     si, MODEL_TEXT
        jne     .picture
        mov     [es:di], al
        test    ah, ah
        jz      .done
        mov     [es:di + 1], bl
.done:
        ret
.picture:
        mov     ah, 0
        jmp     draw_glyph

; Sounds the speaker for as many edges of its own square wave; gives up where there is none.
ring_bell:
        mov     al, PIT_SQUARE2
        out     PIT_COMMAND, al
        mov     al, BELL_DIVISOR & 0FFh
        out     PIT_CHANNEL2, al
        mov     al, BELL_DIVISOR >> 8
        out     PIT_CHANNEL2, al
        in      al, SYSTEM_CONTROL
        push    ax
        or      al, SPEAKER_ON
        out     SYSTEM_CONTROL, al
        mov     bx, BELL_EDGES
        mov     ah, al
.edge:
        xor     cx, cx
.poll:
        in      al, SYSTEM_CONTROL
        xor     al, ah
        test    al, SPEAKER_OUTPUT
        loopz   .poll
        jz      .silent
        xor     ah, SPEAKER_OUTPUT
        dec     bx
        jnz     .edge
.silent:
        pop     ax
        out     SYSTEM_CONTROL, al
        ret
