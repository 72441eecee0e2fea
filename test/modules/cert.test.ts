import { execFile, execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { look } from '../../engine/module/carry-out.ts';
import type { Here, Module } from '../../engine/module/module.ts';
import { connectLocal } from '../../engine/session/local.ts';
import type { Probe, Session } from '../../engine/session/session.ts';
import cert from '../../modules/cert.ts';
import { tempFolder, tryModule, type Tried, type TryOptions } from '../support/try-module.ts';

const day = 86_400_000;
const openssl = (() => {
  try {
    return execFileSync('openssl', ['version']).toString();
  } catch {
    return undefined;
  }
})();
/** Tests that hold our certificates against openssl; without it they are skipped, and ava says so. */
const oracle = openssl === undefined ? test.skip : test;

interface Place {
  readonly folder: string;
  readonly base: Record<string, unknown>;
  readonly run: (asked?: Record<string, unknown>, options?: Partial<TryOptions>) => Promise<Tried>;
  readonly text: (name: string) => Promise<string>;
}

const connection = await connectLocal({ host: 'm1' });
const session: Session = await connection.session();
test.after.always(() => connection.close());

/** A folder that is both the controller (pki/) and the host (host/), and a server certificate asked for in it. */
async function place(t: ExecutionContext): Promise<Place> {
  const folder = await tempFolder(t);
  await mkdir(path.join(folder, 'host'));
  const base = {
    authority: path.join(folder, 'pki'), path: path.join(folder, 'host/tls.crt'), ca_path: path.join(folder, 'host/ca.crt'),
    profile: 'peer', common_name: 'm1', organization: ['ops'], dns: ['m1'], ip: ['10.0.0.1', 'FE80::0:1'],
  };
  return {
    folder, base,
    run: (asked = {}, options = {}) => tryModule(cert, { ...base, ...asked }, { session, ...options }),
    text: (name) => readFile(path.join(folder, name), 'utf8'),
  };
}

const later = (days: number): Partial<TryOptions> => ({ here: { now: () => Date.now() + days * day } });
const mode = async (file: string) => ((await stat(file)).mode & 0o7777).toString(8);

test('issues a certificate with a key, makes the authority for it, and finds nothing to do the second time', async (t) => {
  const { run, folder, text } = await place(t);
  const first = await run();
  t.deepEqual([first.kind, first.summaries], ['changed', [`issue ${folder}/host/tls.crt: there is none`, `create ${folder}/host/ca.crt (the certificate of the authority, which is made first)`]]);
  t.like(first.result, { days_left: 365, subject: 'CN=m1, O=ops', sans: ['DNS:m1', 'IP:10.0.0.1', 'IP:fe80::1'], authority_name: undefined });
  const issued = new X509Certificate(await text('host/tls.crt'));
  t.is(first.result['serial'], issued.serialNumber.toLowerCase());
  const second = await run();
  t.deepEqual([second.kind, second.summaries, second.result['reasons']], ['ok', [], []]);
  t.is(second.result['serial'], first.result['serial']);
  t.is(second.result['authority_days_left'], 3650);
});

test('keeps the key of the authority and of the leaf from other users, and the authority out of repositories', async (t) => {
  const { run, folder, text } = await place(t);
  await run();
  t.deepEqual(await Promise.all(['pki', 'pki/ca.key', 'pki/ca.crt', 'host/tls.key', 'host/tls.crt', 'host/ca.crt'].map((name) => mode(path.join(folder, name)))), ['700', '600', '644', '600', '644', '644']);
  t.deepEqual((await readdir(path.join(folder, 'pki'))).sort(), ['.gitignore', 'ca.crt', 'ca.key']);
  t.true((await text('pki/.gitignore')).split('\n').includes('*'));
  t.is(await text('host/ca.crt'), await text('pki/ca.crt'));
  t.deepEqual((await readdir(path.join(folder, 'host'))).sort(), ['ca.crt', 'tls.crt', 'tls.key']);
});

for (const keyType of ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048'] as const) {
  for (const authorityKey of ['ecdsa-p256', 'rsa-2048'] as const) {
    oracle(`openssl takes a ${keyType} leaf under a ${authorityKey} authority by its strict rules, for its purposes alone`, async (t) => {
      const { run, folder } = await place(t);
      const verify = (purpose: string) => promisify(execFile)('openssl', ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', `${folder}/pki/ca.crt`, `${folder}/host/tls.crt`]).then(() => true, () => false);
      for (const [profile, server, client] of [['server', true, false], ['client', false, true], ['peer', true, true]] as const) {
        const tried = await run({ key_type: keyType, authority_key_type: authorityKey, profile });
        t.is(tried.kind, 'changed', tried.message);
        t.deepEqual([await verify('sslserver'), await verify('sslclient')], [server, client], profile);
        const words = execFileSync('openssl', ['x509', '-in', `${folder}/host/tls.crt`, '-noout', '-ext', 'keyUsage,basicConstraints,subjectAltName,authorityKeyIdentifier,subjectKeyIdentifier']).toString();
        t.is(words.includes('Key Encipherment'), keyType.startsWith('rsa'));
        t.true(words.includes('CA:FALSE') && words.includes('X509v3 Authority Key Identifier'));
        t.true(words.includes('DNS:m1, IP Address:10.0.0.1, IP Address:FE80:0:0:0:0:0:0:1'));
        const own = execFileSync('openssl', ['pkey', '-in', `${folder}/host/tls.key`, '-pubout']).toString();
        t.is(own, execFileSync('openssl', ['x509', '-in', `${folder}/host/tls.crt`, '-noout', '-pubkey']).toString());
        t.is((await run({ key_type: keyType, profile })).kind, 'ok');
      }
    });
  }
}

/** title: what is asked the second time, and the reason that is given; undefined where nothing is to be issued. */
const second: Readonly<Record<string, readonly [Record<string, unknown>, RegExp | undefined, Partial<TryOptions>?]>> = {
  'another common name': [{ common_name: 'm2' }, /^its subject is CN=m1, O=ops, asked for is CN=m2, O=ops$/],
  'another organization': [{ organization: ['ops', 'dev'] }, /^its subject is CN=m1, O=ops, asked for is CN=m1, O=dev, O=ops$/],
  'one name more': [{ dns: ['m1', 'M1.example'] }, /^it lacks DNS:m1\.example$/],
  'one name less': [{ ip: ['10.0.0.1'] }, /^it names IP:fe80::1, which is not asked for$/],
  'the same names in another order and spelling': [{ dns: ['M1'], ip: ['fe80:0::1', '10.0.0.1'], subject_alt_names: ['m1', 'IP:10.0.0.1'] }, undefined],
  'another profile': [{ profile: 'client' }, /^its usages are server auth, client auth, digital signature; asked for are client auth, digital signature$/],
  'another type of key': [{ key_type: 'rsa-2048' }, /^its key is ecdsa-p256, asked for is rsa-2048$/],
  'another lifetime': [{ lifetime: 700 }, undefined],
  '334 days later': [{}, undefined, later(334)],
  '336 days later': [{}, /^it expires in 29 days \(renew_before 30\)$/, later(336)],
  '336 days later with less to renew before': [{ renew_before: 7 }, undefined, later(336)],
  '400 days later': [{}, /^it expired on 20\d\d-\d\d-\d\dT[0-9:]{8}Z$/, later(400)],
  'a clock that is behind the authority\'s': [{}, undefined, later(-1)],
  'force': [{ force: true }, /^asked for by force$/],
  'another mode': [{ mode: '0640' }, undefined],
};

for (const [title, [asked, reason, options]] of Object.entries(second)) {
  test(`${title}: ${reason ? 'issued anew, with the reason' : 'not issued anew'}`, async (t) => {
    const { run, text, folder } = await place(t);
    await run();
    const before = [await text('host/tls.crt'), await text('host/tls.key')];
    const foreseen = await run(asked, { ...options, check: true });
    t.deepEqual([await text('host/tls.crt'), await text('host/tls.key')], before);
    const tried = await run(asked, options);
    t.deepEqual(tried.summaries, foreseen.summaries);
    t.deepEqual(tried.result['reasons'], foreseen.result['reasons']);
    const reasons = tried.result['reasons'] as string[];
    if (reason) {
      t.is(tried.kind, 'changed');
      t.is(reasons.length, 1);
      t.regex(reasons[0]!, reason);
      t.is(tried.summaries[0], `re-issue ${folder}/host/tls.crt: ${reasons[0]}`);
    } else {
      t.deepEqual(reasons, []);
    }
    t.is((await text('host/tls.crt')) === before[0] && (await text('host/tls.key')) === before[1], reason === undefined);
    if (!asked['force']) t.is((await run(asked, options)).kind, 'ok');
  });
}

test('a certificate that is valid only later than now is a reason', async (t) => {
  const { run } = await place(t);
  await run({ path: undefined, ca_path: undefined, profile: undefined, common_name: undefined });
  await run({}, later(2));
  t.regex((await run()).result['reasons'] as string[] + '', /^it is valid only from /);
  t.is((await run()).kind, 'ok');
});

test('a key that does not belong to the certificate, or is gone, is a reason', async (t) => {
  const { run, folder } = await place(t);
  const key = path.join(folder, 'host/tls.key');
  await run();
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  for (const type of ['pkcs8', 'sec1'] as const) {
    await writeFile(key, stranger.export({ type, format: 'pem' }));
    t.deepEqual((await run({}, { check: true })).result['reasons'], ['its key on the host does not belong to it']);
  }
  await writeFile(key, 'not a key');
  t.deepEqual((await run({}, { check: true })).result['reasons'], ['its key on the host does not belong to it']);
  await rm(key);
  t.deepEqual((await run()).result['reasons'], ['its key is missing']);
  t.is((await run()).kind, 'ok');
});

test('an own key in any of the usual forms counts as the certificate\'s key', async (t) => {
  const { run, folder, text } = await place(t);
  for (const [keyType, forms] of [['ecdsa-p384', ['pkcs8', 'sec1']], ['rsa-3072', ['pkcs8', 'pkcs1']]] as const) {
    await run({ key_type: keyType });
    const { createPrivateKey } = await import('node:crypto');
    const made = await text('host/tls.key');
    t.regex(made, keyType.startsWith('rsa') ? /^-----BEGIN RSA PRIVATE KEY/ : /^-----BEGIN EC PRIVATE KEY/, 'the form that kubeadm hands on');
    const key = createPrivateKey(made);
    for (const form of forms) {
      const pem = key.export({ type: form as 'pkcs8', format: 'pem' }).toString();
      await writeFile(path.join(folder, 'host/tls.key'), form === 'pkcs8' ? pem : `a comment\r\n${pem.replaceAll('\n', '\r\n')}`);
      t.deepEqual((await run({ key_type: keyType })).result['reasons'], [], `${keyType} ${form}`);
    }
  }
});

test('another authority is a reason, and its certificate is put in place', async (t) => {
  const { run, folder, text } = await place(t);
  await run();
  await rm(path.join(folder, 'pki'), { recursive: true });
  const foreseen = await run({}, { check: true });
  t.deepEqual(foreseen.result['reasons'], ['its authority is made anew']);
  await run({ path: path.join(folder, 'host/other.crt'), ca_path: undefined });
  t.deepEqual((await run()).result['reasons'], [`it was not signed by the authority in ${folder}/pki`]);
  t.is(await text('host/ca.crt'), await text('pki/ca.crt'));
  t.is((await run()).kind, 'ok');
});

test('an authority of the same name does not pass for the one that signed', async (t) => {
  const { run, folder } = await place(t);
  await run({ authority_name: 'same' });
  await rm(path.join(folder, 'pki'), { recursive: true });
  await run({ authority_name: 'same', path: path.join(folder, 'host/other.crt') });
  t.deepEqual((await run({}, { check: true })).result['reasons'], [`it was not signed by the authority in ${folder}/pki`]);
});

test('near the end of its authority a certificate is not issued anew in every run, and a warning says why', async (t) => {
  const { run, base } = await place(t);
  await run({ authority_lifetime: 40, lifetime: 35 });
  const soon = later(20);
  const renewed = await run({ lifetime: 35, renew_before: 30 }, soon);
  t.is(renewed.result['days_left'], 20);
  t.is((await run({ lifetime: 35, renew_before: 30 }, soon)).kind, 'ok');
  const looked = await look({ module: cert as unknown as Module, params: cert.params.parse({ ...base, lifetime: 35 }), here: plainHere(Date.now() + 20 * day) }, session);
  t.regex(looked.kind === 'planned' ? looked.plan.warnings!.join() : '', /expires in 20 days, and every certificate under it with it/);
});

test('with keep_key a new certificate is signed for the old key, as long as that key is as asked', async (t) => {
  const { run, text } = await place(t);
  await run();
  const key = await text('host/tls.key');
  t.is((await run({ keep_key: true, dns: ['m2'] })).kind, 'changed');
  t.is(await text('host/tls.key'), key);
  await run({ keep_key: true, dns: ['m2'], key_type: 'ecdsa-p384' });
  t.not(await text('host/tls.key'), key);
  t.is((await run({ keep_key: true, dns: ['m2'], key_type: 'ecdsa-p384' })).kind, 'ok');
});

test('a bundle holds the authority\'s certificate after the leaf, and comes and goes without a new certificate', async (t) => {
  const { run, text } = await place(t);
  await run();
  const leaf = await text('host/tls.crt');
  t.deepEqual((await run({ bundle: true })).result['reasons'], []);
  t.is(await text('host/tls.crt'), leaf + (await text('pki/ca.crt')));
  t.is((await run({ bundle: true })).kind, 'ok');
  t.is((await run()).kind, 'changed');
  t.is(await text('host/tls.crt'), leaf);
});

test('mode and owner are set without a new certificate', async (t) => {
  const { run, folder } = await place(t);
  await run();
  await chmod(path.join(folder, 'host/tls.key'), 0o644);
  t.deepEqual((await run({ mode: 'u=rw,g=r,o=' })).summaries.map((each) => each.replace(folder, '')), ['set mode 0640 of /host/tls.crt', 'set mode 0600 of /host/tls.key', 'set mode 0640 of /host/ca.crt'].map((each) => each.replace(' /', ' /')));
  t.deepEqual([await mode(path.join(folder, 'host/tls.key')), await mode(path.join(folder, 'host/tls.crt'))], ['600', '640']);
});

test('absent removes the certificate and its key and leaves the authority', async (t) => {
  const { run, folder } = await place(t);
  await run();
  t.like(await run({ profile: undefined }), { kind: 'failed', message: 'a certificate needs profile: server, client or peer' });
  t.is((await run({ state: 'absent', profile: undefined, common_name: undefined })).kind, 'changed');
  t.deepEqual(await readdir(path.join(folder, 'host')), ['ca.crt']);
  t.is((await readdir(path.join(folder, 'pki'))).length, 3);
  t.is((await run({ state: 'absent' })).kind, 'ok');
});

test('the authority alone can be asked for', async (t) => {
  const { run, folder } = await place(t);
  const alone = { path: undefined, ca_path: undefined, profile: undefined, common_name: undefined, authority_name: 'kplay test' };
  t.deepEqual((await run(alone)).summaries, [`create the authority "kplay test" in ${folder}/pki on the controller, valid 3650 days`]);
  t.is((await run(alone)).kind, 'ok');
  const withFile = { ...alone, ca_path: path.join(folder, 'host/ca.crt'), mode: '0640' };
  t.deepEqual((await run(withFile)).summaries, [`create ${folder}/host/ca.crt (the authority's certificate)`]);
  t.is((await run(withFile)).kind, 'ok');
  t.is((await run({ ...withFile, mode: '0644' })).summaries.length, 1);
  t.regex(new X509Certificate(await readFile(path.join(folder, 'pki/ca.crt'))).subject, /^CN=kplay test$/);
});

test('many hosts at the same time get one authority', async (t) => {
  const { run, folder } = await place(t);
  const hosts = Array.from({ length: 12 }, (_, index) => ({ path: path.join(folder, `host/m${index}.crt`), ca_path: path.join(folder, `host/ca${index}.crt`), common_name: `m${index}` }));
  t.true((await Promise.all(hosts.map((asked) => run(asked)))).every((each) => each.kind === 'changed'));
  t.is(new Set(await Promise.all(hosts.map((asked) => readFile(asked.ca_path, 'utf8')))).size, 1);
  t.true((await Promise.all(hosts.map((asked) => run(asked)))).every((each) => each.kind === 'ok'));
});

test('runs at the same time get one authority, and leave nothing else behind', async (t) => {
  const { folder } = await place(t);
  const script = `import { ensureAuthority } from ${JSON.stringify(new URL('../../modules/shared/authority.js', import.meta.url).href)};
    const made = await ensureAuthority(process.argv[1], { name: 'x', keyType: 'ecdsa-p256', lifetime: 10 }, Date.now());
    process.stdout.write(made.certificate.fingerprint256);`;
  const prints = await Promise.all(Array.from({ length: 5 }, () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, path.join(folder, 'pki')])));
  t.is(new Set(prints.map((each) => each.stdout)).size, 1);
  t.deepEqual((await readdir(path.join(folder, 'pki'))).sort(), ['.gitignore', 'ca.crt', 'ca.key']);
});

