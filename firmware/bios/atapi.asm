; ATAPI: packet commands by PIO, blocks of 2048 bytes, and INT 13h for CD drives E0h and up (41h-49h).
; FS:SI = device entry, DS = BDA, bp = INT 13h frame.
; References: ATA/ATAPI-4, SFF-8020i, INF-8090 (READ(10), REQUEST SENSE); EDD 3.0.

CDB_SENSE       equ 03h
CDB_START_STOP  equ 1Bh
CDB_PREVENT     equ 1Eh
CDB_READ10      equ 28h

SENSE_LEN       equ 18
CD_TRIES        equ 6                   ; unit attentions in a row
CD_NOT_READY    equ 100                 ; tries 50 ms apart while the disc spins up
PACKET_LIMIT    equ 0F800h              ; bytes per data phase, a multiple of the block
ST_NO_MEDIUM    equ 31h

; L_BLKS blocks from L_LBA: L_SKIP bytes dropped, L_TAKE bytes to L_SEG:L_OFF. AL = status, CF.
atapi_read:
        mov     cx,CD_TRIES
        mov     di,CD_NOT_READY
.again: push    cx
        push    di
        push    dword [bp+L_OFF]
        push    dword [bp+L_TAKE]
        push    word [bp+L_SKIP]
        mov     al,CDB_READ10
        call    atapi_cdb
        mov     eax,[bp+L_LBA]
        mov     [bp+L_PACKET+5],al      ; big-endian
        mov     [bp+L_PACKET+4],ah
        shr     eax,16
        mov     [bp+L_PACKET+3],al
        mov     [bp+L_PACKET+2],ah
        mov     ax,[bp+L_BLKS]
        xchg    al,ah
        mov     [bp+L_PACKET+7],ax
        call    atapi_packet
        jc      .fail
        cmp     dword [bp+L_TAKE],1     ; all bytes must have come
        cmc
        mov     al,ST_CONTROLLER
        jc      .done
        xor     al,al
.done:  pop     cx
        pop     ecx
        pop     ecx
        pop     cx
        pop     cx
        ret
.fail:  call    atapi_sense             ; AL = status, AH = sense key
        pop     word [bp+L_SKIP]
        pop     dword [bp+L_TAKE]
        pop     dword [bp+L_OFF]
        pop     di
        pop     cx
        cmp     ah,6
        jne     .spin
        loop    .again
        stc
        ret
.spin:  cmp     al,ST_NOT_READY
        stc
        jne     .out
        dec     di
        stc
        jz      .out
        push    ecx
        mov     ecx,50*TOGGLES_MS
.pause: call    tick
        jnc     .pause
        pop     ecx
        jmp     .again
.out:   ret

; AL = opcode: packet cleared.
atapi_cdb:
        push    ax
        push    di
        push    es
        push    ss
        pop     es
        lea     di,[bp+L_PACKET]
        xor     ah,ah
        stosw
        xor     ax,ax
        mov     cx,5
        rep     stosw
        pop     es
        pop     di
        pop     ax
        ret

; A packet without data: L_TAKE = 0.
atapi_nodata:
        mov     word [bp+L_SKIP],0
        mov     dword [bp+L_TAKE],0
; Sends L_PACKET, receives what the device offers. CF = failed (AL = ATA status or time-out code).
atapi_packet:
        call    ata_select
        jc      .out
        mov     byte [B_HDINT],0
        mov     dx,[fs:si+D_CMD]
        inc     dx
        xor     al,al
        out     dx,al                   ; no DMA, no overlap
        add     dx,3
        mov     al,PACKET_LIMIT & 0FFh
        out     dx,al
        inc     dx
        mov     al,PACKET_LIMIT>>8
        out     dx,al
        add     dx,2
        mov     al,CMD_ATA_PACKET
        out     dx,al
        call    ata_poll
        jc      .late
        in      al,dx
        test    al,A_ERR
        jnz     .fail
        test    al,A_DRQ
        jz      .fail
        push    ds
        push    si
        mov     dx,[fs:si+D_CMD]
        push    ss
        pop     ds
        lea     si,[bp+L_PACKET]
        mov     cx,6
        rep     outsw
        pop     si
        pop     ds
