; INT 1Ah: tick count, real-time clock, alarm; B1h is the PCI BIOS.
; Reference: Ralf Brown's INT 1Ah; Motorola MC146818A data sheet.

int1a:
        cmp     ah,0B1h
        je      int1a_pci
        frame_in
        mov     ds,[cs:seg_bda]
        cmp     ah,7
        ja      .bad
        movzx   bx,ah
        shl     bx,1
        call    [cs:int1a_table+bx]
        jmp     short .end
.bad:   stc
.end:   frame_out

int1a_table:
        dw      ticks_get, ticks_set, rtc_time_get, rtc_time_set, rtc_date_get, rtc_date_set
        dw      rtc_alarm_set, rtc_alarm_off

ticks_get:
        cli
        mov     eax,[B_TICKS]
        mov     [bp+R_DX],ax
        shr     eax,16
        mov     [bp+R_CX],ax
        xor     al,al
        xchg    al,[B_MIDNIGHT]
        mov     ah,0
        mov     [bp+R_AX],ax
        sti
        clc
        ret

ticks_set:
        cli
        mov     [B_TICKS],dx
        mov     [B_TICKS+2],cx
        mov     byte [B_MIDNIGHT],0
        mov     byte [bp+R_AH],0
        sti
        clc
        ret

; Wait for an update in progress to end; CF if it does not.
rtc_wait:
        push    ecx
        mov     ecx,10*TOGGLES_MS
.wait:  mov     al,0Ah
        call    cmos_read
        test    al,80h
        jz      .done
        call    tick
        jnc     .wait
.done:  pop     ecx
        ret

; 02h: CH, CL, DH = hours, minutes, seconds in BCD; DL = daylight saving.
rtc_time_get:
        call    rtc_wait
        jc      .out
        mov     al,4
        call    cmos_read
        mov     [bp+R_CH],al
        mov     al,2
        call    cmos_read
        mov     [bp+R_CL],al
        mov     al,0
        call    cmos_read
        mov     [bp+R_DH],al
        mov     al,0Bh
        call    cmos_read
        and     al,1
        mov     [bp+R_DL],al
        mov     byte [bp+R_AH],0
        clc
.out:   ret

; Register B with the update stopped or running. Preserves AX.
rtc_stop:
        push    ax
        mov     al,0Bh
        call    cmos_read
        or      al,80h
        jmp     short rtc_put_b
rtc_run:
        push    ax
        mov     al,0Bh
        call    cmos_read
        and     al,7Fh
rtc_put_b:
        mov     ah,al
        mov     al,0Bh
        call    cmos_write
        pop     ax
        ret

rtc_time_set:
        call    rtc_stop
        mov     ah,[bp+R_DH]
        mov     al,0
        call    cmos_write
        mov     ah,[bp+R_CL]
        mov     al,2
        call    cmos_write
        mov     ah,[bp+R_CH]
        mov     al,4
        call    cmos_write
        mov     al,0Bh
        call    cmos_read
        and     al,60h                  ; keep the interrupts that are on, 24-hour BCD
        or      al,02h
        mov     ah,[bp+R_DL]
        and     ah,1
        or      ah,al
        mov     al,0Bh
        call    cmos_write
        mov     byte [bp+R_AH],0
        clc
        ret

; 04h: CH, CL, DH, DL = century, year, month, day in BCD.
rtc_date_get:
        call    rtc_wait
        jc      .out
        mov     al,32h
        call    cmos_read
        mov     [bp+R_CH],al
        mov     al,9
        call    cmos_read
        mov     [bp+R_CL],al
        mov     al,8
        call    cmos_read
        mov     [bp+R_DH],al
        mov     al,7
        call    cmos_read
        mov     [bp+R_DL],al
        mov     byte [bp+R_AH],0
        clc
.out:   ret

rtc_date_set:
        call    rtc_stop
        mov     ah,[bp+R_DL]
        mov     al,7
        call    cmos_write
        mov     ah,[bp+R_DH]
        mov     al,8
        call    cmos_write
        mov     ah,[bp+R_CL]
        mov     al,9
        call    cmos_write
        mov     ah,[bp+R_CH]
        mov     al,32h
        call    cmos_write
        call    rtc_run
        mov     byte [bp+R_AH],0
        clc
        ret

; 06h: alarm at CH:CL:DH, through INT 4Ah. CF if one is set.
rtc_alarm_set:
        mov     al,0Bh
        call    cmos_read
        test    al,20h
        stc
        jnz     .out
        mov     ah,[bp+R_DH]
        mov     al,1
        call    cmos_write
        mov     ah,[bp+R_CL]
        mov     al,3
        call    cmos_write
        mov     ah,[bp+R_CH]
        mov     al,5
        call    cmos_write
        in      al,PIC2+1
        and     al,0FEh
        out     PIC2+1,al
        mov     al,0Bh
        call    cmos_read
        or      al,20h
        mov     ah,al
        mov     al,0Bh
        call    cmos_write
        mov     byte [bp+R_AH],0
        clc
.out:   ret

rtc_alarm_off:
        mov     al,0Bh
        call    cmos_read
        and     al,0DFh
        mov     ah,al
        mov     al,0Bh
        call    cmos_write
        mov     byte [bp+R_AH],0
        clc
        ret