test('a run that was killed after it made the authority\'s key is taken up where it ended', async (t) => {
  const { run, folder, text } = await place(t);
  await run();
  const key = await text('pki/ca.key');
  await rm(path.join(folder, 'pki/ca.crt'));
  await writeFile(path.join(folder, 'pki/.new-999999999-abc'), 'left');
  t.is((await run()).kind, 'changed');
  t.is(await text('pki/ca.key'), key);
  t.deepEqual((await readdir(path.join(folder, 'pki'))).sort(), ['.gitignore', 'ca.crt', 'ca.key']);
  t.is((await run()).kind, 'ok');
});

test('without the authority\'s key what fits is left alone and what does not fails with the reason', async (t) => {
  const { run, folder } = await place(t);
  await run();
  await rm(path.join(folder, 'pki/ca.key'));
  t.is((await run()).kind, 'ok');
  t.like(await run({ dns: ['m2'] }), { kind: 'failed', message: `there is no ca.key in ${folder}/pki, so no certificate can be signed` });
  t.is((await run({ dns: ['m2'] }, { check: true })).kind, 'failed');
});

test('an authority whose parts do not belong together is refused and left alone', async (t) => {
  const { run, folder, text } = await place(t);
  await run();
  await run({ authority: path.join(folder, 'other'), path: path.join(folder, 'host/other.crt') });
  await copyFile(path.join(folder, 'other/ca.key'), path.join(folder, 'pki/ca.key'));
  const before = await text('pki/ca.key');
  t.like(await run(), { kind: 'failed', message: `ca.key and ca.crt in ${folder}/pki do not belong together` });
  t.is(await text('pki/ca.key'), before);
  await copyFile(path.join(folder, 'host/other.crt'), path.join(folder, 'pki/ca.crt'));
  t.regex((await run()).message!, /is not a certificate of an authority/);
  await writeFile(path.join(folder, 'pki/ca.crt'), 'x');
  t.regex((await run()).message!, /is not a certificate in PEM/);
});