.phase: call    ata_wait
        jc      .late
        test    al,A_ERR|A_DF
        jnz     .fail
        test    al,A_DRQ
        jz      .end
        call    atapi_data
        jmp     .phase
.end:   clc
        ret
.late:  call    ata_reset
        mov     al,ST_TIMEOUT
.fail:  stc
.out:   ret

; One data phase: the byte count of the device, split into skipped, wanted and surplus bytes.
atapi_data:
        mov     dx,[fs:si+D_CMD]
        add     dx,4
        in      al,dx
        mov     ah,al
        inc     dx
        in      al,dx
        xchg    al,ah
        sub     dx,5
        movzx   ebx,ax                  ; EBX = bytes of this phase
        movzx   ecx,word [bp+L_SKIP]
        cmp     ecx,ebx
        jbe     .skip
        mov     ecx,ebx
.skip:  sub     [bp+L_SKIP],cx
        sub     ebx,ecx
        call    atapi_drop
        mov     ecx,[bp+L_TAKE]
        cmp     ecx,ebx
        jbe     .take
        mov     ecx,ebx
.take:  sub     [bp+L_TAKE],ecx
        sub     ebx,ecx
        call    atapi_take
        mov     ecx,ebx
; CX bytes from DX to nowhere.
atapi_drop:
        inc     cx
        shr     cx,1
        jcxz    .done
.next:  in      ax,dx
        loop    .next
.done:  ret

; CX bytes from DX to L_SEG:L_OFF, which moves on in pieces that stay inside a segment.
atapi_take:
        push    es
        push    di
.piece: jcxz    .done
        mov     ax,cx
        cmp     ax,4096
        jbe     .size
        mov     ax,4096
.size:  sub     cx,ax
        push    cx
        mov     cx,ax
        push    cx
        les     di,[bp+L_OFF]
        inc     cx
        shr     cx,1
        rep     insw
        pop     cx
        shr     cx,4
        add     [bp+L_SEG],cx
        pop     cx
        jmp     .piece
.done:  pop     di
        pop     es
        ret

; REQUEST SENSE after a failure: AL = INT 13h status, AH = sense key. CF set.
atapi_sense:
        cmp     al,ST_TIMEOUT
        mov     ah,0
        je      .fail
        mov     al,CDB_SENSE
        call    atapi_cdb
        mov     byte [bp+L_PACKET+4],SENSE_LEN
        mov     word [bp+L_OFF],E_SENSE
        mov     [bp+L_SEG],fs
        mov     word [bp+L_SKIP],0
        mov     dword [bp+L_TAKE],SENSE_LEN
        mov     dword [fs:E_SENSE],0
        call    atapi_packet
        mov     ah,[fs:E_SENSE+2]
        and     ah,0Fh
        mov     al,ST_CONTROLLER
        jc      .fail
        mov     bl,ah
        xor     bh,bh
        mov     al,[cs:sense_status+bx]
        cmp     bl,2
        jne     .fail
        cmp     byte [fs:E_SENSE+12],3Ah
        jne     .fail
        mov     al,ST_NO_MEDIUM
.fail:  stc
        ret

sense_status    db ST_CONTROLLER, ST_OK, ST_NOT_READY, ST_CRC, ST_CONTROLLER, ST_BAD, ST_CHANGED, ST_PROTECTED
                db ST_CONTROLLER, ST_CONTROLLER, ST_CONTROLLER, ST_BAD, ST_CONTROLLER, ST_CONTROLLER, ST_CONTROLLER
                db ST_CONTROLLER

; AL = CD index -> SI = entry.
cd_find:
        movzx   si,al
        shl     si,5
        add     si,E_CD
        ret

