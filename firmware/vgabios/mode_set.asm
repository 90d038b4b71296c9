; 00h: set video mode.

; An entry of the video parameter table.
struc parameters
.columns        resb 1
.rows           resb 1                  ; rows - 1
.height         resb 1
.page_size      resw 1
.sequencer      resb 4                  ; registers 1-4
.misc           resb 1
.crtc           resb 25
.attribute      resb 20
.graphics       resb 9
.size:
endstruc

; What the save pointer table at 40:A8 holds.
struc save_table
.parameters     resd 1
.dynamic_area   resd 1                  ; 16 palette registers and overscan
.text_font      resd 1
.graphics_font  resd 1
.secondary      resd 1
endstruc

PARAMETERS_350  equ 13h                 ; table entries of modes 0-3 with 350 lines
PARAMETERS_400  equ 17h                 ; ... of modes 0 and 1, then 2 and 3, then 7 with 400 lines
PARAMETERS_MDA_400 equ 19h

RGBI_WHITE      equ 17h                 ; colour 15 where the palette is a CGA's, not two bits a gun
CURSOR_CGA      equ 0607h
CLEAR_TEXT      equ 0720h               ; grey blanks
WINDOW_32K      equ 4000h               ; words
WINDOW_64K      equ 8000h

set_mode:
        call    change_mode
        jc      .unknown
        mov     al, 20h                 ; what compatible BIOSes answer, by kind of mode
        mov     bl, [BDA_MODE]
        cmp     bl, MODE_MDA
        ja      .answer
        mov     al, 30h
        cmp     bl, MODE_CGA_LAST
        jne     .answer
        mov     al, 3Fh
.answer:
        mov     [bp + frame.ax], al
.unknown:
        ret

; Sets mode AL; carry if there is no such mode.
change_mode:
        mov     bl, al
        and     bl, 7Fh
        call    find_parameters
%ifdef ADAPTER_OWN
        jc      adapter_own_mode
%endif
        jc      .unknown
%ifdef ADAPTER
        push    ax
        call    adapter_leave
        pop     ax
%endif
        and     al, CONTROL_KEEP_MEMORY
        and     byte [BDA_CONTROL], ~CONTROL_KEEP_MEMORY & 0FFh
        or      [BDA_CONTROL], al
        mov     [BDA_MODE], bl
        call    set_mode_from
        clc
.unknown:
        ret

; Sets the mode that the BIOS data area names, with the parameters at ES:SI. Keeps BX.
set_mode_from:
        push    bx
        call    record_mode
        call    program_mode
        call    load_default_palette
        test    byte [BDA_CONTROL], CONTROL_KEEP_MEMORY
        jnz     .kept
        call    clear_memory
.kept:
        call    set_mode_font
        call    finish_mode
        pop     bx
        ret

; What comes last in any mode: the user's palette, and the picture appears.
finish_mode:
        call    apply_palette_profile
        call    save_attributes
        call    reset_flip_flop
        call    show_picture
        xor     ah, ah
        jmp     set_screen

; The parameter table entry of mode BL in ES:SI; carry if there is no such mode. Destroys BH, CX.
find_parameters:
        cmp     bl, MODE_LAST
        ja      .none
        movzx   si, bl
        mov     cl, [cs:si + mode_parameters]
        cmp     cl, NO_MODE
        je      .none
        mov     ch, [BDA_MODE_OPTIONS]
        cmp     bl, MODE_MDA
        je      .mda
        cmp     bl, 3
        ja      .found
        test    ch, OPTION_200_LINES
        jnz     .found
        test    ch, OPTION_400_LINES
        jnz     .text_400
        add     cl, PARAMETERS_350
        jmp     .found
.text_400:
        shr     cl, 1
        add     cl, PARAMETERS_400
        jmp     .found
.mda:
        test    ch, OPTION_200_LINES
        jnz     .found
        test    ch, OPTION_400_LINES
        jz      .found
        mov     cl, PARAMETERS_MDA_400
