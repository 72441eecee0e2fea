/** The images of a cluster: which they are, which are missing, who pulls them. */
import test from 'ava';
import { textOf } from '../../engine/session/session.ts';
import kubeadmImages from '../../modules/kubeadm_images.ts';
import { lookAtImages, pullStep, type ImagesLook } from '../../modules/shared/kubeadm-images.ts';
import { fakeHost } from '../support/kubeadm-host.ts';
import { rows } from '../support/plan-rows.ts';

const configs = { v1beta2: 'two: (of the host)\n', v1beta3: 'three\n', v1beta4: 'four\n' };
const lists = `[ "$3" = list ] && { printf '{\\n    "kind": "Images",\\n    "images": [\\n        "r/kube-apiserver:v1.20.2",\\n        "r/pause:3.2"\\n    ]\\n}\\n'; exit 0; }\n`;
const containerd = 'unix:///run/containerd/containerd.sock';

test('kubeadm tells the images by the configuration of its own version, and its own version is in it', async (t) => {
  const host = await fakeHost(t, lists);
  await host.write('/crictl', `echo '{"images": [{"id": "sha256:1", "repoTags": ["r/pause:3.2", "r/pause:latest"], "repoDigests": ["r/pause@sha256:5"]}, {"id": "sha256:2"}]}'`);
  const look = await lookAtImages(host.session, containerd, configs);
  t.deepEqual(look.wanted, ['r/kube-apiserver:v1.20.2', 'r/pause:3.2']);
  t.deepEqual([look.tool, look.present], ['crictl', ['r/pause:3.2', 'r/pause:latest']]);
  t.is(await host.read('/config'), 'two: v1.20.2\n');
  t.true((await host.told()).includes(`crictl -r ${containerd} images -o json`));
});

test('without crictl containerd\'s own program is asked', async (t) => {
  const host = await fakeHost(t, lists);
  await host.session.perform([{ kind: 'remove', path: `${host.root}/usr/bin/crictl` }]);
  await host.write('/usr/bin/ctr', '#!/bin/sh\nprintf "r/kube-apiserver:v1.20.2\\nr/kube-apiserver@sha256:5\\n"\n', 0o755);
  const look = await lookAtImages(host.session, containerd, configs);
  t.deepEqual([look.tool, look.present], ['ctr', ['r/kube-apiserver:v1.20.2', 'r/kube-apiserver@sha256:5']]);
});

test('why kubeadm cannot tell the images is told', async (t) => {
  const host = await fakeHost(t, 'echo "invalid configuration" >&2; echo "To see the stack trace" >&2; exit 1');
  const look = await lookAtImages(host.session, containerd, configs);
  t.deepEqual([look.wanted, look.error], [undefined, 'invalid configuration']);
});

test('kubeadm pulls where it can, by its configuration', async (t) => {
  const host = await fakeHost(t, 'echo "[config/images] Pulled r/pause:3.2"; cat "$config"');
  const [result] = await host.session.perform([pullStep(containerd, 'kind: ClusterConfiguration\n', ['r/pause:3.2'], 20, { root: host.root })]);
  t.deepEqual([result!.code, textOf(result!.stdout)], [0, '[config/images] Pulled r/pause:3.2\nkind: ClusterConfiguration']);
  t.regex((await host.told()).at(-1)!, /^config images pull --config \/run\/kplay-images\.\w{6}\/config\.yaml$/);
  t.deepEqual(await host.files('/run'), []);
});

