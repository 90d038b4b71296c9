; 1Ch: save and restore. AL = 0: BX = 64-byte blocks the parts in CX need; 1: save them at ES:BX; 2: restore.
; Parts, in this order in the buffer: the adapter's registers, the BIOS data area, the DAC.

PART_REGISTERS  equ 1
PART_BDA        equ 2
PART_DAC        equ 4
PARTS           equ PART_REGISTERS | PART_BDA | PART_DAC
STATE_BLOCK     equ 64

REGISTERS_SIZE  equ 4 + 2 + 1 + 1 + 5 + 25 + 21 + 9
BDA_STATE_SIZE  equ 1 + 30 + 7 + 4 + 4 * 4
DAC_SAVED_SIZE  equ 3 + 1 + 768

save_restore:
        test    cx, cx
        jz      .done
        test    cx, ~PARTS
        jnz     .done
        cmp     al, 2
        ja      .done
        mov     byte [bp + frame.ax], 1Ch
        mov     di, bx
        mov     si, bx
        je      restore_parts
        test    al, al
        jnz     save_parts
        call    state_size
        shr     ax, 6
        mov     [bp + frame.bx], ax
.done:
        ret

; AX = bytes of the parts in CL, with what rounds them up to whole blocks.
state_size:
        mov     ax, STATE_BLOCK - 1
        test    cl, PART_REGISTERS
        jz      .bda
        add     ax, REGISTERS_SIZE
.bda:
        test    cl, PART_BDA
        jz      .dac
        add     ax, BDA_STATE_SIZE
.dac:
        test    cl, PART_DAC
        jz      .done
        add     ax, DAC_SAVED_SIZE
.done:
        ret

; Saves the parts in CL at ES:DI, which moves past them.
save_parts:
        test    cl, PART_REGISTERS
        jz      .bda
        push    cx
        call    save_registers
        pop     cx
.bda:
        test    cl, PART_BDA
        jz      .dac
        push    cx
        call    save_bda
        pop     cx
.dac:
        test    cl, PART_DAC
        jnz     save_dac
        ret

; Restores the parts in CL from ES:SI, which moves past them.
restore_parts:
        test    cl, PART_REGISTERS
        jz      .bda
        push    cx
        call    restore_registers
        pop     cx
.bda:
        test    cl, PART_BDA
        jz      .dac
        push    cx
        call    restore_bda
        pop     cx
.dac:
        test    cl, PART_DAC
        jz      .done
        call    restore_dac
        add     si, DAC_SAVED_SIZE
.done:
        ret

; Saves the registers at ES:DI, which moves past them:
;   index registers of sequencer, CRTC, graphics, attribute controller; CRTC port; miscellaneous output;
;   feature control; sequencer 0-4; CRTC 0-18h; attribute 0-14h; graphics 0-8.
save_registers:
        mov     dx, SEQUENCER
        in      al, dx
        stosb
        mov     dx, [BDA_CRTC]
        in      al, dx
        stosb
        mov     dx, GRAPHICS
        in      al, dx
        stosb
        mov     dx, ATTRIBUTE
        in      al, dx
        stosb
        mov     ax, [BDA_CRTC]
        stosw
        mov     dx, MISC_READ
        in      al, dx
        stosb
        mov     dx, FEATURE_READ
        in      al, dx
        stosb

        mov     dx, SEQUENCER
        mov     cx, 5
        call    save_run
        mov     dx, [BDA_CRTC]
        mov     cx, 25
        call    save_run
        xor     cl, cl
.attribute:
        mov     al, cl
        call    read_attribute
        mov     al, ah
        stosb
        inc     cl
        cmp     cl, ATTRIBUTE_SELECT
        jbe     .attribute
        mov     dx, GRAPHICS
        mov     cx, 9
        call    save_run

        lea     si, [di - REGISTERS_SIZE]
        jmp     restore_indices

; Saves CX registers of the index/data pair at DX to ES:DI.
save_run:
        mov     ah, 0
.register:
        mov     al, ah
        call    read_indexed
        stosb
        inc     ah
        loop    .register
        ret

; Writes the four index registers saved at ES:SI. Destroys AX, DX.
restore_indices:
        mov     dx, SEQUENCER
        mov     al, [es:si]
        out     dx, al
        mov     dx, [BDA_CRTC]
        mov     al, [es:si + 1]
        out     dx, al
        mov     dx, GRAPHICS
        mov     al, [es:si + 2]
        out     dx, al
        call    reset_flip_flop
        mov     dx, ATTRIBUTE
        mov     al, [es:si + 3]
        out     dx, al
        jmp     reset_flip_flop

