; POST: from reset to the boot loader. No fixed delays: each wait polls a status bit, bounded by the
; refresh toggle of port 61h. Reference: IBM PC/AT Technical Reference; BIOS Boot Specification 1.01.

POST_STACK      equ 7C00h
POST_BUF        equ 8000h               ; 2 KiB of scratch in segment 0

post:
        mov     al,0Dh                  ; NMI back on, index parked
        out     CMOSI,al
        xor     ax,ax
        mov     ss,ax
        mov     sp,POST_STACK
        mov     ds,ax
        mov     dx,[472h]               ; warm start word survives
        say     msg_post
        call    dma_init
        call    pic_init
        call    pit_init
        call    rtc_init
        call    low_memory_init
        call    vectors_init
        call    a20_on
        xor     ax,ax
        mov     ds,ax
        call    mtrr_init
        call    apic_init
        call    pci_init
        call    shadow_open
        call    tables_sign
        call    video_rom
        mov     ax,0003h                ; not every video BIOS sets a mode itself
        int     10h
        mov     si,msg_banner
        call    print
        call    kbc_init
        call    ticks_from_rtc
        call    ports_init
        mov     al,PIC1_MASK
        out     PIC1+1,al
        mov     al,PIC2_MASK
        out     PIC2+1,al
        sti
        call    mouse_detect
        call    floppy_detect
        call    ata_detect
        call    option_roms
        call    shadow_close
        call    a20_off
        push    BDA_SEG
        pop     ds
        mov     word [B_RESET],0
        int     19h

; Vectors, BDA and EBDA: zero, then what POST knows. DX = old reset word.
low_memory_init:
        xor     ax,ax
        mov     es,ax
        xor     di,di
        mov     cx,600h/2
        rep     stosw
        call    base_memory_kb          ; AX = KiB from CMOS
        dec     ax                      ; the EBDA takes the last one
        mov     bx,ax
        shl     bx,6
        mov     es,bx
        xor     di,di
        push    ax
        xor     ax,ax
        mov     cx,512
        rep     stosw
        pop     ax
        mov     byte [es:E_SIZE],1
        push    BDA_SEG
        pop     ds
        mov     [B_EBDA],bx
        mov     [B_MEMKB],ax
        mov     [B_RESET],dx
        mov     word [B_KBHEAD],B_KBBUF
        mov     word [B_KBTAIL],B_KBBUF
        mov     word [B_KBSTART],B_KBBUF
        mov     word [B_KBEND],B_KBBUF+32
        mov     al,14h
        call    cmos_read
        and     al,02h                  ; FPU bit
        or      al,20h                  ; 80x25 colour
        xor     ah,ah
        mov     [B_EQUIP],ax
        ret

; KiB of base memory from CMOS 15h/16h, 640 if that makes no sense.
base_memory_kb:
        mov     al,15h
        call    cmos_read
        mov     cl,al
        mov     al,16h
        call    cmos_read
        mov     ah,al
        mov     al,cl
        cmp     ax,640
        ja      .full
        cmp     ax,64
        jae     .done
.full:  mov     ax,640
.done:  ret

; INT 00h-77h. Interrupts nobody serves get an IRET; 60h-67h stay zero for applications.
vectors_init:
        xor     ax,ax
        mov     es,ax
        xor     di,di
        mov     cx,60h
.all:   mov     ax,0FF53h
        stosw
        mov     ax,ROM_SEG
        stosw
        loop    .all
        mov     word [es:02h*4],0E2C3h
        mov     word [es:05h*4],0FF54h
        mov     si,vector_table
        mov     di,08h*4
        mov     cx,18h
.std:   cs lodsw
        stosw
        inc     di
        inc     di
        loop    .std
        mov     di,68h*4
        mov     cx,8
.user:  mov     ax,0FF53h
        stosw
        mov     ax,ROM_SEG
        stosw
        loop    .user
        mov     si,slave_table
        mov     cx,8
.slave: cs lodsw
        stosw
        mov     ax,ROM_SEG
        stosw
        loop    .slave
        mov     word [es:40h*4],0EC59h
        mov     word [es:42h*4],0F065h
        xor     eax,eax                 ; no fixed disk tables yet
        mov     [es:41h*4],eax
        mov     [es:46h*4],eax
        ret

slave_table     dw int70, irq9, irq_stray2, irq_stray2, int74, int75, int76, int76

msg_post        db 'post',0
msg_banner      db 'relic BIOS',13,10,0
