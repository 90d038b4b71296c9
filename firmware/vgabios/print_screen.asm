; INT 05h, once 12h/BL=20h has asked for it: prints as many rows as the screen really has.

PRINTER_FAILED  equ 29h                 ; timeout, I/O error, out of paper
PRINTING        equ 1
PRINT_ERROR     equ 0FFh

print_screen:
        sti
        push    ds
        pusha
        push    BDA_SEGMENT
        pop     ds
        cmp     byte [BDA_PRINT_SCREEN], PRINTING
        je      .busy
        mov     byte [BDA_PRINT_SCREEN], PRINTING
        mov     bh, [BDA_PAGE]
        mov     ah, 3
        int     10h
        push    dx
        xor     dx, dx
        call    .end_line
        jnz     .failed
.row:
        mov     dl, 0
.column:
        mov     ah, 2
        int     10h
        mov     ah, 8
        int     10h
        test    al, al
        jnz     .print
        mov     al, ' '
.print:
        call    .send
        jnz     .failed
        inc     dl
        cmp     dl, [BDA_COLUMNS]
        jb      .column
        call    .end_line
        jnz     .failed
        inc     dh
        cmp     dh, [BDA_ROWS]
        jbe     .row
        mov     al, 0
        jmp     .finish
.failed:
        mov     al, PRINT_ERROR
.finish:
        mov     [BDA_PRINT_SCREEN], al
        pop     dx
        mov     ah, 2
        int     10h
.busy:
        popa
        pop     ds
        iret

.end_line:
        mov     al, CARRIAGE_RETURN
        call    .send
        jnz     .sent
        mov     al, LINE_FEED
; Sends AL to the first printer; zero flag clear if it failed.
.send:
        push    dx
        xor     dx, dx
        mov     ah, 0
        int     17h
        pop     dx
        test    ah, PRINTER_FAILED
.sent:
        ret
