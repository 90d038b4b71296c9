; 04h: read light pen. A VGA has none.

read_light_pen:
        mov     byte [bp + frame.ax + 1], 0     ; not triggered
        ret
