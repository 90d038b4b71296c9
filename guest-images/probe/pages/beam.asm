; Registers that change while the beam draws: a colour of the DAC, a register of the palette, the start address.
;
; The changes are repeated in every frame for as long as the page shows. The beam is followed by display enable and
; vertical retrace alone; lines of the beam are two a row.

BEAM_DAC        equ 24 * 2              ; the line where colour 0 begins to change, and how it goes on
BEAM_STEPS      equ 32
BEAM_STEP       equ 2 * 2
BEAM_GAP        equ 16 * 2
BEAM_BARS       equ 8
BEAM_BAR        equ 8 * 2
BEAM_COLOURS    equ 32                  ; colours of the bars in the DAC
BEAM_PAGE       equ 0x2000              ; the page that no frame begins with
BEAM_MARK       equ 22 * 8 * 40 + 32    ; where that page differs
BEAM_MARK_BYTES equ 6

page_beam:
        mov al, 0x0D
        call graphics_mode
        call beam_colours
        GPRINT 2, 2, 7, "colour 0 of the DAC, 32 times"
        GPRINT 12, 2, 7, "register 0 of the palette, 8 times"
        GPRINT 22, 2, 7, "start address, to and fro:"
        GPRINT 22, 32, 10, "page 0"
        call beam_frame
        call beam_checks
        mov bx, 0x0B0F
        call graphics_frame
        call beam_other_page
        mov word [idle], beam_frame
        ret

beam_colours:
        mov dx, DAC_WRITE
        mov al, BEAM_COLOURS
        out dx, al
        inc dx
        mov si, beam_bars
        mov cx, BEAM_BARS * 3
        rep outsb
        ret

; The second page is the first one with a white box.
beam_other_page:
        push ds
        push es
        pop ds
        GC 5, 1                         ; the latches
        xor si, si
        mov di, BEAM_PAGE
        mov cx, 40 * 200
        rep movsb
        pop ds
        call graphics_reset
        mov di, BEAM_PAGE + BEAM_MARK
        mov dx, 8
        mov al, 0xFF
.line:  mov cx, BEAM_MARK_BYTES
        rep stosb
        add di, 40 - BEAM_MARK_BYTES
        dec dx
        jnz .line
        ret

; Follows the beam through a frame, from the retrace before it to the last change. Keeps all registers.
beam_frame:
        pushad
        cli
        mov dx, STATUS_1
.shown: in al, dx
        test al, 8
        jnz .shown
.retrace:
        in al, dx
        test al, 8
        jz .retrace
        mov cx, BEAM_DAC
        mov bx, 0x3F01                  ; red and blue
.step:  call beam_colour
        mov cx, BEAM_STEP
        inc bl
        dec bh
        cmp bl, BEAM_STEPS
        jbe .step
        xor bx, bx
        call beam_colour
        CRT 0x0C, BEAM_PAGE >> 8
        mov cx, BEAM_GAP
        mov bl, BEAM_COLOURS
.bar:   call beam_palette
        mov cx, BEAM_BAR
        inc bl
        cmp bl, BEAM_COLOURS + BEAM_BARS
        jb .bar
        xor bl, bl
        call beam_palette
        CRT 0x0C, 0
        sti
        popad
        ret

; Behind CX more lines colour 0 has BL of red and BH of blue: it changes with its last component.
beam_colour:
        mov dx, DAC_WRITE
        xor al, al
        out dx, al
        inc dx
        mov al, bl
        out dx, al
        xor al, al
        out dx, al
        call beam_lines
        mov dx, DAC_DATA
        mov al, bh
        out dx, al
        ret

; Behind CX more lines register 0 of the palette is BL. The palette is taken from the screen for that, in the border.
beam_palette:
        call beam_lines
        mov dx, ATTRIBUTE
        xor al, al
        out dx, al
        mov al, bl
        out dx, al
        mov al, 0x20
        out dx, al
        ret

; Ends at the end of CX displayed lines.
beam_lines:
        mov dx, STATUS_1
.left:  in al, dx
        test al, 1
        jnz .left
.right: in al, dx
        test al, 1
        jz .right
        loop .left
        ret

beam_checks:
        mov al, 0x0C
        call crtc_read
        CHECK_AX "start address is back", 0
        xor al, al
        call attribute_read
        CHECK_AX "palette register is back", 0
        mov dx, DAC_READ
        xor al, al
        out dx, al
        mov dx, DAC_DATA
        in al, dx
        mov ah, al
        in al, dx
        or ah, al
        in al, dx
        or al, ah
        CHECK_AL "colour 0 is black again", 0
        ret

[section .data]
beam_bars:      db 42, 0, 0, 42, 21, 0, 42, 42, 0, 0, 42, 0, 0, 42, 42, 0, 0, 42, 21, 0, 42, 42, 0, 42
[section .text]