.found:
        movzx   cx, cl
        shl     cx, 6                   ; parameters.size
        les     si, [BDA_SAVE_TABLE]
        les     si, [es:si + save_table.parameters]
        add     si, cx
        clc
        ret
.none:
        stc
        ret

; Fills the BIOS data area from the parameters at ES:SI, for an IBM mode. Destroys AX, CX, DI.
record_mode:
        movzx   ax, byte [es:si + parameters.columns]
        mov     [BDA_COLUMNS], ax
        mov     al, [es:si + parameters.rows]
        mov     [BDA_ROWS], al
        movzx   ax, byte [es:si + parameters.height]
        mov     [BDA_HEIGHT], ax
        mov     ax, [es:si + parameters.page_size]
        mov     [BDA_PAGE_SIZE], ax
        xor     ax, ax
%ifdef ADAPTER
        mov     [BDA_VBE_MODE], ax
        mov     [BDA_POWER], al
%endif
        mov     [BDA_PAGE_START], ax
        mov     [BDA_PAGE], al
        push    es
        push    ds
        pop     es
        mov     di, BDA_CURSORS
        mov     cx, 8
        rep     stosw
        pop     es

        mov     ax, CRTC_COLOUR
        mov     cl, EQUIPMENT_COLOUR80
        test    byte [es:si + parameters.misc], MISC_COLOUR
        jnz     .colour
        mov     al, CRTC_MONO & 0FFh
        mov     cl, EQUIPMENT_MONO
.colour:
        mov     [BDA_CRTC], ax
        and     byte [BDA_EQUIPMENT], ~EQUIPMENT_DISPLAY & 0FFh
        or      [BDA_EQUIPMENT], cl

        mov     ax, CURSOR_CGA
        cmp     cl, EQUIPMENT_MONO
        je      .real_cursor
        test    byte [BDA_CONTROL], CONTROL_CURSOR_AS_IS
        jz      .cursor
.real_cursor:
        mov     ax, [es:si + parameters.crtc + CRTC_CURSOR_TOP]
        xchg    al, ah
.cursor:
        mov     [BDA_CURSOR_SHAPE], ax

        movzx   di, byte [BDA_MODE]
        cmp     di, MODE_MDA
        ja      .done
        mov     al, [cs:di + cga_modes]
        mov     ah, CGA_COLOUR_PALETTE1 | CGA_COLOUR_INTENSE
        cmp     di, MODE_CGA_LAST
        jne     .cga
        mov     ah, 3Fh
.cga:
        mov     [BDA_CGA_MODE], ax
.done:
        ret

; Programs all registers from the parameters at ES:SI; the picture stays off. Keeps SI.
program_mode:
        push    si
        mov     dx, SEQUENCER
        mov     ax, 0100h | SEQ_RESET
        out     dx, ax
        add     si, parameters.sequencer
        mov     ah, [es:si]
        inc     si
        or      ah, CLOCKING_OFF
        mov     al, SEQ_CLOCKING
        out     dx, ax
        mov     al, SEQ_PLANES
        mov     cx, 3
        call    write_run
        mov     dx, MISC_WRITE
        mov     al, [es:si]
        inc     si
        out     dx, al
        mov     dx, SEQUENCER
        mov     ax, 0300h | SEQ_RESET
        out     dx, ax

        mov     dx, [BDA_CRTC]
        mov     ax, CRTC_PROTECT        ; AH = 0: registers 0-7 writable
        out     dx, ax
        mov     al, 0
        mov     cx, 25
        call    write_run

        pushf
        cli
        call    reset_flip_flop
        mov     al, 0
        out     dx, al                  ; feature control, at the status register's port
        mov     dx, ATTRIBUTE
        xor     ah, ah
