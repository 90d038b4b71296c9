; POST: memory types. RAM is cached, ROM and its shadow write-protected, video memory and the PCI hole uncached.
; Operating systems that find the MTRRs blank or off distrust them. Reference: Intel SDM volume 3, chapter 12, MTRRs.

CPUID_MTRR      equ 1000h               ; EDX of leaf 1
MTRR_BASE0      equ 200h
MTRR_MASK0      equ 201h
MTRR_64K        equ 250h                ; eight ranges each, from 0
MTRR_16K        equ 258h                ; from 80000h, then from A0000h
MTRR_4K         equ 268h                ; from C0000h, to 26Fh
MTRR_DEFAULT    equ 2FFh
MTRR_ON         equ 0C00h               ; E and FE: the ranges and the fixed ranges count
MTRR_VALID      equ 800h
UNCACHEABLE     equ 0
WRITE_PROTECT   equ 5
WRITE_BACK      equ 6

; Changes EAX, EBX, ECX, EDX, SI.
mtrr_init:
        call    cpuid_features
        test    edx,CPUID_MTRR
        jz      .none
        mov     si,mtrr_table
.next:  cs lodsw
        movzx   ecx,ax
        cs lodsd
        xchg    eax,edx
        cs lodsd
        cpu     586
        wrmsr
        cpu     386
        cmp     si,mtrr_table_end
        jb      .next
.none:  ret

%macro mtrr 3                           ; number, bits 63-32, bits 31-0
        dw      %1
        dd      %2, %3
%endmacro
%macro mtrr_fixed 2                     ; number, type of its eight ranges
        mtrr    %1, %2*01010101h, %2*01010101h
%endmacro

mtrr_table:
        mtrr    MTRR_DEFAULT, 0, 0      ; off while they change: a processor reset leaves them on
        mtrr_fixed MTRR_64K, WRITE_BACK
        mtrr_fixed MTRR_16K, WRITE_BACK
        mtrr_fixed MTRR_16K+1, UNCACHEABLE
%assign n 0
%rep 8
        mtrr_fixed MTRR_4K+n, WRITE_PROTECT
%assign n n+1
%endrep
        mtrr    MTRR_BASE0, 0, PCI_MEM_BASE|UNCACHEABLE
        mtrr    MTRR_MASK0, 0Fh, PCI_MEM_BASE|MTRR_VALID ; to 4 GiB, of 36 bits of address
        mtrr    MTRR_DEFAULT, 0, MTRR_ON|WRITE_BACK
mtrr_table_end:
