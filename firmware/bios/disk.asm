; INT 13h for hard disks 80h and up: functions 00h-15h by cylinder, head and sector.
; FS:SI = device entry, DS = BDA, bp = INT 13h frame. Reference: Ralf Brown's INT 13h.

; AL = disk index -> SI = entry; CF if there is none.
disk_find:
        cmp     al,4
        cmc
        jc      .none
        movzx   si,al
        shl     si,5
        add     si,E_DISK
        cmp     byte [fs:si+D_FLAGS],0
        jne     .ok                     ; CF clear
        stc
.ok:
.none:  ret

disk_service:
        movzx   bx,byte [bp+R_AH]
        cmp     bl,15h
        ja      .extended
        shl     bx,1
        jmp     [cs:disk_table+bx]
.extended:
        cmp     bl,41h
        jb      int13_bad
        cmp     bl,4Eh
        ja      int13_bad
        sub     bl,41h
        shl     bx,1
        jmp     [cs:edd_table+bx]

disk_table:
        dw      hd_reset, hd_last, hd_read, hd_write, hd_verify, int13_bad, int13_bad, int13_bad
        dw      hd_params, hd_init, int13_bad, int13_bad, hd_seek, hd_reset, int13_bad, int13_bad
        dw      hd_ready, hd_recalibrate, int13_bad, int13_bad, hd_diagnose, hd_type

; A channel that idles is left alone: its other device may be a CD drive at work.
hd_reset:
        mov     dx,[fs:si+D_CTL]
        in      al,dx
        test    al,A_BSY|A_DRQ
        jz      .params
        call    ata_reset
        jmp     int13_status
.params:
        call    ata_params
        jmp     int13_status

hd_last:
        mov     al,[B_HDSTAT]
        mov     [bp+R_AH],al
        mov     byte [B_HDSTAT],0
        cmp     al,1
        cmc
        ret

hd_read:
        mov     al,CMD_ATA_READ
        jmp     short hd_transfer
hd_write:
        mov     al,CMD_ATA_WRITE
        jmp     short hd_transfer
hd_verify:
        mov     al,CMD_ATA_VERIFY
hd_transfer:
        mov     [bp+L_CMD],al
        call    hd_address
        jc      int13_bad
        movzx   cx,byte [bp+R_AL]
        jcxz    .bad
        mov     [bp+L_CNT],cx
        movzx   ecx,cx
        add     ecx,eax
        cmp     ecx,[fs:si+D_TOTAL]
        ja      .bad
        call    buffer_from_caller
        call    ata_transfer
        mov     cl,[bp+L_DONE]
        mov     [bp+R_AL],cl
        jmp     int13_status
.bad:   jmp     int13_bad

; Caller's CX, DH in the geometry of entry SI -> EAX = L_LBA; CF if out of range.
hd_address:
        mov     bx,[fs:si+D_HEADS]
        mov     di,[fs:si+D_SPT]
        mov     dx,[fs:si+D_CYLS]
; ... in BX heads, DI sectors, DX cylinders.
chs_address:
        mov     ax,[bp+R_CX]
        mov     cl,al
        xchg    al,ah
        shr     ah,6                    ; AX = cylinder
        and     cx,3Fh                  ; CX = sector
        cmp     ax,dx
        jae     .bad
        movzx   dx,byte [bp+R_DH]
        cmp     dx,bx
        jae     .bad
        cmp     cx,di
        ja      .bad
        dec     cx
        js      .bad
        movzx   eax,ax
        movzx   ebx,bx
        imul    eax,ebx
        movzx   edx,dx
        add     eax,edx
        movzx   edi,di
        imul    eax,edi
        movzx   ecx,cx
        add     eax,ecx
        mov     [bp+L_LBA],eax
        clc
        ret
.bad:   stc
        ret

; 08h
hd_params:
        mov     bx,[fs:si+D_HEADS]
        mov     di,[fs:si+D_SPT]
        mov     ax,[fs:si+D_CYLS]
; Geometry AX, BX, DI and the disk count to the caller.
params_reply:
        dec     ax
        cmp     ax,1023
        jbe     .cyl
        mov     ax,1023
.cyl:   mov     [bp+R_CH],al
        shl     ah,6
        mov     cx,di
        or      ah,cl
        mov     [bp+R_CL],ah
        dec     bx
        mov     [bp+R_DH],bl
        mov     al,[B_HDCOUNT]
        mov     [bp+R_DL],al
        mov     byte [bp+R_AL],0
        jmp     int13_good

hd_init:
        call    ata_params
        jmp     int13_status

hd_seek:
        call    hd_address
        jc      int13_bad
        jmp     int13_good

hd_ready:
        call    ata_select
        jc      .fail
        call    ata_poll
        mov     ah,al
        mov     al,ST_NOT_READY
        test    ah,A_DRDY
        jz      .fail
        xor     al,al
.fail:  jmp     int13_status

hd_recalibrate:
        xor     eax,eax
        mov     cx,CMD_ATA_RECAL<<8
        call    ata_simple
        jmp     int13_status

hd_diagnose:
        xor     eax,eax
        mov     cx,CMD_ATA_DIAG<<8
        call    ata_simple
        jc      .done
        call    ata_params
.done:  jmp     int13_status

; 15h: AH = 3, CX:DX = sectors.
hd_type:
        movzx   eax,word [fs:si+D_CYLS]
        movzx   ebx,word [fs:si+D_HEADS]
        movzx   ecx,word [fs:si+D_SPT]
        imul    eax,ebx
        imul    eax,ecx
type_reply:
        mov     [bp+R_DX],ax
        shr     eax,16
        mov     [bp+R_CX],ax
        mov     byte [B_HDSTAT],0
        mov     byte [bp+R_AH],3
        clc
        ret
