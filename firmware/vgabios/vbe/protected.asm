; 4F0Ah: ES:DI and CX = 32-bit code for programs in protected mode, which copy it where they like.
; It needs a stack, and for the palette the caller's ES; it reaches the adapter by ports alone.

vbe_protected:
        test    bl, bl
        jnz     vbe_failed
        test    byte [cs:vbe_options], OPTION_NO_LINEAR
        jnz     vbe_not_here
        mov     [bp + frame.es], cs
        mov     word [bp + frame.di], vbe_32
        mov     word [bp + frame.cx], vbe_32_end - vbe_32
        ret

        align   4, db 0
vbe_32:
        dw      vbe_32_set_window - vbe_32
        dw      vbe_32_set_start - vbe_32
        dw      vbe_32_set_palette - vbe_32
        dw      adapter_32_resources - vbe_32   ; ports, FFFFh, memory, FFFFh

bits 32

; 4F05h: BH = BL = 0, DX = bank.
vbe_32_set_window:
        push    eax
        push    edx
        call    adapter_32_set_bank
        pop     edx
        pop     eax
        ret

; 4F07h: BL = 00h or 80h, DX:CX = start in units of four bytes (in planes of one).
vbe_32_set_start:
        pushad
        test    bl, START_AT_RETRACE
        jz      .now
        call    vbe_32_wait_for_retrace
.now:
        shl     edx, 16
        mov     dx, cx
        call    adapter_32_set_start
        popad
        ret

; 4F09h: BL = 00h or 80h, CX colours from DX on from ES:EDI.
vbe_32_set_palette:
        pushad
        test    bl, START_AT_RETRACE
        jz      .now
        call    vbe_32_wait_for_retrace
.now:
        movzx   ecx, cx
        jecxz   .done
        mov     al, dl
        mov     edx, DAC_WRITE
        out     dx, al
        inc     edx
.colour:
        mov     al, [es:edi + vbe_colour.red]
        out     dx, al
        mov     al, [es:edi + vbe_colour.green]
        out     dx, al
        mov     al, [es:edi + vbe_colour.blue]
        out     dx, al
        add     edi, vbe_colour.size
        loop    .colour
.done:
        popad
        ret

; Waits for the next vertical retrace to begin, a beam that stands still excepted.
vbe_32_wait_for_retrace:
        push    eax
        push    ecx
        push    edx
        mov     edx, CRTC_COLOUR + STATUS_FROM_CRTC
        mov     ecx, 10000h
.running:
        in      al, dx
        test    al, STATUS_RETRACE
        loopnz  .running
        mov     ecx, 10000h
.shown:
        in      al, dx
        test    al, STATUS_RETRACE
        loopz   .shown
        pop     edx
        pop     ecx
        pop     eax
        ret

%include ADAPTER_32
vbe_32_end:

bits 16
