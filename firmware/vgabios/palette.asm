; 10h: palette registers, blink, and the DAC.

palette:
        mov     ah, 0
        cmp     al, (.functions_end - .functions) / 2
        jae     .done
        mov     si, ax
        add     si, si
        jmp     [cs:si + .functions]
.done:
        ret
.functions:
        dw      set_attribute           ; 00h
        dw      set_overscan            ; 01h
        dw      set_all_attributes      ; 02h
        dw      set_blink               ; 03h
        times 3 dw no_service
        dw      get_attribute           ; 07h
        dw      get_overscan            ; 08h
        dw      get_all_attributes      ; 09h
        times 6 dw no_service
        dw      set_colour              ; 10h
        dw      no_service
        dw      set_colours             ; 12h
        dw      set_colour_page         ; 13h
        dw      no_service
        dw      get_colour              ; 15h
        dw      no_service
        dw      get_colours             ; 17h
        dw      set_mask                ; 18h
        dw      get_mask                ; 19h
        dw      get_colour_page         ; 1Ah
        dw      sum_greys               ; 1Bh
.functions_end:

; 00h: register BL = BH.
set_attribute:
        cmp     bl, ATTRIBUTE_SELECT
        ja      .done
        mov     ax, bx
        call    write_attribute
        jmp     save_attributes
.done:
        ret

; 01h: overscan = BH.
set_overscan:
        mov     al, ATTRIBUTE_OVERSCAN
        mov     ah, bh
        call    write_attribute
        jmp     save_attributes

; 02h: palette and overscan from the 17 bytes at ES:DX.
set_all_attributes:
        mov     si, dx
        xor     cl, cl
.palette:
        mov     al, cl
        mov     ah, [es:si]
        inc     si
        call    write_attribute
        inc     cl
        cmp     cl, ATTRIBUTE_MODE
        jb      .palette
        mov     al, ATTRIBUTE_OVERSCAN
        mov     ah, [es:si]
        call    write_attribute
        jmp     save_attributes

; 03h: attribute bit 7 blinks (BL = 1) or is intensity (0).
set_blink:
        mov     al, ATTRIBUTE_MODE
        call    read_attribute
        and     ah, ~ATTRIBUTE_BLINK & 0FFh
        and     byte [BDA_CGA_MODE], ~CGA_MODE_BLINK & 0FFh
        test    bl, 1
        jz      .write
        or      ah, ATTRIBUTE_BLINK
        or      byte [BDA_CGA_MODE], CGA_MODE_BLINK
.write:
        mov     al, ATTRIBUTE_MODE
        jmp     write_attribute

; 07h: BH = register BL.
get_attribute:
        cmp     bl, ATTRIBUTE_SELECT
        ja      .done
        mov     al, bl
        call    read_attribute
        mov     [bp + frame.bx + 1], ah
.done:
        ret

; 08h: BH = overscan.
get_overscan:
        mov     al, ATTRIBUTE_OVERSCAN
        call    read_attribute
        mov     [bp + frame.bx + 1], ah
        ret

; 09h: palette and overscan to the 17 bytes at ES:DX.
get_all_attributes:
        mov     di, dx
        xor     cl, cl
.palette:
        mov     al, cl
        call    read_attribute
        mov     [es:di], ah
        inc     di
        inc     cl
        cmp     cl, ATTRIBUTE_MODE
        jb      .palette
        mov     al, ATTRIBUTE_OVERSCAN
        call    read_attribute
        mov     [es:di], ah
        ret

; 10h: DAC colour BX = DH, CH, CL.
set_colour:
        test    byte [BDA_MODE_OPTIONS], OPTION_GREY
        jz      .write
        call    sum_to_grey
.write:
        push    dx
        mov     dx, DAC_WRITE
        mov     al, bl
        out     dx, al
        pop     dx
        jmp     write_colour

; 12h: CX colours from BX on, from ES:DX.
set_colours:
        mov     di, dx
        ; falls through

; Writes CX colours of the DAC from BX on, from ES:DI; sums them to grey if that is on.
write_colours:
        jcxz    .done
.colour:
        push    cx
        mov     dh, [es:di]
        mov     ch, [es:di + 1]
        mov     cl, [es:di + 2]
        add     di, 3
        call    set_colour
        inc     bx
        pop     cx
        loop    .colour
.done:
        ret

; 13h: BL = 0: 4 pages of 64 colours (BH = 0) or 16 of 16 (1). BL = 1: show page BH.
set_colour_page:
        mov     al, ATTRIBUTE_MODE
        call    read_attribute
        cmp     bl, 1
        ja      .done
        je      .page
        and     ah, ~ATTRIBUTE_PAGES_OF_16 & 0FFh
        test    bh, 1
        jz      .mode
        or      ah, ATTRIBUTE_PAGES_OF_16
.mode:
        mov     al, ATTRIBUTE_MODE
        jmp     write_attribute
.page:
        test    ah, ATTRIBUTE_PAGES_OF_16
        mov     ah, bh
        jnz     .select
        shl     ah, 2
.select:
        and     ah, 0Fh
        mov     al, ATTRIBUTE_SELECT
        jmp     write_attribute
.done:
        ret

; 15h: DH, CH, CL = DAC colour BX.
get_colour:
        mov     dx, DAC_READ
        mov     al, bl
        out     dx, al
        call    read_colour
        mov     [bp + frame.dx + 1], dh
        mov     [bp + frame.cx], cx
        ret

; 17h: CX colours from BX on, to ES:DX.
get_colours:
        mov     di, dx
; Stores CX colours of the DAC from BL on at ES:DI.
store_colours:
        jcxz    .done
        mov     dx, DAC_READ
        mov     al, bl
        out     dx, al
        mov     dx, DAC_DATA
.colour:
        in      al, dx
        stosb
        in      al, dx
        stosb
        in      al, dx
        stosb
        loop    .colour
.done:
        ret

; 18h: PEL mask = BL.
set_mask:
        mov     dx, DAC_MASK
        mov     al, bl
        out     dx, al
        ret

; 19h: BL = PEL mask.
get_mask:
        mov     dx, DAC_MASK
        in      al, dx
        mov     [bp + frame.bx], al
        ret

; 1Ah: BL = 1 if pages have 16 colours, BH = the page shown.
get_colour_page:
        mov     al, ATTRIBUTE_MODE
        call    read_attribute
        mov     bl, ah
        shr     bl, 7
        mov     al, ATTRIBUTE_SELECT
        call    read_attribute
        and     ah, 0Fh
        test    bl, bl
        jnz     .answer
        shr     ah, 2
.answer:
        mov     bh, ah
        mov     [bp + frame.bx], bx
        ret

; 1Bh: CX colours from BX on become greys.
sum_greys:
        jmp     sum_range_to_grey
