; PCI BIOS: INT 1Ah/B1h in real mode. The function core is one macro, assembled for 16 and for 32 bits, and
; uses registers and stack only. Reference: PCI BIOS Specification 2.1 (PCI SIG).

PE_UNSUPPORTED  equ 81h
PE_VENDOR       equ 83h
PE_NOT_FOUND    equ 86h
PE_REGISTER     equ 87h
PE_SET_FAILED   equ 88h
PE_BUFFER       equ 89h

; AL = function (0xh or 8xh), registers as the specification -> AH and CF.
%macro pci_core 1
pci_core_%1:
        and     al,7Fh
        cmp     al,01h
        je      .present
        cmp     al,02h
        je      .device
        cmp     al,03h
        je      .class
        cmp     al,08h
        jb      .unsupported
        cmp     al,0Dh
        jbe     .config
.unsupported:
        mov     ah,PE_UNSUPPORTED
        stc
        ret
.present:
        mov     edx,20494350h           ; "PCI "
        mov     bx,0210h
        mov     cl,0                    ; last bus
        mov     ax,0001h                ; mechanism 1, no special cycles
        clc
        ret

.device:
        cmp     dx,0FFFFh
        je      .vendor
        push    esi
        push    edx
        push    ecx
        mov     ax,cx
        shl     eax,16
        mov     ax,dx
        mov     ecx,eax                 ; what register 0 must read
        xor     ebx,ebx
.next_device:
        push    edi
        xor     edi,edi
        call    .select
        in      eax,dx
        pop     edi
        cmp     eax,ecx
        jne     .other_device
        sub     si,1
        jc      .found
.other_device:
        inc     bl
        jnz     .next_device
        jmp     short .missing

.class: push    esi
        push    edx
        push    ecx
        shl     ecx,8
        xor     ebx,ebx
.next_class:
        push    edi
        mov     edi,8
        call    .select
        in      eax,dx
        pop     edi
        xor     al,al
        cmp     eax,ecx
        jne     .other_class
        sub     si,1
        jc      .found
.other_class:
        inc     bl
        jnz     .next_class
.missing:
        pop     ecx
        pop     edx
        pop     esi
        mov     ah,PE_NOT_FOUND
        stc
        ret
.found: pop     ecx
        pop     edx
        pop     esi
        xor     ah,ah
        ret
.vendor:
        mov     ah,PE_VENDOR
        stc
        ret

.config:
        push    edx
        mov     ah,al
        cmp     di,0FFh
        ja      .register
        cmp     ah,08h                  ; bytes anywhere, words even, dwords on 4
        je      .aligned
        cmp     ah,0Bh
        je      .aligned
        test    di,1
        jnz     .register
        cmp     ah,09h
        je      .aligned
        cmp     ah,0Ch
        je      .aligned
        test    di,2
        jnz     .register
.aligned:
        push    eax
        call    .select
        pop     eax
        cmp     ah,09h
        jb      .read_byte
        je      .read_word
        cmp     ah,0Bh
        jb      .read_dword
        je      .write_byte
        cmp     ah,0Ch
        je      .write_word
        push    eax
        mov     eax,ecx
        out     dx,eax
        pop     eax
        jmp     short .config_ok
.write_byte:
        push    eax
        mov     al,cl
        out     dx,al
        pop     eax
        jmp     short .config_ok
.write_word:
        push    eax
        mov     ax,cx
        out     dx,ax
        pop     eax
        jmp     short .config_ok
.read_byte:
        push    eax
        in      al,dx
        mov     cl,al
        pop     eax
        jmp     short .config_ok
.read_word:
        push    eax
        in      ax,dx
        mov     cx,ax
        pop     eax
        jmp     short .config_ok
.read_dword:
        push    eax
        in      eax,dx
        mov     ecx,eax
        pop     eax
.config_ok:
        pop     edx
        xor     ah,ah
        ret
.register:
        pop     edx
        mov     ah,PE_REGISTER
        stc
        ret

; BX, DI -> address register set, DX = data port. Changes EAX.
.select:
        movzx   eax,bx
        shl     eax,8
        or      eax,80000000h
        mov     dx,di
        and     dl,0FCh
        mov     al,dl
        mov     dx,PCIADDR
        out     dx,eax
        mov     dx,di
        and     dx,3
        add     dx,PCIDATA
        ret
%endmacro

        pci_core 16

int1a_pci:
        push    bp
        mov     bp,sp
        or      byte [bp+7],2           ; IF
        and     byte [bp+6],0FEh
        push    eax
        call    pci_present
        pop     eax
        jc      .none
        cmp     al,0Eh
        je      .routing
        cmp     al,0Fh
        je      .set_irq
        push    eax
        call    pci_core_16
        jmp     short .reply
.routing:
        push    eax
        call    pci_routing_options
        jmp     short .reply
.set_irq:
        push    eax
        call    pci_set_irq
.reply: jnc     .ok
        or      byte [bp+6],1
.ok:    mov     [bp-3],ah               ; AH back, AL too where 01h sets it
        cmp     byte [bp-4],01h
        jne     .al
        mov     [bp-4],al
.al:    pop     eax
        pop     bp
        iret
.none:  or      byte [bp+6],1
        mov     ah,PE_UNSUPPORTED
        pop     bp
        iret

; 0Eh: ES:DI = {word size, far pointer}; table of slots copied; BX = IRQs that are PCI's own.
pci_routing_options:
        push    cx
        push    si
        push    di
        push    es
        push    ds
        mov     cx,pir_end-pir_slots
        mov     ax,[es:di]
        mov     [es:di],cx
        cmp     ax,cx
        mov     ah,PE_BUFFER
        jb      .out                    ; CF set
        les     di,[es:di+2]
        push    cs
        pop     ds
        mov     si,pir_slots
        cld
        rep     movsb
        mov     bx,0C00h
        xor     ah,ah
.out:   pop     ds
        pop     es
        pop     di
        pop     si
        pop     cx
        ret

; 0Fh: CL = INTA+pin 0Ah-0Dh, CH = IRQ, BX = bus/devfn: only what POST routed can be had.
pci_set_irq:
        push    bx
        push    si
        mov     ah,PE_SET_FAILED
        mov     al,cl
        sub     al,0Ah
        cmp     al,4
        jae     .fail
        shr     bl,3
        add     bl,3
        add     al,bl
        and     ax,3
        mov     si,ax
        mov     ah,PE_SET_FAILED
        cmp     ch,[cs:pirq_table+si]
        jne     .fail
        xor     ah,ah
        jmp     short .out
.fail:  stc
.out:   pop     si
        pop     bx
        ret