test('where an old kubeadm cannot speak with containerd, containerd pulls, image by image', async (t) => {
  const host = await fakeHost(t, 'exit 1');
  await host.session.perform([{ kind: 'remove', path: `${host.root}/usr/bin/crictl` }]);
  await host.write('/usr/bin/ctr', `#!/bin/sh\necho "ctr $*" >> '${host.root}/told'\ncase "$*" in *bad*) echo "ctr: not found" >&2; exit 1;; esac\n`, 0o755);
  const [result] = await host.session.perform([pullStep(containerd, '', ['r/pause:3.2', 'r/bad:1', 'r/etcd:3'], 20, { root: host.root })]);
  t.deepEqual([result!.code, textOf(result!.stdout), textOf(result!.stderr)], [1, 'pulling r/pause:3.2\npulling r/bad:1', 'r/bad:1: ctr: not found']);
  t.regex((await host.told())[0]!, /^ctr -n k8s\.io images pull (--hosts-dir=\/etc\/containerd\/certs\.d )?r\/pause:3\.2$/);
  const newer = await fakeHost(t, 'exit 0');
  await newer.session.perform([{ kind: 'remove', path: `${newer.root}/usr/bin/crictl` }, pullStep(containerd, '', ['r/pause:3.2'], 31, { root: newer.root })]);
  t.is((await newer.told()).length, 1, 'a kubeadm of 1.31 speaks with it by itself');
});

test('where kubeadm would pull what is left out, each image is pulled by itself', async (t) => {
  const host = await fakeHost(t, 'exit 1');
  await host.write('/crictl', 'exit 0');
  const [result] = await host.session.perform([pullStep(containerd, '', ['r/pause:3.2'], 20, { each: true, root: host.root })]);
  t.deepEqual([result!.code, textOf(result!.stdout)], [0, 'pulling r/pause:3.2']);
  t.true((await host.told()).some((line) => line === `crictl -r ${containerd} pull r/pause:3.2`));
});

const look = (more: Partial<ImagesLook> = {}, isComing = false) => ({ look: { kubeadm: '{"clientVersion":{"gitVersion":"v1.20.2"}}', wanted: ['r/a:1', 'docker.io/library/b:2'], present: ['b:2'], error: undefined, tool: 'crictl' as const, ...more }, isComing });

rows<{ readonly look: ImagesLook; readonly isComing: boolean }>('kubeadm_images', kubeadmImages, {
  'pulls what is missing': { given: look(), asked: {}, says: ['pull 1 of the images of Kubernetes v1.20.2'], result: { images: ['r/a:1', 'docker.io/library/b:2'], missing: ['r/a:1'] } },
  'leaves a host alone that has them all': { given: look({ present: ['r/a:1', 'docker.io/library/b:2'] }), asked: {}, says: [] },
  'lists them': { given: look(), asked: { state: 'list' }, says: [], result: { missing: ['r/a:1'] } },
  'leaves out the images of addons that are left out': { given: look({ wanted: ['r/a:1', 'r/kube-proxy:1', 'r/coredns/coredns:2', 'r/coredns:2'], present: ['r/a:1'] }), asked: { dns: { disabled: true }, proxy_mode: 'none' }, says: [], result: { images: ['r/a:1'] } },
  'says why it cannot tell': { given: look({ wanted: undefined, error: 'x' }), asked: {}, fails: /^kubeadm cannot tell the images: x$/ },
  'needs a program that speaks with the runtime': { given: look({ tool: undefined, present: undefined }), asked: {}, fails: /^missing command crictl/ },
  'needs none from 1.31': { given: look({ tool: undefined, present: undefined, kubeadm: '{"clientVersion":{"gitVersion":"v1.31.2"}}' }), asked: {}, says: ['pull 2 of the images of Kubernetes v1.31.2'] },
  'is foreseen where kubeadm is yet to come': { given: look({ kubeadm: undefined, wanted: undefined }), asked: { version: 'v1.31.2' }, fails: /^missing command kubeadm/, says: ['pull the images of Kubernetes v1.31.2'] },
  'is foreseen where a task writes kubeadm': { given: look({ kubeadm: undefined, wanted: undefined }, true), asked: {}, check: true, says: ['pull the images of Kubernetes'] },
  'refuses what this kubeadm cannot do before anything else': { given: look({ wanted: undefined, error: 'x' }), asked: { etcd: { external: { endpoints: ['https://a:1'], http_endpoints: ['http://a:2'] } } }, fails: /needs kubeadm 1\.35/ },
});
