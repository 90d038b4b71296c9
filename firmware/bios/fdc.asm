; 82077AA: command and result bytes, interrupt wait, seek, DMA channel 2.
; DS = BDA, FS = EBDA, bp = INT 13h frame; L_DRV = drive 0 or 1. Reference: Intel 82077AA data sheet.

FDC_BYTE_WAIT   equ 100*TOGGLES_MS
FDC_IRQ_WAIT    equ 5000*TOGGLES_MS
FDC_IRQ_TICKS   equ 40

CMD_SPECIFY     equ 03h
CMD_RECALIBRATE equ 07h
CMD_SENSE       equ 08h
CMD_SEEK        equ 0Fh
CMD_READ        equ 46h
CMD_WRITE       equ 45h
CMD_FORMAT      equ 4Dh
CMD_READ_ID     equ 4Ah

; Byte AL to the FIFO; CF on time-out. Preserves all.
fdc_out:
        push    ax
        push    ecx
        push    dx
        mov     ecx,FDC_BYTE_WAIT
        mov     dx,FMSR
        push    ax
.wait:  in      al,dx
        and     al,0C0h
        cmp     al,80h
        je      .ready
        call    tick
        jnc     .wait
        pop     ax
        jmp     short .done
.ready: pop     ax
        inc     dx
        out     dx,al
        clc
.done:  pop     dx
        pop     ecx
        pop     ax
        ret

; Byte from the FIFO into AL; CF on time-out or if the controller wants a command instead.
fdc_in:
        push    ecx
        push    dx
        push    bx
        mov     bh,ah
        mov     ecx,FDC_BYTE_WAIT
        mov     dx,FMSR
.wait:  in      al,dx
        and     al,0C0h
        cmp     al,0C0h
        je      .ready
        cmp     al,80h
        je      .none
        call    tick
        jnc     .wait
.none:  stc
        jmp     short .done
.ready: inc     dx
        in      al,dx
        clc
.done:  mov     ah,bh
        pop     bx
        pop     dx
        pop     ecx
        ret

; Wait for IRQ6 (bit 7 of 40:3E); CF on time-out. Sleeps where timer and floppy interrupts are open.
fdc_wait:
        push    eax
        push    ecx
        push    edx
        mov     ecx,FDC_IRQ_WAIT
        mov     edx,[B_TICKS]
.wait:  cli
        test    byte [B_FDRECAL],80h
        jnz     .come
        in      al,PIC1+1
        test    al,41h
        jnz     .poll
        sti
        hlt
        push    edx
        sub     edx,[B_TICKS]
        neg     edx
        cmp     edx,FDC_IRQ_TICKS
        pop     edx
        jb      .wait
        jmp     short .late
.poll:  sti
        call    tick
        jnc     .wait
.late:  stc
        jmp     short .done
.come:  and     byte [B_FDRECAL],7Fh
        sti
        clc
.done:  pop     edx
        pop     ecx
        pop     eax
        ret

; Reset through the DOR, collect the four sense results, SPECIFY. CF on time-out.
fdc_reset:
        mov     byte [B_FDRECAL],0
        mov     dx,FDOR
        mov     al,[B_FDMOTOR]
        shl     al,4
        or      al,08h                  ; DMA gate on, reset
        out     dx,al
        call    fdc_pause
        or      al,04h
        out     dx,al
        call    fdc_wait
        jc      .fail
        mov     cx,4
.sense: mov     al,CMD_SENSE
        call    fdc_out
        jc      .fail
        call    fdc_in
        jc      .fail
        call    fdc_in
        loop    .sense
        mov     word [B_FDTRACK],0
        call    fdc_specify
        ret
.fail:  stc
        ret

; A few microseconds, by port accesses.
fdc_pause:
        push    ax
        push    cx
        mov     cx,4
.more:  in      al,dx
        loop    .more
        pop     cx
        pop     ax
        ret

; Step rate and head times from the table at INT 1Eh.
fdc_specify:
        mov     al,CMD_SPECIFY
        call    fdc_out
        xor     bx,bx
        call    dpt_byte
        call    fdc_out
        mov     bl,1
        call    dpt_byte
        and     al,0FEh                 ; DMA mode
        jmp     fdc_out

; BX = index -> AL = byte of the disk parameter table at INT 1Eh.
dpt_byte:
        push    ds
        push    si
        xor     si,si
        mov     ds,si
        lds     si,[1Eh*4]
        mov     al,[si+bx]
        pop     si
        pop     ds
        ret

