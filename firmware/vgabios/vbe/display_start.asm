; 4F07h: the pixel at the screen's upper left.
;   BL = 00h: column CX, row DX; 80h: as the retrace begins; 01h: tell
;        02h: byte ECX of video memory, to be shown from the next retrace on; 82h: ... and waits for it
;        04h: CX = 0 while the last 02h is not shown yet
; The chips show a new start with the next frame by themselves, so 02h has nothing to schedule.

START_AT_RETRACE equ 80h
START_SHOWN     equ 1

vbe_display_start:
        push    ecx
        push    dx
        call    vbe_present_mode
        pop     dx
        pop     ecx
        jc      vbe_failed
        mov     bh, al
        mov     ah, bl
        and     ah, ~START_AT_RETRACE & 0FFh
        jz      .set
        cmp     ah, 2
        je      .byte
        cmp     bl, 1
        je      .tell
        cmp     bl, 4
        jne     vbe_failed
        mov     word [bp + frame.cx], START_SHOWN
        ret
.tell:
        call    adapter_start
        mov     [bp + frame.cx], cx
        mov     [bp + frame.dx], dx
        mov     byte [bp + frame.bx + 1], 0
        ret

.byte:
        mov     al, bh
        call    vbe_pitch
        mov     edi, eax
        mov     eax, ecx
        cmp     bh, PIXEL_PLANES
        jne     .packed
        shl     eax, 2                  ; told for one plane
.packed:
        xor     edx, edx
        div     edi
        cmp     eax, 0FFFFh
        ja      vbe_failed
        mov     ecx, edx
        mov     dx, ax
        mov     al, bh
        call    vbe_bytes_to_pixels
        mov     cx, ax
.set:
        call    vbe_start_in_memory
        jc      vbe_failed
        test    bl, START_AT_RETRACE
        jz      .now
        push    cx
        push    dx
        call    vbe_wait_for_retrace
        pop     dx
        pop     cx
.now:
        jmp     adapter_set_start

; Carry if a picture of entry SI, depth BH, from column CX and row DX on leaves video memory. Destroys EAX, EDI.
vbe_start_in_memory:
        push    ecx
        push    edx
        movzx   edx, dx
        movzx   eax, word [cs:si + vbe_mode.height]
        mov     edi, edx
        add     edi, eax
        dec     edi                     ; the last row
        mov     al, bh
        call    vbe_pitch
        imul    edi, eax
        jo      .outside
        movzx   ecx, cx
        movzx   eax, word [cs:si + vbe_mode.width]
        add     ecx, eax
        mov     al, bh
        call    vbe_pixels_to_bytes
        add     edi, eax
        call    vbe_memory
        cmp     eax, edi
.done:
        pop     edx
        pop     ecx
        ret
.outside:
        stc
        jmp     .done
