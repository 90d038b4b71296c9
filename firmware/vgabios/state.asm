; 0Fh: read video state.

read_state:
        mov     al, [BDA_CONTROL]
        and     al, CONTROL_KEEP_MEMORY
        or      al, [BDA_MODE]
        mov     ah, [BDA_COLUMNS]
        mov     [bp + frame.ax], ax
        mov     al, [BDA_PAGE]
        mov     [bp + frame.bx + 1], al
        ret
