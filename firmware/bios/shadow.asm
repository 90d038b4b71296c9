; POST: shadow RAM through the PAM registers (59h-5Fh) of Intel host bridges, and the tables that are
; only announced once the F segment is RAM. Reference: Intel 82441FX data sheet, PAM.

PAM_READ        equ 1                   ; per nibble: read RAM, write RAM
PAM_WRITE       equ 2
SHADOW_BUF      equ 1000h               ; 64 KiB of low memory, free during POST

; Copies the BIOS into RAM under itself and leaves it writable. No-op without PAM.
shadow_open:
        xor     ax,ax
        mov     ds,ax
        cmp     byte [P_PAM],0
        je      .done
        mov     bl,5Ah                  ; C0000-EFFFF back to the bus
.clear: mov     ah,0
        call    pci_host_write_byte
        inc     bl
        cmp     bl,60h
        jb      .clear
        xor     eax,eax
        mov     [P_VPAM],eax
        mov     [P_VPAM+4],ax
        mov     ax,ROM_SEG
        mov     cx,128
        call    shadow_save
        push    cs                      ; the switch must not run from the memory it switches
        pop     ds
        xor     ax,ax
        mov     es,ax
        mov     si,shadow_stub
        mov     di,POST_BUF
        mov     cx,shadow_stub_end-shadow_stub
        rep     movsb
        mov     ds,ax
        call    0:POST_BUF
        xor     ax,ax
        mov     ds,ax
        say     msg_shadow
.done:  ret

; Runs at 0:POST_BUF: F0000h becomes RAM, then the saved copy goes there. Some bridges (QEMU's) know
; "write RAM, read ROM" only as RAM, so a copy in place is not possible.
shadow_stub:
        mov     eax,80000058h
        mov     dx,PCIADDR
        out     dx,eax
        mov     dx,PCIDATA+1
        mov     al,(PAM_READ|PAM_WRITE)<<4
        out     dx,al
        mov     ax,SHADOW_BUF
        mov     ds,ax
        mov     ax,ROM_SEG
        mov     es,ax
        xor     si,si
        xor     di,di
        mov     cx,4000h
        rep     movsd
        retf
shadow_stub_end:

; CX blocks of 512 bytes of segment AX to the buffer, and back.
shadow_save:
        mov     bx,SHADOW_BUF
        jmp     short shadow_copy
shadow_restore:
        mov     bx,ax
        mov     ax,SHADOW_BUF
shadow_copy:
        push    ds
        push    es
        mov     ds,ax
        mov     es,bx
        xor     si,si
        xor     di,di
        shl     cx,7
        rep     movsd
        pop     es
        pop     ds
        ret

; PAM of the first AL 512-byte blocks from C0000h: nibbles AH. The values are kept in P_VPAM.
shadow_video:
        cmp     byte [P_PAM],0
        je      .done
        movzx   cx,al
        add     cx,31
        shr     cx,5                    ; 16 KiB pieces
        mov     bl,5Ah
        mov     si,P_VPAM
.pair:  mov     al,ah
        cmp     cx,1
        je      .put
        mov     al,ah
        shl     al,4
        or      al,ah
.put:   mov     [si],al
        push    ax
        push    cx
        mov     ah,al
        call    pci_host_write_byte
        pop     cx
        pop     ax
        inc     si
        inc     bl
        sub     cx,2
        jg      .pair
.done:  ret

; End of POST: BIOS and video BIOS read-only RAM, the rest of C8000-EFFFF as it was (VGA-14).
shadow_close:
        xor     ax,ax
        mov     ds,ax
        mov     es,[40Eh]
        cmp     byte [P_PAM],0
        je      .done
        mov     al,[P_VSIZE]
        test    al,al
        jz      .novid
        mov     ah,PAM_READ
        call    shadow_video
.novid: mov     di,E_PAM
        mov     al,PAM_READ<<4
        stosb
        mov     si,P_VPAM
        mov     cx,6
        rep     movsb
        mov     ah,PAM_READ<<4
        mov     bl,59h
        call    pci_host_write_byte
.done:  ret

; BIOS32 directory and $PIR: signature and checksum are written into the shadow copy, so that a
; machine without PCI shows neither.
tables_sign:
        cmp     byte [P_PAM],0
        je      .done
        mov     ax,[P_ISA]
        cmp     ax,0FFFFh
        je      .done
        push    ROM_SEG
        pop     es
        mov     [es:pir_router],ax
        mov     dword [es:pir_table],'$PIR'
        mov     dword [es:bios32_directory],'_32_'
        mov     si,pir_table
        mov     cx,pir_end-pir_table
        mov     di,pir_table+31
        call    .sum
        mov     si,bios32_directory
        mov     cx,16
        mov     di,bios32_directory+10
        call    .sum
.done:  ret
.sum:   xor     al,al
.add:   sub     al,[es:si]
        inc     si
        loop    .add
        mov     [es:di],al
        ret

msg_shadow      db 'shadow',0
