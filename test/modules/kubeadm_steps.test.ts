/** The steps that run kubeadm, for real, with a program in kubeadm's place and a folder in place of the host's /. */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { ModuleFailure } from '../../engine/module/change.ts';
import { textOf, type StepResult } from '../../engine/session/session.ts';
import type { Run } from '../../engine/session/step.ts';
import { complaintOf, judgeKubeadm } from '../../modules/shared/kubeadm-failure.ts';
import { finishWorkerStep, goingOn } from '../../modules/shared/kubeadm-finish.ts';
import { leaveEtcdStep, resetStep } from '../../modules/shared/kubeadm-reset.ts';
import { kubeadmStep, leaveStep, untilOldNodeIsGone, upgradeStep } from '../../modules/shared/kubeadm-steps.ts';
import { fakeHost, type FakeHost } from '../support/kubeadm-host.ts';

const marker = '/etc/kubernetes/.kubeadm-unfinished';
/** Takes away what kubeadm reset does, and no more. */
const resets = `[ "$1" = reset ] && { rm -rf "$root"/etc/kubernetes/manifests/* "$root"/etc/kubernetes/pki/* "$root"/etc/kubernetes/*.conf "$root"/var/lib/kubelet/*; exit 0; }\n`;

async function perform(host: FakeHost, step: Run): Promise<StepResult> {
  const [result] = await host.session.perform([step]);
  return result!;
}

const exists = (host: FakeHost, file: string): Promise<boolean> => stat(`${host.root}${file}`).then(() => true, () => false);

test('kubeadm reads its configuration from a file that nobody else can read, and that is gone afterwards', async (t) => {
  const host = await fakeHost(t, 'ls "$root/etc/kubernetes/.kubeadm-unfinished" | sed "s|$root||"; exit 0');
  const secret = 'abcdef.0123456789abcdef';
  const result = await perform(host, kubeadmStep({ verb: 'join', words: ['join'], config: `token: ${secret}\n`, root: host.root }));
  t.is(result.code, 0, textOf(result.stderr));
  t.is(await host.read('/config'), `token: ${secret}\n`);
  t.is(await host.read('/config.mode'), '600\n700\n0022\n', 'and kubeadm itself runs under the usual umask');
  t.deepEqual(await host.files('/run'), []);
  const told = await host.told();
  t.regex(told[0]!, /^join --config \/run\/kplay-kubeadm\.\w{6}\/config\.yaml$/);
  t.false(told.join('\n').includes(secret));
  t.is(textOf(result.stdout), marker, 'while it runs, it counts as unfinished');
  t.false(await exists(host, marker));
});

test('no word of the configuration is in any command line while kubeadm runs', async (t) => {
  const host = await fakeHost(t, 'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; echo; done 2>/dev/null');
  const result = await perform(host, kubeadmStep({ verb: 'join', words: ['join'], config: 'token: abcdef.0123456789abcdef\n', root: host.root }));
  const lines = textOf(result.stdout);
  t.true(lines.includes('kplay-kubeadm.'));
  t.false(lines.includes('0123456789abcdef'));
});

test('what kubeadm says is heard, its complaint without the line about a stack', async (t) => {
  const host = await fakeHost(t, 'echo "[init] Using Kubernetes version: v1.20.2"; echo "error execution phase wait-control-plane: no luck" >&2; echo "To see the stack trace of this error execute with --v=5 or higher" >&2; exit 1');
  const result = await perform(host, kubeadmStep({ verb: 'init', words: ['init', '--skip-token-print'], config: 'a: 1\n', root: host.root }));
  t.deepEqual([result.code, result.ok, textOf(result.stdout), textOf(result.stderr)], [1, true, '[init] Using Kubernetes version: v1.20.2', 'error execution phase wait-control-plane: no luck']);
  t.deepEqual(await host.files('/run'), []);
});

