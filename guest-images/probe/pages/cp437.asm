; All 256 characters of code page 437, and the runs that show the ninth dot.

SHEET_ROW       equ 4
SHEET_COLUMN    equ 15

page_cp437:
        mov al, 3
        call text_mode
        call cp437_checks_mode
        call title_line
        PRINT 2, 17, A_LABEL, "0  1  2  3  4  5  6  7  8  9  A  B  C  D  E  F"
        AT SHEET_ROW - 1, SHEET_COLUMN - 1
        mov cx, 16 << 8 | 49
        mov ah, A_BOX
        call put_box
        xor cl, cl                      ; the character
.row:   mov bh, cl
        shr bh, 4
        movzx ax, bh
        add ax, SHEET_ROW
        imul di, ax, 160
        add di, (SHEET_COLUMN - 4) * 2
        mov ah, A_LABEL
        call put_hex8
        mov ah, 0x0E
        test bh, 1
        jz .even
        mov ah, A_BRIGHT
.even:  add di, 8
.cell:  mov al, cl
        stosw
        add di, 4
        inc cl
        test cl, 15
        jnz .cell
        test cl, cl
        jnz .row
        AT 22, 15
        mov si, cp437_runs
.run:   lodsb
        test al, al
        jz .drawn
        mov ah, A_LABEL
        mov cx, 6
        rep stosw
        add di, 2
        jmp .run
.drawn: call cp437_check_sheet
        jmp status_line

; What the BIOS keeps about mode 3, and the CRTC behind it.
cp437_checks_mode:
        mov al, [fs:0x49]
        CHECK_AL "mode 3 in BIOS data", 3
        mov ax, [fs:0x4A]
        CHECK_AX "80 columns in BIOS data", 80
        mov al, [fs:0x84]
        CHECK_AL "25 rows in BIOS data", 24
        mov ax, [fs:0x85]
        CHECK_AX "16-line font, BIOS data", 16
        mov ax, [fs:0x63]
        CHECK_AX "CRTC at 3D4h", CRTC
        mov ah, 0x0F
        int 0x10
        CHECK_AX "INT 10h/0Fh mode, width", 80 << 8 | 3
        mov ah, 2
        xor bh, bh
        mov dx, 12 << 8 | 34
        int 0x10
        mov al, 0x0E
        call crtc_read
        mov bh, al
        mov al, 0x0F
        call crtc_read
        mov ah, bh
        CHECK_AX "cursor place in CRTC", 12 * 80 + 34
        mov ah, 3
        xor bh, bh
        int 0x10
        mov ax, dx
        CHECK_AX "INT 10h/03h cursor", 12 << 8 | 34
        ret

; Reads every cell of the sheet back; and INT 10h/08h agrees with the last.
cp437_check_sheet:
        xor cl, cl
        xor bx, bx                      ; cells that are wrong
.cell:  movzx ax, cl
        shr al, 4
        add al, SHEET_ROW
        imul di, ax, 160
        movzx ax, cl
        and al, 15
        imul ax, 6
        add di, ax
        add di, (SHEET_COLUMN + 2) * 2
        mov al, [es:di]
        cmp al, cl
        je .same
        inc bx
.same:  inc cl
        jnz .cell
        mov ax, bx
        CHECK_AX "256 cells read back", 0
        mov ah, 2
        xor bh, bh
        mov dx, (SHEET_ROW + 15) << 8 | (SHEET_COLUMN + 2 + 14 * 3)
        int 0x10
        mov ah, 8
        xor bh, bh
        int 0x10
        CHECK_AX "INT 10h/08h reads FEh", A_BRIGHT << 8 | 0xFE
        ret

[section .data]
cp437_runs:     db 0xC4, 0xCD, 0xDB, 0xDC, 0xDF, 0xB0, 0xB1, 0
[section .text]
