; POST: floppy drives, ATA and ATAPI devices; a line on the screen for each; INT 41h and INT 46h tables.
; References: ATA/ATAPI-4; Ralf Brown's INT 41h (fixed disk parameter table).

; Drives from CMOS 10h, controller reset.
floppy_detect:
        mov     al,10h
        call    cmos_read
        test    al,al
        jz      .none
        mov     dx,FMSR
        push    ax
        in      al,dx
        cmp     al,0FFh
        pop     ax
        je      .none
        push    BDA_SEG
        pop     ds
        mov     ah,1
        test    al,0Fh
        jz      .one
        mov     ah,41h
.one:   or      [B_EQUIP],ah
        xor     ax,ax
        xor     dx,dx
        int     40h
        mov     dl,0
.drive: mov     ah,08h
        push    dx
        xor     bx,bx
        int     40h
        pop     dx
        test    bl,bl
        jz      .next
        mov     si,msg_fd
        call    print
        mov     al,dl
        add     al,'A'
        call    print_char
        mov     si,msg_colon
        call    print
        movzx   si,bl
        shl     si,1
        mov     si,[cs:fd_names-2+si]
        call    print
        call    print_crlf
.next:  inc     dx
        cmp     dl,2
        jb      .drive
.none:  ret

; Both channels, master and slave.
ata_detect:
        push    BDA_SEG
        pop     ds
        mov     fs,[B_EBDA]
        mov     byte [B_HDCOUNT],0
        mov     byte [fs:E_CDCOUNT],0
        mov     si,ata_channels
.channel:
        call    ata_channel
        add     si,6
        cmp     si,ata_channels_end
        jb      .channel
        mov     si,E_DISK
        cmp     byte [B_HDCOUNT],0
        je      .done
        mov     di,E_FDPT0
        mov     bx,41h*4
        call    fdpt_make
        cmp     byte [B_HDCOUNT],1
        je      .done
        mov     si,E_DISK+D_SIZE
        mov     di,E_FDPT1
        mov     bx,46h*4
        call    fdpt_make
.done:  ret

; Command port, control port, IRQ, channel.
ata_channels:
        dw      1F0h, 3F6h
        db      14, 0
        dw      170h, 376h
        db      15, 1
ata_channels_end:

; SI = channel: software reset, then IDENTIFY to both positions.
ata_channel:
        mov     dx,[cs:si]
        add     dx,6
        mov     al,0A0h
        out     dx,al
        inc     dx
        in      al,dx
        cmp     al,0FFh                 ; floating bus
        je      .none
        mov     dx,[cs:si+2]
        mov     al,0Ch                  ; SRST
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
        mov     ecx,5000*TOGGLES_MS
.busy:  in      al,dx
        test    al,80h
        jz      .ready
        cmp     al,0FFh
        je      .none
        call    tick
        jnc     .busy
        ret
.ready: mov     al,0A0h
        call    ata_position
        mov     al,0B0h
        call    ata_position
.none:  ret

; One position: entry made from scratch in the next free disk slot, moved if it is a CD.
; SI = channel, AL = select byte.
ata_position:
        mov     di,E_DISK+3*D_SIZE
        cmp     byte [B_HDCOUNT],4
        jae     .slot
        push    ax
        movzx   ax,byte [B_HDCOUNT]
        shl     ax,5
        add     ax,E_DISK
        mov     di,ax
        pop     ax
.slot:  mov     byte [fs:di+D_FLAGS],0
        mov     [fs:di+D_SELECT],al
        mov     edx,[cs:si]             ; both ports
        mov     [fs:di+D_CMD],edx
        mov     dx,[cs:si+4]            ; IRQ and channel
        mov     [fs:di+D_IRQ],dx
        push    si
        mov     si,di
        push    ds
        pop     es
        call    ata_probe               ; AL = 0 none, 1 disk, 2 CD; IDENTIFY data at 0:POST_BUF
        cmp     al,1
        jb      .out
        je      .disk
        cmp     byte [fs:E_CDCOUNT],4
        jae     .out
        call    .to_cd
        call    cd_line
        jmp     short .out
.disk:  cmp     byte [B_HDCOUNT],4
        jae     .out
        call    disk_geometry
        inc     byte [B_HDCOUNT]
        call    disk_line
.out:   pop     si
        ret
.to_cd: movzx   di,byte [fs:E_CDCOUNT]
        inc     byte [fs:E_CDCOUNT]
        shl     di,5
        add     di,E_CD
        mov     eax,[fs:si]
        mov     [fs:di],eax
        mov     eax,[fs:si+4]
        mov     [fs:di+4],eax
        mov     byte [fs:si+D_FLAGS],0
        mov     byte [fs:di+D_FLAGS],DF_PRESENT|DF_ATAPI
        mov     byte [fs:di+D_LOCKS],0
        mov     si,di
        ret

