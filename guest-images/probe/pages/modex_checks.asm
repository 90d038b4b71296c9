; Unchained memory, CRTC locks and retrace status.

MODEX_SCRATCH   equ 0xF000

modex_checks:
        mov al, 4
        call sequencer_read
        CHECK_AX "chain 4 is off", 6
        SEQ 2, 1
        mov byte [es:MODEX_SCRATCH], 0x13
        SEQ 2, 2
        mov byte [es:MODEX_SCRATCH], 0x57
        SEQ 2, 4
        mov byte [es:MODEX_SCRATCH], 0x9B
        SEQ 2, 8
        mov byte [es:MODEX_SCRATCH], 0xDF
        mov bx, MODEX_SCRATCH
        call modex_read
        CHECK_EQ "four planes, four dots", 0xDF9B5713
        SEQ 2, 0x0F
        mov al, 5
        call graphics_read
        and al, 0x60                    ; the 256-colour shift stays
        or al, 1
        GC_VAR 5, al
        mov al, [es:MODEX_SCRATCH]
        mov [es:MODEX_SCRATCH + 1], al
        mov al, 5
        call graphics_read
        and al, 0x60
        GC_VAR 5, al
        mov bx, MODEX_SCRATCH + 1
        call modex_read
        CHECK_EQ "latches copy four dots", 0xDF9B5713
        SEQ 2, 0x0F
        mov byte [es:MODEX_SCRATCH], 0
        mov byte [es:MODEX_SCRATCH + 1], 0
        jmp modex_check_lock

; EAX = planes 3, 2, 1, 0 of the byte at BX.
modex_read:
        mov ch, 3
.plane: GC_VAR 4, ch
        mov al, [es:bx]
        shl dword [planar_value], 8
        mov [planar_value], al
        dec ch
        jns .plane
        mov eax, [planar_value]
        ret

; With bit 7 of register 11h set, registers 0 to 7 do not take writes.
modex_check_lock:
        mov al, 0
        call crtc_read
        mov bl, al
        mov ah, al
        xor ah, 0xFF
        mov al, 0
        mov dx, CRTC
        out dx, ax
        mov al, 0
        call crtc_read
        movzx ebx, bl
        CHECK_AX "CRTC lock, register 0", ebx
        mov ah, 8                       ; display
        call modex_wait_bit
        CHECK_IF "retrace begins", c
        mov ah, 0
        call modex_wait_bit
        CHECK_IF "retrace ends", c
        ret

; Waits until bit 3 of the status register equals AH; carry set when it came within a second: a host that runs others, too, may miss
; several retraces of 64 us.
modex_wait_bit:
        call ticks_into_bx
.loop:  mov dx, STATUS_1
        in al, dx
        and al, 8
        cmp al, ah
        je .came
        push ax
        call ticks
        sub ax, bx
        cmp ax, 18
        pop ax
        jb .loop
        movzx eax, al
        clc
        ret
.came:  movzx eax, al
        stc
        ret

ticks_into_bx:
        push ax
        call ticks
        mov bx, ax
        pop ax
        ret

; What the scrolling wrote must read back.
modex_readback:
        mov al, 0x0C
        call crtc_read
        mov bh, al
        mov al, 0x0D
        call crtc_read
        mov ah, bh
        CHECK_AX "start address", PICTURE + START_LINE * XROW + START_BYTE
        mov al, 0x18
        call crtc_read
        CHECK_AX "line compare low bits", (SPLIT_AT * 2 - 1) & 0xFF
        mov al, 7
        call crtc_read
        CHECK_AX "lock, line compare bit 8", 0x2E | ((SPLIT_AT * 2 - 1) >> 8 & 1) << 4
        mov al, 0x13
        call crtc_read
        CHECK_AX "row offset", XROW / 2
        mov al, 0x13
        call attribute_read
        CHECK_AX "panning", PAN_DOTS * 2
        mov al, 0x10
        call attribute_read
        and al, 0x60
        CHECK_AX "split without panning", 0x60
        ret
