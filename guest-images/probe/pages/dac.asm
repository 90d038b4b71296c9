; From a dot to the DAC: palette register, colour select, PEL mask.

DAC_SELECT      equ 0x0B                ; colour select: bits 7-6 = 2, bits 5-4 = 3
DAC_PEL_MASK    equ 0xEF

page_dac:
        mov al, 0x0D
        call graphics_mode
        call dac_load
        call dac_palette
        mov al, 0x10
        call attribute_read
        or al, 0x80                     ; bits 5 and 4 come from colour select
        mov ah, al
        mov al, 0x10
        call attribute_write
        mov ax, DAC_SELECT << 8 | 0x14
        call attribute_write
        mov dx, DAC_MASK
        mov al, DAC_PEL_MASK
        out dx, al
        call dac_bars
        call dac_checks
        GPRINT 21, 2, 15, "colour select 2:3, mask EFh"
        mov bx, 0x0F0F
        jmp graphics_frame

; 256 colours: three bits of red, three of green, two of blue.
dac_load:
        mov dx, DAC_WRITE
        xor al, al
        out dx, al
        mov dx, DAC_DATA
        xor cx, cx
.entry: mov al, cl
        and al, 7
        imul ax, 9
        out dx, al
        mov al, cl
        shr al, 3
        and al, 7
        imul ax, 9
        out dx, al
        mov al, cl
        shr al, 6
        imul ax, 21
        out dx, al
        inc cl
        jnz .entry
        ret

; Palette register N = N.
dac_palette:
        xor bx, bx
.next:  mov ax, 0x1000
        int 0x10
        add bx, 0x0101
        cmp bl, 16
        jb .next
        ret

dac_bars:
        xor cx, cx
.bar:   GC_VAR 0, cl
        GC 1, 0x0F
        mov di, cx
        shl di, 1
        add di, 32 * 40 + 4
        mov dx, 112
.line:  mov word [es:di], 0xFFFF
        add di, 40
        dec dx
        jnz .line
        inc cx
        cmp cx, 16
        jb .bar
        jmp graphics_reset

dac_checks:
        mov al, 0x14
        call attribute_read
        CHECK_AX "colour select", DAC_SELECT
        mov dx, DAC_MASK
        in al, dx
        CHECK_AL "PEL mask", DAC_PEL_MASK
        mov ax, 0x101A
        int 0x10
        mov ax, bx
        CHECK_AX "INT 10h/101Ah page", 0x0B01
        mov dx, DAC_WRITE               ; the address wraps behind the last colour
        mov al, 0xFF
        out dx, al
        mov dx, DAC_DATA
        mov al, 63
        out dx, al
        out dx, al
        out dx, al
        mov al, 0
        out dx, al
        out dx, al
        mov al, 21
        out dx, al
        mov dx, DAC_WRITE
        in al, dx
        CHECK_AL "DAC address wraps", 1
        mov dx, DAC_READ
        mov al, 0
        out dx, al
        mov dx, DAC_DATA
        in al, dx
        in al, dx
        in al, dx
        CHECK_AL "colour 0 behind FFh", 21
        ret
