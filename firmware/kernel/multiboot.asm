; A multiboot kernel: what the machine has, then protected mode.

MB_MAGIC        equ 2BADB002h
; Fields of the information (3.3) and which of them are valid.
MB_FLAGS        equ 0
MB_HAS_MEMORY   equ 1 << 0
MB_HAS_COMMAND  equ 1 << 2
MB_HAS_MODULES  equ 1 << 3
MB_HAS_MAP      equ 1 << 6
MB_HAS_LOADER   equ 1 << 9
MB_LOWER        equ 4
MB_UPPER        equ 8
MB_COMMAND      equ 16
MB_MODULES      equ 20
MB_MODULES_AT   equ 24
MB_MAP_BYTES    equ 44
MB_MAP_AT       equ 48
MB_LOADER       equ 64
MB_INFO_DWORDS  equ 32

E820_SMAP       equ 534D4150h
E820_ENTRY      equ 20
E820_USABLE     equ 1
WORK            equ WORK_SEG * 16

multiboot:
        push    ss
        pop     ds
        push    ss
        pop     es
        xor     eax,eax
        mov     di,INFO
        mov     cx,MB_INFO_DWORDS
        rep stosd
        call    memory_map
        sti
        int     12h
        cli
        movzx   eax,ax
        mov     [INFO + MB_LOWER],eax
        mov     dword [INFO + MB_MAP_AT],WORK + MEMORY
        mov     dword [INFO + MB_FLAGS],MB_HAS_MEMORY | MB_HAS_COMMAND | MB_HAS_MODULES | MB_HAS_MAP | MB_HAS_LOADER
        mov     dword [INFO + MB_LOADER],WORK + LOADER_NAME
        mov     dword [LOADER_NAME],"reli"
        mov     word [LOADER_NAME + 4],"c"
        call    big_segments            ; DS is 0 from here on
        mov     ebx,CARD
        mov     eax,[ebx + CARD_COMMAND]
        mov     [dword WORK + INFO + MB_COMMAND],eax
        mov     dword [dword WORK + INFO + MB_MODULES_AT],WORK + MODULE
        mov     eax,[ebx + CARD_MODULE_END]
        test    eax,eax
        jz      .enter
        mov     [dword WORK + MODULE + 4],eax
        mov     eax,[ebx + CARD_MODULE]
        mov     [dword WORK + MODULE],eax
        xor     eax,eax
        mov     [dword WORK + MODULE + 8],eax
        mov     [dword WORK + MODULE + 12],eax
        mov     byte [dword WORK + INFO + MB_MODULES],1
.enter: mov     esi,[ebx + CARD_ENTRY]
        ; A far jump through the stack, with a selector that protected mode knows.
        push    dword 8
        push    esi
        mov     ebp,esp
        and     ebp,0FFFFh
        mov     eax,cr0
        or      al,1
        mov     cr0,eax
        mov     cx,10h
        mov     ds,cx
        mov     es,cx
        mov     fs,cx
        mov     gs,cx
        mov     ss,cx
        mov     eax,MB_MAGIC
        mov     ebx,WORK + INFO
        jmp     far dword [ds:ebp + WORK]

; The memory map as INT 15h, E820h tells it, each entry behind its length, and the KiB from 1 MiB on.
memory_map:
        mov     di,MEMORY
        xor     ebx,ebx
.next:  mov     eax,0E820h
        mov     edx,E820_SMAP
        mov     ecx,E820_ENTRY
        add     di,4
        sti
        int     15h
        cli
        jc      .done
        cmp     eax,E820_SMAP
        jne     .done
        mov     dword [di - 4],E820_ENTRY
        cmp     dword [di],100000h
        jne     .step
        cmp     dword [di + 16],E820_USABLE
        jne     .step
        mov     eax,[di + 8]
        shr     eax,10
        mov     [INFO + MB_UPPER],eax
.step:  add     di,E820_ENTRY
        test    ebx,ebx
        jz      .last
        cmp     di,MEMORY_END - 4 - E820_ENTRY
        jb      .next
.last:  add     di,4
.done:  sub     di,MEMORY + 4
        movzx   eax,di
        mov     [INFO + MB_MAP_BYTES],eax
        ret
