; What a program may hang into the save pointer tables: fonts and a palette of its own for some modes,
; and an area that follows the palette registers.

; A text font of the save pointer table.
struc text_font
.height         resb 1
.block          resb 1
.count          resw 1
.first          resw 1
.glyphs         resd 1
.rows           resb 1                  ; FFh: as many as fit
.modes:                                 ; ends with FFh
endstruc

; A graphics font of the save pointer table.
struc graphics_font
.rows           resb 1
.height         resw 1
.glyphs         resd 1
.modes:
endstruc

; The secondary save pointer table.
struc secondary_table
.size_bytes     resw 1
.combinations   resd 1
.second_font    resd 1
.profile        resd 1
.reserved       resd 3
.size:
endstruc

; A user palette profile.
struc palette_profile
.underline      resb 1                  ; 1: in all text modes; 0: in mode 7; FFh: never
.reserved       resb 3
.attribute_count resw 1
.attribute_first resw 1
.attributes     resd 1
.colour_count   resw 1
.colour_first   resw 1
.colours        resd 1
.modes:
endstruc

; Zero flag set if the current mode is in the list at ES:DI. Destroys AX, DI.
mode_listed:
        mov     ah, [BDA_MODE]
.next:
        mov     al, [es:di]
        inc     di
        cmp     al, ah
        je      .done
        cmp     al, 0FFh
        jne     .next
        cmp     al, ah                  ; not equal
.done:
        ret

; Points ES:BX at what field DI of the save pointer table names; carry if nothing or not for this mode.
; CX = where that thing keeps its list of modes. Destroys AX, DI.
find_override:
        les     bx, [BDA_SAVE_TABLE]
        les     bx, [es:bx + di]
find_override_at:
        mov     ax, es
        or      ax, bx
        jz      .none
        mov     di, bx
        add     di, cx
        call    mode_listed
        jne     .none
        clc
        ret
.none:
        stc
        ret

; Loads the save pointer table's text font if it is meant for this mode.
override_text_font:
        mov     di, save_table.text_font
        mov     cx, text_font.modes
        call    find_override
        jc      .done
        push    bp
        mov     bp, bx
        mov     bl, [es:bp + text_font.block]
        mov     bh, [es:bp + text_font.height]
        mov     cx, [es:bp + text_font.count]
        mov     dx, [es:bp + text_font.first]
        push    word [es:bp + text_font.rows]
        les     si, [es:bp + text_font.glyphs]
        push    bx
        call    load_glyphs
        pop     bx
        call    set_text_height
        pop     ax
        pop     bp
        cmp     al, 0FFh
        je      .done
        dec     al
        cmp     al, [BDA_ROWS]
        jae     .done
        mov     [BDA_ROWS], al
.done:
        ret

; Points INT 43h at the save pointer table's graphics font if it is meant for this mode.
override_graphics_font:
        mov     di, save_table.graphics_font
        mov     cx, graphics_font.modes
        call    find_override
        jc      .done
        mov     al, [es:bx + graphics_font.rows]
        dec     al
        mov     [BDA_ROWS], al
        mov     ax, [es:bx + graphics_font.height]
        mov     [BDA_HEIGHT], ax
        les     di, [es:bx + graphics_font.glyphs]
        mov     ax, es
        push    0
        pop     es
        mov     [es:VECTOR_FONT], di
        mov     [es:VECTOR_FONT + 2], ax
.done:
        ret

; Points ES:BX at field DI's target of the secondary save pointer table; carry if there is none.
; Destroys AX.
find_secondary:
        les     bx, [BDA_SAVE_TABLE]
        les     bx, [es:bx + save_table.secondary]
        mov     ax, es
        or      ax, bx
        jz      .none
        les     bx, [es:bx + di]
        clc
        ret
.none:
        stc
        ret

; Loads the user palette profile if it is meant for this mode and palettes are to be loaded.
apply_palette_profile:
        test    byte [BDA_MODE_OPTIONS], OPTION_KEEP_PALETTE
        jnz     .done
        mov     di, secondary_table.profile
        call    find_secondary
        jc      .done
        mov     cx, palette_profile.modes
        call    find_override_at
        jc      .done
        call    profile_attributes
        call    profile_underline

        mov     cx, [es:bx + palette_profile.colour_count]
        mov     ax, [es:bx + palette_profile.colour_first]
        les     di, [es:bx + palette_profile.colours]
        mov     bx, ax
        jcxz    .done
        jmp     write_colours
.done:
        ret

; Writes the attribute registers of the profile at ES:BX. Keeps ES, BX.
profile_attributes:
        push    es
        push    bx
        mov     cx, [es:bx + palette_profile.attribute_count]
        mov     ax, [es:bx + palette_profile.attribute_first]
        les     di, [es:bx + palette_profile.attributes]
        mov     bx, ax
        jcxz    .done
.register:
        mov     al, bl
        mov     ah, [es:di]
        call    write_attribute
        inc     bx
        inc     di
        loop    .register
.done:
        pop     bx
        pop     es
        ret

; Puts the underline where the profile at ES:BX wants it, in text modes. Keeps ES, BX.
profile_underline:
        call    video_model
        cmp     si, MODEL_TEXT
        jne     .done
        mov     cl, [BDA_HEIGHT]
        dec     cl
        cmp     byte [es:bx + palette_profile.underline], 1
        je      .set
        mov     cl, 1Fh                 ; below every character
        cmp     byte [es:bx + palette_profile.underline], 0FFh
        jne     .done
.set:
        mov     al, CRTC_UNDERLINE
        call    read_crtc
        and     al, 0E0h
        or      al, cl
        mov     ah, al
        mov     al, CRTC_UNDERLINE
        jmp     write_crtc
.done:
        ret

; Points ES:DI at the dynamic save area; carry if there is none. Destroys AX.
dynamic_area:
        les     di, [BDA_SAVE_TABLE]
        les     di, [es:di + save_table.dynamic_area]
        mov     ax, es
        or      ax, di
        jnz     .found
        stc
.found:
        ret

; Copies the 16 palette registers and overscan to the dynamic save area, if there is one.
save_attributes:
        call    dynamic_area
        jc      .done
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
.done:
        ret
