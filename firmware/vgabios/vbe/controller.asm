; 4F00h: information about the controller.

struc vbe_block
.signature      resd 1
.version        resw 1
.name           resd 1                  ; far pointers to strings and the list of modes
.capabilities   resd 1
.modes          resd 1
.memory         resw 1                  ; 64 KiB units
.size_1:                                ; what callers of VBE 1.2 know
.revision       resw 1
.vendor         resd 1
.product        resd 1
.product_revision resd 1
.list:                                  ; reserved: the list of modes if an option puts it here
endstruc

VBE_BLOCK_1     equ 256                 ; bytes of a caller of VBE 1.2
VBE_BLOCK_2     equ 512                 ; ... who says "VBE2"
DAC_SWITCHABLE  equ 1

vbe_controller:
        mov     cx, VBE_BLOCK_1
        cmp     dword [es:di], "VBE2"
        jne     .clear
        mov     cx, VBE_BLOCK_2
.clear:
        push    cx
        push    di
        mov     al, 0
        rep     stosb
        pop     di
        pop     cx

        mov     dword [es:di + vbe_block.signature], "VESA"
        call    vbe_present_version
        mov     [es:di + vbe_block.version], ax
        mov     word [es:di + vbe_block.name], vbe_name
        mov     [es:di + vbe_block.name + 2], cs
        mov     byte [es:di + vbe_block.capabilities], ADAPTER_CAPABILITIES
        call    adapter_memory
        mov     [es:di + vbe_block.memory], ax
        cmp     cx, VBE_BLOCK_2
        jb      .modes
        mov     word [es:di + vbe_block.revision], VBE_REVISION
        mov     word [es:di + vbe_block.vendor], vbe_vendor
        mov     [es:di + vbe_block.vendor + 2], cs
        mov     word [es:di + vbe_block.product], vbe_name
        mov     [es:di + vbe_block.product + 2], cs
        mov     word [es:di + vbe_block.product_revision], vbe_product_revision
        mov     [es:di + vbe_block.product_revision + 2], cs

        ; The table goes down in bytes of video memory, and the ROM's list with it: an end of the list is what fits.
.modes:
        mov     si, vbe_modes
        mov     bx, vbe_mode_list
.fits:
        call    vbe_fits
        jnc     .list
        inc     bx
        inc     bx
        add     si, vbe_mode.size
        jmp     .fits
.list:
        test    byte [cs:vbe_options], OPTION_LIST_IN_BLOCK
        jnz     .copy
        mov     [es:di + vbe_block.modes], bx
        mov     [es:di + vbe_block.modes + 2], cs
        ret
.copy:
        lea     ax, [di + vbe_block.list]
        mov     [es:di + vbe_block.modes], ax
        mov     [es:di + vbe_block.modes + 2], es
        mov     di, ax
.mode:
        mov     ax, [cs:bx]
        inc     bx
        inc     bx
        stosw
        cmp     ax, VBE_LIST_END
        jne     .mode
        ret

VBE_LIST_END    equ 0FFFFh
VBE_REVISION    equ 0100h

; AX = the version that the options leave.
vbe_present_version:
        mov     ax, [cs:vbe_version]
        test    byte [cs:vbe_options], OPTION_NO_LINEAR
        jz      .done
        mov     ax, [cs:vbe_version_banked]
.done:
        ret

vbe_vendor:
        db      "relic", 0
vbe_name:
        db      "relic VBE, ", ADAPTER_NAME, 0
vbe_product_revision:
        db      "1.0", 0
