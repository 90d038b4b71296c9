; Access to the VGA's registers. Every routine here takes DS on the BIOS data area.

; Writes AH to CRTC register AL. Destroys DX.
write_crtc:
        mov     dx, [BDA_CRTC]
        out     dx, ax
        ret

; Reads CRTC register AL into AL. Destroys DX.
read_crtc:
        mov     dx, [BDA_CRTC]
        ; falls through

; Reads register AL of the index/data pair at DX into AL. Leaves DX on the index port.
read_indexed:
        out     dx, al
        inc     dx
        in      al, dx
        dec     dx
        ret

; Writes CX bytes at ES:SI to the registers from AL on of the index/data pair at DX. Destroys AX, CX, SI.
write_run:
        mov     ah, [es:si]
        inc     si
        out     dx, ax
        inc     al
        loop    write_run
        ret

; Makes the attribute controller expect an index. Destroys AL, DX.
reset_flip_flop:
        mov     dx, [BDA_CRTC]
        add     dx, STATUS_FROM_CRTC
        in      al, dx
        ret

; Writes AH to attribute register AL and shows the picture again. Destroys AX, DX.
write_attribute:
        pushf
        cli                             ; an interrupt between the halves could turn the flip-flop
        push    ax
        call    reset_flip_flop
        pop     ax
        mov     dx, ATTRIBUTE
        out     dx, al
        mov     al, ah
        out     dx, al
        call    show_picture
        popf
        ret

; Reads attribute register AL into AH. Destroys AL, DX.
read_attribute:
        pushf
        cli
        push    ax
        call    reset_flip_flop
        pop     ax
        mov     dx, ATTRIBUTE
        out     dx, al
        inc     dx
        in      al, dx
        mov     ah, al
        push    ax
        call    reset_flip_flop
        pop     ax
        call    show_picture
        popf
        ret

; Gives the palette back to the display; the attribute controller expects an index. Destroys AL, DX.
show_picture:
        mov     dx, ATTRIBUTE
        mov     al, ATTRIBUTE_VIDEO
        out     dx, al
        ret

; Turns the picture off (AH = CLOCKING_OFF) or on (AH = 0). Destroys AX, DX.
set_screen:
        mov     dx, SEQUENCER
        mov     al, SEQ_CLOCKING
        call    read_indexed
        and     al, ~CLOCKING_OFF & 0FFh
        or      ah, al
        mov     al, SEQ_CLOCKING
        out     dx, ax
        ret

; Writes the colour DH, CH, CL (red, green, blue) to the DAC from its current index on. Destroys AL, DX.
write_colour:
        mov     al, dh
        mov     dx, DAC_DATA
        out     dx, al
        mov     al, ch
        out     dx, al
        mov     al, cl
        out     dx, al
        ret

; Reads the DAC's next colour into DH, CH, CL. Destroys AL, DL.
read_colour:
        mov     dx, DAC_DATA
        in      al, dx
        mov     ah, al
        in      al, dx
        mov     ch, al
        in      al, dx
        mov     cl, al
        mov     dh, ah
        ret

; Replaces DH, CH, CL by their luminance: 30 % red, 59 % green, 11 % blue. Destroys AX.
sum_to_grey:
        push    bx
        mov     al, 77
        mul     dh
        mov     bx, ax
        mov     al, 151
        mul     ch
        add     bx, ax
        mov     al, 28
        mul     cl
        add     bx, ax
        add     bx, 128
        mov     dh, bh
        mov     ch, bh
        mov     cl, bh
        pop     bx
        ret

; Replaces CX colours of the DAC from BL on by their luminance. Destroys AX, BX, CX, DX.
sum_range_to_grey:
        jcxz    .done
.colour:
        push    cx
        mov     dx, DAC_READ
        mov     al, bl
        out     dx, al
        call    read_colour
        call    sum_to_grey
        push    dx
        mov     dx, DAC_WRITE
        mov     al, bl
        out     dx, al
        pop     dx
        call    write_colour
        inc     bl
        pop     cx
        loop    .colour
.done:
        ret
