; INT 40h (INT 13h for floppies): functions 00h-05h, 08h, 15h-18h. Media of 160K to 2.88M are told apart by
; reading an ID field at each data rate of the drive. DS = BDA, FS = EBDA, bp = INT 13h frame.
; References: Ralf Brown's INT 13h; IBM PC/AT Technical Reference; Intel 82077AA data sheet.

; B_FDMEDIA
FM_RATE         equ 0C0h                ; 00 500k, 40h 300k, 80h 250k, C0h 1M
FM_DOUBLE       equ 20h                 ; 40-track disk in an 80-track drive
FM_KNOWN        equ 10h

OP_READ         equ 0
OP_WRITE        equ 1
OP_VERIFY       equ 2
OP_FORMAT       equ 3

floppy_service:
        cmp     byte [bp+L_DRV],2
        jae     .bad
        mov     bl,[bp+R_AH]
        cmp     bl,18h
        ja      .bad
        xor     bh,bh
        shl     bx,1
        call    [cs:floppy_table+bx]
        jmp     floppy_status
.bad:   mov     al,ST_BAD
; AL = status -> AH of the caller, 40:41, CF.
floppy_status:
        mov     [B_FDSTAT],al
        mov     [bp+R_AH],al
        cmp     al,1
        cmc
        ret

floppy_table:
        dw      fl_reset, fl_last, fl_read, fl_write, fl_verify, fl_format, fl_none, fl_none
        dw      fl_params, fl_none, fl_none, fl_none, fl_none, fl_none, fl_none, fl_none
        dw      fl_none, fl_none, fl_none, fl_none, fl_none, fl_type, fl_change, fl_set_type
        dw      fl_set_media

fl_none:
        mov     al,ST_BAD
        ret

; Type of drive L_DRV from CMOS 10h into AL, 0 if there is none. ZF accordingly.
floppy_type:
        mov     al,10h
        call    cmos_read
        cmp     byte [bp+L_DRV],0
        jne     .second
        shr     al,4
.second:
        and     al,0Fh
        cmp     al,5
        jbe     .known
        mov     al,4                    ; unknown codes: take 1.44M
.known: test    al,al
        ret

fl_reset:
        call    fdc_reset
        mov     al,ST_TIMEOUT
        jc      .out
        xor     al,al
.out:   ret

fl_last:
        mov     al,[B_FDSTAT]
        ret

fl_read:
        mov     ax,(OP_READ<<8)|46h
        jmp     short fl_transfer
fl_write:
        mov     ax,(OP_WRITE<<8)|4Ah
        jmp     short fl_transfer
fl_verify:
        mov     ax,(OP_VERIFY<<8)|42h

; AH = operation, AL = DMA mode. Returns AL = status; AL of the caller = sectors done.
fl_transfer:
        mov     [bp+L_CMD],ah
        mov     [bp+L_MODE],al
        movzx   cx,byte [bp+R_AL]
        mov     [bp+L_CNT],cx
        mov     byte [bp+R_AL],0
        mov     word [bp+L_DONE],0
        mov     ax,[bp+R_CX]
        mov     [bp+L_TRK],ah
        mov     [bp+L_SEC],al
        mov     dh,[bp+R_DH]
        mov     [bp+L_HEAD],dh
        jcxz    .bad
        cmp     dh,1
        ja      .bad
        test    al,al
        jz      .bad
        call    buffer_from_caller
        mov     byte [bp+L_TRY],2
        call    fl_begin
        jc      .end
        call    fl_eot
.next:  call    fl_chunk
        jc      .failed
        mov     cx,[bp+L_CHUNK]
        add     [bp+L_DONE],cx
        add     [bp+L_SEC],cl
        mov     ax,cx
        shl     ax,5
        add     [bp+L_SEG],ax
        sub     [bp+L_CNT],cx
        jz      .good
        mov     al,[bp+L_SEC]           ; track full: on to head 1
        cmp     al,[bp+L_EOT]
        jbe     .next
        mov     al,ST_SECTOR
        cmp     byte [bp+L_HEAD],0
        jne     .end
        inc     byte [bp+L_HEAD]
        mov     byte [bp+L_SEC],1
        jmp     .next
.failed:
        cmp     al,ST_PROTECTED         ; trying again helps against wrong media data only
        je      .end
        cmp     al,ST_BOUNDARY
        je      .end
        cmp     al,ST_TIMEOUT
        je      .reset
        dec     byte [bp+L_TRY]
        jz      .end
        push    ax
        call    fl_forget
        call    fl_media
        pop     ax
        jc      .end
        jmp     .next
.reset: call    fdc_reset
        mov     al,ST_TIMEOUT
        jmp     short .end
.bad:   mov     al,ST_BAD
        ret
.good:  xor     al,al
.end:   mov     cl,[bp+L_DONE]
        mov     [bp+R_AL],cl
        jmp     fdc_release

