; POST: the motherboard chips. 8259A pair, 8254, 8237 pair, MC146818, serial and parallel ports.
; References: Intel 8259A, 8254, 8237A and 82371SB data sheets; Motorola MC146818A.

PIC1_MASK       equ 0B8h                ; open: timer, keyboard, cascade, floppy
PIC2_MASK       equ 0Eh                 ; open: RTC, mouse, FPU, both IDE channels

; ICW1-ICW4 to both controllers, vectors 08h and 70h, all lines masked.
pic_init:
        mov     al,11h
        out     PIC1,al
        out     PIC2,al
        mov     al,08h
        out     PIC1+1,al
        mov     al,70h
        out     PIC2+1,al
        mov     al,04h
        out     PIC1+1,al
        mov     al,02h
        out     PIC2+1,al
        mov     al,01h
        out     PIC1+1,al
        out     PIC2+1,al
        mov     al,0FFh
        out     PIC2+1,al
        mov     al,0FBh
        out     PIC1+1,al
        ret

; Channel 0: mode 2, 65536 (Bochs's mode 3 loses every second tick); channel 1: refresh every 15 us; channel 2: mode 3,
; about 1 kHz.
pit_init:
        mov     al,34h
        out     PITCTL,al
        xor     al,al
        out     PIT0,al
        out     PIT0,al
        mov     al,54h
        out     PITCTL,al
        mov     al,18
        out     PIT0+1,al
        mov     al,0B6h
        out     PITCTL,al
        mov     al,0A9h
        out     PIT0+2,al
        mov     al,04h
        out     PIT0+2,al
        in      al,PORTB
        and     al,0FCh                 ; speaker and its gate off
        out     PORTB,al
        ret

; Master clear both controllers; channel 4 (DREQ 0 of the second) cascades the first.
dma_init:
        xor     al,al
        out     0Dh,al
        out     0DAh,al
        mov     al,0C0h
        out     0D6h,al
        xor     al,al
        out     0D4h,al
        out     08h,al
        out     0D0h,al
        ret

; AL = CMOS register -> AL its value. NMI stays enabled; the index is parked on 0Dh.
cmos_read:
        out     CMOSI,al
        in      al,CMOSD
        push    ax
        mov     al,0Dh
        out     CMOSI,al
        pop     ax
        ret

; AL = CMOS register, AH = value.
cmos_write:
        out     CMOSI,al
        xchg    al,ah
        out     CMOSD,al
        xchg    al,ah
        push    ax
        mov     al,0Dh
        out     CMOSI,al
        pop     ax
        ret

; 32768 Hz base, 1024 Hz periodic rate, 24-hour BCD, no interrupts.
rtc_init:
        mov     ax,260Ah
        call    cmos_write
        mov     ax,020Bh
        call    cmos_write
        mov     al,0Ch                  ; drop a pending interrupt
        call    cmos_read
        ret

; BCD in AL -> binary in AL.
bcd_to_bin:
        push    cx
        mov     ch,al
        and     ch,0Fh
        shr     al,4
        mov     cl,10
        mul     cl
        add     al,ch
        pop     cx
        ret

; Ticks since midnight from the RTC into 40:6C.
ticks_from_rtc:
        mov     al,4
        call    cmos_read
        call    bcd_to_bin
        movzx   eax,al
        imul    ebx,eax,3600
        mov     al,2
        call    cmos_read
        call    bcd_to_bin
        movzx   eax,al
        imul    eax,eax,60
        add     ebx,eax
        mov     al,0
        call    cmos_read
        call    bcd_to_bin
        movzx   eax,al
        add     eax,ebx
        mov     ebx,1193182             ; seconds * 1193182 / 65536
        mul     ebx
        shrd    eax,edx,16
        push    BDA_SEG
        pop     ds
        mov     [B_TICKS],eax
        ret

; 16550s at the four usual addresses, printer ports at the three usual ones: into the BDA.
ports_init:
        push    BDA_SEG
        pop     ds
        mov     si,com_ports
        mov     di,B_COM
        xor     bx,bx
.com:   cs lodsw
        test    ax,ax
        jz      .coms
        mov     dx,ax
        add     dx,3                    ; DLAB off, then the interrupt enable register must hold 2
        in      al,dx
        cmp     al,0FFh
        je      .com
        mov     al,03h
        out     dx,al
        sub     dx,2
        mov     al,02h
        out     dx,al
        in      al,dx
        cmp     al,02h
        jne     .com
        xor     al,al
        out     dx,al
        dec     dx
        mov     [di],dx
        mov     byte [B_COMTMO+bx],1
        inc     di
        inc     di
        inc     bx
        jmp     .com
.coms:  shl     bx,9                    ; equipment bits 9-11
        mov     si,lpt_ports
        mov     di,B_LPT
        xor     cx,cx
.lpt:   cs lodsw
        test    ax,ax
        jz      .lpts
        mov     dx,ax
        mov     al,0AAh                 ; the data register reads back what it drives
        out     dx,al
        in      al,dx
        cmp     al,0AAh
        jne     .lpt
        mov     [di],dx
        push    bx
        mov     bx,cx
        mov     byte [B_LPTTMO+bx],14h
        pop     bx
        add     dx,2
        mov     al,0Ch                  ; select, no reset
        out     dx,al
        inc     di
        inc     di
        inc     cx
        jmp     .lpt
.lpts:  shl     cx,14
        or      bx,cx
        and     word [B_EQUIP],31FFh
        or      [B_EQUIP],bx
        ret

com_ports       dw 3F8h, 2F8h, 3E8h, 2E8h, 0
lpt_ports       dw 3BCh, 378h, 278h, 0

; AH = last refresh level, ECX = toggles left (15 us each) -> CF when time is up. Changes AL.
tick:
        in      al,PORTB
        and     al,10h
        cmp     al,ah
        mov     ah,al
        je      .run
        dec     ecx
        jz      .out
.run:   clc
        ret
.out:   stc
        ret

TOGGLES_MS      equ 66                  ; refresh toggles in a millisecond
