/** Tokens and certificate keys: made by kubeadm, handed over through variables, hidden wherever they stand, taken away again. */
import test from 'ava';
import type { Connection, Result, Session, Target } from '../../engine/session/session.ts';
import { textOf } from '../../engine/session/session.ts';
import type { Run, Step } from '../../engine/session/step.ts';
import kubeadmToken from '../../modules/kubeadm_token.ts';
import type { NodeLook } from '../../modules/shared/kubeadm-look.ts';
import { idOfToken, newToken } from '../../modules/shared/kubeadm-token-text.ts';
import { makeStep, readMade, readTokens } from '../../modules/shared/kubeadm-tokens.ts';
import { readKubeadm } from '../../modules/shared/kubeadm-version.ts';
import { faultsIn } from '../support/kubeadm-api.ts';
import { fakeHost, newPki } from '../support/kubeadm-host.ts';
import { rows } from '../support/plan-rows.ts';
import { playFiles } from '../support/play.ts';

/** As kubeadm 1.20 prints them, the secret halves taken out as the question does. */
const listed = `{
    "kind": "BootstrapToken",
    "apiVersion": "output.kubeadm.k8s.io/v1alpha1",
    "creationTimestamp": null,
    "token": "abcdef",
    "description": "a node joins by kplay",
    "expires": "2026-11-20T23:00:00Z",
    "usages": [
        "authentication",
        "signing"
    ],
    "groups": [
        "system:bootstrappers:kubeadm:default-node-token"
    ]
}
{
    "kind": "BootstrapToken",
    "apiVersion": "output.kubeadm.k8s.io/v1alpha1",
    "creationTimestamp": null,
    "token": "ghijkl",
    "description": "Proxy for managing TTL for the kubeadm-certs secret",
    "expires": "2026-11-21T00:00:00Z"
}
`;

test('kubeadm\'s list of tokens is read, one object after the other', (t) => {
  t.deepEqual(readTokens(listed).map(({ id, expires, usages, holdsCertificates }) => [id, expires, usages.length, holdsCertificates]), [['abcdef', '2026-11-20T23:00:00Z', 2, false], ['ghijkl', '2026-11-21T00:00:00Z', 0, true]]);
  t.deepEqual(readTokens(''), []);
  t.throws(() => readTokens('<html>'), { message: /not a list of tokens/ });
});

