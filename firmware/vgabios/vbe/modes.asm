; The table of VESA modes (generated: VBE_MODES names the file), and what follows from an entry.

struc vbe_mode
.number         resw 1
.width          resw 1                  ; pixels; columns in text modes
.height         resw 1
.depth          resb 1                  ; bits a pixel; 0 in text modes
.cell           resb 1                  ; scan lines of a character
.size:
endstruc

VBE_FIRST_TEXT  equ 108h
PIXEL_PLANES    equ 4                   ; depth of the modes in planes

; The entry of mode BX in CS:SI and its depth in AL; carry if there is none or memory does not hold it.
vbe_find_mode:
        push    bx
        and     bx, VBE_NUMBER
        mov     si, vbe_modes
.entry:
        cmp     [cs:si + vbe_mode.number], bx
        je      .found
        add     si, vbe_mode.size
        cmp     si, vbe_modes_end
        jb      .entry
        stc
.done:
        pop     bx
        ret
.found:
        call    vbe_fits
        call    vbe_depth
        jmp     .done

; The entry of the present mode in CS:SI and its depth in AL; carry unless it is a VESA mode with pixels.
vbe_present_mode:
        push    bx
        mov     bx, [BDA_VBE_MODE]
        call    vbe_find_mode
        pop     bx
        jc      .done
        cmp     al, 1                   ; carry if 0
.done:
        ret

; The depth of entry SI in AL. Keeps the flags.
vbe_depth:
        mov     al, [cs:si + vbe_mode.depth]
        pushf
        cmp     al, 24
        jne     .done
        test    byte [cs:vbe_options], OPTION_32_BITS & ADAPTER_OPTIONS
        jz      .done
        mov     al, 32
.done:
        popf
        ret

; Carry if video memory does not hold entry SI. Keeps all registers but EAX.
vbe_fits:
        push    edx
        push    ecx
        call    vbe_memory
        mov     edx, eax
        call    vbe_depth
        movzx   ecx, word [cs:si + vbe_mode.width]
        call    vbe_pixels_to_bytes
        movzx   ecx, word [cs:si + vbe_mode.height]
        imul    ecx, eax                ; at most 1600 * 1200 * 4
        cmp     edx, ecx
        pop     ecx
        pop     edx
        ret

; EAX = bytes of video memory that pixels may take.
vbe_memory:
        push    edx
        call    adapter_memory
        movzx   eax, ax
        shl     eax, 16
        pop     edx
        ret

; EAX = bytes that ECX pixels of depth AL take in all planes; characters (0) take two each.
vbe_pixels_to_bytes:
        push    ecx
        movzx   eax, al
        cmp     al, PIXEL_PLANES
        jb      .text
        je      .planes
        add     al, 7
        shr     al, 3
        imul    eax, ecx
        pop     ecx
        ret
.planes:
        mov     eax, ecx
        shr     eax, 1
        pop     ecx
        ret
.text:
        mov     eax, ecx
        add     eax, eax
        pop     ecx
        ret

; EAX = pixels of depth AL that ECX bytes of all planes hold.
vbe_bytes_to_pixels:
        push    edx
        push    ecx
        movzx   eax, al
        cmp     al, PIXEL_PLANES
        je      .planes
        add     al, 7
        shr     al, 3
        xchg    eax, ecx
        xor     edx, edx
        div     ecx
        jmp     .done
.planes:
        mov     eax, ecx
        add     eax, eax
.done:
        pop     ecx
        pop     edx
        ret

; EAX = bytes from row to row in the present mode of depth AL, in all planes.
vbe_pitch:
        push    ecx
        push    edx
        push    ax
        xor     ecx, ecx
        call    adapter_line_length
        pop     ax
        call    vbe_pixels_to_bytes
        pop     edx
        pop     ecx
        ret

; Waits for the next vertical retrace to begin, a beam that stands still excepted. Destroys AL, CX, DX.
vbe_wait_for_retrace:
        mov     dx, [BDA_CRTC]
        add     dx, STATUS_FROM_CRTC
        xor     cx, cx
.running:
        in      al, dx
        test    al, STATUS_RETRACE
        loopnz  .running
        xor     cx, cx
.shown:
        in      al, dx
        test    al, STATUS_RETRACE
        loopz   .shown
        ret

STATUS_RETRACE  equ 08h
