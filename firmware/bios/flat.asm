; Copies above 1 MiB during POST: a short visit to protected mode with 4 GiB data segments.

        align   8
flat_gdt:
        dq      0
        dq      00009B0F0000FFFFh       ; 08h code, F0000h, 64 KiB
        dq      00CF93000000FFFFh       ; 10h data, 4 GiB
        dq      000093000000FFFFh       ; 18h data, 64 KiB: leaves real-mode limits behind
flat_gdtr:
        dw      31
        dd      0F0000h+flat_gdt

; ECX bytes (a multiple of 4) from linear ESI to linear EDI. A20 must be on. Preserves all registers.
flat_copy:
        pushad
        push    ds
        push    es
        pushf
        cli
        cld
        o32 lgdt [cs:flat_gdtr]
        mov     eax,cr0
        or      al,1
        mov     cr0,eax
        jmp     08h:.prot
.prot:  mov     ax,10h
        mov     ds,ax
        mov     es,ax
        shr     ecx,2
        a32 rep movsd
        mov     ax,18h
        mov     ds,ax
        mov     es,ax
        mov     eax,cr0
        and     al,0FEh
        mov     cr0,eax
        jmp     ROM_SEG:.real
.real:  popf
        pop     es
        pop     ds
        popad
        ret
