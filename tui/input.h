/*
 * input.h - what an operator can do at the keyboard: a character, or one of
 * the named keys.  term.c makes them of what the terminal sends.
 */
#ifndef AIGW_TUI_INPUT_H
#define AIGW_TUI_INPUT_H

/* Characters are their code points; control characters too ("^F" is 6, Tab 9,
 * Enter 13, Esc 27). */
enum input_key {
    INPUT_NONE = 0,
    INPUT_TAB = 9,
    INPUT_ENTER = 13,
    INPUT_ESC = 27,
    INPUT_NAMED = 0x110000, /* Beyond all characters. */
    INPUT_UP,
    INPUT_DOWN,
    INPUT_LEFT,
    INPUT_RIGHT,
    INPUT_PAGE_UP,
    INPUT_PAGE_DOWN,
    INPUT_HOME,
    INPUT_END,
    INPUT_BACKSPACE,
    INPUT_BACKTAB,
    INPUT_MOUSE, /* A click: `row` and `col` say where. */
    INPUT_WHEEL_UP,
    INPUT_WHEEL_DOWN,
    INPUT_RESIZE, /* The terminal has another size. */
    INPUT_F1,     /* And so on, to INPUT_F1 + 11. */
    INPUT_END_OF_NAMED = INPUT_F1 + 12
};

/* The control character of a letter: INPUT_CTRL('F'). */
#define INPUT_CTRL(letter) ((letter)&0x1f)

struct input {
    int key; /* A code point or of enum input_key. */
    int row; /* Of a click. */
    int col;
};

#endif
