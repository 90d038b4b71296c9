; The CL-GD5446. Follows the CL-GD5446 Technical Reference Manual, "Extension Registers".
; Its address counter and its offset register count the same bytes in packed and in planar modes, all planes together:
; dwords and quadwords.

%define ADAPTER_NAME "Cirrus Logic CL-GD5446"
ADAPTER_ATTRIBUTES equ 0
ADAPTER_CAPABILITIES equ 0              ; the DAC has 6 bits
ADAPTER_PIXEL_STEP equ 16
ADAPTER_LONGEST_LINE equ 7FF8h
ADAPTER_LONGEST_PITCH equ 1FFh * 8
ADAPTER_PIXEL_CLOCK equ 135000000
ADAPTER_OPTIONS equ ~OPTION_32_BITS     ; a row of 1024 pixels of 32 bits is too long

SEQ_UNLOCK      equ 06h
SEQ_MODE        equ 07h                 ; packed pixels and their format
SEQ_CLOCK       equ 0Eh                 ; the fourth video clock's numerator, and its denominator
SEQ_CLOCK_LOW   equ 1Eh
SEQ_DRAM        equ 0Fh                 ; memory size
SEQ_CURSOR      equ 12h
SEQ_CONFIGURATION equ 17h               ; where the blitter's registers are in memory
UNLOCKED        equ 12h
MODE_PACKED_8   equ 0F1h                ; ... and the linear aperture is on
DRAM_SIZE       equ 18h
DRAM_2M         equ 18h
DRAM_1M         equ 10h
DRAM_TWICE      equ 80h

GC_OFFSET       equ 09h
GC_OFFSET_2     equ 0Ah
GC_EXTENSIONS   equ 0Bh
EXTENSIONS_16K  equ 20h                 ; offsets count 16 KiB
OFFSETS_IN_BANK equ 2                   ; a shift: four of them are a bank

CRTC_OFFSET     equ 13h
CRTC_INTERLACE  equ 19h
CRTC_EXTENDED   equ 1Ah
CRTC_DISPLAY    equ 1Bh                 ; upper bits of the start address and of the offset
CRTC_OVERLAY    equ 1Dh                 ; bit 7: the start address's highest bit
DISPLAY_WIDE    equ 02h                 ; addresses go beyond 64 Ki
DISPLAY_OFFSET  equ 10h
DISPLAY_START   equ 0Dh
OVERLAY_START   equ 80h

; The timing of a size (generated: cirrus_timings).
struc cirrus_timing
.width          resw 1
.height         resw 1
.misc           resb 1
.clock          resb 2                  ; numerator, denominator
.crtc           resb CIRRUS_TIMED
.size:
endstruc

; AL = register AL at port DX, which is kept.
cirrus_read:
        out     dx, al
        inc     dx
        in      al, dx
        dec     dx
        ret

; DX = the CRTC's port.
cirrus_crtc:
        mov     dx, MISC_READ
        in      al, dx
        mov     dx, CRTC_COLOUR
        test    al, MISC_COLOUR
        jnz     .done
        mov     dl, CRTC_MONO & 0FFh
.done:
        ret

; Opens the hidden register of the DAC for the next access of DAC_MASK. DX = that port. Destroys AL.
cirrus_open_dac:
        mov     dx, DAC_WRITE
        in      al, dx                  ; counts from here
        mov     dx, DAC_MASK
        times 4 in al, dx
        ret

adapter_present:
        mov     dx, SEQUENCER
        mov     ax, UNLOCKED << 8 | SEQ_UNLOCK
        out     dx, ax
        call    cirrus_read
        cmp     al, UNLOCKED
        je      .done
        stc
.done:
        ret

adapter_memory:
        push    dx
        mov     dx, SEQUENCER
        mov     al, SEQ_DRAM
        call    cirrus_read
        mov     dl, al
        mov     ax, 32
        mov     dh, dl
        and     dh, DRAM_SIZE
        cmp     dh, DRAM_2M
        je      .banks
        shr     ax, 1
        cmp     dh, DRAM_1M
        je      .banks
        shr     ax, 1
.banks:
        test    dl, DRAM_TWICE
        jz      .done
        add     ax, ax
