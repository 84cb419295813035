/* wget, nc, httpd, nslookup: plain HTTP over streams. */

#include "sys.h"
#include "tool.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_HEAD 65536
#define MOST_REDIRECTS 10

struct url {
  char *host, *path;
  unsigned port;
};

static struct url parse_url(const char *text) {
  if (strncmp(text, "https://", 8) == 0) die(1, "%s: https is not known here, http only", text);
  if (strncmp(text, "http://", 7) == 0) text += 7;
  else if (strstr(text, "://") != NULL) die(1, "%s: only http is known here", text);
  size_t length = strcspn(text, "/?#");
  char *authority = take_format("%.*s", (int)length, text), *at = strrchr(authority, '@'), *host = at == NULL ? authority : at + 1;
  struct url url = {.port = 80, .host = host};
  char *colon = *host == '[' ? strchr(host, ']') : strrchr(host, ':');
  if (*host == '[' && colon != NULL) {
    url.host = host + 1;
    *colon++ = 0;
    if (*colon != ':') colon = NULL;
  }
  if (colon != NULL) {
    *colon = 0;
    int64_t port = parse_number(colon + 1, 1, "port");
    if (port < 1 || port > 65535) die(1, "invalid port: '%s'", colon + 1);
    url.port = (unsigned)port;
  }
  if (*url.host == 0) die(1, "the address has no host");
  const char *rest = text + length;
  url.path = take_format("%s%.*s", *rest == '/' ? "" : "/", (int)strcspn(rest, "#"), rest);
  return url;
}

/* Reads up to the empty line; the reader stands behind it. @returns the status, -1 for what is no HTTP */
static int read_head(struct reader *reader, struct text *head) {
  char *line;
  text_clear(head);
  for (ssize_t length; (length = read_line(reader, &line, '\n')) > 0;) {
    if (head->length + (size_t)length > MOST_HEAD) return -1;
    if (length == 1 || (length == 2 && *line == '\r')) break;
    text_add(head, line, (size_t)length);
  }
  return strncmp(head->bytes, "HTTP/1.", 7) == 0 && head->length > 12 ? atoi(head->bytes + 9) : -1;
}

/* The value of a field of a head; the caller frees it. Null when there is none. */
static char *field(const struct text *head, const char *name) {
  size_t length = strlen(name);
  for (const char *line = head->bytes; line != NULL; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncasecmp(line, name, length) != 0 || line[length] != ':') continue;
    const char *value = line + length + 1;
    value += strspn(value, " \t");
    return take_format("%.*s", (int)strcspn(value, "\r\n"), value);
  }
  return NULL;
}

static bool copy_some(struct reader *reader, int file, uint64_t count) {
  while (count > 0) {
    char *bytes;
    ssize_t got = read_some(reader, &bytes);
    if (got <= 0) return false;
    if ((uint64_t)got > count) {
      reader->at -= (size_t)got - (size_t)count;
      got = (ssize_t)count;
    }
    if (!write_all(file, bytes, (size_t)got)) die_errno(1, "cannot write");
    count -= (uint64_t)got;
  }
  return true;
}

static bool copy_chunks(struct reader *reader, int file) {
  char *line;
  for (ssize_t length; (length = read_line(reader, &line, '\n')) > 0;) {
    char *end;
    unsigned long long size = strtoull(line, &end, 16);
    if (end == line) return false;
    if (size == 0) return true;
    if (!copy_some(reader, file, size) || read_line(reader, &line, '\n') <= 0) return false;
  }
  return false;
}

static bool copy_rest(struct reader *reader, int file) {
  char *bytes;
  ssize_t got;
  while ((got = read_some(reader, &bytes)) > 0) {
    if (!write_all(file, bytes, (size_t)got)) die_errno(1, "cannot write");
  }
  return got == 0;
}

static struct {
  const char *output, *folder, *post, *agent;
  struct text fields;
  bool quiet, spider, show_head, go_on;
} wget = {.agent = "Wget"};