; Drive selected, disk present, its format known. CF and AL = status otherwise.
fl_begin:
        call    floppy_type
        mov     al,ST_TIMEOUT
        stc
        jz      .out
        call    fdc_select
        call    fl_changed
        jc      .out
        call    fl_media
.out:   ret

; Disk-change line: a step clears it if there is a disk. CF and AL = 06h once, 80h without disk.
fl_changed:
        call    floppy_type
        cmp     al,2
        jb      .same                   ; 360K drives have no such line
        mov     dx,FDIR
        in      al,dx
        test    al,80h
        jz      .same
        call    fl_forget
        mov     al,1
        call    fdc_seek
        jc      .out
        xor     al,al
        call    fdc_seek
        jc      .out
        mov     dx,FDIR
        in      al,dx
        test    al,80h
        mov     al,ST_CHANGED
        jz      .fail
        mov     al,ST_TIMEOUT
.fail:  stc
.out:   ret
.same:  clc
        ret

fl_forget:
        movzx   bx,byte [bp+L_DRV]
        and     byte [B_FDMEDIA+bx],~FM_KNOWN & 0FFh
        ret

; Data rate of the disk: set it, or find it. CF and AL = 0Ch if no rate reads.
fl_media:
        movzx   bx,byte [bp+L_DRV]
        mov     al,[B_FDMEDIA+bx]
        test    al,FM_KNOWN
        jz      .find
        shr     al,6
        jmp     fl_rate
.find:  call    floppy_type
        movzx   si,al
        dec     si
        shl     si,2
        add     si,fl_rates
        xor     cl,cl                   ; a cylinder that tells 40 from 80 tracks
        cmp     al,2
        jne     .seek
        mov     cl,2
.seek:  push    si
        mov     al,cl
        call    fdc_seek
        pop     si
        jc      .out
.next:  cs lodsb
        cmp     al,0FFh
        je      .none
        call    fl_rate
        push    si
        push    ax
        call    fl_read_id
        pop     cx                      ; CL = rate
        pop     si
        jc      .failed
        shl     cl,6
        or      cl,FM_KNOWN|07h
        movzx   bx,byte [bp+L_DRV]
        mov     al,[B_FDTRACK+bx]
        cmp     al,[B_FDRES+3]
        je      .single
        or      cl,FM_DOUBLE
.single:
        mov     [B_FDMEDIA+bx],cl
        clc
        ret
.failed:
        cmp     al,ST_TIMEOUT           ; no index pulses: no disk
        jne     .next
        push    ax
        call    fdc_reset
        pop     ax
        stc
.out:   ret
.none:  mov     al,ST_MEDIA
        stc
        ret

fl_rates        db 2, 0FFh, 0FFh, 0FFh  ; 360K
                db 0, 1, 2, 0FFh        ; 1.2M
                db 2, 0FFh, 0FFh, 0FFh  ; 720K
                db 0, 2, 0FFh, 0FFh     ; 1.44M
                db 3, 0, 2, 0FFh        ; 2.88M

; AL = rate to the controller.
fl_rate:
        mov     dx,FDIR
        out     dx,al
        push    ax
        shl     al,6
        mov     [B_FDRATE],al
        pop     ax
        clc
        ret

fl_read_id:
        and     byte [B_FDRECAL],7Fh
        mov     al,CMD_READ_ID
        call    fdc_out
        jc      .late
        mov     al,[bp+L_HEAD]
        shl     al,2
        or      al,[bp+L_DRV]
        call    fdc_out
        call    fdc_wait
        jc      .late
        jmp     fdc_result
.late:  mov     al,ST_TIMEOUT
        stc
        ret

; Last sector of a track: what the program says in its own table, else what the medium has.
fl_eot:
        push    ds
        xor     ax,ax
        mov     ds,ax
        mov     eax,[1Eh*4]
        pop     ds
        cmp     eax,(ROM_SEG<<16)|0EFC7h
        je      .medium
        mov     bx,4
        call    dpt_byte
        jmp     short .set
.medium:
        call    floppy_type
        mov     ah,al
        movzx   bx,byte [bp+L_DRV]
        mov     bl,[B_FDMEDIA+bx]
        shr     bl,6
        mov     al,9
        cmp     bl,1
        je      .set
        cmp     bl,2
        je      .set
        mov     al,36
        cmp     bl,3
        je      .set
        mov     al,18
        cmp     ah,2
        jne     .set
        mov     al,15
.set:   mov     [bp+L_EOT],al
        ret

; One command: sectors up to the end of the track or of the 64 KiB page. CF and AL = status.
fl_chunk:
        mov     al,[bp+L_EOT]
        sub     al,[bp+L_SEC]
        jae     .room
        mov     al,0FEh                 ; beyond the usual end: as far as asked
.room:  inc     al
        movzx   cx,al
        cmp     cx,[bp+L_CNT]
        jbe     .page
        mov     cx,[bp+L_CNT]
