; INT 15h/87h block move and 89h switch to protected mode. Both use the caller's GDT and refuse to run in
; virtual-8086 mode, where only the monitor can do it.
; Reference: Ralf Brown's INT 15h/AH=87h, AH=89h; IBM PC/AT Technical Reference.

; Descriptor selectors in the caller's table
GDT_SELF        equ 08h
GDT_SOURCE      equ 10h
GDT_TARGET      equ 18h
GDT_CODE        equ 20h
GDT_STACK       equ 28h

; 87h: CX words; GDT at ES:SI.
int15_87:
        smsw    ax
        test    al,1
        jnz     int15_unsupported
        cmp     cx,8000h
        ja      .bad
        cli
        call    a20_test
        pushf                           ; CF: was off
        call    a20_on
        jc      .gate
        mov     si,[bp+R_SI]
        mov     es,[bp+R_ES]
        call    gdt_prepare
        mov     byte [es:si+GDT_CODE+5],9Bh
        mov     word [es:si+GDT_CODE+2],0
        mov     byte [es:si+GDT_CODE+4],0Fh
        mov     word [es:si+GDT_STACK],0FFFFh
        mov     byte [es:si+GDT_STACK+5],93h
        mov     word [es:si+GDT_STACK+6],0
        o32 lgdt [es:si+GDT_SELF]
        mov     eax,cr0
        or      al,1
        mov     cr0,eax
        jmp     GDT_CODE:.prot
.prot:  mov     ax,GDT_SOURCE
        mov     ds,ax
        mov     ax,GDT_TARGET
        mov     es,ax
        xor     si,si
        xor     di,di
        rep     movsw
        mov     ax,GDT_STACK            ; real-mode limits again
        mov     ds,ax
        mov     es,ax
        mov     eax,cr0
        and     al,0FEh
        mov     cr0,eax
        jmp     ROM_SEG:.real
.real:  xor     ax,ax
        popf
        jnc     .keep
        call    a20_off
.keep:  jmp     int15_good
.gate:  popf
        mov     byte [bp+R_AH],3
        stc
        ret
.bad:   mov     byte [bp+R_AH],2
        stc
        ret

; Descriptor 08h of the table at ES:SI describes the table; code at F0000h, 64 KiB.
gdt_prepare:
        xor     eax,eax
        mov     ax,es
        shl     eax,4
        movzx   edx,si
        add     eax,edx
        mov     word [es:si+GDT_SELF],37h
        mov     [es:si+GDT_SELF+2],eax
        mov     word [es:si+GDT_CODE],0FFFFh
        mov     word [es:si+GDT_CODE+6],0
        ret

; 89h: to protected mode for good. GDT at ES:SI (08h GDT, 10h IDT, 18h DS, 20h ES, 28h SS, 30h CS, 38h this
; BIOS); BH, BL = vectors of the two PICs. Returns in protected mode to the caller's offset in selector 30h.
int15_89:
        smsw    ax
        test    al,1
        jnz     int15_unsupported
        cli
        call    a20_on
        jc      .gate
        mov     al,11h                  ; PICs to the vectors asked for, all lines masked
        out     PIC1,al
        out     PIC2,al
        mov     al,[bp+R_BH]
        out     PIC1+1,al
        mov     al,[bp+R_BL]
        out     PIC2+1,al
        mov     al,04h
        out     PIC1+1,al
        mov     al,02h
        out     PIC2+1,al
        mov     al,01h
        out     PIC1+1,al
        out     PIC2+1,al
        mov     al,0FFh
        out     PIC1+1,al
        out     PIC2+1,al
        mov     si,[bp+R_SI]
        mov     es,[bp+R_ES]
        mov     word [es:si+38h],0FFFFh
        mov     dword [es:si+3Ah],9B0F0000h
        mov     word [es:si+3Eh],0
        o32 lgdt [es:si+08h]
        o32 lidt [es:si+10h]
        mov     bx,[bp+R_IP]
        mov     cx,[bp+R_CX]
        mov     di,[bp+R_DI]
        mov     dx,[bp+R_DX]
        mov     si,[bp+R_SI]
        mov     eax,cr0
        or      al,1
        mov     cr0,eax
        jmp     38h:.prot
.prot:  mov     ax,18h
        mov     ds,ax
        mov     al,20h
        mov     es,ax
        mov     al,28h
        mov     ss,ax
        lea     sp,[bp+R_FLAGS+2]       ; interrupt frame gone
        mov     bp,[bp+R_BP]
        push    30h
        push    bx
        xor     ax,ax
        retf
.gate:  mov     byte [bp+R_AH],0FFh
        stc
        ret
