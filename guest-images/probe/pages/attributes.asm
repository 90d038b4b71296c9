; The 256 attributes, with blink off so that bit 7 is a bright background and the screen stands still.

page_attributes:
        mov al, 3
        call text_mode
        call attributes_checks
        call title_line
        PRINT 2, 35, A_LABEL, "foreground"
        PRINT 3, 8, A_LABEL, " 0   1   2   3   4   5   6   7   8   9   A   B   C   D   E   F"
        PRINT 21, 8, A_PLAIN, "Rows are backgrounds, columns are foregrounds. Blink is off, so"
        PRINT 22, 8, A_PLAIN, "attributes 80h to FFh show bright backgrounds."
        xor cl, cl
.row:   movzx ax, cl
        shr al, 4
        add al, 4
        imul di, ax, 160
        add di, 4 * 2
        mov ah, A_LABEL
        call put_hex8
        add di, 2
.cell:  mov ah, cl
        mov al, ' '
        stosw
        call put_hex8
        mov al, ' '
        stosw
        inc cl
        test cl, 15
        jnz .cell
        test cl, cl
        jnz .row
        xor cx, cx
        xor bx, bx
.check: movzx ax, cl
        shr al, 4
        add al, 4
        imul di, ax, 160
        movzx ax, cl
        and al, 15
        shl ax, 3
        add di, ax
        cmp [es:di + 7 * 2 + 1], cl
        je .same
        inc bx
.same:  inc cl
        jnz .check
        mov ax, bx
        CHECK_AX "256 attributes read back", 0
        jmp status_line

; The attribute controller: blink switch and palette.
attributes_checks:
        mov ax, 0x1003
        mov bx, 1
        int 0x10
        mov al, 0x10
        call attribute_read
        and al, 8
        CHECK_AL "blink on sets bit 3", 8
        mov ax, 0x1003
        xor bx, bx
        int 0x10
        mov al, 0x10
        call attribute_read
        and al, 8
        CHECK_AL "blink off clears bit 3", 0
        xor bx, bx                      ; register
        xor cx, cx                      ; how many are right
.next:  mov al, bl
        call attribute_read
        cmp al, [attributes_palette + bx]
        jne .wrong
        inc cx
.wrong: inc bx
        cmp bl, 16
        jb .next
        mov ax, cx
        CHECK_AX "16 palette registers", 16
        mov ax, 0x1007
        mov bx, 6
        int 0x10
        mov al, bh
        CHECK_AL "INT 10h/1007h entry 6", 0x14
        mov al, 0x12
        call attribute_read
        and al, 0x0F
        CHECK_AL "colour plane enable", 0x0F
        ret

[section .data]
attributes_palette:
        db 0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F
[section .text]
