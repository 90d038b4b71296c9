; Time, by the BIOS's tick counter, and keys.

TICKS           equ 0x6C                ; offset in the BIOS data area

; Gives AX = low half of the tick counter.
ticks:  push es
        push word BDA
        pop es
        mov ax, [es:TICKS]
        pop es
        ret

; What is done while a page shows, until the next interrupt: a page may put something else in its place.
idle_halt:
        sti
        hlt
        ret

; Ends when a whole frame has been drawn: the start address counts from the next one on.
frame_wait:
        call ticks
        add ax, 2
        mov bx, ax
.loop:  call [idle]
        call ticks
        sub ax, bx
        js .loop
        ret

; Ends when a key came, or, unless the recipe says "key", when the page's time is over.
page_wait:
        call ticks
        mov bx, ax
.loop:  mov ah, 0x11
        int 0x16
        jnz .key
        cmp byte [config_wait], 0
        jne .idle
        call ticks
        sub ax, bx
        cmp ax, [config_pace]
        jae .done
.idle:  call [idle]
        jmp .loop
.key:   mov ah, 0x10
        int 0x16
.done:  ret

; Forgets keys that nobody took.
keys_flush:
        mov ah, 0x11
        int 0x16
        jz .done
        mov ah, 0x10
        int 0x16
        jmp keys_flush
.done:  ret

; Waits until a key came (carry clear) or AX ticks passed since BX (carry set).
key_or_time:
        mov cx, ax
.loop:  mov ah, 0x11
        int 0x16
        jnz .key
        call ticks
        sub ax, bx
        cmp ax, cx
        jae .late
        sti
        hlt
        jmp .loop
.key:   clc
        ret
.late:  stc
        ret

[section .bss]
idle:           resw 1                  ; a routine that keeps all registers
[section .text]