.page:  mov     ax,[bp+L_SEG]           ; sectors to the end of the page
        shl     ax,4
        add     ax,[bp+L_OFF]
        neg     ax
        jz      .whole
        shr     ax,9
        jz      .whole                  ; one sector across: fdc_dma refuses it
        cmp     cx,ax
        jbe     .set
        mov     cx,ax
        jmp     short .set
.whole: cmp     cx,127
        jbe     .set
        mov     cx,127
.set:   mov     [bp+L_CHUNK],cx
        mov     al,[bp+L_TRK]
        movzx   bx,byte [bp+L_DRV]
        test    byte [B_FDMEDIA+bx],FM_DOUBLE
        jz      .seek
        shl     al,1
.seek:  call    fdc_seek
        jc      .out
        mov     cx,[bp+L_CHUNK]
        shl     cx,9
        call    fdc_dma
        jc      .out
        and     byte [B_FDRECAL],7Fh
        mov     al,CMD_READ
        cmp     byte [bp+L_CMD],OP_WRITE
        jne     .cmd
        mov     al,CMD_WRITE
.cmd:   call    fdc_out
        jc      .late
        mov     al,[bp+L_HEAD]
        shl     al,2
        or      al,[bp+L_DRV]
        call    fdc_out
        mov     al,[bp+L_TRK]
        call    fdc_out
        mov     al,[bp+L_HEAD]
        call    fdc_out
        mov     al,[bp+L_SEC]
        call    fdc_out
        mov     bx,3
        call    dpt_byte
        call    fdc_out
        mov     al,[bp+L_SEC]           ; the command ends with the chunk
        add     al,[bp+L_CHUNK]
        dec     al
        call    fdc_out
        mov     bl,5
        call    dpt_byte
        call    fdc_out
        inc     bx
        call    dpt_byte
        call    fdc_out
        jc      .late
        call    fdc_wait
        jc      .late
        mov     dx,FMSR                 ; a controller that refuses DMA verify offers the bytes instead
.drain: in      al,dx
        and     al,0E0h
        cmp     al,0E0h
        jne     fdc_result
        inc     dx
        in      al,dx
        dec     dx
        jmp     .drain
.late:  mov     al,ST_TIMEOUT
        stc
.out:   ret

; 08h: geometry, type and table of the drive.
fl_params:
        xor     ax,ax
        mov     [bp+R_AX],ax
        mov     [bp+R_BX],ax
        mov     [bp+R_CX],ax
        mov     [bp+R_DX],ax
        mov     [bp+R_DI],ax
        mov     [bp+R_ES],ax
        call    floppy_count
        mov     [bp+R_DL],al
        call    floppy_type
        jz      .none
        mov     [bp+R_BL],al
        call    fl_table
        mov     [bp+R_DI],si
        mov     word [bp+R_ES],ROM_SEG
        mov     al,[cs:si+11]
        mov     [bp+R_CH],al
        mov     al,[cs:si+4]
        mov     [bp+R_CL],al
        mov     byte [bp+R_DH],1
.none:  xor     al,al
        ret

; Floppy drives the caller sees, an emulated one included.
floppy_count:
        mov     ax,[B_EQUIP]
        test    al,1
        jz      .none
        shr     al,6
        and     al,3
        inc     al
        ret
.none:  xor     al,al
        ret

; AL = drive type -> SI = its parameter table: 11 bytes, then last cylinder and data rate.
fl_table:
        dec     al
        mov     ah,13
        mul     ah
        mov     si,ax
        add     si,fl_tables
        ret

fl_tables:
        db      0DFh,02h,25h,02h,09,2Ah,0FFh,50h,0F6h,0Fh,08h,39,80h
        db      0DFh,02h,25h,02h,15,1Bh,0FFh,54h,0F6h,0Fh,08h,79,00h
        db      0DFh,02h,25h,02h,09,2Ah,0FFh,50h,0F6h,0Fh,08h,79,80h
        db      0AFh,02h,25h,02h,18,1Bh,0FFh,6Ch,0F6h,0Fh,08h,79,00h
        db      0AFh,02h,25h,02h,36,1Bh,0FFh,53h,0F6h,0Fh,08h,79,0C0h

; 15h: AH = 0 no drive, 1 without change line, 2 with. The status byte stays good.
fl_type:
        call    floppy_type
        jz      .set
        cmp     al,2
        mov     al,1
        jb      .set
        inc     al
.set:   pop     dx                      ; past the common status
        mov     [bp+R_AH],al
        mov     byte [B_FDSTAT],0
        clc
        ret

; 16h: 00h unchanged, 06h changed, 80h no disk.
fl_change:
        call    floppy_type
        mov     al,ST_TIMEOUT
        jz      .out
        call    fdc_select
        call    fl_changed
        jc      .end
        xor     al,al
.end:   call    fdc_release
.out:   ret
