# Runs a command in a terminal of its own and talks to it: terminal.py [--size ROWSxCOLUMNS] [EXPECT SEND]... -- COMMAND...
# Waits for each EXPECT (a regular expression) in what came since the last one, then types SEND (\n, \x10 and the like are
# escapes). A SEND of `resize ROWSxCOLUMNS` changes the size and tells the command, again and again until the next EXPECT has
# come: a client that is just starting may not hear it yet. Prints everything that came, without carriage returns, and ends
# with the command's exit code.
import codecs, fcntl, os, pty, re, select, signal, struct, sys, termios, time

args = sys.argv[1:]
rows, columns = 24, 80
if args[0] == '--size':
    rows, columns = map(int, args[1].split('x'))
    args = args[2:]
split = args.index('--')
steps = [(args[i], args[i + 1]) for i in range(0, split, 2)]
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    os.execvp(args[split + 1], args[split + 1:])

seen = unmatched = ''
resized = False
decoder = codecs.getincrementaldecoder('utf-8')('replace')
deadline = time.monotonic() + 120
while True:
    if steps:
        found = re.search(steps[0][0], unmatched)
        if found:
            unmatched = unmatched[found.end():]
            resized = False
            text = codecs.decode(steps.pop(0)[1], 'unicode_escape')
            resize = re.fullmatch(r'resize (\d+)x(\d+)', text)
            if resize:
                size = struct.pack('HHHH', int(resize[1]), int(resize[2]), 0, 0)
                fcntl.ioctl(fd, termios.TIOCSWINSZ, size)
                resized = True
            else:
                os.write(fd, text.encode())
            continue
    if resized:
        os.kill(pid, signal.SIGWINCH)
    left = max(0, deadline - time.monotonic())
    ready, _, _ = select.select([fd], [], [], min(left, 0.1) if resized else left)
    if not ready and left > 0 and resized:
        continue
    if not ready:
        print(seen.replace('\r', ''))
        print('no end in time; still waiting for', steps, file=sys.stderr)
        os.kill(pid, signal.SIGKILL)
        sys.exit(99)
    try:
        chunk = os.read(fd, 65536)
    except OSError:
        break
    if not chunk:
        break
    text = decoder.decode(chunk)
    seen += text
    unmatched += text
sys.stdout.write(seen.replace('\r', ''))
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
