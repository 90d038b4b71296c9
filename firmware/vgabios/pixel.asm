; 0Ch: write pixel AL (bit 7: XOR, but in mode 13h) at column CX, row DX of page BH. 0Dh: read pixel to AL.

write_pixel:
        call    video_model
        call    video_segment
        mov     bl, al
        jmp     [cs:si + .models]
.models:
        dw      no_service, write_cga4, write_cga2, write_planar, write_packed

read_pixel:
        call    video_model
        call    video_segment
        call    [cs:si + .models]
        mov     [bp + frame.ax], al
        ret
.models:
        dw      no_service, read_cga4, read_cga2, read_planar, read_packed

write_cga4:
        call    locate_cga4
        mov     al, bl
        and     al, 3
        shl     al, cl
        mov     ah, 3
        shl     ah, cl
        jmp     merge_pixel
write_cga2:
        call    locate_cga2
        mov     al, bl
        and     al, 1
        shl     al, cl
        mov     ah, 1
        shl     ah, cl
        ; falls through

; Puts AL into the bits AH of ES:DI; BL bit 7 asks for XOR.
merge_pixel:
        test    bl, COLOUR_XOR
        jnz     .xor
        not     ah
        and     [es:di], ah
.xor:
        xor     [es:di], al
        ret

read_cga4:
        call    locate_cga4
        mov     al, [es:di]
        shr     al, cl
        and     al, 3
        ret
read_cga2:
        call    locate_cga2
        mov     al, [es:di]
        shr     al, cl
        and     al, 1
        ret

; The locate routines give the byte of pixel CX, DX in DI, and in CL how far its bits are from bit 0.
; They destroy AX, DX.

locate_cga4:
        add     cx, cx
        call    locate_cga2
        and     cl, 6
        ret
locate_cga2:
        xor     di, di
        shr     dx, 1
        jnc     .even
        mov     di, CGA_BANK
.even:
        imul    dx, dx, CGA_STRIDE
        add     di, dx
locate_bit:
        mov     ax, cx
        shr     ax, 3
        add     di, ax
        not     cl
        and     cl, 7
        ret
locate_planar:
        call    page_offset
        mov     ax, [BDA_COLUMNS]
        mul     dx
        add     di, ax
        jmp     locate_bit
locate_packed:
        mov     ax, [BDA_COLUMNS]
        shl     ax, 3
        mul     dx
        add     ax, cx
        mov     di, ax
        ret

write_planar:
        call    locate_planar
        mov     dx, GRAPHICS
        mov     ah, 1
        shl     ah, cl
        mov     al, GC_MASK
        out     dx, ax
        mov     ah, bl
        and     ah, 0Fh
        mov     al, GC_SET_RESET
        out     dx, ax
        mov     ax, 0F00h | GC_ENABLE_SET
        out     dx, ax
        test    bl, COLOUR_XOR
        jz      .write
        mov     ax, FUNCTION_XOR << 8 | GC_FUNCTION
        out     dx, ax
.write:
        xchg    al, [es:di]             ; the read fills the latches; what is written does not matter
        mov     ax, 0FF00h | GC_MASK
        out     dx, ax
        mov     ax, GC_SET_RESET
        out     dx, ax
        mov     ax, GC_ENABLE_SET
        out     dx, ax
        mov     ax, GC_FUNCTION
        out     dx, ax
        ret

read_planar:
        call    locate_planar
        mov     dx, GRAPHICS
        mov     ax, 0300h | GC_READ_PLANE
        mov     bl, 0
.plane:
        out     dx, ax
        mov     bh, [es:di]
        shr     bh, cl
        shr     bh, 1
        rcl     bl, 1
        dec     ah
        jns     .plane
        mov     ax, GC_READ_PLANE
        out     dx, ax
        mov     al, bl
        ret

write_packed:
        call    locate_packed
        mov     [es:di], bl
        ret
read_packed:
        call    locate_packed
        mov     al, [es:di]
        ret
