#ifndef SH_READER_H
#define SH_READER_H

#include "parser.h"

struct reader {
  int descriptor;
  bool is_terminal; // lines are edited
  bool can_seek;
  struct text piece;
};
void reader_open(struct reader *reader, struct parser *parser, int descriptor, bool is_terminal, struct region *region);
// Gives back what was read and is not used: a program may read what follows.
void reader_leave(struct reader *reader, struct parser *parser);
int read_all(int descriptor, struct text *text); // 0 or an errno

#endif
