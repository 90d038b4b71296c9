; The planar pipeline, checked byte by byte below the visible part of the memory.

SCRATCH         equ 0xA000              ; behind 480 lines of 80 bytes
OTHER           equ 0xA100

planar_checks:
        mov al, [fs:0x49]
        CHECK_AL "mode 12h in BIOS data", 0x12
        call planar_check_planes
        call planar_check_write_0
        call planar_check_set_reset
        call planar_check_functions
        call planar_check_other_modes
        call planar_check_read_1
        call planar_check_bios
        jmp graphics_reset

; Fills the scratch byte: AL in all planes.
planar_fill:
        call graphics_reset
        mov [es:SCRATCH], al
        ret

; Gives EAX = planes 3, 2, 1, 0 of the byte at BX, plane 3 highest.
planar_read:
        push cx
        call graphics_reset
        mov ch, 3
.plane: GC_VAR 4, ch
        mov al, [es:bx]
        shl dword [planar_value], 8
        mov [planar_value], al
        dec ch
        jns .plane
        mov eax, [planar_value]
        pop cx
        ret

planar_scratch:
        mov bx, SCRATCH
        jmp planar_read

planar_check_planes:
        call graphics_reset
        xor al, al
        mov [es:SCRATCH], al
        SEQ 2, 1
        mov byte [es:SCRATCH], 0x11
        SEQ 2, 2
        mov byte [es:SCRATCH], 0x22
        SEQ 2, 4
        mov byte [es:SCRATCH], 0x44
        SEQ 2, 8
        mov byte [es:SCRATCH], 0x88
        call planar_scratch
        CHECK_EQ "map mask, read map", 0x88442211
        mov al, 0xA5
        call planar_fill
        call planar_scratch
        CHECK_EQ "write mode 0", 0xA5A5A5A5
        mov word [es:SCRATCH], 0xBEEF
        mov ax, [es:SCRATCH]
        CHECK_AX "words are two bytes", 0xBEEF
        ret

planar_check_write_0:
        mov al, 0xFF
        call planar_fill
        GC 8, 0x0F
        mov al, [es:SCRATCH]
        mov byte [es:SCRATCH], 0
        call planar_scratch
        CHECK_EQ "bit mask keeps latches", 0xF0F0F0F0
        GC 3, 3
        mov byte [es:SCRATCH], 0x81
        call planar_scratch
        CHECK_EQ "rotate by 3", 0x30303030
        ret

planar_check_set_reset:
        xor al, al
        call planar_fill
        GC 0, 0x0A
        GC 1, 0x0F
        mov byte [es:SCRATCH], 0x55
        call planar_scratch
        CHECK_EQ "set/reset in all planes", 0xFF00FF00
        GC 0, 5
        GC 1, 3
        mov byte [es:SCRATCH], 0x3C
        call planar_scratch
        CHECK_EQ "set/reset in two planes", 0x3C3C00FF
        ret

planar_check_functions:
        mov bx, planar_functions
.next:  mov al, 0xCC
        call planar_fill
        mov ah, [bx]
        mov dx, GRAPHICS_CTRL
        mov al, 3
        out dx, ax
        mov al, [es:SCRATCH]
        mov byte [es:SCRATCH], 0xAA
        push bx
        call planar_scratch
        pop bx
        movzx eax, al
        movzx ecx, byte [bx + 1]
        mov si, [bx + 2]
        call check_eq
        add bx, 4
        cmp bx, planar_functions_end
        jb .next
        ret

planar_check_other_modes:
        call planar_four                ; write mode 1
        GC 5, 1
        mov al, [es:SCRATCH]
        mov [es:OTHER], al
        mov bx, OTHER
        call planar_read
        CHECK_EQ "write mode 1 copies", 0x88442211
        xor al, al
        call planar_fill
        GC 5, 2
        GC 8, 0x3C
        mov al, [es:SCRATCH]
        mov byte [es:SCRATCH], 6
        call planar_scratch
        CHECK_EQ "write mode 2", 0x003C3C00
        mov al, 0xFF
        call planar_fill
        GC 5, 3
        GC 0, 9
        GC 8, 0x3C
        mov al, [es:SCRATCH]
        mov byte [es:SCRATCH], 0xF0
        call planar_scratch
        CHECK_EQ "write mode 3", 0xFFCFCFFF
        ret

; 11h, 22h, 44h, 88h in planes 0 to 3.
planar_four:
        call graphics_reset
        mov cl, 1
        mov al, 0x11
.plane: push ax
        SEQ_VAR 2, cl
        pop ax
        mov [es:SCRATCH], al
        shl al, 1
        shl cl, 1
        cmp cl, 16
        jb .plane
        SEQ 2, 0x0F
        ret

planar_check_read_1:
        call graphics_reset             ; colours 5 5 5 5 10 10 10 10 from the left
        SEQ 2, 5
        mov byte [es:SCRATCH], 0xF0
        SEQ 2, 10
        mov byte [es:SCRATCH], 0x0F
        GC 5, 8
        GC 2, 5
        mov al, [es:SCRATCH]
        CHECK_AL "read mode 1, colour 5", 0xF0
        GC 7, 2                         ; only plane 1 counts
        GC 2, 2
        mov al, [es:SCRATCH]
        CHECK_AL "read mode 1, don't care", 0x0F
        GC 7, 0
        mov al, [es:SCRATCH]
        CHECK_AL "read mode 1, all pass", 0xFF
        ret

planar_check_bios:
        call graphics_reset
        mov ax, 0x0C0B
        xor bh, bh
        mov cx, 637
        mov dx, 470
        int 0x10
        mov ax, 0x0D00
        xor bh, bh
        mov cx, 637
        mov dx, 470
        int 0x10
        CHECK_AL "INT 10h/0Dh reads a dot", 11
        mov bx, 470 * 80 + 79
        call planar_read
        CHECK_EQ "INT 10h/0Ch sets a dot", 0x04000404
        mov ax, 0x0C00
        xor bh, bh
        mov cx, 637
        mov dx, 470
        int 0x10
        mov al, 8
        call graphics_read
        CHECK_AX "bit mask reads back", 0xFF
        ret

[section .data]
planar_functions:
        db 0x08, 0x88
        dw planar_and
        db 0x10, 0xEE
        dw planar_or
        db 0x18, 0x66
        dw planar_xor
planar_functions_end:
planar_and: db "function AND", 0
planar_or: db "function OR", 0
planar_xor: db "function XOR", 0

[section .bss]
planar_value:   resd 1
[section .text]
