; 05h: select the displayed page.

set_page:
        and     al, 7
        mov     [BDA_PAGE], al
        mov     bh, al
        call    page_offset
        mov     [BDA_PAGE_START], di
        call    video_model
        cmp     si, MODEL_PLANAR
        jae     .bytes
        shr     di, 1                   ; the CRTC counts words in text and CGA modes
.bytes:
        mov     cx, di
        mov     al, CRTC_START_HIGH
        call    write_crtc_pair
        call    page_cursor
        jmp     place_cursor