test('a folder that cannot be made on the controller fails the task with the reason', async (t) => {
  const { run, folder } = await place(t);
  await writeFile(path.join(folder, 'file'), '');
  const tried = await run({ authority: path.join(folder, 'file/pki') });
  t.is(tried.kind, 'failed');
  t.regex(tried.message!, /file\/pki cannot be made: .*/);
});

test('an expired authority signs nothing', async (t) => {
  const { run } = await place(t);
  await run({ authority_lifetime: 5, lifetime: 4 });
  t.regex((await run({}, later(6))).message!, /expired on .*/);
});

test('a private key is neither read from the host nor part of the plan', async (t) => {
  const { run, folder, text, base } = await place(t);
  await run();
  const key = (await text('host/tls.key')).split('\n')[1]!;
  const answers: string[] = [];
  const spy: Probe = {
    ...session, host: 'm1',
    ask: async (argv, options) => {
      const answer = await session.ask(argv, options);
      answers.push(argv.join(' '), answer.stdout.toString(), answer.stderr.toString());
      return answer;
    },
    stat: (at, options) => session.stat(at, options),
    read: async (at, options) => {
      t.not(at, path.join(folder, 'host/tls.key'));
      return session.read(at, options);
    },
  };
  const looked = await look({ module: cert as unknown as Module, params: cert.params.parse({ ...base, dns: ['m2'] }), here: plainHere(Date.now()) }, spy);
  t.is(looked.kind, 'planned');
  for (const seen of [...answers, JSON.stringify(looked)]) t.false(seen.includes(key) || seen.includes('PRIVATE KEY-----\n'));
});

