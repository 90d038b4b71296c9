; 80 x 50 with the 8x8 font, and the font itself in plane 2.

page_text50:
        mov al, 3
        call text_mode
        mov ax, 0x1112
        xor bl, bl
        int 0x10
        mov ah, 1
        mov cx, 0x2000
        int 0x10
        call text50_checks
        call title_line
        mov cx, 1                       ; the row
.row:   imul di, cx, 160
        add di, 2
        mov ah, A_DIM
        test cl, 1
        jz .even
        mov ah, A_PLAIN
.even:  push di
        mov al, cl
        call put_two
        pop di
        add di, 75 * 2
        mov al, cl
        call put_two
        inc cx
        cmp cx, 49
        jb .row
        PRINT 3, 8, A_BRIGHT, "Code page 437 in 8 x 8"
        xor cl, cl
.sheet: movzx ax, cl
        shr al, 4
        add al, 5
        imul di, ax, 160
        movzx ax, cl
        and al, 15
        shl ax, 2
        add di, ax
        mov ah, A_LABEL
        test cl, 16
        jz .cell
        mov ah, 0x0E
.cell:  mov al, cl
        mov [es:di + 8 * 2], ax
        inc cl
        jnz .sheet
        PRINT 3, 46, A_BRIGHT, "Shades of sixteen colours"
        mov cx, 0
.shade: mov ax, cx
        add ax, 5
        imul di, ax, 160
        add di, 46 * 2
        mov si, text50_shades
.step:  lodsb
        test al, al
        jz .next
        mov ah, cl
        push cx
        mov cx, 7
        rep stosw
        pop cx
        jmp .step
.next:  inc cx
        cmp cx, 16
        jb .shade
        call text50_boxes
        jmp status_line

; Boxes inside each other: corners and edges must meet at 8 lines a row.
text50_boxes:
        AT 24, 8
        mov cx, 22 << 8 | 62
        mov ah, A_BOX
        call put_box
        AT 26, 12
        mov cx, 18 << 8 | 54
        mov ah, 0x0A
        call put_box
        AT 28, 16
        mov cx, 14 << 8 | 46
        mov ah, 0x0E
        call put_box
        AT 30, 20
        mov cx, 10 << 8 | 38
        mov ah, 0x0C
        call put_box
        PRINT 35, 28, A_BRIGHT, "Fifty rows of eight lines"
        PRINT 36, 28, A_PLAIN, "loaded with INT 10h/1112h"
        ret

text50_checks:
        mov al, [fs:0x84]
        CHECK_AL "50 rows in BIOS data", 49
        mov ax, [fs:0x85]
        CHECK_AX "8-line font in BIOS data", 8
        mov al, 9
        call crtc_read
        and al, 0x1F
        CHECK_AX "CRTC 8 lines a row", 7
        mov al, 0x12
        call crtc_read
        CHECK_AX "CRTC shows 400 lines", 0x8F
        mov ax, 0x1130
        mov bh, 3
        push es
        push bp
        int 0x10
        mov bx, bp
        pop bp
        mov ax, es
        pop es
        mov gs, ax                      ; GS:BX = the 8x8 font in ROM
        push bx
        push dx
        mov ax, cx
        CHECK_AX "INT 10h/1130h height", 8
        pop dx
        movzx ax, dl
        CHECK_AX "INT 10h/1130h rows", 49
        pop bx
        jmp text50_check_plane

; The first 128 glyphs in plane 2 must be those of the ROM at GS:BX.
text50_check_plane:
        SEQ 2, 4
        SEQ 4, 7
        GC 4, 2
        GC 5, 0
        GC 6, 4
        push es
        push word GRAPHICS
        pop es
        xor di, di
        xor cx, cx                      ; bytes that differ
.glyph: mov dx, 8
.line:  mov al, [gs:bx]
        cmp al, [es:di]
        je .same
        inc cx
.same:  inc bx
        inc di
        dec dx
        jnz .line
        add di, 24
        cmp di, 128 * 32
        jb .glyph
        pop es
        SEQ 2, 3
        SEQ 4, 3
        GC 4, 0
        GC 5, 0x10
        GC 6, 0x0E
        mov ax, cx
        CHECK_AX "8x8 font in plane 2", 0
        ret

[section .data]
text50_shades:  db 0xB0, 0xB1, 0xB2, 0xDB, 0
[section .text]
