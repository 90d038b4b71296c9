; Keys as they arrive, until Enter or until nothing comes for a while.

KEY_ROW         equ 9
KEY_ROWS        equ 14

page_keyboard:
        mov al, 3
        call text_mode
        call keys_flush
        LIST 2, 5
        call keyboard_checks
        NO_LIST
        PRINT 8, 4, A_LABEL, "Type, then Enter.   scan  ascii"
        call title_line
        mov si, [page]
        mov di, text_ready
        call debug_pair
        mov byte [typed_count], 0
        mov word [key_line], 0
.wait:  call ticks
        mov bx, ax
        mov ax, [config_keys]
        call key_or_time
        jc .late
        mov ah, 0x10
        int 0x16
        call keyboard_show
        cmp al, 13
        je .enter
        movzx bx, byte [typed_count]
        cmp bl, 16
        jae .wait
        mov [typed + bx], al
        inc byte [typed_count]
        jmp .wait
.enter: cmp byte [config_length], 0
        je .any
        call keyboard_compare
        CHECK_AX "keys as expected", 0
        jmp .done
.any:   cmp al, 13
        CHECK_IF "Enter came", e
        jmp .done
.late:  cmp byte [config_length], 0
        je .skip
        movzx ax, byte [typed_count]
        movzx ecx, byte [config_length]
        inc cx                          ; Enter is missing at least
        CHECK_AX "keys as expected", ecx
        jmp .done
.skip:  SKIP "Enter came"
        PRINT 8, 50, A_SKIP, "no key, skipped"
.done:  jmp status_line

; AX = key. Keeps it.
keyboard_show:
        push ax
        mov bx, [key_line]
        cmp bx, KEY_ROWS
        jae .full
        inc word [key_line]
        add bx, KEY_ROW
        imul di, bx, 160
        add di, 24 * 2
        mov cx, ax
        push cx
        mov cl, ch
        mov ah, A_BRIGHT
        call put_hex8
        add di, 8
        pop cx
        call put_hex8
        add di, 8
        mov al, cl
        stosw
.full:  pop ax
        ret

; AX = characters that differ from the recipe's text, counting a different length.
keyboard_compare:
        movzx ax, byte [typed_count]
        movzx cx, byte [config_length]
        sub ax, cx
        jns .positive
        neg ax
.positive:
        xor bx, bx
.next:  mov dl, [typed + bx]
        cmp dl, [config_typed + bx]
        je .same
        inc ax
.same:  inc bx
        loop .next
        ret

; The BIOS's ring and flags.
keyboard_checks:
        mov ax, [fs:0x80]
        CHECK_AX "ring starts at 1Eh", 0x1E
        mov ax, [fs:0x82]
        CHECK_AX "ring ends at 3Eh", 0x3E
        mov ah, 5
        mov cx, 0x1E61
        int 0x16
        mov ah, 0x11
        int 0x16
        CHECK_IF "05h key is seen by 11h", nz
        mov ah, 0x10
        int 0x16
        CHECK_AX "05h key is read by 10h", 0x1E61
        mov ah, 2
        int 0x16
        movzx ecx, byte [fs:0x17]
        CHECK_AL "02h flags in BIOS data", ecx
        ret

[section .bss]
typed_count:    resb 1
typed:          resb 16
key_line:       resw 1
[section .text]
