; The Bochs adapter: the Bochs VBE Display API (DISPI), version B0C0h and later.
; Memory size, 8-bit DAC and the rest of the registers are there from B0C2h (QEMU, Bochs 2) on.

%define ADAPTER_NAME "Bochs display interface"
ADAPTER_ATTRIBUTES equ ATTRIBUTE_NOT_VGA
ADAPTER_PIXEL_STEP equ 8
ADAPTER_CAPABILITIES equ DAC_SWITCHABLE
ADAPTER_LONGEST_LINE equ 7FF8h          ; QEMU and Bochs keep words
ADAPTER_LONGEST_PITCH equ 0FFF8h        ; the answer is a word
ADAPTER_PIXEL_CLOCK equ 230000000       ; 1600x1200 at 85 Hz
ADAPTER_OPTIONS equ ~0

DISPI           equ 1CEh                ; index; the data are at the next port
DISPI_ID        equ 0
DISPI_WIDTH     equ 1
DISPI_HEIGHT    equ 2
DISPI_DEPTH     equ 3
DISPI_ENABLE    equ 4
DISPI_BANK      equ 5
DISPI_VIRTUAL_WIDTH equ 6
DISPI_X         equ 8
DISPI_Y         equ 9
DISPI_MEMORY    equ 0Ah

DISPI_IDS       equ 0B0C0h              ; the lower bits are the version
DISPI_ENABLED   equ 01h
DISPI_DAC_8     equ 20h
DISPI_LINEAR    equ 40h
DISPI_KEEP_MEMORY equ 80h

; Where Bochs has the frame buffer of an adapter that is not on PCI.
ISA_FRAME_BUFFER equ 0E0000000h

; AX = register AX. Destroys DX.
dispi_read:
        mov     dx, DISPI
        out     dx, ax
        inc     dx
        in      ax, dx
        ret

; Register AX = CX. Destroys DX.
dispi_write:
        mov     dx, DISPI
        out     dx, ax
        inc     dx
        xchg    ax, cx
        out     dx, ax
        xchg    ax, cx
        ret

adapter_present:
        mov     ax, DISPI_ID
        call    dispi_read
        and     ax, 0FFF0h
        cmp     ax, DISPI_IDS
        je      .done
        stc
.done:
        ret

adapter_memory:
        mov     ax, DISPI_MEMORY
        jmp     dispi_read

adapter_frame_buffer:
        call    pci_memory
        jnc     .done
        mov     eax, ISA_FRAME_BUFFER
.done:
        ret

adapter_leave:
        push    cx
        call    adapter_present         ; on a plain VGA nothing listens
        jc      .done
        mov     ax, DISPI_ENABLE
        xor     cx, cx
        call    dispi_write
.done:
        pop     cx
        ret

adapter_set_mode:
        push    cx
        movzx   cx, al
        mov     ax, DISPI_DEPTH
        call    dispi_write
        mov     ax, DISPI_WIDTH
        mov     cx, [cs:si + vbe_mode.width]
        call    dispi_write
        mov     ax, DISPI_HEIGHT
        mov     cx, [cs:si + vbe_mode.height]
        call    dispi_write
        mov     cx, DISPI_ENABLED | DISPI_LINEAR
        test    bh, VBE_KEEP_MEMORY
        jz      .enable
        or      cl, DISPI_KEEP_MEMORY
.enable:
        mov     ax, DISPI_ENABLE
        call    dispi_write
        pop     cx
        ret

adapter_set_bank:
        push    cx
        mov     cx, dx
        mov     ax, DISPI_BANK
        call    dispi_write
        pop     cx
        ret

adapter_bank:
        mov     ax, DISPI_BANK
        call    dispi_read
        mov     dx, ax
        ret

adapter_set_line_length:
        mov     ax, DISPI_VIRTUAL_WIDTH
        jmp     dispi_write

adapter_line_length:
        mov     ax, DISPI_VIRTUAL_WIDTH
        call    dispi_read
        mov     cx, ax
        ret

adapter_set_start:
        push    cx
        push    dx
        mov     ax, DISPI_X
        call    dispi_write
        pop     cx
        mov     ax, DISPI_Y
        call    dispi_write
        mov     dx, cx
        pop     cx
        ret

adapter_start:
        mov     ax, DISPI_X
        call    dispi_read
        mov     cx, ax
        mov     ax, DISPI_Y
        call    dispi_read
        mov     dx, ax
        ret

adapter_set_dac_width:
        push    cx
        mov     ch, al
        mov     ax, DISPI_ENABLE
        call    dispi_read
        and     al, ~DISPI_DAC_8 & 0FFh
        cmp     ch, 8
        jb      .write
        or      al, DISPI_DAC_8
.write:
        mov     cx, ax
        mov     ax, DISPI_ENABLE
        call    dispi_write
        pop     cx
        ret

adapter_dac_width:
        mov     ax, DISPI_ENABLE
        call    dispi_read
        test    al, DISPI_DAC_8
        mov     al, 6
        jz      .done
        mov     al, 8
.done:
        ret

; The registers in the order in which they can be written: enabling resets those after it.
dispi_saved:
        db      DISPI_WIDTH, DISPI_HEIGHT, DISPI_DEPTH, DISPI_ENABLE
        db      DISPI_BANK, DISPI_VIRTUAL_WIDTH, DISPI_X, DISPI_Y
dispi_saved_end:
ADAPTER_STATE_SIZE equ (dispi_saved_end - dispi_saved) * 2

adapter_save:
        mov     bx, dispi_saved
.register:
        movzx   ax, byte [cs:bx]
        call    dispi_read
        stosw
        inc     bx
        cmp     bx, dispi_saved_end
        jb      .register
        ret

adapter_restore:
        mov     bx, dispi_saved
.register:
        movzx   ax, byte [cs:bx]
        mov     cx, [es:si]
        inc     si
        inc     si
        cmp     al, DISPI_ENABLE
        jne     .write
        or      cl, DISPI_KEEP_MEMORY
.write:
        call    dispi_write
        inc     bx
        cmp     bx, dispi_saved_end
        jb      .register
        ret
