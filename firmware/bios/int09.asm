; INT 09h, IRQ1: scan codes to the keyboard buffer. Shift and lock keys, LEDs, Alt+keypad, Pause, PrtSc,
; Ctrl-Break, SysRq, Ctrl-Alt-Del, INT 15h/4Fh intercept.
; Reference: IBM PS/2 and PC/AT Technical Reference (keyboard); Ralf Brown's INT 09h, INT 15h/4Fh.

; B_KBFLAG
KF_RSHIFT       equ 01h
KF_LSHIFT       equ 02h
KF_CTRL         equ 04h
KF_ALT          equ 08h
KF_SCROLL       equ 10h
KF_NUM          equ 20h
KF_CAPS         equ 40h
KF_INS          equ 80h
; B_KBFLAG1
KF1_LCTRL       equ 01h
KF1_LALT        equ 02h
KF1_SYSRQ       equ 04h
KF1_PAUSE       equ 08h
; B_KBMODE
KM_E1           equ 01h
KM_E0           equ 02h
KM_RCTRL        equ 04h
KM_RALT         equ 08h

int09:
        push    fs
        push    ds
        push    es
        pushad
        cld
        push    BDA_SEG
        pop     ds
        xor     bp,bp                   ; end of interrupt not sent yet
        in      al,KBD                  ; a hook may have read it before: the byte is still there (KBD-09)
        mov     ah,4Fh
        stc
        int     15h
        jnc     .eoi
        cmp     al,0FAh                 ; acknowledge and resend of the LED command
        je      .eoi
        cmp     al,0FEh
        je      .eoi
        call    kb_scan
.eoi:   cli
        test    bp,bp
        jnz     .leds
        mov     al,EOI
        out     PIC1,al
.leds:  call    kb_leds
        popad
        pop     es
        pop     ds
        pop     fs
        iret

; Scan code in AL, DS = BDA.
kb_scan:
        cmp     al,0E0h
        jne     .e1
        or      byte [B_KBMODE],KM_E0
        ret
.e1:    cmp     al,0E1h
        jne     .code
        or      byte [B_KBMODE],KM_E1
        ret
.code:  mov     dl,[B_KBMODE]           ; DL = prefixes of this key
        test    dl,KM_E1
        jz      .plain
        mov     ah,al                   ; Pause: E1 1D 45 E1 9D C5
        and     ah,7Fh
        cmp     ah,1Dh
        je      .done
        and     byte [B_KBMODE],~(KM_E1|KM_E0) & 0FFh
        cmp     al,45h
        je      kb_pause
.done:  ret
.plain: and     byte [B_KBMODE],~KM_E0 & 0FFh
        mov     bl,al
        and     bl,7Fh                  ; BL = key, AL bit 7 = release
        test    dl,KM_E0
        jz      .find
        cmp     bl,2Ah                  ; shifts that the keyboard makes up around grey keys
        je      .done
        cmp     bl,36h
        je      .done
.find:  mov     si,kb_modifiers
.next:  mov     ah,[cs:si]
        test    ah,ah
        jz      kb_key
        cmp     ah,bl
        je      .call
        add     si,3
        jmp     .next
.call:  jmp     [cs:si+1]

kb_modifiers:
        db      2Ah
        dw      kb_lshift
        db      36h
        dw      kb_rshift
        db      1Dh
        dw      kb_ctrl
        db      38h
        dw      kb_alt
        db      3Ah
        dw      kb_caps
        db      45h
        dw      kb_num
        db      46h
        dw      kb_scroll
        db      54h
        dw      kb_sysrq
        db      0

kb_lshift:
        mov     ah,KF_LSHIFT
        jmp     short kb_hold
kb_rshift:
        mov     ah,KF_RSHIFT
; AH = bit of B_KBFLAG that is set while the key of AL is down.
kb_hold:
        test    al,80h
        jnz     .up
        or      [B_KBFLAG],ah
        ret
.up:    not     ah
        and     [B_KBFLAG],ah
        ret

kb_ctrl:
        test    dl,KM_E0
        mov     cx,KM_RCTRL<<8
        jnz     .which
        mov     cx,KF1_LCTRL
.which: call    kb_side
        mov     ah,KF_CTRL
        mov     cl,[B_KBFLAG1]
        and     cl,KF1_LCTRL
        mov     ch,[B_KBMODE]
        and     ch,KM_RCTRL
        jmp     short kb_either
kb_alt:
        test    dl,KM_E0
        mov     cx,KM_RALT<<8
        jnz     .which
        mov     cx,KF1_LALT
.which: call    kb_side
        mov     ah,KF_ALT
        mov     cl,[B_KBFLAG1]
        and     cl,KF1_LALT
        mov     ch,[B_KBMODE]
        and     ch,KM_RALT
        call    kb_either
        test    al,80h
        jz      .done
        test    byte [B_KBFLAG],KF_ALT
        jnz     .done
        xor     ax,ax                   ; Alt released: the number typed on the keypad
        xchg    al,[B_KEYPAD]
        test    al,al
        jnz     kb_store
