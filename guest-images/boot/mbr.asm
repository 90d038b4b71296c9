; Master boot record code: starts the active partition.
;
; Moves itself out of the way, finds the entry marked active, reads its first sector (by LBA where the BIOS has
; the extensions, by the entry's CHS elsewhere) and jumps there with DL = drive and DS:SI = table entry, as
; DOS boot sectors expect. The table and the signature are written by the mastering code: 440 bytes are ours.
        cpu 8086
        bits 16
        org 0x600

LOADED  equ 0x7C00
ENTRIES equ 0x600 + 446
ENTRY   equ 16

start:  cli
        xor ax, ax
        mov ss, ax
        mov sp, LOADED
        mov ds, ax
        mov es, ax
        sti
        cld
        mov si, LOADED
        mov di, start
        mov cx, 256
        rep movsw
        jmp 0:relocated

relocated:
        mov [drive], dl
        mov si, ENTRIES
        mov cx, 4
.search:
        cmp byte [si], 0x80
        je .found
        add si, ENTRY
        loop .search
        mov si, none
        jmp fail
.found: mov [entry], si
        mov ax, [si + 8]
        mov [packet.lba], ax
        mov ax, [si + 10]
        mov [packet.lba + 2], ax
        mov ah, 0x41                    ; are there extensions?
        mov bx, 0x55AA
        mov dl, [drive]
        int 0x13
        jc .chs
        cmp bx, 0xAA55
        jne .chs
        test cl, 1
        jz .chs
        mov si, packet
        mov ah, 0x42
        mov dl, [drive]
        int 0x13
        jnc .check
.chs:   mov si, [entry]
        mov dl, [drive]
        mov dh, [si + 1]
        mov cx, [si + 2]
        mov bx, LOADED
        mov ax, 0x0201
        int 0x13
        mov si, unreadable
        jc fail
.check: cmp word [LOADED + 510], 0xAA55
        mov si, unbootable
        jne fail
        mov si, [entry]
        mov dl, [drive]
        jmp 0:LOADED

fail:   lodsb
        test al, al
        jz .stop
        mov ah, 0x0E
        mov bx, 7
        int 0x10
        jmp fail
.stop:  sti
        hlt
        jmp .stop

none:       db 'No active partition', 13, 10, 0
unreadable: db 'The active partition cannot be read', 13, 10, 0
unbootable: db 'The active partition has no boot sector', 13, 10, 0

        align 2
packet: db 16, 0
        dw 1
        dw LOADED, 0
.lba:   dd 0, 0
entry:  dw 0
drive:  db 0

        times 440 - ($ - $$) db 0
