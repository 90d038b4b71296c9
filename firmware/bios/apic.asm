; POST: a local APIC must pass the 8259A's interrupts on (virtual wire mode).
; Reference: Intel MultiProcessor Specification 1.4, 3.6.2.2; Intel SDM volume 3, local APIC.

APIC_SVR        equ 0FEE000F0h
APIC_LINT0      equ 0FEE00350h
APIC_LINT1      equ 0FEE00360h
CPUID_APIC      equ 200h                ; EDX of leaf 1

; Needs A20. Changes EAX, EBX, ECX, EDX, ESI, EDI. DS = 0.
apic_init:
        call    cpuid_features
        test    edx,CPUID_APIC
        jz      .none
        mov     eax,1FFh                ; enabled, spurious vector FFh
        mov     edi,APIC_SVR
        call    .write
        mov     eax,8700h               ; ExtINT, level
        mov     edi,APIC_LINT0
        call    .write
        mov     eax,8400h               ; NMI
        mov     edi,APIC_LINT1
.write: mov     [POST_BUF],eax
        mov     esi,POST_BUF
        mov     ecx,4
        call    flat_copy
.none:  ret