test('what fails stays unfinished, with the files that were there before it; a check that says no has begun nothing', async (t) => {
  const host = await fakeHost(t, 'case $(cat "$config") in check*) echo "error execution phase preflight: [preflight] Some fatal errors occurred:" >&2;; *) echo "error execution phase kubelet-start: x" >&2;; esac; exit 1');
  await host.write('/etc/kubernetes/pki/ca.crt', 'ours');
  await host.write('/etc/kubernetes/manifests/haproxy.yaml', 'ours');
  await host.write('/var/lib/etcd/member/x', '');
  await perform(host, kubeadmStep({ verb: 'join', words: ['join'], config: 'check\n', root: host.root }));
  t.false(await exists(host, marker));
  await perform(host, kubeadmStep({ verb: 'join', words: ['join'], config: 'else\n', root: host.root }));
  const [verb, ...before] = (await host.read(marker)).trim().split('\n');
  t.deepEqual([verb, before.sort()], ['join', ['/etc/kubernetes/manifests/haproxy.yaml', '/etc/kubernetes/pki/ca.crt', '/var/lib/etcd/member']]);
});

test('a run that goes on keeps what was known of the time before, another begins anew', async (t) => {
  const host = await fakeHost(t, 'cp "$root/etc/kubernetes/.kubeadm-unfinished" "$root/seen"');
  await host.write('/etc/kubernetes/kubelet.conf', 'x');
  await host.write(marker, 'init\n/etc/kubernetes/pki/ca.crt\n');
  await perform(host, kubeadmStep({ verb: 'init', words: ['init'], config: '', goesOn: true, root: host.root }));
  t.is(await host.read('/seen'), 'init\n/etc/kubernetes/pki/ca.crt\n');
  await host.write(marker, 'init\n/etc/kubernetes/pki/ca.crt\n');
  await perform(host, kubeadmStep({ verb: 'join', words: ['join'], config: '', root: host.root }));
  t.is(await host.read('/seen'), 'join\n/etc/kubernetes/kubelet.conf\n');
});

test('what comes after kubeadm happens only where it ended well', async (t) => {
  const host = await fakeHost(t, '[ "$1" = token ] && exit 0; [ "$(cat "$config")" = good ]');
  const then = '\nkubeadm token delete abcdef --kubeconfig "$k/admin.conf" >/dev/null 2>&1 || :';
  await perform(host, kubeadmStep({ verb: 'init', words: ['init'], config: 'bad\n', then, root: host.root }));
  t.is((await host.told()).length, 1);
  await perform(host, kubeadmStep({ verb: 'init', words: ['init'], config: 'good\n', then, root: host.root }));
  t.is((await host.told()).at(-1), 'token delete abcdef --kubeconfig /etc/kubernetes/admin.conf');
});

