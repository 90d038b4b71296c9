; The A20 gate: port 92h first, the 8042 output port where 92h does nothing.
; INT 15h/2400h-2403h. Reference: Ralf Brown's INT 15h/AX=2400h.

; CF clear if A20 is enabled: a word in the vector table and its alias 1 MiB higher differ.
; Preserves all registers.
a20_test:
        push    ds
        push    es
        push    ax
        push    bx
        pushf
        cli
        xor     ax,ax
        mov     ds,ax
        dec     ax
        mov     es,ax
        mov     bx,[7Fh*4]              ; an unused vector
        mov     ax,[es:7Fh*4+10h]
        cmp     ax,bx
        jne     .on
        not     word [7Fh*4]
        mov     ax,[es:7Fh*4+10h]
        mov     [7Fh*4],bx
        cmp     ax,bx
        je      .on
        popf
        stc
        jmp     short .done
.on:    popf
        clc
.done:  pop     bx
        pop     ax
        pop     es
        pop     ds
        ret

; Enable or disable; CF if the gate did not move. Preserve all registers.
a20_on:
        call    a20_test
        jnc     a20_done
        push    ax
        in      al,SYSCTL
        or      al,02h
        and     al,0FEh
        out     SYSCTL,al
        call    a20_test
        mov     al,0DFh
        jmp     short a20_by_kbc
a20_off:
        call    a20_test
        cmc
        jnc     a20_done
        push    ax
        in      al,SYSCTL
        and     al,0FCh
        out     SYSCTL,al
        call    a20_test
        cmc
        mov     al,0DDh
a20_by_kbc:
        jnc     .ok
        push    ax
        mov     al,0D1h
        call    kbc_cmd
        pop     ax
        call    kbc_data
        call    kbc_ready
        test    al,02h
        jz      .off
        call    a20_test
        jmp     short .ok
.off:   call    a20_test
        cmc
.ok:    pop     ax
a20_done:
        ret

; INT 15h/24h
int15_24:
        cmp     al,1
        jb      .off
        je      .on
        cmp     al,3
        jb      .status
        jne     int15_unsupported
        mov     word [bp+R_BX],3        ; both the 8042 and port 92h
        jmp     short .ok
.off:   call    a20_off
        jmp     short .moved
.on:    call    a20_on
.moved: jnc     .ok
        mov     byte [bp+R_AH],02h      ; gate did not respond
        ret
.status:
        call    a20_test
        setnc   al
        mov     [bp+R_AL],al
.ok:    mov     byte [bp+R_AH],0
        clc
        ret
