; The mouse and the keyboard byte by byte, without the BIOS: what each answers to the last byte of a command.

PS2_DATA        equ 0x60
PS2_CONTROL     equ 0x64                ; commands, and the status
PS2_FULL        equ 0x01                ; status: a byte from a device
PS2_BUSY        equ 0x02                ; the controller has not taken the last byte
PS2_READ_MODE   equ 0x20                ; commands of the controller
PS2_WRITE_MODE  equ 0x60
PS2_TO_MOUSE    equ 0xD4
PS2_TRANSLATED  equ 0x40                ; the controller's mode; without the bits below it nothing interrupts
PS2_PATIENCE    equ 20000               ; halves of a refresh, 15 us each: a mouse's self-test takes long
PS2_SILENCE     equ 700                 ; after these nothing more comes
PS2_TOP         equ 2
PS2_MOUSE       equ 1                   ; where a command goes
PS2_KEYBOARD    equ 0

struc ps2_entry
ps2_name:       resw 1
ps2_device:     resb 1
ps2_mode:       resb 1                  ; the controller's
ps2_want:       resd 1                  ; answer, the last byte lowest
ps2_length:     resb 1
ps2_bytes:
endstruc

; PS2 name, device, mode, answer, bytes...
%macro PS2 5-*
NAME_FITS %1
[section .data]
%%name: db %1, 0
__SECT__
        dw %%name
        db %2, %3
        dd %4
        db %0 - 4
%rep %0 - 4
        db %5
%rotate 1
%endrep
%endmacro

page_ps2:
        mov al, 3
        call text_mode
        call title_line
        PRINT PS2_TOP - 1, 4, A_LABEL, "Command                     Answer"
        call frame_wait                 ; the key that ended the last page comes up
        call frame_wait
        cli                             ; the answer is not for the BIOS
        mov al, PS2_READ_MODE
        call ps2_control
        call ps2_receive
        mov [ps2_mode_before], al
        xor ah, ah
        call ps2_set_mode
        sti
        mov si, ps2_commands
        mov byte [ps2_row], PS2_TOP
.next:  call ps2_exchange
        mov al, [si + ps2_length]
        xor ah, ah
        add si, ps2_bytes
        add si, ax
        inc byte [ps2_row]
        cmp si, ps2_commands_end
        jb .next
        mov ah, [ps2_mode_before]
        call ps2_set_mode
        jmp status_line

; Sends the bytes of the entry at SI, shows them and the answer to the last one, and checks it. Keeps SI.
ps2_exchange:
        mov ah, [si + ps2_mode]
        call ps2_set_mode
        movzx ax, byte [ps2_row]
        imul di, ax, 160
        add di, 4 * 2
        movzx cx, byte [si + ps2_length]
        mov bx, ps2_bytes
.byte:  mov al, [si + bx]
        call ps2_send
        call ps2_show
        cmp cx, 1
        je .last
        call ps2_receive
.last:  inc bx
        loop .byte
        call ps2_answer
        push si
        mov ecx, [si + ps2_want]
        mov si, [si + ps2_name]
        push si
        call check_eq
        movzx ax, byte [ps2_row]
        imul di, ax, 160
        add di, 46 * 2
        pop si
        mov ah, A_PLAIN
        call put_string
        movzx ax, byte [ps2_row]
        imul di, ax, 160
        add di, 73 * 2
        call put_outcome
        pop si
        ret

; Shows what comes and gives it in EAX, the last byte lowest.
ps2_answer:
        movzx ax, byte [ps2_row]
        imul di, ax, 160
        add di, 32 * 2
        xor edx, edx
        mov ecx, [si + ps2_want]
.next:  mov word [ps2_patience], PS2_SILENCE
        jecxz .wait                     ; all of it came
        mov word [ps2_patience], PS2_PATIENCE
.wait:  call ps2_receive_within
        jc .done
        shl edx, 8
        mov dl, al
        call ps2_show
        shr ecx, 8
        jmp .next
.done:  mov eax, edx
        ret

; AL in two digits at DI. Keeps all but DI and AH.
ps2_show:
        push bx
        push cx
        push ax
        mov cl, al
        mov ah, A_BRIGHT
        call put_hex8
        add di, 2
        pop ax
        pop cx
        pop bx
        ret

