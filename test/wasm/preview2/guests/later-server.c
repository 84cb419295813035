/* Handles HTTP requests by WASI 0.3, as their path says. */

#define VERSION "@0.3.0"
#include "canon-base.h"

#define TYPES(name) IMPORT("wasi:http/types", name)
#define ROOT(name) __attribute__((import_module("$root"), import_name(name)))
#define OWN(name) __attribute__((import_module("[export]wasi:http/handler@0.3.0"), import_name(name)))

struct pair {
  int first;
  int second;
};
struct variant {
  uint8_t tag;
  struct list text;
};
struct optional_text {
  uint8_t is;
  struct list text;
};
/* What trailers come to: an `error-code` has 8-byte parts. */
struct trailers {
  uint8_t failed;
  union {
    uint8_t code;
    struct {
      uint8_t is;
      int handle;
    };
  } __attribute__((aligned(8)));
  uint8_t rest[24];
};
struct answer {
  uint8_t failed;
  union {
    uint8_t code;
    int handle;
  } __attribute__((aligned(8)));
  uint8_t rest[32];
};

void wait_for(int64_t ns) IMPORT("wasi:clocks/monotonic-clock", "wait-for");
void get_directories(struct list *result) IMPORT("wasi:filesystem/preopens", "get-directories");
int new_set(void) ROOT("[waitable-set-new]");
void join(int waitable, int set) ROOT("[waitable-join]");
int wait_set(int set, struct pair *event) ROOT("[waitable-set-wait]");
void drop_subtask(int subtask) ROOT("[subtask-drop]");

int fields_new(void) TYPES("[constructor]fields");
void fields_append(int fields, const char *name, size_t name_length, const char *value, size_t value_length,
                   struct variant *result) TYPES("[method]fields.append");
void fields_copy_all(int fields, struct list *result) TYPES("[method]fields.copy-all");

void request_method(int request, struct variant *result) TYPES("[method]request.get-method");
void request_path(int request, struct optional_text *result) TYPES("[method]request.get-path-with-query");
void request_authority(int request, struct optional_text *result) TYPES("[method]request.get-authority");
int request_headers(int request) TYPES("[method]request.get-headers");
void request_consume(int request, int outcome, struct pair *result) TYPES("[static]request.consume-body");
int64_t request_outcome(void) TYPES("[future-new-0][static]request.consume-body");
int tell_outcome(int end, const struct answer *result) TYPES("[future-write-0][static]request.consume-body");
int read_request(int stream, char *bytes, size_t length) TYPES("[stream-read-1][static]request.consume-body");
void drop_request_stream(int stream) TYPES("[stream-drop-readable-1][static]request.consume-body");
int read_request_trailers(int future, struct trailers *result) TYPES("[future-read-2][static]request.consume-body");

void request_new(int headers, int is, int stream, int trailers, int has_options, int options, struct pair *result)
    TYPES("[static]request.new");
int64_t asked_stream(void) TYPES("[stream-new-0][static]request.new");
int write_asked(int end, const char *bytes, size_t length) TYPES("[stream-write-0][static]request.new");
void end_asked(int end) TYPES("[stream-drop-writable-0][static]request.new");
int64_t asked_trailers(void) TYPES("[future-new-1][static]request.new");
int write_asked_trailers(int end, const struct trailers *value) TYPES("[future-write-1][static]request.new");
int set_method(int request, int tag, const char *text, size_t length) TYPES("[method]request.set-method");
int set_path(int request, int is, const char *text, size_t length) TYPES("[method]request.set-path-with-query");
int set_authority(int request, int is, const char *text, size_t length) TYPES("[method]request.set-authority");
int options_new(void) TYPES("[constructor]request-options");
void set_first_byte(int options, int is, int64_t ns, struct variant *result)
    TYPES("[method]request-options.set-first-byte-timeout");
