/* date, id, whoami, groups, hostname, uname, arch, tty, stty, time, timeout, nohup, kill */

#include "sys.h"
#include "tool.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool parse_time(const char *text, bool stamp, struct timespec *time);

/* strftime with GNU's %N and %s, and its `-` that takes padding away. */
static void print_time(const char *format, const struct timespec *time, bool universal) {
  struct tm parts;
  if (universal) gmtime_r(&time->tv_sec, &parts);
  else localtime_r(&time->tv_sec, &parts);
  for (const char *at = format; *at != 0; at++) {
    if (*at != '%' || at[1] == 0) {
      putchar(*at);
      continue;
    }
    at++;
    bool bare = *at == '-', upper = *at == '^', blank = *at == '_';
    at += bare || upper || blank || *at == '0';
    int width = atoi(at);
    at += strspn(at, "0123456789");
    /* Hours with a blank are not known to every libc. */
    blank |= *at == 'k' || *at == 'l';
    char text[128], spec[4] = {'%', *at == 'k' ? 'H' : *at == 'l' ? 'I' : *at, 0, 0};
    if (*at == 'N') {
      snprintf(text, sizeof text, "%09ld", (long)time->tv_nsec);
      if (width > 0 && width < 9) text[width] = 0;
    } else if (*at == 's') snprintf(text, sizeof text, "%lld", (long long)time->tv_sec);
    else if (*at == 'Z' && universal) strcpy(text, "UTC");
    else if (*at == 'P') {
      strcpy(text, parts.tm_hour < 12 ? "am" : "pm");
    } else if (*at == ':' && at[1] == 'z') {
      at++;
      strftime(text, sizeof text, "%z", &parts);
      memmove(text + 4, text + 3, 3);
      text[3] = ':';
    } else if (*at == 0) break;
    else if (strftime(text, sizeof text, spec, &parts) == 0) *text = 0;
    char *shown = text;
    if (bare) shown += strspn(shown, "0 ") < strlen(shown) ? strspn(shown, "0 ") : strlen(shown) - 1;
    for (char *each = text; blank && *each == '0' && each[1] != 0; each++) *each = ' ';
    for (char *each = text; upper && *each != 0; each++) *each = *each >= 'a' && *each <= 'z' ? (char)(*each - 32) : *each;
    fputs(shown, stdout);
  }
  putchar('\n');
}

int date_main(int argc, char **argv) {
  struct timespec time;
  struct stat about;
  bool universal = false;
  const char *format = "%a %b %e %H:%M:%S %Z %Y";
  clock_gettime(CLOCK_REALTIME, &time);
  static const struct option names[] = {{"date", 1, 0, 'd'},      {"utc", 0, 0, 'u'},      {"universal", 0, 0, 'u'}, {"reference", 1, 0, 'r'},
                                        {"iso-8601", 2, 0, 'I'}, {"rfc-3339", 1, 0, '3'}, {"rfc-email", 0, 0, 'R'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "d:ur:I::R", names, NULL)) != -1;) {
    switch (option) {
    case 'd': if (!parse_time(optarg, false, &time)) die(1, "invalid date '%s'", optarg); break;
    case 'u': universal = true; break;
    case 'r':
      if (stat(optarg, &about) != 0) die_errno(1, "%s", optarg);
      time = about.st_mtim;
      break;
    case 'I': format = optarg == NULL || *optarg == 'd' ? "%Y-%m-%d" : *optarg == 'h' ? "%Y-%m-%dT%H%:z" : *optarg == 'm' ? "%Y-%m-%dT%H:%M%:z" : *optarg == 'n' ? "%Y-%m-%dT%H:%M:%S,%N%:z" : "%Y-%m-%dT%H:%M:%S%:z"; break;
    case '3': format = *optarg == 'd' ? "%Y-%m-%d" : *optarg == 'n' ? "%Y-%m-%d %H:%M:%S.%N%:z" : "%Y-%m-%d %H:%M:%S%:z"; break;
    case 'R': format = "%a, %d %b %Y %H:%M:%S %z"; break;
    default: return 1;
    }
  }
  if (optind < argc) {
    if (argv[optind][0] != '+') die(1, "the time cannot be set here: '%s'", argv[optind]);
    format = argv[optind] + 1;
  }
  print_time(format, &time, universal);
  return 0;
}

