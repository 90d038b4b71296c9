; The boot drive through INT 13h: the check file by every way of reading there is, its checksum known to the recipe.

ANSWER          equ disk_answer

page_disk:
        mov al, 3
        call text_mode
        PRINT 2, 4, A_LABEL, "Boot drive"
        mov cl, [boot_drive]
        mov ah, A_BRIGHT
        AT 2, 24
        call put_hex8
        LIST 8, 14
        cmp word [config_unit], 2048
        je .cd
        call disk_emulation
        call disk_geometry
        cmp word [config_count], 0
        je .end
        call disk_file
        call disk_chs
        call disk_refusal
        test byte [boot_drive], 0x80
        jz .end
        call disk_extensions
        jmp .end
.cd:    call disk_cd
.end:   NO_LIST
        call title_line
        jmp status_line

; A drive that El Torito emulates says so; only shown.
disk_emulation:
        mov ax, 0x4B01
        mov dl, [boot_drive]
        mov si, ANSWER
        mov byte [si], 0x13
        mov byte [si + 1], 0
        int 0x13
        jc .plain
        mov al, [ANSWER + 1]
        and al, 0x0F
        jz .plain
        PRINT 2, 30, A_BRIGHT, "emulated from a CD"
        ret
.plain: PRINT 2, 30, A_BRIGHT, "plain"
        ret

; Geometry as the BIOS sees it; a floppy drive must at least reach what the medium has.
disk_geometry:
        xor ah, ah
        mov dl, [boot_drive]
        int 0x13
        CHECK_IF "00h resets the drive", nc
        push es
        mov ah, 8
        mov dl, [boot_drive]
        int 0x13
        pop es
        jc .unknown
        mov al, dh
        inc al
        mov [drive_heads], al
        mov al, cl
        and al, 0x3F
        mov [drive_sectors], al
        mov al, ch
        mov ah, cl
        shr ah, 6
        inc ax
        mov [drive_tracks], ax
        clc
.unknown:
        mov eax, ecx
        CHECK_IF "08h gives a geometry", nc
        PRINT 4, 4, A_LABEL, "Cylinders"
        PRINT 5, 4, A_LABEL, "Heads"
        PRINT 6, 4, A_LABEL, "Sectors"
        mov ah, A_BRIGHT
        AT 4, 24
        mov cx, [drive_tracks]
        call put_decimal
        AT 5, 24
        movzx cx, byte [drive_heads]
        call put_decimal
        AT 6, 24
        movzx cx, byte [drive_sectors]
        call put_decimal
        test byte [boot_drive], 0x80
        jnz .fixed
        mov al, [drive_heads]
        cmp al, [config_heads]
        CHECK_IF "08h heads reach medium", ae
        mov al, [drive_sectors]
        cmp al, [config_sectors]
        CHECK_IF "08h sectors reach medium", ae
        mov al, [config_heads]          ; the medium decides from here on
        mov [drive_heads], al
        mov al, [config_sectors]
        mov [drive_sectors], al
        ret
.fixed: mov ah, 0x15
        mov dl, [boot_drive]
        int 0x13
        mov al, ah
        CHECK_AL "15h: a fixed disk", 3
        ret

; Where the check file lies and what it should sum to.
disk_file:
        PRINT 4, 44, A_LABEL, "Check file at"
        PRINT 5, 44, A_LABEL, "Sectors"
        PRINT 6, 44, A_LABEL, "CRC-32"
        mov ah, A_BRIGHT
        AT 4, 60
        mov cx, [config_start]
        call put_decimal
        AT 5, 60
        mov cx, [config_count]
        call put_decimal
        AT 6, 60
        mov ecx, [config_crc]
        jmp put_hex32

; The check file by CHS: a sector at a time, then as much of a track as there is.
disk_chs:
        mov byte [disk_whole], 0
        call disk_chs_read
        CHECK_EQ "02h sector by sector", [config_crc]
        mov byte [disk_whole], 1
        call disk_chs_read
        CHECK_EQ "02h track by track", [config_crc]
        xor eax, eax
        mov cx, 1
        xor di, di
        call disk_chs_once
        push word DISK_SEGMENT
        pop gs
        mov ax, [gs:510]
        CHECK_AX "02h boot sector 55 AA", 0xAA55
        ret

; Reads the file to the disk segment and gives EAX = its CRC-32.
disk_chs_read:
        mov eax, [config_start]
        mov cx, [config_count]
        xor di, di
.next:  push cx
        cmp byte [disk_whole], 0
        jne .run
        mov cx, 1
.run:   call disk_chs_once              ; BX sectors came
        pop cx
        jc .failed
        movzx ebx, bx
        add eax, ebx
        sub cx, bx
        shl bx, 9
        add di, bx
        test cx, cx
        jnz .next
        jmp disk_crc
.failed:
        xor eax, eax
        ret

; Reads up to CX sectors from EAX on, within a track, to DISK_SEGMENT:DI. Gives BX = sectors. Keeps EAX, DI.
disk_chs_once:
        push eax
        movzx esi, byte [drive_sectors]
        test si, si
        jz .bad
        xor edx, edx
        div esi
        sub si, dx
        cmp si, cx
        jb .count
        mov si, cx
