; The fixed part of the ROM: entry points and tables at the addresses of the IBM PC/AT BIOS.
; Reference: Ralf Brown's MEMORY.LST; IBM PC/AT Technical Reference (public interface addresses).

        fixed   0E05Bh
        jmp     reset_entry
        fixed   0E2C3h
        jmp     int02
        fixed   0E3FEh
        jmp     int13
        fixed   0E401h                  ; fixed disk parameter table types 1-15: none, CMOS says 47
        times 16*15 db 0
        fixed   0E6F2h
        jmp     int19
        fixed   0E6F5h
config_table:                           ; INT 15h/C0h
        dw      8                       ; bytes that follow
model_id        equ 0FCh
        db      model_id, 1, 0          ; AT, submodel 1, revision 0
        db      74h                     ; PIC pair, RTC, INT 15h/4Fh, EBDA (bit 2)
        db      40h                     ; INT 16h/09h
        db      0, 0, 0
        fixed   0E729h                  ; 16550 divisors for INT 14h/00h
baud_table:
        dw      1047, 768, 384, 192, 96, 48, 24, 12
        fixed   0E739h
        jmp     int14
        fixed   0E82Eh
        jmp     int16
        fixed   0E987h
        jmp     int09
        fixed   0EC59h
        jmp     int40
        fixed   0EF57h
        jmp     int0e
        fixed   0EFC7h
dpt_default:                            ; INT 1Eh
        db      0AFh, 02h, 25h, 02h, 18, 1Bh, 0FFh, 6Ch, 0F6h, 0Fh, 08h
        fixed   0EFD2h
        jmp     int17
        fixed   0F045h
        jmp     int10
        fixed   0F065h
        jmp     int10
        fixed   0F0A4h                  ; INT 1Dh: 6845 parameters of the CGA and MDA modes
crtc_table:
        db      38h,28h,2Dh,0Ah,1Fh,06h,19h,1Ch,02h,07h,06h,07h,0,0,0,0
        db      71h,50h,5Ah,0Ah,1Fh,06h,19h,1Ch,02h,07h,06h,07h,0,0,0,0
        db      38h,28h,2Dh,0Ah,7Fh,06h,64h,70h,02h,01h,06h,07h,0,0,0,0
        db      61h,50h,52h,0Fh,19h,06h,19h,19h,02h,0Dh,0Bh,0Ch,0,0,0,0
        dw      2048, 4096, 16384, 16384
        db      40, 80, 40, 80, 40, 80, 80, 80
        db      2Ch,28h,2Dh,29h,2Ah,2Eh,1Eh,29h
        fixed   0F841h
        jmp     int12
        fixed   0F84Dh
        jmp     int11
        fixed   0F859h
        jmp     int15
        fixed   0FA6Eh
%include "font8x8.inc"
        fixed   0FE6Eh
        jmp     int1a
        fixed   0FEA5h
        jmp     int08
        fixed   0FEF3h                  ; vector table of INT 08h-1Fh, offsets in F000
vector_table:
        dw      0FEA5h, 0E987h, irq_stray, irq_stray, irq_stray, irq_stray, 0EF57h, irq_stray
        dw      0F065h, 0F84Dh, 0F841h, 0E3FEh, 0E739h, 0F859h, 0E82Eh, 0EFD2h
        dw      int18, 0E6F2h, 0FE6Eh, 0FF53h, 0FF53h, 0F0A4h, 0EFC7h, 0FA6Eh
        fixed   0FF53h
dummy_iret:
        iret
        fixed   0FF54h
        jmp     int05
        fixed   0FFF0h
        jmp     ROM_SEG:0E05Bh
        db      '06/15/98'              ; FFF5h: date
        fixed   0FFFEh
        db      model_id
        db      0