; Geometry from the IDENTIFY data at 0:POST_BUF into entry SI: physical, then what INT 13h shows.
; Disks of up to 1024 cylinders keep their own; larger ones get more heads, sectors unchanged (IDE-07).
disk_geometry:
        push    ds
        xor     ax,ax
        mov     ds,ax
        mov     ax,[POST_BUF+2]
        mov     [fs:si+D_PCYL],ax
        mov     [fs:si+D_CYLS],ax
        mov     bx,[POST_BUF+6]
        mov     [fs:si+D_PHEADS],bx
        mov     [fs:si+D_HEADS],bx
        mov     cx,[POST_BUF+12]
        mov     [fs:si+D_PSPT],cx
        mov     [fs:si+D_SPT],cx
        movzx   eax,ax
        movzx   ebx,bx
        movzx   ecx,cx
        imul    eax,ebx
        imul    eax,ecx
        mov     edx,eax                 ; CHS total
        mov     byte [fs:si+D_FLAGS],DF_PRESENT
        test    byte [POST_BUF+99],2    ; word 49 bit 9
        jz      .total
        or      byte [fs:si+D_FLAGS],DF_LBA
        mov     eax,[POST_BUF+120]
        cmp     eax,edx
        jb      .total
        mov     edx,eax
.total: mov     [fs:si+D_TOTAL],edx
        cmp     word [fs:si+D_PCYL],1024
        ja      .translate
        test    byte [fs:si+D_FLAGS],DF_LBA
        jz      .done
        mov     eax,ebx                 ; an LBA disk may be larger than its CHS words say
        imul    eax,ecx
        imul    eax,eax,1024
        cmp     edx,eax
        jbe     .done
.translate:
        or      byte [fs:si+D_FLAGS],DF_XLATE
        mov     di,head_steps
.step:  movzx   ebx,byte [cs:di]
        inc     di
        cmp     bx,[fs:si+D_PHEADS]
        jb      .step                   ; never fewer than the disk has
        push    edx
        mov     eax,edx
        xor     edx,edx
        push    ebx
        imul    ebx,ecx
        test    ebx,ebx
        jz      .zero
        div     ebx                     ; cylinders
        pop     ebx
        pop     edx
        cmp     eax,1024
        jbe     .set
        cmp     bl,255
        jne     .step
        mov     eax,1024
.set:   mov     [fs:si+D_CYLS],ax
        mov     [fs:si+D_HEADS],bx
.done:  pop     ds
        ret
.zero:  pop     ebx
        pop     edx
        jmp     .done

head_steps      db 16, 32, 64, 128, 255

; INT 41h/46h table of entry SI at EBDA:DI, vector at 0:BX (IDE-08).
fdpt_make:
        push    ds
        xor     ax,ax
        mov     ds,ax
        mov     [bx],di
        mov     [bx+2],fs
        mov     ax,[fs:si+D_CYLS]
        mov     [fs:di],ax
        mov     al,[fs:si+D_HEADS]
        mov     [fs:di+2],al
        mov     al,[fs:si+D_PSPT]
        mov     word [fs:di+5],0FFFFh   ; no write precompensation
        mov     ah,0C0h                 ; control: no retries
        cmp     word [fs:si+D_HEADS],8
        jbe     .few
        or      ah,08h
.few:   mov     [fs:di+8],ah
        mov     ah,[fs:si+D_SPT]
        mov     [fs:di+14],ah
        test    byte [fs:si+D_FLAGS],DF_XLATE
        jz      .landing
        mov     byte [fs:di+3],0A0h     ; physical geometry follows
        mov     [fs:di+4],al
        mov     ax,[fs:si+D_PCYL]
        mov     [fs:di+9],ax
        mov     al,[fs:si+D_PHEADS]
        mov     [fs:di+11],al
        xor     al,al                   ; checksum over the 16 bytes
        mov     cx,15
        mov     bx,di
.sum:   sub     al,[fs:bx]
        inc     bx
        loop    .sum
        mov     [fs:di+15],al
        jmp     short .done
.landing:
        mov     ax,[fs:si+D_CYLS]
        mov     [fs:di+12],ax
.done:  pop     ds
        ret

; "Disk 0: model, N MB" and "CD 0: model".
disk_line:
        pushad
        push    si
        mov     si,msg_hd
        call    print
        mov     al,[B_HDCOUNT]
        add     al,'0'-1
        call    print_char
        call    model_print
        pop     si
        mov     al,','
        call    print_char
        mov     al,' '
        call    print_char
        mov     eax,[fs:si+D_TOTAL]
        shr     eax,11
        call    print_dec
        mov     si,msg_mb
        call    print
        popad
        ret

cd_line:
        pushad
        mov     si,msg_cdrom
        call    print
        mov     al,[fs:E_CDCOUNT]
        add     al,'0'-1
        call    print_char
        call    model_print
        call    print_crlf
        popad
        ret

; Model string of the IDENTIFY data: bytes swapped, trailing blanks dropped.
model_print:
        mov     si,msg_colon
        call    print
        push    ds
        xor     ax,ax
        mov     ds,ax
        mov     cx,40
.trim:  mov     bx,cx
        dec     bx
        xor     bl,1
        cmp     byte [POST_BUF+54+bx],' '
        ja      .print
        loop    .trim
        jmp     short .done
.print: xor     di,di
.next:  mov     bx,di
        xor     bl,1
        mov     al,[POST_BUF+54+bx]
        call    print_char
        inc     di
        loop    .next
.done:  pop     ds
        ret

fd_names        dw fd_360, fd_1200, fd_720, fd_1440, fd_2880
fd_360          db '360K',0
fd_1200         db '1.2M',0
fd_720          db '720K',0
fd_1440         db '1.44M',0
fd_2880         db '2.88M',0
msg_fd          db 'Floppy ',0
msg_hd          db 'Disk ',0
msg_cdrom       db 'CD ',0
msg_colon       db ': ',0
msg_mb          db ' MB',13,10,0