test('a token of our own has the form that kubeadm wants, and is another each time', (t) => {
  const tokens = Array.from({ length: 50 }, newToken);
  for (const token of tokens) t.regex(token, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
  t.is(new Set(tokens).size, 50);
  t.is(idOfToken('abcdef.0123456789abcdef'), 'abcdef');
});

const kubeadm = readKubeadm('{"clientVersion":{"gitVersion":"v1.20.2"}}');
const flags = { 'etcd-servers': 'https://a:2379,https://b:2379', 'etcd-cafile': '/ca', 'etcd-certfile': '/c', 'etcd-keyfile': '/k' };
const apiServer = { image: 'r:5000/kube-apiserver:v1.20.1', flags };
const hash = `sha256:${'a'.repeat(64)}`;
const controlPlane: NodeLook = {
  kubeadm, kubelet: undefined, files: new Set(['/etc/kubernetes/admin.conf']), access: undefined, caHash: hash, adminServer: 'https://10.0.0.10:6443', manifests: { 'kube-apiserver': apiServer }, criSocket: '/run/c.sock', unfinished: undefined,
};
const makes = `case "$*" in
'certs certificate-key') printf '%064d\\n' 7;;
'token create'*) echo 'W1120 a warning' >&2; echo abcdef.0123456789abcdef;;
'init phase upload-certs'*) echo '[upload-certs] Storing';;
esac`;

test('a token and a key are made on the control plane, the key in no command line and in no file afterwards', async (t) => {
  const host = await fakeHost(t, makes);
  const [result] = await host.session.perform([makeStep({ ttl: 600, description: 'for w1', control_plane: true }, controlPlane, host.root)]);
  t.is(result!.code, 0, textOf(result!.stderr));
  const key = `${'0'.repeat(63)}7`;
  t.deepEqual(readMade(textOf(result!.stdout), true), { token: 'abcdef.0123456789abcdef', id: 'abcdef', certificate_key: key });
  const told = await host.told();
  t.regex(told[1]!, /^init phase upload-certs --upload-certs --skip-certificate-key-print --config \/run\/kplay-token\.\w{6}\/config\.yaml --kubeconfig \/etc\/kubernetes\/admin\.conf$/);
  t.is(told[2], 'token create --ttl 600s --description for w1 --kubeconfig /etc/kubernetes/admin.conf');
  t.false(told.join('\n').includes(key));
  t.deepEqual(await host.files('/run'), []);
  t.regex(await host.read('/config.mode'), /^600\n700\n/);
  const config = await host.read('/config');
  t.deepEqual(faultsIn(config, 20), []);
  t.regex(config, new RegExp(`^certificateKey: "${key}"\n`), 'quoted: one of digits alone would be a number');
  t.regex(config, /kubernetesVersion: v1\.20\.1\n/, 'named, so that kubeadm does not ask the internet');
  t.regex(config, /endpoints:\n {4}- https:\/\/a:2379\n {4}- https:\/\/b:2379\n {4}caFile: \/ca\n {4}certFile: \/c\n {4}keyFile: \/k\n/, 'an etcd of its own is known from the API server\'s flags');
  t.regex(config, /criSocket: \/run\/c\.sock/);
});

test('without control planes no certificate is uploaded', async (t) => {
  const host = await fakeHost(t, makes);
  const [result] = await host.session.perform([makeStep({ ttl: 60, description: 'x', control_plane: false }, controlPlane, host.root)]);
  t.deepEqual(readMade(textOf(result!.stdout), false), { token: 'abcdef.0123456789abcdef', id: 'abcdef' });
  t.is((await host.told()).length, 1);
});

test('what kubeadm complains of is told, and nothing that it has made', async (t) => {
  const host = await fakeHost(t, `case "$*" in 'certs certificate-key') printf '%064d\\n' 7;; *) echo 'cannot reach the API' >&2; echo 'To see the stack trace' >&2; exit 1;; esac`);
  const [result] = await host.session.perform([makeStep({ ttl: 60, description: 'x', control_plane: true }, controlPlane, host.root)]);
  t.deepEqual([result!.code, textOf(result!.stdout), textOf(result!.stderr)], [1, '', 'cannot reach the API']);
  t.throws(() => readMade('', false), { message: 'kubeadm made no token that can be read' });
  t.throws(() => readMade('@token\n abcdef.0123456789abcdef\n@key\n \n', true), { message: 'kubeadm made no certificate key that can be read' });
});

const found = (more: Partial<{ look: NodeLook; tokens: ReturnType<typeof readTokens>; isForeseen: boolean }> = {}) => ({ look: controlPlane, tokens: readTokens(listed), isForeseen: false, ...more });
const nowhere: NodeLook = { ...controlPlane, adminServer: undefined, caHash: undefined, manifests: {} };

rows<ReturnType<typeof found>>('kubeadm_token', kubeadmToken, {
  'makes a token for an hour': { given: found(), asked: {}, says: ['make a token that is good for 3600 s'], result: { server: '10.0.0.10:6443', ca_cert_hashes: [hash] } },
  'uploads certificates for control planes': { given: found(), asked: { control_plane: true, ttl: 600 }, says: ['make a token that is good for 600 s, and upload the certificates of the control plane'] },
  'makes nothing where nothing is needed, and tells of the cluster': { given: found(), asked: { needed: false }, says: [], result: { server: '10.0.0.10:6443', ca_cert_hashes: [hash] } },
  'lists tokens': { given: found(), asked: { state: 'list' }, says: [], result: { tokens: readTokens(listed) } },
  'deletes a token by its id': { given: found(), asked: { state: 'absent', id: 'abcdef' }, says: ['delete the token abcdef'] },
  'deletes what was made, the uploaded certificates too': { given: found(), asked: { state: 'absent', material: { id: 'abcdef', token: 'abcdef.0123456789abcdef', certificate_key: 'f'.repeat(64), changed: true } }, says: ['delete the token abcdef', 'delete the uploaded certificates'] },
  'leaves certificates alone that another task has uploaded': { given: found(), asked: { state: 'absent', material: { id: 'abcdef' } }, says: ['delete the token abcdef'] },
  'finds nothing to delete where nothing was made': { given: found(), asked: { state: 'absent', material: { changed: false, server: '10.0.0.10:6443' } }, says: [] },
  'finds nothing to delete the second time': { given: found({ tokens: [] }), asked: { state: 'absent', id: 'abcdef' }, says: [] },
  'foresees in a dry run that it deletes what it would have made': { given: found(), asked: { state: 'absent', material: { changed: true } }, check: true, says: ['delete the token that is made for this'] },
  'needs to know what to delete': { given: found(), asked: { state: 'absent' }, fails: /needs an id, or the material/ },
  'works on a control plane alone': { given: found({ look: nowhere }), asked: {}, fails: /^missing path \/etc\/kubernetes\/admin\.conf: this host is no control plane/, says: ['make a token that is good for 3600 s'] },
  'is foreseen in a dry run on a control plane that an earlier task makes': { given: found({ look: nowhere, isForeseen: true }), asked: {}, check: true, says: ['make a token that is good for 3600 s'] },
});

test('a token lives an hour at most', (t) => {
  t.true(kubeadmToken.params.safeParse({ ttl: 3600 }).success);
  t.false(kubeadmToken.params.safeParse({ ttl: 3601 }).success);
});

const secretToken = 'abcdef.fedcba9876543210';
const secretKey = 'c0ffee'.repeat(10).padEnd(64, '7');

/** Two hosts of which nothing is real: cp is a control plane, w1 is bare and joins. */
async function stage(joinFails = false) {
  const ca = Buffer.from((await pki).ca).toString('base64');
  const state = { w1: false, steps: [] as Step[] };
  const answer = (code: number, stdout: string, stderr = ''): Result => ({ code, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr), truncated: false, duration: 1 });
  const ask = (host: string) => async (argv: readonly string[]): Promise<Result> => {
    const script = argv[2] ?? '';
    const lines = [`@kubeadm`, ' {"clientVersion":{"gitVersion":"v1.20.2"}}', '@files'];
    if (script.includes('kubeadm token list')) return answer(0, host === 'cp' ? `@tokens\n${listed.replace(/^/gm, ' ')}\n@end\n` : '@end\n');
    if (host === 'cp') return answer(0, [...lines, ' /etc/kubernetes/admin.conf', '@admin', ' server https://10.0.0.10:6443', '@ca', ...(await pki).ca.split('\n').map((line) => ` ${line}`), '@end', ''].join('\n'));
    if (!state.w1) return answer(0, [...lines, '@end', ''].join('\n'));
    const client = Buffer.from(await (await pki).leaf('system:node:w1', ['system:nodes'])).toString('base64');
    return answer(0, [...lines, ' /etc/kubernetes/kubelet.conf', '@access', ' server https://10.0.0.10:6443', ` certificate-authority-data ${ca}`, ` client-certificate-data ${client}`, '@end', ''].join('\n'));
  };
  const perform = (host: string): Session['perform'] => async (steps, options) => steps.map((step) => {
    state.steps.push(step);
    const run = step as Run;
    const made = host === 'cp' && run.stdin !== undefined;
    const said = made ? `@token\n ${secretToken}\n@key\n ${secretKey}\n` : `kubeadm says ${secretToken}\n`;
    if (!run.quiet) options?.onOutput?.(said, 'stdout');
    if (host === 'w1' && !joinFails) state.w1 = true;
    const code = host === 'w1' && joinFails ? 1 : 0;
    return { ...answer(code, said, code === 0 ? '' : `error execution phase kubelet-start: ${secretToken} and ${secretKey} are of no use`), step, ok: true };
  });
  const connect = async (target: Target): Promise<Connection> => {
    const session: Session = { host: target.host, ask: ask(target.host), stat: async () => undefined, read: async () => undefined, perform: perform(target.host), performTogether: () => [] };
    return { host: target.host, session: async () => session, opened: () => true, idle: () => 0, reset: async () => undefined, close: async () => undefined };
  };
  return { state, connect };
}

