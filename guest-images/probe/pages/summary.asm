; A row for each page: a mark for every check, how many passed, and the first that did not.

SUMMARY_TOP     equ 2
SUMMARY_MARKS   equ 13                  ; column
SUMMARY_COUNT   equ 46
SUMMARY_FAILURE equ 56
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
        mov word [summary_line], SUMMARY_TOP * 160
        xor bx, bx                      ; the check
.page:  cmp bx, [checks_used]
        jae .total
        call summary_page
        add word [summary_line], 160
        jmp .page
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

; The page of the check at BX; BX ends behind its last check.
summary_page:
        mov bp, [checks + bx + check_page]
        mov di, [summary_line]
        add di, 2
        mov si, [bp + page_name]
        mov ah, A_LABEL
        call put_string
        mov word [summary_passed], 0
        mov word [summary_all], 0
        mov word [summary_failed], 0
        mov di, [summary_line]
        add di, SUMMARY_MARKS * 2
.check: mov ax, A_SKIP << 8 | MARK_SKIP
        mov cl, [checks + bx + check_outcome]
        cmp cl, SKIPPED
        je .mark
        inc word [summary_all]
        mov ax, A_FAIL << 8 | MARK_FAIL
        cmp cl, PASSED
        jne .fail
        mov ax, A_PASS << 8 | MARK_PASS
        inc word [summary_passed]
        jmp .mark
.fail:  cmp word [summary_failed], 0
        jne .mark
        mov cx, [checks + bx + check_name]
        mov [summary_failed], cx
.mark:  stosw
        add bx, check_bytes
        cmp bx, [checks_used]
        jae .count
        cmp [checks + bx + check_page], bp
        je .check
.count: mov di, [summary_line]
        add di, SUMMARY_COUNT * 2
        mov ah, A_PLAIN
        mov cx, [summary_passed]
        call put_decimal
        mov si, text_of
        call put_string
        mov cx, [summary_all]
        call put_decimal
        mov si, [summary_failed]
        test si, si
        jz .done
        mov di, [summary_line]
        add di, SUMMARY_FAILURE * 2
        mov ah, A_FAIL
        call put_string
.done:  ret

[section .bss]
summary_line:   resw 1                  ; where it begins
summary_passed: resw 1
summary_all:    resw 1
summary_failed: resw 1                  ; name of the first check that failed
[section .text]
