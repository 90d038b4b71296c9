; The EGA's graphics: 320 x 200 scrolled above a split that pans with it, and 640 x 350 with a palette of its own.

EGA_ROW         equ 48                  ; bytes of a line: 384 dots
EGA_PICTURE     equ 0x2000
EGA_LINES       equ 176
EGA_START       equ EGA_PICTURE + 8 * EGA_ROW + 2
EGA_PAN         equ 5
EGA_SPLIT       equ 159                 ; last line of the picture

page_ega200:
        mov al, 0x0D
        call graphics_mode
        call ega200_picture
        mov bx, EGA_START
        call crtc_start
        mov bx, EGA_SPLIT * 2 + 1       ; double scan
        call crtc_split
        CRT 0x13, EGA_ROW / 2
        mov ax, EGA_PAN << 8 | 0x13
        call attribute_write
        call ega200_checks
        mov bl, 15
        mov bh, 11
        jmp ega_split_text

; Stripes of all colours that fall by a line every eight dots, and a grid of 32 dots.
ega200_picture:
        xor bx, bx                      ; line
        mov di, EGA_PICTURE
.line:  xor cx, cx                      ; byte
.byte:  mov ax, bx
        add ax, cx
        shr ax, 2
        and al, 15
        mov ah, al
        test bl, 31
        jnz .ink
        mov ah, 15
.ink:   push cx
        mov cl, ah
        GC_VAR 0, cl
        GC 1, 0x0F
        pop cx
        mov byte [es:di], 0xFF
        test cl, 3
        jnz .next
        GC 0, 15
        GC 8, 0x80
        mov al, [es:di]
        mov byte [es:di], 0xFF
        GC 8, 0xFF
.next:  inc di
        inc cx
        cmp cx, EGA_ROW
        jb .byte
        inc bx
        cmp bx, EGA_LINES
        jb .line
        jmp graphics_reset

; Title, note and checks in the split, whose lines are EGA_ROW bytes apart. The BIOS's glyphs, as it draws at 40
; columns, go through its data: columns and cell height are told for the time being.
ega_split_text:
        push bx
        mov word [fs:0x4A], EGA_ROW
        mov dx, 0x0001
        mov si, text_relic
        call graphics_string
        mov dx, 0x000E
        mov si, [page]
        mov si, [si + page_title]
        call graphics_string
        GPRINT 2, 1, 7, "the split pans by 5 dots, too"
        mov bl, 11
        mov dx, 0x0401
        call graphics_checks
        mov word [fs:0x4A], 40
        pop bx
        ret

ega200_checks:
        mov al, [fs:0x49]
        CHECK_AL "mode 0Dh in BIOS data", 0x0D
        mov al, 9
        call crtc_read
        and al, 0x9F
        CHECK_AX "200 lines, each twice", 0x80
        mov al, 0x10
        call attribute_read
        and al, 0x20
        CHECK_AL "the split pans too", 0
        mov al, 0x0C
        call crtc_read
        mov bh, al
        mov al, 0x0D
        call crtc_read
        mov ah, bh
        CHECK_AX "start of the picture", EGA_START
        ret

page_ega350:
        mov al, 0x10
        call graphics_mode
        push es
        push ds
        pop es
        mov ax, 0x1002
        mov dx, ega350_palette
        int 0x10
        pop es
        call ega350_bars
        call ega350_checks
        GPRINT 21, 2, 7, "16 of 64 colours: two bits for each of red, green and blue"
        mov bx, 0x0F0F
        jmp graphics_frame

; A bar for each colour with its number in the palette below.
ega350_bars:
        xor cx, cx
.bar:   GC_VAR 0, cl
        GC 1, 0x0F
        imul di, cx, 4
        add di, 40 * 80 + 8
        mov dx, 220
.line:  mov word [es:di], 0xFFFF
        mov byte [es:di + 2], 0xFF
        add di, 80
        dec dx
        jnz .line
        call graphics_reset
        push cx
        mov dl, cl
        shl dl, 2
        add dl, 9
        mov dh, 19
        mov si, nothing
        call graphics_string
        pop cx
        movzx si, cl
        mov al, [ega350_palette + si]
        push cx
        mov bl, 7
        mov ah, al
        shr al, 4
        push ax
        call hex_digit
        call graphics_char
        pop ax
        mov al, ah
        call hex_digit
        call graphics_char
        pop cx
        inc cx
        cmp cx, 16
        jb .bar
        ret

ega350_checks:
        mov al, [fs:0x49]
        CHECK_AL "mode 10h in BIOS data", 0x10
        mov al, 0x12
        call crtc_read
        CHECK_AX "350 lines", 0x5D
        xor bx, bx
        xor cx, cx
.next:  mov al, bl
        call attribute_read
        cmp al, [ega350_palette + bx]
        jne .wrong
        inc cx
.wrong: inc bx
        cmp bl, 16
        jb .next
        mov ax, cx
        CHECK_AX "INT 10h/1002h palette", 16
        ret

[section .data]
ega350_palette: db 0x00, 0x08, 0x01, 0x09, 0x10, 0x02, 0x12, 0x07
                db 0x38, 0x20, 0x04, 0x24, 0x26, 0x2E, 0x36, 0x3F, 0
[section .text]
