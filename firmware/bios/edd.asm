; INT 13h extensions 41h-48h and 4Eh for hard disks. FS:SI = device entry, DS = BDA, bp = INT 13h frame.
; Reference: Phoenix Enhanced Disk Drive Specification 1.1 and 3.0 (T13 1226DT).

EDD_VERSION     equ 30h
EDD_SUPPORT     equ 0007h               ; access, removable control, EDD tables

edd_table:
        dw      edd_check, edd_read, edd_write, edd_verify, edd_lock, int13_bad, edd_seek, edd_params
        dw      edd_change, int13_bad, int13_bad, int13_bad, int13_bad, edd_hardware

edd_check:
        mov     cx,EDD_SUPPORT
; CX = supported subsets.
check_reply:
        cmp     word [bp+R_BX],55AAh
        jne     int13_bad
        mov     word [bp+R_BX],0AA55h
        mov     [bp+R_CX],cx
        mov     byte [B_HDSTAT],0
        mov     byte [bp+R_AH],EDD_VERSION
        clc
        ret

edd_read:
        mov     al,CMD_ATA_READ
        jmp     short edd_transfer
edd_write:
        mov     al,CMD_ATA_WRITE        ; AL bit 0 asks for a verify, which a PIO write implies
        jmp     short edd_transfer
edd_verify:
        mov     al,CMD_ATA_VERIFY
edd_transfer:
        mov     [bp+L_CMD],al
        call    edd_packet
        jc      int13_bad
        mov     eax,[bp+L_LBA]
        movzx   ecx,word [bp+L_CNT]
        add     ecx,eax
        jc      int13_bad
        cmp     ecx,[fs:si+D_TOTAL]
        ja      int13_bad
        call    ata_transfer
        call    edd_done
        jmp     int13_status

; Disk address packet at the caller's DS:SI -> L_CNT, L_SEG:L_OFF, L_LBA. CF if malformed.
edd_packet:
        push    ds
        push    si
        mov     ds,[bp+R_DS]
        mov     si,[bp+R_SI]
        cmp     byte [si],10h
        jb      .bad
        mov     cx,[si+2]
        cmp     cx,127
        ja      .bad
        mov     [bp+L_CNT],cx
        mov     dx,[si+4]
        mov     ax,[si+6]
        call    buffer_set
        mov     eax,[si+8]
        mov     [bp+L_LBA],eax
        cmp     dword [si+12],0
        jne     .bad
        clc
        jmp     short .done
.bad:   stc
.done:  pop     si
        pop     ds
        ret

; The packet's block count becomes what was done. Preserves AX and flags.
edd_done:
        pushf
        push    ds
        push    si
        push    cx
        mov     ds,[bp+R_DS]
        mov     si,[bp+R_SI]
        mov     cx,[bp+L_DONE]
        mov     [si+2],cx
        pop     cx
        pop     si
        pop     ds
        popf
        ret

; 45h: a fixed disk has no lock; the counter is kept as the specification asks.
edd_lock:
        mov     ah,[fs:si+D_LOCKS]
        mov     al,[bp+R_AL]
        cmp     al,2
        ja      int13_bad
        je      .report
        test    al,al
        jnz     .unlock
        inc     ah
        mov     al,ST_LOCK_COUNT
        jz      int13_status
        jmp     short .set
.unlock:
        sub     ah,1
        mov     al,ST_NOT_LOCKED
        jc      int13_status
.set:   mov     [fs:si+D_LOCKS],ah
.report:
        test    ah,ah
        setnz   [bp+R_AL]
        jmp     int13_good

edd_seek:
        call    edd_packet
        jc      int13_bad
        mov     eax,[bp+L_LBA]
        cmp     eax,[fs:si+D_TOTAL]
        jae     int13_bad
        jmp     int13_good

; 49h: not removable.
edd_change:
        jmp     int13_good

