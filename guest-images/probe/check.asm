; The list of checks: each has a name and an outcome. Failures go to the debug port at once, with both values.

MAX_CHECKS      equ 400
PASSED          equ 1
FAILED          equ 0
SKIPPED         equ 2
LIST_COLUMN     equ 40
NAME_MAX        equ 24                  ; characters the summary has room for

struc check_entry
check_name:     resw 1
check_page:     resw 1
check_outcome:  resb 1
check_bytes:
endstruc

%macro NAME_FITS 1
%strlen %%length %1
%if %%length > NAME_MAX
%error the name of a check is too long
%endif
%endmacro

; CHECK_EQ name, want: EAX must be equal. AX is compared as given: clear the upper half first (CHECK_AX does).
%macro CHECK_EQ 2
NAME_FITS %1
[section .data]
%%name: db %1, 0
[section .text]
        push ecx
        mov ecx, %2
        mov si, %%name
        call check_eq
        pop ecx
%endmacro

; LIST row, rows: from here on checks show their names and outcomes, so many rows a column. NO_LIST ends that.
%macro LIST 2
        mov byte [list_row], %1
        mov byte [list_top], %1
        mov byte [list_break], (%1) + (%2)
%endmacro

%macro NO_LIST 0
        mov byte [list_row], 0
%endmacro

%macro CHECK_AX 2
        movzx eax, ax
        CHECK_EQ %1, %2
%endmacro

%macro CHECK_AL 2
        movzx eax, al
        CHECK_EQ %1, %2
%endmacro

; CHECK_IF name, condition: the flags decide. "got" is EAX, for the log.
%macro CHECK_IF 2
NAME_FITS %1
[section .data]
%%name: db %1, 0
[section .text]
        set%2 [outcome]
        mov si, %%name
        call check_flag
%endmacro

; SKIP name: cannot be decided here; not counted.
%macro SKIP 1
NAME_FITS %1
[section .data]
%%name: db %1, 0
[section .text]
        mov si, %%name
        call check_skip
%endmacro

; SI = name, EAX = got, ECX = wanted.
check_eq:
        cmp eax, ecx
        sete [outcome]
        je check_record
        call debug_failure
        jmp check_record

; SI = name, [outcome] = decided, EAX = got.
check_flag:
        cmp byte [outcome], PASSED
        je check_record
        push ecx
        xor ecx, ecx
        call debug_failure
        pop ecx
        jmp check_record

check_skip:
        mov byte [outcome], SKIPPED

; Keeps every register.
check_record:
        pushad
        mov di, [checks_used]
        cmp di, MAX_CHECKS * check_bytes
        jae .full
        mov [checks + di + check_name], si
        mov ax, [page]
        mov [checks + di + check_page], ax
        mov al, [outcome]
        mov [checks + di + check_outcome], al
        add word [checks_used], check_bytes
        cmp al, SKIPPED
        je .full
        inc word [counted_total]
        inc word [counted_page]
        cmp al, PASSED
        jne .full
        inc word [passed_total]
        inc word [passed_page]
.full:  cmp byte [list_row], 0
        je .done
        call check_list
.done:  popad
        ret

; Name and outcome of the check recorded last in the next row of the page's list; it has two columns.
check_list:
        push es
        push word TEXT
        pop es
        movzx ax, byte [list_row]
        inc byte [list_row]
        xor bp, bp
        cmp al, [list_break]
        jb .left
        sub al, [list_break]
        add al, [list_top]
        mov bp, LIST_COLUMN * 2
.left:  imul di, ax, 160
        add di, bp
        add di, 4 * 2
        mov bx, [checks_used]
        mov si, [checks + bx - check_bytes + check_name]
        mov bl, [checks + bx - check_bytes + check_outcome]
        mov ah, A_PLAIN
        push di
        call put_string
        pop di
        add di, 27 * 2
        call put_verdict
        pop es
        ret

; "fail: PAGE CHECK got X want Y", eight hex digits each
debug_failure:
        pushad
        mov di, si
        mov si, text_fail
        call debug_string
        mov si, [page]
        mov si, [si + page_name]
        call debug_string
        mov si, text_blank
        call debug_string
        mov si, di
        call debug_string
        mov si, text_got
        call debug_string
        call debug_hex
        mov si, text_want
        call debug_string
        mov eax, ecx
        call debug_hex
        mov al, 10
        call debug_char
        popad
        ret

[section .data]
text_fail:      db "fail: ", 0
text_blank:     db " ", 0
text_got:       db " got ", 0
text_want:      db " want ", 0
passed_total:   dw 0
counted_total:  dw 0
passed_page:    dw 0
counted_page:   dw 0
checks_used:    dw 0                    ; bytes of the list in use

[section .bss]
outcome:        resb 1
list_row:       resb 1                  ; 0: checks are not listed as they are made
list_top:       resb 1
list_break:     resb 1
checks:         resb MAX_CHECKS * check_bytes
[section .text]
