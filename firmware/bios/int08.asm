; INT 08h, IRQ0: tick count, midnight, floppy motor, INT 1Ch.
; Reference: IBM PC/AT Technical Reference; Ralf Brown's INT 08h.

TICKS_DAY       equ 1800B0h

int08:
        sti
        push    ds
        push    ax
        push    dx
        push    BDA_SEG
        pop     ds
        inc     dword [B_TICKS]
        cmp     dword [B_TICKS],TICKS_DAY
        jb      .day
        mov     dword [B_TICKS],0
        inc     byte [B_MIDNIGHT]
.day:   cmp     byte [B_FDCOUNT],0
        je      .idle
        dec     byte [B_FDCOUNT]
        jnz     .idle
        and     byte [B_FDMOTOR],0F0h
        mov     dx,FDOR
        mov     al,0Ch
        out     dx,al
.idle:  int     1Ch
        cli
        mov     al,EOI
        out     PIC1,al
        pop     dx
        pop     ax
        pop     ds
        iret
