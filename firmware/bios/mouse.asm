; INT 15h/C2h: PS/2 pointing device, and INT 74h (IRQ12) that assembles its packets and calls the handler.
; Reference: Ralf Brown's INT 15h/AX=C200h-C209h; IBM PS/2 BIOS Interface Technical Reference.

ME_FUNCTION     equ 1                   ; invalid function
ME_INPUT        equ 2
ME_INTERFACE    equ 3                   ; interface error
ME_RESEND       equ 4
ME_NO_HANDLER   equ 5

MOUSE_ON        equ 80h                 ; in E_MOUSELEN
MOUSE_HANDLER   equ 80h                 ; in E_MOUSEIDX

; The command byte while the mouse is in use: IRQ12 on, aux clock on.
KCMD_MOUSE      equ 47h

int15_c2:
        mov     ds,[cs:seg_bda]
        mov     fs,[B_EBDA]
        test    byte [B_EQUIP],04h
        mov     al,ME_INTERFACE
        jz      mouse_fail
        mov     al,[bp+R_AL]
        cmp     al,9
        ja      .bad
        movzx   si,al
        shl     si,1
        jmp     [cs:mouse_table+si]
.bad:   mov     al,ME_FUNCTION
mouse_fail:
        mov     [bp+R_AH],al
        stc
        ret
mouse_good:
        mov     byte [bp+R_AH],0
        clc
        ret

mouse_table:
        dw      c2_enable, c2_reset, c2_rate, c2_resolution, c2_id, c2_init, c2_extended, c2_handler
        dw      c2_write, c2_read

; Aux channel for a command: keyboard and its interrupts out of the way. Ends with mouse_close. Preserves AX.
mouse_open:
        cli
        push    ax
        call    kbc_mode_get
        jnc     .have
        mov     al,KCMD_MOUSE
.have:  and     al,0DCh                 ; aux clock on, no interrupts
        or      al,10h                  ; keyboard clock off
        call    kbc_mode_set
        pop     ax
        ret

; Command byte back; interrupts of both. Preserves AX and flags.
mouse_close:
        pushf
        push    ax
        mov     al,KCMD_MOUSE
        call    kbc_mode_set
        pop     ax
        popf
        sti
        ret

; AL to the mouse between open and close; CF and AL = error.
mouse_command:
        call    mouse_open
        call    aux_send
        call    mouse_close
        mov     al,ME_INTERFACE
        ret

; AL, then AH to the mouse.
mouse_command2:
        call    mouse_open
        call    aux_send
        jc      .done
        mov     al,ah
        call    aux_send
.done:  call    mouse_close
        mov     al,ME_INTERFACE
        ret

; 00h: BH = 1 enable, 0 disable.
c2_enable:
        mov     bh,[bp+R_BH]
        cmp     bh,1
        mov     al,ME_INPUT
        ja      mouse_fail
        jb      .off
        test    byte [fs:E_MOUSEIDX],MOUSE_HANDLER
        mov     al,ME_NO_HANDLER
        jz      mouse_fail
        and     byte [fs:E_MOUSEIDX],~7 & 0FFh
        or      byte [fs:E_MOUSELEN],MOUSE_ON
        mov     al,0F4h
        call    mouse_command
        jc      mouse_fail
        jmp     mouse_good
.off:   and     byte [fs:E_MOUSELEN],~MOUSE_ON & 0FFh
        mov     al,0F5h
        call    mouse_command
        jc      mouse_fail
        jmp     mouse_good

; 05h: package size BH, then as 01h.
c2_init:
        mov     bh,[bp+R_BH]
        dec     bh
        cmp     bh,8
        mov     al,ME_INPUT
        jae     mouse_fail
        mov     [fs:E_MOUSELEN],bh
        and     byte [fs:E_MOUSEIDX],MOUSE_HANDLER
; 01h: reset; BL = AAh, BH = id.
c2_reset:
        and     byte [fs:E_MOUSELEN],~MOUSE_ON & 0FFh
        and     byte [fs:E_MOUSEIDX],MOUSE_HANDLER
        call    mouse_open
        mov     al,0FFh
        call    aux_send
        jc      .fail
        mov     cx,50                   ; the self test may take half a second
.wait:  call    kbc_read
        jnc     .bat
        loop    .wait
        jmp     short .fail
.bat:   cmp     al,0AAh
        jne     .fail
        call    kbc_read                ; one byte of id (MOU-09)
        jc      .fail
        mov     bl,0AAh
        mov     bh,al
        mov     [bp+R_BX],bx
        clc
        call    mouse_close
        jmp     mouse_good
.fail:  stc
        call    mouse_close
        mov     al,ME_INTERFACE
        jmp     mouse_fail

