; First 2 KiB of PROBE.BIN: the loader a BIOS starts from a CD without emulation.
;
; The mastering code fills the boot information table, so the loader knows where its own file lies and how long it
; is. It reads the whole file with INT 13h extensions, one 2048-byte block at a time, and jumps behind itself.
        cpu 386
        bits 16
        org 0x7C00

PROGRAM_SEGMENT equ 0x1000
PROGRAM_ENTRY   equ 0x800
BLOCK           equ 2048

        jmp 0:start
        times 8 - ($ - $$) db 0
descriptor:     dd 0                    ; boot information table
file_block:     dd 0
file_bytes:     dd 0
checksum:       dd 0
                times 40 db 0

start:  cli
        xor ax, ax
        mov ss, ax
        mov sp, 0x7C00
        mov ds, ax
        mov es, ax
        sti
        cld
        mov [drive], dl
        mov eax, [file_block]
        mov [packet.block], eax
        mov ecx, [file_bytes]
        add ecx, BLOCK - 1
        shr ecx, 11
.next:  push cx
        mov si, packet
        mov dl, [drive]
        mov ah, 0x42
        int 0x13
        pop cx
        jc fail
        inc dword [packet.block]
        add word [packet.segment], BLOCK / 16
        loop .next
        mov dl, [drive]
        jmp PROGRAM_SEGMENT:PROGRAM_ENTRY

fail:   mov si, message
.next:  lodsb
        test al, al
        jz .stop
        mov ah, 0x0E
        mov bx, 7
        int 0x10
        jmp .next
.stop:  hlt
        jmp .stop

        align 4
packet:         db 16, 0
                dw 1
                dw 0
.segment:       dw PROGRAM_SEGMENT
.block:         dd 0, 0
drive:          db 0
message:        db 'PROBE.BIN cannot be read from the CD', 13, 10, 0

        times BLOCK - ($ - $$) db 0
