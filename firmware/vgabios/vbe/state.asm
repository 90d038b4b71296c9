; 4F04h: save and restore. DL = 0: BX = 64-byte blocks the parts in CX need; 1: save them at ES:BX; 2: restore.
; Parts as in 1Ch, and after them the adapter's registers with the number of the mode.

PART_ADAPTER    equ 8
VBE_PARTS       equ PARTS | PART_ADAPTER
VBE_STATE_SIZE  equ 2 + ADAPTER_STATE_SIZE

vbe_state:
        test    cx, ~VBE_PARTS
        jnz     vbe_failed
        cmp     dl, 1
        ja      .restore
        je      .save
        call    state_size
        test    cl, PART_ADAPTER
        jz      .blocks
        add     ax, VBE_STATE_SIZE
.blocks:
        shr     ax, 6
        mov     [bp + frame.bx], ax
        ret

.save:
        mov     di, bx
        push    cx
        call    save_parts
        pop     cx
        test    cl, PART_ADAPTER
        jz      .done
        mov     ax, [BDA_VBE_MODE]
        stosw
        jmp     adapter_save
.done:
        ret

        ; The adapter's registers lie over the VGA's, so they go first and come last.
.restore:
        cmp     dl, 2
        jne     vbe_failed
        mov     si, bx
        test    cl, PART_ADAPTER
        jz      restore_parts
        push    cx
        call    adapter_leave
        pop     cx
        call    restore_parts
        mov     ax, [es:si]
        mov     [BDA_VBE_MODE], ax
        inc     si
        inc     si
        jmp     adapter_restore
