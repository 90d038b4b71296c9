; What Cirrus Logic's own BIOSes had beside VESA's functions: mode numbers below 80h, and questions of 12h from 80h on.

; Set by such a number, a mode fills memory with ones (CIR-10).
OWN_FILL        equ 0FFFFFFFFh

struc own_mode
.number         resb 1
.vesa           resw 1
.size:
endstruc

own_modes:
%macro OWN_MODE 2
        db      %1
        dw      %2
%endmacro
        OWN_MODE 14h, 109h              ; text
        OWN_MODE 54h, 10Ah
        OWN_MODE 55h, 109h
        OWN_MODE 58h, 102h              ; planes
        OWN_MODE 6Ah, 102h
        OWN_MODE 5Dh, 104h
        OWN_MODE 6Ch, 106h
        OWN_MODE 5Eh, 100h              ; 8 bits
        OWN_MODE 5Fh, 101h
        OWN_MODE 5Ch, 103h
        OWN_MODE 60h, 105h
        OWN_MODE 6Dh, 107h
        OWN_MODE 7Bh, 11Ch
        OWN_MODE 66h, 110h              ; 15
        OWN_MODE 67h, 113h
        OWN_MODE 68h, 116h
        OWN_MODE 69h, 119h
        OWN_MODE 6Fh, 10Eh              ; 16
        OWN_MODE 64h, 111h
        OWN_MODE 65h, 114h
        OWN_MODE 74h, 117h
        OWN_MODE 75h, 11Ah
        OWN_MODE 70h, 10Fh              ; 24
        OWN_MODE 71h, 112h
        OWN_MODE 78h, 115h
        OWN_MODE 79h, 118h
own_modes_end:

; BX = the VESA number of own mode BL; carry if there is none. Destroys SI.
own_find_mode:
        mov     si, own_modes
.mode:
        cmp     [cs:si + own_mode.number], bl
        je      .found
        add     si, own_mode.size
        cmp     si, own_modes_end
        jb      .mode
        stc
        ret
.found:
        mov     bx, [cs:si + own_mode.vesa]
        clc
        ret

; Sets own mode BL; AL = the mode as the caller said it, with bit 7 to keep memory. Carry if there is none.
adapter_own_mode:
        pushad
        push    ax
        call    adapter_present         ; on a plain VGA nothing listens
        jc      .absent
        call    own_find_mode
        jc      .absent
        call    vbe_find_mode
        jc      .absent
        pop     ax
        push    ax
        and     al, CONTROL_KEEP_MEMORY
        or      bh, al                  ; the same bit
        pushad
        call    vbe_set_mode
        popad
        cmp     byte [cs:si + vbe_mode.depth], 0
        je      .set
        test    bh, VBE_KEEP_MEMORY
        jnz     .set
        mov     dx, SEQUENCER
        mov     al, SEQ_MODE
        call    cirrus_read
        push    ax
        mov     eax, OWN_FILL
        call    cirrus_fill
        pop     ax
        mov     ah, al
        mov     al, SEQ_MODE
        mov     dx, SEQUENCER
        out     dx, ax
.set:
        pop     ax
        and     al, ~CONTROL_KEEP_MEMORY & 0FFh
        mov     [BDA_MODE], al
        popad
        clc
        ret
.absent:
        pop     ax
        popad
        stc
        ret

; 12h, BL from 80h on.
adapter_alternate:
        mov     si, own_questions - own_question.size
.question:
        add     si, own_question.size
        cmp     si, own_questions_end
        jae     .done
        cmp     [cs:si + own_question.number], bl
        jne     .question
        pushad
        call    [cs:si + own_question.routine]
        popad
.done:
        ret

struc own_question
.number         resb 1
.routine        resw 1
.size:
endstruc

%macro OWN_QUESTION 2
        db      %1
        dw      %2
%endmacro
own_questions:
        OWN_QUESTION 80h, own_type
        OWN_QUESTION 81h, own_version
        OWN_QUESTION 82h, own_revision
        OWN_QUESTION 85h, own_memory
        OWN_QUESTION 0A0h, own_mode_available
        OWN_QUESTION 0A1h, own_monitor
        OWN_QUESTION 0A2h, own_frequencies
        OWN_QUESTION 0AEh, own_refresh
own_questions_end:

OWN_TYPE_5446   equ 39h
OWN_VERSION     equ 0100h
OWN_MONITOR     equ 0E00h               ; no sense lines of use; a display of several frequencies
OWN_FREQUENCIES equ 07h                 ; 31.5-64 kHz
OWN_REFRESH     equ 01h                 ; 75 Hz

; 80h: AX = the chip; BX = 0.
own_type:
        mov     word [bp + frame.ax], OWN_TYPE_5446
        mov     word [bp + frame.bx], 0
        ret

; 81h: AX = the BIOS's version.
own_version:
        mov     word [bp + frame.ax], OWN_VERSION
        ret

; 82h: AL = the chip's revision.
own_revision:
        mov     byte [bp + frame.ax], 0
        ret

; 85h: AL = video memory in units of 64 KiB.
own_memory:
        call    adapter_memory
        mov     [bp + frame.ax], al
        ret

; A0h: AH = 1 if there is mode AL. No tables of its parameters: DS:SI, ES:DI and BX are of no use.
own_mode_available:
        mov     bl, al
        and     bl, 7Fh
        mov     byte [bp + frame.ax + 1], 1
        call    find_parameters
        jnc     .tables
        call    own_find_mode
        jc      .absent
        call    vbe_find_mode
        jnc     .tables
.absent:
        mov     byte [bp + frame.ax + 1], 0
.tables:
        mov     word [bp + frame.bx], 0
        mov     word [bp + frame.si], 0FFFFh
        mov     word [bp + frame.di], 0FFFFh
        ret

; A1h: BH and BL = the monitor.
own_monitor:
        mov     word [bp + frame.bx], OWN_MONITOR
        ret

; A2h: AL = the lines' frequencies that the monitor takes.
own_frequencies:
        mov     byte [bp + frame.ax], OWN_FREQUENCIES
        ret

; AEh: AL = the highest refresh.
own_refresh:
        mov     byte [bp + frame.ax], OWN_REFRESH
        ret
