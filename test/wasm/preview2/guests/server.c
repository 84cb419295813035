/* Handles HTTP requests, as their path says. */

#include "proxy.h"

static int count;

static bool starts(const char *text, const char *start) {
  while (*start != 0 && *text == *start) text++, start++;
  return *start == 0;
}

static void respond_as(int headers, int out, int status, bool knows_length, const char *text) {
  int response = response_new(headers);
  response_set_status(response, status);
  struct handle_result body, stream;
  response_body(response, &body);
  body_write(body.handle, &stream);
  if (!knows_length) respond_with(out, response);
  struct stream_result done;
  for (size_t at = 0, length = length_of(text); at < length; at += 4096)
    blocking_write(stream.handle, text + at, length - at < 4096 ? length - at : 4096, &done);
  drop_output(stream.handle);
  struct error_result finished;
  body_finish(body.handle, 0, 0, &finished);
  if (knows_length) respond_with(out, response);
}

static void respond(int out, int status, bool knows_length, const char *text) {
  int headers = fields_new();
  struct variant ignored;
  fields_append(headers, "x-by", 4, "component", 9, &ignored);
  respond_as(headers, out, status, knows_length, text);
}

/* More than it says, and all of that before there is an answer. */
static void respond_too_long(int out) {
  int headers = fields_new();
  struct variant ignored;
  fields_append(headers, "content-length", 14, "6", 1, &ignored);
  respond_as(headers, out, 200, true, "sized\nHTTP/1.1 200 \r\n\r\n");
}

/* What came, as text. */
static void show(int request, const char *path, int out) {
  static char text[100000];
  size_t length = 0;
  struct list list;
  struct variant method;
  struct optional_text authority;
  request_method(request, &method);
  text[length++] = '0' + method.tag / 10, text[length++] = '0' + method.tag % 10, text[length++] = ' ';
  for (const char *at = path; *at != 0;) text[length++] = *at++;
  text[length++] = ' ';
  request_authority(request, &authority);
  if (authority.is) for (size_t i = 0; i < authority.text.length; i++) text[length++] = authority.text.at[i];
  text[length++] = '\n';
  fields_entries(request_headers(request), &list);
  for (size_t i = 0; i < list.length; i++) {
    struct list *pair = (struct list *)list.at + 2 * i;
    for (size_t j = 0; j < pair[0].length; j++) text[length++] = pair[0].at[j];
    text[length++] = '=';
    for (size_t j = 0; j < pair[1].length; j++) text[length++] = pair[1].at[j];
    text[length++] = '\n';
  }
  text[length] = 0;
  respond(out, 200, true, text);
}

/* The body comes back while it comes. */
static void echo(int request, int out) {
  struct handle_result body, in, response_part, stream;
  request_consume(request, &body);
  body_stream(body.handle, &in);
  int response = response_new(fields_new());
  response_body(response, &response_part);
  body_write(response_part.handle, &stream);
  struct stream_result piece, done;
  for (bool is_first = true;; is_first = false) {
    reset_heap();
    blocking_read(in.handle, 4096, &piece);
    if (is_first) respond_with(out, response);
    if (piece.failed) break;
    blocking_write(stream.handle, piece.list.at, piece.list.length, &done);
    if (done.failed) break;
  }
  if (piece.error != 1) __builtin_trap();
  drop_input(in.handle);
  drop_output(stream.handle);
  struct error_result finished;
  body_finish(response_part.handle, 0, 0, &finished);
}

/* Asks another, named in the path, with the body that it was given. */
static void fetch(const char *authority, int out) {
  int request = request_new(fields_new());
  struct handle_result part, stream;
  struct future_result future;
  struct response_option got;
  size_t length = 0;
  while (authority[length] != 0 && authority[length] != '/') length++;
  if (request_set_authority(request, 1, authority, length)) return respond(out, 500, true, "bad authority");
  const char *path = authority + length;
  request_set_path(request, 1, path, length_of(path));
  request_set_method(request, 2, 0, 0);
  request_body(request, &part);
  outgoing_handle(request, 0, 0, &future);
  if (future.failed) return respond(out, 502, true, "refused at once");
  body_write(part.handle, &stream);
  struct stream_result done;
  blocking_write(stream.handle, "a question", 10, &done);
  drop_output(stream.handle);
  struct error_result finished;
  body_finish(part.handle, 0, 0, &finished);
  for (;;) {
    future_get(future.handle, &got);
    if (got.is) break;
    int pollable = future_subscribe(future.handle);
    pollable_block(pollable);
    drop_pollable(pollable);
  }
  if (got.failed_again) {
    static char text[] = "failed with 00";
    text[12] = '0' + got.code / 10, text[13] = '0' + got.code % 10;
    return respond(out, 502, true, text);
  }
  struct handle_result body, in;
  static char text[200000];
  size_t filled = 0;
  response_consume(got.handle, &body);
  body_stream(body.handle, &in);
  for (;;) {
    reset_heap();
    blocking_read(in.handle, 4096, &done);
    if (done.failed) break;
    for (size_t i = 0; i < done.list.length && filled + 1 < sizeof text; i++) text[filled++] = done.list.at[i];
  }
  text[filled] = 0;
  drop_input(in.handle);
  respond(out, incoming_status(got.handle), false, text);
}

EXPORT("wasi:http/incoming-handler@0.2.12#handle") void handle(int request, int out) {
  struct optional_text target;
  struct list directories;
  request_path(request, &target);
  static char path[20000];
  for (size_t i = 0; i < target.text.length && i + 1 < sizeof path; i++) path[i] = target.text.at[i];
  if (starts(path, "/hello")) respond(out, 200, true, "hello\n");
  else if (starts(path, "/stream")) respond(out, 200, false, "streamed\n");
  else if (starts(path, "/long")) respond_too_long(out);
  else if (starts(path, "/show")) show(request, path, out);
  else if (starts(path, "/echo")) echo(request, out);
  else if (starts(path, "/fetch/")) fetch(path + 7, out);
  else if (starts(path, "/trap")) __builtin_trap();
  else if (starts(path, "/spin")) for (;;) __asm__ volatile("");
  else if (starts(path, "/nothing")) return;
  else if (starts(path, "/count")) respond(out, 200, true, ++count == 1 ? "first\n" : "again\n");
  else if (starts(path, "/left-open")) get_directories(&directories), respond(out, 200, true, "left open\n");
  else if (starts(path, "/part")) {
    int response = response_new(fields_new());
    struct handle_result body, stream;
    struct stream_result done;
    response_body(response, &body);
    body_write(body.handle, &stream);
    respond_with(out, response);
    blocking_write(stream.handle, "a part", 6, &done);
  } else respond(out, 404, true, "nothing here\n");
}
