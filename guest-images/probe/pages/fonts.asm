; Two fonts at once: attribute bit 3 chooses between the BIOS's and a slanted one in block 4; and the underline.

FONTS_BLOCK     equ 0x2000              ; block 4 in plane 2
FONTS_SELECT    equ 0x20                ; block 4 where attribute bit 3 is set, block 0 where not
FONTS_UNDERLINE equ 13                  ; row scan

page_fonts:
        mov al, 3
        call text_mode
        call fonts_slant
        mov ax, 0x1103
        mov bl, FONTS_SELECT
        int 0x10
        mov ax, 0x0712                  ; bit 3 is no colour any more
        call attribute_write
        CRT 0x14, FONTS_UNDERLINE
        call fonts_checks
        call title_line
        PRINT 2, 8, 0x07, "Attribute bit 3 clear: font block 0"
        AT 3, 8
        mov ah, 0x03
        call fonts_sheet
        PRINT 8, 8, 0x0F, "Attribute bit 3 set: font block 4, slanted"
        AT 9, 8
        mov ah, 0x0B
        call fonts_sheet
        PRINT 14, 8, 0x01, "Attribute 01h: underlined"
        PRINT 15, 8, 0x09, "Attribute 09h: underlined and slanted"
        PRINT 16, 8, 0x71, "Attribute 71h: not underlined"
        PRINT 19, 8, 0x07, "Nine dots: C0h to DFh join their right neighbours, others do not."
        AT 20, 8
        mov si, fonts_joined
        mov ah, 0x02
.run:   lodsb
        test al, al
        jz .drawn
        mov cx, 5
        rep stosw
        add di, 2
        jmp .run
.drawn: jmp status_line

; All characters at DI in four rows, attribute AH.
fonts_sheet:
        xor al, al
.row:   mov cx, 64
        push di
.cell:  stosw
        inc al
        loop .cell
        pop di
        add di, 160
        test al, al
        jnz .row
        ret

; Block 4 = block 0, its upper lines one dot to the right, its lower lines one to the left.
fonts_slant:
        SEQ 2, 4
        SEQ 4, 7
        GC 4, 2
        GC 5, 0
        GC 6, 4
        push es
        push word GRAPHICS
        pop es
        xor si, si
.line:  mov al, [es:si]
        mov bx, si
        and bl, 31
        cmp bl, 5
        ja .middle
        shr al, 1
.middle:
        cmp bl, 10
        jb .put
        shl al, 1
.put:   mov [es:si + FONTS_BLOCK], al
        inc si
        cmp si, 256 * 32
        jb .line
        mov al, [es:FONTS_BLOCK + 'A' * 32 + 11]
        mov ah, [es:'A' * 32 + 11]
        mov [fonts_lines], ax
        pop es
        SEQ 2, 3
        SEQ 4, 3
        GC 4, 0
        GC 5, 0x10
        GC 6, 0x0E
        ret

fonts_checks:
        mov al, 3
        call sequencer_read
        CHECK_AX "INT 10h/1103h, two fonts", FONTS_SELECT
        mov al, 0x12
        call attribute_read
        CHECK_AX "colours without bit 3", 7
        mov al, 0x14
        call crtc_read
        CHECK_AX "underline location", FONTS_UNDERLINE
        mov al, [fonts_lines + 1]
        shl al, 1
        cmp al, [fonts_lines]
        movzx eax, al
        CHECK_IF "font block 4 in plane 2", e
        ret

[section .data]
fonts_joined:   db 0xC4, 0xCD, 0xDB, 0xDC, 0xDF, 0xB0, 0xB1, 0xB2, 0xB9, 0xBF, 0

[section .bss]
fonts_lines:    resw 1                  ; line 11 of A: slanted, then upright
[section .text]
