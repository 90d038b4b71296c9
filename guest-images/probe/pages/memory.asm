; Every way the BIOS tells memory, and whether they agree.

MAP_MAX         equ 24
MAP_SHOWN       equ 8
MAP_BYTES       equ 20
SMAP            equ 0x534D4150          ; the signature, first letter highest
ONE_MIB         equ 0x100000

page_memory:
        mov al, 3
        call text_mode
        call memory_ask
        call memory_show
        LIST 15, 6
        call memory_checks
        NO_LIST
        call title_line
        jmp status_line

memory_ask:
        int 0x12
        mov [base_kib], ax
        mov ah, 0x88
        int 0x15
        mov [extended_kib], ax
        mov ax, 0xE801
        xor bx, bx
        xor cx, cx
        xor dx, dx
        int 0x15
        mov [e801_kib], cx              ; some leave the answer in one pair only
        mov [e801_blocks], dx
        jcxz .other
        jmp .map
.other: mov [e801_kib], ax
        mov [e801_blocks], bx
.map:   push es
        push ds
        pop es
        mov di, map
        xor ebx, ebx
        mov word [map_count], 0
.next:  mov eax, 0xE820
        mov edx, SMAP
        mov ecx, MAP_BYTES
        int 0x15
        jc .done
        cmp eax, SMAP
        jne .done
        inc word [map_count]
        add di, MAP_BYTES
        cmp word [map_count], MAP_MAX
        jae .done
        test ebx, ebx
        jnz .next
.done:  pop es
        ret

memory_show:
        PRINT 2, 4, A_LABEL, "INT 12h       KB    88h       KB    E801h       KB and       x 64 KB"
        mov ah, A_BRIGHT
        AT 2, 12
        mov cx, [base_kib]
        call put_decimal
        AT 2, 28
        mov cx, [extended_kib]
        call put_decimal
        AT 2, 46
        mov cx, [e801_kib]
        call put_decimal
        AT 2, 59
        mov cx, [e801_blocks]
        call put_decimal
        PRINT 4, 4, A_LABEL, "E820h base          length            type"
        xor bx, bx
.entry: cmp bx, [map_count]
        jae .done
        cmp bx, MAP_SHOWN
        jae .done
        imul si, bx, MAP_BYTES
        add si, map
        mov dx, bx
        add dx, 5
        imul di, dx, 160
        add di, 4 * 2
        push bx
        mov ah, A_BRIGHT
        mov ecx, [si + 4]
        call put_hex32
        mov ecx, [si]
        call put_hex32
        add di, 4 * 2
        mov ecx, [si + 12]
        call put_hex32
        mov ecx, [si + 8]
        call put_hex32
        add di, 2 * 2
        mov cl, [si + 16]
        call put_hex8
        pop bx
        inc bx
        jmp .entry
.done:  ret

memory_checks:
        mov ax, [base_kib]
        movzx ecx, word [fs:0x13]
        CHECK_AX "12h agrees with 40:13", ecx
        mov ax, [base_kib]
        sub ax, 512
        cmp ax, 640 - 512
        CHECK_IF "12h is 512 to 640 KB", be
        movzx eax, word [map_count]
        cmp ax, 2
        CHECK_IF "E820h gives a map", ae
        xor eax, eax
        call memory_find
        sub eax, 512 << 10
        cmp eax, 128 << 10
        CHECK_IF "E820h RAM at 0", be
        mov eax, ONE_MIB
        call memory_find
        mov [ram_above], eax
        cmp eax, 0
        CHECK_IF "E820h RAM at 1 MB", a
        call memory_hole
        CHECK_AX "E820h no RAM in A0000h", 0
        call memory_overlap
        CHECK_AX "E820h: no overlap", 0
        movzx eax, word [e801_blocks]
        shl eax, 6
        movzx ecx, word [e801_kib]
        add eax, ecx                    ; KB by E801h
        mov ecx, [ram_above]
        shr ecx, 10
        sub eax, ecx
        add eax, 1024
        cmp eax, 2048                   ; within 1 MB
        CHECK_IF "E801h agrees with E820h", be
        mov ecx, [ram_above]
        shr ecx, 10
        movzx eax, word [extended_kib]
        add ecx, 1024                   ; tables at the top may count here and not there
        cmp eax, ecx
        CHECK_IF "88h is not above E820h", be
        sub ecx, 1024
        cmp ecx, 15 << 10
        jb .small
        mov ecx, 15 << 10