void set_between_bytes(int options, int is, int64_t ns, struct variant *result)
    TYPES("[method]request-options.set-between-bytes-timeout");

void response_new(int headers, int is, int stream, int trailers, struct pair *result) TYPES("[static]response.new");
int64_t body_stream(void) TYPES("[stream-new-0][static]response.new");
int write_body(int end, const char *bytes, size_t length) TYPES("[stream-write-0][static]response.new");
void end_body(int end) TYPES("[stream-drop-writable-0][static]response.new");
int64_t body_trailers(void) TYPES("[future-new-1][static]response.new");
int write_trailers(int end, const struct trailers *value) TYPES("[future-write-1][static]response.new");
int read_sent(int future, struct answer *result) TYPES("[future-read-2][static]response.new");
int set_status(int response, int status) TYPES("[method]response.set-status-code");
int get_status(int response) TYPES("[method]response.get-status-code");
void response_consume(int response, int outcome, struct pair *result) TYPES("[static]response.consume-body");
int64_t response_outcome(void) TYPES("[future-new-0][static]response.consume-body");
int tell_response_outcome(int end, const struct answer *result) TYPES("[future-write-0][static]response.consume-body");
int read_response(int stream, char *bytes, size_t length) TYPES("[stream-read-1][static]response.consume-body");
int read_response_trailers(int future, struct trailers *result) TYPES("[future-read-2][static]response.consume-body");

void send(int request, struct answer *result) IMPORT("wasi:http/client", "send");
int begin_send(int request, struct answer *result) IMPORT("wasi:http/client", "[async-lower]send");
/* A result that is well has the response; the rest is for errors. */
void return_answer(int failed, int response, int a, int64_t b, int c, int d, int e, int f) OWN("[task-return]handle");

enum { dropped = 1, exits = 0, yields = 1, waits = 2 };

static int count;

/* What is done after it has answered, when it goes on. */
static void (*rest)(void);

static bool starts(const char *text, const char *start) {
  while (*start != 0 && *text == *start) text++, start++;
  return *start == 0;
}

static int number_of(const char *text) {
  int number = 0;
  while (*text >= '0' && *text <= '9') number = number * 10 + *text++ - '0';
  return number;
}

/* A response that is answered with, and what its body and its end are written to. */
struct responding {
  int body;
  int trailers;
  int sent;
};

static struct responding respond_with(int status, int headers, bool has_body) {
  struct pair made;
  int64_t stream = has_body ? body_stream() : 0, trailers = body_trailers();
  response_new(headers, has_body, (int)stream, (int)trailers, &made);
  set_status(made.first, status);
  return_answer(0, made.first, 0, 0, 0, 0, 0, 0);
  return (struct responding){(int)(stream >> 32), (int)(trailers >> 32), made.second};
}

static bool write_all(int end, const char *bytes, size_t length) {
  while (length > 0) {
    uint32_t wrote = (uint32_t)write_body(end, bytes, length);
    bytes += wrote >> 4;
    length -= wrote >> 4;
    if (wrote & 15) return false;
  }
  return true;
}

/* @param trailers 0 for none */
static void end_with(const struct responding *to, int trailers) {
  struct trailers end = {.is = trailers != 0, .handle = trailers};
  if (to->body != 0) end_body(to->body);
  write_trailers(to->trailers, &end);
}

static int named(void) {
  struct variant ignored;
  int headers = fields_new();
  fields_append(headers, "x-by", 4, "component", 9, &ignored);
  return headers;
}

static struct responding to;
static const char *body_text;

static void send_text(void) {
  write_all(to.body, body_text, length_of(body_text));
  end_with(&to, 0);
}

static void answer_with(int status, int headers, bool has_body, void (*then)(void)) {
  to = respond_with(status, headers, has_body);
  rest = then;
}

static void respond_as(int status, int headers, const char *text) {
  body_text = text;
  answer_with(status, headers, true, send_text);
}

static void respond(int status, const char *text) { respond_as(status, named(), text); }