; AH = the controller's mode.
ps2_set_mode:
        mov al, PS2_WRITE_MODE
        call ps2_control
        mov al, ah
        jmp ps2_data

; AL to the device of the entry at SI.
ps2_send:
        cmp byte [si + ps2_device], PS2_MOUSE
        jne ps2_data
        push ax
        mov al, PS2_TO_MOUSE
        call ps2_control
        pop ax
ps2_data:
        call ps2_free
        out PS2_DATA, al
        ret
ps2_control:
        call ps2_free
        out PS2_CONTROL, al
        ret

; Waits until the controller takes a byte.
ps2_free:
        push ax
        push cx
        mov cx, PS2_PATIENCE
.wait:  in al, PS2_CONTROL
        test al, PS2_BUSY
        jz .done
        call ps2_pause
        loop .wait
.done:  pop cx
        pop ax
        ret

; AL = the next byte; carry set if none comes.
ps2_receive:
        mov word [ps2_patience], PS2_PATIENCE
ps2_receive_within:
        push cx
        mov cx, [ps2_patience]
.wait:  in al, PS2_CONTROL
        test al, PS2_FULL
        jnz .here
        call ps2_pause
        loop .wait
        pop cx
        stc
        ret
.here:  in al, PS2_DATA
        pop cx
        clc
        ret

; Half a refresh.
ps2_pause:
        push ax
        push cx
        in al, 0x61
        mov ah, al
        xor cx, cx
.wait:  in al, 0x61
        xor al, ah
        test al, 0x10
        loopz .wait
        pop cx
        pop ax
        ret

ps2_commands:
        PS2 "mouse: self-test",       PS2_MOUSE, 0, 0xFAAA00, 0xFF
        PS2 "mouse: plain id",        PS2_MOUSE, 0, 0xFA00, 0xF2
        PS2 "mouse: status",          PS2_MOUSE, 0, 0xFA000264, 0xE9
        PS2 "mouse: remote, a packet", PS2_MOUSE, 0, 0xFA080000, 0xF0, 0xEB
        PS2 "mouse: stream again",    PS2_MOUSE, 0, 0xFA, 0xEA
        PS2 "mouse: wrap mode echoes", PS2_MOUSE, 0, 0x5A, 0xEE, 0x5A
        PS2 "mouse: wrap mode ends",  PS2_MOUSE, 0, 0xFA, 0xEC
        PS2 "mouse: IntelliMouse id", PS2_MOUSE, 0, 0xFA03, 0xF3, 200, 0xF3, 100, 0xF3, 80, 0xF2
        PS2 "mouse: Explorer id",     PS2_MOUSE, 0, 0xFA04, 0xF3, 200, 0xF3, 200, 0xF3, 80, 0xF2
        PS2 "mouse: rate is kept",    PS2_MOUSE, 0, 0xFA000250, 0xE9
        PS2 "mouse: self-test again", PS2_MOUSE, 0, 0xFAAA00, 0xFF
        PS2 "mouse: plain id again",  PS2_MOUSE, 0, 0xFA00, 0xF2
        PS2 "keyboard: echo",         PS2_KEYBOARD, 0, 0xEE, 0xEE
        PS2 "keyboard: id",           PS2_KEYBOARD, 0, 0xFAAB83, 0xF2
        PS2 "keyboard: scancode set", PS2_KEYBOARD, 0, 0xFA02, 0xF0, 0
        PS2 "keyboard: set 1",        PS2_KEYBOARD, 0, 0xFA, 0xF0, 1
        PS2 "which it then tells",    PS2_KEYBOARD, 0, 0xFA01, 0xF0, 0
        PS2 "keyboard: set 3",        PS2_KEYBOARD, 0, 0xFA, 0xF0, 3
        PS2 "tells it translated",    PS2_KEYBOARD, PS2_TRANSLATED, 0xFA3F, 0xF0, 0
        PS2 "keyboard: set 2",        PS2_KEYBOARD, PS2_TRANSLATED, 0xFA, 0xF0, 2
        PS2 "tells that translated",  PS2_KEYBOARD, PS2_TRANSLATED, 0xFA41, 0xF0, 0
        PS2 "its id translated",      PS2_KEYBOARD, PS2_TRANSLATED, 0xFAAB41, 0xF2
ps2_commands_end:

[section .bss]
ps2_row:        resb 1
ps2_mode_before: resb 1
ps2_patience:   resw 1
[section .text]
