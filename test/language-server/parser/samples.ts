// Files that use everything the syntax has.

export const samples: readonly string[] = [
  `# syntax=docker/dockerfile:1
# escape=\\
# check=skip=JSONArgsRecommended;error=true

# VERSION which one
ARG VERSION=1.2 BASE="alpine:\${VERSION%.*}"
FROM --platform=$BUILDPLATFORM \${BASE} AS build
SHELL ["/bin/ash", "-eo", "pipefail", "-c"]
ENV A=1 B="two words" C='$not' D=\\$not
ENV old style with words
LABEL org.example.a="b \\
  c" d=e
RUN --mount=type=cache,target=/root/.cache,sharing=locked \\
    --mount=type=secret,id=token,"env=TOKEN" --network=none \\
    # a comment

    apk add --no-cache git && \\
    echo "\${A:-x}" > /dev/null
RUN <<EOF cat <<-"TWO" > x
one $A
EOF
\ttwo
\tTWO
COPY --from=build --chown=1:2 --link ["a b", "c\\u0020$A", "/d/"]
COPY <<a.txt <<'b.txt' /x/
hello $A \${B:+yes}
a.txt
hello $A
b.txt
ADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef https://example.com/a /a
ONBUILD RUN --mount=type=bind,target=/x,from=build ls
ONBUILD COPY <<E /y
\${A//1/2}
E
EXPOSE 80/tcp 90-95 $A
VOLUME /a /b
VOLUME ["/c"]
USER 1000:1000
WORKDIR /a b/$A
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1m30s --retries=3 CMD ["curl", "-f", "http://localhost/"]
HEALTHCHECK NONE
ENTRYPOINT ["/x"]
CMD x --y
MAINTAINER somebody
`,
  `\ufeff# escape=\`\r\nFROM mcr.microsoft.com/windows/nanoserver\r\nCOPY a.txt C:\\b\\\r\nRUN dir \`\r\n  C:\\\r\n`,
  `#!/usr/bin/env docker\n# syntax=x\nfrom scratch as base\nfrom base\ncopy --from=0 /a /b\n`,
];