test('a run that is killed in the middle leaves word of itself and no secret', async (t) => {
  const host = await fakeHost(t, 'echo half > "$root/etc/kubernetes/kubelet.conf"; touch "$root/begun"; sleep 30');
  const { script, stdin } = kubeadmStep({ verb: 'join', words: ['join'], config: 'token: secret\n', root: host.root });
  const child = spawn('/bin/sh', ['-c', script!], { detached: true, env: { PATH: `${host.root}/usr/bin:${process.env['PATH']}` }, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(stdin);
  while (!(await exists(host, '/begun'))) await new Promise((resolve) => setTimeout(resolve, 20));
  t.is((await host.files('/run')).length, 2);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  process.kill(-child.pid!, 'SIGTERM');
  await ended;
  t.deepEqual(await host.files('/run'), []);
  t.is(await host.read(marker), 'join\n');
});

test('what a run that could not clean up has left is cleaned up by the next', async (t) => {
  const host = await fakeHost(t, 'exit 0');
  await host.write('/run/kplay-kubeadm.AbCdEf/config.yaml', 'token: secret\n');
  await perform(host, kubeadmStep({ verb: 'join', words: ['join'], config: '', root: host.root }));
  t.deepEqual(await host.files('/run'), []);
});

/** What a join that was cut off has left, beside what a user had put there before. */
async function putLeftovers(host: FakeHost): Promise<void> {
  await host.write('/etc/kubernetes/pki/ca.crt', 'of the user', 0o640);
  await host.write('/etc/kubernetes/pki/etcd/ca.crt', 'of the user too');
  await host.write('/etc/kubernetes/manifests/haproxy.yaml', 'of the user as well');
  await host.write('/etc/kubernetes/bootstrap-kubelet.conf', 'half');
  await host.write('/etc/kubernetes/pki/sa.key', 'made');
  await host.write('/var/lib/kubelet/config.yaml', 'made');
  await host.write(marker, 'join\n/etc/kubernetes/pki/ca.crt\n/etc/kubernetes/pki/etcd/ca.crt\n/etc/kubernetes/manifests/haproxy.yaml\n/etc/kubernetes/gone\n/etc/passwd\n');
}

test('cleaning up takes what kubeadm has made, and leaves what was there before with its mode', async (t) => {
  const host = await fakeHost(t, resets);
  await putLeftovers(host);
  await host.session.perform([{ kind: 'run', argv: ['chmod', '0755', `${host.root}/etc/kubernetes`, `${host.root}/etc`] }]);
  const result = await perform(host, leaveStep('unix:///run/x.sock', host.root));
  t.is(result.code, 0, textOf(result.stderr));
  t.deepEqual(await host.files('/etc/kubernetes'), ['/etc/kubernetes/manifests/haproxy.yaml', '/etc/kubernetes/pki/ca.crt', '/etc/kubernetes/pki/etcd/ca.crt']);
  t.is(await host.read('/etc/kubernetes/pki/ca.crt'), 'of the user');
  t.is(((await stat(`${host.root}/etc/kubernetes/pki/ca.crt`)).mode & 0o7777).toString(8), '640');
  t.is(((await stat(`${host.root}/etc/kubernetes`)).mode & 0o7777).toString(8), '755');
  t.deepEqual(await host.told(), ['reset --force --cri-socket=unix:///run/x.sock --kubeconfig=/nowhere'], 'and the cluster is not asked');
  t.deepEqual(await host.files('/var/lib/kubelet'), []);
});

test('cleaning up that was itself cut off is finished by the next, and loses nothing', async (t) => {
  const host = await fakeHost(t, resets);
  await putLeftovers(host);
  await host.write('/etc/kubernetes/.kubeadm-kept.AbCdEf/etc/kubernetes/pki/ca.crt', 'of the user');
  await host.session.perform([{ kind: 'remove', path: `${host.root}/etc/kubernetes/pki` }]);
  t.is((await perform(host, leaveStep('', host.root))).code, 0);
  t.deepEqual(await host.files('/etc/kubernetes'), ['/etc/kubernetes/manifests/haproxy.yaml', '/etc/kubernetes/pki/ca.crt']);
  t.is(await host.read('/etc/kubernetes/pki/ca.crt'), 'of the user');
});

test('where kubeadm cannot reset, what was there before is kept and the host stays unfinished', async (t) => {
  const host = await fakeHost(t, 'echo "found multiple CRI endpoints on the host" >&2; echo "To see the stack trace of this error" >&2; exit 1');
  await putLeftovers(host);
  const result = await perform(host, leaveStep('', host.root));
  t.deepEqual([result.code, result.ok, textOf(result.stderr)], [1, false, 'found multiple CRI endpoints on the host']);
  t.true(await exists(host, marker));
  t.is(await host.read('/etc/kubernetes/pki/ca.crt'), 'of the user');
});

test('a machine that was made anew joins under its old name once the cluster has noticed', async (t) => {
  const host = await fakeHost(t, `${resets}
[ -e "$root/tried" ] && { cp "$root/etc/kubernetes/.kubeadm-unfinished" "$root/seen"; exit 0; }
touch "$root/tried"; echo made > "$root/etc/kubernetes/bootstrap-kubelet.conf"
echo 'error execution phase kubelet-start: a Node with name "w1" and status "Ready" already exists in the cluster. You must delete the existing Node' >&2; exit 1`);
  await host.write('/usr/bin/sleep', '#!/bin/sh\n', 0o755);
  await host.write('/etc/kubernetes/pki/ca.crt', 'of the user');
  const result = await perform(host, kubeadmStep({ verb: 'join', words: ['join'], config: '', how: untilOldNodeIsGone, root: host.root }));
  t.is(result.code, 0, textOf(result.stderr));
  t.regex(textOf(result.stdout), /^the cluster still takes the former node of this name for ready/);
  t.deepEqual((await host.told()).map((line) => line.split(' ')[0]), ['join', 'reset', 'join']);
  t.is(await host.read('/seen'), 'join\n/etc/kubernetes/pki/ca.crt\n');
  t.is(await host.read('/etc/kubernetes/pki/ca.crt'), 'of the user');
});

test('another failure of a join is not tried again', async (t) => {
  const host = await fakeHost(t, 'echo "error execution phase kubelet-start: timed out" >&2; exit 1');
  t.is((await perform(host, kubeadmStep({ verb: 'join', words: ['join'], config: '', how: untilOldNodeIsGone, root: host.root }))).code, 1);
  t.is((await host.told()).length, 1);
});

test('a worker\'s join that was cut off is finished: its kubelet runs, its node says which runtime it has', async (t) => {
  const host = await fakeHost(t, '');
  await host.write('/etc/kubernetes/bootstrap-kubelet.conf', 'x');
  await host.write(marker, 'join\n');
  t.is((await perform(host, finishWorkerStep('w1', 'unix:///c.sock', host.root))).code, 0);
  t.deepEqual(await host.files('/etc/kubernetes'), []);
  const told = await host.told();
  t.is(told[0], 'systemctl start kubelet');
  t.regex(told[1]!, /^kubectl --kubeconfig=\/etc\/kubernetes\/kubelet\.conf .* get node w1 /);
  t.regex(told[2]!, / annotate node w1 kubeadm\.alpha\.kubernetes\.io\/cri-socket=unix:\/\/\/c\.sock$/);
  await host.write('/kubectl', 'echo unix:///c.sock');
  await perform(host, finishWorkerStep('w1', 'unix:///c.sock', host.root));
  t.is((await host.told()).length, 5, 'a node that says so already is left alone');
});

test('a control plane\'s join that was cut off goes on by kubeadm once the node says which runtime it has', async (t) => {
  const host = await fakeHost(t, '');
  await host.write(marker, 'join\n');
  await host.write('/kubectl', 'case "$*" in *" get node "*) [ -e "$root/asked" ] || { touch "$root/asked"; exit 1; };; esac'.replaceAll('$root', host.root));
  await host.write('/usr/bin/sleep', '#!/bin/sh\n', 0o755);
  const result = await perform(host, kubeadmStep({ verb: 'join', words: ['join'], config: '', goesOn: true, how: goingOn("cp 'x", '/run/c.sock'), root: host.root }));
  t.is(result.code, 0, textOf(result.stderr));
  t.deepEqual((await host.told()).map((line) => line.replace(/ --config .*| --(kubeconfig|request)\S*| -o.*/g, '')), [
    'systemctl start kubelet', "kubectl get node cp 'x", "kubectl get node cp 'x", "kubectl annotate node cp 'x kubeadm.alpha.kubernetes.io/cri-socket=/run/c.sock", 'join',
  ]);
  t.false(await exists(host, marker));
});

test('an upgrade that fails stays unfinished, one that ends well does not, a plan begins nothing', async (t) => {
  const host = await fakeHost(t, '[ -e "$root/works" ] || { echo "[upgrade/apply] FATAL: x" >&2; exit 1; }');
  t.is((await perform(host, upgradeStep('plan', 'v1.21.0', [], { root: host.root }))).code, 1);
  t.false(await exists(host, marker));
  t.is((await perform(host, upgradeStep('apply', 'v1.21.0', ['--yes'], { root: host.root }))).code, 1);
  t.regex(await host.read(marker), /^upgrade\n/);
  await host.write('/works', '');
  t.is((await perform(host, upgradeStep('node', 'v1.21.0', [], { root: host.root }))).code, 0);
  t.false(await exists(host, marker));
  t.deepEqual(await host.told(), ['upgrade plan v1.21.0', 'upgrade apply v1.21.0 --yes', 'upgrade node']);
});

test('a member that cannot leave etcd stops the reset, though kubeadm but warns', async (t) => {
  const warns = (text: string) => `echo 'W1120 removeetcdmember.go:80] [reset] ${text}' >&2; exit 0`;
  for (const text of ['failed to remove etcd member: context deadline exceeded, please manually remove it', 'Unable to fetch the kubeadm-config ConfigMap from cluster: x']) {
    const host = await fakeHost(t, warns(text));
    const result = await perform(host, leaveEtcdStep(host.root));
    t.is(result.code, 1);
    t.regex(textOf(result.stderr), new RegExp(`nothing is taken away .*: ${text.slice(0, 30)}`));
  }
  const host = await fakeHost(t, 'exit 0');
  t.is((await perform(host, leaveEtcdStep(host.root))).code, 0);
  t.deepEqual(await host.told(), ['reset phase remove-etcd-member --kubeconfig /etc/kubernetes/admin.conf']);
});

test('a reset leaves nothing of ours either', async (t: ExecutionContext) => {
  const host = await fakeHost(t, resets);
  await putLeftovers(host);
  await host.write('/etc/kubernetes/.kubeadm-kept.AbCdEf/x', '');
  t.is((await perform(host, resetStep({ cri_socket: '/run/c.sock', ignore_preflight_errors: ['a', 'b'] }, host.root))).code, 0);
  t.deepEqual(await host.files('/etc/kubernetes'), []);
  t.deepEqual(await host.told(), ['reset --force --cri-socket=/run/c.sock --kubeconfig=/nowhere --ignore-preflight-errors=a,b'], 'and the cluster is not asked');
});

const complaints: readonly (readonly [string, number, string, string, string | undefined])[] = [
  ['checks', 1, 'error execution phase preflight: [preflight] Some fatal errors occurred:\n\t[ERROR Swap]: running with swap on is not supported. Please disable swap\n\t[ERROR Port-6443]: Port 6443 is in use\n[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`\nTo see the stack trace of this error execute with --v=5 or higher', 'the checks of kubeadm say no: Swap: running with swap on is not supported. Please disable swap; Port-6443: Port 6443 is in use', 'preflight'],
  ['a phase', 1, 'W1120 a warning\nerror execution phase control-plane-prepare/download-certs: error downloading certs: error downloading the secret: Secret "kubeadm-certs" was not found\nTo see the stack trace', 'phase control-plane-prepare/download-certs: error downloading certs: error downloading the secret: Secret "kubeadm-certs" was not found', 'control-plane-prepare'],
  ['something else', 1, 'unable to load config: x\nTo see the stack trace', 'unable to load config: x', undefined],
  ['nothing', 3, '', 'it ended with code 3', undefined],
  ['time', 124, '', 'it ran out of time', undefined],
];
for (const [what, code, stderr, message, phase] of complaints) {
  test(`a complaint of ${what} is told in kubeadm's own words`, (t) => {
    t.deepEqual(complaintOf(code, stderr), { message, phase });
  });
}

test('a failure names what was to be done, and what helps', (t) => {
  const step = (code: number, stderr: string) => ({ code, stdout: Buffer.from('said'), stderr: Buffer.from(stderr), truncated: false, duration: 1, ok: true, step: { kind: 'run' as const, argv: ['x'] } });
  judgeKubeadm(undefined, 'x');
  judgeKubeadm(step(0, 'a warning'), 'x');
  const checks = t.throws(() => judgeKubeadm(step(1, complaints[0]![2]), 'kubeadm init failed', 'again'), { instanceOf: ModuleFailure });
  t.is(checks.hint, 'mend that, or name the checks in ignore_preflight_errors');
  const other = t.throws(() => judgeKubeadm(step(1, 'x'), 'kubeadm init failed', 'again'), { instanceOf: ModuleFailure });
  t.deepEqual([other.message, other.hint, other.result['rc'], other.result['stdout']], ['kubeadm init failed: x', 'again', 1, 'said']);
});
