; Unchained 320 x 240 ("Mode X"): a wide picture, scrolled by start address and panning, above a split that stays.

XROW            equ 96                  ; bytes of a line: 384 dots
SPLIT_LINES     equ 40
SPLIT_AT        equ 200                 ; first line of the split
PICTURE         equ 4096                ; offset of the picture
PICTURE_LINES   equ 232
START_LINE      equ 16
START_BYTE      equ 8                   ; 32 dots
PAN_DOTS        equ 3
FONT_LINES      equ 8

page_modex:
        mov al, 0x13
        call graphics_mode
        mov si, modex_crtc
        mov al, 0xE3                    ; 25 MHz, negative polarity: 480 lines
        call unchain
        mov word [modex_row], XROW
        call modex_font
        call modex_clear
        call modex_checks
        call modex_picture
        call modex_scroll
        call modex_readback
        mov di, 4 * XROW + 2
        mov si, text_relic
        mov bl, 15
        call modex_string
        mov di, 4 * XROW + 2 + 14 * 2
        mov si, [page]
        mov si, [si + page_title]
        call modex_string
        mov di, 4 * XROW + 80 - 12
        mov si, [page]
        mov si, [si + page_name]
        call modex_string
        mov di, 16 * XROW + 2
        mov si, modex_note
        mov bl, 7
        call modex_string
        mov di, 28 * XROW + 2

; How many checks of the page passed, at byte DI.
modex_check_count:
        mov si, text_checks
        mov bl, 11
        call modex_string
        mov ax, [passed_page]
        call modex_decimal
        mov si, text_of
        call modex_string
        mov ax, [counted_page]
        jmp modex_decimal

; GS:[modex_glyphs] = the 8x8 font.
modex_font:
        push es
        push bp
        mov ax, 0x1130
        mov bh, 3
        int 0x10
        mov [modex_glyphs], bp
        pop bp
        mov ax, es
        mov gs, ax
        pop es
        ret

modex_clear:
        SEQ 2, 0x0F
        xor di, di
        xor ax, ax
        mov cx, 0x8000
        rep stosw
        ret

; Diagonal bands of the BIOS's hues, a white line every 32 dots and lines, numbers on the lines.
modex_picture:
        xor bp, bp                      ; plane
.plane: mov cx, bp
        mov bl, 1
        shl bl, cl
        SEQ_VAR 2, bl
        mov di, PICTURE
        xor bx, bx                      ; line
.line:  xor cx, cx                      ; byte
.byte:  mov ax, cx
        shl ax, 2
        add ax, bp                      ; dot
        test bl, 31
        jz .grid
        test al, 31
        jz .grid
        add ax, bx
        shr ax, 3
        mov dl, 72
        div dl
        mov al, ah
        add al, 32
        jmp .put
.grid:  mov al, 15
.put:   stosb
        inc cx
        cmp cx, XROW
        jb .byte
        inc bx
        cmp bx, PICTURE_LINES
        jb .line
        inc bp
        cmp bp, 4
        jb .plane
        mov cx, 1                       ; the number of each white line
.mark:  mov ax, cx
        imul di, ax, 32 * XROW
        add di, PICTURE + START_BYTE + 14 + 10 * XROW
        mov bl, 15
        mov ax, cx
        shl ax, 5
        push cx
        call modex_decimal
        pop cx
        inc cx
        cmp cx, 7
        jb .mark
        ret

; Start address, panning and the split.
modex_scroll:
        mov bx, PICTURE + START_LINE * XROW + START_BYTE
        call crtc_start
        mov bx, SPLIT_AT * 2 - 1
        call crtc_split
        mov al, 0x10
        call attribute_read
        or al, 0x20                     ; the split does not pan
        mov ah, al
        mov al, 0x10
        call attribute_write
        mov ax, (PAN_DOTS * 2) << 8 | 0x13
        jmp attribute_write

; SI = text at byte DI (four dots each), colour BL.
modex_string:
        push si
.next:  lodsb
        test al, al
        jz .done
        call modex_char
        jmp .next
.done:  pop si
        ret

; AX in decimal.
modex_decimal:
        push si
        push di
        mov di, number
        call decimal
        pop di
        mov si, number
        call modex_string
        pop si
        ret

; AL at byte DI in colour BL on black; DI moves on by eight dots.
modex_char:
        pushad
        xor ah, ah
        shl ax, 3
        mov si, [modex_glyphs]
        add si, ax
        mov cx, FONT_LINES
.line:  mov bh, [gs:si]
        inc si
        push cx
        mov cx, 8
        xor bp, bp                      ; dot
.dot:   push cx
        mov cx, bp
        and cl, 3
        mov ah, 1
        shl ah, cl
        pop cx
        mov al, 2
        mov dx, SEQUENCER
        out dx, ax
        xor al, al
        shl bh, 1
        jnc .dark
        mov al, bl
.dark:  push di
        cmp bp, 4
        jb .left
        inc di
.left:  mov [es:di], al
        pop di
        inc bp
        loop .dot
        pop cx
        add di, [modex_row]
        loop .line
        popad
        add di, 2
        ret

[section .data]
; Index and value, index in the low byte; zero ends.
modex_crtc:
        dw 0x0D06                       ; vertical total
        dw 0x2E07                       ; overflow; line compare bit 8 comes later
        dw 0x4109                       ; double scan
        dw 0xEA10                       ; retrace start
        dw 0xAC11                       ; retrace end, registers 0 to 7 locked
        dw 0xDF12                       ; display end
        dw 0xE715                       ; blank start
        dw 0x0616                       ; blank end
        dw 0x0014                       ; no double words
        dw 0xE317                       ; bytes
        dw (XROW / 2) << 8 | 0x13       ; row offset
        dw 0
modex_note:     db "split stays, picture pans by 35 dots", 0

[section .bss]
modex_glyphs:   resw 1
modex_row:      resw 1                  ; bytes of a line
[section .text]
