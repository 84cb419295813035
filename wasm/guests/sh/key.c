// Keys as terminals send them.
#include <errno.h>
#include <unistd.h>

#include "edit.h"
#include "shell.h"
#include "traps.h"

static int read_byte(int terminal) {
  unsigned char byte;
  for (;;) {
    ssize_t size = read(terminal, &byte, 1);
    if (size == 1) return byte;
    if (size == 0 || errno != EINTR) return key_failed;
    signals_take();
    if (shell.unwind != unwind_none) return 3;
  }
}

static int key_of_number(int number) {
  switch (number) {
    case 1:
    case 7: return key_home;
    case 3: return key_delete;
    case 4:
    case 8: return key_end;
    default: return key_none;
  }
}

static int key_of_letter(int letter, bool has_modifier) {
  switch (letter) {
    case 'A': return key_up;
    case 'B': return key_down;
    case 'C': return has_modifier ? key_word_right : key_right;
    case 'D': return has_modifier ? key_word_left : key_left;
    case 'H': return key_home;
    case 'F': return key_end;
    default: return key_none;
  }
}

// After ESC [ or ESC O: numbers, and a letter or a tilde.
static int read_sequence(int terminal) {
  int numbers[2] = {0}, index = 0;
  for (int length = 0; length < 16; length++) {
    int byte = read_byte(terminal);
    if (byte == key_failed) return byte;
    if (byte >= '0' && byte <= '9') numbers[index] = numbers[index] * 10 + byte - '0';
    else if (byte == ';') index = 1;
    else if (byte == '~') return key_of_number(numbers[0]);
    else return key_of_letter(byte, numbers[1] > 0);
  }
  return key_none;
}

int read_key(int terminal) {
  int byte = read_byte(terminal);
  if (byte != 27) return byte;
  byte = read_byte(terminal);
  switch (byte) {
    case '[':
    case 'O': return read_sequence(terminal);
    case 'b': return key_word_left;
    case 'f': return key_word_right;
    case 'd': return key_erase_word_right;
    case 8:
    case 127: return key_erase_word;
    default: return byte == key_failed ? byte : key_none;
  }
}
