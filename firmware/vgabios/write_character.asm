; 09h: write character and attribute. 0Ah: write character. AL, BL attribute or colour, BH page (mode 13h:
; background colour), CX times from the cursor on; the cursor stays.

write_character:
        call    video_model
        cmp     si, MODEL_TEXT
        jne     write_pictures
        call    locate_cell
        jcxz    .done
.cell:
        stosb
        inc     di
        loop    .cell
.done:
        ret

write_cell:
        call    video_model
        cmp     si, MODEL_TEXT
        jne     write_pictures
        call    locate_cell
        mov     ah, bl
        rep     stosw
        ret

; ES:DI = the text cell under the cursor of page BH; SI = model. Destroys DX.
locate_cell:
        call    video_segment
        call    page_cursor
        jmp     cell_offset

; Draws AL CX times in a graphics mode, going on in the next row.
write_pictures:
        jcxz    .done
        mov     ah, 0                   ; background
        cmp     si, MODEL_PACKED
        jne     .paged
        mov     ah, bh
        mov     bh, 0
.paged:
        call    video_segment
        call    page_cursor
.character:
        call    cell_offset
        call    draw_glyph
        inc     dl
        cmp     dl, [BDA_COLUMNS]
        jb      .next
        mov     dl, 0
        inc     dh
        cmp     dh, [BDA_ROWS]
        ja      .done
.next:
        loop    .character
.done:
        ret
