; 1Bh: functionality and state: fills the 64 bytes at ES:DI. Every field is packed: bytes stand beside words.

struc state_block
.static_table   resd 1
.mode           resb 1
.columns        resw 1
.page_size      resw 1
.page_start     resw 1
.cursors        resw 8
.cursor_shape   resw 1
.page           resb 1
.crtc           resw 1
.cga_mode       resb 1
.cga_colour     resb 1
.rows           resb 1
.height         resw 1
.display        resb 1
.other_display  resb 1
.colours        resw 1
.pages          resb 1
.lines          resb 1                  ; 0: 200, 1: 350, 2: 400, 3: 480
.primary_font   resb 1
.secondary_font resb 1
.flags          resb 1
.reserved1      resb 3
.memory         resb 1                  ; 64 KiB blocks - 1
.save_flags     resb 1
.reserved2      resb 13
.size:
endstruc

FLAG_ALL_MODES  equ 01h
FLAG_GREY       equ 02h
FLAG_MONO       equ 04h
FLAG_KEEP_PALETTE equ 08h
FLAG_CURSOR_EMULATION equ 10h
FLAG_BLINK      equ 20h

SAVED_512_GLYPHS equ 01h
SAVED_AREA      equ 02h
SAVED_TEXT_FONT equ 04h
SAVED_GRAPHICS_FONT equ 08h
SAVED_PALETTE   equ 10h
SAVED_COMBINATIONS equ 20h

functionality:
        test    bx, bx
        jnz     .done
        push    di
        mov     ax, static_functionality
        stosw
        mov     ax, cs
        stosw
        mov     si, BDA_MODE            ; mode to CGA colour stand in the same order in both
        mov     cx, state_block.rows - state_block.mode
        rep     movsb
        pop     di

        mov     al, [BDA_ROWS]
        inc     ax
        mov     [es:di + state_block.rows], al
        mov     ax, [BDA_HEIGHT]
        mov     [es:di + state_block.height], ax
        push    es
        push    di
        call    read_combination
        pop     di
        pop     es
        mov     [es:di + state_block.display], bx

        call    mode_colours
        mov     [es:di + state_block.colours], ax
        mov     [es:di + state_block.pages], cl
        call    mode_lines
        mov     [es:di + state_block.lines], al
        call    font_blocks
        mov     [es:di + state_block.primary_font], ax
        call    state_flags
        mov     [es:di + state_block.flags], al
        mov     al, [BDA_CONTROL]
        and     al, CONTROL_MEMORY
        shr     al, CONTROL_MEMORY_SHIFT
        mov     [es:di + state_block.memory], al
        call    save_table_flags
        mov     [es:di + state_block.save_flags], cl

        xor     ax, ax
        mov     [es:di + state_block.reserved1], ax
        mov     [es:di + state_block.reserved1 + 2], al
        add     di, state_block.reserved2
        mov     cx, 13
        rep     stosb
        mov     byte [bp + frame.ax], 1Bh
.done:
        ret

; AX = colours (0: monochrome), CL = pages of the current mode. Destroys SI.
mode_colours:
        movzx   si, byte [BDA_MODE]
        xor     ax, ax
        xor     cx, cx
        cmp     si, MODE_LAST
        ja      .done
        add     si, si
        mov     ax, [cs:si + .table]
        mov     cl, ah
        mov     ah, 0
        cmp     si, MODE_PACKED * 2
        jne     .done
        inc     ah                      ; 256
.done:
        ret
.table: ; colours, pages
        db      16, 8, 16, 8, 16, 8, 16, 8, 4, 1, 4, 1, 2, 1, 0, 8
        times 5 db 0, 0
        db      16, 8, 16, 4, 0, 2, 16, 2, 2, 1, 16, 1, 0, 1

; AL = code of the current mode's scan lines. Destroys CX, DX.
mode_lines:
        call    shown_lines
        push    ax
        mov     al, CRTC_LINES
        call    read_crtc
        mov     cl, al
        pop     ax
        test    cl, CRTC_DOUBLE
        jz      .count
        shr     ax, 1
.count:
        mov     dl, 0
        cmp     ax, 200
        jbe     .done
        inc     dx
        cmp     ax, 350
        jbe     .done
        inc     dx
        cmp     ax, 400
        jbe     .done
        inc     dx
.done:
        mov     al, dl
        ret

; AL, AH = the font blocks for attribute bit 3 clear and set. Destroys CX, DX.
font_blocks:
        mov     dx, SEQUENCER
        mov     al, SEQ_FONTS
        call    read_indexed
        mov     cl, al
        and     al, 3
        test    cl, 10h
        jz      .second
        or      al, 4
.second:
        mov     ah, cl
        shr     ah, 2
        and     ah, 3
        test    cl, 20h
        jz      .done
        or      ah, 4
.done:
        ret

; AL = the miscellaneous flags. Destroys AH, CX, DX.
state_flags:
        mov     cl, FLAG_ALL_MODES
        mov     al, [BDA_MODE_OPTIONS]
        and     al, OPTION_GREY | OPTION_KEEP_PALETTE   ; the same bits as the flags
        or      cl, al
        cmp     byte [BDA_CRTC], CRTC_MONO & 0FFh
        jne     .colour
        or      cl, FLAG_MONO
.colour:
        test    byte [BDA_CONTROL], CONTROL_CURSOR_AS_IS
        jnz     .cursor
        or      cl, FLAG_CURSOR_EMULATION
.cursor:
        mov     al, ATTRIBUTE_MODE
        call    read_attribute
        test    ah, ATTRIBUTE_BLINK
        jz      .done
        or      cl, FLAG_BLINK
.done:
        mov     al, cl
        ret

; CL = which parts of the save pointer tables are in use. Destroys AX, BX, DX, SI.
save_table_flags:
        push    es
        push    di
        xor     cl, cl
        push    cx
        call    font_blocks
        pop     cx
        cmp     al, ah
        je      .area
        or      cl, SAVED_512_GLYPHS
.area:
        mov     di, save_table.dynamic_area
        mov     ch, SAVED_AREA
.primary:
        les     bx, [BDA_SAVE_TABLE]
        call    .check
        add     di, 4
        shl     ch, 1
        cmp     di, save_table.graphics_font
        jbe     .primary

        les     bx, [BDA_SAVE_TABLE]
        les     bx, [es:bx + save_table.secondary]
        mov     ax, es
        or      ax, bx
        jz      .done
        mov     di, secondary_table.profile
        call    .check
        shl     ch, 1
        mov     di, secondary_table.combinations
        call    .check
.done:
        pop     di
        pop     es
        ret

; Adds the flag CH to CL if the pointer at ES:BX + DI is set.
.check:
        mov     ax, [es:bx + di]
        or      ax, [es:bx + di + 2]
        jz      .absent
        or      cl, ch
.absent:
        ret
