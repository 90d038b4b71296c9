; 13h: write string ES:BP, CX characters, at DH, DL of page BH. AL bit 0: the cursor moves along; bit 1:
; attributes follow their characters, else all get BL.

STRING_MOVES    equ 1
STRING_ATTRIBUTES equ 2

write_string:
        cmp     al, STRING_MOVES | STRING_ATTRIBUTES
        ja      .done
        jcxz    .done
        call    .cursor_of_page
        push    word [di + BDA_CURSORS]
        push    bx
        push    ax
        push    cx
        call    move_cursor
        pop     cx
        pop     ax
        mov     si, [bp + frame.bp]
.character:
        push    ax
        push    cx
        mov     ah, [es:si]
        inc     si
        test    al, STRING_ATTRIBUTES
        jz      .attribute
        mov     bl, [es:si]
        inc     si
.attribute:
        mov     al, ah
        mov     ah, 1
        push    es
        push    si
        push    bx
        call    type_character
        pop     bx
        pop     si
        pop     es
        pop     cx
        pop     ax
        loop    .character
        pop     bx
        pop     dx
        test    al, STRING_MOVES
        jnz     .done
        jmp     move_cursor
.done:
        ret

; DI = the index of page BH's cursor.
.cursor_of_page:
        movzx   di, bh
        and     di, 7
        add     di, di
        ret
