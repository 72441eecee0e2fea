/** What a machine takes over of this host's apt. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { distributionSources, fetchOptions, fetchOptionsBehind, readKeyrings, readSources } from '../../../engine/lab/apt.ts';
import { tempFolder } from '../../support/try-module.ts';

const list = (text: string): string => distributionSources([{ name: 'sources.list', text }], 'bookworm').list;
const stanzas = (text: string): string => distributionSources([{ name: 'a.sources', text }], 'bookworm').stanzas;

test('one-line sources of the distribution are kept, a vendor, a CD, source packages and comments are not', (t) => {
  const kept = 'deb http://mirror.test/debian bookworm main contrib\ndeb [signed-by=/k.gpg arch=amd64] https://mirror.test/security bookworm-security main\n';
  const left = '# deb http://mirror.test/debian bookworm main\ndeb cdrom:[Debian 12]/ bookworm main\ndeb file:/srv/debian bookworm main\n'
    + 'deb https://vendor.test/apt stable main\ndeb https://vendor.test/docker bookworm stable\ndeb-src http://mirror.test/debian bookworm main\n';
  t.is(list(kept + left), kept);
});

test('stanzas of the distribution are kept whole, switched off and foreign ones are not', (t) => {
  const kept = 'Types: deb deb-src\nURIs: http://mirror.test/debian\n http://second.test/debian\nSuites: bookworm bookworm-updates\nComponents: main non-free\nSigned-By: /usr/share/keyrings/a.gpg';
  const off = 'Enabled: no\nTypes: deb\nURIs: http://mirror.test/debian\nSuites: bookworm\nComponents: main';
  const vendor = 'Types: deb\nURIs: https://vendor.test/apt\nSuites: nodistro\nComponents: main';
  t.is(stanzas(`${kept}\n\n${off}\n\n${vendor}\n`), `${kept}\n`);
  t.is(stanzas(`# a comment\n${kept}\n`), `${kept}\n`);
});

test('the sources and the keyrings they name are read from their files', async (t) => {
  const apt = await tempFolder(t);
  mkdirSync(join(apt, 'sources.list.d'));
  mkdirSync(join(apt, 'trusted.gpg.d'));
  const key = join(apt, 'named.gpg');
  writeFileSync(key, 'named');
  writeFileSync(join(apt, 'trusted.gpg.d/usual.asc'), 'usual');
  writeFileSync(join(apt, 'sources.list.d/a.sources'), `Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm\nComponents: main\nSigned-By: ${key}\n`);
  writeFileSync(join(apt, 'sources.list.d/a.sources.disabled'), 'Types: deb\nURIs: http://off.test/\nSuites: bookworm\nComponents: main\n');
  const sources = readSources('bookworm', apt);
  t.regex(sources.stanzas, /mirror\.test/);
  t.notRegex(sources.stanzas, /off\.test/);
  t.deepEqual(readKeyrings(sources, apt).map(({ content }) => String(content)), ['named', 'usual']);
});

test('proxies and date checks are taken over, an environment proxy counts where apt has none', (t) => {
  const dump = 'APT::Architecture "amd64";\nAcquire::http::Proxy "http://127.0.0.1:3142";\nAcquire::Check-Date "false";\nAcquire::Languages "none";\nAcquire::http "";\n';
  t.deepEqual(fetchOptions(dump, { http_proxy: 'http://other.test:1', https_proxy: 'http://other.test:2' }), [
    'Acquire::http::Proxy "http://127.0.0.1:3142";', 'Acquire::Check-Date "false";', 'Acquire::https::Proxy "http://other.test:2";',
  ]);
});

test('a proxy on this host is the gateway to a machine, any other stays', (t) => {
  const behind = (proxy: string): string => fetchOptionsBehind([`Acquire::http::Proxy "${proxy}";`], '10.9.8.1')[0]!.slice(22, -2);
  t.is(behind('http://127.0.0.1:3142'), 'http://10.9.8.1:3142');
  t.is(behind('http://user:word@localhost:3142/'), 'http://user:word@10.9.8.1:3142/');
  t.is(behind('http://127.0.0.1.nip.test:3142'), 'http://127.0.0.1.nip.test:3142');
  t.is(behind('http://proxy.test:3142'), 'http://proxy.test:3142');
});
