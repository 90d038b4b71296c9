; Every check with its outcome, and the total. The shade of the names changes from page to page.

SUMMARY_TOP     equ 2
SUMMARY_ROWS    equ 46
SUMMARY_WIDTH   equ 27
MARK_PASS       equ 0xFB
MARK_FAIL       equ 'X'
MARK_SKIP       equ '-'

page_summary:
        mov al, 3
        call text_mode
        mov ax, 0x1112
        xor bl, bl
        int 0x10
        mov ah, 1
        mov cx, 0x2000
        int 0x10
        call title_line
        mov word [summary_page], 0
        mov byte [summary_shade], A_PLAIN
        mov word [summary_line], 0
        xor bx, bx
.next:  cmp bx, [checks_used]
        jae .total
        mov si, [checks + bx + check_page]
        cmp si, [summary_page]
        je .line
        mov [summary_page], si
        xor byte [summary_shade], A_PLAIN ^ A_BRIGHT
.line:  call summary_check
        add bx, check_bytes
        jmp .next
.total: AT 48, 0
        mov cx, 80
        mov ax, A_STATUS << 8 | ' '
        push di
        rep stosw
        pop di
        add di, 30 * 2
        mov ah, 0x2F
        mov cx, [passed_total]
        cmp cx, [counted_total]
        je .all
        mov ah, A_FAIL
.all:   mov al, ' '
        stosw
        mov si, text_probe
        call put_string
        call put_decimal
        mov si, text_of
        call put_string
        mov cx, [counted_total]
        call put_decimal
        mov al, ' '
        stosw
        ret

; DI = the next line's place.
summary_place:
        mov ax, [summary_line]
        inc word [summary_line]
        mov cl, SUMMARY_ROWS
        div cl                          ; AL = column, AH = row
        movzx di, ah
        add di, SUMMARY_TOP
        imul di, di, 160
        movzx ax, al
        imul ax, ax, SUMMARY_WIDTH * 2
        add di, ax
        ret

; The check at BX.
summary_check:
        call summary_place
        mov ax, A_PASS << 8 | MARK_PASS
        cmp byte [checks + bx + check_outcome], PASSED
        je .mark
        mov ax, A_SKIP << 8 | MARK_SKIP
        cmp byte [checks + bx + check_outcome], SKIPPED
        je .mark
        mov ax, A_FAIL << 8 | MARK_FAIL
.mark:  stosw
        mov ah, [summary_shade]
        mov al, ' '
        stosw
        mov si, [checks + bx + check_name]
        jmp put_string

[section .bss]
summary_page:   resw 1
summary_line:   resw 1
summary_shade:  resb 1
[section .text]
