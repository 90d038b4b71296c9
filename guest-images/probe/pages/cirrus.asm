; The Cirrus Logic CL-GD5446: a sheet of what its blitter draws, and the hardware cursor.

CIRRUS_ID       equ 0xB8                ; what CRTC register 27h says
CIRRUS_MEMORY   equ 4 << 20
CIRRUS_CURSORS  equ CIRRUS_MEMORY - (16 << 10)
BLIT_TILE       equ 64                  ; pixels square
BLIT_COLUMN     equ 72                  ; from tile to tile
BLIT_LEFT       equ 32
BLIT_PITCH      equ 640
BLIT_SOURCE     equ 0x60000             ; rows of colours
BLIT_UNDER      equ 0x61000             ; columns of colours
BLIT_BITS       equ 0x62000             ; a bit a pixel
BLIT_PATTERN    equ 0x62400             ; 8 x 8 pixels
BLIT_COPY       equ 0x0D
CURSOR_X        equ 300
CURSOR_Y        equ 216

BACKWARDS       equ 0x01
TO_SYSTEM       equ 0x02
FROM_SYSTEM     equ 0x04
TRANSPARENT     equ 0x08
PATTERN         equ 0x40
EXPAND          equ 0x80
SOLID           equ 0x04
INVERTED        equ 0x02

; BLIT mode, rop, extensions, source, source pitch: a tile at [blit_tile], which moves on.
%macro BLIT 5
        mov byte [blit_mode], %1
        mov byte [blit_rop], %2
        mov byte [blit_extensions], %3
        mov dword [blit_source], %4
        mov word [blit_source_pitch], %5
        call blit_next
%endmacro

; Carry set if there is no CL-GD5446. Keeps SI.
cirrus_there:
        mov al, 0x27
        call crtc_read
        cmp al, CIRRUS_ID
        je .there
        stc
.there: ret

page_cirblt:
        mov bx, 8
        mov cx, VESA_MODE_8
        mov byte [std_ink], 15
        call vesa_mode
        SEQ 6, 0x12                     ; unlock
        call cirrus_high_colours
        call blit_sources
        call blit_rops
        call blit_kinds
        call blit_checks
        jmp cirrus_words

; Colours F0h-FFh = 00h-0Fh, so that an inverted colour shows.
cirrus_high_colours:
        xor cx, cx
.next:  mov dx, DAC_READ
        mov al, cl
        out dx, al
        mov dx, DAC_DATA
        in al, dx
        mov bl, al
        in al, dx
        mov bh, al
        in al, dx
        mov ah, al
        mov dx, DAC_WRITE
        mov al, cl
        or al, 0xF0
        out dx, al
        mov dx, DAC_DATA
        mov al, bl
        out dx, al
        mov al, bh
        out dx, al
        mov al, ah
        out dx, al
        inc cx
        cmp cx, 16
        jb .next
        ret

; What tiles are made of, in video memory below the screen.
blit_sources:
        mov eax, BLIT_SOURCE
        mov bp, blit_row_colour
        mov cx, BLIT_TILE * BLIT_TILE
        call blit_fill
        mov eax, BLIT_UNDER
        mov bp, blit_column_colour
        mov cx, BLIT_TILE * BLIT_TILE
        call blit_fill
        mov eax, BLIT_BITS
        mov bp, blit_bits
        mov cx, BLIT_TILE * BLIT_TILE / 8
        call blit_fill
        mov eax, BLIT_PATTERN
        mov bp, blit_pattern_colour
        mov cx, 64

; Bytes BX = 0 to CX - 1 from EAX on, as BP gives them in DL.
blit_fill:
        xor bx, bx
.next:  push cx
        push eax
        call bp
        mov [blit_byte], dl
        pop eax
        mov si, blit_byte
        mov cx, 1
        call std_put
        pop cx
        inc bx
        cmp bx, cx
        jb .next
        ret

blit_row_colour:
        mov dx, bx
        shr dx, 8
        ret
blit_column_colour:
        mov dx, bx
        shr dx, 2
        and dl, 15
        ret
blit_bits:                              ; stripes that fall
        mov cx, bx
        shr cx, 3
        mov dl, 0xC7
        ror dl, cl
        ret
blit_pattern_colour:
        mov dl, bl
        shr dl, 3
        xor dl, bl
        and dl, 7
        ret

; Every raster operation of rows onto columns.
blit_rops:
        mov dword [blit_tile], 56 * BLIT_PITCH + BLIT_LEFT
        xor bx, bx
