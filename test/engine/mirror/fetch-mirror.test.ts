/** `kplay mirror fetch` by the command line: what comes, what is missing, what a run that was cut off leaves. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parseMirror } from '../../../engine/mirror/read-mirror.ts';
import { kplay, type Ran, type RunOptions } from '../../support/kplay.ts';
import { writeFiles } from '../../support/play.ts';
import { serve } from '../../support/web-server.ts';

const big = Buffer.alloc(3_000_000, 'kplay');
const sha256 = createHash('sha256').update(big).digest('hex');

const needs = `files:
  - {url: "{{ base }}/big", checksum: "sha256:${sha256}"}
  - {url: "{{ base }}/listed", checksum: "sha256:{{ base }}/SHA256SUMS"}
  - {url: "{{ base }}/gone", checksum: "sha256:${sha256}", when: with_gone is defined}
  - {url: "{{ base }}/unlisted", checksum: "sha256:{{ base }}/SHA256SUMS", when: with_gone is defined}
`;

async function folderFor(t: ExecutionContext): Promise<string> {
  return writeFiles(t, { hosts: 'h1\n', 'site.yml': '- hosts: all\n  roles: [one]\n', 'roles/one/meta/needs.yml': needs, 'roles/one/defaults/main.yml': 'mirror_url: ""\nbase: "{{ mirror_url }}/files.example/v1"\n', 'roles/one/tasks/main.yml': '- {command: "true"}\n' });
}

function fetch(folder: string, url: string, extra: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
  return kplay(['mirror', 'fetch', 'site.yml', '-i', 'hosts', '--platform', 'debian-12-amd64', '--to', 'mirror', '-e', JSON.stringify({ mirror_origins: { 'files.example': url } }), ...extra], { cwd: folder, ...options });
}

const listed = 'listed by its sum\n';
const answers: Readonly<Record<string, string | Buffer>> = { '/v1/big': big, '/v1/listed': listed, '/v1/SHA256SUMS': `${createHash('sha256').update(listed).digest('hex')}  ./listed\n` };

test('files lie under their upstream addresses, in a list with sums and sizes, and are not asked for again', async (t) => {
  const { url, asked } = await serve(t, (request, response) => { response.writeHead(answers[request.url] ? 200 : 404).end(answers[request.url]); });
  const folder = await folderFor(t);
  const first = await fetch(folder, url);
  t.is(first.code, 0, first.stderr);
  const mirror = parseMirror(readFileSync(path.join(folder, 'mirror/mirror.json'), 'utf8'), 'mirror.json');
  t.deepEqual(mirror.files.map(({ url: upstream, path: at, size }) => [upstream, at, size]), [
    ['https://files.example/v1/SHA256SUMS', 'files/files.example/v1/SHA256SUMS', answers['/v1/SHA256SUMS']!.length],
    ['https://files.example/v1/big', 'files/files.example/v1/big', big.length],
    ['https://files.example/v1/listed', 'files/files.example/v1/listed', listed.length],
  ]);
  t.is(mirror.files[1]!.sha256, sha256);
  t.regex(first.stdout, /3 files \(2\.9 MiB\), 0 images \(0 B\), 0 packages[^]*kplay mirror serve/);
  asked.length = 0;
  const second = await fetch(folder, url);
  t.is(second.code, 0);
  t.deepEqual(asked, []);
});

test('all that is missing is named with why, the rest is kept, and the exit code is 2', async (t) => {
  const { url } = await serve(t, (request, response) => { response.writeHead(answers[request.url] ? 200 : 404).end(answers[request.url]); });
  const folder = await folderFor(t);
  const ran = await fetch(folder, url, ['-e', 'with_gone=yes']);
  t.is(ran.code, 2);
  t.regex(ran.stderr, /2 things are missing[^]*https:\/\/files\.example\/v1\/gone: .*404[^]*https:\/\/files\.example\/v1\/unlisted: the file of sums .* has no SHA-256 of unlisted/);
  t.true(existsSync(path.join(folder, 'mirror/files/files.example/v1/listed')));
  t.is(parseMirror(readFileSync(path.join(folder, 'mirror/mirror.json'), 'utf8'), 'mirror.json').files.length, 3);
});

test('Ctrl-C ends it with 130 and keeps what came; the same command goes on from there', async (t) => {
  let stuck = true;
  const { url, asked } = await serve(t, (request, response) => {
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (request.url !== '/v1/big') response.end(answers[request.url]);
    else if (stuck) response.writeHead(200, { 'content-length': big.length }).write(big.subarray(0, 2_000_000));
    else response.writeHead(from > 0 ? 206 : 200, from > 0 ? { 'content-range': `bytes ${from}-${big.length - 1}/${big.length}` } : {}).end(big.subarray(from));
  });
  const folder = await folderFor(t);
  const part = path.join(folder, 'mirror/files/files.example/v1/big.part');
  const cut = await fetch(folder, url, [], {
    watch: (child) => {
      const timer = setInterval(() => {
        if (!existsSync(part) || readFileSync(part).length < 2_000_000) return;
        clearInterval(timer);
        child.kill('SIGINT');
      }, 50);
      child.on('close', () => clearInterval(timer));
    },
  });
  t.is(cut.code, 130, cut.stderr);
  t.regex(cut.stderr, /the same command goes on/);
  stuck = false;
  asked.length = 0;
  const again = await fetch(folder, url);
  t.is(again.code, 0, again.stderr);
  t.is(asked.find((request) => request.url === '/v1/big')!.headers.range, 'bytes=2000000-');
  t.true(readFileSync(path.join(folder, 'mirror/files/files.example/v1/big')).equals(big));
});
