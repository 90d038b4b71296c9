; Colour sheets of the Bochs display interface in every depth, through the bank; and its virtual screen.

STD_BAND_LINES  equ 72
STD_WIDE        equ 1024                ; the virtual screen
STD_TALL        equ 600
STD_X           equ 100
STD_Y           equ 50

; Planes: the BIOS's text and the graphics controller go on working.
page_std4:
        mov al, 0x12
        call graphics_mode
        mov bx, 4
        call std_mode
        push word BDA
        pop fs
        xor cx, cx
.bar:   GC_VAR 0, cl
        GC 1, 0x0F
        imul di, cx, 24 * ROW
        add di, 48 * ROW + 8
        mov dx, 20
.line:  push cx
        mov cx, 64
        mov al, 0x55
        rep stosb
        pop cx
        add di, ROW - 64
        dec dx
        jnz .line
        inc cx
        cmp cx, 16
        jb .bar
        call graphics_reset
        mov bx, 4
        call std_checks
        mov bx, 0x0B0F
        jmp graphics_frame

page_std8:
        mov bx, 8
        mov byte [std_ink], 15
        mov word [std_packer], std_pack_8
        mov word [std_labels], std_ranges
        jmp std_sheet
page_std15:
        mov bx, 15
        mov word [std_packer], std_pack_15
        jmp std_deep
page_std16:
        mov bx, 16
        mov word [std_packer], std_pack_16
        jmp std_deep
page_std24:
        mov bx, 24
        mov word [std_packer], std_pack_24
        jmp std_deep
page_std32:
        mov bx, 32
        mov word [std_packer], std_pack_32
std_deep:
        mov word [std_labels], std_names
        mov byte [std_ink], 0xFF

; Four bands of 640 pixels with their names, a comb of single pixels. BX = bits a pixel.
std_sheet:
        push bx
        mov al, 0x13
        call graphics_mode
        pop bx
        push bx
        call std_mode
        pop bx
        call std_checks
std_sheet_picture:
        movzx edx, word [std_bytes]
        imul edx, 640
        mov [std_pitch], edx
        call std_row_clear
        mov si, text_relic
        mov bx, 1
        call std_row_text
        mov si, [page]
        mov si, [si + page_title]
        mov bx, 27
        call std_row_text
        mov word [fs:0x4A], 80
        call name_column
        mov bx, cx
        call std_row_text
        mov cx, 80
        xor eax, eax
        mov edx, [std_pitch]
        call std_row_draw
        mov byte [std_band], 0
        mov eax, 32                     ; line
.band:  imul eax, [std_pitch]
        push eax
        call std_row_clear
        movzx si, byte [std_band]
        shl si, 1
        add si, [std_labels]
        mov si, [si]
        mov bx, 1
        call std_row_text
        pop eax
        mov cx, 20
        mov edx, [std_pitch]
        call std_row_draw
        call std_ramp
        mov dx, STD_BAND_LINES
.line:  mov si, std_line
        mov cx, [std_pitch]
        call std_put
        dec dx
        jnz .line
        inc byte [std_band]
        movzx eax, byte [std_band]
        imul eax, 96
        add eax, 32
        cmp byte [std_band], 4
        jb .band
        call std_comb
        call std_row_clear
        mov bx, 1
        call std_row_checks
        mov eax, [std_pitch]
        imul eax, 464
        mov edx, [std_pitch]
        mov cx, 24
        jmp std_row_draw

; How many checks of the page passed, at column BX of the row.
std_row_checks:
        mov si, text_checks
        call std_row_text
        mov ax, [passed_page]
        call std_row_number
        mov si, text_of
        call std_row_text
        mov ax, [counted_page]

; AX in decimal at column BX of the row.
std_row_number:
        mov di, number
        call decimal
        mov si, number
        jmp std_row_text

; One line of the band's ramp.
std_ramp:
        push eax
        push es
        push ds
        pop es
        mov di, std_line
        xor cx, cx                      ; pixel
.pixel: mov ax, cx
        shl ax, 1
        mov bl, 5
        xor dx, dx
        movzx bx, bl
        div bx                          ; 0 to 255
        movzx eax, al
        imul eax, 0x010101
        movzx si, byte [std_band]
        shl si, 2
        and eax, [std_masks + si]
        call [std_packer]
        inc cx
        cmp cx, 640
        jb .pixel
        pop es
        pop eax
        ret

; Every second pixel white, eight lines.
std_comb:
        push es
        push ds
        pop es
        mov di, std_line
        mov dx, 320
.pair:  mov cx, [std_bytes]
        mov al, [std_ink]
        rep stosb
        mov cx, [std_bytes]
        xor al, al
        rep stosb
        dec dx
        jnz .pair
        pop es
        mov eax, [std_pitch]
        imul eax, 432
        mov dx, 8
.line:  mov si, std_line
        mov cx, [std_pitch]
        call std_put
        dec dx
        jnz .line
        ret

; EAX = 00RRGGBBh to the line at DI. With 8 bits: 64 colours of the DAC for each band.
std_pack_8:
        mov ax, cx
        mov bl, 10
        div bl
        mov ah, [std_band]
        shl ah, 6
        or al, ah
        stosb
        ret
std_pack_15:
        mov edx, eax
        shr edx, 9
        and dx, 0x7C00
        mov bx, ax
        shr bx, 6
        and bx, 0x03E0
        or dx, bx
        jmp std_pack_blue
