; The VGA BIOS of a plain ISA VGA: no VESA modes, no PCI.

%include "body.asm"
