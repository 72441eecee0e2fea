/** What is to be done for a certificate: made from what is asked and what was found. Pure; work on keys is left to the steps. */
import posix from 'node:path/posix';
import { ModuleFailure, type Change, type Here, type Plan, type Step } from '../../engine/module/kit.ts';
import { ensureAuthority, type Authority } from './authority.ts';
import { attributes, textChanges, type FileFound } from './cert-files.ts';
import { judge, type Judgement } from './cert-judgement.ts';
import { renewBefore, wantedAuthority, wantedLeaf, type CertParams } from './cert-params.ts';
import { dateText, daysUntil, issuerText, leafResult, leafText, readLeaf, splitPem, wantedSubject, wantedText, type Leaf, type WantedLeaf } from './certificate.ts';
import { attributeChanges, type Ids } from './file-attributes.ts';
import { makeKeys, privatePem } from './key-type.ts';
import { signLeaf } from './x509.ts';

/** What was found on the controller and on the host. */
export interface CertFound {
  readonly now: number;
  /** Absolute, on the controller. */
  readonly folder: string;
  readonly authority: Authority | undefined;
  readonly cert: FileFound | undefined;
  /** Without its text. */
  readonly key: FileFound | undefined;
  readonly ca: FileFound | undefined;
  readonly keyPrint: string | undefined;
  readonly ids: Ids;
}

/** Removes the certificate and its key. */
export function planAbsent(found: CertFound): Plan {
  const there = [found.cert, found.key].filter((file) => file?.stat !== undefined);
  return { changes: there.map((file) => file!.path).map((path): Change => ({ summary: `remove ${path}`, of: path, steps: [{ kind: 'remove', path }] })) };
}

/** Sees to the authority, and to its certificate on the host. */
export function planAuthority(asked: CertParams, found: CertFound, here: Here): Plan {
  const changes: Change[] = found.authority ? [] : [{
    summary: `create the authority "${wantedAuthority(asked, found.folder).name}" in ${found.folder} on the controller, valid ${asked.authority_lifetime} days`,
    steps: [{ kind: 'compute', steps: async () => (await ensureAuthority(found.folder, wantedAuthority(asked, found.folder), here.now()), []) }],
  }];
  return { changes: [...changes, ...authorityFileChanges(asked, found, here)], result: authorityResult(found), warnings: warningsOf(found) };
}

/** Issues the certificate where something demands it. Throws ModuleFailure where it cannot be signed. */
export function planPresent(asked: CertParams, found: CertFound, here: Here): Plan {
  if (asked.profile === undefined || asked.common_name === undefined) throw new ModuleFailure(`a certificate needs ${asked.profile === undefined ? 'profile: server, client or peer' : 'common_name'}`);
  const wanted = wantedLeaf(asked);
  const leaf = readLeaf(found.cert!.text ?? '');
  const judgement = judge({ hasFile: found.cert!.stat !== undefined, leaf, hasKey: found.key!.stat !== undefined, keyPrint: found.keyPrint }, wanted, found.authority, renewBefore(asked), found.now);
  const reasons = asked.force ? [...judgement.reasons, 'asked for by force'] : judgement.reasons;
  if (reasons.length > 0) refuseToSign(found, wanted);
  return {
    changes: [
      ...(reasons.length > 0 ? [issueChange(asked, wanted, found, { ...judgement, reasons }, leaf, here)] : settledChanges(asked, found)),
      ...authorityFileChanges(asked, found, here),
    ],
    result: {
      path: asked.path, key_path: found.key!.path, subject: wantedSubject(wanted), sans: wanted.names, reasons,
      ...(leaf && reasons.length === 0 && leafResult(leaf, found.now)), ...authorityResult(found),
    },
    warnings: warningsOf(found),
  };
}

/** Mode, owner and chain of a certificate that stays. */
function settledChanges(asked: CertParams, found: CertFound): Change[] {
  const { cert, key } = found;
  const own = splitPem(cert!.text!)[0]!;
  const changes = textChanges({ ...cert!, text: splitPem(cert!.text!).join('') }, asked.bundle ? own + chainOf(found.authority!) : own, publicFile(asked), found.ids, 'the chain');
  return [...changes, ...attributeChanges(key!.path, { ...asked, mode: asked.key_mode }, key!.stat!, found.ids)];
}

