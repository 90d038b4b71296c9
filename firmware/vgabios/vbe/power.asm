; 4F10h: the display's power. BL = 0: BL = version, BH = states; 1: set state BH; 2: BH = state.
; A VGA can only switch its picture off: every state but "on" does that, and the one asked for is kept in the BIOS data area.

BDA_POWER       equ 0BCh
POWER_VERSION   equ 10h
POWER_STATES    equ 07h                 ; standby, suspend, off

vbe_power:
        cmp     bl, 2
        ja      vbe_failed
        je      .tell
        test    bl, bl
        jnz     .set
        mov     word [bp + frame.bx], POWER_STATES << 8 | POWER_VERSION
        ret
.set:
        test    bh, ~POWER_STATES & 0FFh
        jnz     vbe_failed
        mov     [BDA_POWER], bh
        mov     ah, bh
        test    ah, ah
        jz      set_screen
        mov     ah, CLOCKING_OFF
        jmp     set_screen
.tell:
        mov     al, [BDA_POWER]
        mov     [bp + frame.bx + 1], al
        ret