.next:  cmp bx, 8
        jne .here
        mov dword [blit_tile], 160 * BLIT_PITCH + BLIT_LEFT
.here:  call blit_under
        mov al, [blit_codes + bx]
        mov [blit_rop], al
        mov byte [blit_mode], 0
        mov byte [blit_extensions], 0
        mov dword [blit_source], BLIT_SOURCE
        mov word [blit_source_pitch], BLIT_TILE
        call blit_next
        inc bx
        cmp bx, 16
        jb .next
        ret

; The columns to the tile.
blit_under:
        push dword [blit_tile]
        BLIT 0, BLIT_COPY, 0, BLIT_UNDER, BLIT_TILE
        pop dword [blit_tile]
        ret

; What the source can be.
blit_kinds:
        GC 0, 1                         ; background, foreground
        GC 1, 14
        GC 0x34, 3                      ; the colour that is transparent
        GC 0x35, 3
        mov dword [blit_tile], 264 * BLIT_PITCH + BLIT_LEFT
        BLIT PATTERN, BLIT_COPY, 0, BLIT_PATTERN, 0
        BLIT EXPAND, BLIT_COPY, 0, BLIT_BITS, 8
        call blit_under
        BLIT EXPAND | TRANSPARENT, BLIT_COPY, 0, BLIT_BITS, 8
        BLIT EXPAND | PATTERN, BLIT_COPY, 0, BLIT_BITS, 8
        call blit_under
        BLIT EXPAND | PATTERN | TRANSPARENT, BLIT_COPY, 0, BLIT_BITS, 8
        call blit_under
        BLIT EXPAND | PATTERN | TRANSPARENT, BLIT_COPY, INVERTED, BLIT_BITS, 8
        BLIT EXPAND | PATTERN, BLIT_COPY, SOLID, BLIT_BITS, 8
        call blit_under
        BLIT TRANSPARENT, BLIT_COPY, 0, BLIT_SOURCE, BLIT_TILE
        mov dword [blit_tile], 368 * BLIT_PITCH + BLIT_LEFT
        call blit_under                 ; a part of the tile onto itself, further down
        mov eax, [blit_tile]
        push eax
        add eax, 47 * BLIT_PITCH + 47
        mov ebx, eax
        add eax, 16 * BLIT_PITCH + 16
        mov [blit_tile], eax
        mov word [blit_width], 47
        mov word [blit_height], 47
        mov byte [blit_mode], BACKWARDS
        mov [blit_source], ebx
        mov word [blit_source_pitch], BLIT_PITCH
        call blit_next
        mov word [blit_width], BLIT_TILE - 1
        mov word [blit_height], BLIT_TILE - 1
        pop eax
        add eax, BLIT_COLUMN
        mov [blit_tile], eax
        BLIT FROM_SYSTEM, BLIT_COPY, 0, 0, 0
        mov cx, BLIT_TILE * BLIT_TILE
        mov bp, blit_row_colour
        call blit_send
        BLIT FROM_SYSTEM | EXPAND, BLIT_COPY, 0, 0, 0
        mov cx, BLIT_TILE * BLIT_TILE / 8
        mov bp, blit_bits
        call blit_send
        call blit_under
        BLIT FROM_SYSTEM | EXPAND | TRANSPARENT, BLIT_COPY, 0, 0, 0
        mov cx, BLIT_TILE * BLIT_TILE / 8
        mov bp, blit_bits

; CX bytes to the blitter, as BP gives them.
blit_send:
        xor bx, bx
.next:  push cx
        call bp
        mov [es:0], dl
        pop cx
        inc bx
        cmp bx, cx
        jb .next
        ret

; Draws a tile with the registers in [blit]; the next one goes to its right.
blit_next:
        pushad
        mov eax, [blit_tile]
        mov [blit_target], eax
        add dword [blit_tile], BLIT_COLUMN
        mov dx, GRAPHICS_CTRL
        mov si, blit
        mov al, 0x20
.next:  mov ah, [si]
        inc si
        cmp al, 0x2B                    ; not there
        je .past
        cmp al, 0x31                    ; starts it
        je .past
        out dx, ax
.past:  inc al
        cmp al, 0x34
        jb .next
        GC 0x31, 2
        test byte [blit_mode], FROM_SYSTEM | TO_SYSTEM
        jnz .done
.wait:  mov al, 0x31
        call graphics_read
        test al, 1
        jnz .wait
.done:  popad
        ret

