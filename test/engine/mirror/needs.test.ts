/** What a run needs, worked out from roles' meta/needs.yml. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { readExtraVars } from '../../../engine/cli/extra-vars.ts';
import { prepare, type Playing } from '../../../engine/kplay.ts';
import { needsOfRun, withStandIn, type NeedsOfRun, type Silent } from '../../../engine/mirror/needs-of-run.ts';
import type { Reason } from '../../../engine/mirror/needs.ts';
import { problemText, TextError } from '../../../engine/source/problem.ts';
import { writeFiles, type Files } from '../../support/play.ts';

interface Options {
  readonly platforms?: readonly string[];
  readonly extra?: readonly string[];
  readonly playing?: Partial<Playing>;
}

const hosts = '[web]\nh1 color=red\nh2 color=blue\n[db]\nh3\n';
const debian = ['debian-12-amd64'];

async function work(t: ExecutionContext, files: Files, { platforms = debian, extra = [], playing = {} }: Options = {}): Promise<NeedsOfRun | Silent> {
  const folder = await writeFiles(t, { hosts, ...files });
  const { run, playbooks } = await prepare({
    playbooks: [path.join(folder, 'site.yml')], inventories: [path.join(folder, 'hosts')], modules: fileURLToPath(new URL('../../../modules/', import.meta.url)),
    connect: () => { throw new Error('a host was touched'); }, check: false, diff: false, forks: 5, verbosity: 0, tags: { only: [], skip: [] }, defaults: { become: false, becomeUser: 'root' },
    report: () => undefined, signal: new AbortController().signal, now: Date.now, ...playing, extraVars: withStandIn(readExtraVars(extra)),
  });
  return needsOfRun(run, playbooks, platforms);
}

async function found(t: ExecutionContext, files: Files, options: Options = {}): Promise<NeedsOfRun> {
  const needs = await work(t, files, options);
  if ('silent' in needs) throw new Error([...needs.silent].join());
  return needs;
}

async function problems(t: ExecutionContext, files: Files, options: Options = {}): Promise<string[]> {
  const error = await t.throwsAsync(work(t, files, options), { instanceOf: TextError });
  return error!.problems.map((each) => problemText(each).replace(/[^\s(]*\/roles\//g, 'roles/'));
}

/** A role whose one task runs under a condition. */
function role(name: string, needs: string, condition = 'true'): Files {
  return { [`roles/${name}/meta/needs.yml`]: needs, [`roles/${name}/tasks/main.yml`]: `- {name: Work, command: "true", when: ${condition}}\n` };
}

const why = (reasons: readonly Reason[]): string[] => reasons.map((each) => `${each.role}: ${each.hosts.join(' ')}`);
const site = (tasks: string): Files => ({ 'site.yml': `- hosts: web\n${tasks}\n` });

test('a thing that several roles and hosts need is there once, with who needs it', async (t) => {
  const { needs } = await found(t, {
    'site.yml': '- hosts: web\n  roles: [one]\n- hosts: db\n  roles: [one, two]\n',
    ...role('one', 'images: ["registry.k8s.io/pause:3.10"]\npackages: [chrony]\n'), ...role('two', 'images: ["registry.k8s.io/pause:3.10", nginx]\npackages:\n  - name: [haproxy, keepalived]\n'),
  });
  t.deepEqual(needs.images.map(({ name, architectures, why: reasons }) => [name, architectures, why(reasons)]), [
    ['docker.io/library/nginx:latest', ['amd64'], ['two: h3']],
    ['registry.k8s.io/pause:3.10', ['amd64'], ['one: h1 h2 h3', 'two: h3']],
  ]);
  t.deepEqual(needs.packages.map(({ platform, names, why: reasons }) => [platform.name, names, why(reasons)]), [
    ['debian-12-amd64', ['chrony'], ['one: h1 h2 h3']],
    ['debian-12-amd64', ['haproxy', 'keepalived'], ['two: h3']],
  ]);
});

