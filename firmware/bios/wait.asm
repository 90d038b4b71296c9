; INT 15h/83h and 86h: waits in microseconds, counted down by the RTC's 1024 Hz interrupt.
; Reference: Ralf Brown's INT 15h/AH=83h, AH=86h; IBM PC/AT Technical Reference.

WAIT_STEP       equ 976                 ; microseconds between two periodic interrupts
WF_BUSY         equ 01h
WF_DONE         equ 80h

; 83h: AL = 0: set bit 7 of ES:BX after CX:DX microseconds; AL = 1: cancel.
int15_83:
        mov     ds,[cs:seg_bda]
        cmp     al,1
        je      .cancel
        ja      int15_unsupported
        mov     eax,[bp+R_ES-2]
        mov     ax,[bp+R_BX]
        call    wait_start
        jc      .busy
        jmp     int15_good
.busy:  mov     byte [bp+R_AH],0
        stc
        ret
.cancel:
        cli
        call    wait_stop
        sti
        jmp     int15_good

; 86h: return after CX:DX microseconds.
int15_86:
        mov     ds,[cs:seg_bda]
        mov     eax,(BDA_SEG<<16)|B_WAITFLAG
        call    wait_start
        jc      .busy
.wait:  cli
        test    byte [B_WAITFLAG],WF_DONE
        jnz     .done
        sti
        hlt
        jmp     .wait
.done:  and     byte [B_WAITFLAG],~WF_DONE & 0FFh
        sti
        jmp     int15_good
.busy:  mov     byte [bp+R_AH],83h
        stc
        ret

; EAX = far pointer of the flag byte, caller's CX:DX = microseconds. CF if a wait runs. DS = BDA.
wait_start:
        cli
        test    byte [B_WAITFLAG],WF_BUSY
        stc
        jnz     .out
        mov     [B_WAITPTR],eax
        mov     ax,[bp+R_CX]
        shl     eax,16
        mov     ax,[bp+R_DX]
        mov     [B_WAITCNT],eax
        mov     byte [B_WAITFLAG],WF_BUSY
        in      al,PIC2+1
        and     al,0FEh
        out     PIC2+1,al
        in      al,PIC1+1
        and     al,0FBh
        out     PIC1+1,al
        mov     al,0Ch
        call    cmos_read
        mov     al,0Bh
        call    cmos_read
        or      al,40h
        mov     ah,al
        mov     al,0Bh
        call    cmos_write
        clc
.out:   sti
        ret

; Periodic interrupt off. DS = BDA, interrupts off. Changes AX.
wait_stop:
        and     byte [B_WAITFLAG],~WF_BUSY & 0FFh
        mov     al,0Bh
        call    cmos_read
        and     al,0BFh
        mov     ah,al
        mov     al,0Bh
        jmp     cmos_write

; From INT 70h for each periodic interrupt. DS = BDA. Changes AX.
wait_count:
        test    byte [B_WAITFLAG],WF_BUSY
        jz      .done                   ; a program's own periodic interrupt
        sub     dword [B_WAITCNT],WAIT_STEP
        ja      .done
        call    wait_stop
        push    es
        push    bx
        les     bx,[B_WAITPTR]
        or      byte [es:bx],WF_DONE
        pop     bx
        pop     es
.done:  ret
