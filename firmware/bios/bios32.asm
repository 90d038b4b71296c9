; BIOS32 service directory, its PCI service in 32-bit code, and the $PIR interrupt routing table. POST signs
; the tables in the shadow copy (shadow.asm).
; References: Standard BIOS 32-bit Service Directory 0.4 (Phoenix); PCI BIOS 2.1; Microsoft PCI IRQ Routing
; Table Specification 1.0.

        align   16
bios32_directory:
        dd      0                       ; "_32_" once signed
        dd      0F0000h+bios32_entry
        db      0, 1, 0                 ; revision, paragraphs, checksum
        times 5 db 0

        bits    32
; EAX = service name, BL = 0 -> AL = 0, EBX base, ECX length, EDX entry.
bios32_entry:
        test    bl,bl
        jnz     .function
        cmp     eax,'$PCI'
        jne     .unknown
        mov     ebx,0F0000h
        mov     ecx,10000h
        mov     edx,pci32_entry
        mov     al,0
        retf
.unknown:
        mov     al,80h
        retf
.function:
        mov     al,81h
        retf

pci32_entry:
        cmp     ah,0B1h
        jne     .bad
        call    pci_core_32
        retf
.bad:   mov     ah,PE_UNSUPPORTED
        stc
        retf

        pci_core 32
        bits    16

        align   16
pir_table:
        dd      0                       ; "$PIR" once signed
        dw      0100h
        dw      pir_end-pir_table
pir_router:
        dw      0                       ; the ISA bridge: POST knows where it is
        dw      0                       ; no IRQ is PCI's alone
        dw      VENDOR_INTEL, 7000h     ; compatible with the 82371SB
        dd      0
        times 11 db 0
        db      0                       ; checksum

; A slot: links 60h-63h rotate with the device number; any of the usual IRQs may be routed.
%macro pir_slot 1
        db      0, (%1)<<3
        %assign pin 0
        %rep    4
        db      60h+(((%1)-1+pin)&3)
        dw      0DEF8h
        %assign pin pin+1
        %endrep
        db      0, 0
%endmacro

pir_slots:
        %assign slot 1
        %rep    31
        pir_slot slot
        %assign slot slot+1
        %endrep
pir_end:
