; 1Ah: AL = 0: read the display combination, BL active and BH other. AL = 1: set it.
; The BIOS data area holds an index into the combination table; a pair may stand there either way round.

DISPLAY_VGA_COLOUR equ 8

struc combination_table
.count          resb 1
.version        resb 1
.highest        resb 1                  ; display code
.reserved       resb 1
.pairs:
endstruc

display_combination:
        cmp     al, 1
        ja      .done
        mov     byte [bp + frame.ax], 1Ah
        je      .set
        call    read_combination
        mov     [bp + frame.bx], bx
.done:
        ret

.set:
        mov     cx, bx
        call    combinations
        movzx   dx, byte [es:di]
        mov     al, 0
        add     di, combination_table.pairs
.search:
        cmp     al, dl
        jae     .unknown
        cmp     cx, [es:di]
        je      .store
        xchg    cl, ch
        cmp     cx, [es:di]
        je      .store
        xchg    cl, ch
        add     di, 2
        inc     al
        jmp     .search
.unknown:
        mov     al, 0FFh
.store:
        mov     [BDA_DCC], al
        ret

; BL = active display, BH = the other one. Destroys AX, DI, ES.
read_combination:
        call    combinations
        mov     bx, 0FFFFh
        mov     al, [BDA_DCC]
        cmp     al, [es:di]
        jae     .done
        movzx   bx, al
        add     bx, bx
        mov     bx, [es:bx + di + combination_table.pairs]
        xchg    bl, bh                  ; the table has the other display first
        test    bh, bh
        jz      .single
        test    bl, bl
        jnz     .order
        xchg    bl, bh
        jmp     .single
.order:
        ; one of the two is monochrome (odd, or 1): the active one fits the equipment word
        mov     al, [BDA_EQUIPMENT]
        and     al, EQUIPMENT_DISPLAY
        cmp     al, EQUIPMENT_MONO
        setne   al
        xor     al, bl
        test    al, 1
        jnz     .single
        xchg    bl, bh
.single:
.done:
        ret

; ES:DI = the display combination table.
combinations:
        mov     di, secondary_table.combinations
        push    bx
        call    find_secondary
        mov     di, bx
        pop     bx
        jnc     .done
        push    cs
        pop     es
        mov     di, combination_codes
.done:
        ret
