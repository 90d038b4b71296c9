; INT 13h: entry, stack switch, drive map. Works with a few bytes of caller stack (BIO-01), returns with
; IF set and keeps the high halves of 32-bit registers (BIO-02).
; References: Ralf Brown's INT 13h; Enhanced Disk Drive Specification 3.0; El Torito 1.0.

ST_OK           equ 00h
ST_BAD          equ 01h                 ; bad command or parameter
ST_MARK         equ 02h                 ; address mark not found
ST_PROTECTED    equ 03h
ST_SECTOR       equ 04h                 ; sector not found
ST_RESET        equ 05h
ST_CHANGED      equ 06h
ST_OVERRUN      equ 08h
ST_BOUNDARY     equ 09h                 ; DMA across 64 KiB
ST_MEDIA        equ 0Ch                 ; media type not found
ST_CRC          equ 10h
ST_CONTROLLER   equ 20h
ST_SEEK         equ 40h
ST_TIMEOUT      equ 80h
ST_NOT_READY    equ 0AAh
ST_LOCKED       equ 0B1h
ST_NOT_LOCKED   equ 0B0h
ST_LOCK_COUNT   equ 0B4h
ST_UNDEFINED    equ 0BBh
ST_WRITE        equ 0CCh

int13:
        cli
        push    ds
        push    eax
        xor     ax,ax
        mov     ds,ax
        mov     ds,[40Eh]
        test    dl,80h
        jnz     int13_own
        cmp     byte [EMU_ON],1         ; an emulated floppy moves the real one
        je      int13_own
        pop     eax                     ; all else about floppies is INT 40h's: stack is IP, CS, flags, DS
        sub     sp,2
        push    bp
        push    eax
        mov     bp,sp
        mov     ax,[bp+8]               ; caller's DS
        push    ax
        xor     ax,ax
        mov     ds,ax
        mov     eax,[40h*4]
        mov     [bp+6],eax              ; vector over the spare word and DS
        pop     ds
        pop     eax
        pop     bp
        retf

; INT 40h: the floppy service.
int40:
        cli
        push    ds
        push    eax
        xor     ax,ax
        mov     ds,ax
        mov     ds,[40Eh]
        call    frame13
        mov     al,[bp+R_DL]
        mov     [bp+L_DRV],al
        call    floppy_service
        jmp     leave13

int13_own:
        call    frame13
        mov     al,[bp+R_AH]
        sub     al,4Bh
        cmp     al,3
        jb      .torito
        mov     al,[bp+R_DL]
        cmp     al,0E0h
        jae     .cd
        cmp     al,[fs:EMU_DRIVE]
        jne     .real
        cmp     byte [fs:EMU_ON],1
        je      .emulated
        cmp     byte [fs:EMU_ON],2
        jne     .real
.emulated:
        call    emu_service
        jmp     short leave13
.real:  test    al,80h
        jz      .floppy
        and     al,7Fh
        cmp     byte [fs:EMU_ON],2      ; an emulated disk moves the others up
        jne     .index
        dec     al
.index: call    disk_find               ; SI = entry
        jc      .none
        call    disk_service
        jmp     short leave13
.floppy:
        dec     al
        mov     [bp+L_DRV],al
        call    floppy_service
        jmp     short leave13
.cd:    and     al,1Fh
        cmp     al,[fs:E_CDCOUNT]
        jae     .none
        call    cd_service
        jmp     short leave13
.torito:
        call    eltorito_service
        jmp     short leave13
.none:  mov     al,ST_BAD
        call    int13_status

; End of the service, CF = failed.
leave13:
        setc    bl
        cli
        mov     bh,[bp+L_SWITCH]
        mov     sp,bp
        lds     si,[bp+R_IP]
        mov     al,[si+10]
        and     al,0FEh
        or      al,bl
        mov     [si+10],al
        or      byte [si+11],2
        mov     eax,[bp+R_AX]
        mov     [si],eax
        test    bh,bh
        jz      .kept
        mov     byte [fs:E_STKBUSY],0
.kept:  popad
        pop     es
        pop     fs                      ; the slot of DS, which waits on the caller's stack
        pop     fs
        pop     eax                     ; SS:SP
        ror     eax,16
        mov     ss,ax
        ror     eax,16
        mov     sp,ax
        pop     eax
        pop     ds
        iret

; Builds the register frame on the EBDA stack, or on the caller's if that is in use. The stack holds the
; return address, the caller's EAX and DS; DS = EBDA. On return DS = BDA, FS = EBDA, ES as the caller's.
frame13:
        pop     ax                      ; return address
        cmp     byte [E_STKBUSY],0
        jne     .nested
        mov     byte [E_STKBUSY],1
        mov     [E_STKSP],sp
        mov     [E_STKSS],ss
        mov     sp,ds
        mov     ss,sp
        mov     sp,E_STACK
        push    dword [E_STKSP]
        push    fs
        push    word 1                  ; switched
        jmp     short .frame
.nested:
        push    ss
        push    word 0
        push    bp
        mov     bp,sp
        mov     [bp+2],sp
        add     word [bp+2],6
        pop     bp
        push    fs
        push    word 0
.frame: push    es
        pushad
        mov     bp,sp
        cld
        mov     bx,ds
        mov     fs,bx
        lds     si,[bp+R_IP]
        mov     ecx,[si]
        mov     [bp+R_AX],ecx
        mov     cx,[si+4]
        xchg    cx,[bp+R_DS]
        sub     sp,LOCALS
        mov     [bp+L_SWITCH],cl
        push    BDA_SEG
        pop     ds
        sti
        mov     cx,[bp+R_CX]
        mov     si,[bp+R_SI]
        mov     bx,[bp+R_BX]
        jmp     ax

; AL = status: into AH of the caller and 40:74; CF unless it is zero. Emulated and fixed disks.
int13_status:
        mov     [B_HDSTAT],al
        mov     [bp+R_AH],al
        cmp     al,1
        cmc
        ret
int13_good:
        xor     al,al
        jmp     int13_status
int13_bad:
        mov     al,ST_BAD
        jmp     int13_status

; Paragraph-normalised buffer of the caller's ES:BX into L_SEG:L_OFF.
buffer_from_caller:
        mov     ax,[bp+R_ES]
        mov     dx,[bp+R_BX]
buffer_set:
        push    dx
        shr     dx,4
        add     ax,dx
        pop     dx
        and     dx,0Fh
        mov     [bp+L_SEG],ax
        mov     [bp+L_OFF],dx
        ret
