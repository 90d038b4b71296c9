; The option ROM header, the PCI data structure and the entry point POST calls.

PCI_CLASS_VGA   equ 030000h

image:
        db      55h, 0AAh
        db      (image_end - image) / 512
        jmp     near init               ; POST calls offset 3 far
        times   18h - ($ - $$) db 0
%ifdef PCI_IMAGE
        dw      pci_data
%else
        dw      0
%endif
        dw      0
        times   1Eh - ($ - $$) db 0
        db      "IBM VGA Compatible", 0 ; EGA and VGA software looks for these three letters at 1Eh
        db      "relic VGA BIOS", 0

%ifdef PCI_IMAGE
        align   4, db 0
pci_data:
        db      "PCIR"
        dw      PCI_VENDOR, PCI_DEVICE
        dw      0                       ; no vital product data
        dw      pci_data_end - pci_data
        db      0                       ; structure revision
        db      PCI_CLASS_VGA & 0FFh
        dw      PCI_CLASS_VGA >> 8
        dw      (image_end - image) / 512
        dw      1                       ; revision of this code
        db      0                       ; x86, PC-AT
        db      80h                     ; the last image
        dw      0
pci_data_end:
%endif

%ifdef ADAPTER
        times   VBE_OPTIONS_AT - ($ - $$) db 0
vbe_options:
        db      0
%endif

        times   FONT_8X16_AT - ($ - $$) db 0