function issueChange(asked: CertParams, wanted: WantedLeaf, found: CertFound, judgement: Judgement, leaf: Leaf | undefined, here: Here): Change {
  const { cert, key } = found;
  const issuer = found.authority ? issuerText(found.authority.certificate, 'subject') : `CN=${wantedAuthority(asked, found.folder).name} (made with it)`;
  const kept = asked.keep_key && judgement.keyFits && leaf ? leaf.certificate.publicKey : undefined;
  const lasts = found.authority ? Math.min(asked.lifetime, daysUntil(Date.parse(found.authority.certificate.validTo), found.now)) : asked.lifetime;
  const steps = async (): Promise<Step[]> => {
    const authority = await ensureAuthority(found.folder, wantedAuthority(asked, found.folder), here.now());
    const fresh = kept ? undefined : await makeKeys(asked.key_type);
    const pem = await signLeaf({ certificate: authority.certificate, key: authority.key! }, kept ?? fresh!.publicKey, wanted, here.now());
    return [
      ...(fresh ? [{ kind: 'write', path: key!.path, content: { text: privatePem(fresh.privateKey) }, secret: true, ...attributes({ ...asked, mode: asked.key_mode }) } as const] : []),
      { kind: 'write', path: cert!.path, content: { text: asked.bundle ? pem + chainOf(authority) : pem }, ...attributes(asked) },
    ];
  };
  return {
    summary: `${cert!.stat ? 're-issue' : 'issue'} ${cert!.path}: ${judgement.reasons.join('; ')}`,
    of: cert!.path,
    before: leaf ? leafText(leaf, found.now) : '',
    after: wantedText(wanted, issuer, lasts),
    steps: [{ kind: 'compute', steps }],
    makes: [{ kind: 'path', name: cert!.path }, { kind: 'path', name: key!.path }],
  };
}

function authorityFileChanges(asked: CertParams, found: CertFound, here: Here): Change[] {
  const file = found.ca;
  if (!file) return [];
  if (found.authority) return textChanges(file, found.authority.pem, publicFile(asked), found.ids, 'the authority\'s certificate');
  const steps = async (): Promise<Step[]> => {
    const { pem } = await ensureAuthority(found.folder, wantedAuthority(asked, found.folder), here.now());
    return [{ kind: 'write', path: file.path, content: { text: pem }, ...attributes(asked) }];
  };
  return [{ summary: `${file.stat ? 'write' : 'create'} ${file.path} (the certificate of the authority, which is made first)`, of: file.path, steps: [{ kind: 'compute', steps }], makes: [{ kind: 'path', name: file.path }] }];
}

/** Throws ModuleFailure where nothing can be signed, or not this. */
function refuseToSign({ authority, folder, now }: CertFound, wanted: WantedLeaf): void {
  if (!authority) return;
  const end = Date.parse(authority.certificate.validTo);
  if (!authority.key) throw new ModuleFailure(`there is no ca.key in ${folder}, so no certificate can be signed`, { hint: 'put the key beside ca.crt, or run where it is' });
  if (end <= now) throw new ModuleFailure(`the authority in ${folder} expired on ${dateText(end)}`, { hint: 'move the folder away to have a new authority made; every certificate is then issued anew' });
  if (issuerText(authority.certificate, 'subject') === wantedSubject(wanted)) throw new ModuleFailure(`${wantedSubject(wanted)} is the authority's own subject`, { hint: 'give the certificate another common_name' });
}

function warningsOf({ authority, folder, now }: CertFound): string[] {
  if (!authority) return [];
  const left = daysUntil(Date.parse(authority.certificate.validTo), now);
  return [
    ...(left < 90 ? [left < 0 ? `the authority in ${folder} has expired, and every certificate under it with it` : `the authority in ${folder} expires in ${left} days, and every certificate under it with it`] : []),
    ...(authority.isOpen ? [`${posix.join(folder, 'ca.key')} can be read by other users of this machine; chmod 0600 it`] : []),
  ];
}

function authorityResult({ authority, folder, now }: CertFound): Record<string, unknown> {
  const end = authority && Date.parse(authority.certificate.validTo);
  return { authority: folder, ...(end !== undefined && { authority_expires: dateText(end), authority_days_left: daysUntil(end, now) }) };
}

function publicFile({ mode, owner, group }: CertParams): { mode: string; owner: string | undefined; group: string | undefined } {
  return { mode, owner, group };
}

/** Certificates that a client needs between the leaf and a root that it trusts. */
function chainOf(authority: Authority): string {
  return splitPem(authority.pem).join('');
}