.done:  ret
; CL = bit of B_KBFLAG1, CH = bit of B_KBMODE: set or clear by AL bit 7.
kb_side:
        test    al,80h
        jnz     .up
        or      [B_KBFLAG1],cl
        or      [B_KBMODE],ch
        ret
.up:    not     cx
        and     [B_KBFLAG1],cl
        and     [B_KBMODE],ch
        ret
; Bit AH of B_KBFLAG is set while CX is not zero.
kb_either:
        or      [B_KBFLAG],ah
        test    cx,cx
        jnz     .done
        not     ah
        and     [B_KBFLAG],ah
.done:  ret

kb_caps:
        mov     ah,KF_CAPS
; Toggle AH in B_KBFLAG on the first make code; B_KBFLAG1 has "held" in the same bit.
kb_toggle:
        test    al,80h
        jnz     .up
        test    [B_KBFLAG1],ah
        jnz     .done
        or      [B_KBFLAG1],ah
        xor     [B_KBFLAG],ah
.done:  ret
.up:    not     ah
        and     [B_KBFLAG1],ah
        ret

kb_num:
        test    dl,KM_E0
        jnz     kb_key
        mov     ah,KF_NUM
        test    byte [B_KBFLAG],KF_CTRL
        jz      kb_toggle
        test    al,80h                  ; Ctrl-NumLock pauses on 84-key keyboards
        jz      kb_pause
        ret

kb_scroll:
        test    dl,KM_E0                ; E0 46 is Ctrl-Pause = Break
        jnz     .break
        test    byte [B_KBFLAG],KF_CTRL ; Ctrl-ScrollLock breaks on 84 keys
        jnz     .break
        mov     ah,KF_SCROLL
        jmp     kb_toggle
.break: test    al,80h
        jnz     .done
        mov     ax,[B_KBSTART]          ; empty the buffer
        mov     [B_KBHEAD],ax
        mov     [B_KBTAIL],ax
        mov     byte [B_BREAK],80h
        call    kb_enable_eoi
        int     1Bh
        xor     ax,ax
        jmp     kb_store
.done:  ret

kb_sysrq:
        mov     ah,KF1_SYSRQ
        test    al,80h
        jnz     .up
        test    [B_KBFLAG1],ah
        jnz     .done
        or      [B_KBFLAG1],ah
        mov     ax,8500h
        jmp     short .call
.up:    not     ah
        and     [B_KBFLAG1],ah
        mov     ax,8501h
.call:  call    kb_enable_eoi
        int     15h
.done:  ret

; Interrupts may come while INT 1Bh, INT 05h, INT 15h/85h or Pause run: end of interrupt now, and BP
; says so to the end of INT 09h.
kb_enable_eoi:
        test    bp,bp
        jnz     .sent
        inc     bp
        push    ax
        mov     al,EOI
        out     PIC1,al
        pop     ax
.sent:  sti
        ret

; Pause until a key is pressed.
kb_pause:
        test    byte [B_KBFLAG1],KF1_PAUSE
        jnz     .done
        or      byte [B_KBFLAG1],KF1_PAUSE
        call    kb_enable_eoi
.wait:  test    byte [B_KBFLAG1],KF1_PAUSE
        jz      .done
        sti
        hlt
        jmp     .wait
.done:  ret

; Any other key: BL = key, AL bit 7 = release, DL = prefixes.
kb_key:
        test    al,80h
        jnz     .release
        cmp     bl,KEYMAP_LAST
        ja      .done
        test    byte [B_KBFLAG1],KF1_PAUSE
        jz      .live
        and     byte [B_KBFLAG1],~KF1_PAUSE & 0FFh
.done:  ret
.release:
        cmp     bl,52h
        jne     .done
        and     byte [B_KBFLAG1],7Fh
        ret
.live:  mov     cl,[B_KBFLAG]
        cmp     bl,53h                  ; Ctrl-Alt-Del
        jne     .nocad
        mov     ch,cl
        and     ch,KF_CTRL|KF_ALT
        cmp     ch,KF_CTRL|KF_ALT
        je      kb_reboot
.nocad: cmp     bl,37h
        jne     .noprt
        test    dl,KM_E0
        jnz     kb_print
.noprt: test    dl,KM_E0
        jnz     kb_extended
        cmp     bl,52h                  ; Ins toggles its state unless it types 0
        jne     .noins
        test    cl,KF_ALT|KF_CTRL
        jnz     .noins
        call    kb_ins
.noins: cmp     bl,47h
        jb      .table
        cmp     bl,53h
        ja      .table
        test    cl,KF_ALT
        jnz     kb_altpad
.table: xor     bh,bh
        dec     bx
        shl     bx,3
        test    cl,KF_ALT
        jnz     .alt
        test    cl,KF_CTRL
        jnz     .ctrl
        call    kb_shifted
        jnc     .get
        add     bx,2
.get:   mov     ax,[cs:keymap+bx]
        jmp     short .put
.ctrl:  mov     ax,[cs:keymap+bx+4]
        jmp     short .put
.alt:   mov     ax,[cs:keymap+bx+6]
.put:   test    ax,ax
        jnz     kb_store
        ret