.done:
        pop     dx
        ret

adapter_frame_buffer:
        call    pci_memory
        jnc     .done
        xor     eax, eax
.done:
        ret

adapter_leave:
        push    si
        push    cx
        call    cirrus_crtc
        mov     si, .crtc
        mov     cx, (.sequencer - .crtc) / 2
        call    cirrus_write_words
        mov     dl, SEQUENCER & 0FFh
        mov     cx, (.graphics - .sequencer) / 2
        call    cirrus_write_words
        mov     dl, GRAPHICS & 0FFh
        mov     cx, (.end - .graphics) / 2
        call    cirrus_write_words
        call    cirrus_open_dac
        mov     al, 0
        out     dx, al
        pop     cx
        pop     si
        ret
.crtc:
        dw      CRTC_INTERLACE, CRTC_EXTENDED, CRTC_DISPLAY, CRTC_OVERLAY
.sequencer:
        dw      UNLOCKED << 8 | SEQ_UNLOCK, SEQ_MODE, SEQ_CURSOR, SEQ_CONFIGURATION
.graphics:
        dw      GC_EXTENSIONS, GC_OFFSET, GC_OFFSET_2
.end:

; Writes CX words from CS:SI to port DX: the lower byte is a register's index, the upper one what comes into it.
cirrus_write_words:
        mov     ax, [cs:si]
        inc     si
        inc     si
        out     dx, ax
        loop    cirrus_write_words
        ret

; How pixels of a depth are set.
struc cirrus_format
.depth          resb 1
.mode           resb 1                  ; SEQ_MODE
.dac            resb 1                  ; the hidden register of the DAC
.size:
endstruc

cirrus_formats:
        db      4, 00h, 00h
        db      8, MODE_PACKED_8, 00h
        db      15, 0F7h, 0F0h
        db      16, 0F7h, 0E1h
        db      24, 0F5h, 0E5h
        db      32, 0F9h, 0E5h

adapter_set_mode:
        pushad
        mov     di, cirrus_formats - cirrus_format.size
.format:
        add     di, cirrus_format.size
        cmp     [cs:di + cirrus_format.depth], al
        jne     .format
        call    cirrus_set_timing
        movzx   ecx, word [cs:si + vbe_mode.width]
        call    cirrus_set_offset
        xor     edx, edx
        call    cirrus_set_start

        mov     dx, GRAPHICS
        mov     ax, EXTENSIONS_16K << 8 | GC_EXTENSIONS
        out     dx, ax
        test    bh, VBE_KEEP_MEMORY
        jnz     .kept
        xor     eax, eax
        call    cirrus_fill
.kept:
        mov     dx, SEQUENCER
        mov     al, SEQ_MODE
        mov     ah, [cs:di + cirrus_format.mode]
        out     dx, ax
        call    cirrus_open_dac
        mov     al, [cs:di + cirrus_format.dac]
        out     dx, al
        popad
        ret

; Sets the timing of the size of entry SI. Keeps AL.
cirrus_set_timing:
        push    ax
        push    bx
        push    si
        push    di
        mov     eax, [cs:si + vbe_mode.width]           ; and height
        mov     bx, cirrus_timings - cirrus_timing.size
.size:
        add     bx, cirrus_timing.size
        cmp     [cs:bx + cirrus_timing.width], eax
        jne     .size

        mov     dx, SEQUENCER
        mov     al, SEQ_CLOCK
        mov     ah, [cs:bx + cirrus_timing.clock]
        out     dx, ax
        mov     al, SEQ_CLOCK_LOW
        mov     ah, [cs:bx + cirrus_timing.clock + 1]
        out     dx, ax
        mov     al, [cs:bx + cirrus_timing.misc]
        mov     dx, MISC_WRITE
        out     dx, al
        mov     dx, CRTC_COLOUR
        mov     ax, CRTC_PROTECT        ; AH = 0: registers 0-7 writable
        out     dx, ax
        xor     si, si
.register:
        mov     al, [cs:si + cirrus_timed]
        mov     ah, [cs:bx + si + cirrus_timing.crtc]
        out     dx, ax
        inc     si
        cmp     si, CIRRUS_TIMED
        jb      .register
        pop     di
        pop     si
        pop     bx
        pop     ax
        ret