static struct reader request(const struct url *url) {
  int connection = sys_connect(url->host, url->port);
  if (connection < 0) {
    if (errno == ENOENT) die(4, "unable to resolve host address '%s'", url->host);
    die_errno(4, "cannot connect to %s:%u", url->host, url->port);
  }
  struct text text = {0};
  bool six = strchr(url->host, ':') != NULL;
  text_format(&text, "%s %s HTTP/1.1\r\nHost: %s%s%s", wget.post != NULL ? "POST" : wget.spider ? "HEAD" : "GET", url->path, six ? "[" : "", url->host, six ? "]" : "");
  if (url->port != 80) text_format(&text, ":%u", url->port);
  text_format(&text, "\r\nUser-Agent: %s\r\nAccept: */*\r\nConnection: close\r\n", wget.agent);
  if (wget.fields.length > 0) text_add(&text, wget.fields.bytes, wget.fields.length);
  if (wget.post != NULL) text_format(&text, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s", strlen(wget.post), wget.post);
  else text_string(&text, "\r\n");
  if (!write_all(connection, text.bytes, text.length)) die_errno(4, "cannot send to %s", url->host);
  free(text.bytes);
  return reader_of(connection);
}

static int output_file(const struct url *url) {
  if (wget.output != NULL && strcmp(wget.output, "-") == 0) return 1;
  char *path = take_copy(url->path);
  path[strcspn(path, "?")] = 0;
  const char *base = strrchr(path, '/') + 1;
  const char *name = wget.output != NULL ? wget.output : *base == 0 ? "index.html" : base;
  char *place = wget.folder != NULL && wget.output == NULL ? path_join(wget.folder, name) : take_copy(name);
  int file = create_file(place, 0666, false);
  if (file < 0) die_errno(3, "%s", place);
  if (!wget.quiet) fprintf(stderr, "saving to '%s'\n", place);
  return file;
}

static int fetch(const char *address) {
  char *location = take_copy(address);
  struct text head = {0};
  for (int redirects = 0;; redirects++) {
    struct url url = parse_url(location);
    if (!wget.quiet) fprintf(stderr, "Connecting to %s:%u\n", url.host, url.port);
    struct reader reader = request(&url);
    int status = read_head(&reader, &head);
    if (status < 0) die(4, "%s does not answer as a server of HTTP does", url.host);
    if (wget.show_head) fprintf(stderr, "%s", head.bytes);
    char *next = status >= 300 && status < 400 ? field(&head, "location") : NULL;
    if (next != NULL) {
      if (redirects == MOST_REDIRECTS) die(8, "too many redirections");
      location = *next == '/' ? take_format("http://%s:%u%s", url.host, url.port, next) : next;
      close(reader.descriptor);
      continue;
    }
    if (status >= 400) {
      warn("server returned error: %.*s", (int)strcspn(head.bytes, "\r\n"), head.bytes);
      return 8;
    }
    if (wget.spider) return 0;
    int file = output_file(&url);
    char *length = field(&head, "content-length"), *coding = field(&head, "transfer-encoding");
    bool whole = coding != NULL && strcasestr(coding, "chunked") != NULL ? copy_chunks(&reader, file) : length != NULL ? copy_some(&reader, file, strtoull(length, NULL, 10)) : copy_rest(&reader, file);
    close(reader.descriptor);
    if (file > 2) close(file);
    if (whole) return 0;
    warn("the connection ended before the whole was there");
    return 4;
  }
}

int wget_main(int argc, char **argv) {
  static const struct option names[] = {{"output-document", 1, 0, 'O'}, {"quiet", 0, 0, 'q'},  {"spider", 0, 0, 1},     {"header", 1, 0, 2}, {"post-data", 1, 0, 3},
                                        {"user-agent", 1, 0, 'U'},      {"server-response", 0, 0, 'S'}, {"timeout", 1, 0, 'T'}, {"no-verbose", 0, 0, 'q'}, {"directory-prefix", 1, 0, 'P'}, {"tries", 1, 0, 't'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "O:qSU:T:P:t:n:", names, NULL)) != -1;) {
    switch (option) {
    case 'O': wget.output = optarg; break;
    case 'q': wget.quiet = true; break;
    case 'S': wget.show_head = true; break;
    case 'U': wget.agent = optarg; break;
    case 'P': wget.folder = optarg; break;
    case 1: wget.spider = true; break;
    case 2: text_format(&wget.fields, "%s\r\n", optarg); break;
    case 3: wget.post = optarg; break;
    case 'T': case 't': break;
    case 'n': wget.quiet = true; break;
    default: return 2;
    }
  }
  if (optind >= argc) die(1, "missing URL");
  int status = 0;
  for (; optind < argc; optind++) {
    int code = fetch(argv[optind]);
    if (code != 0) status = code;
  }
  return status;
}

