; Boot sector of a volume without a system: says so, waits for a key, boots again.
; The parameter block is written by the mastering code.
        cpu 8086
        bits 16
        org 0x7C00

        jmp short start
        nop
        times 0x3E - ($ - $$) db 0

start:  cli
        xor ax, ax
        mov ss, ax
        mov sp, 0x7C00
        mov ds, ax
        sti
        cld
        mov si, message
.next:  lodsb
        test al, al
        jz .wait
        mov ah, 0x0E
        mov bx, 7
        int 0x10
        jmp .next
.wait:  xor ah, ah
        int 0x16
        int 0x19
        jmp .wait

message: db 'This disk has no system. Change it and press a key.', 13, 10, 0

        times 510 - ($ - $$) db 0
        dw 0xAA55
