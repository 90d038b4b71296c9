; Mode 12h: eight panels, each drawn with one facility of the graphics controller.
;
; A panel is 128 x 128 dots (16 bytes wide). Four across, two down; captions are BIOS text.

ROW             equ 80                  ; bytes of a line
PANEL_W         equ 16                  ; bytes
PANEL_H         equ 128                 ; lines
; PANEL column, row: offset of its first byte
%define PANEL(column, row) ((40 + (row) * 192) * ROW + 2 + (column) * 20)

page_planar:
        mov al, 0x12
        call graphics_mode
        call planar_checks
        call graphics_reset
        mov di, PANEL(0, 0)
        call planar_bit_mask
        mov di, PANEL(1, 0)
        call planar_set_reset
        mov di, PANEL(2, 0)
        call planar_rotate
        mov di, PANEL(3, 0)
        call planar_logic
        mov si, PANEL(1, 0)
        mov di, PANEL(0, 1)
        call planar_latches
        mov di, PANEL(1, 1)
        call planar_mode_2
        mov di, PANEL(2, 1)
        call planar_mode_3
        mov si, PANEL(1, 1)
        mov di, PANEL(3, 1)
        call planar_compare
        call planar_frames
        call graphics_reset
        GPRINT 11, 2, 7,  "write mode 0"
        GPRINT 12, 2, 8,  "bit mask"
        GPRINT 11, 22, 7, "write mode 0"
        GPRINT 12, 22, 8, "set/reset"
        GPRINT 11, 42, 7, "write mode 0"
        GPRINT 12, 42, 8, "rotate 0 to 7"
        GPRINT 11, 62, 7, "write mode 0"
        GPRINT 12, 62, 8, "AND, OR, XOR"
        GPRINT 23, 2, 7,  "write mode 1"
        GPRINT 24, 2, 8,  "latches, mirrored"
        GPRINT 23, 22, 7, "write mode 2"
        GPRINT 24, 22, 8, "colour by bit mask"
        GPRINT 23, 42, 7, "write mode 3"
        GPRINT 24, 42, 8, "stencil on bars"
        GPRINT 23, 62, 7, "read mode 1"
        GPRINT 24, 62, 8, "finds colour 5"
        call planar_strip
        mov bx, 0x0B0F
        jmp graphics_frame

; Sixteen colours side by side below the panels.
planar_strip:
        GC 1, 0x0F
        xor cx, cx
.colour:
        GC_VAR 0, cl
        mov di, cx
        shl di, 2
        add di, 26 * 16 * ROW + 8
        mov dx, 24
.line:  mov word [es:di], 0xFFFF
        mov word [es:di + 2], 0xFFFF
        add di, ROW
        dec dx
        jnz .line
        inc cx
        cmp cx, 16
        jb .colour
        jmp graphics_reset

; One dot of every eight, moved by one each line; the colour follows the line.
planar_bit_mask:
        mov cx, 0
.line:  mov ax, cx
        and al, 7
        push cx
        mov cl, al
        mov bl, 0x80
        ror bl, cl
        mov al, 0xC0
        ror al, cl
        or bl, al
        pop cx
        GC_VAR 8, bl
        mov bx, cx
        shr bx, 3
        and bl, 15
        inc bl
        SEQ_VAR 2, bl
        push cx
        mov cx, PANEL_W
.byte:  mov al, [es:di]                 ; latch
        mov byte [es:di], 0xFF
        inc di
        loop .byte
        pop cx
        add di, ROW - PANEL_W
        inc cx
        cmp cx, PANEL_H
        jb .line
        jmp graphics_reset

; Bars of all colours; the data the CPU sends does not matter.
planar_set_reset:
        GC 1, 0x0F
        xor cx, cx
.line:  mov bx, cx
        shr bx, 3
        GC_VAR 0, bl
        push cx
        mov cx, PANEL_W
        mov al, 0x55
        rep stosb
        pop cx
        add di, ROW - PANEL_W
        inc cx
        cmp cx, PANEL_H
        jb .line
        jmp graphics_reset

; F0h turned right by the band's number.
planar_rotate:
        xor cx, cx
.line:  mov bx, cx
        shr bx, 4
        GC_VAR 3, bl
        mov bx, cx
        shr bx, 4
        add bl, 9
        and bl, 15
        SEQ_VAR 2, bl
        push cx
        mov cx, PANEL_W
        mov al, 0xF0
        rep stosb
        pop cx
        add di, ROW - PANEL_W
        inc cx
        cmp cx, PANEL_H
        jb .line
        jmp graphics_reset

; Broad bars of colour 6 and 3, then AND, OR and XOR with a comb in all planes, one third each.
planar_logic:
        push di
        GC 1, 0x0F
        mov dx, PANEL_H
