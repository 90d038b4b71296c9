; INT 17h: parallel printers. Functions 00h-02h. Reference: Ralf Brown's INT 17h.

int17:
        sti
        push    ds
        push    bx
        push    dx
        push    BDA_SEG
        pop     ds
        cmp     dx,2
        ja      .none
        mov     bx,dx
        shl     bx,1
        mov     dx,[B_LPT+bx]
        test    dx,dx
        jz      .none
        shr     bx,1
        cmp     ah,2
        ja      .out
        je      .status
        test    ah,ah
        jz      .print
        push    ax                      ; 01h: initialise
        inc     dx
        inc     dx
        mov     al,08h
        out     dx,al
        push    ecx
        mov     ecx,4                   ; 50 us and more
.pulse: call    tick
        jnc     .pulse
        pop     ecx
        mov     al,0Ch
        out     dx,al
        dec     dx
        dec     dx
        pop     ax
        jmp     short .status
.print: call    lpt_send
        jmp     short .out
.status:
        push    ax
        inc     dx
        in      al,dx
        and     al,0F8h
        xor     al,48h
        mov     dl,al
        pop     ax
        mov     ah,dl
.out:   pop     dx
        pop     bx
        pop     ds
        iret
.none:  mov     ah,01h
        jmp     .out

; AL to the port at DX, BX = printer; AH = status, bit 0 on time-out.
lpt_send:
        push    ecx
        push    ax
        out     dx,al
        inc     dx
        movzx   ecx,byte [B_LPTTMO+bx]
        imul    ecx,ecx,50*TOGGLES_MS
        inc     ecx
.wait:  in      al,dx
        test    al,80h
        jnz     .ready
        call    tick
        jnc     .wait
        in      al,dx
        or      al,01h
        jmp     short .end
.ready: inc     dx
        mov     al,0Dh                  ; strobe
        out     dx,al
        mov     al,0Ch
        out     dx,al
        dec     dx
        in      al,dx
        and     al,0FEh
.end:   and     al,0F9h
        xor     al,48h
        mov     cl,al
        pop     ax
        mov     ah,cl
        pop     ecx
        ret
