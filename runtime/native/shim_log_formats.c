// The two record formats: Docker's json-file lines, and the engine's own binary `local` records.
#include <string.h>

#include "shim_log.h"

// What needs more than a copy inside a JSON string: controls, quote, backslash, the characters that Docker keeps out for
// the sake of HTML, and everything beyond ASCII (which has to be proved UTF-8).
static const unsigned char special[256] = {
    [0 ... 31] = 1, ['"'] = 1, ['\\'] = 1, ['<'] = 1, ['>'] = 1, ['&'] = 1, [128 ... 255] = 2,
};

static const char digits[] = "0123456789abcdef";

static char *put_text(char *out, const char *text, size_t size) {
  memcpy(out, text, size);
  return out + size;
}

// The length of the valid UTF-8 sequence at `at`, 0 when there is none.
static size_t utf8_length(const unsigned char *at, const unsigned char *end) {
  size_t left = (size_t)(end - at);
  unsigned char a = at[0];
  if (a < 0xc2 || a > 0xf4) return 0;
  size_t length = a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;
  if (left < length) return 0;
  unsigned char low = a == 0xe0 ? 0xa0 : a == 0xf0 ? 0x90 : 0x80;
  unsigned char high = a == 0xed ? 0x9f : a == 0xf4 ? 0x8f : 0xbf;
  if (at[1] < low || at[1] > high) return 0;
  for (size_t i = 2; i < length; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0;
  }
  return length;
}

static char *escape_ascii(char *out, unsigned char c) {
  *out++ = '\\';
  switch (c) {
    case '"':
    case '\\': *out++ = (char)c; return out;
    case '\n': *out++ = 'n'; return out;
    case '\r': *out++ = 'r'; return out;
    default: break;
  }
  memcpy(out, "u00", 3);
  out[3] = digits[c >> 4];
  out[4] = digits[c & 15];
  return out + 5;
}

static char *escape(char *out, const char *data, size_t size) {
  const unsigned char *at = (const unsigned char *)data, *end = at + size;
  while (at < end) {
    const unsigned char *start = at;
    while (end - at >= 4 && !(special[at[0]] | special[at[1]] | special[at[2]] | special[at[3]])) at += 4;
    while (at < end && !special[*at]) at++;
    out = put_text(out, (const char *)start, (size_t)(at - start));
    if (at == end) break;
    if (special[*at] == 1) {
      do out = escape_ascii(out, *at++);
      while (at < end && special[*at] == 1);
      continue;
    }
    size_t length = utf8_length(at, end);
    if (length == 0) {
      out = put_text(out, "\\ufffd", 6);
      at++;
    } else if (length == 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] & 0xfe) == 0xa8) {
      out = put_text(out, at[2] == 0xa8 ? "\\u2028" : "\\u2029", 6);
      at += 3;
    } else {
      out = put_text(out, (const char *)at, length);
      at += length;
    }
  }
  return out;
}

#define PUT(out, literal) put_text(out, literal, sizeof(literal) - 1)

void log_json_record(struct log *log, int stream, const char *data, size_t size, bool partial) {
  char *out = log_room(log, 6 * size + log->attributes_size + 128);
  out = PUT(out, "{\"log\":\"");
  out = escape(out, data, size);
  if (!partial) out = PUT(out, "\\n");
  out = stream == 1 ? PUT(out, "\",\"stream\":\"stdout\",") : PUT(out, "\",\"stream\":\"stderr\",");
  if (log->attributes_size > 0) {
    out = PUT(out, "\"attrs\":");
    out = put_text(out, log->attributes, log->attributes_size);
    *out++ = ',';
  }
  out = PUT(out, "\"time\":\"");
  out = put_text(out, log->time_text, log->time_size);
  log_commit(log, PUT(out, "\"}\n"));
}

static char *put_little(char *out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) *out++ = (char)(value >> (8 * i));
  return out;
}

void log_local_record(struct log *log, int stream, const char *data, size_t size, bool partial) {
  char *out = log_room(log, size + 18);
  out = put_little(out, size, 4);
  out = put_little(out, log->time_ns, 8);
  *out++ = (char)stream;
  *out++ = partial ? 1 : 0;
  log_commit(log, out);
  if (!log_borrow(log, data, size)) out = put_text(out, data, size);
  log_commit(log, put_little(out, size, 4));
}
