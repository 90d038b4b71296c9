; What the recipe wants and where the check file lies. The mastering code writes here (src/probe/config.rs has the same
; offsets); the values below are those of a program that nobody configured.

config_magic:   db "RELICPRB"           ; 804h
config_version: db 1                    ; 80Ch
config_wait:    db 0                    ; 80Dh  0: a key or the pace ends a page, 1: a key only
config_pace:    dw 18                   ; 80Eh  ticks a page stays
config_keys:    dw 55                   ; 810h  ticks the keyboard page waits
config_mouse:   dw 55                   ; 812h  ticks the mouse page waits
config_expect:  db 0                    ; 814h  what must come: see below
config_length:  db 0                    ; 815h  characters of the text that will be typed
config_typed:   times 16 db 0           ; 816h
config_start:   dd 0                    ; 826h  first sector of the check file on the boot drive
config_count:   dw 0                    ; 82Ah  its sectors; 0: no disk check
config_unit:    dw 512                  ; 82Ch  bytes of a sector: 512 or 2048
config_crc:     dd 0                    ; 82Eh  CRC-32 of the file
config_tracks:  dw 0                    ; 832h  geometry of the medium; 0: unknown
config_heads:   db 0                    ; 834h
config_sectors: db 0                    ; 835h

EXPECT_MOUSE    equ 1                   ; packets and a click