; Fills video memory with EAX, through the window. Leaves the window at its begin, and packed pixels set.
cirrus_fill:
        push    es
        push    eax
        push    ebx
        push    ecx
        push    edx
        push    di
        mov     ebx, eax
        mov     dx, SEQUENCER
        mov     ax, MODE_PACKED_8 << 8 | SEQ_MODE
        out     dx, ax
        call    adapter_memory
        mov     dx, ax
        push    0A000h
        pop     es
.bank:
        dec     dx
        push    dx
        call    adapter_set_bank
        pop     dx
        mov     eax, ebx
        mov     cx, 4000h
        xor     di, di
        rep     stosd
        test    dx, dx
        jnz     .bank
        pop     di
        pop     edx
        pop     ecx
        pop     ebx
        pop     eax
        pop     es
        ret

adapter_set_bank:
        mov     ah, dl
        shl     ah, OFFSETS_IN_BANK
        mov     al, GC_OFFSET
        mov     dx, GRAPHICS
        out     dx, ax
        ret

adapter_bank:
        mov     dx, GRAPHICS
        mov     al, GC_OFFSET
        call    cirrus_read
        shr     al, OFFSETS_IN_BANK
        movzx   dx, al
        ret

adapter_set_line_length:
        push    si
        push    ecx
        movzx   ecx, cx
        call    vbe_present_mode
        call    cirrus_set_offset
        pop     ecx
        pop     si
        ret

; Rows of ECX pixels of depth AL.
cirrus_set_offset:
        call    vbe_pixels_to_bytes
        shr     eax, 3
        mov     dx, CRTC_COLOUR
        push    ax
        mov     ah, al
        mov     al, CRTC_OFFSET
        out     dx, ax
        mov     al, CRTC_DISPLAY
        call    cirrus_read
        and     al, ~DISPLAY_OFFSET & 0FFh
        or      al, DISPLAY_WIDE
        mov     dl, al
        pop     ax
        test    ah, ah
        jz      .short
        or      dl, DISPLAY_OFFSET
.short:
        mov     ah, dl
        mov     al, CRTC_DISPLAY
        mov     dx, CRTC_COLOUR
        out     dx, ax
        ret

; EAX = bytes from row to row, all planes together. Destroys EDX.
cirrus_pitch:
        mov     dx, CRTC_COLOUR
        mov     al, CRTC_DISPLAY
        call    cirrus_read
        shr     al, 4
        and     al, 1
        mov     ah, al
        mov     al, CRTC_OFFSET
        call    cirrus_read
        movzx   eax, ax
        shl     eax, 3
        ret

adapter_line_length:
        push    si
        push    bx
        call    vbe_present_mode
        mov     bl, al
        call    cirrus_pitch
        movzx   ecx, ax
        mov     al, bl
        call    vbe_bytes_to_pixels
        mov     cx, ax
        pop     bx
        pop     si
        ret

; The counter begins with whole dwords: what is left of them on the left is shown, too.
adapter_set_start:
        push    esi
        push    ebx
        push    ecx
        push    dx
        call    vbe_present_mode
        mov     bl, al
        movzx   ecx, cx
        inc     ecx
.whole:
        dec     ecx
        mov     al, bl
        call    vbe_pixels_to_bytes
        test    al, 3
        jnz     .whole
        mov     esi, eax
        call    cirrus_pitch
        pop     dx
        movzx   edx, dx
        imul    edx, eax
        add     edx, esi
        shr     edx, 2
        call    cirrus_set_start
        pop     ecx
        pop     ebx
        pop     esi
        ret

