/** A package repository for tests: made of packages that are built here, signed, and served to lab machines. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { must } from '../../engine/lab/command.ts';

/** One package to build. */
export interface TestPackage {
  readonly name: string;
  readonly version: string;
  /** Further fields of its control file. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Files by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Its maintainer script, run after it is unpacked. */
  readonly postinst?: string;
}

export interface TestRepository {
  /** Where machines find it. */
  readonly url: string;
  /** The public key, armoured. */
  readonly key: string;
  readonly keySha256: string;
  readonly fingerprint: string;
  /** Adds packages and signs anew. */
  publish(packages: readonly TestPackage[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens a flat repository on an address of this host; `folder` holds its files and its signing key. `at`: where in the server it is, and its key's name. */
export async function openRepository(folder: string, address: string, at: { readonly path: string; readonly key: string } = { path: '', key: 'key.asc' }): Promise<TestRepository> {
  const [served, home] = [path.join(folder, 'repository'), path.join(folder, 'gnupg')];
  const root = path.join(served, at.path);
  mkdirSync(root, { recursive: true });
  mkdirSync(home, { mode: 0o700 });
  await must(['gpg', '--homedir', home, '--batch', '--passphrase', '', '--quick-generate-key', 'kplay tests', 'ed25519', 'sign', 'never']);
  const key = await must(['gpg', '--homedir', home, '--armor', '--export']);
  writeFileSync(path.join(root, at.key), key);
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(await must(['gpg', '--homedir', home, '--with-colons', '--list-keys']))![1]!;
  const server = await serve(served, address);
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}/${at.path}`,
    key, fingerprint,
    keySha256: createHash('sha256').update(key).digest('hex'),
    async publish(packages) {
      for (const each of packages) await build(folder, root, each);
      await sign(root, home);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await must(['gpgconf', '--homedir', home, '--kill', 'all']);
    },
  };
}

async function build(folder: string, root: string, { name, version, fields = {}, files = {}, postinst }: TestPackage): Promise<void> {
  const tree = path.join(folder, 'tree');
  rmSync(tree, { recursive: true, force: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
    writeFileSync(path.join(tree, file), text);
  }
  mkdirSync(path.join(tree, 'DEBIAN'), { recursive: true });
  const control = { Package: name, Version: version, Architecture: 'all', Maintainer: 'kplay tests <tests@example.invalid>', Description: 'for tests', ...fields };
  writeFileSync(path.join(tree, 'DEBIAN/control'), Object.entries(control).map(([field, value]) => `${field}: ${value}\n`).join(''));
  if (postinst !== undefined) writeFileSync(path.join(tree, 'DEBIAN/postinst'), `#!/bin/sh\nset -e\n${postinst}\n`, { mode: 0o755 });
  await must(['dpkg-deb', '--root-owner-group', '--build', tree, path.join(root, `${name}_${version}_all.deb`)]);
}

async function sign(root: string, home: string): Promise<void> {
  const stanzas: string[] = [];
  for (const file of readdirSync(root).filter((name) => name.endsWith('.deb'))) {
    const bytes = readFileSync(path.join(root, file));
    const control = await must(['dpkg-deb', '--field', path.join(root, file)]);
    stanzas.push(`${control.trimEnd()}\nFilename: ./${file}\nSize: ${bytes.length}\nSHA256: ${createHash('sha256').update(bytes).digest('hex')}\n`);
  }
  const packages = stanzas.join('\n');
  writeFileSync(path.join(root, 'Packages'), packages);
  const sum = createHash('sha256').update(packages).digest('hex');
  writeFileSync(path.join(root, 'Release'), `Origin: kplay tests\nDate: ${new Date().toUTCString()}\nSHA256:\n ${sum} ${Buffer.byteLength(packages)} Packages\n`);
  rmSync(path.join(root, 'InRelease'), { force: true });
  await must(['gpg', '--homedir', home, '--batch', '--clearsign', '--output', path.join(root, 'InRelease'), path.join(root, 'Release')]);
}

async function serve(root: string, address: string): Promise<Server> {
  const server = createServer((request, response) => {
    const file = path.join(root, path.normalize(decodeURIComponent(request.url ?? '/')));
    try {
      const body = readFileSync(file);
      response.writeHead(200, { 'content-length': body.length }).end(request.method === 'HEAD' ? undefined : body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, address, resolve));
  return server;
}
