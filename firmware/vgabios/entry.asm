; INT 10h: saves the caller's registers, calls the service AH names, gives the registers back.
;
; A service starts with the caller's AX, BX, CX, DX, DI and ES, with DS on the BIOS data area and BP on
; the frame; it may destroy all but BP, and answers by writing into the frame.
; Functions past the table return with nothing changed, which is how a caller learns that they are absent.

struc frame
.di     resw 1
.si     resw 1
.bp     resw 1
.sp     resw 1
.bx     resw 1
.dx     resw 1
.cx     resw 1
.ax     resw 1
.es     resw 1
.ds     resw 1
endstruc

int10:
        sti
        cld
        push    ds
        push    es
        pusha
        mov     bp, sp
        push    BDA_SEGMENT
        pop     ds
        cmp     ah, (services_end - services) / 2
        jae     .beyond
        mov     si, ax
        shr     si, 8
        add     si, si
        call    [cs:si + services]
.done:
        popa
        pop     es
        pop     ds
        iret

.beyond:
%ifdef ADAPTER
        cmp     ah, 4Fh
        jne     .done
        call    vbe
%endif
        jmp     .done

services:
        dw      set_mode                ; 00h
        dw      set_cursor_shape        ; 01h
        dw      set_cursor              ; 02h
        dw      read_cursor             ; 03h
        dw      read_light_pen          ; 04h
        dw      set_page                ; 05h
        dw      scroll_up               ; 06h
        dw      scroll_down             ; 07h
        dw      read_character          ; 08h
        dw      write_cell              ; 09h
        dw      write_character         ; 0Ah
        dw      set_cga_palette         ; 0Bh
        dw      write_pixel             ; 0Ch
        dw      read_pixel              ; 0Dh
        dw      teletype                ; 0Eh
        dw      read_state              ; 0Fh
        dw      palette                 ; 10h
        dw      font                    ; 11h
        dw      alternate               ; 12h
        dw      write_string            ; 13h
        times 6 dw no_service           ; 14h-19h
        dw      display_combination     ; 1Ah
        dw      functionality           ; 1Bh
        dw      save_restore            ; 1Ch
services_end:

no_service:
        ret
