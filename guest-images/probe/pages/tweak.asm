; 256 colours in sizes that no BIOS sets: 360 x 480 and 400 x 300, on the clock of nine-dot text.

page_tweak360:
        mov al, 0x13
        call graphics_mode
        mov si, tweak360_crtc
        mov al, 0xE7                    ; 28 MHz, 480 lines
        mov word [modex_row], 90
        mov word [tweak_lines], 480
        jmp tweak_page

page_tweak400:
        mov al, 0x13
        call graphics_mode
        mov si, tweak400_crtc
        mov al, 0xA7                    ; 28 MHz
        mov word [modex_row], 100
        mov word [tweak_lines], 300

; SI = CRTC registers, AL = miscellaneous output.
tweak_page:
        call unchain
        call modex_font
        call tweak_picture
        call tweak_checks
        mov ax, [modex_row]
        imul di, ax, 24
        add di, 8
        push di
        mov si, text_relic
        mov bl, 15
        call modex_string
        pop di
        imul ax, [modex_row], 16
        add di, ax
        push di
        mov si, [page]
        mov si, [si + page_title]
        call modex_string
        pop di
        imul ax, [modex_row], 16
        add di, ax
        jmp modex_check_count

; Two nested frames that touch the edges, rings of hues within.
tweak_picture:
        xor bp, bp                      ; plane
.plane: mov cx, bp
        mov bl, 1
        shl bl, cl
        SEQ_VAR 2, bl
        xor di, di
        xor bx, bx                      ; line
.line:  mov dx, [tweak_lines]
        dec dx
        sub dx, bx
        cmp dx, bx
        jbe .near
        mov dx, bx                      ; DX = distance from the nearer of top and bottom
.near:  xor cx, cx                      ; byte
.byte:  mov ax, cx
        mov si, [modex_row]
        dec si
        sub si, cx
        cmp si, ax
        jae .left
        mov ax, si
.left:  shl ax, 2                       ; distance from the nearer side, in fours
        cmp ax, dx
        jb .side
        mov ax, dx
.side:  test ax, ax
        jnz .ring
        mov al, 15
        jmp .put
.ring:  shr ax, 2
        add ax, bp
        aam 72
        add al, 32
.put:   stosb
        inc cx
        cmp cx, [modex_row]
        jb .byte
        inc bx
        cmp bx, [tweak_lines]
        jb .line
        inc bp
        cmp bp, 4
        jb .plane
        ret

tweak_checks:
        mov al, 1
        call crtc_read
        inc ax
        cmp ax, [modex_row]
        movzx eax, ax
        CHECK_IF "4 dots a character clock", e
        mov al, 7
        call crtc_read
        mov bx, ax
        mov al, 0x12
        call crtc_read
        test bl, 2
        jz .low
        or ah, 1
.low:   test bl, 0x40
        jz .lines
        or ah, 2
.lines: inc ax
        cmp ax, [tweak_lines]
        movzx eax, ax
        CHECK_IF "lines shown", e
        mov dx, MISC_READ
        in al, dx
        and al, 0x0C
        CHECK_AL "28 MHz dot clock", 4
        ret

[section .data]
; Index and value, index in the low byte; zero ends.
tweak360_crtc:
        dw 0x6B00, 0x5901, 0x5A02, 0x8E03, 0x5E04, 0x8A05, 0x0D06, 0x3E07, 0x4009, 0xEA10, 0xAC11, 0xDF12
        dw 0x2D13, 0x0014, 0xE715, 0x0616, 0xE317, 0
tweak400_crtc:
        dw 0x7100, 0x6301, 0x6402, 0x9203, 0x6504, 0x8205, 0x4606, 0x1F07, 0x4009, 0x3110, 0x8011, 0x2B12
        dw 0x3213, 0x0014, 0x2F15, 0x4416, 0xE317, 0

[section .bss]
tweak_lines:    resw 1
[section .text]
