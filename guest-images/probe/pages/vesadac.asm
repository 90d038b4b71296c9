; VESA's DAC of eight bits: 64 steps of red, green, blue and grey that use all of them.

VESA_SWITCHABLE equ 0x01                ; capability: the DAC has 6 or 8 bits

; Carry set if the BIOS has no DAC of eight bits. Keeps SI.
vesadac_there:
        call vesa_there
        jc .done
        test byte [std_line + 10], VESA_SWITCHABLE
        jnz .done
        stc
.done:  ret

page_vesadac:
        mov bx, 8
        mov cx, VESA_MODE_8
        mov byte [std_ink], 0xFF
        mov word [std_packer], std_pack_8
        mov word [std_labels], std_names
        call vesa_mode
        xor ax, ax
        call vesa_bank
        call vesadac_checks
        call vesadac_colours
        jmp std_sheet_picture

; BH = bits that are asked for; AX = result, BH = what there is.
vesadac_width:
        mov ax, 0x4F08
        xor bl, bl
        int 0x10
        ret

vesadac_checks:
        mov bh, 8
        call vesadac_width
        CHECK_AX "4F08h sets the DAC", VESA_SUCCEEDED
        mov al, bh
        CHECK_AL "its bits", 8
        mov dx, DAC_WRITE
        mov al, 0x80
        out dx, al
        mov dx, DAC_DATA
        mov al, 0xA5
        out dx, al
        mov al, 0x5B
        out dx, al
        mov al, 0xFE
        out dx, al
        call vesadac_read
        CHECK_EQ "all of them are kept", 0xA55BFE
        mov bh, 6
        call vesadac_width
        mov al, bh
        CHECK_AL "six bits again", 6
        mov bh, 8
        jmp vesadac_width

; EAX = colour 80h as 00RRGGBBh.
vesadac_read:
        mov dx, DAC_READ
        mov al, 0x80
        out dx, al
        mov dx, DAC_DATA
        xor eax, eax
        mov cx, 3
.next:  shl eax, 8
        in al, dx
        loop .next
        ret

; Colour N of 64 in a band = 4N and its own two lower bits.
vesadac_colours:
        mov dx, DAC_WRITE
        xor al, al
        out dx, al
        mov dx, DAC_DATA
        xor cx, cx                      ; colour, and its band
.next:  mov bl, cl
        and bl, 3
        mov al, cl
        shl al, 2
        or bl, al
        movzx si, cl
        shr si, 6
        shl si, 2
        mov al, bl
        and al, [std_masks + si + 2]
        out dx, al
        mov al, bl
        and al, [std_masks + si + 1]
        out dx, al
        mov al, bl
        and al, [std_masks + si]
        out dx, al
        inc cl
        jnz .next
        ret
