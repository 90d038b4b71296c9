; INT 16h: keyboard services. Functions 00h-03h, 05h, 09h, 0Ah, 10h-12h, 92h, A2h.
; Reference: Ralf Brown's INT 16h. Uses few words of the caller's stack; returns with IF set (PWR-03).

int16:
        sti
        cld
        push    ds
        push    bp
        mov     bp,sp
        push    BDA_SEG
        pop     ds
        or      byte [bp+9],2           ; IF in the flags of the caller
        cmp     ah,12h
        ja      .high
        push    si
        push    bx
        movzx   bx,ah
        shl     bx,1
        call    [cs:int16_table+bx]
        pop     bx
        pop     si
.done:  pop     bp
        pop     ds
        iret
.high:  cmp     ah,92h
        jne     .done                   ; A2h: AH unchanged says that 20h-22h do not exist
        mov     ah,80h                  ; 10h-12h exist
        jmp     .done

int16_table:
        dw      kb16_read, kb16_peek, kb16_shift, kb16_rate, kb16_none, kb16_store, kb16_none, kb16_none
        dw      kb16_none, kb16_caps, kb16_id, kb16_none, kb16_none, kb16_none, kb16_none, kb16_none
        dw      kb16_read_ext, kb16_peek_ext, kb16_shift_ext

kb16_none:
        ret

kb16_shift:
        mov     al,[B_KBFLAG]
        ret

; 12h: AL as 02h; AH: SysRq, Caps, Num, Scroll held, right Alt, right Ctrl, left Alt, left Ctrl.
kb16_shift_ext:
        mov     ah,[B_KBFLAG1]
        mov     al,ah
        and     ah,73h                  ; locks held, left Alt and Ctrl
        and     al,KF1_SYSRQ
        shl     al,5
        or      ah,al
        mov     al,[B_KBMODE]
        and     al,KM_RALT|KM_RCTRL
        or      ah,al
        mov     al,[B_KBFLAG]
        ret

; 03h: AL 00h default rate, 05h rate BL and delay BH, 06h not kept by the keyboard.
kb16_rate:
        cmp     al,5
        je      .set
        test    al,al
        jnz     .done
        mov     al,2Bh                  ; 10.9 per second after 500 ms
        jmp     short .send
.set:   mov     si,sp
        mov     bx,[ss:si+2]
        cmp     bl,1Fh
        ja      .done
        cmp     bh,3
        ja      .done
        mov     al,bh
        shl     al,5
        or      al,bl
.send:  push    ax
        cli
        mov     ah,al
        mov     al,0F3h
        call    kbd_send
        jc      .end
        mov     al,ah
        call    kbd_send
.end:   sti
        pop     ax
.done:  ret

; 05h: CX to the buffer, AL = 1 if it is full.
kb16_store:
        cli
        mov     ax,cx
        call    kb_put
        sti
        mov     ah,5
        setc    al
        ret

kb16_caps:
        mov     al,35h                  ; 0300h, 0305h, 0Ah, 10h-12h
        ret

; 0Ah: keyboard id in BX, 0 if it gives none.
kb16_id:
        push    ax
        push    dx
        cli
        xor     dx,dx
        mov     al,0F2h
        call    kbd_send
        jc      .end
        call    kbc_read
        jc      .end
        mov     dl,al
        call    kbc_read
        jc      .end
        mov     dh,al
.end:   sti
        mov     si,sp
        mov     [ss:si+6],dx            ; BX of the caller
        pop     dx
        pop     ax
        ret

; 00h, 10h: wait for a key.
kb16_read:
        call    kb16_next
        jz      .wait
        call    kb16_old
        jc      .skip
        jmp     kb16_take
.skip:  call    kb16_take               ; 00h does not know this key
        jmp     kb16_read
.wait:  call    kb16_wait
        jmp     kb16_read

kb16_read_ext:
        call    kb16_next
        jz      .wait
        call    kb16_new
        jmp     kb16_take
.wait:  call    kb16_wait
        jmp     kb16_read_ext

; Tell a multitasker, then sleep until the next interrupt unless a key came meanwhile.
kb16_wait:
        push    ax
        mov     ax,9002h
        int     15h
        pop     ax
        cli
        mov     bx,[B_KBHEAD]
        cmp     bx,[B_KBTAIL]
        jne     .done
        sti
        hlt
.done:  sti
        ret

; 01h, 11h: look; ZF in the caller's flags if there is none.
kb16_peek:
        call    kb16_next
        jz      kb16_none_yet
        call    kb16_old
        jnc     kb16_nz
        call    kb16_take
        jmp     kb16_peek
kb16_peek_ext:
        call    kb16_next
        jz      kb16_none_yet
        call    kb16_new
kb16_nz:
        and     byte [bp+8],~40h & 0FFh
        ret
; A program that does nothing but ask sleeps until the next interrupt: the board counts the questions on its idle port (01h:
; sleep). Where there is no such port it reads FFh.
kb16_none_yet:
        push    ax
        push    dx
        mov     dx,IDLE_PORT
        in      al,dx
        dec     al
        jnz     .awake
        cli
        mov     dx,[B_KBHEAD]
        cmp     dx,[B_KBTAIL]
        jne     .awake
        sti
        hlt
.awake: sti
        pop     dx
        pop     ax
        or      byte [bp+8],40h
        ret

; AX = word at the head, SI = head; ZF if the buffer is empty (AX unchanged then).
kb16_next:
        cli
        mov     si,[B_KBHEAD]
        cmp     si,[B_KBTAIL]
        jz      .none
        mov     ax,[si]
.none:  sti
        ret

; Remove the head.
kb16_take:
        cli
        mov     si,[B_KBHEAD]
        inc     si
        inc     si
        cmp     si,[B_KBEND]
        jb      .wrap
        mov     si,[B_KBSTART]
.wrap:  mov     [B_KBHEAD],si
        sti
        ret

; What 00h/01h show for the word AX; CF if the key is not one of an 84-key keyboard.
kb16_old:
        cmp     ah,0E0h
        jne     .norm
        mov     ah,1Ch                  ; keypad Enter
        cmp     al,0Dh
        je      .ok
        cmp     al,0Ah
        je      .ok
        mov     ah,35h                  ; keypad /
.ok:    clc
        ret
.norm:  cmp     ah,84h
        ja      .no
        test    ah,ah
        jz      .ok                     ; Alt+keypad may give any character
        cmp     al,0F0h
        je      .no
        cmp     al,0E0h
        jne     .ok
        xor     al,al
        jmp     .ok
.no:    stc
        ret

; What 10h/11h show: F0h is only a mark.
kb16_new:
        test    ah,ah
        jz      .done
        cmp     al,0F0h
        jne     .done
        xor     al,al
.done:  ret