const pki = newPki();
const files = {
  hosts: 'cp\nw1\n',
  'site.yml': `- hosts: w1
  gather_facts: false
  tasks:
    - {name: Look, kubeadm_info: {}, register: node}
    - {name: Make, kubeadm_token: {needed: "{{ not node.joined }}", control_plane: true}, delegate_to: cp, register: pass}
    - {name: Show, debug: {var: pass}}
    - {name: Join, kubeadm_join: {material: "{{ pass }}", control_plane: true}}
    - {name: Clear, kubeadm_token: {state: absent, material: "{{ pass }}"}, delegate_to: cp}
`,
};

test('a pass is made, used and taken away, and is not to be seen in any event', async (t) => {
  const { state, connect } = await stage();
  const played = await playFiles(t, files, { connect, verbosity: 3 });
  t.deepEqual(played.told, ['w1 Look: ok', 'w1 Make: changed', 'w1 Show: ok', 'w1 Join: changed', 'w1 Clear: changed']);
  const events = JSON.stringify(played.events);
  t.false(events.includes(secretToken.slice(7)), 'the token');
  t.false(events.includes(secretKey), 'the key');
  t.true(events.includes('kubeadm says ********'), 'even where kubeadm itself says it');
  const join = state.steps.find((step) => step.kind === 'run' && String(step.stdin).includes('JoinConfiguration')) as Run;
  t.true(String(join.stdin).includes(`token: ${secretToken}`) && String(join.stdin).includes(`certificateKey: ${secretKey}`));
  t.false(state.steps.some((step) => step.kind === 'run' && (step.script ?? '').includes(secretToken)), 'in no script, which is an argument of its shell');
  t.true(state.steps.some((step) => step.kind === 'run' && step.script?.includes('kubeadm token delete')));
});

