; INT 14h: serial ports. Functions 00h-03h. Reference: Ralf Brown's INT 14h; NS16550A data sheet.

int14:
        sti
        push    ds
        push    bx
        push    cx
        push    dx
        push    BDA_SEG
        pop     ds
        cmp     dx,3
        ja      .out
        mov     bx,dx
        mov     cl,[B_COMTMO+bx]
        shl     bx,1
        mov     dx,[B_COM+bx]
        test    dx,dx
        jz      .out
        cmp     ah,3
        ja      .bad
        je      .status
        cmp     ah,1
        jb      .init
        je      .send
        call    com_receive
        jmp     short .out
.send:  call    com_send
        jmp     short .out
.init:  call    com_init
.status:
        call    com_status
        jmp     short .out
.bad:   mov     ah,80h
.out:   pop     dx
        pop     cx
        pop     bx
        pop     ds
        iret

; AL = parameters: bits 7-5 rate, 4-3 parity, 2 stop bits, 1-0 word length.
com_init:
        push    ax
        push    ax
        add     dx,3
        mov     al,80h
        out     dx,al
        pop     ax
        push    ax
        movzx   bx,al
        shr     bx,5
        shl     bx,1
        mov     bx,[cs:baud_table+bx]
        sub     dx,3
        mov     al,bl
        out     dx,al
        inc     dx
        mov     al,bh
        out     dx,al
        inc     dx
        inc     dx
        pop     ax
        and     al,1Fh
        out     dx,al
        dec     dx
        dec     dx
        xor     al,al                   ; no interrupts
        out     dx,al
        dec     dx
        pop     ax
        ret

; AH = line status, AL = modem status of the port at DX.
com_status:
        push    dx
        add     dx,5
        in      al,dx
        mov     ah,al
        inc     dx
        in      al,dx
        pop     dx
        ret

; AL out; AH = line status, bit 7 if it never got ready.
com_send:
        push    ax
        add     dx,4
        mov     al,03h                  ; DTR, RTS
        out     dx,al
        inc     dx
        inc     dx
        mov     bx,3020h                ; DSR and CTS, then transmitter empty
        call    com_wait
        pop     bx
        mov     al,bl
        jc      .out
        sub     dx,5
        out     dx,al
.out:   ret

; AL = byte; AH = line status errors, bit 7 on time-out.
com_receive:
        add     dx,4
        mov     al,01h                  ; DTR
        out     dx,al
        inc     dx
        inc     dx
        mov     bx,2001h                ; DSR, then data ready
        call    com_wait
        jc      .out
        and     ah,1Eh
        sub     dx,5
        in      al,dx
.out:   ret

; DX = modem status port: all bits BH there, then bits BL in the line status (DX = its port after).
; CL = time-out of the BDA, about a second each. AH = line status; CF and bit 7 on time-out.
com_wait:
        movzx   ecx,cl
        imul    ecx,ecx,1000*TOGGLES_MS
        inc     ecx
.modem: in      al,dx
        and     al,bh
        cmp     al,bh
        je      .line
        call    tick
        jnc     .modem
        dec     dx
        in      al,dx
        jmp     short .late
.line:  dec     dx
.wait:  in      al,dx
        test    al,bl
        jnz     .ready
        call    tick
        jnc     .wait
        in      al,dx
.late:  or      al,80h
        mov     ah,al
        stc
        ret
.ready: mov     ah,al
        clc
        ret