; Restores the registers from ES:SI, which moves past them.
restore_registers:
        push    si
        mov     ax, [es:si + 4]
        mov     [BDA_CRTC], ax
        mov     dx, SEQUENCER
        mov     ax, 0100h | SEQ_RESET
        out     dx, ax
        mov     dx, MISC_WRITE
        mov     al, [es:si + 6]
        out     dx, al
        mov     dx, [BDA_CRTC]
        add     dx, STATUS_FROM_CRTC    ; the feature control register is written here
        mov     al, [es:si + 7]
        out     dx, al
        add     si, 9                   ; the sequencer's reset register comes last
        mov     dx, SEQUENCER
        mov     al, SEQ_CLOCKING
        mov     cx, 4
        call    write_run
        mov     al, SEQ_RESET
        mov     ah, [es:si - 5]
        out     dx, ax

        mov     dx, [BDA_CRTC]
        mov     ax, CRTC_PROTECT        ; AH = 0: registers 0-7 writable
        out     dx, ax
        mov     al, 0
        mov     cx, 25
        call    write_run
        xor     cl, cl
.attribute:
        mov     al, cl
        mov     ah, [es:si]
        inc     si
        call    write_attribute
        inc     cl
        cmp     cl, ATTRIBUTE_SELECT
        jbe     .attribute
        mov     dx, GRAPHICS
        mov     al, 0
        mov     cx, 9
        call    write_run
        mov     ax, si
        pop     si
        push    ax
        call    restore_indices
        pop     si
        ret

; Saves the VGA's part of the BIOS data area at ES:DI, which moves past it: the low byte of the equipment
; word, 49h-66h, 84h-8Ah, the save pointer, INT 05h, 1Dh, 1Fh and 43h.
save_bda:
        mov     al, [BDA_EQUIPMENT]
        and     al, EQUIPMENT_DISPLAY
        stosb
        mov     si, BDA_MODE
        mov     cx, 30
        rep     movsb
        mov     si, BDA_ROWS
        mov     cx, 7
        rep     movsb
        mov     si, BDA_SAVE_TABLE
        movsw
        movsw
        push    ds
        push    0
        pop     ds
        mov     bx, bda_vectors
.vector:
        mov     si, [cs:bx]
        movsw
        movsw
        inc     bx
        inc     bx
        cmp     bx, bda_vectors_end
        jb      .vector
        pop     ds
        ret

; Restores it from ES:SI, which moves past it. The CRTC's address goes with it.
restore_bda:
        push    ds
        push    es
        push    ds
        push    es
        pop     ds
        pop     es                      ; DS:SI the buffer, ES the BIOS data area
        lodsb
        and     byte [es:BDA_EQUIPMENT], ~EQUIPMENT_DISPLAY & 0FFh
        or      [es:BDA_EQUIPMENT], al
        mov     di, BDA_MODE
        mov     cx, 30
        rep     movsb
        mov     di, BDA_ROWS
        mov     cx, 7
        rep     movsb
        mov     di, BDA_SAVE_TABLE
        movsw
        movsw
        push    0
        pop     es
        mov     bx, bda_vectors
.vector:
        mov     di, [cs:bx]
        movsw
        movsw
        inc     bx
        inc     bx
        cmp     bx, bda_vectors_end
        jb      .vector
        pop     es
        pop     ds
        ret

bda_vectors:
        dw      VECTOR_PRINT_SCREEN, VECTOR_PARAMETERS, VECTOR_FONT_HIGH, VECTOR_FONT
bda_vectors_end:

; Saves the DAC at ES:DI: state, index, mask, colour select, 256 colours.
save_dac:
        mov     dx, DAC_STATE
        in      al, dx
        stosb
        mov     dx, DAC_WRITE
        in      al, dx
        stosb
        mov     dx, DAC_MASK
        in      al, dx
        stosb
        mov     al, ATTRIBUTE_SELECT
        call    read_attribute
        mov     al, ah
        stosb
        mov     bl, 0
        mov     cx, 256
        call    store_colours
        lea     si, [di - DAC_SAVED_SIZE]
        jmp     restore_dac_index

; Restores the DAC from ES:SI.
restore_dac:
        mov     dx, DAC_MASK
        mov     al, [es:si + 2]
        out     dx, al
        mov     al, ATTRIBUTE_SELECT
        mov     ah, [es:si + 3]
        call    write_attribute
        mov     dx, DAC_WRITE
        mov     al, 0
        out     dx, al
        inc     dx
        mov     di, si
        add     di, 4
        mov     cx, 768
.byte:
        mov     al, [es:di]
        inc     di
        out     dx, al
        loop    .byte
        ; falls through

; Puts the DAC's index back as saved at ES:SI, for reading or for writing.
restore_dac_index:
        mov     al, [es:si + 1]
        mov     dx, DAC_WRITE
        cmp     byte [es:si], 3
        jne     .write
        dec     al                      ; a read index is one ahead of what was written
        mov     dx, DAC_READ
.write:
        out     dx, al
        ret
