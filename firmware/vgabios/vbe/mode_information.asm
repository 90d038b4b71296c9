; 4F01h: information about mode CX.

struc vbe_information
.attributes     resw 1
.window_a       resb 1
.window_b       resb 1
.granularity    resw 1                  ; KiB
.window_size    resw 1                  ; KiB
.segment_a      resw 1
.segment_b      resw 1
.window_function resd 1
.pitch          resw 1                  ; of a plane
.width          resw 1
.height         resw 1
.cell_width     resb 1
.cell_height    resb 1
.planes         resb 1
.depth          resb 1
.banks          resb 1
.model          resb 1
.bank_size      resb 1
.pages          resb 1                  ; that memory holds beyond the first
.reserved       resb 1
.colours        resb 8                  ; bits and place of red, green, blue, the rest
.colour_use     resb 1
.frame_buffer   resd 1
.reserved_2     resb 6
.linear_pitch   resw 1
.banked_pages   resb 1
.linear_pages   resb 1
.linear_colours resb 8
.clock          resd 1                  ; highest pixel clock in hertz
.end:
endstruc

ATTRIBUTE_SUPPORTED equ 03h             ; and the fields that were optional in VBE 1.0 are there
ATTRIBUTE_TTY   equ 04h                 ; the BIOS writes text
ATTRIBUTE_COLOUR equ 08h
ATTRIBUTE_GRAPHICS equ 10h
ATTRIBUTE_NOT_VGA equ 20h               ; the CRTC does not rule the picture
ATTRIBUTE_LINEAR equ 80h
WINDOW_USABLE   equ 07h                 ; it moves, and is read and written
COLOURS_REST_USABLE equ 02h             ; the bits that no colour has are the program's

MEMORY_TEXT     equ 0
MEMORY_PLANES   equ 3
MEMORY_PACKED   equ 4
MEMORY_DIRECT   equ 6

WINDOW_KIB      equ 64
TEXT_KIB        equ 32

vbe_mode_information:
        mov     bx, cx
        call    vbe_find_mode
        jc      vbe_failed
        mov     dl, al
        push    di
        mov     cx, 256
        mov     al, 0
        rep     stosb
        pop     di

        mov     word [es:di + vbe_information.attributes], ATTRIBUTE_SUPPORTED | ATTRIBUTE_COLOUR
        mov     byte [es:di + vbe_information.window_a], WINDOW_USABLE
        mov     byte [es:di + vbe_information.planes], 1
        mov     byte [es:di + vbe_information.banks], 1
        mov     byte [es:di + vbe_information.reserved], 1
        mov     byte [es:di + vbe_information.cell_width], 8
        mov     al, [cs:si + vbe_mode.cell]
        mov     [es:di + vbe_information.cell_height], al
        mov     [es:di + vbe_information.depth], dl
        mov     dword [es:di + vbe_information.clock], ADAPTER_PIXEL_CLOCK
        movzx   ecx, word [cs:si + vbe_mode.width]
        mov     [es:di + vbe_information.width], cx
        mov     ax, [cs:si + vbe_mode.height]
        mov     [es:di + vbe_information.height], ax
        mov     al, dl
        call    vbe_pixels_to_bytes
        mov     ecx, eax                ; bytes of a row
        cmp     dl, PIXEL_PLANES
        ja      .packed
        jb      .text
        mov     byte [es:di + vbe_information.planes], 4
        mov     byte [es:di + vbe_information.model], MEMORY_PLANES
        shr     ax, 2
        jmp     .pixels

.text:
        mov     [es:di + vbe_information.pitch], ax
        mov     byte [es:di + vbe_information.depth], 4
        mov     byte [es:di + vbe_information.planes], 4
        or      byte [es:di + vbe_information.attributes], ATTRIBUTE_TTY
        mov     ax, TEXT_KIB
        mov     [es:di + vbe_information.granularity], ax
        mov     [es:di + vbe_information.window_size], ax
        mov     word [es:di + vbe_information.segment_a], 0B800h
        mov     edx, TEXT_KIB << 10
        jmp     .pages

.packed:
        mov     byte [es:di + vbe_information.model], MEMORY_PACKED
        call    vbe_colours
        call    vbe_linear
.pixels:
        mov     [es:di + vbe_information.pitch], ax
        mov     [es:di + vbe_information.linear_pitch], ax
        or      byte [es:di + vbe_information.attributes], ATTRIBUTE_GRAPHICS | ADAPTER_ATTRIBUTES
        mov     ax, WINDOW_KIB
        mov     [es:di + vbe_information.granularity], ax
        mov     [es:di + vbe_information.window_size], ax
        mov     word [es:di + vbe_information.segment_a], 0A000h
        mov     word [es:di + vbe_information.window_function], vbe_window_function
        mov     [es:di + vbe_information.window_function + 2], cs
        call    vbe_memory
        mov     edx, eax

        ; EDX bytes hold rows of ECX bytes.
.pages:
        movzx   eax, word [cs:si + vbe_mode.height]
        imul    ecx, eax
        mov     eax, edx
        xor     edx, edx
        div     ecx
        dec     eax
        cmp     eax, 255
        jbe     .few
        mov     al, 255
.few:
        mov     [es:di + vbe_information.pages], al
        mov     [es:di + vbe_information.banked_pages], al
        mov     [es:di + vbe_information.linear_pages], al
        ret

; Says where the linear frame buffer is, if there is one. Keeps AX.
vbe_linear:
        test    byte [cs:vbe_options], OPTION_NO_LINEAR
        jnz     .done
        push    eax
        push    edx
        or      byte [es:di + vbe_information.attributes], ATTRIBUTE_LINEAR
        call    adapter_frame_buffer
        mov     [es:di + vbe_information.frame_buffer], eax
        pop     edx
        pop     eax
.done:
        ret

; Says how the colours of depth DL lie in a pixel, twice; nothing in 8 bits. Keeps all registers.
vbe_colours:
        pusha
        mov     si, .layouts
.layout:
        cmp     dl, 8
        je      .done
        cmp     dl, [cs:si]
        je      .found
        add     si, .size
        jmp     .layout
.found:
        mov     byte [es:di + vbe_information.model], MEMORY_DIRECT
        mov     al, [cs:si + 1]
        mov     [es:di + vbe_information.colour_use], al
        mov     bx, di
        mov     cx, 8
.byte:
        mov     al, [cs:si + 2]
        mov     [es:bx + vbe_information.colours], al
        mov     [es:bx + vbe_information.linear_colours], al
        inc     si
        inc     bx
        loop    .byte
.done:
        popa
        ret
.layouts:
        db      15, COLOURS_REST_USABLE, 5, 10, 5, 5, 5, 0, 1, 15
.size   equ     $ - .layouts
        db      16, 0, 5, 11, 6, 5, 5, 0, 0, 0
        db      24, 0, 8, 16, 8, 8, 8, 0, 0, 0
        db      32, COLOURS_REST_USABLE, 8, 16, 8, 8, 8, 0, 8, 24
