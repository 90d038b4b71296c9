; POST: PCI bus 0. Configuration mechanism 1, BARs of I/O and memory, interrupt routing.
; References: PCI Local Bus Specification 2.1; Intel 82441FX and 82371SB/AB data sheets.
; Bridges to further buses stay as reset left them.

P_MEM           equ 7E00h               ; POST variables in segment 0
P_IO            equ 7E04h
P_PCI           equ 7E06h               ; byte: configuration mechanism 1 answers
P_PAM           equ 7E07h               ; byte: host bridge has Intel PAM registers at 59h
P_ISA           equ 7E08h               ; word: bus/devfn of the ISA bridge
P_VGA           equ 7E0Ah               ; word: bus/devfn of the VGA, FFFFh none
P_VSIZE         equ 7E0Ch               ; byte: video ROM size in 512-byte blocks
P_VPAM          equ 7E10h               ; 6 bytes: final values of 5Ah-5Fh

PCI_MEM_BASE    equ 0E0000000h
PCI_IO_BASE     equ 0C000h
PCI_MEM_STEP    equ 10000h              ; ranges lie so far apart at least: Bochs decodes no two in 64 KiB
PM_BASE         equ 0600h               ; PIIX4 power management ports
SMB_BASE        equ 0700h

VENDOR_INTEL    equ 8086h
VENDOR_QEMU     equ 1AF4h               ; as subsystem vendor
DEV_PIIX4_PM    equ 7113h

; BX = bus/devfn, DI = register -> address latched, DX = data port of that register. Changes EAX.
pci_select:
        movzx   eax,bx
        shl     eax,8
        or      eax,80000000h
        mov     dx,di
        mov     al,dl
        and     al,0FCh
        mov     dx,PCIADDR
        out     dx,eax
        mov     dx,di
        and     dx,3
        add     dx,PCIDATA
        ret

; Read register DI of BX into AL, AX, EAX; write from CL, CX, ECX. Only EAX changes.
pci_read_byte:
        push    dx
        call    pci_select
        in      al,dx
        pop     dx
        ret
pci_read_word:
        push    dx
        call    pci_select
        in      ax,dx
        pop     dx
        ret
pci_read_dword:
        push    dx
        call    pci_select
        in      eax,dx
        pop     dx
        ret
pci_write_byte:
        push    dx
        call    pci_select
        mov     al,cl
        out     dx,al
        pop     dx
        ret
pci_write_word:
        push    dx
        call    pci_select
        mov     ax,cx
        out     dx,ax
        pop     dx
        ret
pci_write_dword:
        push    dx
        call    pci_select
        mov     eax,ecx
        out     dx,eax
        pop     dx
        ret

; AH into register BL of the host bridge. Changes AX, CX, DX, DI.
pci_host_write_byte:
        push    bx
        mov     cl,ah
        movzx   di,bl
        xor     bx,bx
        call    pci_write_byte
        pop     bx
        ret

; CF if configuration mechanism 1 does not answer. Preserves all but EAX.
pci_present:
        push    dx
        push    ebx
        push    di
        mov     dx,PCIADDR
        in      eax,dx
        push    eax
        mov     eax,80000000h
        out     dx,eax
        in      eax,dx
        mov     ebx,eax
        pop     eax
        out     dx,eax
        cmp     ebx,80000000h
        jne     .no
        xor     bx,bx
        xor     di,di
        call    pci_read_dword
        inc     eax
        jz      .no
        clc
        jmp     short .done
.no:    stc
.done:  pop     di
        pop     ebx
        pop     dx
        ret

; All functions of bus 0, twice: first who is there, then their resources. DS = 0 throughout.
pci_init:
        xor     ax,ax
        mov     ds,ax
        mov     word [P_VGA],0FFFFh
        mov     word [P_ISA],0FFFFh
        mov     word [P_PCI],0
        call    pci_present
        jc      .none
        mov     byte [P_PCI],1
        say     msg_pci
        mov     dword [P_MEM],PCI_MEM_BASE
        mov     word [P_IO],PCI_IO_BASE
        xor     bx,bx
        xor     di,di
        call    pci_read_word
        cmp     ax,VENDOR_INTEL
        jne     .scan
        mov     di,0Ah
        call    pci_read_word
        cmp     ax,0600h
        jne     .scan
        mov     byte [P_PAM],1
.scan:  mov     si,pci_function_init
        call    pci_each
        call    pci_routing
.none:  ret

; Calls SI for each function of bus 0 with BX = devfn.
pci_each:
        xor     bx,bx
.next:  xor     di,di
        call    pci_read_word
        cmp     ax,0FFFFh
        je      .gone
        push    bx
        push    si
        call    si
        pop     si
        pop     bx
        test    bl,7                    ; function 0 says whether there are more
        jnz     .fn
        mov     di,0Eh
        call    pci_read_byte
        test    al,80h
        jnz     .fn
        or      bl,7
        jmp     short .fn
.gone:  test    bl,7
        jnz     .fn
        or      bl,7
.fn:    inc     bl
        jnz     .next
        ret

