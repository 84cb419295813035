/* What sed's parser gives to what runs its commands. */

#ifndef SED_H
#define SED_H

#include "regex.h"
#include "tool.h"

enum address_type { NO_ADDRESS, LINE_NUMBER, LAST_LINE, EXPRESSION, STEP, OFFSET, MULTIPLE };

struct address {
  enum address_type type;
  uint64_t first, step;
  struct regex *regex; /* null: the last one that was used */
};

struct sed_output {
  char *path;
  int file;
};

struct command {
  struct address from, to;
  bool inverted;
  char name;
  /* Of ranges, while it runs. */
  bool active;
  uint64_t last_line;
  struct text text; /* of a, i, c; of labels and file names; the replacement */
  struct regex *regex;
  bool global, print, evaluate;
  uint64_t which;
  struct sed_output *output;
  unsigned char *map;   /* of y, for single bytes */
  struct text *characters; /* of y, pairs of characters when there are longer ones */
  size_t target;        /* of branches and { */
  int code;             /* of q, l */
};

struct script {
  struct command *commands;
  size_t count;
  bool extended, separate, posix;
};

/* Adds what `text` says to the script. Ends the program with words about what is wrong. */
void sed_parse(struct script *script, const char *text);
/* After the last text: finds where branches go to. */
void sed_link(struct script *script);

#endif
