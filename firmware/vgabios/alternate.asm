; 12h: alternate select; BL names the function.

ALTERNATE_DONE  equ 12h

alternate:
        cmp     bl, 10h
        je      adapter_information
        cmp     bl, 20h
        je      hook_print_screen
%ifdef ADAPTER_OWN
        cmp     bl, 80h
        jae     adapter_alternate
%endif
        sub     bl, 30h
        cmp     bl, (.functions_end - .functions) / 2
        jae     .done
        movzx   si, bl
        add     si, si
        call    [cs:si + .functions]
        jc      .done
        mov     byte [bp + frame.ax], ALTERNATE_DONE
.done:
        ret
.functions:
        dw      select_lines            ; 30h
        dw      select_palette_loading  ; 31h
        dw      select_addressing       ; 32h
        dw      select_grey             ; 33h
        dw      select_cursor_emulation ; 34h
        dw      switch_display          ; 35h
        dw      select_refresh          ; 36h
.functions_end:

; 10h: BH = 1 if mono, BL = memory, CH = feature bits (a VGA drives none), CL = switches.
adapter_information:
        xor     bx, bx
        cmp     byte [BDA_CRTC], CRTC_MONO & 0FFh
        jne     .colour
        inc     bh
.colour:
        mov     bl, [BDA_CONTROL]
        and     bl, CONTROL_MEMORY
        shr     bl, CONTROL_MEMORY_SHIFT
        mov     [bp + frame.bx], bx
        movzx   cx, byte [BDA_SWITCHES]
        and     cl, 0Fh
        mov     [bp + frame.cx], cx
        ret

; 20h: print screens of any size.
hook_print_screen:
        push    0
        pop     ds
        mov     word [VECTOR_PRINT_SCREEN], print_screen
        mov     [VECTOR_PRINT_SCREEN + 2], cs
        ret

; The functions below return with carry set if they refuse.

; 30h: the next text mode has 200 (AL = 0), 350 (1) or 400 (2) lines.
select_lines:
        cmp     al, 3
        cmc
        jc      .done
        and     byte [BDA_MODE_OPTIONS], ~(OPTION_200_LINES | OPTION_400_LINES) & 0FFh
        movzx   si, al
        mov     al, [cs:si + .options]
        or      [BDA_MODE_OPTIONS], al
        clc
.done:
        ret
.options:
        db      OPTION_200_LINES, 0, OPTION_400_LINES

; 31h: mode sets load palettes (AL = 0) or not (1).
select_palette_loading:
        mov     ah, OPTION_KEEP_PALETTE
        jmp     set_option

; 33h: colours are summed to greys (AL = 0) or not (1).
select_grey:
        xor     al, 1
        mov     ah, OPTION_GREY
; Sets (AL = 1) or clears (0) the option AH.
set_option:
        cmp     al, 2
        cmc
        jc      .done
        not     ah
        and     [BDA_MODE_OPTIONS], ah
        test    al, al
        jz      .done
        not     ah
        or      [BDA_MODE_OPTIONS], ah
.done:
        ret

; 32h: the CPU reaches video memory and ports (AL = 0) or not (1).
select_addressing:
        cmp     al, 2
        cmc
        jc      .done
        mov     ah, al
        mov     dx, MISC_READ
        in      al, dx
        and     al, ~MISC_MEMORY & 0FFh
        test    ah, ah
        jnz     .write
        or      al, MISC_MEMORY
.write:
        mov     dx, MISC_WRITE
        out     dx, al
        xor     ah, 1
        mov     al, ah
        mov     dx, SUBSYSTEM
        out     dx, al
        clc
.done:
        ret

; 34h: small cursors are stretched (AL = 0) or not (1).
select_cursor_emulation:
        cmp     al, 2
        cmc
        jc      .done
        and     byte [BDA_CONTROL], ~CONTROL_CURSOR_AS_IS & 0FFh
        or      [BDA_CONTROL], al
        clc
.done:
        ret

; 35h: hand the screen to another adapter. AL = 0 or 2: store this one's state in the 128 bytes at ES:DX and
; switch it off; 1 or 3: fetch it and switch on. 80h: this is the board's own adapter.
switch_display:
        cmp     al, 80h
        je      .own
        cmp     al, 4
        cmc
        jc      .done
        test    al, 1
        jnz     .on
        mov     di, dx
        call    save_bda
        or      byte [BDA_CONTROL], CONTROL_INACTIVE
        mov     al, 1
        jmp     select_addressing
.on:
        mov     si, dx
        mov     al, 0
        call    select_addressing
        call    restore_bda
        and     byte [BDA_CONTROL], ~CONTROL_INACTIVE & 0FFh
.own:
        clc
.done:
        ret

; 36h: the screen is on (AL = 0) or off (1).
select_refresh:
        cmp     al, 2
        cmc
        jc      .done
        mov     ah, al
        shl     ah, 5
        call    set_screen
        clc
.done:
        ret