; One function: BARs, interrupt line, decoding on. BX = devfn.
pci_function_init:
        mov     di,0Ah
        call    pci_read_word           ; class
        mov     si,ax
        cmp     ah,06h
        je      .bridge
        mov     di,0Eh
        call    pci_read_byte
        test    al,7Fh
        jnz     .done
        call    pci_bars
        call    pci_irq_line
        mov     di,04h
        call    pci_read_word
        mov     cx,ax
        or      cx,3
        cmp     si,0101h                ; IDE: both channels decoded; DOS drivers want bus mastering allowed
        je      .ide
        cmp     si,0300h
        jne     .enable
        mov     [P_VGA],bx
        jmp     short .enable
.ide:   mov     di,2Ch                  ; QEMU answers word reads of the bus master with ones: DOS drivers
        call    pci_read_word           ; would trust them, so it stays off there
        cmp     ax,VENDOR_QEMU
        je      .nobm
        or      cl,4
.nobm:  push    cx
        xor     di,di
        call    pci_read_word
        cmp     ax,VENDOR_INTEL
        jne     .noide
        mov     di,40h
        mov     ecx,80008000h
        call    pci_write_dword
.noide: pop     cx
.enable:
        mov     di,04h
        call    pci_write_word
        ret
.bridge:
        cmp     al,01h                  ; ISA bridge
        je      .isa
        cmp     al,80h
        jne     .done
        xor     di,di
        call    pci_read_dword
        cmp     eax,(DEV_PIIX4_PM<<16)|VENDOR_INTEL
        je      pci_piix4_pm
.done:  ret
.isa:   mov     [P_ISA],bx
        ret

pci_piix4_pm:
        mov     di,40h
        mov     ecx,PM_BASE|1
        call    pci_write_dword
        mov     di,80h
        mov     cl,01h
        call    pci_write_byte
        mov     di,90h
        mov     ecx,SMB_BASE|1
        call    pci_write_dword
        mov     di,0D2h
        mov     cl,09h
        call    pci_write_byte
        mov     di,3Ch
        mov     cl,9
        call    pci_write_byte
        mov     di,04h
        mov     cx,1
        jmp     pci_write_word

; Base address registers 10h-24h and the expansion ROM.
pci_bars:
        mov     di,10h
.next:  call    pci_read_dword
        push    eax                     ; what it held
        mov     ecx,0FFFFFFFFh
        call    pci_write_dword
        call    pci_read_dword
        pop     ecx
        call    pci_write_or_place      ; EAX = sizing mask, ECX = old value
        add     di,4
        cmp     di,28h
        jb      .next
        mov     di,30h
        mov     ecx,0FFFFF800h
        call    pci_write_dword
        call    pci_read_dword
        and     eax,0FFFFF800h
        jz      .norom
        call    pci_place_memory
        ret
.norom: xor     ecx,ecx
        jmp     pci_write_dword

; EAX = what the BAR at DI reads after all ones; places it. A 64-bit BAR takes the next register too.
pci_write_or_place:
        test    eax,eax
        jz      .none
        test    al,1
        jnz     .io
        push    ax
        and     al,0F0h
        call    pci_place_memory
        pop     ax
        and     al,6
        cmp     al,4
        jne     .none
        add     di,4
        xor     ecx,ecx
        jmp     pci_write_dword
.io:    push    dx
        and     eax,0FFFCh
        jz      .restore
        neg     ax                      ; size, a power of two
        mov     dx,ax
        dec     dx
        mov     cx,[P_IO]
        add     cx,dx
        not     dx
        and     cx,dx
        add     ax,cx
        mov     [P_IO],ax
        movzx   ecx,cx
        call    pci_write_dword
.restore:
        pop     dx
.none:  ret

; EAX = size mask: next naturally aligned memory range goes to the BAR at DI. ECX = its base.
pci_place_memory:
        push    edx
        neg     eax
        cmp     eax,PCI_MEM_STEP
        jae     .size
        mov     eax,PCI_MEM_STEP
.size:  lea     edx,[eax-1]
        mov     ecx,[P_MEM]
        add     ecx,edx
        not     edx
        and     ecx,edx
        add     eax,ecx
        cmp     eax,0FEC00000h
        ja      .full
        mov     [P_MEM],eax
        call    pci_write_dword
        pop     edx
        ret
.full:  xor     ecx,ecx
        call    pci_write_dword
        pop     edx
        ret

; Interrupt line from pin and slot: PIRQ (slot - 1 + pin) & 3.
pci_irq_line:
        mov     di,3Dh
        call    pci_read_byte
        test    al,al
        jz      .none
        mov     cl,bl
        shr     cl,3
        lea     cx,[ecx-2]
        add     cl,al
        and     cx,3
        xchg    cx,di
        mov     al,[cs:pirq_table+di]
        mov     cl,al
        mov     di,3Ch
        call    pci_write_byte
.none:  ret

; PIRQ A-D of the ISA bridge and the level mode of their lines.
pci_routing:
        mov     bx,[P_ISA]
        cmp     bx,0FFFFh
        je      .done
        mov     di,60h
        mov     ecx,[cs:pirq_table]
        call    pci_write_dword
        mov     dx,4D0h
        xor     al,al
        out     dx,al
        inc     dx
        mov     al,0Ch                  ; IRQ 10 and 11
        out     dx,al
.done:  ret

pirq_table      db 10, 10, 11, 11
msg_pci         db 'pci',0