blit_checks:
        mov al, 0x27
        call crtc_read
        CHECK_AL "part id", CIRRUS_ID
        mov al, 6
        call sequencer_read
        CHECK_AX "unlocked", 0x12
        mov al, 0x31
        call graphics_read
        and al, 9
        CHECK_AX "the blitter has ended", 0
        mov dword [blit_tile], 0
        mov word [blit_width], 3
        mov word [blit_height], 0
        BLIT TO_SYSTEM, BLIT_COPY, 0, BLIT_UNDER + 2, BLIT_TILE
        mov eax, [es:0]
        CHECK_EQ "screen to system", 0x01010000
        mov al, 0x31
        call graphics_read
        and al, 9
        CHECK_AX "and has ended", 0
        mov word [blit_width], BLIT_TILE - 1
        mov word [blit_height], BLIT_TILE - 1
        ret

; Title, labels and checks of both pages.
cirrus_words:
        mov word [fs:0x4A], 80
        call std_row_clear
        mov si, text_relic
        mov bx, 1
        call std_row_text
        mov si, [page]
        mov si, [si + page_title]
        mov bx, 27
        call std_row_text
        call name_column
        mov bx, cx
        call std_row_text
        xor eax, eax
        call .draw
        call std_row_clear
        mov bx, 1
        call std_row_checks
        mov eax, 464 * BLIT_PITCH
.draw:  mov edx, BLIT_PITCH
        mov cx, 80
        jmp std_row_draw

; A large cursor of four stripes: nothing, inverted, and its two colours; every eight lines each pair changes places.
page_circur:
        mov bx, 8
        mov cx, VESA_MODE_8
        mov byte [std_ink], 15
        call vesa_mode
        SEQ 6, 0x12                     ; unlock
        call cursor_ground
        mov eax, CIRRUS_CURSORS
        mov bp, cursor_bits
        mov cx, 1024
        call blit_fill
        SEQ 0x12, 2                     ; the DAC's ports reach the extra colours
        mov al, 0
        mov bx, 63 << 8 | 0             ; green, red
        call cursor_colour
        mov al, 15
        mov bx, 32 << 8 | 63
        call cursor_colour
        SEQ 0x13, 0
        SEQ 0x10 | (CURSOR_X & 7) << 5, CURSOR_X >> 3
        SEQ 0x11 | (CURSOR_Y & 7) << 5, CURSOR_Y >> 3
        SEQ 0x12, 5
        mov al, 0x12
        call sequencer_read
        CHECK_AX "cursor shows, large", 5
        jmp cirrus_words

; AL = extra colour; BL = red, BH = green, no blue.
cursor_colour:
        mov dx, DAC_WRITE
        out dx, al
        mov dx, DAC_DATA
        mov al, bl
        out dx, al
        mov al, bh
        out dx, al
        xor al, al
        out dx, al
        ret

; Hues from left to right.
cursor_ground:
        xor bx, bx
.pixel: mov dx, bx
        shr dx, 3
        and dl, 0x3F
        add dl, 0x20
        mov [std_line + bx], dl
        inc bx
        cmp bx, BLIT_PITCH
        jb .pixel
        mov eax, 48 * BLIT_PITCH
.line:  mov si, std_line
        mov cx, BLIT_PITCH
        call std_put
        cmp eax, 432 * BLIT_PITCH
        jb .line
        ret

; Eight bytes of the first bits, eight of the second ones for each line.
cursor_bits:
        mov dx, bx
        test dl, 8
        jnz .second
        shr dx, 1
        mov cl, bl                      ; bit 3 of the line is bit 7 of the place
        shr cl, 7
        xor dl, cl
        and dl, 1
        neg dl
        ret
.second:
        shr dx, 2
        and dl, 1
        neg dl
        ret

[section .data]
blit_codes:     db 0x00, 0x05, 0x06, 0x09, 0x0B, 0x0D, 0x0E, 0x50, 0x59, 0x6D, 0x90, 0x95, 0xAD, 0xD0, 0xD6, 0xDA
blit:                                   ; the registers 20h to 33h
blit_width:     dw BLIT_TILE - 1
blit_height:    dw BLIT_TILE - 1
                dw BLIT_PITCH
blit_source_pitch: dw 0
blit_target:    dd 0
blit_source:    dd 0                    ; its last byte is the clipping
blit_mode:      db 0
                db 0
blit_rop:       db 0
blit_extensions: db 0
blit_tile:      dd 0

[section .bss]
blit_byte:      resb 1
[section .text]