.back:  push dx
        GC 0, 6
        mov cx, PANEL_W / 2
        xor al, al
        rep stosb
        GC 0, 3
        mov cx, PANEL_W / 2
        rep stosb
        add di, ROW - PANEL_W
        pop dx
        dec dx
        jnz .back
        call graphics_reset
        pop di
        xor cx, cx
.line:  mov ax, cx
        mov bl, 43
        div bl                          ; which third
        inc al
        shl al, 3
        GC_VAR 3, al
        test cl, 4
        jnz .skip
        push cx
        mov cx, PANEL_W
.byte:  mov al, [es:di]
        mov byte [es:di], 0xCC
        inc di
        loop .byte
        pop cx
        jmp .next
.skip:  add di, PANEL_W
.next:  add di, ROW - PANEL_W
        inc cx
        cmp cx, PANEL_H
        jb .line
        jmp graphics_reset

; Copies the panel at SI upside down: four planes with one byte each.
planar_latches:
        GC 5, 1
        add si, (PANEL_H - 1) * ROW
        mov dx, PANEL_H
.line:  mov cx, PANEL_W
.byte:  mov al, [es:si]
        mov [es:di], al
        inc si
        inc di
        loop .byte
        sub si, ROW + PANEL_W
        add di, ROW - PANEL_W
        dec dx
        jnz .line
        jmp graphics_reset

; A board of 8 x 8 fields, each split into two colours by the bit mask.
planar_mode_2:
        GC 5, 2
        xor cx, cx
.line:  xor bx, bx
.byte:  mov ax, cx
        shr ax, 3
        add ax, bx
        and al, 15
        push ax
        GC 8, 0xF0
        pop ax
        mov ah, [es:di]
        mov [es:di], al
        push ax
        GC 8, 0x0F
        pop ax
        mov ah, [es:di]
        xor al, 15
        mov [es:di], al
        inc di
        inc bx
        cmp bx, PANEL_W
        jb .byte
        add di, ROW - PANEL_W
        inc cx
        cmp cx, PANEL_H
        jb .line
        jmp graphics_reset

; Bars first; then a lozenge stencil in white, cut by a bit mask of every other pair of dots.
planar_mode_3:
        push di
        call planar_set_reset
        pop di
        GC 5, 3
        GC 0, 15
        GC 8, 0xCC
        xor cx, cx
.line:  mov ax, cx                      ; half width in bytes: 0 at the edges, 8 in the middle
        cmp ax, PANEL_H / 2
        jb .upper
        mov ax, PANEL_H - 1
        sub ax, cx
.upper: shr ax, 3
        jz .next
        push di
        mov bx, 8
        sub bx, ax
        add di, bx
        shl ax, 1
        push cx
        mov cx, ax
.byte:  mov al, [es:di]
        mov byte [es:di], 0xFF
        inc di
        loop .byte
        pop cx
        pop di
.next:  add di, ROW
        inc cx
        cmp cx, PANEL_H
        jb .line
        jmp graphics_reset

; Asks for colour 5 all over the panel at SI and draws the answers.
planar_compare:
        mov cx, PANEL_H
.line:  push cx
        mov cx, PANEL_W
.byte:  push cx
        GC 5, 8
        GC 2, 5
        mov bl, [es:si]
        GC 5, 0
        SEQ 2, 1
        mov [es:di], bl
        SEQ 2, 6
        mov al, [es:di]
        GC_VAR 8, bl
        mov byte [es:di], 0xFF
        GC 8, 0xFF
        SEQ 2, 8
        not bl
        and bl, 0x11
        mov [es:di], bl
        inc si
        inc di
        pop cx
        loop .byte
        add si, ROW - PANEL_W
        add di, ROW - PANEL_W
        pop cx
        loop .line
        jmp graphics_reset

; A thin line around every panel.
planar_frames:
        GC 1, 0x0F
        GC 0, 8
        mov bx, planar_corners
.panel: mov di, [bx]
        test di, di
        jz .done
        call planar_frame
        add bx, 2
        jmp .panel
.done:  jmp graphics_reset

planar_frame:
        GC 8, 0xFF
        push di
        sub di, ROW * 2
        mov cx, PANEL_W
        rep stosb
        pop di
        push di
        add di, (PANEL_H + 1) * ROW
        mov cx, PANEL_W
        rep stosb
        pop di
        ret

[section .data]
planar_corners: dw PANEL(0, 0), PANEL(1, 0), PANEL(2, 0), PANEL(3, 0)
                dw PANEL(0, 1), PANEL(1, 1), PANEL(2, 1), PANEL(3, 1), 0
[section .text]
