; The timer chip, the BIOS's ticks and the clock. Only verdicts are shown: no value of the moment.

PIT_0           equ 0x40
PIT_2           equ 0x42
PIT_CONTROL     equ 0x43
PORT_B          equ 0x61
CMOS_INDEX      equ 0x70
CMOS_DATA       equ 0x71
USER_TICK       equ 0x1C * 4

page_timer:
        mov al, 3
        call text_mode
        call title_line
        LIST 2, 18
        call timer_ticks
        call timer_counters
        call timer_clock
        call timer_rate
        NO_LIST
        jmp status_line

timer_ticks:
        call ticks
        mov bx, ax
        call timer_next_tick
        call ticks
        sub ax, bx
        CHECK_IF "ticks advance", nz
        cli
        xor ah, ah
        int 0x1A
        cli
        mov ax, dx
        movzx ecx, word [fs:TICKS]
        sub ax, cx
        neg ax
        sti
        cmp ax, 1
        movzx eax, ax
        CHECK_IF "1Ah/00h reads the ticks", be
        mov word [tick_calls], 0
        push es
        push word 0
        pop es
        cli
        mov eax, [es:USER_TICK]
        mov [tick_before], eax
        mov word [es:USER_TICK], timer_user
        mov [es:USER_TICK + 2], cs
        sti
        call timer_next_tick
        call timer_next_tick
        cli
        mov eax, [tick_before]
        mov [es:USER_TICK], eax
        sti
        pop es
        movzx eax, word [tick_calls]
        sub ax, 1
        cmp ax, 2
        CHECK_IF "INT 1Ch at every tick", be
        ret

timer_user:
        inc word [cs:tick_calls]
        iret

; Returns after the next tick, or after a great many reads.
timer_next_tick:
        push ax
        push cx
        call ticks
        mov cx, ax
        mov dword [tick_patience], 0x01000000
.wait:  call ticks
        cmp ax, cx
        jne .done
        dec dword [tick_patience]
        jnz .wait
.done:  pop cx
        pop ax
        ret

timer_counters:
        mov al, 0xE2                    ; read back: status of counter 0
        out PIT_CONTROL, al
        in al, PIT_0
        and al, 0x3E
        or al, 2
        CHECK_AL "PIT 0 periodic, 16 bit", 0x36
        call timer_latch
        mov bx, ax
        mov cx, 4000
.delay: in al, PORT_B
        loop .delay
        call timer_latch
        cmp ax, bx
        CHECK_IF "PIT 0 counts", ne
        in al, PORT_B
        mov bl, al
        and al, 0xFC
        out PORT_B, al                  ; gate of counter 2 off, speaker off
        mov al, 0xB0                    ; counter 2, mode 0
        out PIT_CONTROL, al
        mov al, 0x00
        out PIT_2, al
        mov al, 0x20                    ; 2000h: 6.9 ms
        out PIT_2, al
        in al, PORT_B
        and al, 0x20
        CHECK_AL "PIT 2 output starts low", 0
        in al, PORT_B
        and al, 0xFC
        or al, 1
        out PORT_B, al
        call ticks
        mov dx, ax
.wait:  in al, PORT_B
        test al, 0x20
        jnz .high
        call ticks
        sub ax, dx
        cmp ax, 3
        jb .wait
.high:  in al, PORT_B
        and al, 0x20
        CHECK_AL "PIT 2 output goes high", 0x20
        mov al, bl
        and al, 0x0F
        out PORT_B, al
        in al, PORT_B
        mov bl, al
        mov cx, 0xFFFF
.toggle:
        in al, PORT_B
        xor al, bl
        test al, 0x10
        jnz .toggled
        loop .toggle
.toggled:
        movzx eax, al
        test al, 0x10
        CHECK_IF "61h refresh toggles", nz
        ret

; AX = counter 0.
timer_latch:
        xor al, al
        out PIT_CONTROL, al
        in al, PIT_0
        mov ah, al
        in al, PIT_0
        xchg al, ah
        ret

timer_clock:
        mov al, 0x0D
        call cmos
        and al, 0x80
        CHECK_AL "CMOS keeps its contents", 0x80
        mov al, 0x0A
        call cmos
        and al, 0x7F
        CHECK_AL "RTC divider runs", 0x26
        mov al, 0x0B
        call cmos
        and al, 0x86
        CHECK_AL "RTC runs, BCD, 24 hours", 0x02
        mov ah, 2
        int 0x1A
        mov al, ch
        mov bx, 0x2300
        call bcd_above
        mov al, cl
        mov bx, 0x5900
        call bcd_more
        mov al, dh
        mov bx, 0x5900
        call bcd_more
        CHECK_AX "1Ah/02h time is valid", 0
        mov ah, 4
        int 0x1A
        mov al, dh
        mov bx, 0x1201
        call bcd_above
        mov al, dl
        mov bx, 0x3101
        call bcd_more
        mov al, cl
        mov bx, 0x9900
        call bcd_more
        CHECK_AX "1Ah/04h date is valid", 0
        ret

; AX = 1 when AL is not BCD between BL and BH; bcd_more adds to the answer before.
bcd_above:
        mov word [bcd_wrong], 0
bcd_more:
        cmp al, bl
        jb .wrong
        cmp al, bh
        ja .wrong
        and al, 15
        cmp al, 9
        jbe .done
.wrong: inc word [bcd_wrong]
.done:  mov ax, [bcd_wrong]
        ret

; AL = CMOS register AL.
cmos:   out CMOS_INDEX, al
        jmp short $ + 2
        in al, CMOS_DATA
        ret

; Ticks between two seconds of the clock: 18.2, and the host may be late.
timer_rate:
        call timer_update
        CHECK_IF "RTC seconds advance", nc
        call ticks
        mov bx, ax
        call timer_update
        call ticks
        sub ax, bx
        movzx eax, ax
        sub ax, 10
        cmp ax, 16
        CHECK_IF "18 ticks a second", be
        call ticks
        mov bx, ax
        push bx
        mov ah, 0x86
        mov cx, 2
        mov dx, 0x49F0                  ; 150,000 microseconds
        int 0x15                        ; the carry flag is not looked at: Bochs waits well and sets it
        pop bx
        call ticks
        sub ax, bx
        movzx eax, ax
        sub ax, 2
        cmp ax, 6
        CHECK_IF "15h/86h waits 150 ms", be
        ret

; Waits until the seconds change; carry set when they do not in 40 ticks.
timer_update:
        call ticks
        mov cx, ax
        call timer_second
        mov dl, al
.wait:  call timer_second
        cmp al, dl
        jne .came
        call ticks
        sub ax, cx
        cmp ax, 40
        jb .wait
        movzx eax, ax
        stc
        ret
.came:  clc
        ret

; AL = seconds, read while no update is in progress.
timer_second:
        cli
        mov al, 0x0A
        call cmos
        test al, 0x80
        jz .steady
        sti
        jmp timer_second
.steady:
        xor al, al
        call cmos
        sti
        ret

[section .bss]
tick_before:    resd 1
tick_patience:  resd 1
tick_calls:     resw 1
bcd_wrong:      resw 1
[section .text]