/* Both ways at once, until the other side has ended; the end of standard input is passed on. */
static int relay(int connection) {
  char buffer[16384];
  struct pollfd ends[2] = {{.fd = 0, .events = POLLIN}, {.fd = connection, .events = POLLIN}};
  bool input = true;
  for (;;) {
    if (poll(input ? ends : ends + 1, input ? 2 : 1, -1) < 0) {
      if (errno == EINTR) continue;
      die_errno(1, "cannot wait");
    }
    if (input && ends[0].revents != 0) {
      ssize_t got = read(0, buffer, sizeof buffer);
      if (got > 0 && !write_all(connection, buffer, (size_t)got)) return 1;
      if (got <= 0) {
        input = false;
        sys_shutdown_write(connection);
      }
    }
    if (ends[1].revents != 0) {
      ssize_t got = read(connection, buffer, sizeof buffer);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) return got < 0;
      if (!write_all(1, buffer, (size_t)got)) return 1;
    }
  }
}

int nc_main(int argc, char **argv) {
  bool listening = false, keep = false, scan = false;
  unsigned port = 0;
  for (int option; (option = getopt(argc, argv, "lkp:vzw:n")) != -1;) {
    switch (option) {
    case 'l': listening = true; break;
    case 'k': keep = true; break;
    case 'z': scan = true; break;
    case 'p': port = (unsigned)parse_number(optarg, 1, "port"); break;
    case 'v': case 'w': case 'n': break;
    default: return 1;
    }
  }
  if (listening) {
    if (port == 0 && optind < argc) port = (unsigned)parse_number(argv[argc - 1], 1, "port");
    int listener = sys_listen(port), status;
    if (listener < 0) die_errno(1, "cannot listen at port %u", port);
    do {
      int connection = sys_accept(listener);
      if (connection < 0) die_errno(1, "cannot accept");
      status = relay(connection);
      close(connection);
    } while (keep);
    return status;
  }
  if (argc - optind != 2) die(1, "usage: nc HOST PORT, or nc -l -p PORT");
  int connection = sys_connect(argv[optind], (unsigned)parse_number(argv[optind + 1], 1, "port"));
  if (connection < 0) die_errno(1, "%s %s", argv[optind], argv[optind + 1]);
  return scan ? 0 : relay(connection);
}

static void answer(int connection, const char *status, const char *type, const char *text) {
  struct text out = {0};
  text_format(&out, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status, type, strlen(text), text);
  write_all(connection, out.bytes, out.length);
  free(out.bytes);
}

static int hex_digit(int byte) { return isdigit(byte) ? byte - '0' : isxdigit(byte) ? tolower(byte) - 'a' + 10 : -1; }

/* The path that a request asks for, below the working directory. Null when it would leave that, or makes no sense. */
static char *asked_path(const char *line) {
  const char *begin = strchr(line, ' ');
  if (begin == NULL || begin[1] != '/') return NULL;
  struct text path = {0};
  text_char(&path, '.');
  for (const char *at = begin + 1; *at != 0 && strchr(" ?#\r\n", *at) == NULL; at++) {
    int high = *at == '%' ? hex_digit((unsigned char)at[1]) : -1, low = high < 0 ? -1 : hex_digit((unsigned char)at[2]);
    if (low >= 0) at += 2;
    int byte = low >= 0 ? high << 4 | low : *at;
    if (byte == 0) return NULL;
    text_char(&path, byte);
  }
  if (strstr(path.bytes, "/../") != NULL || (path.length >= 3 && strcmp(path.bytes + path.length - 3, "/..") == 0)) return NULL;
  return path.bytes;
}

static const char *type_of(const char *path) {
  static const char *const types[][2] = {{".html", "text/html"}, {".htm", "text/html"}, {".txt", "text/plain"}, {".css", "text/css"}, {".js", "text/javascript"},
                                         {".json", "application/json"}, {".svg", "image/svg+xml"}, {".png", "image/png"}, {".jpg", "image/jpeg"}, {".wasm", "application/wasm"}};
  const char *dot = strrchr(path, '.');
  for (size_t index = 0; dot != NULL && index < sizeof types / sizeof *types; index++) {
    if (strcasecmp(dot, types[index][0]) == 0) return types[index][1];
  }
  return "application/octet-stream";
}

static void send_list(int connection, const char *path) {
  struct text out = {0};
  DIR *directory = opendir(path);
  text_string(&out, "<!doctype html><meta charset=utf-8><ul>\n");
  for (struct dirent *each; directory != NULL && (each = readdir(directory)) != NULL;) {
    if (strcmp(each->d_name, ".") == 0 || strpbrk(each->d_name, "<>&\"") != NULL) continue;
    text_format(&out, "<li><a href=\"%s%s\">%s</a>\n", each->d_name, each->d_type == DT_DIR ? "/" : "", each->d_name);
  }
  if (directory != NULL) closedir(directory);
  answer(connection, "200 OK", "text/html", out.bytes);
  free(out.bytes);
}