int id_main(int argc, char **argv) {
  bool user = false, group = false, name = false;
  for (int option; (option = getopt(argc, argv, "ugGnr")) != -1;) {
    if (option == '?') return 1;
    user |= option == 'u';
    group |= option == 'g' || option == 'G';
    name |= option == 'n';
  }
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (optind < argc && !user_id(argv[optind], &uid, &gid)) die(1, "'%s': no such user", argv[optind]);
  if (user || group) {
    if (name) puts(user ? user_name(uid) : group_name(gid));
    else printf("%u\n", (unsigned)(user ? uid : gid));
    return 0;
  }
  printf("uid=%u(%s) ", (unsigned)uid, user_name(uid));
  printf("gid=%u(%s) groups=%u(%s)\n", (unsigned)gid, group_name(gid), (unsigned)gid, group_name(gid));
  return 0;
}

int whoami_main(int argc, char **argv) {
  (void)argc, (void)argv;
  puts(user_name(geteuid()));
  return 0;
}

int groups_main(int argc, char **argv) {
  (void)argc, (void)argv;
  puts(group_name(getegid()));
  return 0;
}

int hostname_main(int argc, char **argv) {
  bool addresses = false, short_name = false;
  for (int option; (option = getopt(argc, argv, "fsiI")) != -1;) {
    if (option == '?') return 1;
    addresses |= option == 'i' || option == 'I';
    short_name |= option == 's';
  }
  char name[256];
  if (optind < argc) die(1, "the name cannot be set here");
  if (gethostname(name, sizeof name) != 0) die_errno(1, "cannot tell the name");
  if (addresses) {
    char *found = sys_resolve(name);
    if (found == NULL) die_errno(1, "no address");
    for (char *each = found; *each != 0; each++) putchar(*each == '\n' && each[1] != 0 ? ' ' : *each);
    free(found);
    return 0;
  }
  if (short_name) name[strcspn(name, ".")] = 0;
  puts(name);
  return 0;
}

int uname_main(int argc, char **argv) {
  char host[256] = "localhost";
  gethostname(host, sizeof host);
  static const char letters[] = "snrvmo";
  const char *values[] = {"WASI", host, "0.1", "preview1", "wasm32", "Coracle"};
  bool wanted[6] = {false}, some = false;
  for (int option; (option = getopt(argc, argv, "asnrvmopi")) != -1;) {
    if (option == '?') return 1;
    if (option == 'p' || option == 'i') option = 'm';
    for (int index = 0; index < 6; index++) wanted[index] |= option == 'a' || letters[index] == option;
    some = true;
  }
  if (!some) wanted[0] = true;
  bool first = true;
  for (int index = 0; index < 6; index++) {
    if (!wanted[index]) continue;
    printf("%s%s", first ? "" : " ", values[index]);
    first = false;
  }
  putchar('\n');
  return 0;
}

int arch_main(int argc, char **argv) {
  (void)argc, (void)argv;
  puts("wasm32");
  return 0;
}

int tty_main(int argc, char **argv) {
  bool silent = argc > 1 && strcmp(argv[1], "-s") == 0, terminal = isatty(0);
  if (!silent) puts(terminal ? "/dev/tty" : "not a tty");
  return !terminal;
}

int stty_main(int argc, char **argv) {
  struct sys_terminal terminal;
  if (sys_terminal(0, &terminal) != 0) die_errno(1, "standard input");
  if (argc == 2 && strcmp(argv[1], "size") == 0) {
    printf("%u %u\n", terminal.rows, terminal.columns);
    return 0;
  }
  if (argc == 1 || strcmp(argv[1], "-a") == 0) {
    printf("rows %u; columns %u;\n%sisig %sicanon %secho\n", terminal.rows, terminal.columns, terminal.signals ? "" : "-", terminal.canonical ? "" : "-", terminal.echo ? "" : "-");
    return 0;
  }
  for (int index = 1; index < argc; index++) {
    const char *word = argv[index];
    bool on = *word != '-';
    word += !on;
    if (strcmp(word, "echo") == 0) terminal.echo = on;
    else if (strcmp(word, "icanon") == 0 || strcmp(word, "cooked") == 0) terminal.canonical = on;
    else if (strcmp(word, "isig") == 0) terminal.signals = on;
    else if (strcmp(word, "sane") == 0) terminal.canonical = terminal.echo = terminal.signals = true;
    else if (strcmp(word, "raw") == 0 || strcmp(word, "cbreak") == 0) {
      terminal.canonical = !on;
      if (*word == 'r') terminal.signals = !on;
    } else die(1, "invalid argument '%s'", argv[index]);
  }
  if (sys_set_terminal(0, &terminal) != 0) die_errno(1, "standard input");
  return 0;
}