; CF if the key in AL takes its shifted code: Shift, Caps Lock for letters, Num Lock for the keypad.
kb_shifted:
        mov     ch,cl
        and     ch,KF_LSHIFT|KF_RSHIFT
        neg     ch
        sbb     ch,ch                   ; FFh if shifted
        call    key_is_letter
        jc      .letter
        cmp     al,47h
        jb      .out
        cmp     al,53h
        ja      .out
        cmp     al,4Ah
        je      .out
        cmp     al,4Eh
        je      .out
        test    cl,KF_NUM
        jz      .out
        not     ch
        jmp     short .out
.letter:
        test    cl,KF_CAPS
        jz      .out
        not     ch
.out:   shr     ch,1                    ; CF
        ret

kb_ins:
        test    byte [B_KBFLAG1],80h
        jnz     .done
        push    ax
        mov     al,52h
        call    kb_shifted
        pop     ax
        jc      .done
        or      byte [B_KBFLAG1],80h
        xor     byte [B_KBFLAG],KF_INS
.done:  ret

; Alt with a keypad digit: decimal number modulo 256. Alt with + or - has its own code.
kb_altpad:
        movzx   si,bl
        mov     al,[cs:keypad_digits+si-47h]
        cmp     al,0FFh
        je      .code
        mov     ah,[B_KEYPAD]
        xchg    al,ah
        mov     ch,ah
        mov     ah,10
        mul     ah
        add     al,ch
        mov     [B_KEYPAD],al
        ret
.code:  mov     ah,bl
        xor     al,al
        cmp     bl,53h
        jne     kb_store
        ret

keypad_digits   db 7, 8, 9, 0FFh, 4, 5, 6, 0FFh, 1, 2, 3, 0, 0FFh

kb_extended:
        cmp     bl,52h
        jne     .find
        test    cl,KF_ALT|KF_CTRL
        jnz     .find
        test    byte [B_KBFLAG1],80h
        jnz     .find
        or      byte [B_KBFLAG1],80h
        xor     byte [B_KBFLAG],KF_INS
.find:  mov     si,keymap_e0
.next:  mov     al,[cs:si]
        test    al,al
        jz      .none
        cmp     al,bl
        je      .have
        add     si,7
        jmp     .next
.have:  test    cl,KF_ALT
        jnz     .alt
        test    cl,KF_CTRL
        jnz     .ctrl
        mov     ax,[cs:si+1]
        jmp     short kb_store
.ctrl:  mov     ax,[cs:si+3]
        jmp     short kb_store
.alt:   mov     ax,[cs:si+5]
        jmp     short kb_store
.none:  ret

; PrtSc: INT 05h; with Ctrl its own code; with Alt it is SysRq and comes as 54h.
kb_print:
        test    cl,KF_CTRL
        jz      .print
        mov     ax,7200h
        jmp     short kb_store
.print: call    kb_enable_eoi
        int     05h
        ret

; AX to the keyboard buffer; a full buffer beeps.
kb_store:
        call    kb_put
        jc      kb_beep
        mov     ax,9102h                ; keyboard: data ready
        int     15h
        ret

; AX to the buffer; CF if it is full. DS = BDA. Changes BX and SI.
kb_put:
        mov     si,[B_KBTAIL]
        lea     bx,[si+2]
        cmp     bx,[B_KBEND]
        jb      .wrap
        mov     bx,[B_KBSTART]
.wrap:  cmp     bx,[B_KBHEAD]
        stc
        je      .done
        mov     [si],ax
        mov     [B_KBTAIL],bx
        clc
.done:  ret

; A short beep: about 30 ms of 1 kHz, the interrupted program waits.
kb_beep:
        in      al,PORTB
        push    ax
        or      al,3
        out     PORTB,al
        mov     ecx,30*TOGGLES_MS
.wait:  call    tick
        jnc     .wait
        pop     ax
        and     al,0FCh
        out     PORTB,al
        ret

; Ctrl-Alt-Del. In virtual-8086 mode the monitor must take part: ask the 8042 for a reset.
kb_reboot:
        mov     word [B_RESET],1234h
        smsw    ax
        test    al,1
        jz      .jump
        mov     al,0FEh
        call    kbc_cmd
.jump:  jmp     0FFFFh:0

; Tell the keyboard when lock states have changed. Interrupts are off; its acknowledges are read here.
kb_leds:
        push    ax
        mov     ah,[B_KBFLAG]
        shr     ah,4
        and     ah,7
        mov     al,[B_KBLED]
        and     al,7
        cmp     al,ah
        je      .done
        test    byte [B_KBLED],40h
        jnz     .done
        or      byte [B_KBLED],40h
        push    ax
        in      al,KBC                  ; a byte that is already there must not be mixed up
        test    al,1
        pop     ax
        jnz     .back                   ; the next key tries again
        mov     al,0EDh
        call    kbd_send
        jc      .back
        mov     al,ah
        call    kbd_send
        and     byte [B_KBLED],0F8h
        or      [B_KBLED],ah
.back:  and     byte [B_KBLED],~40h & 0FFh
.done:  pop     ax
        ret
