/** Keeps the certificates of a kubeadm control plane good, and tells until when they are. */
import { defineModule, flag, listOf, Missing, ModuleFailure, whole, z, type Change, type Plan } from '../engine/module/kit.ts';
import { certificateNames, lookAtCertificates, renewStep, restartStep, usersOf, type Certificate, type CertificatesLook } from './shared/kubeadm-certificates.ts';
import { nodeEvidence } from './shared/kubeadm-evidence.ts';
import { kubernetesFolder } from './shared/kubeadm-files.ts';
import { foreseenRole } from './shared/kubeadm-state.ts';

const params = z.object({
  renew: flag().default(true).describe('renew what has less time left than renew_before; no only tells (default yes)'),
  renew_before: whole().pipe(z.int().min(0)).default(30).describe('days before the end at which a certificate is renewed (default 30)'),
  force: flag().default(false).describe('renew them whatever time is left (default no)'),
  names: listOf(z.enum(certificateNames as [string, ...string[]])).optional().describe('only these (default all that the host has)'),
  restart: flag().default(true).describe('start again the static pods that use them, one at a time; no leaves them with the old ones (default yes)'),
});

type Params = z.infer<typeof params>;

interface Found extends CertificatesLook {
  readonly isForeseen: boolean;
}

export default defineModule<typeof params, Found>({
  summary: 'Renew the certificates of a kubeadm control plane before they expire, and tell when they do',
  params,
  example: `- name: Certificates are good for two more months
  kubeadm_certs:
    renew_before: 60
  register: certificates`,
  returns: { certificates: 'list of name, path, expires, days_left', authorities: 'the same of those who sign; kubeadm renews none', days_left: 'of the certificate that ends first, as found', renewed: 'names of those that are renewed' },
  async inspect(_, probe) {
    return { ...(await lookAtCertificates(probe)), isForeseen: foreseenRole(probe) === 'control_plane' };
  },
  plan(asked, found, here): Plan {
    const rows = found.certificates.filter(({ isAuthority, name }) => !isAuthority && (asked.names?.includes(name) ?? true));
    if (rows.length === 0 && found.aside.length === 0) {
      if (found.isForeseen) return { changes: [], result: { renewed: [] } };
      throw new Missing({ kind: 'path', name: `${kubernetesFolder}/pki/ca.crt` }, 'this host has none of kubeadm\'s certificates: it is no control plane');
    }
    const now = here.now();
    const due = asked.renew ? rows.filter((row) => asked.force || row.expires === undefined || daysLeft(row, now) < asked.renew_before) : [];
    const dead = found.certificates.find((row) => row.isAuthority && row.expires !== undefined && row.expires <= now);
    if (dead && due.length > 0) {
      throw new ModuleFailure(`${dead.path} expired on ${day(dead)}: nothing can be renewed under it`, { hint: 'a cluster gets a new authority by hand: see kubernetes.io, "Manual Rotation of CA Certificates"' });
    }
    const authorities = found.certificates.filter((row) => row.isAuthority);
    return {
      changes: [...backChanges(found), ...changes(asked, due, now)],
      result: {
        certificates: rows.map((row) => shown(row, now)), authorities: authorities.map((row) => shown(row, now)),
        days_left: Math.min(...rows.map((row) => daysLeft(row, now))), renewed: due.map(({ name }) => name),
      },
      warnings: authorities.filter((row) => daysLeft(row, now) < 180).map((row) => `${row.path} expires on ${day(row)}, and every certificate under it with it`),
    };
  },
  evidence: (_, probe) => nodeEvidence(probe),
});

function changes({ restart }: Params, due: readonly Certificate[], now: number): Change[] {
  if (due.length === 0) return [];
  const names = due.map(({ name }) => name);
  const users = restart ? usersOf(names) : [];
  const left = Math.min(...due.map((row) => daysLeft(row, now)));
  return [
    {
      summary: `renew ${names.join(', ')}: ${left < 0 ? 'expired' : `${left} days left`}`, of: 'certificates',
      before: due.map((row) => `${row.name} until ${day(row)}\n`).join(''), after: due.map((row) => `${row.name} renewed\n`).join(''), steps: [renewStep(names)],
    },
    ...users.map((user): Change => ({ summary: `start ${user} again with what is renewed`, steps: [restartStep(user)] })),
  ];
}

/** A restart that was cut off has left a static pod aside. */
function backChanges({ aside }: Found): Change[] {
  return aside.map((component) => ({ summary: `put ${component} back, which a restart that was cut off has put aside`, steps: [restartStep(component)] }));
}

function daysLeft({ expires }: Certificate, now: number): number {
  return expires === undefined ? -1 : Math.floor((expires - now) / 86_400_000);
}

function day({ expires }: Certificate): string {
  return expires === undefined ? 'an unknown day' : new Date(expires).toISOString().slice(0, 10);
}

function shown(row: Certificate, now: number): Record<string, unknown> {
  return { name: row.name, path: row.path, expires: row.expires === undefined ? '' : new Date(row.expires).toISOString(), days_left: daysLeft(row, now) };
}
