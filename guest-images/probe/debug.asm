; Lines for the host on debug port E9h.

DEBUG_PORT      equ 0xE9

; AL = character.
debug_char:
        push dx
        mov dx, DEBUG_PORT
        out dx, al
        pop dx
        ret

; SI = text that ends in zero.
debug_string:
        push ax
        push si
.next:  lodsb
        test al, al
        jz .done
        call debug_char
        jmp .next
.done:  pop si
        pop ax
        ret

; EAX in eight hexadecimal digits.
debug_hex:
        push cx
        push eax
        mov cx, 8
.next:  rol eax, 4
        push ax
        call hex_digit
        call debug_char
        pop ax
        loop .next
        pop eax
        pop cx
        ret

; AX in decimal.
debug_decimal:
        push si
        mov di, number
        call decimal
        mov si, number
        call debug_string
        pop si
        ret

; Low four bits of AL to their digit.
hex_digit:
        and al, 15
        add al, '0'
        cmp al, '9'
        jbe .done
        add al, 'A' - '9' - 1
.done:  ret

; AX in decimal to DS:DI, ends in zero.
decimal:
        push ax
        push bx
        push cx
        push dx
        push es
        mov dx, ds
        mov es, dx
        mov bx, 10
        xor cx, cx
.split: xor dx, dx
        div bx
        push dx
        inc cx
        test ax, ax
        jnz .split
.store: pop ax
        add al, '0'
        stosb
        loop .store
        xor al, al
        stosb
        pop es
        pop dx
        pop cx
        pop bx
        pop ax
        ret

; "probe: N of M"
debug_result:
        mov si, text_probe
        call debug_string
        mov ax, [passed_total]
        call debug_decimal
        mov si, text_of
        call debug_string
        mov ax, [counted_total]
        call debug_decimal
        mov al, 10
        jmp debug_char

[section .data]
text_probe:     db "probe: ", 0
text_of:        db " of ", 0

[section .bss]
number:         resb 12
[section .text]
