; 4F08h: bits a component of the DAC. BL = 0: BH of them, or what there is; 1: tell. Answers BH.
; 4F09h: colours of the DAC. BL = 0: set CX of them from DX on from ES:DI; 80h: as the retrace begins; 1: get.

vbe_dac_width:
        call    vbe_present_mode
        jc      vbe_failed
        cmp     al, 8
        ja      vbe_not_now             ; no DAC between pixel and colour
        cmp     bl, 1
        ja      vbe_failed
        je      .tell
        mov     al, 6
        cmp     bh, 8
        jb      .set
        mov     al, 8
.set:
        call    adapter_set_dac_width
.tell:
        call    adapter_dac_width
        mov     [bp + frame.bx + 1], al
        ret

; A colour of the caller.
struc vbe_colour
.blue           resb 1
.green          resb 1
.red            resb 1
.align          resb 1
.size:
endstruc

vbe_palette:
        cmp     dx, 256
        ja      vbe_failed
        mov     ax, 256
        sub     ax, dx
        cmp     cx, ax
        ja      vbe_failed
        cmp     bl, 1
        je      .get
        test    bl, ~START_AT_RETRACE & 0FFh
        jnz     vbe_not_here            ; there is no second palette
        test    bl, bl
        jz      .set
        push    cx
        push    dx
        call    vbe_wait_for_retrace
        pop     dx
        pop     cx
.set:
        jcxz    .done
        mov     al, dl
        mov     dx, DAC_WRITE
        out     dx, al
        inc     dx
.colour:
        mov     al, [es:di + vbe_colour.red]
        out     dx, al
        mov     al, [es:di + vbe_colour.green]
        out     dx, al
        mov     al, [es:di + vbe_colour.blue]
        out     dx, al
        add     di, vbe_colour.size
        loop    .colour
.done:
        ret

.get:
        jcxz    .done
        mov     al, dl
        mov     dx, DAC_READ
        out     dx, al
        mov     dx, DAC_DATA
.read:
        in      al, dx
        mov     [es:di + vbe_colour.red], al
        in      al, dx
        mov     [es:di + vbe_colour.green], al
        in      al, dx
        mov     [es:di + vbe_colour.blue], al
        mov     byte [es:di + vbe_colour.align], 0
        add     di, vbe_colour.size
        loop    .read
        ret
