; ATA by PIO: waits, command issue, sector transfer, device probe. FS:SI = device entry, DS = BDA.
; Transfers use the locals of the INT 13h frame at bp. Ports are written in the order 1F1h-1F7h and
; interrupts stay enabled, as Windows and OS/2 expect of a BIOS (IDE-06, IDE-18, TIM-01).
; Reference: ATA/ATAPI-4 (T13 1153D).

ATA_WAIT        equ 10000*TOGGLES_MS
ATA_TICKS       equ 180
ATA_CHUNK       equ 128                 ; sectors per command

A_BSY           equ 80h
A_DRDY          equ 40h
A_DF            equ 20h
A_DRQ           equ 08h
A_ERR           equ 01h

CMD_ATA_RECAL   equ 10h
CMD_ATA_READ    equ 20h
CMD_ATA_WRITE   equ 30h
CMD_ATA_VERIFY  equ 40h
CMD_ATA_DIAG    equ 90h
CMD_ATA_PARAMS  equ 91h
CMD_ATA_PACKET  equ 0A0h
CMD_ATA_ID_PKT  equ 0A1h
CMD_ATA_ID      equ 0ECh

; Until BSY is clear, polling; AL = status. CF on time-out.
ata_poll:
        push    ecx
        push    dx
        mov     ecx,ATA_WAIT
        mov     dx,[fs:si+D_CTL]
        in      al,dx                   ; the first read is the 400 ns that status needs
.wait:  in      al,dx
        test    al,A_BSY
        jz      .done
        call    tick
        jnc     .wait
.done:  pop     dx
        pop     ecx
        ret

; Until BSY is clear after a command that interrupts: sleeps if the interrupt can come.
; AL = status read from the status register, which ends the interrupt (IDE-02). CF on time-out.
ata_wait:
        push    ecx
        push    edx
        push    ebx
        mov     ecx,ATA_WAIT
        mov     ebx,[B_TICKS]
        mov     dx,[fs:si+D_CTL]
        in      al,dx
.wait:  cli
        in      al,dx
        test    al,A_BSY
        jz      .ready
        call    ata_irq_open
        jnz     .poll
        sti
        hlt
        push    ebx
        sub     ebx,[B_TICKS]
        neg     ebx
        cmp     ebx,ATA_TICKS
        pop     ebx
        jb      .wait
        jmp     short .late
.poll:  sti
        call    tick
        jnc     .wait
.late:  stc
        jmp     short .done
.ready: sti                             ; let the interrupt in before the status read takes it back
        nop
        nop
        mov     dx,[fs:si+D_CMD]
        add     dx,7
        in      al,dx
        clc
.done:  pop     ebx
        pop     edx
        pop     ecx
        ret

; ZF if IRQ0, the cascade and the channel's IRQ are open. Changes AL.
ata_irq_open:
        push    cx
        in      al,PIC1+1
        test    al,05h
        jnz     .no
        mov     cl,[fs:si+D_IRQ]
        sub     cl,8
        in      al,PIC2+1
        shr     al,cl
        test    al,1
.no:    pop     cx
        ret

; EAX = LBA, CL = count, CH = command. Selects, fills the task file, starts. CF and AL = status.
; For disks without LBA the address becomes physical C/H/S.
ata_issue:
        push    ebx
        push    edx
        push    edi
        mov     edi,eax
        call    ata_select
        jc      .out
        mov     byte [B_HDINT],0
        mov     eax,edi
        test    byte [fs:si+D_FLAGS],DF_LBA
        jnz     .lba
        xor     edx,edx
        movzx   ebx,word [fs:si+D_PSPT]
        div     ebx
        inc     dx
        mov     di,dx                   ; sector
        xor     edx,edx
        movzx   ebx,word [fs:si+D_PHEADS]
        div     ebx                     ; EAX cylinder, DL head
        shl     eax,8
        mov     bx,di
        mov     al,bl
        mov     bl,dl
        jmp     short .task
.lba:   shld    ebx,eax,8
        and     bl,0Fh
        or      bl,40h
.task:  or      bl,[fs:si+D_SELECT]     ; EAX: bytes for 1F3h-1F5h, BL for 1F6h
        mov     edi,eax
        mov     dx,[fs:si+D_CMD]
        inc     dx
        xor     al,al
        out     dx,al
        inc     dx
        mov     al,cl
        out     dx,al
        inc     dx
        mov     eax,edi
        out     dx,al
        inc     dx
        shr     eax,8
        out     dx,al
        inc     dx
        mov     al,ah
        out     dx,al
        inc     dx
        mov     al,bl
        out     dx,al
        inc     dx
        mov     al,ch
        out     dx,al
        clc