; INT 13h with DL = E0h + AL.
cd_service:
        call    cd_find
        movzx   bx,byte [bp+R_AH]
        cmp     bl,1
        jb      cd_reset
        je      hd_last
        cmp     bl,41h
        jb      int13_bad
        cmp     bl,49h
        ja      int13_bad
        sub     bl,41h
        shl     bx,1
        jmp     [cs:cd_table+bx]

cd_table:
        dw      edd_check, cd_read, cd_protected, cd_verify, cd_lock, cd_eject, int13_good, cd_params, cd_change

cd_reset:
        mov     dx,[fs:si+D_CTL]
        in      al,dx
        test    al,A_BSY|A_DRQ
        jz      int13_good
        call    ata_reset
        jmp     int13_status

cd_protected:
        mov     al,ST_PROTECTED
        jmp     int13_status

cd_read:
        call    edd_packet
        jc      int13_bad
        mov     ax,[bp+L_CNT]
        mov     [bp+L_DONE],ax
        test    ax,ax
        jz      int13_good
        mov     [bp+L_BLKS],ax
        movzx   eax,ax
        shl     eax,11
        mov     [bp+L_TAKE],eax
        mov     word [bp+L_SKIP],0
        call    atapi_read
        jnc     .done
        mov     word [bp+L_DONE],0
.done:  call    edd_done
        jmp     int13_status

; 44h: the same blocks, all of them dropped.
cd_verify:
        call    edd_packet
        jc      int13_bad
        mov     ax,[bp+L_CNT]
        test    ax,ax
        jz      int13_good
        mov     [bp+L_BLKS],ax
        mov     dword [bp+L_TAKE],0
        mov     word [bp+L_SKIP],0
        call    atapi_read
        jmp     int13_status

; 45h with a real PREVENT MEDIUM REMOVAL behind the counter.
cd_lock:
        mov     al,[fs:si+D_LOCKS]
        push    ax
        call    edd_lock
        pop     ax
        jc      .out
        mov     ah,[fs:si+D_LOCKS]
        cmp     al,ah
        je      .out
        or      al,ah
        cmp     al,1                    ; only 0 <-> 1 changes the drive's state
        ja      .out
        mov     al,CDB_PREVENT
        call    atapi_cdb
        mov     [bp+L_PACKET+4],ah
        call    atapi_nodata
        clc
.out:   ret

; 46h: eject, refused while locked.
cd_eject:
        mov     al,ST_LOCKED
        cmp     byte [fs:si+D_LOCKS],0
        jne     .status
        mov     al,CDB_START_STOP
        call    atapi_cdb
        mov     byte [bp+L_PACKET+4],02h
        call    atapi_nodata
        mov     al,0
        jnc     .status
        call    atapi_sense
.status:
        jmp     int13_status

; 48h: no geometry, blocks of 2048 bytes, size unknown to a BIOS.
cd_params:
        push    ds
        mov     di,[bp+R_SI]
        mov     es,[bp+R_DS]
        mov     bx,[es:di]
        cmp     bx,1Ah
        jb      .bad
        mov     word [es:di+2],0074h    ; removable, change line, lockable, no medium geometry
        or      eax,-1
        mov     [es:di+4],eax
        mov     [es:di+8],eax
        mov     [es:di+12],eax
        mov     [es:di+16],eax
        mov     [es:di+20],eax
        mov     word [es:di+24],2048
        mov     ax,1Ah
        cmp     bx,1Eh
        jb      .size
        call    edd_dpte
        mov     word [es:di+26],E_DPTE
        mov     [es:di+28],fs
        mov     ax,1Eh
        cmp     bx,42h
        jb      .size
        call    edd_path
        mov     ax,42h
.size:  mov     [es:di],ax
        pop     ds
        jmp     int13_good
.bad:   pop     ds
        jmp     int13_bad

; 49h: TEST UNIT READY tells a change by its unit attention.
cd_change:
        xor     al,al
        call    atapi_cdb
        call    atapi_nodata
        mov     al,0
        jnc     .status
        call    atapi_sense
.status:
        jmp     int13_status