; Select the drive, motor on, countdown restarted (a spin-up is the drive's business).
fdc_select:
        mov     byte [B_FDCOUNT],0FFh   ; no motor-off in the middle of an operation
        mov     cl,[bp+L_DRV]
        mov     al,1
        shl     al,cl
        or      al,[B_FDMOTOR]
        mov     [B_FDMOTOR],al
        and     al,03h
        shl     al,4
        or      al,0Ch
        or      al,cl
        mov     dx,FDOR
        out     dx,al
        ret

; The countdown of the table, at the end of an operation.
fdc_release:
        push    ax
        push    bx
        mov     bx,2
        call    dpt_byte
        mov     [B_FDCOUNT],al
        pop     bx
        pop     ax
        ret

; After SEEK or RECALIBRATE: AL = ST0; CF if the interrupt did not come or the seek failed.
fdc_sense:
        call    fdc_wait
        jc      .done
        mov     al,CMD_SENSE
        call    fdc_out
        jc      .done
        call    fdc_in
        jc      .done
        mov     ah,al
        call    fdc_in
        jc      .done
        mov     al,ah
        and     ah,0E0h
        cmp     ah,20h                  ; normal end, seek end
        je      .done
        stc
.done:  ret

; Head to cylinder 0; a second try for drives of 80 cylinders. CF and AL = status on failure.
fdc_recalibrate:
        mov     cx,2
.again: and     byte [B_FDRECAL],7Fh
        mov     al,CMD_RECALIBRATE
        call    fdc_out
        jc      .late
        mov     al,[bp+L_DRV]
        call    fdc_out
        jc      .late
        call    fdc_sense
        jnc     .home
        loop    .again
        mov     al,ST_SEEK
        stc
        ret
.late:  mov     al,ST_TIMEOUT
        stc
        ret
.home:  movzx   bx,byte [bp+L_DRV]
        mov     byte [B_FDTRACK+bx],0
        bts     word [B_FDRECAL],bx
        clc
        ret

; To physical cylinder AL, unless there already. CF and AL = status on failure.
fdc_seek:
        movzx   bx,byte [bp+L_DRV]
        bt      word [B_FDRECAL],bx
        jc      .known
        push    ax
        call    fdc_recalibrate
        pop     cx
        jc      .out
        mov     al,cl
.known: movzx   bx,byte [bp+L_DRV]
        cmp     al,[B_FDTRACK+bx]
        je      .ok
        mov     ah,al
        and     byte [B_FDRECAL],7Fh
        mov     al,CMD_SEEK
        call    fdc_out
        jc      .late
        mov     al,[bp+L_HEAD]
        shl     al,2
        or      al,bl
        call    fdc_out
        mov     al,ah
        call    fdc_out
        mov     ch,ah
        call    fdc_sense
        jc      .lost
        mov     [B_FDTRACK+bx],ch
.ok:    clc
.out:   ret
.lost:  btr     word [B_FDRECAL],bx
        mov     al,ST_SEEK
        stc
        ret
.late:  mov     al,ST_TIMEOUT
        stc
        ret

; Seven result bytes into 40:42; AL = status, CF unless it is zero.
fdc_result:
        mov     di,B_FDRES
.next:  call    fdc_in
        jc      .late
        mov     [di],al
        inc     di
        cmp     di,B_FDRES+7
        jb      .next
        mov     al,[B_FDRES]
        and     al,0C0h
        jz      .out                    ; CF clear
        cmp     al,40h
        mov     al,ST_CONTROLLER
        jne     .fail
        mov     ah,[B_FDRES+1]
        mov     al,ST_SECTOR
        test    ah,84h                  ; end of cylinder, no data
        jnz     .fail
        mov     al,ST_CRC
        test    ah,20h
        jnz     .fail
        mov     al,ST_OVERRUN
        test    ah,10h
        jnz     .fail
        mov     al,ST_PROTECTED
        test    ah,02h
        jnz     .fail
        mov     al,ST_MARK
        test    ah,01h
        jnz     .fail
        mov     al,ST_CONTROLLER
.fail:  stc
.out:   ret
.late:  mov     al,ST_TIMEOUT
        stc
        ret

; DMA channel 2: L_SEG:L_OFF, CX bytes, mode L_MODE. CF and AL = 09h if it would cross 64 KiB or lies
; above 1 MiB.
fdc_dma:
        movzx   eax,word [bp+L_SEG]
        shl     eax,4
        movzx   edx,word [bp+L_OFF]
        add     eax,edx
        cmp     byte [bp+L_MODE],42h    ; verify moves nothing
        je      .program
        dec     cx
        movzx   edx,cx
        add     edx,eax
        inc     cx
        cmp     edx,100000h
        jae     .bad
        push    eax
        xor     edx,eax
        test    edx,0FFFF0000h
        pop     eax
        jnz     .bad
.program:
        mov     edx,eax
        cli
        mov     al,06h
        out     0Ah,al
        out     0Ch,al
        mov     al,[bp+L_MODE]
        out     0Bh,al
        mov     al,dl
        out     04h,al
        mov     al,dh
        out     04h,al
        shr     edx,16
        mov     al,dl
        out     81h,al
        mov     ax,cx
        dec     ax
        out     05h,al
        mov     al,ah
        out     05h,al
        mov     al,02h
        out     0Ah,al
        sti
        clc
        ret
.bad:   mov     al,ST_BOUNDARY
        stc
        ret
