; The CGA's graphics: 320 x 200 in four colours and 640 x 200 in two, even and odd lines 8 KiB apart.

CGA_FIRST       equ 24                  ; line
CGA_LAST        equ 176

page_cga4:
        mov al, 4
        call graphics_mode
        push word TEXT
        pop es
        mov bp, cga4_byte
        call cga_lines
        call cga4_checks
        GPRINT 22, 2, 1, "colours 0 to 3 above, mixed below"
        GPRINT 1, 2, 2, "palette 1 of the CGA, bright"
        mov bx, 0x0203
        jmp graphics_frame

page_cga2:
        mov al, 6
        call graphics_mode
        push word TEXT
        pop es
        mov bp, cga2_byte
        call cga_lines
        call cga2_checks
        GPRINT 22, 2, 1, "one dot of 2, 4, 8, 16 set; turned by a dot each line below"
        mov bx, 0x0101
        jmp graphics_frame

; Draws lines from CGA_FIRST to CGA_LAST; BP gives AL for line BX, byte CX.
cga_lines:
        mov bx, CGA_FIRST
.line:  mov ax, bx
        shr ax, 1
        imul di, ax, 80
        test bl, 1
        jz .even
        add di, 0x2000
.even:  xor cx, cx
.byte:  push cx
        call bp
        pop cx
        stosb
        inc cx
        cmp cx, 80
        jb .byte
        inc bx
        cmp bx, CGA_LAST
        jb .line
        ret

; Four broad bands; in the lower half each is mixed with the next colour.
cga4_byte:
        mov ax, cx
        mov dl, 20
        div dl                          ; colour
        mov dl, al
        inc dl
        and dl, 3
        mov ah, dl                      ; the next colour
        cmp bx, 100
        jae .mixed
        mov ah, al
.mixed: test bl, 1
        jz .order
        xchg al, ah
.order: mov dl, al
        shl dl, 2
        or dl, ah
        mov al, dl
        shl al, 4
        or al, dl
        ret

cga2_byte:
        mov ax, cx
        mov dl, 20
        div dl
        movzx si, al
        mov al, [cga2_combs + si]
        test cl, [cga2_gaps + si]
        jz .there
        xor al, al
.there: cmp bx, 100
        jb .done
        mov cl, bl
        rol al, cl
.done:  ret

cga4_checks:
        mov al, [fs:0x49]
        CHECK_AL "mode 4 in BIOS data", 4
        mov al, 0x17
        call crtc_read
        CHECK_AX "row scan: address bit 13", 0xA2
        mov al, 5
        call graphics_read
        CHECK_AX "two bits a pixel", 0x30
        mov ax, 0x0D00
        xor bh, bh
        mov cx, 20 * 4 * 2 + 1
        mov dx, 51
        int 0x10
        CHECK_AL "INT 10h/0Dh reads 2", 2
        mov word [es:0x1FFE], 0xB24D    ; behind the last line
        call cga_plane_1
        CHECK_AL "odd bytes are in plane 1", 0xB2
        mov word [es:0x1FFE], 0
        mov ax, 0x0B00
        mov bx, 0x0100                  ; green, red, brown
        int 0x10
        mov al, 2
        call attribute_read
        and al, 7
        mov cl, al
        mov ax, 0x0B00
        mov bx, 0x0101
        int 0x10
        mov al, cl
        CHECK_AL "INT 10h/0Bh palette 0", 4
        mov al, 2
        call attribute_read
        and al, 7
        CHECK_AL "INT 10h/0Bh palette 1", 5
        ret

; AL = plane 1 where odd/even addressing puts the byte at 1FFFh.
cga_plane_1:
        GC 4, 1
        GC 5, 0x20
        GC 6, 5
        SEQ 4, 6
        push es
        push word GRAPHICS
        pop es
        mov bl, [es:0x1FFE]
        pop es
        SEQ 4, 2
        GC 6, 0x0F
        GC 5, 0x30
        GC 4, 0
        mov al, bl
        ret

cga2_checks:
        mov al, [fs:0x49]
        CHECK_AL "mode 6 in BIOS data", 6
        mov al, 5
        call graphics_read
        CHECK_AX "one bit a pixel", 0
        mov al, 0x12
        call attribute_read
        CHECK_AX "only plane 0 shows", 1
        mov ax, 0x0D00
        xor bh, bh
        mov cx, 2
        mov dx, 51
        int 0x10
        CHECK_AL "INT 10h/0Dh reads a dot", 1
        ret

[section .data]
cga2_combs:     db 0xAA, 0x88, 0x80, 0x80
cga2_gaps:      db 0, 0, 0, 1           ; bytes whose number has this bit are empty
[section .text]
