; VGA registers, and text in graphics modes through the BIOS.

SEQUENCER       equ 0x3C4
CRTC            equ 0x3D4
GRAPHICS_CTRL   equ 0x3CE
ATTRIBUTE       equ 0x3C0
ATTRIBUTE_READ  equ 0x3C1
MISC_READ       equ 0x3CC
MISC_WRITE      equ 0x3C2
DAC_MASK        equ 0x3C6
DAC_READ        equ 0x3C7
DAC_WRITE       equ 0x3C8
DAC_DATA        equ 0x3C9
STATUS_1        equ 0x3DA

; SEQ / GC / CRT index, value
%macro SEQ 2
        mov dx, SEQUENCER
        mov ax, (%2) << 8 | (%1)
        out dx, ax
%endmacro

%macro GC 2
        mov dx, GRAPHICS_CTRL
        mov ax, (%2) << 8 | (%1)
        out dx, ax
%endmacro

%macro CRT 2
        mov dx, CRTC
        mov ax, (%2) << 8 | (%1)
        out dx, ax
%endmacro

; The same with the value in a register or memory.
%macro GC_VAR 2
        mov dx, GRAPHICS_CTRL
        mov ah, %2
        mov al, %1
        out dx, ax
%endmacro

%macro SEQ_VAR 2
        mov dx, SEQUENCER
        mov ah, %2
        mov al, %1
        out dx, ax
%endmacro

%macro CRT_VAR 2
        mov dx, CRTC
        mov ah, %2
        mov al, %1
        out dx, ax
%endmacro

; AL = index; gives AL = value, AH = 0.
crtc_read:
        mov dx, CRTC
        jmp indexed_read
sequencer_read:
        mov dx, SEQUENCER
        jmp indexed_read
graphics_read:
        mov dx, GRAPHICS_CTRL
indexed_read:
        out dx, al
        inc dx
        in al, dx
        xor ah, ah
        ret

; AL = index; gives AL. Leaves the palette address source on (bit 5), so the screen stays.
attribute_read:
        push bx
        mov bl, al
        mov dx, STATUS_1
        in al, dx
        mov dx, ATTRIBUTE
        mov al, bl
        or al, 0x20
        out dx, al
        mov dx, ATTRIBUTE_READ
        in al, dx
        mov bl, al
        mov dx, STATUS_1
        in al, dx
        mov dx, ATTRIBUTE
        mov al, 0x20
        out dx, al
        mov al, bl
        xor ah, ah
        pop bx
        ret

; AL = index, AH = value.
attribute_write:
        push ax
        mov dx, STATUS_1
        in al, dx
        pop ax
        mov dx, ATTRIBUTE
        or al, 0x20
        out dx, al
        mov al, ah
        out dx, al
        ret

; BX = address of the first line.
crtc_start:
        CRT_VAR 0x0C, bh
        CRT_VAR 0x0D, bl
        ret

; BX = the last line before the split, 10 bits.
crtc_split:
        CRT_VAR 0x18, bl
        mov al, 7
        call crtc_read
        and al, ~0x10
        mov ah, bh
        and ah, 1
        shl ah, 4
        or ah, al
        CRT_VAR 7, ah
        mov al, 9
        call crtc_read
        and al, ~0x40
        mov ah, bh
        and ah, 2
        shl ah, 5
        or ah, al
        CRT_VAR 9, ah
        ret

; SI = CRTC registers (index in the low byte, zero ends), AL = miscellaneous output: takes the chain off mode 13h.
unchain:
        mov bl, al
        SEQ 4, 6
        SEQ 0, 1                        ; hold the sequencer while the clock changes
        mov dx, MISC_WRITE
        mov al, bl
        out dx, al
        SEQ 0, 3
        mov al, 0x11
        call crtc_read
        and al, 0x7F
        mov ah, al
        CRT_VAR 0x11, ah
        mov dx, CRTC
.next:  lodsw
        test ax, ax
        jz .done
        out dx, ax
        jmp .next
.done:  ret

; Every register of the graphics controller as a mode set leaves it for plain planar writes.
graphics_reset:
        push ax
        push dx
        GC 0, 0
        GC 1, 0
        GC 2, 0
        GC 3, 0
        GC 4, 0
        GC 5, 0
        GC 7, 0x0F
        GC 8, 0xFF
        SEQ 2, 0x0F
        pop dx
        pop ax
        ret

; Sets graphics mode AL, ES = graphics window, FS = BIOS data.
graphics_mode:
        call std_off
        xor ah, ah
        int 0x10
        mov word [passed_page], 0
        mov word [counted_page], 0
        push word GRAPHICS
        pop es
        push word BDA
        pop fs
        ret

; GPRINT row, column, colour, text: text cells through the BIOS.
%macro GPRINT 4
[section .data]
%%text: db %4, 0
[section .text]
        mov dx, (%1) << 8 | (%2)
        mov bl, %3
        mov si, %%text
        call graphics_string
%endmacro

; DH = row, DL = column, BL = colour, SI = text. The cursor ends behind it.
graphics_string:
        push bx
        mov bh, 0
        mov ah, 2
        int 0x10
        pop bx
.next:  lodsb
        test al, al
        jz .done
        call graphics_char
        jmp .next
.done:  ret

; AL in colour BL at the cursor, which moves on.
graphics_char:
        push si
        push bx
        mov bh, 0
        mov ah, 0x0E
        int 0x10
        pop bx
        pop si
        ret

; CX in decimal at the cursor, colour BL.
graphics_decimal:
        mov ax, cx
        mov di, number
        call decimal
        mov si, number
        jmp graphics_string.next

; Title and name in row 0, checks in the last row; BL = colour of the title, BH = of the checks.
graphics_frame:
        push bx
        mov dx, 0x0001
        mov si, text_relic
        call graphics_string
        mov si, [page]
        mov si, [si + page_title]
        push si
        xor cx, cx
.count: lodsb
        inc cx
        test al, al
        jnz .count
        pop si
        mov ax, [fs:0x4A]
        mov dl, al
        sub dl, cl
        shr dl, 1
        cmp al, 40
        jne .wide
        mov dl, 15                      ; 40 columns: the name, a gap, the title, the number
.wide:  xor dh, dh
        call graphics_string
        call name_column
        mov dx, cx
        call graphics_string
        pop bx
        mov bl, bh
        mov dh, [fs:0x84]
        mov dl, 1

; How many checks of the page passed, at DH = row, DL = column, colour BL.
graphics_checks:
        mov si, text_checks
        call graphics_string
        mov cx, [passed_page]
        call graphics_decimal
        mov si, text_of
        call graphics_string.next
        mov cx, [counted_page]
        jmp graphics_decimal

[section .data]
nothing:        db 0
[section .text]
