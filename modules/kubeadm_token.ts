/** Makes what nodes need to join, for a short time, on a control plane; and takes it away again. */
import { defineModule, flag, listOf, Missing, ModuleFailure, text, textOf, whole, z, type Change, type Plan } from '../engine/module/kit.ts';
import { nodeEvidence } from './shared/kubeadm-evidence.ts';
import { judgeKubeadm } from './shared/kubeadm-failure.ts';
import { kubernetesFolder } from './shared/kubeadm-files.ts';
import { lookAtNode, serverOf, type NodeLook } from './shared/kubeadm-look.ts';
import { material, nodeParams } from './shared/kubeadm-node-params.ts';
import { foreseenRole } from './shared/kubeadm-state.ts';
import { askTokens, deleteStep, makeStep, readMade, type Token } from './shared/kubeadm-tokens.ts';

const params = z.object({
  state: z.enum(['present', 'absent', 'list']).default('present').describe('present: makes a new token, and with control_plane a certificate key; absent: deletes what was made; list: tells which tokens there are'),
  needed: flag().default(true).describe('with present: no makes nothing and tells only where the cluster is and by which authority it is known'),
  control_plane: flag().default(false).describe('with present: for control planes too; the certificates of the cluster are uploaded under a key of their own, and are gone after two hours'),
  ttl: whole().pipe(z.int().min(60).max(3600)).default(3600).describe('with present: seconds that the token is good for, at most an hour (default 3600)'),
  description: text().default('a node joins by kplay').describe('with present: what the token is for, for those who list tokens'),
  cri_socket: nodeParams.cri_socket,
  id: listOf(text().pipe(z.string().regex(/^[a-z0-9]{6}$/, 'expected an id of six letters or digits'))).default([]).describe('with absent: ids of tokens'),
  material: material.extend({ changed: flag().optional() }).optional().meta({ kplay: 'private' }).describe('with absent: the result of the task that made it; its token goes, and the uploaded certificates where it has a key'),
});

interface Found {
  readonly look: NodeLook;
  readonly tokens: readonly Token[];
  readonly isForeseen: boolean;
}

export default defineModule<typeof params, Found>({
  summary: 'Make or delete what nodes need to join a kubeadm cluster: a short-lived token, a certificate key',
  params,
  kind: ({ state, needed }) => (state === 'present' && needed ? 'action' : 'state'),
  example: `- name: Have a control plane make what workers need to join
  kubeadm_token:
    ttl: 1800
  delegate_to: "{{ groups['control_planes'] | first }}"
  run_once: true
  register: pass

- kubeadm_join:
    material: "{{ pass }}"

- kubeadm_token:
    state: absent
    material: "{{ pass }}"
  delegate_to: "{{ groups['control_planes'] | first }}"
  run_once: true`,
  returns: {
    server: 'host:port of the API', ca_cert_hashes: 'list of one sha256:… by which the cluster is known', id: 'of the token; it is no secret',
    token: 'present', certificate_key: 'present, with control_plane',
    tokens: 'list: of id, description, expires, usages',
  },
  secrets: ['token', 'certificate_key'],
  ahead: false,
  async inspect({ state }, probe) {
    const [look, tokens] = await Promise.all([lookAtNode(probe), state === 'present' ? [] : askTokens(probe)]);
    return { look, tokens, isForeseen: foreseenRole(probe) === 'control_plane' };
  },
  plan(asked, found, here): Plan {
    const { look, isForeseen } = found;
    const { caHash } = look;
    const known = { ...(serverOf(look) !== undefined && { server: serverOf(look) }), ...(caHash !== undefined && { ca_cert_hashes: [caHash] }) };
    const plan = planFor(asked, found, known, here.check);
    if (look.adminServer !== undefined && !look.kubeadm) throw new Missing({ kind: 'command', name: 'kubeadm' }, 'kubeadm is not on this control plane', 'the package kubeadm brings it', plan);
    if (look.adminServer !== undefined || isForeseen) return plan;
    throw new Missing({ kind: 'path', name: `${kubernetesFolder}/admin.conf` }, 'this host is no control plane: it has no admin.conf', 'delegate the task to a control plane of the cluster', plan);
  },
  output({ state, needed, control_plane }, _found, steps) {
    if (state !== 'present' || !needed) return {};
    judgeKubeadm(steps.at(-1), 'the cluster made no token');
    return readMade(textOf(steps.at(-1)?.stdout ?? Buffer.alloc(0)), control_plane);
  },
  evidence: (_, probe) => nodeEvidence(probe),
});

type Asked = z.infer<typeof params>;

function planFor(asked: Asked, { look, tokens }: Found, known: Readonly<Record<string, unknown>>, check: boolean): Plan {
  if (asked.state === 'list') return { changes: [], result: { ...known, tokens } };
  if (asked.state === 'absent') return { changes: going(asked, tokens, check), result: known };
  if (!asked.needed) return { changes: [], result: known };
  const what = `make a token that is good for ${asked.ttl} s${asked.control_plane ? ', and upload the certificates of the control plane' : ''}`;
  return { changes: [{ summary: what, steps: [makeStep(asked, look)] }], result: known };
}

/** Tokens that are there yet, and with them the one that the uploaded certificates go with. A dry run has made none, and none is to be seen. */
function going({ id, material: given }: Asked, tokens: readonly Token[], check: boolean): Change[] {
  if (id.length === 0 && given === undefined) throw new ModuleFailure('state: absent needs an id, or the material that was made');
  const ids = new Set([...id, ...(given?.id === undefined ? [] : [given.id])]);
  const named = tokens.filter((token) => ids.has(token.id));
  const keepers = given?.certificate_key === undefined ? [] : tokens.filter((token) => token.holdsCertificates);
  const isForeseen = check && given?.changed === true && given.id === undefined;
  return [
    ...(named.length > 0 ? [{ summary: `delete the token ${named.map((token) => token.id).join(', ')}`, steps: [deleteStep(named)] }] : []),
    ...(keepers.length > 0 ? [{ summary: 'delete the uploaded certificates', steps: [deleteStep(keepers)] }] : []),
    ...(isForeseen ? [{ summary: 'delete the token that is made for this', steps: [] }] : []),
  ];
}
