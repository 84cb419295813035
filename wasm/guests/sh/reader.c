// Commands from a descriptor: no more is taken of it than what has been run, byte by byte where it cannot be given back.
#include "reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "edit.h"
#include "files.h"
#include "history.h"
#include "prompt.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"

enum { piece = 4096 };

OWN_FRAME int read_all(int descriptor, struct text *text) {
  char buffer[piece];
  for (;;) {
    ssize_t size = read(descriptor, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    if (size == 0) return 0;
    text_add(text, buffer, (size_t)size);
  }
}

static bool edit_line_of(struct reader *reader, const char *prompt) {
  struct text shown = {0}, line;
  prompt_text(prompt, &shown);
  enum edit_result result = edit(reader->descriptor, shown.bytes, &line);
  text_free(&shown);
  if (result == edit_line) {
    history_add(line.bytes);
    text_add(&reader->piece, line.bytes, line.size);
    text_put(&reader->piece, '\n');
  } else if (result == edit_interrupted) {
    shell.unwind = unwind_interrupt;
    shell.status = 128 + signal_int;
  }
  text_free(&line);
  return result == edit_line;
}

// A line, or a piece of a file.
static bool read_piece(struct reader *reader) {
  char byte, buffer[piece];
  for (;;) {
    ssize_t size = reader->can_seek ? read(reader->descriptor, buffer, sizeof buffer) : read(reader->descriptor, &byte, 1);
    if (size < 0 && errno == EINTR) {
      traps_run();
      if (shell.unwind != unwind_none) return false;
      continue;
    }
    if (size <= 0) return reader->piece.size > 0;
    text_add(&reader->piece, reader->can_seek ? buffer : &byte, (size_t)size);
    if (reader->can_seek || byte == '\n') return true;
  }
}

static bool refill(struct parser *parser) {
  struct reader *reader = parser->reader;
  const char *prompt = parser->is_continued ? variable_or("PS2", "> ") : variable_or("PS1", "");
  reader->piece.size = 0;
  bool is_read;
  if (reader->is_terminal) {
    is_read = edit_line_of(reader, prompt);
  } else {
    if (shell.options[option_interactive]) {
      struct text shown = {0};
      prompt_text(prompt, &shown);
      complain_plainly(shown.bytes);
      text_free(&shown);
    }
    is_read = read_piece(reader);
  }
  if (!is_read) return false;
  if (shell.options[option_verbose]) file_write(2, reader->piece.bytes, reader->piece.size);
  parser->base.at = reader->piece.bytes;
  parser->base.end = reader->piece.bytes + reader->piece.size;
  return true;
}

void reader_open(struct reader *reader, struct parser *parser, int descriptor, bool is_terminal, struct region *region) {
  *reader = (struct reader){.descriptor = descriptor, .is_terminal = is_terminal};
  reader->can_seek = !is_terminal && lseek(descriptor, 0, SEEK_CUR) >= 0;
  parser_open(parser, "", 0, region);
  parser->refill = refill;
  parser->reader = reader;
}

void reader_leave(struct reader *reader, struct parser *parser) {
  off_t left = parser->base.end - parser->base.at;
  if (!reader->can_seek || left == 0) return;
  lseek(reader->descriptor, -left, SEEK_CUR);
  parser->base.at = parser->base.end;
}
