; The video bench's floppy: kernels that write video memory, each marked on port E9h by 10h and its letter, 11h and its
; letter, and a checksum of what is on the screen; 12h when all are done. On a CL-GD5446 only the blitter's kernels run.
;
; Planar kernels go over the 38400 bytes of a 640x480 screen, those of mode 13h over 64000, text over 2000 words; linear
; ones and the blitter over 1024x768 bytes. The counts of rounds are the caller's: -DROUNDS_a=... for each letter.

bits 16
org 0x7C00

PLANES      equ 38400               ; bytes of a plane in mode 12h
CHAINED     equ 64000               ; bytes of mode 13h
CELLS       equ 2000                ; words of a text screen
LINEAR      equ 1024*768            ; bytes of VESA mode 105h
VESA        equ 0x105
MODE_INFO   equ 0x6000
LFB         equ MODE_INFO + 40      ; its linear frame buffer
SECTORS     equ 10                  ; of this program behind the boot sector
GRAPHICS    equ 0x3CE
SEQUENCER   equ 0x3C4

%macro mark 2
        mov     al, %1
        out     0xE9, al
        mov     al, %2
        out     0xE9, al
%endmacro

; Every byte of the planes: loads the latches, then takes what is drawn.
%macro exchange 0
        xor     di, di
        mov     cx, PLANES
        mov     dx, bp
%%byte: mov     al, [es:di]
        mov     [es:di], dl
        inc     di
        dec     cx
        jnz     %%byte
%endmacro

; begin letter ... end routine: a kernel, round by round; BP counts down. The routine tells its checksum.
%macro begin 1
        %push   kernel
        %defstr %$letter %1
        %define %$round kernel_%1
        mark    0x10, %$letter
        mov     bp, ROUNDS_%1
kernel_%1:
%endmacro

%macro end 1
        dec     bp
        jnz     %$round
        mark    0x11, %$letter
        call    %1
        %pop
%endmacro

; Writes an indexed register.
%macro set 3
        mov     dx, %1
        mov     ax, (%3) << 8 | %2
        out     dx, ax
%endmacro

        cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7C00
        sti
        cld
        mov     ax, 0x0200 | SECTORS
        mov     cx, 2
        mov     dh, 0
        mov     bx, 0x7E00
        int     0x13
        jc      $
        jmp     start

        times 510 - ($ - $$) db 0
        dw      0xAA55

start:
        in      al, 0x92
        or      al, 2
        and     al, 0xFE
        out     0x92, al
        set     SEQUENCER, 6, 0x12
        inc     dx
        in      al, dx
        cmp     al, 0x12
        je      blitter

; ---- Planes: mode 12h.
        mov     ax, 0x12
        int     0x10
        mov     ax, 0xA000
        mov     es, ax

; Write mode 0: bytes, REP, and dots through the bit mask.
        begin   a
        xor     di, di
        mov     cx, PLANES
        mov     ax, bp
.byte:  mov     [es:di], al
        inc     di
        dec     cx
        jnz     .byte
        end     sum_planes

        begin   b
        xor     di, di
        mov     cx, PLANES
        mov     ax, bp
        rep     stosb
        end     sum_planes

        set     GRAPHICS, 1, 0x0F
        begin   c
        mov     dx, GRAPHICS
        mov     ax, bp
        mov     ah, al
        mov     al, 0
        out     dx, ax
        xor     di, di
        mov     si, 8000
.eight: mov     ax, 0x8008
.dot:   out     dx, ax
        mov     cl, [es:di]
        mov     [es:di], cl
        shr     ah, 1
        jnz     .dot
        inc     di
        cmp     di, si
        jb      .eight
        end     sum_planes
        set     GRAPHICS, 1, 0
        set     GRAPHICS, 8, 0xFF

; Write mode 1: from one half of the screen to the other by the latch.
        set     GRAPHICS, 5, 1
        begin   d
        xor     si, si
        mov     di, PLANES/2
        mov     cx, PLANES/2
.byte:  mov     al, [es:si]
        mov     [es:di], al
        inc     si
        inc     di
        dec     cx
        jnz     .byte
        end     sum_planes

        begin   e
        push    ds
        push    es
        pop     ds
        xor     si, si
        mov     di, PLANES/2
        mov     cx, PLANES/2
        rep     movsb
        pop     ds
        end     sum_planes

; Write mode 2: a colour into the dots of a mask.
        set     GRAPHICS, 5, 2
        set     GRAPHICS, 8, 0x5A
        begin   f
        exchange
        end     sum_planes

        begin   g
        xor     di, di
        mov     cx, PLANES
        mov     ax, bp
        rep     stosb
        end     sum_planes

; Write mode 3: dots of a character in the set/reset colour.
        set     GRAPHICS, 5, 3
        set     GRAPHICS, 8, 0xFF
        set     GRAPHICS, 0, 0x0A
        begin   h
        exchange
        end     sum_planes

        begin   i
        xor     di, di
        mov     cx, PLANES
        mov     ax, bp
        rep     stosb
        end     sum_planes
        set     GRAPHICS, 5, 0

; ---- Chain-4: mode 13h.
        mov     ax, 0x13
        int     0x10

        begin   j
        xor     di, di
        mov     cx, CHAINED
        mov     ax, bp
.byte:  mov     [es:di], al
        inc     di
        dec     cx
        jnz     .byte
        end     sum_chained

        begin   k
        xor     di, di
        mov     cx, CHAINED/4
        movzx   eax, bp
        rep     stosd
        end     sum_chained

