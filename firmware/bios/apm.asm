; INT 15h/53h: APM 1.2 in real mode and through the 16-bit and 32-bit protected-mode entries.
; Reference: Advanced Power Management BIOS Interface Specification 1.2; Ralf Brown's INT 15h/53h.
; Power states: "off" is real, standby and suspend are refused. No battery, AC on.

APM_VERSION     equ 0102h
APM_CONNECTED   equ 01h

AE_CONNECTED    equ 02h                 ; interface already connected
AE_NOT_CONNECTED equ 03h
AE_DEVICE       equ 09h                 ; unrecognised device
AE_VALUE        equ 0Ah
AE_STATE        equ 60h                 ; cannot enter the state
AE_NO_EVENT     equ 80h

int15_53:
        push    BDA_SEG
        pop     ds
        mov     fs,[B_EBDA]
        cmp     al,01h
        jb      .core
        cmp     al,04h
        ja      .later
        cmp     word [bp+R_BX],0
        mov     ah,AE_DEVICE
        jnz     .fail
        cmp     al,04h
        je      .drop
        mov     ah,AE_CONNECTED
        test    byte [fs:E_APM],APM_CONNECTED
        jnz     .fail
        or      byte [fs:E_APM],APM_CONNECTED
        cmp     al,02h
        jb      .good
        mov     cx,ROM_SEG              ; 02h: AX 16-bit code, BX entry, CX data, lengths in SI and DI
        mov     word [bp+R_DI],0FFFFh
        mov     [bp+R_CX],cx
        je      .seg16
        mov     [bp+R_AX],cx            ; 03h: AX 32-bit code, EBX entry, CX 16-bit code, DX data
        mov     [bp+R_DX],cx
        mov     dword [bp+R_BX],apm_entry32
        mov     dword [bp+R_SI],0FFFFFFFFh
        clc
        ret
.seg16: mov     [bp+R_AX],cx
        mov     word [bp+R_BX],apm_entry16
        mov     word [bp+R_SI],0FFFFh
        clc
        ret
.drop:  mov     ah,AE_NOT_CONNECTED
        test    byte [fs:E_APM],APM_CONNECTED
        jz      .fail
        and     byte [fs:E_APM],~APM_CONNECTED & 0FFh
.good:  jmp     int15_good
.fail:  mov     [bp+R_AH],ah
        stc
        ret
.later: mov     ah,AE_NOT_CONNECTED
        test    byte [fs:E_APM],APM_CONNECTED
        jz      .fail
.core:  mov     ah,53h
        mov     bx,[bp+R_BX]
        mov     cx,[bp+R_CX]
        mov     dx,[bp+R_DX]
        mov     si,[bp+R_SI]
        call    apm_core
        mov     [bp+R_AX],ax
        mov     [bp+R_BX],bx
        mov     [bp+R_CX],cx
        mov     [bp+R_DX],dx
        ret

; 16-bit protected mode, far call.
apm_entry16:
        call    apm_core
        retf

        bits    32
; 32-bit protected mode: on to the 16-bit code selector that follows in the driver's table.
apm_entry32:
        push    cs
        push    dword .back
        push    eax
        xor     eax,eax
        mov     ax,cs
        add     eax,8
        xchg    eax,[esp]
        push    dword apm_from32
        retf
.back:  retf
        bits    16
apm_from32:
        call    apm_core
        o32 retf

; AL = function, BX, CX, DX as the specification: uses registers and ports only, in any mode. CF = error in AH.
apm_core:
        cmp     al,00h
        je      .check
        cmp     al,05h
        je      .idle
        cmp     al,07h
        je      .state
        cmp     al,0Ah
        je      .power
        cmp     al,0Bh
        je      .event
        cmp     al,0Ch
        je      .get_state
        cmp     al,0Eh
        je      .version
        cmp     al,06h                  ; busy, enable, defaults, enable device, engage: nothing to do
        je      .good
        cmp     al,08h
        je      .good
        cmp     al,09h
        je      .good
        cmp     al,0Dh
        je      .good
        cmp     al,0Fh
        je      .good
        mov     ah,ERR_UNSUPPORTED
        stc
        ret
.check: mov     ax,APM_VERSION
        mov     bx,504Dh                ; "PM"
        mov     cx,0003h                ; both protected-mode interfaces
        clc
        ret
.version:
        mov     ax,APM_VERSION
        clc
        ret
.idle:  push    ax
        mov     ax,cs
        test    al,3                    ; outside ring 0 a HLT would fault (PWR-02)
        jnz     .awake
        sti
        hlt
.awake: pop     ax
.good:  xor     ah,ah                   ; CF clear
        ret
.event: mov     ah,AE_NO_EVENT
        stc
        ret
.get_state:
        xor     cx,cx                   ; enabled
        jmp     .good
.power: cmp     bx,1
        mov     ah,AE_DEVICE
        stc
        jne     .out
        mov     bx,01FFh                ; AC on, battery unknown
        mov     cx,80FFh                ; no battery
        mov     dx,0FFFFh
        jmp     .good
.state: cmp     cx,0
        je      .good
        cmp     cx,3
        mov     ah,AE_VALUE
        ja      .fail
        cmp     bx,1
        je      .all
        cmp     bx,0FFFFh               ; a single device has no states
        mov     ah,AE_DEVICE
        jne     .fail
.all:   cmp     cx,3
        mov     ah,AE_STATE
        jne     .fail
        call    power_off
        mov     ah,AE_STATE             ; still here
.fail:  stc
.out:   ret

; Soft off: the PIIX4's PM control at the address POST gave it, the one of other firmware, and the
; shutdown port of Bochs. Changes AX, DX.
power_off:
        mov     ax,2000h                ; SLP_EN, type 0
        mov     dx,PM_BASE+4
        out     dx,ax
        mov     dx,0B004h
        out     dx,ax
        push    cx
        push    si
        mov     dx,8900h
        mov     si,shutdown_word
        mov     cx,8
.next:  mov     al,[cs:si]
        out     dx,al
        inc     si
        loop    .next
        pop     si
        pop     cx
        ret

shutdown_word   db 'Shutdown'
