; The Bochs display interface (DISPI): registers, the bank at A0000h, text drawn into lines.

DISPI_INDEX     equ 0x1CE
DISPI_DATA      equ 0x1CF
DISPI_ID        equ 0
DISPI_WIDTH     equ 1
DISPI_HEIGHT    equ 2
DISPI_BPP       equ 3
DISPI_ENABLE    equ 4
DISPI_BANK      equ 5
DISPI_VIRTUAL_WIDTH equ 6
DISPI_X         equ 8
DISPI_Y         equ 9
ENABLED         equ 1
STD_GLYPH_LINES equ 16
STD_CHARS       equ 128                 ; most characters of a line

; DISPI index, value
%macro DISPI 2
        mov ax, %2
        mov cx, %1
        call dispi_write
%endmacro

; CX = index, AX = value.
dispi_write:
        push dx
        xchg ax, cx
        mov dx, DISPI_INDEX
        out dx, ax
        xchg ax, cx
        inc dx
        out dx, ax
        pop dx
        ret

; CX = index; gives AX.
dispi_read:
        push dx
        mov dx, DISPI_INDEX
        mov ax, cx
        out dx, ax
        inc dx
        in ax, dx
        pop dx
        ret

; Carry set if there is no DISPI. Keeps SI.
std_there:
        mov cx, DISPI_ID
        call dispi_read
        and al, 0xF0
        cmp ax, 0xB0C0
        je .there
        stc
.there: ret

; Gives the picture back to the VGA. Keeps everything.
std_off:
        pusha
        call std_there
        jc .done
        DISPI DISPI_ENABLE, 0
.done:  popa
        ret

; BX = bits a pixel: 640 x 480 of them, from an empty screen. ES = window.
std_mode:
        DISPI DISPI_ENABLE, 0
        DISPI DISPI_WIDTH, 640
        DISPI DISPI_HEIGHT, 480
        DISPI DISPI_BPP, bx
        DISPI DISPI_ENABLE, ENABLED
        DISPI DISPI_BANK, 0
        mov word [std_switch], dispi_bank

; What is drawn from here on goes through the window at bank 0, by [std_switch]. BX = bits a pixel.
std_window:
        mov word [std_bank], 0
        lea ax, [bx + 7]
        shr ax, 3
        mov [std_bytes], ax
        push word GRAPHICS
        pop es
        push es
        push bp
        mov ax, 0x1130
        mov bh, 6                       ; 8 x 16
        int 0x10
        mov [std_glyphs], bp
        pop bp
        mov ax, es
        mov gs, ax
        pop es
        ret

; AX = bank. Destroys AX and CX.
dispi_bank:
        mov cx, DISPI_BANK
        jmp dispi_write

; CX bytes from DS:SI to byte EAX of video memory, through the bank; EAX and SI move on.
std_put:
        pushad
        mov bp, cx
.part:  mov edx, eax
        shr edx, 16
        cmp dx, [std_bank]
        je .here
        mov [std_bank], dx
        push ax
        mov ax, dx
        call [std_switch]
        pop ax
.here:  mov di, ax
        mov cx, ax
        neg cx                          ; bytes up to the end of the bank; 0 is all of it
        jz .all
        cmp cx, bp
        jbe .copy
.all:   mov cx, bp
.copy:  movzx ecx, cx
        add eax, ecx
        sub bp, cx
        rep movsb
        test bp, bp
        jnz .part
        popad
        movzx ecx, cx
        add eax, ecx
        add si, cx
        ret

; Empties the row of text.
std_row_clear:
        push cx
        push es
        push ds
        pop es
        mov di, std_row
        mov cx, STD_CHARS
        mov al, ' '
        rep stosb
        pop es
        pop cx
        ret

; SI = text, BX = column: into the row. BX ends behind it.
std_row_text:
.next:  lodsb
        test al, al
        jz .done
        mov [std_row + bx], al
        inc bx
        jmp .next
.done:  ret

; Draws the row, CX characters of it, from byte EAX of video memory on; lines are EDX bytes apart. Ink is all ones (or
; [std_ink] with one byte a pixel), paper zeros. EAX moves on.
std_row_draw:
        mov [std_wide], cx
        xor bp, bp                      ; line of the glyphs
.line:  pushad
        push es
        push ds
        pop es
        mov di, std_line
        xor bx, bx
.char:  movzx si, byte [std_row + bx]
        shl si, 4
        add si, bp
        add si, [std_glyphs]
        mov dl, [gs:si]
        mov dh, 8
.dot:   xor al, al
        shl dl, 1
        jnc .paper
        mov al, [std_ink]
.paper: mov cx, [std_bytes]
        rep stosb
        dec dh
        jnz .dot
        inc bx
        cmp bx, [std_wide]
        jb .char
        pop es
        sub di, std_line
        mov [std_length], di
        popad
        push eax
        mov si, std_line
        mov cx, [std_length]
        call std_put
        pop eax
        add eax, edx
        inc bp
        cmp bp, STD_GLYPH_LINES
        jb .line
        ret

[section .data]
std_bank:       dw 0                    ; where the window is
std_ink:        db 0xFF
std_switch:     dw dispi_bank           ; sets the window to bank AX

[section .bss]
std_bytes:      resw 1                  ; of a pixel
std_glyphs:     resw 1                  ; GS: the font
std_wide:       resw 1
std_length:     resw 1
std_row:        resb STD_CHARS
std_line:       resb 640 * 4
[section .text]