test('the step that writes a private key is marked as secret and has the key\'s mode from the start', async (t) => {
  const { base } = await place(t);
  const looked = await look({ module: cert as unknown as Module, params: cert.params.parse(base), here: plainHere(Date.now()) }, session);
  const step = looked.kind === 'planned' ? looked.plan.changes[0]!.steps[0]! : undefined;
  const writes = step?.kind === 'compute' ? await step.steps() : [];
  t.like(writes[0], { kind: 'write', path: String(base['path']).replace('.crt', '.key'), secret: true, mode: '0600' });
  t.like(writes[1], { kind: 'write', path: String(base['path']), mode: '0644' });
});

const wrong: Readonly<Record<string, readonly [Record<string, unknown>, RegExp]>> = {
  'an IP address as a DNS name': [{ dns: ['10.0.0.1'] }, /expected a DNS name/],
  'a name with a blank': [{ dns: ['a b'] }, /expected a DNS name/],
  'something else as an IP address': [{ ip: ['10.0.0.300'] }, /expected an IP address/],
  'an unknown kind of name': [{ subject_alt_names: ['RID:1.2.3'] }, /expected DNS:name/],
  'a profile that does not exist': [{ profile: 'any' }, /peer/],
  'a common name of 65 characters': [{ common_name: 'x'.repeat(65) }, /64/],
};