; ---- Text.
        mov     ax, 3
        int     0x10
        mov     ax, 0xB800
        mov     es, ax

        begin   l
        xor     di, di
        mov     cx, CELLS
        mov     ax, bp
.cell:  mov     [es:di], ax
        add     di, 2
        dec     cx
        jnz     .cell
        end     sum_text

        begin   m
        xor     di, di
        mov     cx, CELLS
        mov     ax, bp
        rep     stosw
        end     sum_text

        begin   n
        push    ds
        push    es
        pop     ds
        mov     si, 160
        xor     di, di
        mov     cx, CELLS-80
        rep     movsw
        pop     ds
        end     sum_text

; ---- The linear frame buffer.
        call    set_vesa

        begin   o
        mov     edi, [LFB]
        mov     ecx, LINEAR/4
        movzx   eax, bp
.dword: mov     [es:edi], eax
        add     edi, 4
        dec     ecx
        jnz     .dword
        end     sum_linear

        begin   p
        mov     edi, [LFB]
        mov     ecx, LINEAR/4
        movzx   eax, bp
        a32 rep stosd
        end     sum_linear

        begin   q
        mov     edi, [LFB]
        lea     esi, [edi + 1024*8]
        mov     ecx, (LINEAR - 1024*8)/4
        a32 rep movsd
        end     sum_linear
        jmp     done

; ---- The blitter.
blitter:
        call    set_vesa
        mov     edi, [LFB]
        mov     dword [es:edi + LINEAR], 0xF05AA50F
        mov     dword [es:edi + LINEAR + 4], 0x33CC55AA

; An 8x8 pattern of two colours.
        mov     si, fill
        call    graphics
        begin   s
        mov     ax, bp
        mov     ah, al
        mov     al, 1
        out     dx, ax
        call    blit
        end     sum_linear

; The screen to memory behind it, and back.
        mov     si, copy
        call    graphics
        begin   t
        set     GRAPHICS, 0x2A, LINEAR >> 16
        set     GRAPHICS, 0x2E, 0
        call    blit
        set     GRAPHICS, 0x2A, 0
        set     GRAPHICS, 0x2E, LINEAR >> 16
        call    blit
        end     sum_linear

done:
        mark    0x12, 0
        cli
        hlt

; Graphics registers and values until 0.
fill:
        db      0x20, 0xFF, 0x21, 0x03, 0x22, 0xFF, 0x23, 0x02, 0x24, 0x00, 0x25, 0x04, 0x26, 0x00, 0x27, 0x04
        db      0x28, 0x00, 0x29, 0x00, 0x2A, 0x00, 0x2C, 0x00, 0x2D, 0x00, 0x2E, LINEAR >> 16
        db      0x30, 0xC0, 0x32, 0x0D, 0x33, 0x00, 0
copy:
        db      0x30, 0x00, 0

graphics:
        mov     dx, GRAPHICS
.next:  lodsb
        test    al, al
        jz      .done
        mov     ah, [si]
        inc     si
        out     dx, ax
        jmp     .next
.done:  ret

blit:
        set     GRAPHICS, 0x31, 0x02
        inc     dx
.busy:  in      al, dx
        test    al, 1
        jnz     .busy
        dec     dx
        ret

; Sets the VESA mode, and gives ES and DS limits of 4 GiB.
set_vesa:
        xor     ax, ax
        mov     es, ax
        mov     ax, 0x4F01
        mov     cx, VESA
        mov     di, MODE_INFO
        int     0x10
        cmp     ax, 0x4F
        jne     $
        mov     ax, 0x4F02
        mov     bx, 0x4000 | VESA
        int     0x10
        cmp     ax, 0x4F
        jne     $
        cli
        lgdt    [gdt]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     $ + 2
        mov     cx, 8
        mov     ds, cx
        mov     es, cx
        and     al, 0xFE
        mov     cr0, eax
        jmp     $ + 2
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     dx, GRAPHICS
        ret

align 8
gdt:    dw      15, gdt, 0, 0
        dq      0x008F92000000FFFF

; ---- Checksums: EBX, told in hexadecimal with a newline.
sum_planes:
        push    es
        set     GRAPHICS, 4, 0
        xor     ebx, ebx
.plane: xor     di, di
.byte:  movzx   eax, byte [es:di]
        rol     ebx, 1
        add     ebx, eax
        inc     di
        cmp     di, PLANES
        jb      .byte
        mov     dx, GRAPHICS
        mov     al, 4
        out     dx, al
        inc     dx
        in      al, dx
        inc     al
        out     dx, al
        cmp     al, 4
        jb      .plane
        set     GRAPHICS, 4, 0
        pop     es
        jmp     tell

sum_chained:
        mov     cx, CHAINED/4
        jmp     sum_window
sum_text:
        mov     cx, CELLS/2
sum_window:
        xor     ebx, ebx
        xor     di, di
.dword: rol     ebx, 1
        add     ebx, [es:di]
        add     di, 4
        loop    .dword
        jmp     tell

sum_linear:
        mov     ecx, LINEAR/4
        mov     edi, [LFB]
        xor     ebx, ebx
.dword: rol     ebx, 1
        add     ebx, [es:edi]
        add     edi, 4
        dec     ecx
        jnz     .dword

tell:
        mov     cx, 8
.digit: rol     ebx, 4
        mov     al, bl
        and     al, 15
        add     al, '0'
        cmp     al, '9'
        jbe     .out
        add     al, 7
.out:   out     0xE9, al
        loop    .digit
        mov     al, 10
        out     0xE9, al
        mov     dx, GRAPHICS
        ret

        times (1 + SECTORS) * 512 - ($ - $$) db 0
