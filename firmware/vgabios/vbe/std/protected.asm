; The Bochs adapter for 32-bit code. They may destroy all but ESP.

; The window's bank = DX.
adapter_32_set_bank:
        mov     eax, edx
        mov     edx, DISPI_BANK
        jmp     dispi_32_write

; The start = EDX units of four bytes, in planes of one byte.
adapter_32_set_start:
        mov     edi, edx
        mov     edx, DISPI_DEPTH
        call    dispi_32_read
        movzx   ebx, ax
        mov     edx, DISPI_VIRTUAL_WIDTH
        call    dispi_32_read
        movzx   ecx, ax
        cmp     ebx, PIXEL_PLANES
        mov     eax, edi
        je      .planes
        shl     eax, 2
        add     ebx, 7
        shr     ebx, 3                  ; bytes of a pixel
        imul    ecx, ebx
        xor     edx, edx
        div     ecx                     ; row, byte in it
        mov     esi, eax
        mov     eax, edx
        xor     edx, edx
        div     ebx
        jmp     .set
.planes:
        shl     eax, 3
        xor     edx, edx
        div     ecx
        mov     esi, eax
        mov     eax, edx
.set:
        mov     edx, DISPI_X
        call    dispi_32_write
        mov     eax, esi
        mov     edx, DISPI_Y
        ; falls through

; Register DX = AX. Destroys EDX.
dispi_32_write:
        xchg    eax, edx
        push    edx
        mov     edx, DISPI
        out     dx, ax
        pop     eax
        inc     edx
        out     dx, ax
        ret

; AX = register DX. Destroys EDX.
dispi_32_read:
        mov     eax, edx
        mov     edx, DISPI
        out     dx, ax
        inc     edx
        in      ax, dx
        ret

adapter_32_resources:
        dw      DISPI, DISPI + 1, DAC_READ, DAC_WRITE, DAC_DATA, CRTC_COLOUR + STATUS_FROM_CRTC, 0FFFFh
        dw      0FFFFh