.small: sub ecx, 1024
        jns .least
        xor ecx, ecx
.least: cmp eax, ecx
        CHECK_IF "88h is near E820h", ae
        jmp memory_gate

; The A20 gate, both ways: 1 MB + 500h shows, or hides, 500h.
memory_gate:
        mov ax, 0x2401
        int 0x15
        call memory_wraps
        CHECK_AX "A20 on: no wrap at 1 MB", 0
        mov ax, 0x2400
        int 0x15
        call memory_wraps
        push ax
        mov ax, 0x2401
        int 0x15
        pop ax
        CHECK_AX "A20 off: wraps at 1 MB", 1
        ret

; AX = 1 when FFFF:0510 is 0000:0500.
memory_wraps:
        push fs
        push gs
        xor ax, ax
        mov fs, ax
        dec ax
        mov gs, ax
        mov dx, [fs:0x500]
        mov cx, [gs:0x510]
        mov word [fs:0x500], 0x1234
        mov word [gs:0x510], 0x5678
        xor ax, ax
        cmp word [fs:0x500], 0x1234
        je .apart
        inc ax
.apart: mov [gs:0x510], cx
        mov [fs:0x500], dx
        pop gs
        pop fs
        ret

; EAX = length of the RAM entry whose base is EAX, or 0.
memory_find:
        mov si, map
        mov cx, [map_count]
        jcxz .none
.next:  cmp [si], eax
        jne .other
        cmp dword [si + 4], 0
        jne .other
        cmp dword [si + 16], 1
        je .found
.other: add si, MAP_BYTES
        loop .next
.none:  xor eax, eax
        ret
.found: mov eax, [si + 8]
        ret

; AX = RAM entries that reach into A0000h to FFFFFh.
memory_hole:
        xor ax, ax
        mov si, map
        mov cx, [map_count]
        jcxz .done
.next:  cmp dword [si + 16], 1
        jne .other
        cmp dword [si + 4], 0
        jne .other
        cmp dword [si], ONE_MIB
        jae .other
        mov edx, [si]
        add edx, [si + 8]
        cmp edx, 0xA0000
        jbe .other
        inc ax
.other: add si, MAP_BYTES
        loop .next
.done:  ret

; AX = pairs of entries that share an address below 4 GB.
memory_overlap:
        xor ax, ax
        mov bx, [map_count]
        imul bx, bx, MAP_BYTES
        add bx, map                     ; behind the last
        mov si, map
.first: cmp si, bx
        jae .done
        cmp dword [si + 4], 0
        jne .skip
        lea di, [si + MAP_BYTES]
.second:
        cmp di, bx
        jae .skip
        cmp dword [di + 4], 0
        jne .apart
        mov edx, [si + 8]
        dec edx
        add edx, [si]                   ; last byte of the first
        cmp edx, [di]
        jb .apart
        mov edx, [di + 8]
        dec edx
        add edx, [di]
        cmp edx, [si]
        jb .apart
        inc ax
.apart: add di, MAP_BYTES
        jmp .second
.skip:  add si, MAP_BYTES
        jmp .first
.done:  ret

[section .bss]
base_kib:       resw 1
extended_kib:   resw 1
e801_kib:       resw 1
e801_blocks:    resw 1
ram_above:      resd 1
map_count:      resw 1
map:            resb MAP_MAX * MAP_BYTES
[section .text]
