; The DAC: 64 steps each of grey, red, green and blue, three written through the ports, one through the BIOS.

RAMP_GREY       equ 0
RAMP_RED        equ 64
RAMP_GREEN      equ 128
RAMP_BLUE       equ 192

page_ramp:
        mov al, 0x13
        call graphics_mode
        call ramp_build
        call ramp_load
        call ramp_checks
        xor bx, bx                      ; the ramp
.ramp:  mov di, bx
        imul di, di, 4 * 8 * 320
        add di, 5 * 8 * 320 + 32
        mov bp, 16                      ; lines
.line:  mov al, bl
        shl al, 6
        mov dx, 64
.step:  mov cx, 4
        rep stosb
        inc al
        dec dx
        jnz .step
        add di, 320 - 256
        dec bp
        jnz .line
        inc bx
        cmp bx, 4
        jb .ramp
        GPRINT 4, 4, 48, "grey"
        GPRINT 8, 4, 48, "red"
        GPRINT 12, 4, 48, "green"
        GPRINT 16, 4, 48, "blue, set through INT 10h/1012h"
        GPRINT 20, 4, 32, "64 steps of 6 bits, 4 dots each"
        mov bx, 48 << 8 | 63
        jmp graphics_frame

; 256 entries of three bytes in memory.
ramp_build:
        mov di, ramp_table
        xor cx, cx
.entry: mov al, cl
        and al, 63
        mov bl, cl
        shr bl, 6
        movzx bx, bl
        mov ah, [ramp_masks + bx]
        mov dx, 3
.part:  shr ah, 1
        sbb bl, bl
        and bl, al
        mov [di], bl
        inc di
        dec dx
        jnz .part
        inc cx
        cmp cx, 256
        jb .entry
        ret

ramp_load:
        mov dx, DAC_WRITE
        xor al, al
        out dx, al
        mov dx, DAC_DATA
        mov si, ramp_table
        mov cx, RAMP_BLUE * 3
.next:  lodsb
        out dx, al
        loop .next
        push es
        push ds
        pop es
        mov ax, 0x1012
        mov bx, RAMP_BLUE
        mov cx, 64
        mov dx, ramp_table + RAMP_BLUE * 3
        int 0x10
        pop es
        ret

ramp_checks:
        mov dx, DAC_READ
        xor al, al
        out dx, al
        in al, dx
        and al, 3
        CHECK_AL "DAC state, reading", 3
        mov dx, DAC_DATA
        mov si, ramp_table
        xor bx, bx
        mov cx, 256 * 3
.entry: in al, dx
        cmp al, [si]
        je .right
        inc bx
.right: inc si
        loop .entry
        mov ax, bx
        CHECK_AX "768 DAC values", 0
        mov dx, DAC_WRITE
        mov al, 5
        out dx, al
        mov dx, DAC_READ
        in al, dx
        and al, 3
        CHECK_AL "DAC state, writing", 0
        mov ax, 0x1015
        mov bx, RAMP_BLUE + 41
        int 0x10
        movzx eax, dh
        shl eax, 16
        mov ax, cx
        CHECK_EQ "INT 10h/1015h entry E9h", 41
        ret

[section .data]
ramp_masks:     db 7, 1, 2, 4           ; which of red, green, blue

[section .bss]
ramp_table:     resb 768
[section .text]
