; CRC-32 (IEEE 802.3, reflected), bit by bit: EDX = running value (start with all ones, invert at the end),
; GS:SI = data, CX = bytes.
crc_update:
        push eax
        push bx
.byte:  movzx eax, byte [gs:si]
        inc si
        xor dl, al
        mov bl, 8
.bit:   shr edx, 1
        jnc .clear
        xor edx, 0xEDB88320
.clear: dec bl
        jnz .bit
        loop .byte
        pop bx
        pop eax
        ret
