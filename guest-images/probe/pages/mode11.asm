; 640 x 480 in two colours, all planes written alike.

page_mode11:
        mov al, 0x11
        call graphics_mode
        xor bx, bx                      ; line
        mov di, 32 * 80
.line:  xor cx, cx
.byte:  mov dl, bl
        shr dl, 5                       ; band
        mov dh, cl
        shr dh, 3
        add dl, dh
        and dx, 7
        mov si, dx
        mov al, [mode11_patterns + si]
        push cx
        mov cl, bl
        ror al, cl
        pop cx
        stosb
        inc cx
        cmp cx, 80
        jb .byte
        inc bx
        cmp bx, 384
        jb .line
        mov al, [fs:0x49]
        CHECK_AL "mode 11h in BIOS data", 0x11
        mov al, 2
        call sequencer_read
        CHECK_AX "map mask of mode 11h", 0x0F
        mov al, 1
        call attribute_read
        CHECK_AX "ink in the palette", 0x3F
        GPRINT 27, 2, 1, "one dot on or off, at 640 x 480"
        mov bx, 0x0101
        jmp graphics_frame

[section .data]
mode11_patterns:
        db 0x00, 0xFF, 0xAA, 0x88, 0xF0, 0x81, 0x24, 0x7F
[section .text]
