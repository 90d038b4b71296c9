; The CL-GD5446 for 32-bit code. They may destroy all but ESP.

; The window's bank = DX.
adapter_32_set_bank:
        mov     ah, dl
        shl     ah, OFFSETS_IN_BANK
        mov     al, GC_OFFSET
        mov     edx, GRAPHICS
        out     dx, ax
        ret

; The start = EDX units of four bytes, in planes of one: what the chip counts.
adapter_32_set_start:
        WRITE_START
        ret

adapter_32_resources:
        dw      GRAPHICS, GRAPHICS + 1, CRTC_COLOUR, CRTC_COLOUR + 1, DAC_READ, DAC_WRITE, DAC_DATA
        dw      CRTC_COLOUR + STATUS_FROM_CRTC, 0FFFFh, 0FFFFh
