; Memory above 1 MiB during POST: segment limits of 4 GiB in real mode, by a short visit to protected mode.
; Reference: POST Memory Manager Specification 1.01, "big real mode", in which option ROMs are initialised.

        align   8
flat_gdt:
        dq      0
        dq      00009B0F0000FFFFh       ; 08h code, F0000h, 64 KiB
        dq      00CF93000000FFFFh       ; 10h data, 4 GiB
        dq      000093000000FFFFh       ; 18h data, 64 KiB: leaves real-mode limits behind
flat_gdtr:
        dw      31
        dd      0F0000h+flat_gdt

BIG_LIMIT       equ 10h
REAL_LIMIT      equ 18h

; Gives DS, ES, FS and GS the limit of descriptor AX, and selector 0. Interrupts must be off. Preserves AX and flags.
data_limits:
        pushf
        push    ax
        push    bx
        mov     bx,ax
        o32 lgdt [cs:flat_gdtr]
        mov     eax,cr0
        or      al,1
        mov     cr0,eax
        jmp     08h:.prot
.prot:  mov     ds,bx
        mov     es,bx
        mov     fs,bx
        mov     gs,bx
        and     al,0FEh
        mov     cr0,eax
        jmp     ROM_SEG:.real
.real:  xor     bx,bx
        mov     ds,bx
        mov     es,bx
        mov     fs,bx
        mov     gs,bx
        pop     bx
        pop     ax
        popf
        ret

; ECX bytes (a multiple of 4) from linear ESI to linear EDI. A20 must be on. Preserves all registers but FS and GS.
flat_copy:
        pushad
        push    ds
        push    es
        pushf
        cli
        cld
        mov     ax,BIG_LIMIT
        call    data_limits
        shr     ecx,2
        a32 rep movsd
        mov     ax,REAL_LIMIT
        call    data_limits
        popf
        pop     es
        pop     ds
        popad
        ret