.out:   pop     edi
        pop     edx
        pop     ebx
        ret

; Channel idle, device of the entry selected, its interrupt enabled. CF and AL = status.
ata_select:
        push    dx
        call    ata_poll
        jc      .late
        mov     dx,[fs:si+D_CTL]
        mov     al,08h
        out     dx,al
        mov     dx,[fs:si+D_CMD]
        add     dx,6
        mov     al,[fs:si+D_SELECT]
        out     dx,al
        call    ata_poll
        jc      .late
        pop     dx
        ret
.late:  mov     al,ST_TIMEOUT
        stc
        pop     dx
        ret

; AL = ATA status -> AL = INT 13h status, CF if it is an error.
ata_error:
        test    al,A_DF
        jnz     .fault
        test    al,A_ERR
        jz      .good
        push    dx
        mov     dx,[fs:si+D_CMD]
        inc     dx
        in      al,dx
        pop     dx
        mov     [B_HDERR],al
        mov     ah,al
        mov     al,ST_CRC
        test    ah,0C0h                 ; bad block, uncorrectable
        jnz     .fail
        mov     al,ST_SECTOR
        test    ah,10h
        jnz     .fail
        mov     al,ST_MARK
        test    ah,01h
        jnz     .fail
        mov     al,ST_SEEK
        test    ah,02h
        jnz     .fail
        mov     al,ST_BAD               ; aborted
        jmp     short .fail
.fault: mov     al,ST_WRITE
.fail:  stc
        ret
.good:  xor     al,al
        ret

; L_CNT sectors at L_LBA to or from L_SEG:L_OFF, command L_CMD. AL = status; L_DONE = sectors done.
ata_transfer:
        mov     word [bp+L_DONE],0
.chunk: mov     cx,[bp+L_CNT]
        sub     cx,[bp+L_DONE]
        jz      .good
        cmp     cx,ATA_CHUNK
        jbe     .size
        mov     cx,ATA_CHUNK
.size:  mov     [bp+L_CHUNK],cx
        movzx   eax,word [bp+L_DONE]
        add     eax,[bp+L_LBA]
        mov     ch,[bp+L_CMD]
        call    ata_issue
        jc      .out
        cmp     byte [bp+L_CMD],CMD_ATA_VERIFY
        je      .verify
        cmp     byte [bp+L_CMD],CMD_ATA_WRITE
        je      .write
.read:  call    ata_wait
        jc      .late
        call    ata_data_ready
        jc      .out
        call    ata_sector_in
        call    .advance
        jnz     .read
        jmp     .chunk
.write: call    ata_poll                ; no interrupt before the first block
        jc      .late
.block: call    ata_data_ready
        jc      .out
        call    ata_sector_out
        call    ata_wait
        jc      .late
        push    ax
        call    ata_error
        jc      .drop
        pop     ax
        call    .advance
        jnz     .block
        jmp     .chunk
.verify:
        call    ata_wait
        jc      .late
        call    ata_error
        jc      .out
        mov     ax,[bp+L_CHUNK]
        add     [bp+L_DONE],ax
        jmp     .chunk
.drop:  pop     cx
        ret
.good:  xor     al,al
        ret
.late:  call    ata_reset
        mov     al,ST_TIMEOUT
        stc
.out:   ret
; Next sector; ZF at the end of the chunk. Preserves AX.
.advance:
        inc     word [bp+L_DONE]
        add     word [bp+L_SEG],20h
        dec     word [bp+L_CHUNK]
        ret

; AL = status with BSY clear: CF and AL = INT 13h status unless a block waits.
ata_data_ready:
        push    ax
        call    ata_error
        jc      .fail
        pop     ax
        test    al,A_DRQ
        jnz     .ok                     ; CF clear
        call    ata_poll                ; between two blocks
        test    al,A_DRQ
        jnz     .ok
        test    al,A_ERR|A_DF
        jnz     ata_error
        mov     al,ST_CONTROLLER
        stc
.ok:    ret
.fail:  add     sp,2
        ret