for (const [title, [asked, message]] of Object.entries(wrong)) {
  test(`${title} is refused when the params are read`, async (t) => {
    const { base } = await place(t);
    const read = cert.params.safeParse({ ...base, ...asked });
    t.regex(JSON.stringify(read.error?.issues ?? ''), message);
  });
}

test('renew_before that is not less than the lifetime is refused', async (t) => {
  const { run } = await place(t);
  t.regex((await run({ lifetime: 7, renew_before: 7 })).message!, /would be issued anew in every run/);
  t.is((await run({ lifetime: 7 })).kind, 'changed');
  t.is((await run({ lifetime: 7 })).kind, 'ok');
});

test('a folder that is not there and a user that is not known are named, with the plan for check mode', async (t) => {
  const { run, folder } = await place(t);
  t.like(await run({ path: path.join(folder, 'none/tls.crt') }), { kind: 'missing', message: `the folder ${folder}/none is not on the host` });
  t.like(await run({ owner: 'nobody-of-this-name' }), { kind: 'missing', message: 'the host knows no user "nobody-of-this-name"' });
});

test('hostile text in a subject stays text', async (t) => {
  const { run, text } = await place(t);
  const name = '"$(reboot)", O=system:masters+CN=\\x';
  await run({ common_name: name, organization: ['a,b', 'ü/ö'] });
  t.is((await run({ common_name: name, organization: ['ü/ö', 'a,b'] })).kind, 'ok');
  const subject = new X509Certificate(await text('host/tls.crt')).toLegacyObject().subject as unknown as Record<string, unknown>;
  t.deepEqual([subject['CN'], subject['O']], [name, ['a,b', 'ü/ö']]);
});

function plainHere(now: number): Here {
  return { check: false, host: 'm1', path: (name: string) => name, now: () => now } as unknown as Here;
}