test('addresses are those that a run against a mirror asks for, under their upstream hosts', async (t) => {
  const sum = 'a'.repeat(64);
  const { needs } = await found(t, {
    ...site('  roles: [one]'),
    ...role('one', `files:
  - url: "{{ base }}/v{{ version }}/{{ item }}"
    checksum: sha256:{{ base }}/v{{ version }}/{{ item }}.sha256
    loop: [kubeadm, kubelet]
    when: mirror_url != ''
  - {url: "https://example.org/own.tgz", checksum: "sha256:${sum}"}
`),
    'roles/one/defaults/main.yml': 'version: 1.35.9\nmirror_url: ""\nbase: "{{ mirror_url ~ \'/dl.k8s.io\' if mirror_url else \'https://dl.k8s.io\' }}"\nmirror_origins: {dl.k8s.io: https://files.example.cn/dl.k8s.io/}\n',
  }, { extra: ['mirror_url=http://10.0.0.5:8080'] });
  t.deepEqual(needs.files.map(({ url, from, sha256, sums, strays }) => ({ url, from, sha256, sums, strays })), [
    ...['kubeadm', 'kubeadm.sha256', 'kubelet', 'kubelet.sha256'].map((name) => ({
      url: `https://dl.k8s.io/v1.35.9/${name}`, from: `https://files.example.cn/dl.k8s.io/v1.35.9/${name}`, sha256: undefined, sums: name.includes('.') ? undefined : `https://dl.k8s.io/v1.35.9/${name}.sha256`, strays: false,
    })),
    { url: 'https://example.org/own.tgz', from: 'https://example.org/own.tgz', sha256: sum, sums: undefined, strays: true },
  ]);
});

test('a role counts where one of its tasks may run: tags, conditions of its entry, and what is known only at run', async (t) => {
  const files: Files = {
    'site.yml': `- hosts: web
  pre_tasks:
    - {name: Ask, command: "true", register: asked}
    - {name: Say, set_fact: {mode: "{{ 'on' if color == 'red' else 'off' }}", after: "{{ asked.stdout }}"}}
  roles:
    - {role: never, when: false}
    - {role: tagged, tags: [extra]}
    - {role: red, when: color == 'red'}
    - {role: set, when: mode == 'on'}
    - {role: perhaps, when: asked.rc == 0}
    - {role: later, when: after == 'x'}
`,
    ...role('never', 'packages: [never]\n'), ...role('tagged', 'packages: [tagged]\n'), ...role('red', 'packages: [red]\n'), ...role('set', 'packages: [set]\n'),
    ...role('perhaps', 'packages: [perhaps]\n'), ...role('later', 'packages: [later]\n'), ...role('untaken', 'packages: [untaken]\n'),
  };
  const told = async (options: Options): Promise<string[]> => (await found(t, files, options)).needs.packages.flatMap(({ names, why: reasons }) => names.map((name) => `${name} ${reasons[0]!.hosts.join(' ')}`));
  t.deepEqual(await told({}), ['later h1 h2', 'perhaps h1 h2', 'red h1', 'set h1', 'tagged h1 h2']);
  t.deepEqual(await told({ playing: { tags: { only: [], skip: ['extra'] } } }), ['later h1 h2', 'perhaps h1 h2', 'red h1', 'set h1']);
  t.deepEqual(await told({ playing: { tags: { only: ['extra'], skip: [] } } }), ['tagged h1 h2']);
  t.deepEqual(await told({ playing: { tags: { only: [], skip: ['extra'] }, limit: 'h2' } }), ['later h2', 'perhaps h2']);
});

test('included roles and files count, by names that are templates and in loops too', async (t) => {
  const { needs, open } = await found(t, {
    ...site(`  tasks:
    - {name: Ask, command: "true", register: asked}
    - include_role: {name: "paint_{{ color }}"}
    - include_role: {name: "{{ item }}"}
      loop: [first, second]
      loop_control: {loop_var: item}
    - include_tasks: more.yml
      when: asked.rc == 0
    - include_role: {name: "{{ asked.stdout }}"}`),
    'more.yml': '- include_role: {name: third}\n- include_tasks: more.yml\n  when: asked.rc > 5\n',
    ...role('paint_red', 'packages: [red]\n'), ...role('paint_blue', 'packages: [blue]\n'), ...role('first', 'packages: [one]\n'), ...role('second', 'packages: [two]\n'), ...role('third', 'packages: [three]\n'),
  });
  t.deepEqual(needs.packages.map(({ names, why: reasons }) => `${names.join()} ${reasons[0]!.hosts.join(' ')}`), ['blue h2', 'one h1 h2', 'red h1', 'three h1 h2', 'two h1 h2']);
  t.deepEqual(open.map(({ message }) => /^(h\d)/.exec(message)?.[1]), ['h1', 'h2'], 'what only the run can tell is told');
});

