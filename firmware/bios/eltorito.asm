; El Torito: boot from CD in its three modes, INT 13h for the emulated drive, functions 4Bh-4Dh.
; Reference: "El Torito" Bootable CD-ROM Format Specification 1.0.

ET_FLOPPY       equ 1                   ; EMU_ON
ET_DISK         equ 2
ET_NONE         equ 3
CAT_BUF         equ 9000h               ; 2 KiB in segment 0

; Boot loader: each CD drive in turn. Returns AL = reason when none boots.
boot_cd:
        mov     ds,[cs:seg_bda]
        mov     fs,[B_EBDA]
        mov     al,REASON_ABSENT
        cmp     byte [fs:E_CDCOUNT],0
        je      .out
        say     msg_cd
        mov     byte [fs:E_CDBOOT],0
.drive: call    cd_try
        push    ax
        inc     byte [fs:E_CDBOOT]
        mov     al,[fs:E_CDBOOT]
        cmp     al,[fs:E_CDCOUNT]
        pop     ax
        jb      .drive
.out:   ret

seg_bda         dw BDA_SEG

; Drive E_CDBOOT: boot record, catalog, initial entry. Returns AL = reason.
cd_try:
        mov     eax,17
        call    cd_block
        mov     al,REASON_MEDIUM
        jc      .out
        xor     ax,ax
        mov     es,ax
        mov     si,et_record
        mov     di,CAT_BUF
        mov     cx,et_record_len
        repe    cs cmpsb
        mov     al,REASON_CODE
        jne     .out
        mov     eax,[es:CAT_BUF+47h]
        mov     [fs:EMU_CATALOG],eax
        call    cd_block
        mov     al,REASON_MEDIUM
        jc      .out
        mov     al,REASON_CODE
        cmp     byte [es:CAT_BUF],1
        jne     .out
        cmp     word [es:CAT_BUF+1Eh],0AA55h
        jne     .out
        cmp     byte [es:CAT_BUF+20h],88h
        jne     .out
        mov     al,[es:CAT_BUF+21h]
        mov     cl,[fs:E_CDBOOT]
        mov     ebx,[es:CAT_BUF+28h]
        mov     dx,[es:CAT_BUF+22h]
        mov     di,[es:CAT_BUF+26h]
        call    emu_start
        mov     al,REASON_CODE
        jc      .out
        call    emu_load
        jc      .unreadable
        mov     ax,[fs:EMU_LOADSEG]
        mov     dl,[fs:EMU_DRIVE]
        xor     bx,bx
        cmp     ax,BOOT_ADDR>>4
        jne     boot_jump_to
        jmp     boot_jump
.unreadable:
        call    emu_stop
        mov     al,REASON_MEDIUM
.out:   ret

et_record       db 0,'CD001',1,'EL TORITO SPECIFICATION'
et_record_len   equ $-et_record

; Block EAX of drive E_CDBOOT to 0:CAT_BUF; CF on failure. ES = 0 on return.
cd_block:
        mov     bx,CAT_BUF
        xor     cx,cx
        mov     dl,[fs:E_CDBOOT]
        add     dl,0E0h
        mov     di,1
; DI blocks from EAX up to CX:BX from drive DL by INT 13h/42h.
cd_blocks:
        push    ds
        push    dword 0
        push    eax
        push    cx
        push    bx
        push    di
        push    10h
        mov     si,sp
        push    ss
        pop     ds
        mov     ah,42h
        int     13h
        lea     sp,[si+16]
        pop     ds
        mov     cx,0
        mov     es,cx
        ret

; AL = media byte, CL = CD index, EBX = image block, DX = load segment, DI = 512-byte sectors to load:
; sets the emulation up. CF if the media byte is none of the specification's. Preserves nothing.
emu_start:
        mov     [fs:EMU_MEDIA],al
        mov     [fs:EMU_CD],cl
        mov     [fs:EMU_LBA],ebx
        test    dx,dx
        jnz     .seg
        mov     dx,BOOT_ADDR>>4
.seg:   mov     [fs:EMU_LOADSEG],dx
        mov     [fs:EMU_LOADCNT],di
        and     al,0Fh
        jz      .none
        cmp     al,4
        ja      .bad
        je      .disk
        mov     byte [fs:EMU_DRIVE],0
        movzx   bx,al
        mov     al,[cs:et_spt-1+bx]
        xor     ah,ah
        mov     [fs:EMU_SPT],ax
        mov     word [fs:EMU_HEADS],2
        mov     word [fs:EMU_CYLS],80
        imul    ax,ax,160
        movzx   eax,ax
        mov     [fs:EMU_TOTAL],eax
        mov     al,[B_EQUIP]            ; one floppy drive more
        test    al,1
        jz      .first
        add     al,40h