; Writes EDX to the start address. For 16-bit and 32-bit code; destroys EAX, EBX, ECX, EDX.
%macro WRITE_START 0
        mov     ebx, edx
        mov     edx, CRTC_COLOUR
        mov     al, CRTC_START_LOW
        mov     ah, bl
        out     dx, ax
        mov     al, CRTC_START_HIGH
        mov     ah, bh
        out     dx, ax
        shr     ebx, 16
        mov     al, CRTC_DISPLAY        ; bit 0 is bit 16; bits 2 and 3 are 17 and 18
        out     dx, al
        inc     edx
        in      al, dx
        and     al, ~DISPLAY_START & 0FFh
        mov     cl, bl
        and     cl, 1
        or      al, cl
        mov     cl, bl
        add     cl, cl
        and     cl, DISPLAY_START & ~1
        or      al, cl
        out     dx, al
        dec     edx
        mov     al, CRTC_OVERLAY
        out     dx, al
        inc     edx
        in      al, dx
        and     al, ~OVERLAY_START & 0FFh
        shl     bl, 4
        and     bl, OVERLAY_START
        or      al, bl
        out     dx, al
%endmacro

; The start address = EDX dwords. Destroys EAX, EDX.
cirrus_set_start:
        push    ebx
        push    ecx
        WRITE_START
        pop     ecx
        pop     ebx
        ret

adapter_start:
        push    ebx
        push    si
        call    vbe_present_mode
        mov     bl, al
        push    bx
        mov     dx, CRTC_COLOUR
        mov     al, CRTC_OVERLAY
        call    cirrus_read
        shr     al, 7
        mov     bl, al
        mov     al, CRTC_DISPLAY
        call    cirrus_read
        mov     ah, al
        shr     al, 2
        and     al, 3
        and     ah, 1
        shl     bl, 2
        or      bl, al
        add     bl, bl
        or      bl, ah
        shl     ebx, 16
        mov     al, CRTC_START_HIGH
        call    cirrus_read
        mov     bh, al
        mov     al, CRTC_START_LOW
        call    cirrus_read
        mov     bl, al
        and     ebx, 0FFFFFh
        shl     ebx, 2
        call    cirrus_pitch
        xchg    eax, ebx
        xor     edx, edx
        div     ebx
        mov     ecx, edx
        mov     dx, ax
        pop     ax
        call    vbe_bytes_to_pixels
        mov     cx, ax
        pop     si
        pop     ebx
        ret

adapter_set_dac_width:
        ret

adapter_dac_width:
        mov     al, 6
        ret

; What is saved: registers as the lower byte of their port and their index, in the order in which they are written.
cirrus_saved:
        db      SEQUENCER & 0FFh, SEQ_CLOCK, SEQUENCER & 0FFh, SEQ_CLOCK_LOW
        db      SEQUENCER & 0FFh, SEQ_MODE, SEQUENCER & 0FFh, SEQ_CURSOR, SEQUENCER & 0FFh, SEQ_CONFIGURATION
        db      GRAPHICS & 0FFh, GC_EXTENSIONS, GRAPHICS & 0FFh, GC_OFFSET, GRAPHICS & 0FFh, GC_OFFSET_2
        db      CRTC_COLOUR & 0FFh, CRTC_INTERLACE, CRTC_COLOUR & 0FFh, CRTC_EXTENDED
        db      CRTC_COLOUR & 0FFh, CRTC_DISPLAY, CRTC_COLOUR & 0FFh, CRTC_OVERLAY
cirrus_saved_end:
ADAPTER_STATE_SIZE equ (cirrus_saved_end - cirrus_saved) / 2 + 1

; DX = the port of the saved register at CS:BX, AL its index.
cirrus_saved_register:
        mov     ax, [cs:bx]
        inc     bx
        inc     bx
        cmp     al, CRTC_COLOUR & 0FFh
        je      .crtc
        mov     dx, SEQUENCER
        mov     dl, al
        mov     al, ah
        ret
.crtc:
        push    ax
        call    cirrus_crtc
        pop     ax
        mov     al, ah
        ret

adapter_save:
        mov     bx, cirrus_saved
.register:
        call    cirrus_saved_register
        call    cirrus_read
        stosb
        cmp     bx, cirrus_saved_end
        jb      .register
        call    cirrus_open_dac
        in      al, dx
        stosb
        ret

adapter_restore:
        mov     bx, cirrus_saved
.register:
        call    cirrus_saved_register
        mov     ah, [es:si]
        inc     si
        out     dx, ax
        cmp     bx, cirrus_saved_end
        jb      .register
        call    cirrus_open_dac
        mov     al, [es:si]
        inc     si
        out     dx, al
        ret
