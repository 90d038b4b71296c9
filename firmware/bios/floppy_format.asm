; INT 40h formatting: 05h format a track, 17h and 18h choose the format first.
; DS = BDA, FS = EBDA, bp = INT 13h frame. References: Ralf Brown's INT 13h; Intel 82077AA data sheet.

; 05h: format a track from the C/H/R/N list at ES:BX.
fl_format:
        mov     byte [bp+L_CMD],OP_FORMAT
        mov     byte [bp+L_MODE],4Ah
        mov     al,[bp+R_CH]
        mov     [bp+L_TRK],al
        mov     al,[bp+R_DH]
        mov     [bp+L_HEAD],al
        cmp     al,1
        mov     al,ST_BAD
        ja      .out
        call    buffer_from_caller
        call    floppy_type
        mov     al,ST_TIMEOUT
        jz      .out
        call    fdc_select
        call    fl_changed
        jc      .end
        movzx   bx,byte [bp+L_DRV]
        mov     al,[B_FDMEDIA+bx]
        test    al,FM_KNOWN
        jnz     .rate
        call    floppy_type             ; blank disk: the best the drive does
        movzx   si,al
        dec     si
        shl     si,2
        mov     al,[cs:fl_rates+si]
        shl     al,6
        or      al,FM_KNOWN|07h
        mov     [B_FDMEDIA+bx],al
.rate:  shr     al,6
        call    fl_rate
        movzx   bx,byte [bp+L_DRV]
        mov     al,[bp+L_TRK]
        test    byte [B_FDMEDIA+bx],FM_DOUBLE
        jz      .seek
        shl     al,1
.seek:  call    fdc_seek
        jc      .end
        mov     bx,4
        call    dpt_byte
        movzx   cx,al
        shl     cx,2
        call    fdc_dma
        jc      .end
        and     byte [B_FDRECAL],7Fh
        mov     al,CMD_FORMAT
        call    fdc_out
        jc      .late
        mov     al,[bp+L_HEAD]
        shl     al,2
        or      al,[bp+L_DRV]
        call    fdc_out
        mov     si,fl_format_bytes
.byte:  cs lodsb
        cmp     al,0FFh
        je      .sent
        movzx   bx,al
        call    dpt_byte
        call    fdc_out
        jmp     .byte
.sent:  call    fdc_wait
        jc      .late
        call    fdc_result
        jc      .end
        xor     al,al
        jmp     short .end
.late:  call    fdc_reset
        mov     al,ST_TIMEOUT
.end:   call    fdc_release
.out:   ret

fl_format_bytes db 3, 4, 7, 8, 0FFh     ; N, sectors, gap, fill

; 17h: AL = 1 360K in 360K, 2 360K in 1.2M, 3 1.2M, 4 720K: before formatting.
fl_set_type:
        mov     al,[bp+R_AL]
        dec     al
        cmp     al,4
        jae     .bad
        movzx   si,al
        movzx   bx,byte [bp+L_DRV]
        mov     al,[cs:fl_set_types+si]
        mov     [B_FDMEDIA+bx],al
        xor     al,al
        ret
.bad:   mov     al,ST_BAD
        ret

fl_set_types    db 80h|FM_KNOWN|3, 40h|FM_DOUBLE|FM_KNOWN|4, FM_KNOWN|5, 80h|FM_KNOWN|7

; 18h: CH = last cylinder, CL = sectors: the format must be one of the drive's.
fl_set_media:
        call    floppy_type
        mov     al,ST_TIMEOUT
        jz      .out
        call    floppy_type
        movzx   bx,al
        shl     bx,1
        mov     bx,[cs:fl_formats-2+bx]
        mov     cx,[bp+R_CX]
        and     cl,3Fh
.next:  mov     ax,[cs:bx]
        test    ax,ax
        mov     al,ST_MEDIA
        jz      .out
        mov     al,[cs:bx]
        cmp     cx,[cs:bx]
        je      .found
        add     bx,4
        jmp     .next
.found: mov     ax,[cs:bx+2]            ; AL = media byte, AH = table
        movzx   bx,byte [bp+L_DRV]
        mov     [B_FDMEDIA+bx],al
        mov     al,ah
        call    fl_table
        mov     [bp+R_DI],si
        mov     word [bp+R_ES],ROM_SEG
        xor     al,al
.out:   ret

; Per drive type: sectors and last cylinder, media byte, parameter table; ends with zero.
fl_formats      dw fl_f360, fl_f1200, fl_f720, fl_f1440, fl_f2880
fl_f360         db 9, 39, 80h|FM_KNOWN|3, 1
                db 8, 39, 80h|FM_KNOWN|3, 1
                dw 0
fl_f1200        db 15, 79, FM_KNOWN|5, 2
                db 9, 39, 40h|FM_DOUBLE|FM_KNOWN|4, 1
                db 8, 39, 40h|FM_DOUBLE|FM_KNOWN|4, 1
                dw 0
fl_f2880        db 36, 79, 0C0h|FM_KNOWN|7, 5
fl_f1440        db 18, 79, FM_KNOWN|7, 4
fl_f720         db 9, 79, 80h|FM_KNOWN|7, 3
                dw 0
