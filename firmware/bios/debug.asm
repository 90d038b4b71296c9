; Text output of the BIOS itself: port E9h (Bochs and relic debug port) and the screen by INT 10h/0Eh.

; Line at CS:SI to the debug port. Preserves all registers.
debug_line:
        push    ax
        push    si
        push    si
        mov     si,msg_prefix
        call    debug_text
        pop     si
        call    debug_text
        mov     al,10
        out     E9,al
        pop     si
        pop     ax
        ret

debug_text:
.next:  cs lodsb
        test    al,al
        jz      .done
        out     E9,al
        jmp     .next
.done:  ret

; Text at CS:SI to the screen. Preserves all registers.
print:
        pusha
.next:  cs lodsb
        test    al,al
        jz      .done
        call    print_char
        jmp     .next
.done:  popa
        ret

; Character in AL to the screen. Preserves all registers.
print_char:
        pusha
        push    ds
        push    es
        mov     ah,0Eh
        mov     bx,0007h
        int     10h
        pop     es
        pop     ds
        popa
        ret

print_crlf:
        push    si
        mov     si,msg_crlf
        call    print
        pop     si
        ret

; EAX in decimal to the screen. Preserves all registers.
print_dec:
        pushad
        mov     ebx,10
        xor     cx,cx
.div:   xor     edx,edx
        div     ebx
        push    dx
        inc     cx
        test    eax,eax
        jnz     .div
.out:   pop     ax
        add     al,'0'
        call    print_char
        loop    .out
        popad
        ret

msg_prefix      db 'relic bios: ',0
msg_crlf        db 13,10,0
