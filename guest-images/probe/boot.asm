; Boot sector of the probe: loads PROBE.BIN from a FAT12 or FAT16 volume and starts it.
;
; The program lies in one piece (the mastering code sees to that), so its directory entry is all that is needed.
; Reads use CHS, as many sectors of a track at a time as are wanted: this runs before anything is known about the
; BIOS. The program's segment starts a 64 KiB page, so no transfer crosses a DMA bound.
        cpu 386
        bits 16
        org 0x7C00

PROGRAM_SEGMENT equ 0x1000
PROGRAM_ENTRY   equ 0x800
DIRECTORY       equ 0x8000              ; one sector of the root directory
NAME_BYTES      equ 11

        jmp short start
        nop
oem:            times 8 db 0
sector_bytes:   dw 0
cluster:        db 0
reserved:       dw 0
fats:           db 0
root_entries:   dw 0
total16:        dw 0
media:          db 0
fat_sectors:    dw 0
track:          dw 0
heads:          dw 0
hidden:         dd 0
                times 0x3E - ($ - $$) db 0

start:  cli
        xor ax, ax
        mov ss, ax
        mov sp, 0x7C00
        mov ds, ax
        mov es, ax
        sti
        cld
        mov [drive], dl
        test dl, 0x80
        jz .geometry_known
        mov ah, 8                       ; a BIOS may translate: its geometry counts, not the volume's
        int 0x13
        jc fail
        movzx ax, dh
        inc ax
        mov [heads], ax
        and cx, 0x3F
        mov [track], cx
        xor ax, ax                      ; INT 13h/08h leaves a pointer in ES:DI
        mov es, ax
.geometry_known:
        mov al, [fats]
        mul byte [fat_sectors]          ; floppies and small disks only need the low byte ...
        cmp byte [fat_sectors + 1], 0
        je .fats_done
        mov ax, [fat_sectors]           ; ... large ones have exactly two tables
        shl ax, 1
.fats_done:
        add ax, [reserved]
        movzx eax, ax
        add eax, [hidden]
        mov [directory], eax
        mov cx, [root_entries]
        shr cx, 4                       ; 16 entries a sector
        movzx edx, cx
        add edx, eax
        mov [data], edx

next_sector:
        push cx
        mov eax, [directory]
        mov bx, DIRECTORY
        mov cx, 1
        call read
        mov di, DIRECTORY
        mov dx, 16
.entry: push di
        mov si, name
        mov cx, NAME_BYTES
        repe cmpsb
        pop di
        je found
        add di, 32
        dec dx
        jnz .entry
        inc dword [directory]
        pop cx
        loop next_sector
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

found:  pop cx
        movzx eax, word [di + 26]       ; first cluster
        sub ax, 2
        movzx ecx, byte [cluster]
        mul ecx
        add eax, [data]
        mov [program], eax
        mov ecx, [di + 28]              ; length
        add ecx, 511
        shr ecx, 9
        push word PROGRAM_SEGMENT
        pop es
        xor bx, bx
.track: call read                       ; AX sectors of this track were read
        add [program], eax
        sub cx, ax
        shl ax, 9
        add bx, ax
        mov eax, [program]
        test cx, cx
        jnz .track
        mov dl, [drive]
        jmp PROGRAM_SEGMENT:PROGRAM_ENTRY

; Reads up to CX sectors from sector EAX on, within one track, to ES:BX; three attempts, as floppies need.
; Gives EAX = sectors read; keeps BX and CX.
read:   push cx
        movzx esi, word [track]
        xor edx, edx
        div esi
        sub si, dx                      ; sectors up to the end of the track
        cmp si, cx
        jb .count
        mov si, cx
.count: inc dx
        push dx                         ; sector
        movzx ecx, word [heads]
        xor edx, edx
        div ecx
        mov ch, al                      ; cylinder
        shl ah, 6
        mov cl, ah
        pop ax
        or cl, al
        mov dh, dl                      ; head
        mov di, 3
.again: mov dl, [drive]
        mov ax, si
        mov ah, 2
        push si
        push di
        int 0x13
        pop di
        pop si
        jnc .done
        xor ax, ax
        mov dl, [drive]
        int 0x13
        dec di
        jnz .again
        jmp fail
.done:  movzx eax, si
        pop cx
        ret

name:    db 'PROBE   BIN'
message: db 'PROBE.BIN cannot be loaded', 13, 10, 0

        times 510 - ($ - $$) db 0
        dw 0xAA55

absolute 0x7A00
drive:     resb 1
directory: resd 1
data:      resd 1
program:   resd 1