.first: or      al,1
        mov     [B_EQUIP],al
        mov     byte [fs:EMU_ON],ET_FLOPPY
        clc
        ret
.none:  mov     al,[fs:EMU_CD]
        add     al,0E0h
        mov     [fs:EMU_DRIVE],al
        mov     byte [fs:EMU_ON],ET_NONE
        clc
        ret
.bad:   stc
        ret
.disk:  mov     byte [fs:EMU_DRIVE],80h
        mov     word [fs:EMU_CYLS],1024 ; enough to read the partition table
        mov     word [fs:EMU_HEADS],255
        mov     word [fs:EMU_SPT],63
        mov     dword [fs:EMU_TOTAL],1
        inc     byte [B_HDCOUNT]
        mov     byte [fs:EMU_ON],ET_DISK
        mov     dx,0080h
        mov     ax,0201h
        call    boot_read
        jc      .unread
        call    emu_geometry
        jc      .unread
        ret
.unread:
        call    emu_stop
        stc
        ret

et_spt          db 15, 18, 36

; Geometry of an emulated disk from its partition table at 0:7C00. CF if it has none.
emu_geometry:
        mov     si,BOOT_ADDR+1BEh
        mov     cx,4
.entry: cmp     byte [es:si+4],0
        jne     .found
        add     si,16
        loop    .entry
        stc
        ret
.found: movzx   ax,byte [es:si+5]       ; last head
        inc     ax
        mov     [fs:EMU_HEADS],ax
        mov     al,[es:si+6]
        mov     ah,al
        shr     ah,6
        and     al,3Fh
        jz      .bad
        mov     [fs:EMU_SPT],al
        mov     al,[es:si+7]
        inc     ax
        mov     [fs:EMU_CYLS],ax
        movzx   eax,ax
        movzx   ebx,word [fs:EMU_HEADS]
        movzx   ecx,word [fs:EMU_SPT]
        imul    eax,ebx
        imul    eax,ecx
        mov     ebx,[es:si+8]
        add     ebx,[es:si+12]
        cmp     ebx,eax
        jbe     .total
        mov     eax,ebx
.total: mov     [fs:EMU_TOTAL],eax
        clc
        ret
.bad:   stc
        ret

; Boot image to its load address. CF on failure.
emu_load:
        cmp     byte [fs:EMU_ON],ET_NONE
        jne     .sector
        mov     ax,[fs:EMU_LOADCNT]
        test    ax,ax
        jnz     .count
        inc     ax
.count: add     ax,3
        shr     ax,2
        mov     cx,[fs:EMU_LOADSEG]
        mov     ebx,[fs:EMU_LBA]
.chunk: mov     di,ax
        cmp     di,16
        jbe     .size
        mov     di,16
.size:  sub     ax,di
        push    ax
        push    ebx
        push    cx
        push    di
        mov     eax,ebx
        xor     bx,bx
        mov     dl,[fs:EMU_DRIVE]
        call    cd_blocks
        pop     di
        pop     cx
        pop     ebx
        pop     ax
        jc      .out
        movzx   edi,di
        add     ebx,edi
        shl     di,7
        add     cx,di
        test    ax,ax
        jnz     .chunk
.out:   ret
.sector:
        mov     es,[fs:EMU_LOADSEG]
        mov     ax,[fs:EMU_LOADCNT]
        cmp     ax,1
        jae     .some
        inc     ax
.some:  cmp     ax,[fs:EMU_SPT]
        jbe     .read
        mov     ax,[fs:EMU_SPT]
.read:  mov     ah,02h
        xor     bx,bx
        mov     cx,1
        mov     dl,[fs:EMU_DRIVE]
        xor     dh,dh
        int     13h
        ret

; Emulation off: the drives get their numbers back.
emu_stop:
        mov     al,0
        xchg    al,[fs:EMU_ON]
        cmp     al,ET_DISK
        je      .disk
        cmp     al,ET_FLOPPY
        jne     .done
        sub     byte [B_EQUIP],40h
        jnc     .done
        and     byte [B_EQUIP],3Eh      ; it was the only one
.done:  ret
.disk:  dec     byte [B_HDCOUNT]
        ret

; INT 13h for the emulated drive.
emu_service:
        mov     al,[fs:EMU_CD]
        call    cd_find
        movzx   bx,byte [bp+R_AH]
        cmp     bl,18h
        ja      .extended
        shl     bx,1
        jmp     [cs:emu_table+bx]
