; INT 18h and INT 19h: the boot loader. Order from CMOS 3Dh (low nibble first, then high) and 38h
; (high nibble third): 1 floppy, 2 hard disk, 3 CD; all zero is floppy, hard disk, CD.
; References: BIOS Boot Specification 1.01; El Torito 1.0; Ralf Brown's INT 19h.

BOOT_ADDR       equ 7C00h
BOOT_KINDS      equ 3

int19:
        cli
        cld
        xor     ax,ax
        mov     ss,ax
        mov     sp,BOOT_ADDR
        mov     ds,ax
        mov     es,[40Eh]
        mov     byte [es:E_BOOTIDX],0
        mov     dword [es:E_REASON],0
        jmp     short boot_next

; A boot sector that gives up comes here: the next device.
int18:
        cli
        cld
        xor     ax,ax
        mov     ss,ax
        mov     sp,BOOT_ADDR
        mov     ds,ax
        mov     es,[40Eh]
boot_next:
        sti
        push    es
        pop     fs
        push    BDA_SEG
        pop     ds
        call    emu_stop
        xor     ax,ax
        mov     ds,ax
        mov     byte [es:E_STKBUSY],0
        movzx   bx,byte [es:E_BOOTIDX]
        cmp     bx,BOOT_KINDS
        jae     boot_none
        inc     byte [es:E_BOOTIDX]
        call    boot_order              ; AL = kind
        dec     ax
        cmp     al,BOOT_KINDS
        jae     boot_next
        movzx   si,al
        push    si
        shl     si,1
        call    [cs:boot_table+si]      ; returns only when it fails, AL = reason
        pop     si
        xor     bx,bx
        mov     ds,bx
        mov     es,[40Eh]
        mov     [es:E_REASON+si],al
        jmp     boot_next

; BX = 0, 1, 2 -> AL = device kind at that place of the boot order.
boot_order:
        mov     al,38h
        call    cmos_read
        mov     cl,al
        mov     al,3Dh
        call    cmos_read
        shr     cl,4                    ; third
        mov     ah,al
        and     al,0Fh                  ; first
        shr     ah,4                    ; second
        mov     dl,al
        or      dl,ah
        or      dl,cl
        jz      .default
        test    bx,bx
        jz      .done
        mov     al,ah
        cmp     bl,1
        je      .done
        mov     al,cl
.done:  ret
.default:
        mov     al,bl
        inc     al
        ret

boot_none:
        mov     si,msg_none
        call    print
        xor     di,di
.kind:  mov     bx,di
        movzx   bx,byte [es:E_REASON+di]
        shl     bx,1
        test    bx,bx
        jz      .skip
        mov     si,di
        shl     si,1
        mov     si,[cs:boot_names+si]
        call    print
        mov     si,[cs:boot_reasons+bx]
        call    print
.skip:  inc     di
        cmp     di,BOOT_KINDS
        jb      .kind
        mov     si,msg_none_end
        call    print
        say     msg_none_log
.halt:  sti
        hlt
        jmp     .halt

boot_table      dw boot_floppy, boot_disk, boot_cd
boot_names      dw name_floppy, name_disk, name_cd
boot_reasons    dw 0, reason_absent, reason_medium, reason_code

REASON_ABSENT   equ 1                   ; no such drive
REASON_MEDIUM   equ 2                   ; no readable medium
REASON_CODE     equ 3                   ; medium without boot code

boot_floppy:
        mov     ax,BDA_SEG
        mov     ds,ax
        mov     al,REASON_ABSENT
        test    byte [B_EQUIP],1
        jz      .out
        say     msg_floppy
        mov     si,4                    ; the first try may report a changed disk
.again: mov     ax,0201h
        xor     dx,dx
        call    boot_read
        jnc     .read
        cmp     ah,80h                  ; no disk
        je      .empty
        xor     ax,ax
        xor     dx,dx
        int     13h
        dec     si
        jnz     .again
.empty: mov     al,REASON_MEDIUM
.out:   ret
.read:  xor     ax,ax                   ; disks of DOS 1.x have no signature: refuse only a blank sector
        mov     es,ax
        mov     ax,[es:BOOT_ADDR]
        test    al,al
        jz      .blank
        mov     di,BOOT_ADDR
        mov     cx,16
        repe    scasw
        je      .blank
        xor     dx,dx
        jmp     boot_jump
.blank: mov     al,REASON_CODE
        ret

boot_disk:
        mov     ax,BDA_SEG
        mov     ds,ax
        mov     al,REASON_ABSENT
        cmp     byte [B_HDCOUNT],0
        je      .out
        say     msg_disk
        mov     ax,0201h
        mov     dx,0080h
        call    boot_read
        mov     al,REASON_MEDIUM
        jc      .out
        mov     al,REASON_CODE
        cmp     word [es:BOOT_ADDR+510],0AA55h
        jne     .out
        mov     dx,0080h
        jmp     boot_jump
.out:   ret

; INT 13h AX, DX: first sector to 0:7C00. ES = 0 on return.
boot_read:
        xor     bx,bx
        mov     es,bx
        mov     bx,BOOT_ADDR
        mov     cx,1
        int     13h
        ret

; To the boot sector with DL = drive.
boot_jump:
        xor     ax,ax
        mov     bx,BOOT_ADDR
; ... or to AX:BX.
boot_jump_to:
        mov     ds,ax
        xor     ax,ax
        mov     cx,ds
        mov     ds,ax
        mov     es,[40Eh]
        mov     [es:E_BOOTDRV],dl
        mov     es,ax
        mov     sp,BOOT_ADDR
        push    0202h
        push    cx
        push    bx
        mov     ax,0AA55h
        xor     bx,bx
        xor     cx,cx
        xor     dh,dh
        xor     si,si
        xor     di,di
        xor     bp,bp
        iret

name_floppy     db ' floppy',0
name_disk       db ' hard disk',0
name_cd         db ' CD',0
reason_absent   db ' absent;',0
reason_medium   db ' unreadable or empty;',0
reason_code     db ' without boot code;',0
msg_none        db 13,10,'No bootable medium:',0
msg_none_end    db ' Ctrl+Alt+Del restarts.',13,10,0
msg_none_log    db 'no bootable medium',0
msg_floppy      db 'boot from floppy',0
msg_disk        db 'boot from hard disk',0
msg_cd          db 'boot from cd',0
