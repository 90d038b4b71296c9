; PCI configuration space by mechanism 1, as far as an adapter asks for its own base addresses.

PCI_ADDRESS     equ 0CF8h
PCI_DATA        equ 0CFCh
PCI_FIRST       equ 80000000h           ; bus 0, device 0, function 0
PCI_STEP        equ 800h                ; a device
PCI_LAST        equ 8000F800h
PCI_BAR0        equ 10h
PCI_BAR1        equ 14h

; EAX = the double word at address EAX. The address register is given back: another program may be about to use it.
; Destroys EDX.
pci_read:
        push    ebx
        pushf
        cli
        push    eax
        mov     dx, PCI_ADDRESS
        in      eax, dx
        mov     ebx, eax
        pop     eax
        out     dx, eax
        mov     dx, PCI_DATA
        in      eax, dx
        xchg    eax, ebx
        mov     dx, PCI_ADDRESS
        out     dx, eax
        mov     eax, ebx
        popf
        pop     ebx
        ret

; EAX = the memory behind the first base address of the first function on bus 0 that this image is for; carry if there
; is none. Destroys EDX.
pci_memory:
        push    ecx
        mov     ecx, PCI_FIRST
.function:
        mov     eax, ecx
        call    pci_read
        cmp     eax, PCI_DEVICE << 16 | PCI_VENDOR
        je      .found
        add     ecx, PCI_STEP
        cmp     ecx, PCI_LAST
        jbe     .function
        stc
        jmp     .done
.found:
        mov     eax, ecx
        add     eax, PCI_BAR0
        call    pci_read
        and     al, ~0Fh & 0FFh         ; and no carry
.done:
        pop     ecx
        ret
