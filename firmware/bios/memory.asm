; INT 15h memory size: 88h, 8Ah, E801h, E820h, E881h. Sizes from CMOS: 30h/31h KiB above 1 MiB, 34h/35h
; 64 KiB units above 16 MiB. Reference: Ralf Brown's INT 15h/AX=E820h, E801h; ACPI 1.0, 14.1.

MEM_88_CAP      equ 3C00h               ; 15 MiB: some guests are upset by more (MEM-02)
SMAP            equ 534D4150h

; AX = word of the CMOS registers AL and AL+1.
cmos_word:
        push    cx
        mov     cl,al
        call    cmos_read
        mov     ch,al
        mov     al,cl
        inc     al
        call    cmos_read
        mov     ah,al
        mov     al,ch
        pop     cx
        ret

; KiB between 1 MiB and 16 MiB into AX, 64 KiB units above 16 MiB into DX.
memory_sizes:
        mov     al,34h
        call    cmos_word
        mov     dx,ax
        mov     al,30h
        call    cmos_word
        cmp     ax,MEM_88_CAP
        jbe     .done
        test    dx,dx
        jnz     .cap
        mov     dx,ax                   ; older layout: all of it in 30h
        sub     dx,MEM_88_CAP
        shr     dx,6
.cap:   mov     ax,MEM_88_CAP
.done:  ret

int15_88:
        call    memory_sizes
        mov     [bp+R_AX],ax
        clc
        ret

; 8Ah: DX:AX = KiB above 1 MiB.
int15_8a:
        call    memory_sizes
        movzx   eax,ax
        movzx   edx,dx
        shl     edx,6
        add     eax,edx
        mov     [bp+R_AX],ax
        shr     eax,16
        mov     [bp+R_DX],ax
        clc
        ret

int15_e8:
        cmp     al,01h
        je      .e801
        cmp     al,81h
        je      .e881
        cmp     al,20h
        je      int15_e820
        jmp     int15_unsupported
.e801:  call    memory_sizes
        mov     [bp+R_AX],ax
        mov     [bp+R_CX],ax
        mov     [bp+R_BX],dx
        mov     [bp+R_DX],dx
        clc
        ret
.e881:  call    memory_sizes
        movzx   eax,ax
        movzx   edx,dx
        mov     [bp+R_AX],eax
        mov     [bp+R_CX],eax
        mov     [bp+R_BX],edx
        mov     [bp+R_DX],edx
        clc
        ret

; E820h: EBX = index of the entry, ECX bytes at ES:DI. Sorted; A0000h-EFFFFh is a hole (MEM-01).
int15_e820:
        cmp     edx,SMAP
        jne     int15_unsupported
        cmp     ecx,20
        jb      int15_unsupported
        mov     ebx,[bp+R_BX]
        cmp     ebx,5
        jae     int15_unsupported
        call    base_memory_kb
        dec     ax                      ; without the EBDA
        movzx   eax,ax
        shl     eax,10
        mov     ecx,eax                 ; ECX = start of the EBDA
        call    memory_sizes
        movzx   eax,ax
        shl     eax,10
        movzx   edx,dx
        shl     edx,16
        jz      .small
        mov     eax,0F00000h
.small: add     edx,eax                 ; EDX = bytes above 1 MiB
        mov     es,[bp+R_ES]
        mov     di,[bp+R_DI]
        cmp     bl,1
        jb      .base
        je      .ebda
        cmp     bl,3
        jb      .rom
        je      .high
        mov     eax,0FFFF0000h          ; the ROM below 4 GiB
        mov     edx,10000h
        mov     cl,2
        jmp     short .put
.base:  xor     eax,eax
        mov     edx,ecx
        mov     cl,1
        jmp     short .put
.ebda:  mov     eax,ecx
        mov     edx,400h
        mov     cl,2
        jmp     short .put
.rom:   mov     eax,0F0000h
        mov     edx,10000h
        mov     cl,2
        jmp     short .put
.high:  mov     eax,100000h
        mov     cl,1
.put:   cld
        stosd
        xor     eax,eax
        stosd
        mov     eax,edx
        stosd
        xor     eax,eax
        stosd
        mov     al,cl
        stosd
        inc     bl
        cmp     bl,5
        jb      .more
        xor     bl,bl
.more:  movzx   ebx,bl
        mov     [bp+R_BX],ebx
        mov     dword [bp+R_AX],SMAP
        mov     dword [bp+R_CX],20
        clc
        ret
