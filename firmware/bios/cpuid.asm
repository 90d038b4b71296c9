; POST: what the processor says that it has. Reference: Intel SDM volume 2, CPUID.

; EDX = feature flags of leaf 1; none where the ID flag cannot be changed: a 386, an early 486.
; Changes EAX, EBX, ECX.
cpuid_features:
        pushfd
        pop     eax
        mov     ecx,eax
        xor     eax,200000h
        push    eax
        popfd
        pushfd
        pop     eax
        push    ecx
        popfd
        xor     edx,edx
        xor     eax,ecx
        test    eax,200000h
        jz      .none
        mov     eax,1
        cpu     586
        cpuid
        cpu     386
.none:  ret
