; relic system BIOS: 64 KiB at F0000h, real mode, 386 or later.
; Build: nasm -f bin -I firmware/bios/ -o bios.bin firmware/bios/main.asm
;
; The services lie from F000:0000 up; above E05Bh stand the entry points that software of the PC/AT
; era reaches by absolute address (Ralf Brown's MEMORY.LST, "ROM BIOS fixed locations").
; No hypercalls: every device is reached through its ports, and what the machine has is read from
; CMOS, PCI configuration space or the device itself.

        cpu     386
        bits    16
        org     0

%include "equ.inc"

rom_start:
%include "shutdown.asm"
%include "post.asm"
%include "chips.asm"
%include "debug.asm"
%include "kbc.asm"
%include "pci.asm"
%include "shadow.asm"
%include "optrom.asm"
%include "flat.asm"
%include "cpuid.asm"
%include "mtrr.asm"
%include "apic.asm"
%include "boot.asm"
%include "irq.asm"
%include "int08.asm"
%include "int09.asm"
%include "keymap.asm"
%include "int14.asm"
%include "int16.asm"
%include "int17.asm"
%include "int13.asm"
%include "fdc.asm"
%include "floppy.asm"
%include "floppy_format.asm"
%include "detect.asm"
%include "ata.asm"
%include "disk.asm"
%include "edd.asm"
%include "atapi.asm"
%include "eltorito.asm"
%include "int15.asm"
%include "a20.asm"
%include "blockmove.asm"
%include "memory.asm"
%include "wait.asm"
%include "mouse.asm"
%include "apm.asm"
%include "int1a.asm"
%include "pcibios.asm"
%include "bios32.asm"

%include "entry.asm"