; 02h: sample rate by index BH.
c2_rate:
        movzx   si,byte [bp+R_BH]
        mov     al,ME_INPUT
        cmp     si,7
        jae     mouse_fail
        mov     ah,[cs:mouse_rates+si]
        mov     al,0F3h
        jmp     short c2_two
mouse_rates     db 10, 20, 40, 60, 80, 100, 200

; 03h: resolution BH.
c2_resolution:
        mov     ah,[bp+R_BH]
        mov     al,ME_INPUT
        cmp     ah,4
        jae     mouse_fail
        mov     al,0E8h
c2_two: call    mouse_command2
        jc      mouse_fail
        jmp     mouse_good

; 04h: BH = id.
c2_id:
        call    mouse_open
        mov     al,0F2h
        call    aux_send
        jc      .done
        call    kbc_read
        mov     bl,al
.done:  call    mouse_close
        mov     al,ME_INTERFACE
        jc      mouse_fail
        mov     [bp+R_BH],bl
        jmp     mouse_good

; 06h: BH = 0 status, 1 scaling 1:1, 2 scaling 2:1.
c2_extended:
        mov     bh,[bp+R_BH]
        cmp     bh,1
        jb      .status
        mov     al,0E6h
        je      .scale
        cmp     bh,2
        mov     al,ME_INPUT
        ja      mouse_fail
        mov     al,0E7h
.scale: call    mouse_command
        jc      mouse_fail
        jmp     mouse_good
.status:
        call    mouse_open
        mov     al,0E9h
        call    aux_send
        jc      .done
        call    kbc_read
        jc      .done
        mov     bl,al
        call    kbc_read
        jc      .done
        mov     cl,al
        call    kbc_read
        jc      .done
        mov     dl,al
.done:  call    mouse_close
        mov     al,ME_INTERFACE
        jc      mouse_fail
        mov     [bp+R_BL],bl
        mov     [bp+R_CL],cl
        mov     [bp+R_DL],dl
        jmp     mouse_good

; 07h: handler ES:BX, 0:0 removes it.
c2_handler:
        mov     ax,[bp+R_BX]
        mov     bx,[bp+R_ES]
        cli
        mov     [fs:E_MOUSEPTR],ax
        mov     [fs:E_MOUSEPTR+2],bx
        or      ax,bx
        jnz     .set
        and     byte [fs:E_MOUSEIDX],~MOUSE_HANDLER & 0FFh
        jmp     short .done
.set:   or      byte [fs:E_MOUSEIDX],MOUSE_HANDLER
.done:  sti
        jmp     mouse_good

; 08h: byte BL to the mouse. 09h: three bytes read without a command.
c2_write:
        mov     al,[bp+R_BL]
        call    mouse_command
        jc      mouse_fail
        jmp     mouse_good
c2_read:
        call    mouse_open
        call    kbc_read
        jc      .done
        mov     bl,al
        call    kbc_read
        jc      .done
        mov     cl,al
        call    kbc_read
        mov     dl,al
.done:  call    mouse_close
        mov     al,ME_INTERFACE
        jc      mouse_fail
        mov     [bp+R_BL],bl
        mov     [bp+R_CL],cl
        mov     [bp+R_DL],dl
        jmp     mouse_good

; IRQ12: one byte; at the end of a packet the handler is called far with four words: status, X, Y, Z.
int74:
        sti
        push    fs
        push    ds
        push    es
        pushad
        cld
        mov     ds,[cs:seg_bda]
        mov     ds,[B_EBDA]
        cli
        in      al,KBC
        and     al,21h
        cmp     al,21h
        jne     .eoi
        in      al,KBD
        test    byte [E_MOUSELEN],MOUSE_ON
        jz      .eoi
        mov     bl,[E_MOUSEIDX]
        and     bx,7
        mov     [E_MOUSEBUF+bx],al
        inc     byte [E_MOUSEIDX]
        mov     al,[E_MOUSELEN]
        and     al,7
        cmp     bl,al
        jb      .eoi
        and     byte [E_MOUSEIDX],~7 & 0FFh
        test    byte [E_MOUSEIDX],MOUSE_HANDLER
        jz      .eoi
        xor     ah,ah
        mov     al,[E_MOUSEBUF]
        push    ax
        mov     al,[E_MOUSEBUF+1]
        push    ax
        mov     al,[E_MOUSEBUF+2]
        push    ax
        mov     al,0
        cmp     byte [E_MOUSELEN],MOUSE_ON|3
        jb      .three
        mov     al,[E_MOUSEBUF+3]
.three: push    ax
        mov     al,EOI
        out     PIC2,al
        out     PIC1,al
        call    far [E_MOUSEPTR]
        cli
        add     sp,8
        jmp     short .done
.eoi:   mov     al,EOI
        out     PIC2,al
        out     PIC1,al
.done:  popad
        pop     es
        pop     ds
        pop     fs
        iret
