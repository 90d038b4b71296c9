; The 8042: low-level access shared by POST, INT 09h, INT 15h/C2h and the A20 gate; keyboard and
; mouse set-up. References: IBM PS/2 Technical Reference (keyboard controller); 8042 data sheet.

KBC_WAIT        equ 20*TOGGLES_MS
KCMD_BOOT       equ 65h                 ; translate, aux clock off, system flag, IRQ1

; Wait until the 8042 takes a byte; CF if it never does. Preserves all.
kbc_ready:
        push    ax
        push    ecx
        mov     ecx,KBC_WAIT
.wait:  in      al,KBC
        test    al,2
        jz      .done                   ; CF clear from test
        call    tick
        jnc     .wait
.done:  pop     ecx
        pop     ax
        ret

; Command in AL to port 64h.
kbc_cmd:
        call    kbc_ready
        out     KBC,al
        ret

; Data in AL to port 60h.
kbc_data:
        call    kbc_ready
        out     KBD,al
        ret

; Byte from the 8042 into AL; CF on time-out. AH bit 5 set if it came from the aux port.
kbc_read:
        push    ecx
        push    dx
        mov     ecx,KBC_WAIT
.wait:  in      al,KBC
        mov     dl,al
        test    al,1
        jnz     .have
        call    tick
        jnc     .wait
        jmp     .done
.have:  in      al,KBD
        mov     ah,dl
        clc
.done:  pop     dx
        pop     ecx
        ret

; Throw away what waits in the output buffer.
kbc_flush:
        push    ax
        push    cx
        mov     cx,32
.next:  in      al,KBC
        test    al,1
        jz      .done
        in      al,KBD
        loop    .next
.done:  pop     cx
        pop     ax
        ret

; Command byte: read into AL (CF on time-out), write from AL.
kbc_mode_get:
        mov     al,20h
        call    kbc_cmd
        jmp     kbc_read
kbc_mode_set:
        push    ax
        mov     al,60h
        call    kbc_cmd
        pop     ax
        jmp     kbc_data

; Byte in AL to the keyboard; CF unless it acknowledges. A BAT code of an earlier reset may come first.
kbd_send:
        push    ax
        push    cx
        call    kbc_data
        mov     cx,4
.reply: call    kbc_read
        jc      .done
        cmp     al,0FAh
        je      .done                   ; CF clear from cmp
        loop    .reply
        stc
.done:  pop     cx
        pop     ax
        ret

; Byte in AL to the mouse; CF unless it acknowledges.
aux_send:
        push    ax
        push    cx
        mov     ch,al
        mov     al,0D4h
        call    kbc_cmd
        mov     al,ch
        call    kbc_data
        mov     cx,8
.reply: call    kbc_read
        jc      .done
        test    ah,20h                  ; a key pressed meanwhile is lost, as on the AT
        jz      .next
        cmp     al,0FAh
        je      .done
        cmp     al,0FEh
        je      .fail
        cmp     al,0FCh
        je      .fail
.next:  loop    .reply
.fail:  stc
.done:  pop     cx
        pop     ax
        ret

; Self test, keyboard reset, aux port off. The keyboard's BAT result (AAh) is awaited only briefly:
; it may arrive later through INT 09h, where it reads as the release of a shift key.
kbc_init:
        mov     al,0ADh
        call    kbc_cmd
        mov     al,0A7h
        call    kbc_cmd
        call    kbc_flush
        mov     al,0AAh
        call    kbc_cmd
        call    kbc_read
        jc      .none
        cmp     al,55h
        jne     .none
        mov     al,KCMD_BOOT & ~1       ; no interrupts meanwhile
        call    kbc_mode_set
        mov     al,0AEh
        call    kbc_cmd
        mov     al,0FFh
        call    kbd_send
        jc      .on
        call    kbc_read                ; AAh
.on:    mov     al,KCMD_BOOT
        call    kbc_mode_set
        push    BDA_SEG
        pop     ds
        mov     byte [B_KBMODE],10h     ; 101/102 keys
        ret
.none:  say     msg_no_kbc
        ret

; A mouse answers "set defaults": equipment bit 2. The aux port is closed again until INT 15h/C2h.
mouse_detect:
        cli
        mov     al,KCMD_BOOT & ~1
        call    kbc_mode_set
        mov     al,0A9h                 ; aux interface test
        call    kbc_cmd
        call    kbc_read
        jc      .done
        test    al,al
        jnz     .done
        mov     al,0A8h
        call    kbc_cmd
        mov     al,0F6h
        call    aux_send
        jc      .off
        push    BDA_SEG
        pop     ds
        or      byte [B_EQUIP],04h
.off:   mov     al,0A7h
        call    kbc_cmd
        call    kbc_flush
.done:  mov     al,KCMD_BOOT
        call    kbc_mode_set
        sti
        ret

msg_no_kbc      db 'no keyboard controller',0