int time_main(int argc, char **argv) {
  bool portable = argc > 1 && strcmp(argv[1], "-p") == 0;
  if (argc < 2 + portable) die(125, "missing operand");
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  int code = run_command(argv + 1 + portable);
  clock_gettime(CLOCK_MONOTONIC, &end);
  double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
  if (portable) fprintf(stderr, "real %.2f\n", seconds);
  else fprintf(stderr, "real\t%dm%06.3fs\n", (int)(seconds / 60), seconds - 60 * (int)(seconds / 60));
  return code;
}

/* Waits in short steps, since there is no alarm: 10 ms at most late. */
int timeout_main(int argc, char **argv) {
  int signal = 15;
  double kill_after = -1;
  for (int option; (option = getopt(argc, argv, "+s:k:")) != -1;) {
    if (option == '?') return 125;
    if (option == 's' && (signal = signal_number(optarg)) < 0) die(125, "%s: invalid signal", optarg);
    if (option == 'k') kill_after = strtod(optarg, NULL);
  }
  if (argc - optind < 2) die(125, "missing operand");
  char *end;
  double seconds = strtod(argv[optind], &end);
  seconds *= *end == 'm' ? 60 : *end == 'h' ? 3600 : *end == 'd' ? 86400 : 1;
  if (end == argv[optind] || (*end != 0 && (strchr("smhd", *end) == NULL || end[1] != 0))) die(125, "invalid time interval '%s'", argv[optind]);
  pid_t pid = sys_spawn(&(struct sys_command){.argv = argv + optind + 1, .descriptors = {0, 1, 2}});
  if (pid < 0) die_errno(errno == ENOENT ? 127 : 126, "failed to run command '%s'", argv[optind + 1]);
  struct timespec begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  bool ended = false;
  for (int status;;) {
    if (sys_wait(pid, &status, false) == pid) return ended ? 124 : SYS_EXITED(status) ? SYS_EXIT_CODE(status) : 128 + SYS_SIGNAL(status);
    clock_gettime(CLOCK_MONOTONIC, &now);
    double passed = (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9;
    if (!ended && seconds > 0 && passed >= seconds) {
      kill(pid, signal);
      ended = true;
    } else if (ended && kill_after >= 0 && passed >= seconds + kill_after) {
      kill(pid, 9);
      kill_after = -1;
    }
    double rest = seconds > 0 && !ended ? seconds - passed : 0.01;
    nanosleep(&(struct timespec){.tv_nsec = rest < 0.01 ? (long)(rest * 1e9) + 1 : 10000000}, NULL);
  }
}

int nohup_main(int argc, char **argv) {
  if (argc < 2) die(125, "missing operand");
  sys_ignore(1);
  if (isatty(1)) {
    int file = open("nohup.out", O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0) die_errno(125, "failed to open 'nohup.out'");
    warn("ignoring input and appending output to 'nohup.out'");
    dup2(file, 1);
    if (isatty(2)) dup2(file, 2);
  }
  sys_exec(argv + 1);
  die_errno(errno == ENOENT ? 127 : 126, "failed to run command '%s'", argv[1]);
}

static int list_signals(int argc, char **argv) {
  for (int index = 2; index < argc; index++) {
    int number = signal_number(argv[index]);
    if (number > 128) number -= 128;
    const char *name = signal_name(number);
    if (number < 0 || name == NULL) die(1, "%s: invalid signal", argv[index]);
    if (argv[index][0] >= '0' && argv[index][0] <= '9') puts(name);
    else printf("%d\n", number);
  }
  for (int number = 1; argc == 2 && signal_name(number) != NULL; number++) printf("%2d) SIG%s\n", number, signal_name(number));
  return 0;
}

int kill_main(int argc, char **argv) {
  int signal = 15, at = 1, status = 0;
  if (argc > 1 && (strcmp(argv[1], "-l") == 0 || strcmp(argv[1], "-L") == 0)) return list_signals(argc, argv);
  if (argc > 2 && strcmp(argv[1], "-s") == 0) {
    signal = signal_number(argv[2]);
    at = 3;
  } else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
    signal = signal_number(argv[1] + 1);
    at = 2;
  }
  if (signal < 0) die(1, "invalid signal");
  if (at < argc && strcmp(argv[at], "--") == 0) at++;
  if (at >= argc) die(1, "no process ID specified");
  for (; at < argc; at++) {
    char *end;
    long pid = strtol(argv[at], &end, 10);
    if (*end != 0 || end == argv[at]) die(1, "failed to parse argument: '%s'", argv[at]);
    if (kill((pid_t)pid, signal) == 0) continue;
    warn_errno("(%ld)", pid);
    status = 1;
  }
  return status;
}
