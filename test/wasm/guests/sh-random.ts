// Random scripts that end, and that every POSIX shell runs alike.

type Random = (below: number) => number;

/** Of commands in commands, of words with all kinds of quotes and expansions. */
export class ScriptMaker {
  readonly #random: Random;
  #loops = 0;
  #depth = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  script(): string {
    const lines = Array.from({ length: 1 + this.#random(5) }, () => this.#command());
    return `${prelude}\n${lines.join('\n')}\necho "end $? $a $b $#"\n`;
  }

  #pick<T>(of: readonly T[]): T {
    const picked = of[this.#random(of.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  #deeper<T>(make: () => T): T {
    this.#depth++;
    const made = make();
    this.#depth--;
    return made;
  }

  #command(): string {
    if (this.#depth > 4) return this.#simple();
    return this.#deeper(() => {
      const kinds = [
        () => this.#simple(),
        () => this.#simple(),
        () => `${this.#command()} ${this.#pick(['&&', '||', ';', '|'])} ${this.#command()}`,
        () => `{ ${this.#command()}; }${this.#redirection()}`,
        // Without redirections: dash 0.5.12 loses those of a subshell that is last in a group which has some as well.
        () => `( ${this.#command()} )`,
        () => `if ${this.#test()}; then ${this.#command()}; else ${this.#command()}; fi`,
        () => `for v in ${this.#words()}; do ${this.#inLoop(() => this.#command())}; done`,
        () => this.#counted(),
        () => `case ${this.#word()} in ${this.#pattern()}) ${this.#command()};; *) ${this.#command()};; esac`,
        () => `f${this.#depth}() { ${this.#command()}; }; f${this.#depth} ${this.#words()}`,
        () => `! { ${this.#command()}; }`,
        () => `cat <<E\n${this.#heredoc()}\nE`,
        () => `set -- ${this.#words()}; ${this.#command()}`,
        () => `eval ${this.#quotedCommand()}`,
      ];
      return this.#pick(kinds)();
    });
  }

  #inLoop(make: () => string): string {
    this.#loops++;
    const made = make();
    this.#loops--;
    return made;
  }

  #counted(): string {
    const name = `i${this.#depth}`;
    const body = this.#inLoop(() => this.#command());
    return `${name}=0; while [ $${name} -lt ${this.#random(4)} ]; do ${name}=$((${name}+1)); ${body}; done`;
  }

  #simple(): string {
    const kinds = [
      () => `echo ${this.#words()}`,
      () => `printf '<%s>\\n' ${this.#words()}`,
      () => `a=${this.#word()}`,
      () => `a=${this.#word()} b=${this.#word()}`,
      () => `IFS=${this.#pick(["':'", "' '", '', "'x '", "' \t\n'"])}`,
      () => `unset ${this.#pick(['a', 'b'])}`,
      () => this.#test(),
      () => this.#pick(['true', 'false', ':', '(exit 3)', 'shift 2>/dev/null || :', 'cd .', 'pwd >/dev/null']),
      () => `printf '%s\\n' ${this.#words()} | cat`,
      () => `printf 'a b:c\\n%s\\n' ${this.#word()} | { read a b; printf '[%s]' "$a" "$b"; echo; }`,
      () => `b=${this.#word()} eval 'echo "$b"'`,
      () => (this.#loops > 0 ? this.#pick(['break', 'continue', 'break 2']) : 'true'),
      () => `echo ${this.#word()}${this.#redirection()}`,
    ];
    return this.#pick(kinds)();
  }

  #redirection(): string {
    return this.#pick([
      '',
      '',
      '',
      ' 2>&1',
      ' >/dev/null',
      ' 2>/dev/null',
      ' </dev/null',
      ' >f; cat f',
      ' >>f; cat f',
      ' 3>&1',
    ]);
  }

  #test(): string {
    const operators = ['=', '!='];
    const kinds = [
      () => `[ ${this.#quoted()} ${this.#pick(operators)} ${this.#quoted()} ]`,
      () => `[ ${this.#pick(['-n', '-z'])} ${this.#quoted()} ]`,
      () => `[ ${this.#random(9)} ${this.#pick(['-lt', '-ge', '-eq', '-ne'])} ${this.#random(9)} ]`,
      () => this.#pick(['true', 'false']),
    ];
    return this.#pick(kinds)();
  }

  #words(): string {
    return Array.from({ length: this.#random(4) }, () => this.#word()).join(' ');
  }

  #word(): string {
    return Array.from({ length: 1 + this.#random(3) }, () => this.#part()).join('');
  }

  #quoted(): string {
    return `"${this.#inQuotes()}"`;
  }

  #inQuotes(): string {
    const parts = ['x', ' ', '$a', '${b}', "'", '$1', '\\$', '\\"', '*', ':', '$#', '$?'];
    return Array.from({ length: this.#random(4) }, () =>
      this.#random(4) === 0 ? this.#parameter(true) : this.#pick(parts),
    ).join('');
  }

  #part(): string {
    const kinds = [
      () => this.#pick(['x', 'ab', 'z:y', '-', '1', '.', '%', 'a=b', ',']),
      () => this.#pick(['$a', '$b', '${a}', '$1', '$2', '$#', '$?', '$v', '"$@"', '"$*"', '$*', '$@']),
      () => this.#quoted(),
      () => `'${this.#pick(['', 'q', 'a b', '$a', '"', '\\', '*'])}'`,
      () => this.#pick(['\\$', '\\ ', '\\\\', '\\*', "\\'", '\\"']),
      () => this.#parameter(false),
      () => `$((${this.#arithmetic()}))`,
      () => this.#deeper(() => (this.#depth > 5 ? 'd' : `$(${this.#command()}\n)`)),
      () => `"$(${this.#simple()}\n)"`,
    ];
    return this.#pick(kinds)();
  }

  #parameter(isQuoted: boolean): string {
    const name = this.#pick(['a', 'b', 'v', '1', 'u']);
    const kinds = [
      () => `\${#${name}}`,
      () => `\${${name}${this.#pick(['-', ':-', '+', ':+'])}${this.#operand(isQuoted)}}`,
      () => `\${${name}${this.#pick(['#', '##', '%', '%%'])}${this.#pattern()}}`,
      () => `\${${this.#pick(['a', 'b'])}${this.#pick(['=', ':='])}${this.#operand(isQuoted)}}`,
    ];
    return this.#pick(kinds)();
  }

  #operand(isQuoted: boolean): string {
    const parts = isQuoted ? ['', 'w', 'w z', '$a', '$b'] : ['', 'w', '$a', '"$b"', "'q r'", '"a b"', 'x y'];
    return this.#pick(parts);
  }

  #pattern(): string {
    return this.#pick([
      '*',
      'x*',
      '*b',
      '?',
      '[a-c]*',
      '[!x]',
      '"*"',
      '\\*',
      '*:',
      'a',
      '$a',
      '"$b"',
      '[[:alpha:]]',
      '*x*',
    ]);
  }

  #arithmetic(): string {
    if (this.#depth > 4) return String(this.#random(9));
    return this.#deeper(() => {
      const operators = ['+', '-', '*', '<', '>', '==', '!=', '&&', '||', '&', '|', '^', '<<', '<=', '>='];
      const kinds = [
        () => String(this.#random(99)),
        () => `${this.#arithmetic()} ${this.#pick(operators)} ${this.#random(5)}`,
        () => `(${this.#arithmetic()})`,
        () => `${this.#pick(['-', '!', '~', '+'])} ${this.#random(9)}`,
        () => `(${this.#arithmetic()} ? ${this.#arithmetic()} : ${this.#arithmetic()})`,
        () => `(n ${this.#pick(['=', '+=', '-=', '*='])} ${this.#random(9)})`,
        () => this.#pick(['n', '$n', '${n}']),
        () => `${this.#arithmetic()} ${this.#pick(['/', '%'])} ${1 + this.#random(7)}`,
      ];
      return this.#pick(kinds)();
    });
  }

  #heredoc(): string {
    const parts = ['plain', '$a', '${b:-d}', '\\$a', "'", '"', ' ', '$((1+1))', '$(echo s)', '\\\\'];
    return Array.from({ length: 1 + this.#random(4) }, () => this.#pick(parts)).join('');
  }

  #quotedCommand(): string {
    return `'${this.#simple().replaceAll("'", `'"'"'`)}'`;
  }
}

const prelude = "n=3; a='x y'; b=a:b; set -- one 'two  three'";