.extended:
        cmp     byte [fs:EMU_ON],ET_DISK
        jne     int13_bad
        cmp     bl,41h
        jb      int13_bad
        cmp     bl,49h
        ja      int13_bad
        sub     bl,41h
        shl     bx,1
        jmp     [cs:emu_edd_table+bx]

emu_table:
        dw      int13_good, hd_last, emu_read, cd_protected, emu_verify, cd_protected, int13_bad, int13_bad
        dw      emu_params, int13_good, int13_bad, int13_bad, emu_verify, int13_good, int13_bad, int13_bad
        dw      int13_good, int13_good, int13_bad, int13_bad, int13_good, emu_type, int13_good, int13_bad
        dw      int13_bad
emu_edd_table:
        dw      edd_check, emu_edd_read, cd_protected, emu_edd_verify, int13_bad, int13_bad, emu_edd_verify
        dw      emu_edd_params, int13_good

emu_geometry_regs:
        mov     bx,[fs:EMU_HEADS]
        mov     di,[fs:EMU_SPT]
        mov     dx,[fs:EMU_CYLS]
        ret

emu_verify:
        call    emu_geometry_regs
        call    chs_address
        jc      int13_bad
        jmp     int13_good

emu_read:
        call    emu_geometry_regs
        call    chs_address
        jc      int13_bad
        movzx   cx,byte [bp+R_AL]
        jcxz    .bad
        mov     [bp+L_CNT],cx
        call    buffer_from_caller
        call    emu_transfer
        mov     al,[bp+L_DONE]
        mov     [bp+R_AL],al
        mov     al,ah
        jmp     int13_status
.bad:   jmp     int13_bad

; L_CNT sectors of 512 bytes at L_LBA of the image. AH = status; L_DONE = sectors done.
emu_transfer:
        mov     word [bp+L_DONE],0
        mov     eax,[bp+L_LBA]
        movzx   ecx,word [bp+L_CNT]
        add     ecx,eax
        mov     ah,ST_SECTOR
        cmp     ecx,[fs:EMU_TOTAL]
        ja      .out
        mov     eax,[bp+L_LBA]
        mov     cx,ax
        and     cx,3
        push    cx
        shl     cx,9
        mov     [bp+L_SKIP],cx
        shr     eax,2
        add     eax,[fs:EMU_LBA]
        mov     [bp+L_LBA],eax
        movzx   eax,word [bp+L_CNT]
        pop     cx
        add     cx,ax
        add     cx,3
        shr     cx,2
        mov     [bp+L_BLKS],cx
        shl     eax,9
        mov     [bp+L_TAKE],eax
        call    atapi_read
        mov     ah,al
        jc      .out
        mov     cx,[bp+L_CNT]
        mov     [bp+L_DONE],cx
.out:   ret

emu_params:
        cmp     byte [fs:EMU_ON],ET_FLOPPY
        je      .floppy
        call    emu_geometry_regs
        mov     ax,dx
        jmp     params_reply
.floppy:
        movzx   bx,byte [fs:EMU_MEDIA]
        and     bl,0Fh
        mov     al,[cs:et_types-1+bx]
        xor     ah,ah
        mov     [bp+R_BX],ax
        call    fl_table
        mov     [bp+R_DI],si
        mov     word [bp+R_ES],ROM_SEG
        mov     ch,79
        mov     cl,[fs:EMU_SPT]
        mov     [bp+R_CX],cx
        call    floppy_count
        mov     ah,1
        mov     [bp+R_DX],ax
        mov     byte [bp+R_AL],0
        jmp     int13_good

et_types        db 2, 4, 5              ; drive types of the three floppy sizes

emu_type:
        mov     eax,[fs:EMU_TOTAL]
        cmp     byte [fs:EMU_ON],ET_DISK
        je      type_reply
        mov     byte [B_HDSTAT],0
        mov     byte [bp+R_AH],1        ; floppy without change line
        clc
        ret

emu_edd_read:
        call    edd_packet
        jc      int13_bad
        call    emu_transfer
        mov     al,ah
        call    edd_done
        jmp     int13_status

emu_edd_verify:
        call    edd_packet
        jc      int13_bad
        mov     eax,[bp+L_LBA]
        cmp     eax,[fs:EMU_TOTAL]
        jae     int13_bad
        jmp     int13_good

