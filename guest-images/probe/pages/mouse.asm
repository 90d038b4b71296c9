; A PS/2 mouse through the BIOS: packets move a pointer and leave a trail, a click ends it.

FIELD_ROW       equ 13
FIELD_ROWS      equ 9
FIELD_COLUMNS   equ 76
FIELD_LEFT      equ 2
SCALE           equ 3                   ; eight counts a cell

page_mouse:
        mov al, 3
        call text_mode
        LIST 2, 8
        int 0x11
        test al, 4
        jnz .there
        SKIP "a pointing device"
        jmp .close
.there: call mouse_checks
.close: NO_LIST
        call title_line
        AT FIELD_ROW - 1, FIELD_LEFT - 1
        mov cx, FIELD_ROWS << 8 | FIELD_COLUMNS
        mov ah, A_BOX
        call put_box
        int 0x11
        test al, 4
        jz .skip
        call mouse_trace
        jmp .status
.skip:  SKIP "packets came"
        SKIP "a click came"
.status:
        jmp status_line

mouse_checks:
        mov word [mouse_x], FIELD_COLUMNS / 2 << SCALE
        mov word [mouse_y], FIELD_ROWS / 2 << SCALE
        mov word [mouse_seen], 0
        mov byte [mouse_clicked], 0
        mov byte [mouse_buttons], 0
        mov ax, 0xC205
        mov bh, 3
        int 0x15
        movzx eax, ah
        CHECK_IF "C205h initialise", nc
        mov ax, 0xC201
        int 0x15
        mov ax, bx
        CHECK_AX "C201h reset", 0x00AA
        mov ax, 0xC202
        mov bh, 5                       ; 100 a second
        int 0x15
        movzx eax, ah
        CHECK_IF "C202h sample rate", nc
        mov ax, 0xC203
        mov bh, 3
        int 0x15
        movzx eax, ah
        CHECK_IF "C203h resolution", nc
        mov ax, 0xC204
        int 0x15
        mov al, bh
        CHECK_AL "C204h device type", 0
        mov ax, 0xC206
        mov bh, 0
        int 0x15
        mov al, bl
        and al, 0x20                    ; enabled
        CHECK_AL "C206h: off after reset", 0
        push es
        push cs
        pop es
        mov ax, 0xC207
        mov bx, mouse_handler
        int 0x15
        pop es
        movzx eax, ah
        CHECK_IF "C207h handler", nc
        mov ax, 0xC200
        mov bh, 1
        int 0x15
        movzx eax, ah
        CHECK_IF "C200h enable", nc
        ret

; Waits while packets come; the handler draws them.
mouse_trace:
        mov si, [page]
        mov di, text_ready
        call debug_pair
        call ticks
        mov bx, ax
.loop:  mov cx, [mouse_packets]
        cmp cx, [mouse_seen]
        je .idle
        mov [mouse_seen], cx
        call ticks
        mov bx, ax
        cmp byte [mouse_clicked], 0
        jne .end
.idle:  call ticks
        sub ax, bx
        cmp ax, [config_mouse]
        jae .end
        sti
        hlt
        jmp .loop
.end:   mov ax, 0xC200
        mov bh, 0
        int 0x15
        cmp word [mouse_packets], 0
        jne .came
        test byte [config_expect], EXPECT_MOUSE
        jnz .came
        SKIP "packets came"
        SKIP "a click came"
        PRINT 17, 30, A_SKIP, "no packet, skipped"
        ret
.came:  movzx eax, word [mouse_packets]
        cmp ax, 0
        CHECK_IF "packets came", a
        test byte [config_expect], EXPECT_MOUSE
        jnz .click
        cmp byte [mouse_clicked], 0
        jne .click
        SKIP "a click came"
        jmp .numbers
.click: movzx eax, byte [mouse_clicked]
        cmp al, 0
        CHECK_IF "a click came", a
.numbers:
        PRINT 23, 4, A_LABEL, "x       y       buttons"
        mov ah, A_BRIGHT
        AT 23, 6
        mov cx, [mouse_x]
        call put_decimal
        AT 23, 14
        mov cx, [mouse_y]
        call put_decimal
        AT 23, 28
        mov cl, [mouse_buttons]
        jmp put_hex8

; The pointer as a block, where it was as a dot.
mouse_draw:
        mov di, [mouse_cell]
        test di, di
        jz .first
        mov byte [es:di], 0xFA
.first: mov ax, [mouse_y]
        shr ax, SCALE
        add ax, FIELD_ROW
        imul di, ax, 160
        mov ax, [mouse_x]
        shr ax, SCALE
        add ax, FIELD_LEFT
        shl ax, 1
        add di, ax
        mov [mouse_cell], di
        mov ax, A_BRIGHT << 8 | 0xDB
        cmp byte [mouse_buttons], 0
        je .put
        mov ah, A_SKIP
.put:   mov [es:di], ax
        ret

; Called by the BIOS with four words on the stack: status, x, y, zero, the last one nearest.
mouse_handler:
        push bp
        mov bp, sp
        pusha
        push ds
        push es
        push cs
        pop ds
        push word TEXT
        pop es
        cmp byte [mouse_clicked], 0     ; the click was the last packet that counts
        jne .out
        inc word [mouse_packets]
        mov cl, [bp + 12]               ; status: buttons, then the signs
        mov al, [bp + 10]
        mov ah, cl
        shl ah, 3                       ; bit 4 to the sign
        sar ah, 7
        add [mouse_x], ax
        mov al, [bp + 8]
        mov ah, cl
        shl ah, 2                       ; bit 5
        sar ah, 7
        sub [mouse_y], ax
        mov di, mouse_x
        mov dx, (FIELD_COLUMNS << SCALE) - 1
        call mouse_clip
        mov di, mouse_y
        mov dx, (FIELD_ROWS << SCALE) - 1
        call mouse_clip
        and cl, 7
        mov [mouse_buttons], cl
        mov [mouse_clicked], cl
        call mouse_draw
.out:   pop es
        pop ds
        popa
        pop bp
        retf

; Keeps [DI] between 0 and DX.
mouse_clip:
        cmp word [di], 0
        jge .low
        mov word [di], 0
.low:   cmp [di], dx
        jle .high
        mov [di], dx
.high:  ret

[section .data]
mouse_packets:  dw 0
mouse_cell:     dw 0

[section .bss]
mouse_x:        resw 1
mouse_y:        resw 1
mouse_seen:     resw 1
mouse_buttons:  resb 1
mouse_clicked:  resb 1
[section .text]
