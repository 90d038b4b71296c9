; The VGA BIOS of the Cirrus Logic CL-GD5446.

PCI_VENDOR      equ 1013h
PCI_DEVICE      equ 00B8h
%define PCI_IMAGE
%define ADAPTER "vbe/cirrus/adapter.asm"
%define ADAPTER_32 "vbe/cirrus/protected.asm"
%define ADAPTER_OWN "vbe/cirrus/own.asm"
%define VBE_MODES "vbe_modes_cirrus.inc"

%include "body.asm"
