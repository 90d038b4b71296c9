; The same sheets through VESA's BIOS functions, on whatever adapter has them: modes, window, rows, display start.

VESA_SUCCEEDED  equ 0x004F
VESA_MODE_8     equ 0x101
VESA_MODE_15    equ 0x110
VESA_MODE_16    equ 0x111
VESA_MODE_24    equ 0x112
VESA_BANK_KIB   equ 64

page_vesa15:
        mov bx, 15
        mov cx, VESA_MODE_15
        mov word [std_packer], std_pack_15
        jmp vesa_sheet
page_vesa16:
        mov bx, 16
        mov cx, VESA_MODE_16
        mov word [std_packer], std_pack_16
        jmp vesa_sheet
page_vesa24:
        mov bx, 24
        mov cx, VESA_MODE_24
        mov word [std_packer], std_pack_24
vesa_sheet:
        mov word [std_labels], std_names
        mov byte [std_ink], 0xFF
        call vesa_mode
        call vesa_checks
        jmp std_sheet_picture

; 8 bits a pixel on 1024 x 600, seen from column 100, line 50.
page_vesa8:
        mov bx, 8
        mov cx, VESA_MODE_8
        mov byte [std_ink], 15
        call vesa_mode
        call vesa_checks
        call vesa_screen_checks
        mov cx, 0
        mov dx, 0
        call vesa_start
        call std_virtual
        mov cx, STD_X                   ; last: Bochs's Cirrus redraws the screen for it
        mov dx, STD_Y

; The display starts at column CX of line DX; AX = result.
vesa_start:
        mov ax, 0x4F07
        mov bx, 0
        int 0x10
        ret

; Carry set if the BIOS has no VESA functions. Keeps SI.
vesa_there:
        push si
        call vesa_controller
        pop si
        cmp ax, VESA_SUCCEEDED
        je .there
        stc
.there: ret

; AX = result of 4F00h, its block in [std_line].
vesa_controller:
        push es
        push ds
        pop es
        mov dword [std_line], 'VBE2'
        mov di, std_line
        mov ax, 0x4F00
        int 0x10
        pop es
        ret

; CX = mode, BX = bits a pixel: an empty screen. ES = window. Keeps both.
vesa_mode:
        push bx
        push cx
        mov al, 0x13
        call graphics_mode
        pop bx
        push bx
        mov ax, 0x4F02
        int 0x10
        pop cx
        pop bx
        push bx
        push cx
        mov word [std_switch], vesa_bank
        call std_window
        pop cx
        pop bx
        ret

; AX = bank of 64 KiB.
vesa_bank:
        pusha
        mul word [vesa_units]
        mov dx, ax
        mov ax, 0x4F05
        xor bx, bx
        int 0x10
        popa
        ret

; CX = mode, BX = bits a pixel.
vesa_checks:
        push es
        push ds
        pop es
        push bx
        mov di, std_line
        mov ax, 0x4F01
        int 0x10
        pop bx
        pop es
        CHECK_AX "4F01h mode information", VESA_SUCCEEDED
        mov ax, [std_line + 18]
        CHECK_AX "its width", 640
        mov ax, [std_line + 20]
        CHECK_AX "its height", 480
        mov al, [std_line + 25]
        movzx edx, bx
        CHECK_AL "its bits a pixel", edx
        mov ax, VESA_BANK_KIB
        xor dx, dx
        mov bx, [std_line + 4]
        test bx, bx
        jz .units
        div bx
.units: mov [vesa_units], ax
        imul ax, bx
        CHECK_AX "units divide the bank", VESA_BANK_KIB
        mov ax, [std_line + 8]
        CHECK_AX "segment of the window", GRAPHICS
        movzx edx, cx
        push edx
        mov ax, 0x4F03
        int 0x10
        pop edx
        mov ax, bx
        CHECK_AX "4F03h mode", edx
        xor ax, ax                      ; Bochs keeps the bank from mode to mode
        call vesa_bank
        mov byte [es:0x1234], 0xA5      ; the bank is a window
        mov ax, 1
        call vesa_bank
        mov byte [es:0x1234], 0x5A
        mov ax, 0x4F05
        mov bx, 0x0100
        int 0x10
        mov ax, dx
        movzx edx, word [vesa_units]
        CHECK_AX "4F05h bank", edx
        xor ax, ax
        call vesa_bank
        mov al, [es:0x1234]
        mov byte [es:0x1234], 0
        CHECK_AL "bank 0 is not bank 1", 0xA5
        mov ax, 1
        call vesa_bank
        mov al, [es:0x1234]
        mov byte [es:0x1234], 0
        push ax
        xor ax, ax
        call vesa_bank
        pop ax
        CHECK_AL "bank 1 keeps its bytes", 0x5A
        ret

vesa_screen_checks:
        call vesa_controller
        mov eax, [std_line]
        CHECK_EQ "4F00h VESA", 'VESA'
        mov ax, [std_line + 4]
        movzx eax, ax
        cmp ax, 0x0200
        CHECK_IF "version 2.0 at least", ae
        mov cx, VESA_MODE_8
        call vesa_listed
        CHECK_IF "101h is in the list", e
        mov cx, VESA_MODE_24
        call vesa_listed
        CHECK_IF "112h is in the list", e
        mov ax, 0x4F06
        mov bx, 0
        mov cx, STD_WIDE
        int 0x10
        mov ax, bx
        CHECK_AX "4F06h bytes a row", STD_WIDE
        mov cx, STD_X
        mov dx, STD_Y
        call vesa_start
        CHECK_AX "4F07h display start", VESA_SUCCEEDED
        mov ax, 0x4F07
        mov bx, 1
        int 0x10
        mov ax, cx
        CHECK_AX "first column shown", STD_X
        mov ax, dx
        CHECK_AX "first line shown", STD_Y
        mov ax, 0x4F08
        mov bx, 1
        int 0x10
        mov al, bh
        CHECK_AL "4F08h bits of the DAC", 6
        ret

; CX = mode; the zero flag tells whether it is in the list of the block in [std_line].
vesa_listed:
        push es
        les di, [std_line + 14]
.next:  mov ax, [es:di]
        cmp ax, cx
        je .done
        add di, 2
        cmp ax, 0xFFFF
        jne .next
        test ax, ax
.done:  movzx eax, ax
        pop es
        ret

[section .data]
vesa_units:     dw 1                    ; of 4F05h in a bank
[section .text]
