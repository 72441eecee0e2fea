/** Brings a file of the host to the controller. */
import posix from 'node:path/posix';
import { defineModule, flag, LookFailed, Missing, ModuleFailure, text, textOf, z, type Change, type Probe, type Stat } from '../engine/module/kit.ts';
import { expandPath } from './shared/host-path.ts';
import { localPath, lookAtLocal, type LocalPlace } from './shared/local-place.ts';

const params = z.object({
  src: text().describe('path of a file on the host, links followed'),
  dest: text().describe('folder on the controller, in which the file comes to lie as HOST/SRC; with flat the file itself, or a folder where it ends with /. A relative path begins at the playbook'),
  flat: flag().default(false).describe('yes: dest is where the file goes, whichever host it is from; default no'),
  fail_on_missing: flag().default(true).describe('no goes on where the host has no such file or does not let it be read; default yes'),
  validate_checksum: flag().default(true).describe('fails where what came is not what was there when the host was asked; default yes'),
});
type Params = z.infer<typeof params>;

interface Found {
  readonly src: string;
  /** Of the file, links followed; undefined where it cannot be had, and `problem` says why. */
  readonly stat?: Stat | undefined;
  readonly problem?: 'missing' | 'folder' | 'no file' | LookFailed | undefined;
  readonly place: LocalPlace;
}

export default defineModule({
  summary: 'Bring a file of the host to the controller',
  params,
  example: '- name: Keep the cluster\'s certificate authority\n  fetch:\n    src: /etc/kubernetes/pki/ca.crt\n    dest: fetched/',
  returns: {
    dest: 'path on the controller', file: 'path on the host', checksum: 'hex SHA-1, as Ansible gives it', remote_checksum: 'the same, of what came', sha256: 'hex SHA-256', size: 'bytes',
    msg: 'why nothing was fetched, with fail_on_missing: no',
  },
  // What is changed lies on the controller: only items that have the same place there are in each other's way.
  touches: ({ src, dest, flat }) => [posix.join('/', dest, ...(flat && !dest.endsWith('/') ? [] : [flat ? posix.basename(src) : src]))],
  slow: true,
  ahead: false,
  async inspect(asked, probe, here): Promise<Found> {
    const src = await expandPath(asked.src, probe);
    const [looked, place] = await Promise.all([lookAtSource(src, probe), lookAtLocal(localPath(asked, src, here), asked.flat)]);
    return { src, ...looked, place };
  },
  plan(asked, found) {
    const { src, stat, place } = found;
    if (!stat) return { changes: [], result: { file: src, msg: lacking(asked, found) } };
    const result = { dest: place.path, file: src, size: stat.size };
    if (place.sha256 !== undefined && place.sha256 === stat.sha256) return { changes: [], result: { ...result, checksum: place.sha1, sha256: place.sha256 } };
    return { changes: [fetchChange(asked, src, stat, place)], result };
  },
  output(_asked, _found, steps) {
    if (!steps[0]) return {};
    const { size, sha256, sha1 } = JSON.parse(textOf(steps[0].stdout)) as { readonly size: number; readonly sha256: string; readonly sha1: string };
    return { checksum: sha1, remote_checksum: sha1, sha256, size };
  },
});

async function lookAtSource(src: string, probe: Probe): Promise<Pick<Found, 'stat' | 'problem'>> {
  try {
    const stat = await probe.stat(src, { follow: true, sha256: true });
    if (!stat) return { problem: 'missing' };
    return stat.kind === 'file' ? { stat } : { problem: stat.kind === 'directory' ? 'folder' : 'no file' };
  } catch (error) {
    if (error instanceof LookFailed) return { problem: error };
    throw error;
  }
}

/** Why nothing is fetched where that is no failure. Throws Missing or ModuleFailure where it is one. */
function lacking(asked: Params, { src, problem, place }: Found): string {
  const why = problem instanceof LookFailed ? problem.message : wordsOf[problem ?? 'missing'];
  if (!asked.fail_on_missing) return `${why}, not transferring, ignored`;
  const result = { file: src, dest: place.path };
  if (problem !== 'missing') throw new ModuleFailure(why, { result });
  const plan = place.sha256 === undefined ? { changes: [fetchChange(asked, src, undefined, place)], result } : undefined;
  throw new Missing({ kind: 'path', name: src }, `${why}: ${src}`, 'fail_on_missing: no lets it pass', plan);
}

/** In the words of Ansible. */
const wordsOf = { missing: 'the remote file does not exist', folder: 'remote file is a directory, fetch cannot work on directories', 'no file': 'remote file is no regular file' };

/** What others cannot read on the host, they cannot read here; a file that is there keeps its mode otherwise. */
function fetchChange(asked: Params, src: string, stat: Stat | undefined, place: LocalPlace): Change {
  const isOpen = stat !== undefined && (Number.parseInt(stat.mode, 8) & 0o004) !== 0;
  const mode = isOpen ? place.mode : '0600';
  return {
    summary: `fetch ${src} to ${place.path}`,
    of: place.path,
    steps: [{ kind: 'fetch', path: src, to: place.path, ...(mode !== undefined && { mode }), ...(stat && { size: stat.size }), ...(asked.validate_checksum && stat?.sha256 !== undefined && { sha256: stat.sha256 }) }],
  };
}
