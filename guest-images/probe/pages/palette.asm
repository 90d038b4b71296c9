; Mode 13h: all 256 entries of the palette the BIOS loads.

PALETTE_ROW     equ 4                   ; text row of the sheet
PALETTE_COLUMN  equ 6                   ; text column

page_palette:
        mov al, 0x13
        call graphics_mode
        xor cl, cl
.cell:  movzx ax, cl
        shr al, 4
        add al, PALETTE_ROW
        imul di, ax, 8 * 320
        movzx ax, cl
        and al, 15
        shl ax, 4
        add di, ax
        add di, PALETTE_COLUMN * 8
        mov al, cl
        mov bx, 7
.line:  push cx
        mov cx, 15
        rep stosb
        pop cx
        add di, 320 - 15
        dec bx
        jnz .line
        inc cl
        jnz .cell
        call palette_checks
        xor cl, cl
.head:  mov dh, PALETTE_ROW - 1
        mov dl, cl
        shl dl, 1
        add dl, PALETTE_COLUMN
        mov si, nothing
        call graphics_string
        mov al, cl
        call hex_digit
        mov bl, 11
        call graphics_char
        inc cl
        cmp cl, 16
        jb .head
        xor cl, cl
.side:  mov dh, cl
        add dh, PALETTE_ROW
        mov dl, PALETTE_COLUMN - 2
        mov si, nothing
        call graphics_string
        mov al, cl
        call hex_digit
        mov bl, 11
        call graphics_char
        inc cl
        cmp cl, 16
        jb .side
        GPRINT 21, 6, 7, "row: high digit, column: low"
        mov bx, 0x0B0F
        jmp graphics_frame

palette_checks:
        mov al, [fs:0x49]
        CHECK_AL "mode 13h in BIOS data", 0x13
        mov al, 4
        call sequencer_read
        and al, 8
        CHECK_AX "chain 4 is on", 8
        xor cl, cl
        xor bx, bx                      ; cells that are wrong
.cell:  movzx ax, cl
        shr al, 4
        add al, PALETTE_ROW
        imul di, ax, 8 * 320
        movzx ax, cl
        and al, 15
        shl ax, 4
        add di, ax
        cmp [es:di + PALETTE_COLUMN * 8 + 14 + 6 * 320], cl
        je .same
        inc bx
.same:  inc cl
        jnz .cell
        mov ax, bx
        CHECK_AX "256 colours read back", 0
        mov dx, DAC_READ
        xor al, al
        out dx, al
        mov dx, DAC_DATA
        mov si, palette_first
        xor bx, bx
        mov cx, 32 * 3
.entry: in al, dx
        cmp al, [si]
        je .right
        inc bx
.right: inc si
        loop .entry
        mov ax, bx
        CHECK_AX "first 32 DAC entries", 0
        mov ax, 0x1015
        mov bx, 14
        int 0x10
        movzx eax, dh
        shl eax, 16
        mov ax, cx
        CHECK_EQ "INT 10h/1015h entry 14", 0x3F3F15
        mov ax, 0x0D00
        xor bh, bh
        mov cx, PALETTE_COLUMN * 8 + 5 * 16
        mov dx, (PALETTE_ROW + 10) * 8
        int 0x10
        CHECK_AL "INT 10h/0Dh reads A5h", 0xA5
        ret

[section .data]
palette_first:
        db 0x00, 0x00, 0x00, 0x00, 0x00, 0x2A, 0x00, 0x2A, 0x00, 0x00, 0x2A, 0x2A
        db 0x2A, 0x00, 0x00, 0x2A, 0x00, 0x2A, 0x2A, 0x15, 0x00, 0x2A, 0x2A, 0x2A
        db 0x15, 0x15, 0x15, 0x15, 0x15, 0x3F, 0x15, 0x3F, 0x15, 0x15, 0x3F, 0x3F
        db 0x3F, 0x15, 0x15, 0x3F, 0x15, 0x3F, 0x3F, 0x3F, 0x15, 0x3F, 0x3F, 0x3F
        db 0x00, 0x00, 0x00, 0x05, 0x05, 0x05, 0x08, 0x08, 0x08, 0x0B, 0x0B, 0x0B
        db 0x0E, 0x0E, 0x0E, 0x11, 0x11, 0x11, 0x14, 0x14, 0x14, 0x18, 0x18, 0x18
        db 0x1C, 0x1C, 0x1C, 0x20, 0x20, 0x20, 0x24, 0x24, 0x24, 0x28, 0x28, 0x28
        db 0x2D, 0x2D, 0x2D, 0x32, 0x32, 0x32, 0x38, 0x38, 0x38, 0x3F, 0x3F, 0x3F
[section .text]
