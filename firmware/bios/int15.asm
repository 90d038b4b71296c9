; INT 15h: dispatch, and the hooks an operating system takes over (4Fh, 80h-82h, 85h, 90h, 91h).
; Reference: Ralf Brown's INT 15h; IBM PS/2 BIOS Interface Technical Reference.

ERR_UNSUPPORTED equ 86h

int15:
        cmp     ah,4Fh                  ; called inside interrupt handlers: leave IF alone
        je      .unhandled
        cmp     ah,80h
        jb      .service
        cmp     ah,82h
        jbe     .hook
        cmp     ah,85h
        je      .hook
        cmp     ah,90h
        je      .hook
        cmp     ah,91h
        je      .hook
.service:
        frame_in
        mov     si,int15_table
.next:  mov     bl,[cs:si]
        cmp     bl,ah
        je      .found
        add     si,3
        test    bl,bl
        jnz     .next
        call    int15_unsupported
        jmp     short .end
.found: call    [cs:si+1]
.end:   frame_out
.unhandled:                             ; the key goes on to INT 09h
        push    bp
        mov     bp,sp
        or      byte [bp+6],1
        pop     bp
        iret
.hook:  xor     ah,ah
        push    bp
        mov     bp,sp
        and     byte [bp+6],0FEh
        pop     bp
        iret

int15_unsupported:
        mov     byte [bp+R_AH],ERR_UNSUPPORTED
        stc
        ret

int15_good:
        mov     byte [bp+R_AH],0
        clc
        ret

int15_table:
        db      24h
        dw      int15_24
        db      53h
        dw      int15_53
        db      83h
        dw      int15_83
        db      86h
        dw      int15_86
        db      87h
        dw      int15_87
        db      88h
        dw      int15_88
        db      89h
        dw      int15_89
        db      8Ah
        dw      int15_8a
        db      0C0h
        dw      int15_c0
        db      0C1h
        dw      int15_c1
        db      0C2h
        dw      int15_c2
        db      0E8h
        dw      int15_e8
        db      0
        dw      int15_unsupported

; C0h: ES:BX = configuration table.
int15_c0:
        mov     word [bp+R_ES],ROM_SEG
        mov     word [bp+R_BX],config_table
        jmp     int15_good

; C1h: ES = EBDA; AH stays as it was.
int15_c1:
        mov     ds,[cs:seg_bda]
        mov     ax,[B_EBDA]
        mov     [bp+R_ES],ax
        clc
        ret
