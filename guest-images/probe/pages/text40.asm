; 40 columns: wide cells, and a second page through the CRTC's start address.

page_text40:
        mov al, 1
        call text_mode
        call text40_checks
        call title_line
        AT40 2, 0
        mov cx, 40
        mov al, '1'
.ruler: mov ah, A_LABEL
        cmp al, '0'
        jne .digit
        mov ah, A_BRIGHT
.digit: stosw
        inc al
        cmp al, '9' + 1
        jne .same
        mov al, '0'
.same:  loop .ruler
        PRINT40 4, 4, A_BRIGHT, "Forty columns, sixteen colours"
        mov cx, 0                       ; the colour
.bar:   mov ax, cx
        add ax, 6
        imul di, ax, 80
        mov ah, A_PLAIN
        add di, 4
        call put_hex8
        add di, 4
        mov al, 0xDB
        mov ah, cl
        mov bx, 20
.block: stosw
        dec bx
        jnz .block
        add di, 4
        mov si, cx
        shl si, 1
        mov si, [text40_names + si]
        mov ah, A_PLAIN
        call put_string
        inc cx
        cmp cx, 16
        jb .bar
        jmp status_line

text40_checks:
        mov al, [fs:0x49]
        CHECK_AL "mode 1 in BIOS data", 1
        mov ax, [fs:0x4A]
        CHECK_AX "40 columns in BIOS data", 40
        mov ax, [fs:0x4C]
        CHECK_AX "page size in BIOS data", 0x800
        mov al, 1
        call crtc_read
        CHECK_AX "CRTC shows 40 columns", 39
        mov al, 0x13
        call crtc_read
        CHECK_AX "CRTC row offset", 20
        mov ax, 0x0501
        int 0x10
        mov ax, [fs:0x4E]
        CHECK_AX "page 1 starts at 800h", 0x800
        mov al, 0x0C
        call crtc_read
        mov bh, al
        mov al, 0x0D
        call crtc_read
        mov ah, bh
        CHECK_AX "page 1 in CRTC start", 0x400
        mov ax, 0x0500
        int 0x10
        mov al, [fs:0x62]
        CHECK_AL "page 0 is active again", 0
        ret

[section .data]
text40_names:   dw .n0, .n1, .n2, .n3, .n4, .n5, .n6, .n7, .n8, .n9, .n10, .n11, .n12, .n13, .n14, .n15
.n0:    db "black", 0
.n1:    db "blue", 0
.n2:    db "green", 0
.n3:    db "cyan", 0
.n4:    db "red", 0
.n5:    db "magenta", 0
.n6:    db "brown", 0
.n7:    db "grey", 0
.n8:    db "dark", 0
.n9:    db "+blue", 0
.n10:   db "+green", 0
.n11:   db "+cyan", 0
.n12:   db "+red", 0
.n13:   db "+magenta", 0
.n14:   db "yellow", 0
.n15:   db "white", 0
[section .text]