.count: inc dx
        mov cl, dl
        push cx
        movzx ecx, byte [drive_heads]
        xor edx, edx
        div ecx
        pop cx
        mov ch, al
        shl ah, 6
        or cl, ah
        mov dh, dl
        mov ax, si
        mov ah, 2
        mov dl, [boot_drive]
        mov bx, di
        push es
        push word DISK_SEGMENT
        pop es
        push si
        push di
        int 0x13
        pop di
        pop bx
        pop es
        pop eax
        ret
.bad:   pop eax
        stc
        ret

; EAX = CRC-32 of the file's bytes in the disk segment.
disk_crc:
        push word DISK_SEGMENT
        pop gs
        xor si, si
        mov ax, [config_count]
        mul word [config_unit]
        mov cx, ax
        mov edx, 0xFFFFFFFF
        call crc_update
        not edx
        mov eax, edx
        ret

; An impossible head is refused, and the drive works after it.
disk_refusal:
        push es
        push word DISK_SEGMENT
        pop es
        mov ax, 0x0201
        xor bx, bx
        mov cx, 1
        mov dh, 200
        mov dl, [boot_drive]
        int 0x13
        pop es
        movzx eax, ah
        CHECK_IF "02h refuses head 200", c
        xor ah, ah
        mov dl, [boot_drive]
        int 0x13
        mov byte [disk_whole], 1
        call disk_chs_read
        CHECK_EQ "02h works after that", [config_crc]
        ret

; The check file by LBA. Without extensions there is nothing to check.
disk_extensions:
        call disk_has_extensions
        jc .none
        call disk_lba_all
        CHECK_EQ "42h reads by LBA", [config_crc]
        call disk_parameters
        mov ax, [ANSWER + 24]
        CHECK_AX "48h sector size", 512
        mov eax, [config_start]
        movzx ecx, word [config_count]
        add ecx, eax
        mov eax, [ANSWER + 16]
        cmp eax, ecx
        CHECK_IF "48h sectors reach file", ae
        ret
.none:  SKIP "42h reads by LBA"
        ret

; Carry clear when the drive has INT 13h extensions with packet reads.
disk_has_extensions:
        mov ah, 0x41
        mov bx, 0x55AA
        mov dl, [boot_drive]
        int 0x13
        jc .none
        cmp bx, 0xAA55
        jne .none
        test cl, 1
        jz .none
        clc
        ret
.none:  stc
        ret

; 48h into the answer.
disk_parameters:
        mov si, ANSWER
        mov word [si], 30
        mov ah, 0x48
        mov dl, [boot_drive]
        int 0x13
        ret

; Reads the file with one packet; EAX = its CRC-32.
disk_lba_all:
        mov eax, [config_start]
        mov cx, [config_count]
        xor di, di
        call disk_lba
        jc .failed
        jmp disk_crc
.failed:
        xor eax, eax
        ret

; CX sectors from EAX on to DISK_SEGMENT:DI.
disk_lba:
        mov dword [packet], 16
        mov [packet + 2], cx
        mov [packet + 4], di
        mov word [packet + 6], DISK_SEGMENT
        mov [packet + 8], eax
        mov dword [packet + 12], 0
        pushad
        mov si, packet
        mov ah, 0x42
        mov dl, [boot_drive]
        int 0x13
        popad
        ret

; A CD without emulation.
disk_cd:
        PRINT 2, 30, A_BRIGHT, "CD, no emulation"
        call disk_file
        call disk_has_extensions
        CHECK_IF "41h: extensions", nc
        call disk_parameters
        CHECK_IF "48h answers", nc
        mov ax, [ANSWER + 24]
        CHECK_AX "48h sector size", 2048
        call disk_lba_all
        CHECK_EQ "42h, one packet", [config_crc]
        mov eax, [config_start]
        mov cx, [config_count]
        xor di, di
.block: push cx
        mov cx, 1
        call disk_lba
        pop cx
        inc eax
        add di, 2048
        loop .block
        call disk_crc
        CHECK_EQ "42h, block by block", [config_crc]
        mov eax, 16
        mov cx, 1
        xor di, di
        call disk_lba
        push word DISK_SEGMENT
        pop gs
        mov eax, [gs:1]
        CHECK_EQ "block 16 is CD001", "CD00"
        mov ax, 0x4B01
        mov dl, [boot_drive]
        mov si, ANSWER
        mov byte [si], 0x13
        int 0x13
        mov al, [ANSWER + 1]
        and al, 0x0F
        CHECK_AL "4B01h: no emulation", 0
        mov al, [ANSWER + 2]
        movzx ecx, byte [boot_drive]
        CHECK_AL "4B01h: boot drive", ecx
        ret

[section .bss]
drive_tracks:   resw 1
drive_heads:    resb 1
drive_sectors:  resb 1
disk_whole:     resb 1
packet:         resb 16
disk_answer:    resb 32
[section .text]
