; US keyboard: scan codes 01h-58h to the words INT 16h returns. One row per key: plain, Shift, Ctrl, Alt.
; Zero means no code. Reference: Ralf Brown's table of keyboard scan codes (INT 16h, #00006).

%macro key 4
        dw      %1, %2, %3, %4
%endmacro

KEYMAP_LAST     equ 58h

keymap:
        key     011Bh, 011Bh, 011Bh, 0100h      ; 01 Esc
        key     0231h, 0221h, 0000h, 7800h      ; 02 1
        key     0332h, 0340h, 0300h, 7900h      ; 03 2
        key     0433h, 0423h, 0000h, 7A00h      ; 04 3
        key     0534h, 0524h, 0000h, 7B00h      ; 05 4
        key     0635h, 0625h, 0000h, 7C00h      ; 06 5
        key     0736h, 075Eh, 071Eh, 7D00h      ; 07 6
        key     0837h, 0826h, 0000h, 7E00h      ; 08 7
        key     0938h, 092Ah, 0000h, 7F00h      ; 09 8
        key     0A39h, 0A28h, 0000h, 8000h      ; 0A 9
        key     0B30h, 0B29h, 0000h, 8100h      ; 0B 0
        key     0C2Dh, 0C5Fh, 0C1Fh, 8200h      ; 0C -
        key     0D3Dh, 0D2Bh, 0000h, 8300h      ; 0D =
        key     0E08h, 0E08h, 0E7Fh, 0E00h      ; 0E Backspace
        key     0F09h, 0F00h, 9400h, 0A500h     ; 0F Tab
        key     1071h, 1051h, 1011h, 1000h      ; 10 Q
        key     1177h, 1157h, 1117h, 1100h      ; 11 W
        key     1265h, 1245h, 1205h, 1200h      ; 12 E
        key     1372h, 1352h, 1312h, 1300h      ; 13 R
        key     1474h, 1454h, 1414h, 1400h      ; 14 T
        key     1579h, 1559h, 1519h, 1500h      ; 15 Y
        key     1675h, 1655h, 1615h, 1600h      ; 16 U
        key     1769h, 1749h, 1709h, 1700h      ; 17 I
        key     186Fh, 184Fh, 180Fh, 1800h      ; 18 O
        key     1970h, 1950h, 1910h, 1900h      ; 19 P
        key     1A5Bh, 1A7Bh, 1A1Bh, 1A00h      ; 1A [
        key     1B5Dh, 1B7Dh, 1B1Dh, 1B00h      ; 1B ]
        key     1C0Dh, 1C0Dh, 1C0Ah, 1C00h      ; 1C Enter
        key     0000h, 0000h, 0000h, 0000h      ; 1D Ctrl
        key     1E61h, 1E41h, 1E01h, 1E00h      ; 1E A
        key     1F73h, 1F53h, 1F13h, 1F00h      ; 1F S
        key     2064h, 2044h, 2004h, 2000h      ; 20 D
        key     2166h, 2146h, 2106h, 2100h      ; 21 F
        key     2267h, 2247h, 2207h, 2200h      ; 22 G
        key     2368h, 2348h, 2308h, 2300h      ; 23 H
        key     246Ah, 244Ah, 240Ah, 2400h      ; 24 J
        key     256Bh, 254Bh, 250Bh, 2500h      ; 25 K
        key     266Ch, 264Ch, 260Ch, 2600h      ; 26 L
        key     273Bh, 273Ah, 0000h, 2700h      ; 27 ;
        key     2827h, 2822h, 0000h, 2800h      ; 28 '
        key     2960h, 297Eh, 0000h, 2900h      ; 29 `
        key     0000h, 0000h, 0000h, 0000h      ; 2A left Shift
        key     2B5Ch, 2B7Ch, 2B1Ch, 2B00h      ; 2B backslash
        key     2C7Ah, 2C5Ah, 2C1Ah, 2C00h      ; 2C Z
        key     2D78h, 2D58h, 2D18h, 2D00h      ; 2D X
        key     2E63h, 2E43h, 2E03h, 2E00h      ; 2E C
        key     2F76h, 2F56h, 2F16h, 2F00h      ; 2F V
        key     3062h, 3042h, 3002h, 3000h      ; 30 B
        key     316Eh, 314Eh, 310Eh, 3100h      ; 31 N
        key     326Dh, 324Dh, 320Dh, 3200h      ; 32 M
        key     332Ch, 333Ch, 0000h, 3300h      ; 33 ,
        key     342Eh, 343Eh, 0000h, 3400h      ; 34 .
        key     352Fh, 353Fh, 0000h, 3500h      ; 35 /
        key     0000h, 0000h, 0000h, 0000h      ; 36 right Shift
        key     372Ah, 372Ah, 9600h, 3700h      ; 37 keypad *
        key     0000h, 0000h, 0000h, 0000h      ; 38 Alt
        key     3920h, 3920h, 3920h, 3920h      ; 39 Space
        key     0000h, 0000h, 0000h, 0000h      ; 3A Caps Lock
        key     3B00h, 5400h, 5E00h, 6800h      ; 3B F1
        key     3C00h, 5500h, 5F00h, 6900h      ; 3C F2
        key     3D00h, 5600h, 6000h, 6A00h      ; 3D F3
        key     3E00h, 5700h, 6100h, 6B00h      ; 3E F4
        key     3F00h, 5800h, 6200h, 6C00h      ; 3F F5
        key     4000h, 5900h, 6300h, 6D00h      ; 40 F6
        key     4100h, 5A00h, 6400h, 6E00h      ; 41 F7
        key     4200h, 5B00h, 6500h, 6F00h      ; 42 F8
        key     4300h, 5C00h, 6600h, 7000h      ; 43 F9
        key     4400h, 5D00h, 6700h, 7100h      ; 44 F10
        key     0000h, 0000h, 0000h, 0000h      ; 45 Num Lock
        key     0000h, 0000h, 0000h, 0000h      ; 46 Scroll Lock
        key     4700h, 4737h, 7700h, 0000h      ; 47 keypad 7, Home
        key     4800h, 4838h, 8D00h, 0000h      ; 48 keypad 8, up
        key     4900h, 4939h, 8400h, 0000h      ; 49 keypad 9, PgUp
        key     4A2Dh, 4A2Dh, 8E00h, 4A00h      ; 4A keypad -
        key     4B00h, 4B34h, 7300h, 0000h      ; 4B keypad 4, left
        key     4C00h, 4C35h, 8F00h, 0000h      ; 4C keypad 5
        key     4D00h, 4D36h, 7400h, 0000h      ; 4D keypad 6, right
        key     4E2Bh, 4E2Bh, 9000h, 4E00h      ; 4E keypad +
        key     4F00h, 4F31h, 7500h, 0000h      ; 4F keypad 1, End
        key     5000h, 5032h, 9100h, 0000h      ; 50 keypad 2, down
        key     5100h, 5133h, 7600h, 0000h      ; 51 keypad 3, PgDn
        key     5200h, 5230h, 9200h, 0000h      ; 52 keypad 0, Ins
        key     5300h, 532Eh, 9300h, 0000h      ; 53 keypad ., Del
        key     0000h, 0000h, 0000h, 0000h      ; 54 SysRq
        key     0000h, 0000h, 0000h, 0000h      ; 55
        key     565Ch, 567Ch, 0000h, 0000h      ; 56 102nd key
        key     8500h, 8700h, 8900h, 8B00h      ; 57 F11
        key     8600h, 8800h, 8A00h, 8C00h      ; 58 F12

; Keys with an E0 prefix: scan code, then plain/Shift, Ctrl, Alt.
keymap_e0:
        db      1Ch
        dw      0E00Dh, 0E00Ah, 0A600h          ; keypad Enter
        db      35h
        dw      0E02Fh, 9500h, 0A400h           ; keypad /
        db      47h
        dw      47E0h, 77E0h, 9700h             ; Home
        db      48h
        dw      48E0h, 8DE0h, 9800h             ; up
        db      49h
        dw      49E0h, 84E0h, 9900h             ; PgUp
        db      4Bh
        dw      4BE0h, 73E0h, 9B00h             ; left
        db      4Dh
        dw      4DE0h, 74E0h, 9D00h             ; right
        db      4Fh
        dw      4FE0h, 75E0h, 9F00h             ; End
        db      50h
        dw      50E0h, 91E0h, 0A000h            ; down
        db      51h
        dw      51E0h, 76E0h, 0A100h            ; PgDn
        db      52h
        dw      52E0h, 92E0h, 0A200h            ; Ins
        db      53h
        dw      53E0h, 93E0h, 0A300h            ; Del
        db      0

; Keys whose Shift follows Caps Lock: the letters.
; CF set if the scan code in AL is a letter.
key_is_letter:
        cmp     al,10h
        jb      .no
        cmp     al,1Ah
        jb      .yes
        cmp     al,1Eh
        jb      .no
        cmp     al,27h
        jb      .yes
        cmp     al,2Ch
        jb      .no
        cmp     al,33h
        ret                             ; CF if below
.yes:   stc
        ret
.no:    clc
        ret