; 48h of the emulated disk: no DPTE (BIO-04).
emu_edd_params:
        push    ds
        mov     di,[bp+R_SI]
        mov     es,[bp+R_DS]
        mov     bx,[es:di]
        cmp     bx,1Ah
        jb      .bad
        mov     word [es:di+2],0002h
        movzx   eax,word [fs:EMU_CYLS]
        mov     [es:di+4],eax
        mov     ax,[fs:EMU_HEADS]
        mov     [es:di+8],eax
        mov     ax,[fs:EMU_SPT]
        mov     [es:di+12],eax
        mov     eax,[fs:EMU_TOTAL]
        mov     [es:di+16],eax
        xor     eax,eax
        mov     [es:di+20],eax
        mov     word [es:di+24],512
        mov     ax,1Ah
        cmp     bx,1Eh
        jb      .size
        or      dword [es:di+26],-1
        mov     ax,1Eh
.size:  mov     [es:di],ax
        pop     ds
        jmp     int13_good
.bad:   pop     ds
        jmp     int13_bad

; 4Bh terminate or status, 4Ch initiate and boot, 4Dh read the catalog.
eltorito_service:
        test    al,al
        jnz     .more
        cmp     byte [fs:EMU_ON],0
        je      int13_bad
        mov     al,[bp+R_DL]
        cmp     al,7Fh
        je      .mine
        cmp     al,[fs:EMU_DRIVE]
        jne     int13_bad
.mine:  call    emu_packet
        cmp     byte [bp+R_AL],0
        jne     int13_good
        call    emu_stop
        jmp     int13_good
.more:  dec     al
        jz      emu_initiate
; 4Dh: packet at DS:SI: size, count, buffer far pointer, first sector of the catalog.
        mov     es,[bp+R_DS]
        mov     si,[bp+R_SI]
        cmp     byte [es:si],8
        jb      int13_bad
        movzx   cx,byte [es:si+1]
        movzx   eax,word [es:si+6]
        add     eax,[fs:EMU_CATALOG]
        mov     [bp+L_LBA],eax
        mov     [bp+L_BLKS],cx
        movzx   eax,cx
        shl     eax,11
        mov     [bp+L_TAKE],eax
        mov     word [bp+L_SKIP],0
        mov     dx,[es:si+2]
        mov     ax,[es:si+4]
        call    buffer_set
        cmp     byte [fs:E_CDCOUNT],0
        je      int13_bad
        mov     al,[fs:EMU_CD]
        call    cd_find
        call    atapi_read
        jmp     int13_status

; Specification packet to the caller's DS:SI.
emu_packet:
        mov     es,[bp+R_DS]
        mov     di,[bp+R_SI]
        mov     al,13h
        mov     ah,[fs:EMU_MEDIA]
        stosw
        mov     al,[fs:EMU_CD]
        call    cd_find
        mov     al,[fs:EMU_DRIVE]
        mov     ah,[fs:si+D_CHAN]
        stosw
        mov     eax,[fs:EMU_LBA]
        stosd
        xor     ax,ax                   ; device specification: slave
        test    byte [fs:si+D_SELECT],10h
        jz      .master
        inc     ax
.master:
        stosw
        xor     ax,ax                   ; no user buffer
        stosw
        mov     ax,[fs:EMU_LOADSEG]
        stosw
        mov     ax,[fs:EMU_LOADCNT]
        stosw
        xor     eax,eax
        xor     cl,cl
        cmp     byte [fs:EMU_ON],ET_NONE
        je      .geometry
        mov     ax,[fs:EMU_CYLS]
        dec     ax
        shl     ah,6
        or      ah,[fs:EMU_SPT]
        mov     cl,[fs:EMU_HEADS]
        dec     cl
.geometry:
        stosw
        mov     al,cl
        stosb
        ret

; 4Ch: emulation as the packet at the caller's DS:SI says, then its boot code. Returns only on failure.
emu_initiate:
        mov     es,[bp+R_DS]
        mov     si,[bp+R_SI]
        cmp     byte [es:si],13h
        jb      int13_bad
        cmp     byte [fs:E_CDCOUNT],0
        je      int13_bad
        call    emu_stop
        mov     al,[es:si+1]
        mov     cl,[fs:EMU_CD]
        mov     ebx,[es:si+4]
        mov     dx,[es:si+12]
        mov     di,[es:si+14]
        call    emu_start
        jc      int13_bad
        call    emu_load
        mov     al,ST_CONTROLLER
        jc      int13_status
        cli
        xor     ax,ax
        mov     ss,ax
        mov     byte [fs:E_STKBUSY],0
        mov     ax,[fs:EMU_LOADSEG]
        mov     dl,[fs:EMU_DRIVE]
        xor     bx,bx
        jmp     boot_jump_to