static void send_nothing(void) { end_with(&to, 0); }

static void failed(const char *what, int code) {
  static char text[64];
  size_t at = 0;
  while (*what != 0) text[at++] = *what++;
  text[at++] = '0' + code / 10, text[at++] = '0' + code % 10, text[at] = 0;
  respond(502, text);
}

static void show(int request, const char *path) {
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
  fields_copy_all(request_headers(request), &list);
  for (size_t i = 0; i < list.length; i++) {
    struct list *pair = (struct list *)list.at + 2 * i;
    for (size_t j = 0; j < pair[0].length; j++) text[length++] = pair[0].at[j];
    text[length++] = '=';
    for (size_t j = 0; j < pair[1].length; j++) text[length++] = pair[1].at[j];
    text[length++] = '\n';
  }
  text[length] = 0;
  respond(200, text);
}

static char piece[65536];

static struct pair asked;
static int64_t outcome;

/* The body comes back while it comes, and its trailers after it. */
static void send_back(void) {
  struct trailers came;
  struct answer fine = {0};
  for (;;) {
    uint32_t got = (uint32_t)read_request(asked.first, piece, sizeof piece);
    if (!write_all(to.body, piece, got >> 4) || (got & 15) == dropped) break;
  }
  read_request_trailers(asked.second, &came);
  tell_outcome((int)(outcome >> 32), &fine);
  if (came.failed) {
    struct trailers end = {.failed = 1, .code = came.code};
    end_body(to.body);
    write_trailers(to.trailers, &end);
  } else end_with(&to, came.is ? came.handle : 0);
}

static void echo(int request) {
  outcome = request_outcome();
  request_consume(request, (int)outcome, &asked);
  answer_with(200, fields_new(), true, send_back);
}

static int sized(const char *length) {
  struct variant ignored;
  int headers = fields_new();
  fields_append(headers, "content-length", 14, length, length_of(length), &ignored);
  return headers;
}

/* Asks another, named in the path, with a body of its own, and answers with what that says. */
static void fetch(const char *authority, int headers, int first_byte_ms, int between_ms) {
  struct pair made, body, event;
  struct variant ignored;
  struct answer got;
  struct trailers end = {0};
  size_t length = 0, filled = 0;
  static char text[200000];
  while (authority[length] != 0 && authority[length] != '/') length++;
  const char *path = authority + length;
  int options = options_new();
  if (first_byte_ms) set_first_byte(options, 1, (int64_t)first_byte_ms * 1000000, &ignored);
  if (between_ms) set_between_bytes(options, 1, (int64_t)between_ms * 1000000, &ignored);
  int64_t stream = asked_stream(), trailers = asked_trailers();
  request_new(headers, 1, (int)stream, (int)trailers, 1, options, &made);
  if (set_authority(made.first, 1, authority, length)) return respond(500, "bad authority");
  set_path(made.first, 1, path, length_of(path));
  set_method(made.first, 2, 0, 0);
  uint32_t begun = (uint32_t)begin_send(made.first, &got);
  uint32_t wrote = (uint32_t)write_asked((int)(stream >> 32), "a question", 10);
  end_asked((int)(stream >> 32));
  if ((wrote & 15) == 0) write_asked_trailers((int)(trailers >> 32), &end);
  if ((begun & 15) != 2) {
    int set = new_set();
    join((int)(begun >> 4), set);
    do wait_set(set, &event);
    while (event.second != 2);
    drop_subtask((int)(begun >> 4));
  }
  if (got.failed) return failed("failed with ", got.code);
  int status = get_status(got.handle);
  response_consume(got.handle, (int)response_outcome(), &body);
  for (;;) {
    uint32_t read = (uint32_t)read_response(body.first, piece, sizeof piece);
    for (size_t i = 0; i < read >> 4 && filled + 1 < sizeof text; i++) text[filled++] = piece[i];
    if ((read & 15) == dropped) break;
  }
  read_response_trailers(body.second, &end);
  if (end.failed) return failed("broken with ", end.code);
  text[filled] = 0;
  respond(status, text);
}