ata_sector_in:
        push    es
        push    di
        push    cx
        push    dx
        mov     dx,[fs:si+D_CMD]
        les     di,[bp+L_OFF]
        mov     cx,256
        rep     insw
        pop     dx
        pop     cx
        pop     di
        pop     es
        ret

ata_sector_out:
        push    ax
        push    ds
        push    si
        push    cx
        push    dx
        mov     dx,[fs:si+D_CMD]
        lds     si,[bp+L_OFF]
        mov     cx,256
        rep     outsw
        pop     dx
        pop     cx
        pop     si
        pop     ds
        pop     ax
        ret

; Software reset of the channel, then the geometry of a CHS disk again. AL = status.
ata_reset:
        push    ecx
        push    dx
        mov     dx,[fs:si+D_CTL]
        mov     al,0Ch
        out     dx,al
        mov     ecx,2
.hold:  call    tick
        jnc     .hold
        mov     al,08h
        out     dx,al
        mov     ecx,2
.settle:
        call    tick
        jnc     .settle
        call    ata_poll
        mov     al,ST_RESET
        jc      .out
        call    ata_params
.out:   pop     dx
        pop     ecx
        ret

; INITIALIZE DEVICE PARAMETERS for disks addressed by C/H/S. AL = status, CF.
ata_params:
        test    byte [fs:si+D_FLAGS],DF_LBA|DF_ATAPI
        jnz     .none
        call    ata_select
        jc      .out
        push    dx
        mov     dx,[fs:si+D_CMD]
        add     dx,2
        mov     al,[fs:si+D_PSPT]
        out     dx,al
        add     dx,4
        mov     al,[fs:si+D_PHEADS]
        dec     al
        or      al,[fs:si+D_SELECT]
        out     dx,al
        inc     dx
        mov     al,CMD_ATA_PARAMS
        out     dx,al
        pop     dx
        call    ata_wait
        jnc     ata_error
        mov     al,ST_TIMEOUT
.out:   ret
.none:  xor     al,al
        ret

; A command without data, CH = opcode, EAX = LBA, CL = count. AL = status, CF.
ata_simple:
        call    ata_issue
        jc      .out
        call    ata_wait
        jnc     ata_error
        mov     al,ST_TIMEOUT
.out:   ret

; Who answers at entry SI: AL = 0 nobody, 1 disk, 2 ATAPI; IDENTIFY data at 0:POST_BUF.
; By IDENTIFY alone: its abort carries the packet signature (IDE-10).
ata_probe:
        mov     dx,[fs:si+D_CTL]
        mov     al,0Ah                  ; no interrupts
        out     dx,al
        mov     dx,[fs:si+D_CMD]
        add     dx,6
        mov     al,[fs:si+D_SELECT]
        out     dx,al
        call    ata_poll
        jc      .none
        mov     dx,[fs:si+D_CMD]
        inc     dx
        inc     dx
        mov     ax,0AA55h               ; do its registers hold what is written?
        out     dx,al
        inc     dx
        xchg    al,ah
        out     dx,al
        in      al,dx
        cmp     al,0AAh
        jne     .none
        dec     dx
        in      al,dx
        cmp     al,55h
        jne     .none
        mov     ch,CMD_ATA_ID
        call    .identify
        jnc     .disk
        mov     dx,[fs:si+D_CMD]
        add     dx,4
        in      al,dx
        mov     ah,al
        inc     dx
        in      al,dx
        cmp     ax,14EBh
        jne     .none
        mov     ch,CMD_ATA_ID_PKT
        call    .identify
        jc      .none
        mov     al,2
        jmp     short .end
.disk:  mov     al,1
        jmp     short .end
.none:  xor     al,al
.end:   push    ax
        mov     dx,[fs:si+D_CTL]
        mov     al,08h
        out     dx,al
        pop     ax
        ret
.identify:
        mov     dx,[fs:si+D_CMD]
        add     dx,7
        mov     al,ch
        out     dx,al
        call    ata_poll
        jc      .fail
        in      al,dx
        test    al,al
        jz      .fail
        test    al,A_ERR|A_DF
        jnz     .fail
        test    al,A_DRQ
        jz      .fail
        push    es
        xor     ax,ax
        mov     es,ax
        mov     dx,[fs:si+D_CMD]
        mov     di,POST_BUF
        mov     cx,256
        rep     insw
        pop     es
        clc
        ret
.fail:  stc
        ret
