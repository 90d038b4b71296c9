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
        mov     ss,[40Eh]               ; a few words in the EBDA: the memory is the guest's
        mov     sp,E_RESUME
        cmp     bl,05h
        je      resume_eoi
        cmp     bl,0Ah
        je      resume_jump
        cmp     bl,09h
        je      resume_move
        cmp     bl,04h
        je      resume_boot
        jmp     post

resume_eoi:
        call    resume_shadow
        in      al,KBC                  ; drop what the 8042 may hold
        test    al,1
        jz      .empty
        in      al,KBD
.empty: mov     al,EOI
        out     PIC2,al
        out     PIC1,al
        jmp     far [RESUME_PTR]

resume_jump:
        call    resume_shadow
        jmp     far [RESUME_PTR]

resume_boot:
        call    resume_shadow
        int     19h

resume_move:                            ; stack of the caller: DS, ES, PUSHA, IRET frame
        call    resume_shadow
        call    a20_off
        lss     sp,[RESUME_PTR]
        pop     ds
        pop     es
        popa
        xor     ah,ah
        iret

; A machine whose processor reset also resets the host bridge has lost its shadow RAM mapping,
; though not its contents: map it again as POST left it. DS = 0 on entry and on return.
resume_shadow:
        push    ds
        mov     ds,[40Eh]
        mov     si,E_PAM
        cmp     byte [si],0
        je      .done
        mov     bl,59h
.next:  mov     ah,[si]
        call    pci_host_write_byte
        inc     si
        inc     bl
        cmp     bl,60h
        jb      .next
.done:  pop     ds
        xor     ax,ax
        ret
