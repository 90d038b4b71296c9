; relic's kernel ROM: boots a kernel that lies on the kernel card, in place of a boot sector.
;
; The card is a window of read-only memory at F0000000h. Its first page says what to copy where and how to go on; the host fills it
; (hypervisor/src/kernel). POST calls this option ROM like any other; it takes over INT 19h, so a kernel is loaded anew at
; every boot. It runs in real mode with 4 GiB data segments, and needs a 386.
;
; Documents: BIOS Boot Specification 1.01, option ROM headers; Linux Documentation/arch/x86/boot.rst; Multiboot
; Specification 0.6.96, 3.1 to 3.3; ACPI 2.0, 15.1 (INT 15h, E820h).

cpu 386
bits 16
org 0

%include "card.inc"

; Where this ROM works: below the EBDA, above what small kernels are linked to.
WORK_SEG        equ 9000h
STACK           equ 0F000h
GDT             equ 0D000h              ; in WORK_SEG
INFO            equ 0D100h              ; the multiboot information, 52 bytes
MODULE          equ 0D180h              ; the one entry of its module list
MEMORY          equ 0D200h              ; its memory map
MEMORY_END      equ 0E000h
LOADER_NAME     equ 0E000h

        db      55h, 0AAh
        db      (image_end - $$) / 512
        jmp     near init

init:   push    ds
        push    0
        pop     ds
        mov     word [19h * 4],boot
        mov     [19h * 4 + 2],cs
        pop     ds
        retf

boot:   cli
        cld
        mov     ax,WORK_SEG
        mov     ss,ax
        mov     sp,STACK
        in      al,92h                  ; A20 on
        or      al,2
        and     al,0FEh
        out     92h,al
        call    big_segments
        call    copy
        mov     ebx,CARD
        cmp     dword [ebx + CARD_KIND],KIND_LINUX
        je      linux
        jmp     multiboot

; DS and ES with base 0 and 4 GiB, in real mode. The GDT is built in RAM: a ROM can be anywhere.
big_segments:
        push    ss
        pop     ds
        xor     eax,eax
        mov     [GDT],eax
        mov     [GDT + 4],eax
        mov     dword [GDT + 8],0000FFFFh
        mov     dword [GDT + 12],00CF9A00h
        mov     dword [GDT + 16],0000FFFFh
        mov     dword [GDT + 20],00CF9200h
        push    dword WORK_SEG * 16 + GDT
        push    word 3 * 8 - 1
        mov     bp,sp
        lgdt    [bp]
        add     sp,6
        mov     eax,cr0
        or      al,1
        mov     cr0,eax
        mov     cx,10h
        mov     ds,cx
        mov     es,cx
        and     al,0FEh
        mov     cr0,eax
        xor     ax,ax                   ; the limits stay
        mov     ds,ax
        mov     es,ax
        ret

; Everything on the card's list.
copy:   mov     ebx,CARD
        mov     edx,[ebx + CARD_COPIES]
        add     ebx,CARD_LIST
.next:  sub     edx,1
        jb      .done
        mov     esi,[ebx + COPY_FROM]
        mov     edi,[ebx + COPY_TO]
        mov     ecx,[ebx + COPY_BYTES]
        add     ebx,COPY_SIZE
        test    esi,esi
        jz      .zero
        mov     eax,ecx
        shr     ecx,2
        a32 rep movsd
        mov     ecx,eax
        and     ecx,3
        a32 rep movsb
        jmp     .next
.zero:  xor     eax,eax
        push    ecx
        shr     ecx,2
        a32 rep stosd
        pop     ecx
        and     ecx,3
        a32 rep stosb
        jmp     .next
.done:  ret

; The kernel's own real-mode code goes on, 512 bytes behind its first byte.
linux:  mov     ax,[ebx + CARD_ENTRY]
        mov     ds,ax
        mov     es,ax
        mov     fs,ax
        mov     gs,ax
        mov     ss,ax
        mov     sp,[ds:LINUX_HEAP_END]
        add     sp,200h                 ; the header has the heap's end less 512
        add     ax,20h
        push    ax
        push    word 0
        xor     eax,eax
        retf

%include "multiboot.asm"

        align   512, db 0
image_end:
