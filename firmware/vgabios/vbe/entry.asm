; 4Fh: the VESA BIOS extension, by AL. Follows VBE Core Functions Standard 3.0, VBE/PM 1.1
; and VBE/DDC 1.1.
;
; What an adapter does differently is in files of its own; ADAPTER names the first of them. It has:
;   adapter_present         carry unless the extension answers
;   adapter_memory          AX = video memory in units of 64 KiB
;   adapter_frame_buffer    EAX = physical address of the linear frame buffer
;   adapter_leave           back to a plain VGA
;   adapter_set_mode        the mode of entry SI with AL bits a pixel over the VGA's mode 12h (4 bits) or 13h;
;                           memory is cleared unless BH has VBE_KEEP_MEMORY
;   adapter_set_bank, adapter_bank                  64 KiB bank of the window in DX
;   adapter_set_line_length, adapter_line_length    CX = pixels from row to row, a multiple of ADAPTER_PIXEL_STEP
;   adapter_set_start, adapter_start                CX = first displayed column, DX = first displayed row
;   adapter_set_dac_width, adapter_dac_width        AL = bits a component of the DAC, 6 or 8
;   adapter_save, adapter_restore                   its registers (ADAPTER_STATE_SIZE bytes) at ES:DI, which moves past
;                                                   them, and from ES:SI
;   ADAPTER_ATTRIBUTES, ADAPTER_CAPABILITIES        bits of all modes' attributes; of the controller's capabilities
;   ADAPTER_LONGEST_LINE, ADAPTER_LONGEST_PITCH     from row to row in pixels; in bytes of all planes
;   ADAPTER_PIXEL_CLOCK, ADAPTER_OPTIONS            the highest, in hertz; options that it can obey
;   and for 32-bit code adapter_32_set_bank, adapter_32_set_start, adapter_32_resources (protected.asm).
; DS is on the BIOS data area. They keep all registers but EAX, EDX and what they answer in; the savers may
; destroy BX and CX.

BDA_VBE_MODE    equ 0BAh                ; word: the VESA mode as it was set; 0 in an IBM mode

VBE_SUCCEEDED   equ 004Fh
VBE_UNKNOWN     equ 0100h               ; there is no such function
VBE_FAILED      equ 1
VBE_NOT_HERE    equ 2                   ; this adapter cannot
VBE_NOT_NOW     equ 3                   ; not in this mode

; In a mode number, and its upper byte.
VBE_NUMBER      equ 01FFh
VBE_LINEAR      equ 4000h
VBE_KEEP_MEMORY equ 80h

; A service starts as those of entry.asm do; all 32-bit registers but EBP are given back for it.
; Where it fails it leaves by vbe_failed or one of its kin.
vbe:
        movzx   si, al
        cmp     si, (vbe_services_end - vbe_services) / 2
        jae     .beyond
        add     si, si
        mov     si, [cs:si + vbe_services]
        jmp     .call
.beyond:
        mov     si, vbe_power
        cmp     al, 10h
        je      .call
        mov     si, vbe_display_data
        cmp     al, 15h
        je      .call
.unknown:
        mov     word [bp + frame.ax], VBE_UNKNOWN
        ret
.call:
        push    ax
        push    dx
        call    adapter_present
        pop     dx
        pop     ax
        jc      .unknown
        pushad
        mov     word [bp + frame.ax], VBE_SUCCEEDED
        call    si
        popad
        ret

vbe_failed:
        mov     byte [bp + frame.ax + 1], VBE_FAILED
        ret
vbe_not_here:
        mov     byte [bp + frame.ax + 1], VBE_NOT_HERE
        ret
vbe_not_now:
        mov     byte [bp + frame.ax + 1], VBE_NOT_NOW
        ret

vbe_services:
        dw      vbe_controller          ; 00h
        dw      vbe_mode_information    ; 01h
        dw      vbe_set_mode            ; 02h
        dw      vbe_get_mode            ; 03h
        dw      vbe_state               ; 04h
        dw      vbe_window              ; 05h
        dw      vbe_line_length         ; 06h
        dw      vbe_display_start       ; 07h
        dw      vbe_dac_width           ; 08h
        dw      vbe_palette             ; 09h
        dw      vbe_protected           ; 0Ah
vbe_services_end:

; Options that the machine's maker may set in the image (firmware::vga::rom); none is set in the file.
OPTION_NO_LINEAR equ 1                  ; VBE 1.2: no linear frame buffer, no protected-mode interface
OPTION_32_BITS  equ 2                   ; modes of 24 bits have 32
OPTION_LIST_IN_BLOCK equ 4              ; the list of modes is in the controller's information, not in the ROM

vbe_version:
        dw      0300h
vbe_version_banked:
        dw      0102h

%include ADAPTER
%include "vbe/modes.asm"
%include "vbe/controller.asm"
%include "vbe/mode_information.asm"
%include "vbe/mode.asm"
%include "vbe/state.asm"
%include "vbe/window.asm"
%include "vbe/line_length.asm"
%include "vbe/display_start.asm"
%include "vbe/dac.asm"
%include "vbe/protected.asm"
%include "vbe/power.asm"
%include "vbe/display_data.asm"
