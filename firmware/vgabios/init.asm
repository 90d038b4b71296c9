; Called by POST: takes the vectors over, measures the memory, sets mode 3. Prints nothing.

SWITCHES_VGA    equ 0F9h                ; an EGA's switches for a colour display

init:
        pushf
        push    ds
        push    es
        pusha
        cld
        push    BDA_SEGMENT
        pop     ds
        mov     dx, SUBSYSTEM
        mov     al, 1
        out     dx, al

        push    0
        pop     es
        mov     eax, [es:VECTOR_VIDEO]
        mov     [es:VECTOR_OLD_VIDEO], eax
        mov     bx, own_vectors
.vector:
        mov     di, [cs:bx]
        mov     ax, [cs:bx + 2]
        stosw
        mov     ax, cs
        stosw
        add     bx, 4
        cmp     bx, own_vectors_end
        jb      .vector

        mov     word [BDA_SAVE_TABLE], save_pointers
        mov     [BDA_SAVE_TABLE + 2], cs
        mov     byte [BDA_SWITCHES], SWITCHES_VGA
        mov     byte [BDA_MODE_OPTIONS], OPTION_VGA | OPTION_400_LINES | OPTION_SWITCHING
        mov     byte [BDA_DCC], COMBINATION_VGA_COLOUR
%ifdef ADAPTER
        call    adapter_leave
%endif
        call    measure_memory
        mov     [BDA_CONTROL], al
        mov     ax, 0003h
        int     10h
        popa
        pop     es
        pop     ds
        popf
        retf

own_vectors:
        dw      VECTOR_VIDEO, int10
        dw      VECTOR_VGA, int10
        dw      VECTOR_PARAMETERS, video_parameters
        dw      VECTOR_FONT_HIGH, font_8x8 + 128 * 8
        dw      VECTOR_FONT, font_8x16
own_vectors_end:

MEASURE_STEP    equ 4000h               ; 16 KiB of each plane are 64 KiB

; AL = the planes' memory as BDA_CONTROL has it. Leaves the adapter in a graphics layout with the screen off.
measure_memory:
        mov     dx, MISC_WRITE
        mov     al, MISC_MEMORY | MISC_COLOUR
        out     dx, al
        mov     dx, SEQUENCER
        mov     ax, (CLOCKING_OFF | 1) << 8 | SEQ_CLOCKING
        out     dx, ax
        mov     ax, 0F00h | SEQ_PLANES
        out     dx, ax
        mov     ax, 0600h | SEQ_MEMORY
        out     dx, ax
        mov     si, .graphics
        mov     cx, (.graphics_end - .graphics) / 2
        mov     dx, GRAPHICS
.register:
        mov     ax, [cs:si]
        add     si, 2
        out     dx, ax
        loop    .register

        ; A smaller memory repeats: number the steps from the top, then see which numbers are still there.
        push    0A000h
        pop     es
        mov     al, 4
        mov     di, 3 * MEASURE_STEP
.write:
        mov     [es:di], al
        sub     di, MEASURE_STEP
        dec     al
        jnz     .write
        xor     di, di
.read:
        inc     ax
        cmp     [es:di], al
        jne     .end
        add     di, MEASURE_STEP
        jnz     .read
        inc     ax
.end:
        sub     al, 2                   ; the last block that answered, from 0
        jns     .found
        mov     al, 0
.found:
        shl     al, CONTROL_MEMORY_SHIFT
        ret
.graphics:
        dw      GC_SET_RESET, GC_ENABLE_SET, GC_FUNCTION, GC_READ_PLANE, GC_MODE
        dw      0500h | GC_MISC, 0FF00h | GC_MASK
.graphics_end:
