; Small interrupt services: INT 02h, 05h, 0Eh, 10h, 11h, 12h, 70h, 75h, 76h/77h, IRQ9 and stray IRQs.
; Handlers push on the interrupted stack only: the IRET frame stays where the processor put it (BIO-03).
; Reference: IBM PC/AT Technical Reference; Ralf Brown's interrupt list.

; NMI: the FPU error arrives here through INT 75h; a real NMI is ignored.
int02:
        iret

; Print screen: the text page to LPT1, state in 50:0 (1 busy, FFh error).
int05:
        sti
        pusha
        push    ds
        push    BDA_SEG
        pop     ds
        cmp     byte [B_PRTSC],1   ; busy already
        je      .out
        cmp     word [B_LPT],0
        je      .out
        mov     byte [B_PRTSC],1
        mov     ah,0Fh
        int     10h                     ; AH columns, BH page
        mov     cl,ah
        mov     ch,[84h]                ; rows - 1
        test    ch,ch
        jnz     .rows
        mov     ch,24
.rows:  mov     ah,03h
        push    cx
        int     10h
        pop     cx
        push    dx
        xor     dx,dx
        call    .crlf
        jnz     .fail
.line:  xor     dl,dl
.char:  mov     ah,02h
        int     10h
        mov     ah,08h
        int     10h
        test    al,al
        jnz     .print
        mov     al,' '
.print: call    .put
        jnz     .fail
        inc     dl
        cmp     dl,cl
        jb      .char
        call    .crlf
        jnz     .fail
        inc     dh
        cmp     dh,ch
        jbe     .line
        mov     al,0
        jmp     short .end
.fail:  mov     al,0FFh
.end:   pop     dx
        mov     [B_PRTSC],al
        mov     ah,02h
        int     10h
.out:   pop     ds
        popa
        iret
.crlf:  mov     al,13
        call    .put
        jnz     .ret
        mov     al,10
.put:   push    dx
        xor     dx,dx
        mov     ah,0
        int     17h
        pop     dx
        test    ah,29h
.ret:   ret

; IRQ6: the floppy controller is done.
int0e:
        push    ax
        push    ds
        push    BDA_SEG
        pop     ds
        or      byte [B_FDRECAL],80h
        pop     ds
        mov     al,EOI
        out     PIC1,al
        mov     ax,9101h                ; interrupt complete: diskette
        int     15h
        pop     ax
        iret

; The video BIOS takes INT 10h over.
int10:
        iret

int11:
        push    ds
        push    BDA_SEG
        pop     ds
        mov     ax,[B_EQUIP]
        pop     ds
        iret

int12:
        push    ds
        push    BDA_SEG
        pop     ds
        mov     ax,[B_MEMKB]
        pop     ds
        iret

; IRQ8: periodic interrupt counts INT 15h/83h and 86h waits down, alarm calls INT 4Ah.
int70:
        push    ax
        push    ds
        push    BDA_SEG
        pop     ds
        mov     al,0Ch
        call    cmos_read
        mov     ah,al
        mov     al,0Bh
        call    cmos_read
        and     al,ah
        test    al,20h
        jz      .noalarm
        push    ax
        sti
        int     4Ah
        cli
        pop     ax
.noalarm:
        test    al,40h
        jz      .done
        call    wait_count
.done:  mov     al,EOI
        out     PIC2,al
        out     PIC1,al
        pop     ds
        pop     ax
        iret

; IRQ9 is the AT's redirection of IRQ2.
irq9:
        push    ax
        mov     al,EOI
        out     PIC2,al
        pop     ax
        int     0Ah
        iret

; IRQ13: clear the FPU's busy latch and go the way of the PC's NMI.
int75:
        push    ax
        xor     al,al
        out     0F0h,al
        mov     al,EOI
        out     PIC2,al
        out     PIC1,al
        pop     ax
        int     02h
        iret

; IRQ14 and IRQ15: the waiting INT 13h reads the status itself.
int76:
        push    ax
        push    ds
        push    BDA_SEG
        pop     ds
        mov     byte [B_HDINT],0FFh
        pop     ds
        mov     al,EOI
        out     PIC2,al
        out     PIC1,al
        mov     ax,9100h                ; interrupt complete: disk
        int     15h
        pop     ax
        iret

; Lines without a service: EOI only what is in service, mask the line so that it cannot storm.
irq_stray:
        push    ax
        mov     al,0Bh
        out     PIC1,al
        in      al,PIC1
        test    al,al
        jz      .done                   ; spurious IRQ7, or a software INT
        mov     ah,al
        in      al,PIC1+1
        or      al,ah
        and     al,0FBh                 ; never the cascade
        out     PIC1+1,al
        mov     al,EOI
        out     PIC1,al
.done:  pop     ax
        iret

irq_stray2:
        push    ax
        mov     al,0Bh
        out     PIC2,al
        in      al,PIC2
        test    al,al
        jz      .master                 ; spurious IRQ15: only the cascade was in service
        mov     ah,al
        in      al,PIC2+1
        or      al,ah
        out     PIC2+1,al
        mov     al,EOI
        out     PIC2,al
.master:
        mov     al,EOI
        out     PIC1,al
        pop     ax
        iret