std_pack_16:
        mov edx, eax
        shr edx, 8
        and dx, 0xF800
        mov bx, ax
        shr bx, 5
        and bx, 0x07E0
        or dx, bx
std_pack_blue:
        xor ah, ah
        shr al, 3
        or ax, dx
        stosw
        ret
std_pack_24:
        stosw
        shr eax, 16
        stosb
        ret
std_pack_32:
        stosd
        ret

; BX = bits a pixel.
std_checks:
        mov cx, DISPI_WIDTH
        call dispi_read
        CHECK_AX "DISPI width", 640
        mov cx, DISPI_HEIGHT
        call dispi_read
        CHECK_AX "DISPI height", 480
        mov cx, DISPI_BPP
        call dispi_read
        movzx edx, bx
        CHECK_AX "DISPI bits a pixel", edx
        mov cx, DISPI_ENABLE
        call dispi_read
        and al, ENABLED
        CHECK_AX "DISPI is on", ENABLED
        mov cx, DISPI_VIRTUAL_WIDTH
        call dispi_read
        CHECK_AX "DISPI virtual width", 640
        mov byte [es:0x1234], 0xA5      ; the bank is a window
        DISPI DISPI_BANK, 1
        mov byte [es:0x1234], 0x5A
        DISPI DISPI_BANK, 0
        mov al, [es:0x1234]
        mov byte [es:0x1234], 0
        CHECK_AL "bank 0 is not bank 1", 0xA5
        DISPI DISPI_BANK, 1
        mov al, [es:0x1234]
        mov byte [es:0x1234], 0
        push ax
        DISPI DISPI_BANK, 0
        pop ax
        CHECK_AL "bank 1 keeps its bytes", 0x5A
        ret

; 8 bits a pixel on 1024 x 600, seen from column 100, line 50.
page_stdscroll:
        mov al, 0x13
        call graphics_mode
        mov bx, 8
        call std_mode
        mov byte [std_ink], 15
        DISPI DISPI_VIRTUAL_WIDTH, STD_WIDE
        DISPI DISPI_X, STD_X
        DISPI DISPI_Y, STD_Y
        call stdscroll_checks

; What the virtual screen holds, drawn through the window.
std_virtual:
        call stdscroll_picture
        call stdscroll_labels
        call std_row_clear
        mov word [fs:0x4A], 80
        mov si, [page]
        mov si, [si + page_title]
        mov bx, 26
        call std_row_text
        mov bx, 26 + 34
        call std_row_checks
        mov eax, (STD_Y + 24) * STD_WIDE
        mov edx, STD_WIDE
        mov cx, 88
        jmp std_row_draw

; Bands that fall, a white line every 64 pixels.
stdscroll_picture:
        xor eax, eax
        xor bx, bx                      ; line
.line:  push eax
        push es
        push ds
        pop es
        mov di, std_line
        xor cx, cx
.pixel: test bl, 63
        jz .white
        test cl, 63
        jz .white
        mov ax, cx
        add ax, bx
        shr ax, 3
        mov dl, 72
        div dl
        mov al, ah
        add al, 104
        jmp .put
.white: mov al, 15
.put:   stosb
        inc cx
        cmp cx, STD_WIDE
        jb .pixel
        pop es
        pop eax
        mov si, std_line
        mov cx, STD_WIDE
        call std_put
        inc bx
        cmp bx, STD_TALL
        jb .line
        ret

; "COLUMN,LINE" in the corners of the grid, every second one.
stdscroll_labels:
        mov cx, 64                      ; line
.row:   push cx
        call std_row_clear
        xor dx, dx                      ; column
.label: mov bx, dx
        shr bx, 3
        inc bx
        mov ax, dx
        call std_row_number
        mov byte [std_row + bx], ','
        inc bx
        mov ax, cx
        call std_row_number
        add dx, 128
        cmp dx, STD_WIDE
        jb .label
        pop cx
        push cx
        movzx eax, cx
        add eax, 8
        imul eax, STD_WIDE
        mov edx, STD_WIDE
        mov cx, STD_CHARS
        call std_row_draw
        pop cx
        add cx, 64
        cmp cx, STD_TALL - 32
        jb .row
        ret

stdscroll_checks:
        mov cx, DISPI_VIRTUAL_WIDTH
        call dispi_read
        CHECK_AX "a wider virtual screen", STD_WIDE
        mov cx, DISPI_X
        call dispi_read
        CHECK_AX "first column shown", STD_X
        mov cx, DISPI_Y
        call dispi_read
        CHECK_AX "first line shown", STD_Y
        ret

[section .data]
std_names:      dw .red, .green, .blue, .grey
.red:           db "red", 0
.green:         db "green", 0
.blue:          db "blue", 0
.grey:          db "all three", 0
std_ranges:     dw .first, .second, .third, .fourth
.first:         db "colours 00h to 3Fh", 0
.second:        db "colours 40h to 7Fh", 0
.third:         db "colours 80h to BFh", 0
.fourth:        db "colours C0h to FFh", 0
std_masks:      dd 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFFFF

[section .bss]
std_packer:     resw 1                  ; puts a pixel
std_labels:     resw 1                  ; names of the bands
std_pitch:      resd 1
std_band:       resb 1
[section .text]