test('once the host is in the cluster nothing is made, and nothing changes', async (t) => {
  const { state, connect } = await stage();
  state.w1 = true;
  const played = await playFiles(t, { ...files, 'site.yml': files['site.yml'].replace(', control_plane: true}}', '}}') }, { connect });
  t.deepEqual(played.told, ['w1 Look: ok', 'w1 Make: ok', 'w1 Show: ok', 'w1 Join: ok', 'w1 Clear: ok']);
  t.deepEqual(state.steps, []);
});

test('a dry run foretells the same changes, and makes nothing', async (t) => {
  const { state, connect } = await stage();
  const played = await playFiles(t, files, { connect, check: true });
  t.deepEqual(played.told, ['w1 Look: ok', 'w1 Make: changed', 'w1 Show: ok', 'w1 Join: changed', 'w1 Clear: changed']);
  t.deepEqual(state.steps, []);
});

test('a join that fails tells why, with the pass hidden', async (t) => {
  const { connect } = await stage(true);
  const played = await playFiles(t, files, { connect });
  const { failure } = played.outcome('w1', 'Join');
  t.is(failure?.message, 'kubeadm join failed: phase kubelet-start: ******** and ******** are of no use');
  t.false(JSON.stringify(played.events).includes(secretToken.slice(7)));
});

test('secrets within a param\'s mapping are hidden though they come from elsewhere', async (t) => {
  const { connect } = await stage(true);
  const own = { ...files, 'site.yml': `- hosts: w1\n  gather_facts: false\n  tasks:\n    - {name: Join, kubeadm_join: {material: {server: "a:1", ca_cert_hashes: ["${hash}"], token: "${secretToken}", certificate_key: "${secretKey}"}, control_plane: true}}\n` };
  const played = await playFiles(t, own, { connect });
  const { failure } = played.outcome('w1', 'Join');
  t.is(failure?.message, 'kubeadm join failed: phase kubelet-start: ******** and ******** are of no use');
  t.is((failure?.params as { material: unknown }).material, '********');
});