static void send_file(int connection, const char *path, bool head_only) {
  struct stat about;
  int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &about) != 0) {
    answer(connection, "404 Not Found", "text/plain", "not found\n");
    return;
  }
  struct text head = {0};
  bool reading;
  text_format(&head, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %llu\r\nConnection: close\r\n\r\n", type_of(path), (unsigned long long)about.st_size);
  if (write_all(connection, head.bytes, head.length) && !head_only) copy_bytes(file, connection, &reading);
  free(head.bytes);
  close(file);
}

static void serve(int connection, bool verbose) {
  struct reader reader = reader_of(connection);
  struct text head = {0};
  struct stat about;
  read_head(&reader, &head);
  if (verbose) fprintf(stderr, "%.*s\n", (int)strcspn(head.bytes, "\r\n"), head.bytes);
  bool head_only = strncmp(head.bytes, "HEAD ", 5) == 0;
  char *path = asked_path(head.bytes);
  if (!head_only && strncmp(head.bytes, "GET ", 4) != 0) answer(connection, "501 Not Implemented", "text/plain", "only GET and HEAD are known\n");
  else if (path == NULL) answer(connection, "400 Bad Request", "text/plain", "bad request\n");
  else if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
    char *index = path_join(path, "index.html");
    if (path[strlen(path) - 1] != '/') {
      struct text moved = {0};
      text_format(&moved, "HTTP/1.1 301 Moved Permanently\r\nLocation: %s/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", path + 1);
      write_all(connection, moved.bytes, moved.length);
    } else if (stat(index, &about) == 0) send_file(connection, index, head_only);
    else send_list(connection, path);
    free(index);
  } else send_file(connection, path, head_only);
  free(path);
  free(head.bytes);
  reader_free(&reader);
}

/* There is no fork: who is to be in the background is another process, which is told to stay in the foreground. */
static int start_background(int argc, char **argv) {
  char **words = take_more(NULL, ((size_t)argc + 2) * sizeof *words);
  words[0] = argv[0];
  words[1] = "-f";
  memcpy(words + 2, argv + 1, (size_t)argc * sizeof *words);
  if (sys_spawn(&(struct sys_command){.argv = words, .descriptors = {0, 1, 2}}) < 0) die_errno(1, "cannot start in the background");
  return 0;
}

/* One request after another. */
int httpd_main(int argc, char **argv) {
  unsigned port = 80;
  bool verbose = false, foreground = false;
  const char *folder = ".";
  for (int option; (option = getopt(argc, argv, "fp:h:v")) != -1;) {
    switch (option) {
    case 'p': {
      const char *colon = strrchr(optarg, ':');
      port = (unsigned)parse_number(colon == NULL ? optarg : colon + 1, 1, "port");
      break;
    }
    case 'h': folder = optarg; break;
    case 'v': verbose = true; break;
    case 'f': foreground = true; break;
    default: return 1;
    }
  }
  if (!foreground) return start_background(argc, argv);
  if (chdir(folder) != 0) die_errno(1, "%s", folder);
  int listener = sys_listen(port);
  if (listener < 0) die_errno(1, "cannot listen at port %u", port);
  sys_ignore(13);
  for (;;) {
    int connection = sys_accept(listener);
    if (connection < 0) {
      if (errno == EINTR) continue;
      die_errno(1, "cannot accept");
    }
    serve(connection, verbose);
    close(connection);
  }
}

/* Which addresses are asked for, as nslookup's own way of options has it: -type=a, -query=aaaa. */
static void note_type(const char *option, bool *four, bool *six) {
  const char *type = strchr(option, '=');
  if (type == NULL || (strncmp(option, "-type=", 6) != 0 && strncmp(option, "-query=", 7) != 0 && strncmp(option, "-q=", 3) != 0)) die(1, "unknown option: '%s'", option);
  *four = strcasecmp(type + 1, "a") == 0 || strcasecmp(type + 1, "any") == 0;
  *six = strcasecmp(type + 1, "aaaa") == 0 || strcasecmp(type + 1, "any") == 0;
  if (!*four && !*six) die(1, "%s: only addresses are known here, A and AAAA", option);
}

int nslookup_main(int argc, char **argv) {
  bool four = true, six = true;
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; at++) note_type(argv[at], &four, &six);
  if (at >= argc) die(1, "missing name");
  char *found = sys_resolve(argv[at]), *rest = found;
  if (found == NULL) die(1, "can't resolve '%s'", argv[at]);
  printf("Name:\t%s\n", argv[at]);
  int shown = 0;
  for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
    if (*line == 0 || !(strchr(line, ':') == NULL ? four : six)) continue;
    printf("Address: %s\n", line);
    shown++;
  }
  free(found);
  return shown > 0 ? 0 : 1;
}