test('a role that is played twice with other variables needs both', async (t) => {
  const { needs } = await found(t, {
    ...site('  roles:\n    - {role: app, version: 1}\n    - {role: app, vars: {version: 2}}\n  tasks:\n    - import_role: {name: app}\n      vars: {version: 3}\n    - include_role: {name: app}\n      vars: {version: 4}'),
    ...role('app', 'images: ["quay.io/app:{{ version }}"]\n'), 'roles/app/defaults/main.yml': 'version: 0\n', 'roles/app/meta/main.yml': 'allow_duplicates: true\n',
  });
  t.deepEqual(needs.images.map(({ name }) => name), [1, 2, 3, 4].map((version) => `quay.io/app:${version}`));
});

test('hosts of several platforms need images and packages of each', async (t) => {
  const { needs } = await found(t, { 'site.yml': '- hosts: all\n  roles: [one]\n', ...role('one', `images: [quay.io/a/b]
packages:
  - "{{ {'Debian': 'etcd-server', 'RedHat': 'etcd'}[ansible_os_family] }}"
`) }, { platforms: ['debian-12-amd64', 'h2=ubuntu-24.04-arm64', 'db=rocky-9-x86_64'] });
  t.deepEqual(needs.images[0]!.architectures, ['amd64', 'arm64']);
  t.deepEqual(needs.packages.map(({ platform: { name, manager, codename }, names }) => [name, manager, codename, names]), [
    ['debian-12-amd64', 'apt', 'bookworm', ['etcd-server']], ['rocky-9-x86_64', 'rpm', undefined, ['etcd']], ['ubuntu-24.04-arm64', 'apt', 'noble', ['etcd-server']],
  ]);
});

test('facts come from hosts that answer, and those that do not are told with why', async (t) => {
  const files: Files = { hosts: 'h1 ansible_connection=local\n', 'site.yml': '- hosts: all\n  gather_facts: false\n  roles: [one]\n', ...role('one', 'packages: ["for-{{ ansible_system }}"]\n') };
  const { connect } = await import('../../../engine/session/open.ts');
  const { needs } = await found(t, files, { platforms: [], playing: { connect } });
  t.deepEqual(needs.packages[0]?.names, ['for-Linux']);
  const none = await work(t, { ...files, hosts: 'h1 ansible_host=127.0.0.1 ansible_port=1\n' }, { platforms: [], playing: { connect } });
  t.regex('silent' in none ? none.silent.get('h1')! : '', /127\.0\.0\.1/);
});

test('what is wrong with needs.yml is told with its place, all at once', async (t) => {
  const told = await problems(t, { ...site('  roles: [one, two, three]'), ...role('one', `file: []
files:
  - {url: https://example.org/x.tgz}
  - https://example.org/y.tgz
images:
  - {name: a, wen: true}
`), ...role('two', `files:
  - {url: "{{ nowhere }}", checksum: "sha256:abc"}
  - {url: https://example.org/z.tgz, checksum: "sha256:abc"}
images:
  - "{{ asked.stdout }}"
`), ...role('three', 'packages: ["{{ 1 +"]\n'), 'roles/two/tasks/main.yml': '- {command: "true", register: asked}\n' });
  t.deepEqual(told.map((each) => each.split('\n')[0]), [
    'roles/one/meta/needs.yml:1:1: "file" is not a kind of thing that a role needs',
    'roles/one/meta/needs.yml:3:5: this entry of files has no "checksum"',
    'roles/one/meta/needs.yml:4:5: a file needs its address and its checksum',
    'roles/one/meta/needs.yml:6:15: "wen" has no meaning here',
    "roles/two/meta/needs.yml:2:15: 'nowhere' is undefined (on h1)",
    'roles/two/meta/needs.yml:3:5: "sha256:abc" is not a checksum (on h1)',
    'roles/two/meta/needs.yml:5:5: what a role needs has to be known before the run, but this depends on what "command" (roles/two/tasks/main.yml:1:3) gives (on h1)',
    'roles/three/meta/needs.yml:1:13: this {{ has no }}',
  ]);
});

for (const [text, message] of [
  ['debin-12-amd64', /did you mean "debian"/],
  ['debian-9-amd64', /Debian 9 is not known[^]*known: 11, 12/],
  ['debian-12-mips', /"mips" is not an architecture/],
  ['nohost=debian-12-amd64', /--platform: [^]*nohost/],
] as const) {
  test(`--platform ${text} is refused with what is known`, async (t) => {
    t.regex((await problems(t, { ...site('  roles: [one]'), ...role('one', '') }, { platforms: [text] })).join(), message);
  });
}