; 4Eh: prefetch and transfer modes belong to the drive; PIO is what this BIOS does.
edd_hardware:
        mov     al,[bp+R_AL]
        cmp     al,2
        je      int13_bad
        cmp     al,6
        ja      int13_bad
        mov     byte [bp+R_AL],0        ; other devices unaffected
        jmp     int13_good

; 48h. The buffer's size says which version the caller knows: 1Ah, 1Eh, 42h.
edd_params:
        push    ds
        mov     di,[bp+R_SI]
        mov     es,[bp+R_DS]
        mov     bx,[es:di]
        cmp     bx,1Ah
        jb      .bad
        mov     word [es:di+2],0002h    ; CHS valid
        movzx   eax,word [fs:si+D_PCYL]
        mov     [es:di+4],eax
        mov     ax,[fs:si+D_PHEADS]
        mov     [es:di+8],eax
        mov     ax,[fs:si+D_PSPT]
        mov     [es:di+12],eax
        mov     eax,[fs:si+D_TOTAL]
        mov     [es:di+16],eax
        xor     eax,eax
        mov     [es:di+20],eax
        mov     word [es:di+24],512
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

; Device parameter table extension of entry SI at EBDA:E_DPTE.
edd_dpte:
        push    bx
        mov     ax,[fs:si+D_CMD]
        mov     [fs:E_DPTE],ax
        mov     ax,[fs:si+D_CTL]
        mov     [fs:E_DPTE+2],ax
        mov     al,[fs:si+D_SELECT]
        test    byte [fs:si+D_FLAGS],DF_LBA
        jz      .chs
        or      al,40h
.chs:   mov     ah,0CBh
        mov     [fs:E_DPTE+4],ax        ; byte 5: Phoenix's bus identification
        mov     al,[fs:si+D_IRQ]
        mov     ah,1                    ; sectors per block
        mov     [fs:E_DPTE+6],ax
        mov     word [fs:E_DPTE+8],0    ; no DMA, PIO mode not set
        xor     ax,ax
        test    byte [fs:si+D_FLAGS],DF_LBA
        jz      .nolba
        or      al,10h
.nolba: test    byte [fs:si+D_FLAGS],DF_XLATE
        jz      .noxlate
        or      al,08h                  ; CHS translated, by LBA assist
        or      ax,0200h
.noxlate:
        test    byte [fs:si+D_FLAGS],DF_ATAPI
        jz      .disk
        or      al,60h                  ; removable, ATAPI
.disk:  mov     [fs:E_DPTE+10],ax
        mov     word [fs:E_DPTE+12],0
        mov     byte [fs:E_DPTE+14],11h
        push    si
        xor     al,al
        mov     cx,15
        mov     bx,E_DPTE
.sum:   sub     al,[fs:bx]
        inc     bx
        loop    .sum
        mov     [fs:E_DPTE+15],al
        pop     si
        pop     bx
        ret

; EDD 3.0 device path: host bus, interface, location.
edd_path:
        push    si
        mov     word [es:di+30],0BEDDh
        mov     word [es:di+32],24h     ; path length
        mov     word [es:di+34],0
        mov     dword [es:di+36],'ISA '
        mov     dword [es:di+40],'ATA '
        mov     dword [es:di+44],'    '
        test    byte [fs:si+D_FLAGS],DF_ATAPI
        jz      .ata
        mov     dword [es:di+40],'ATAP'
        mov     dword [es:di+44],'I   '
.ata:   movzx   eax,word [fs:si+D_CMD]
        mov     [es:di+48],eax
        xor     eax,eax
        mov     [es:di+52],eax
        mov     al,[fs:si+D_SELECT]
        shr     al,4
        and     al,1
        mov     [es:di+56],eax          ; slave
        xor     eax,eax
        mov     [es:di+60],eax
        mov     [es:di+64],ax
        push    bx
        lea     bx,[di+30]
        mov     cx,35
        xor     al,al
.sum:   sub     al,[es:bx]
        inc     bx
        loop    .sum
        mov     [es:di+65],al
        pop     bx
        pop     si
        ret
