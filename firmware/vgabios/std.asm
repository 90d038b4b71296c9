; The VGA BIOS of the Bochs adapter, which QEMU calls std.

PCI_VENDOR      equ 1234h
PCI_DEVICE      equ 1111h
%define PCI_IMAGE
%define ADAPTER "vbe/std/adapter.asm"
%define ADAPTER_32 "vbe/std/protected.asm"
%define VBE_MODES "vbe_modes_std.inc"

%include "body.asm"
