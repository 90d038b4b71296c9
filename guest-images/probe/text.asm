; Text pages: mode, title line, status line, strings and numbers straight into the text window.
;
; AH is always the attribute and ES:DI the place. AT row, column sets DI for the width of the page.

A_PLAIN         equ 0x07
A_BRIGHT        equ 0x0F
A_DIM           equ 0x08
A_LABEL         equ 0x0B
A_TITLE         equ 0x1F
A_STATUS        equ 0x70
A_PASS          equ 0x0A
A_FAIL          equ 0x4F
A_SKIP          equ 0x0E
A_BOX           equ 0x09

%macro AT 2
        mov di, ((%1) * 80 + (%2)) * 2
%endmacro

%macro AT40 2
        mov di, ((%1) * 40 + (%2)) * 2
%endmacro

; PRINT row, column, attribute, text
%macro PRINT 4
[section .data]
%%text: db %4, 0
[section .text]
        AT %1, %2
        mov ah, %3
        mov si, %%text
        call put_string
%endmacro

%macro PRINT40 4
[section .data]
%%text: db %4, 0
[section .text]
        AT40 %1, %2
        mov ah, %3
        mov si, %%text
        call put_string
%endmacro

; Sets mode AL, hides the cursor, ES = text window.
text_mode:
        call std_off
        xor ah, ah
        int 0x10
        mov ah, 1
        mov cx, 0x2000
        int 0x10
        push word TEXT
        pop es
        mov word [passed_page], 0
        mov word [counted_page], 0
        push word BDA
        pop fs
        ret

; The line at the top: who we are, the page's title, its name.
title_line:
        xor di, di
        mov cx, [fs:0x4A]
        mov ax, A_TITLE << 8 | ' '
        rep stosw
        mov ah, A_TITLE
        mov di, 2
        mov si, text_relic
        call put_string
        mov si, [page]
        mov si, [si + page_title]
        call put_centred
        call name_column
        mov di, cx
        shl di, 1
        jmp put_string

; SI = the page's name, CX = the column where it begins if it ends one before the right edge.
name_column:
        push ax
        mov si, [page]
        mov si, [si + page_name]
        push si
        mov cx, [fs:0x4A]
.count: dec cx
        lodsb
        test al, al
        jnz .count
        pop si
        pop ax
        ret

; AL in two decimal digits.
put_two:
        push bx
        mov bh, ah
        aam
        add ax, '00'
        mov bl, al
        mov al, ah
        mov ah, bh
        cmp al, '0'
        jne .tens
        mov al, ' '
.tens:  stosw
        mov al, bl
        stosw
        pop bx
        ret

; The line at the bottom: how many checks of the page passed.
status_line:
        movzx ax, byte [fs:0x84]
        mul word [fs:0x4A]
        shl ax, 1
        mov di, ax
        push di
        mov cx, [fs:0x4A]
        mov ax, A_STATUS << 8 | ' '
        rep stosw
        pop di
        push di
        add di, 2
        mov ah, A_STATUS
        call put_checks
        mov si, [page]
        cmp byte [si + page_varies], 0
        pop di
        je .done
        mov ax, [fs:0x4A]
        sub ax, text_varies_end - text_varies
        shl ax, 1
        add di, ax
        mov ah, A_STATUS
        mov si, text_varies
        call put_string
.done:  ret

; How many checks of the page passed, at DI, attribute AH.
put_checks:
        mov si, text_checks
        call put_string
        mov cx, [passed_page]
        cmp cx, [counted_page]
        je .good
        mov ah, A_FAIL
.good:  call put_decimal
        mov si, text_of
        call put_string
        mov cx, [counted_page]
        jmp put_decimal

; SI = text that ends in zero.
put_string:
        push si
.next:  lodsb
        test al, al
        jz .done
        stosw
        jmp .next
.done:  pop si
        ret

; SI = text, centred in row 0.
put_centred:
        push si
        xor cx, cx
.count: lodsb
        inc cx
        test al, al
        jnz .count
        pop si
        mov di, [fs:0x4A]
        sub di, cx
        inc di
        and di, ~1
        jmp put_string

; CX in decimal.
put_decimal:
        push si
        push di
        push ax
        mov ax, cx
        mov di, number
        call decimal
        pop ax
        pop di
        mov si, number
        call put_string
        pop si
        ret

; CL in two, CX in four, ECX in eight hexadecimal digits.
put_hex8:
        push ecx
        shl ecx, 24
        mov bl, 2
        jmp put_hex
put_hex16:
        push ecx
        shl ecx, 16
        mov bl, 4
        jmp put_hex
put_hex32:
        push ecx
        mov bl, 8
put_hex:
.next:  rol ecx, 4
        mov al, cl
        call hex_digit
        stosw
        dec bl
        jnz .next
        pop ecx
        ret

; A box of double lines: DI = top left corner, CL = columns inside, CH = rows inside, AH = attribute. 80 columns.
put_box:
        mov al, 0xC9
        mov bl, 0xCD
        mov bh, 0xBB
        call .row
.side:  mov al, 0xBA
        mov bl, ' '
        mov bh, 0xBA
        call .row
        dec ch
        jnz .side
        mov al, 0xC8
        mov bl, 0xCD
        mov bh, 0xBC
.row:   push di
        push cx
        xor ch, ch
        stosw
        mov al, bl
        rep stosw
        mov al, bh
        stosw
        pop cx
        pop di
        add di, 160
        ret

; PASS or FAIL of the check recorded last.
put_outcome:
        push si
        push bx
        mov bx, [checks_used]
        mov bl, [checks + bx - check_bytes + check_outcome]
        call put_verdict
        pop bx
        pop si
        ret

; BL = outcome.
put_verdict:
        mov ah, A_PASS
        mov si, text_pass
        cmp bl, PASSED
        je .known
        mov ah, A_SKIP
        mov si, text_skip
        cmp bl, SKIPPED
        je .known
        mov ah, A_FAIL
        mov si, text_failed
.known: jmp put_string

[section .data]
text_relic:     db "relic probe", 0
text_checks:    db "checks ", 0
text_varies:    db "this page differs between machines ", 0
text_varies_end:
text_pass:      db "PASS", 0
text_failed:    db "FAIL", 0
text_skip:      db "skip", 0
[section .text]
