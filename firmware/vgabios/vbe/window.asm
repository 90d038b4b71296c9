; 4F05h: window A onto video memory. BH = 0: set it to bank DX; 1: DX = its bank.

vbe_window:
        test    bl, bl                  ; there is no window B
        jnz     vbe_failed
        test    byte [BDA_VBE_MODE + 1], VBE_LINEAR >> 8
        jnz     vbe_not_now
        call    vbe_present_mode
        jc      vbe_failed
        cmp     bh, 1
        ja      vbe_failed
        je      .get
        mov     bl, al
        push    dx
        call    adapter_memory
        pop     dx
        cmp     bl, PIXEL_PLANES        ; a bank is 64 KiB of each plane
        jne     .banks
        shr     ax, 2
.banks:
        cmp     dx, ax
        jae     vbe_failed
        jmp     adapter_set_bank
.get:
        call    adapter_bank
        mov     [bp + frame.dx], dx
        ret

; The same by a far call, for programs that switch often: BH, BL and DX as there; AX and DX may be destroyed.
vbe_window_function:
        test    bh, bh
        jnz     .get
        call    adapter_set_bank
        retf
.get:
        call    adapter_bank
        retf