/* The request goes on to another as it came, and the response comes back so. */
static void proxy(int request, const char *authority) {
  size_t length = 0;
  struct answer got;
  while (authority[length] != 0 && authority[length] != '/') length++;
  set_authority(request, 1, authority, length);
  set_path(request, 1, authority + length, length_of(authority + length));
  send(request, &got);
  if (got.failed) return_answer(1, got.code, 0, 0, 0, 0, 0, 0);
  else return_answer(0, got.handle, 0, 0, 0, 0, 0, 0);
}

static void send_and_trap(void) {
  write_all(to.body, "a part", 6);
  __builtin_trap();
}

static void send_and_break(void) {
  struct trailers end = {.failed = 1, .code = 15};
  write_all(to.body, "a part", 6);
  end_body(to.body);
  write_trailers(to.trailers, &end);
}

static void flood(void) {
  struct answer result;
  for (size_t i = 0; i < sizeof piece; i++) piece[i] = 'x';
  for (int round = 0; round < 64 && write_all(to.body, piece, sizeof piece); round++);
  end_with(&to, 0);
  read_sent(to.sent, &result);
}

EXPORT("[async-lift]wasi:http/handler@0.3.0#handle") int handle(int request) {
  struct optional_text target;
  struct list directories;
  static char path[20000];
  request_path(request, &target);
  for (size_t i = 0; i < target.text.length && i + 1 < sizeof path; i++) path[i] = target.text.at[i];
  if (starts(path, "/hello")) respond(200, "hello\n");
  else if (starts(path, "/empty")) answer_with(204, named(), false, send_nothing);
  else if (starts(path, "/sized")) respond_as(200, sized("6"), "sized\n");
  else if (starts(path, "/short")) respond_as(200, sized("6"), "siz");
  else if (starts(path, "/long")) respond_as(200, sized("6"), "sized\nHTTP/1.1 200 \r\n\r\n");
  else if (starts(path, "/show")) show(request, path);
  else if (starts(path, "/echo")) echo(request);
  else if (starts(path, "/fetch/")) fetch(path + 7, fields_new(), 0, 0);
  else if (starts(path, "/fetch-soon/")) fetch(path + 12, fields_new(), 50, 0);
  else if (starts(path, "/fetch-steady/")) fetch(path + 14, fields_new(), 0, 50);
  else if (starts(path, "/fetch-long/")) fetch(path + 12, sized("4"), 0, 0);
  else if (starts(path, "/proxy/")) proxy(request, path + 7);
  else if (starts(path, "/trap")) __builtin_trap();
  else if (starts(path, "/spin")) for (;;) __asm__ volatile("");
  else if (starts(path, "/nothing")) return waits | new_set() << 4;
  else if (starts(path, "/error")) return_answer(1, 15, 0, 0, 0, 0, 0, 0);
  else if (starts(path, "/count")) respond(200, ++count == 1 ? "first\n" : "again\n");
  else if (starts(path, "/left-open")) get_directories(&directories), respond(200, "left open\n");
  else if (starts(path, "/wait/")) wait_for((int64_t)number_of(path + 6) * 1000000), respond(200, "waited\n");
  else if (starts(path, "/part-trap")) answer_with(200, fields_new(), true, send_and_trap);
  else if (starts(path, "/part")) answer_with(200, fields_new(), true, send_and_break);
  else if (starts(path, "/flood")) answer_with(200, fields_new(), true, flood);
  else respond(404, "nothing here\n");
  return rest == 0 ? exits : yields;
}

EXPORT("[callback][async-lift]wasi:http/handler@0.3.0#handle") int go_on(int event, int from, int result) {
  (void)event, (void)from, (void)result;
  rest();
  return exits;
}
