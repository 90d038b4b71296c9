; Reset entry and the CMOS shutdown codes: how 286 code comes back from protected mode.
; Codes 5 (EOI and far jump through 40:67), 9 (end of INT 15h/87h), 0Ah (far jump through 40:67);
; 4 boots; all others start POST. Reference: Ralf Brown's CMOS.LST register 0Fh.

RESUME_PTR      equ 467h

reset_entry:
        cli
        cld
        mov     al,8Fh
        out     CMOSI,al
        in      al,CMOSD
        mov     bl,al
        mov     al,8Fh
        out     CMOSI,al
        xor     ax,ax
        out     CMOSD,al
        mov     ds,ax
        cmp     bl,04h
        je      resume
        cmp     bl,05h
        je      resume
        cmp     bl,09h
        je      resume
        cmp     bl,0Ah
        jne     post

; Memory is the guest's: codes 5 and 0Ah need none but the pointer, and have no stack.
; A machine whose processor reset also resets the host bridge (59h reads zero) has lost its shadow RAM mapping,
; though not its contents: map it again as POST left it.
resume: mov     eax,80000058h
        mov     dx,PCIADDR
        out     dx,eax
        mov     dx,PCIDATA+1
        in      al,dx
        test    al,al
        jnz     .mapped
        mov     ds,[40Eh]
        mov     si,E_PAM
        cmp     byte [si],PAM_READ<<4
        jne     .mapped
        mov     cx,3                    ; 59h-5Bh
.low:   outsb
        inc     dx
        loop    .low
        mov     eax,8000005Ch
        mov     dx,PCIADDR
        out     dx,eax
        mov     dx,PCIDATA
        outsd
.mapped:
        xor     ax,ax
        mov     ds,ax
        cmp     bl,0Ah
        je      resume_jump
        cmp     bl,05h
        je      resume_eoi
        mov     ss,[40Eh]               ; a few words in the EBDA
        mov     sp,E_RESUME
        cmp     bl,09h
        je      resume_move
        int     19h

resume_eoi:
        in      al,KBC                  ; drop what the 8042 may hold
        test    al,1
        jz      .empty
        in      al,KBD
.empty: mov     al,EOI
        out     PIC2,al
        out     PIC1,al
resume_jump:
        jmp     far [RESUME_PTR]

resume_move:                            ; stack of the caller: DS, ES, PUSHA, IRET frame
        call    a20_off
        lss     sp,[RESUME_PTR]
        pop     ds
        pop     es
        popa
        xor     ah,ah
        iret
