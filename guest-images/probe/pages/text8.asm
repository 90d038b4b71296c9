; Text of eight dots a character on a screen of 100 columns: start address, byte panning, panning by dots, preset row
; scan, and a split that stays.

TEXT8_COLUMNS   equ 100
TEXT8_ROW       equ TEXT8_COLUMNS * 2
TEXT8_CELL      equ 1024                ; first cell of the picture
TEXT8_ROWS      equ 26
TEXT8_START     equ TEXT8_CELL + 2 * TEXT8_COLUMNS + 3
TEXT8_PRESET    equ 6                   ; row scans
TEXT8_BYTES     equ 1                   ; characters
TEXT8_PAN       equ 3                   ; dots
TEXT8_SPLIT     equ 319                 ; last line of the picture

; AT100 row, column
%macro AT100 2
        mov di, (%1) * TEXT8_ROW + (%2) * 2
%endmacro

page_text8:
        mov al, 3
        call text_mode
        call text8_set
        call text8_picture
        call text8_checks
        call title_line
        AT100 2, 1
        mov ah, A_PLAIN
        mov si, text8_note
        call put_string
        AT100 4, 1
        mov ah, A_LABEL
        jmp put_checks

text8_set:
        SEQ 0, 1
        SEQ 1, 1                        ; eight dots
        mov dx, MISC_READ
        in al, dx
        and al, ~0x0C                   ; 25 MHz
        mov dx, MISC_WRITE
        out dx, al
        SEQ 0, 3
        CRT 0x13, TEXT8_COLUMNS / 2
        CRT 8, TEXT8_BYTES << 5 | TEXT8_PRESET
        mov bx, TEXT8_START
        call crtc_start
        mov bx, TEXT8_SPLIT
        call crtc_split
        mov ax, 0x2010                  ; no blinking, no ninth dots, the split does not pan
        call attribute_write
        mov ax, TEXT8_PAN << 8 | 0x13
        jmp attribute_write

; Every cell says where it is: tens of the column, row, and lines between.
text8_picture:
        mov di, TEXT8_CELL * 2
        xor bx, bx                      ; row
.row:   xor cx, cx                      ; column
.cell:  mov ax, cx
        mov dl, 10
        div dl                          ; AL = tens, AH = units
        mov dl, ah
        mov ah, bl
        and ah, 15
        jnz .ink
        mov ah, 7
.ink:   cmp dl, 1
        ja .line
        je .units
        mov ah, 0x1F
        add al, '0'
        jmp .put
.units: mov al, bl
        add al, 'A'
        mov ah, 0x4E
        jmp .put
.line:  mov al, 0xC5
.put:   stosw
        inc cx
        cmp cx, TEXT8_COLUMNS
        jb .cell
        inc bx
        cmp bx, TEXT8_ROWS
        jb .row
        ret

text8_checks:
        mov al, 1
        call sequencer_read
        CHECK_AX "eight dots a character", 1
        mov al, 8
        call crtc_read
        CHECK_AX "byte pan, first row scan", TEXT8_BYTES << 5 | TEXT8_PRESET
        mov al, 0x13
        call crtc_read
        CHECK_AX "100 columns a row", TEXT8_COLUMNS / 2
        mov al, 0x18
        call crtc_read
        CHECK_AX "split at line 320", TEXT8_SPLIT & 0xFF
        mov al, 0x13
        call attribute_read
        CHECK_AX "panning by three dots", TEXT8_PAN
        ret

[section .data]
text8_note:     db "Above: from column 4, row 2, 6 lines and 3 dots in. This split stays.", 0
[section .text]
