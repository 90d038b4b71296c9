; What blinks: characters by attribute bit 7, and the cursor with a shape of its own.

BLINK_CURSOR_ROW equ 14
BLINK_CURSOR_COLUMN equ 40

page_blink:
        mov al, 3
        call text_mode
        call title_line
        PRINT 3, 10, A_PLAIN, "Attribute bit 7: characters blink, backgrounds are dark"
        xor bl, bl                      ; background
        mov bh, 5                       ; row
.row:   movzx ax, bh
        imul di, ax, 160
        add di, 10 * 2
        xor cl, cl                      ; foreground
.cell:  mov ah, bl
        shl ah, 4
        or ah, cl
        or ah, 0x80
        mov al, cl
        push bx
        call hex_digit
        pop bx
        stosw
        mov al, 0xDB
        stosw
        mov al, 0xC4
        stosw
        inc cl
        cmp cl, 16
        jb .cell
        inc bh
        add bl, 3
        cmp bl, 7
        jb .row
        PRINT BLINK_CURSOR_ROW - 2, 24, A_PLAIN, "The cursor: row scans 3 to 11"
        PRINT BLINK_CURSOR_ROW, BLINK_CURSOR_COLUMN - 3, 0x2E, "[  A  ]"
        mov ah, 2
        xor bh, bh
        mov dx, BLINK_CURSOR_ROW << 8 | BLINK_CURSOR_COLUMN
        int 0x10
        CRT 0x0A, 3
        CRT 0x0B, 11
        mov al, 0x10
        call attribute_read
        and al, 8
        CHECK_AX "blinking is on", 8
        mov al, 0x0A
        call crtc_read
        mov bh, al
        mov al, 0x0B
        call crtc_read
        mov ah, bh
        CHECK_AX "cursor rows 3 to 11", 3 << 8 | 11
        jmp status_line
