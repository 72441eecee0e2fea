/** Keeps certificates under an own certificate authority: the authority on the controller, each leaf and its key on its host. */
import os from 'node:os';
import posix from 'node:path/posix';
import { defineModule, Missing, type Here, type Plan, type StepResult } from '../engine/module/kit.ts';
import { openAuthority } from './shared/authority.ts';
import { lookAtFile } from './shared/cert-files.ts';
import { certParams, keyPathOf } from './shared/cert-params.ts';
import { planAbsent, planAuthority, planPresent, type CertFound } from './shared/cert-plan.ts';
import { leafResult, readLeaf } from './shared/certificate.ts';
import { askIds, withKnownNames } from './shared/file-attributes.ts';
import { readKeyPrint } from './shared/key-print.ts';

export default defineModule({
  summary: 'Keep a certificate and its key on a host, under an own authority whose key stays on the controller',
  example: `- name: Give the member its certificate for talking to the others
  cert:
    authority: "{{ inventory_dir }}/.pki/etcd"
    path: /etc/etcd/pki/peer.crt
    ca_path: /etc/etcd/pki/ca.crt
    profile: peer
    common_name: "{{ inventory_hostname }}"
    subject_alt_names: ["{{ inventory_hostname }}", "{{ ansible_host }}"]
    owner: etcd`,
  params: certParams,
  returns: {
    path: 'the certificate on the host', key_path: 'its key', subject: 'CN and O as text', sans: 'the names it is good for', reasons: 'why it was or would be issued anew',
    not_before: 'ISO 8601, UTC', expires: 'ISO 8601, UTC', days_left: 'whole days', serial: 'hex', fingerprint: 'SHA-256',
    authority: 'the folder on the controller', authority_expires: 'ISO 8601, UTC', authority_days_left: 'whole days',
  },
  touches: (asked) => [asked.path, keyPathOf(asked), asked.ca_path].filter((each) => each !== undefined),
  async inspect(asked, probe, here): Promise<CertFound> {
    const folder = folderOf(asked.authority, here);
    const key = keyPathOf(asked);
    const wanted = asked.state === 'present';
    const [authority, certFile, keyFile, caFile, keyPrint, ids] = await Promise.all([
      wanted ? openAuthority(folder) : undefined,
      asked.path === undefined ? undefined : lookAtFile(probe, asked.path, wanted),
      key === undefined ? undefined : lookAtFile(probe, key, false),
      asked.ca_path === undefined || !wanted ? undefined : lookAtFile(probe, asked.ca_path, true),
      key === undefined || !wanted ? undefined : readKeyPrint(probe, key, asked.key_type),
      wanted ? askIds(asked, probe) : {},
    ]);
    return { now: here.now(), folder, authority, cert: certFile, key: keyFile, ca: caFile, keyPrint, ids };
  },
  plan(asked, found, here): Plan {
    if (asked.state === 'absent') return planAbsent(found);
    const plan = asked.path === undefined ? planAuthority(asked, found, here) : planPresent(asked, found, here);
    const lost = [found.cert, found.key, found.ca].find((file) => file?.hasFolder === false);
    if (!lost) return withKnownNames(found.ids, plan);
    const folder = posix.dirname(lost.path);
    throw new Missing({ kind: 'path', name: folder }, `the folder ${folder} is not on the host`, 'make it earlier with the file module (state: directory)', plan);
  },
  output(asked, found, steps): Record<string, unknown> {
    const leaf = readLeaf(writtenText(steps, asked.path) ?? '');
    return leaf ? leafResult(leaf, found.now) : {};
  },
});

function writtenText(steps: readonly StepResult[], path: string | undefined): string | undefined {
  for (const { step } of steps) if (step.kind === 'write' && step.path === path && 'text' in step.content) return step.content.text;
  return undefined;
}

function folderOf(authority: string, here: Here): string {
  return here.path(authority.replace(/^~(?=\/|$)/, os.homedir()));
}
