; POST: the video expansion ROM (PCI or already at C0000h) and the option ROM scan C8000h-EFFFFh.
; References: PCI Local Bus Specification 2.1, 6.3; BIOS Boot Specification 1.01, option ROM headers.

VIDEO_SEG       equ 0C000h

; DS = 0 on entry.
video_rom:
        mov     byte [P_VSIZE],0
        mov     bx,[P_VGA]
        cmp     bx,0FFFFh
        je      .isa
        call    video_rom_from_bar
        jnc     .run
.isa:   push    VIDEO_SEG
        pop     es
        cmp     word [es:0],0AA55h
        jne     .none
        mov     al,[es:2]
        mov     [P_VSIZE],al
        cmp     byte [P_PAM],0
        je      .run
        mov     ax,VIDEO_SEG            ; shadow it in place
        movzx   cx,byte [P_VSIZE]
        push    cx
        call    shadow_save
        mov     al,[P_VSIZE]
        mov     ah,PAM_READ|PAM_WRITE
        call    shadow_video
        pop     cx
        mov     ax,VIDEO_SEG
        call    shadow_restore
.run:   mov     al,[P_VSIZE]
        mov     ah,PAM_READ|PAM_WRITE
        call    shadow_video
        say     msg_video
        mov     ax,[P_VGA]              ; AH bus, AL devfn
        mov     si,VIDEO_SEG
        call    rom_call
        xor     ax,ax
        mov     ds,ax
        ret
.none:  say     msg_no_video
        ret

; BX = VGA function: its expansion ROM to C0000h; CF if it has none.
video_rom_from_bar:
        cmp     byte [P_PAM],0
        je      .none
        mov     di,30h
        call    pci_read_dword
        and     eax,0FFFFF800h
        jz      .none
        mov     ecx,eax
        mov     esi,eax
        or      cl,1
        call    pci_write_dword
        mov     edi,POST_BUF
        mov     ecx,32
        call    flat_copy
        cmp     word [POST_BUF],0AA55h
        jne     .off
        mov     al,[POST_BUF+2]
        test    al,al
        jz      .off
        mov     [P_VSIZE],al
        mov     ah,PAM_READ|PAM_WRITE
        push    bx
        push    esi
        call    shadow_video
        pop     esi
        pop     bx
        movzx   ecx,byte [P_VSIZE]
        shl     ecx,9
        mov     edi,VIDEO_SEG*16
        call    flat_copy
        call    .close
        clc
        ret
.off:   call    .close
.none:  stc
        ret
.close: mov     di,30h
        mov     ecx,esi
        jmp     pci_write_dword

; Far call to the initialisation entry of the ROM at segment SI, in big real mode. AX passed on.
rom_call:
        push    ds
        push    es
        pushad
        pushf
        cli
        push    ax
        mov     ax,BIG_LIMIT
        call    data_limits
        pop     ax
        popf
        push    cs
        push    .back
        push    si
        push    3
        xor     di,di                   ; ES:DI: no Plug and Play header
        mov     es,di
        mov     dx,0FFFFh
        mov     bx,dx
        retf
.back:  pushf
        cli
        mov     ax,REAL_LIMIT
        call    data_limits
        popf
        cld
        popad
        pop     es
        pop     ds
        ret

; ROMs at C8000h-EFFFFh on 2 KiB borders with a valid checksum.
option_roms:
        xor     ax,ax
        mov     ds,ax
        movzx   ax,byte [P_VSIZE]
        add     ax,3
        and     al,0FCh
        shl     ax,5                    ; paragraphs, 2 KiB granular
        add     ax,VIDEO_SEG
        cmp     ax,0C800h
        jae     .next
        mov     ax,0C800h
.next:  mov     es,ax
        cmp     word [es:0],0AA55h
        jne     .step
        movzx   cx,byte [es:2]
        test    cx,cx
        jz      .step
        call    rom_sum
        jnz     .step
        push    ax
        mov     si,ax
        xor     ax,ax
        call    rom_call
        pop     ax
        mov     es,ax
        movzx   cx,byte [es:2]          ; it may have shrunk itself
        add     cx,3
        and     cl,0FCh
        jz      .step
        shl     cx,5
        add     ax,cx
        jmp     short .test
.step:  add     ax,80h
.test:  cmp     ax,ROM_SEG
        jb      .next
        ret

; ZF if CX blocks of 512 bytes at ES:0 sum to zero. Preserves AX.
rom_sum:
        push    ax
        push    es
        xor     bl,bl
.block: xor     si,si
.byte:  add     bl,[es:si]
        inc     si
        cmp     si,512
        jb      .byte
        mov     ax,es
        add     ax,20h
        mov     es,ax
        loop    .block
        test    bl,bl
        pop     es
        pop     ax
        ret

msg_video       db 'video bios',0
msg_no_video    db 'no video bios',0