.attribute:
        mov     al, ah
        out     dx, al
        mov     al, [es:si]
        inc     si
        out     dx, al
        inc     ah
        cmp     ah, ATTRIBUTE_SELECT
        jb      .attribute
        mov     al, ah
        out     dx, al
        mov     al, 0
        out     dx, al
        popf

        mov     dx, GRAPHICS
        mov     al, 0
        mov     cx, 9
        call    write_run
        pop     si
        ret

; Loads the DAC for the current mode, unless the program has turned that off. Keeps ES, SI.
load_default_palette:
        mov     dx, DAC_MASK
        mov     al, 0FFh
        out     dx, al
        test    byte [BDA_MODE_OPTIONS], OPTION_KEEP_PALETTE
        jnz     .done
        mov     bx, palette_vga
        mov     di, 256
        test    byte [es:si + parameters.graphics + GC_MODE], GC_MODE_PACKED
        jnz     .load
        mov     di, 64
        mov     bx, palette_mono
        cmp     byte [BDA_CRTC], CRTC_MONO & 0FFh
        je      .load
        mov     bx, palette_ega
        cmp     byte [es:si + parameters.attribute + 15], RGBI_WHITE
        jne     .load
        mov     bx, palette_cga
.load:
        mov     dx, DAC_WRITE
        mov     al, 0
        out     dx, al
        inc     dx
        mov     cx, di
        imul    cx, cx, 3
.colour:
        mov     al, [cs:bx]
        inc     bx
        out     dx, al
        loop    .colour
        mov     cx, 256
        sub     cx, di
        jz      .summed
        imul    cx, cx, 3
        mov     al, 0
.black:
        out     dx, al
        loop    .black
.summed:
        test    byte [BDA_MODE_OPTIONS], OPTION_GREY
        jz      .done
        mov     bl, 0
        mov     cx, 256
        call    sum_range_to_grey
.done:
        ret

; Blanks the memory the current mode shows. Keeps SI.
clear_memory:
        push    es
        push    si
        call    video_model
        call    video_segment
        mov     ax, CLEAR_TEXT
        mov     cx, WINDOW_32K
        cmp     si, MODEL_TEXT
        je      .fill
        xor     ax, ax
        cmp     si, MODEL_PLANAR
        jb      .fill
        mov     cx, WINDOW_64K
.fill:
        xor     di, di
        rep     stosw
        pop     si
        pop     es
        ret

; Loads the current text mode's font, or points INT 43h at the current graphics mode's. Keeps ES, SI.
set_mode_font:
        push    es
        push    si
        call    rom_font                ; CS:DI, by [BDA_HEIGHT]
        push    0
        pop     es
        mov     [es:VECTOR_FONT], di
        mov     [es:VECTOR_FONT + 2], cs
        call    video_model
        cmp     si, MODEL_TEXT
        jne     .graphics
        push    cs
        pop     es
        mov     si, di
        mov     bh, [BDA_HEIGHT]
        mov     bl, 0
        mov     cx, 256
        xor     dx, dx
        call    load_glyphs
        call    override_text_font
        jmp     .done
.graphics:
        call    override_graphics_font
.done:
        pop     si
        pop     es
        ret

; The ROM font of [BDA_HEIGHT] lines in CS:DI.
rom_font:
        mov     di, font_8x8
        cmp     byte [BDA_HEIGHT], 8
        jbe     .done
        mov     di, font_8x14
        cmp     byte [BDA_HEIGHT], 14
        jbe     .done
        mov     di, font_8x16
.done:
        ret

; Index into the video parameter table, for text modes with 200 (7: 350) lines.
mode_parameters:
        db      0, 1, 2, 3, 4, 5, 6, 7
        times 5 db NO_MODE
        db      0Dh, 0Eh, 11h, 12h, 1Ah, 1Bh, 1Ch

cga_modes:
        db      2Ch, 28h, 2Dh, 29h, 2Ah, 2Eh, 1Eh, 29h

%include "overrides.asm"
