// Compose files of many shapes, and a generator of long ones.

export const samples: readonly string[] = [
  `# A shop
name: shop
x-common: &common
  restart: unless-stopped
  logging: &logging
    driver: local
    options: {max-size: 10m}

services:
  web: &web
    <<: *common
    image: "nginx:\${TAG:-1.27}"   # the front
    ports:
      - "8080:80"
      - target: 443
        published: "8443"
    environment:
      - A=1
      - B=\${B}
    depends_on:
      db:
        condition: service_healthy
    networks: [front, back]
    command: >-
      nginx -g
      "daemon off;"
  db:
    image: postgres
    environment: {POSTGRES_PASSWORD: "\${PW:?needed}"}
    volumes:
    - data:/var/lib/postgresql/data:rw
    - ./init:/docker-entrypoint-initdb.d:ro
    healthcheck:
      test: ["CMD-SHELL", "pg_isready"]
      interval: 5s
  worker:
    extends:
      service: web
    build:
      context: .
      target: prod
      args: [A=1]
    secrets: [key]
    profiles: [jobs]

networks:
  front:
  back: {internal: true}
volumes:
  data:
secrets:
  key: {file: ./key.txt}
`,
  'services:\n    a:\n        image:   x\n\n\n        command: |\n           one\n             two\n        # why\n        ports:\n        -    "1:1"\n    b:\n        build: .\n',
  '{"services": {"a": {"image": "x", "ports": ["1:1"]}}}\n',
  'services: {a: {image: x, depends_on: [b]}, b: {image: y}}\n',
  'services:\r\n  a:\r\n    image: x\r\n    environment:\r\n      TEXT: "one\r\n        two"\r\n',
  '---\nservices:\n  a:\n    image: x\n---\nservices:\n  b:\n    image: y\n',
  'include:\n- a.yaml\n- path: [b.yaml, c.yaml]\n  env_file: x.env\nservices:\n  "quoted name": {image: x}\n  \'single\':\n    image: x\n',
];

/** A file of `count` services, 19 lines each. */
export function longFile(count: number): string {
  const services = Array.from(
    { length: count },
    (_, index) => `  web${index}:
    image: nginx:1.2\${TAG:-5}
    build:
      context: ./web
      args:
        A: "1"
    environment:
      FOO: bar
      BAZ: "\${QUX:-3}"
    ports:
      - "${8000 + index}:80"
    depends_on:
      - db
    volumes:
      - data:/var/lib/data
      - ./src:/app
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost"]
      interval: 10s
`,
  );
  return `services:\n${services.join('')}  db:\n    image: postgres:16\nvolumes:\n  data:\n`;
}
