; 4F06h: the distance from row to row. BL = 0: CX pixels; 1: tell; 2: CX bytes; 3: tell the longest.
; Answers BX = bytes, CX = pixels, DX = rows that memory holds.

vbe_line_length:
        mov     dl, bl
        movzx   ecx, cx
        call    vbe_present_mode
        jc      vbe_failed
        mov     bl, al                  ; the depth from here on
        cmp     dl, 3
        ja      vbe_failed
        je      .longest
        cmp     dl, 1
        je      .tell
        jb      .pixels
        cmp     bl, PIXEL_PLANES
        jne     .bytes
        shl     ecx, 2                  ; told for one plane
.bytes:
        movzx   eax, al                 ; a started pixel is a pixel
        add     al, 7
        shr     al, 3
        add     ecx, eax
        dec     ecx
        mov     al, bl
        call    vbe_bytes_to_pixels
        mov     ecx, eax
.pixels:
        add     ecx, ADAPTER_PIXEL_STEP - 1
        and     ecx, ~(ADAPTER_PIXEL_STEP - 1)
        call    vbe_longest_line
        cmp     ecx, eax
        ja      vbe_not_here
        movzx   eax, word [cs:si + vbe_mode.width]
        cmp     ecx, eax
        jae     .set
        mov     ecx, eax
.set:
        call    adapter_set_line_length
.tell:
        call    adapter_line_length
        movzx   ecx, cx
        jmp     vbe_tell_line
.longest:
        call    vbe_longest_line
        mov     ecx, eax
        ; falls through

; Answers with lines of ECX pixels of depth BL.
vbe_tell_line:
        mov     [bp + frame.cx], cx
        mov     al, bl
        call    vbe_pixels_to_bytes
        mov     ecx, eax
        cmp     bl, PIXEL_PLANES
        jne     .bytes
        shr     ax, 2
.bytes:
        mov     [bp + frame.bx], ax
        call    vbe_memory
        xor     edx, edx
        div     ecx
        cmp     eax, 0FFFFh
        jbe     .rows
        mov     ax, 0FFFFh
.rows:
        mov     [bp + frame.dx], ax
        ret

; EAX = pixels of the longest line with which memory holds entry SI of depth BL. Destroys EDX.
vbe_longest_line:
        push    ecx
        call    vbe_memory
        xor     edx, edx
        movzx   ecx, word [cs:si + vbe_mode.height]
        div     ecx
        mov     ecx, eax
        mov     al, bl
        call    vbe_bytes_to_pixels
        cmp     eax, ADAPTER_LONGEST_LINE
        jbe     .short
        mov     eax, ADAPTER_LONGEST_LINE
.short:
        mov     ecx, eax
        mov     al, bl
        call    vbe_pixels_to_bytes
        cmp     eax, ADAPTER_LONGEST_PITCH
        jbe     .fits
        push    cx
        mov     ecx, ADAPTER_LONGEST_PITCH
        mov     al, bl
        call    vbe_bytes_to_pixels
        pop     cx
        mov     ecx, eax
.fits:
        mov     eax, ecx
        and     eax, ~(ADAPTER_PIXEL_STEP - 1)
        pop     ecx
        ret
