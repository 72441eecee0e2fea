/** Downloads a file, by the host itself: checked beside its place, then renamed. */
import posix from 'node:path/posix';
import { defineModule, flag, Missing, secret, text, textOf, whole, z, type Left, type Plan, type Probe } from '../engine/module/kit.ts';
import { findInList, readChecksum, type Checksum } from './shared/checksum.ts';
import { askStream, askTool, downloadInput, downloadText, nameOfUrl, needTool, shownUrl, type Download, type Tool } from './shared/download.ts';
import { askIds, attributeChanges, attributeParams, attributeResult, withKnownNames, type Ids } from './shared/file-attributes.ts';
import { expandPath } from './shared/host-path.ts';
import { lookAtPlace, type Place } from './shared/place-file.ts';
import { finalState, putInPlace } from './shared/put-in-place.ts';
import { scriptStep } from './shared/script.ts';

const params = z.object({
  url: text().describe('address to download from: http, https, ftp; file with curl'),
  dest: text().describe('path on the host; in a folder the file takes the name that ends the address'),
  checksum: text().optional().describe('sha256:HEX, or sha256:URL of a list of sums; also md5, sha1, sha224, sha384, sha512. A file that has it is not downloaded'),
  sha256: text().optional().describe('hex SHA-256, the same as checksum sha256:HEX'),
  force: flag().default(false).describe('looks each time whether the download differs from what is there; default no: a file that is there, and has the checksum where one is given, stays'),
  ...attributeParams,
  timeout: whole().default(10).describe('seconds to connect, and seconds in which at least a byte must come; default 10'),
  headers: z.record(z.string(), text()).meta({ kplay: 'private' }).default({}).describe('headers of the request; never shown to other users of the host'),
  url_username: text().optional().describe('user name for basic authentication'),
  url_password: secret().optional().describe('password for basic authentication'),
  validate_certs: flag().default(true).describe('no takes any certificate; default yes'),
  use_proxy: flag().default(true).describe('no goes past the proxy that the environment names; default yes'),
  backup: flag().default(false).describe('keeps the file that was there beside the new one, with the time in its name; default no'),
  tmp_dest: text().optional().describe('without effect: a download lies beside its place until it is whole'),
});
type Params = z.infer<typeof params>;

interface Found {
  readonly place: Place;
  readonly ids: Ids;
  readonly tool: Tool | undefined;
  /** What the file must have; undefined where any content will do. */
  readonly wanted?: Checksum | undefined;
  /** What the file has, by the same algorithm. */
  readonly sum?: string | undefined;
}

export default defineModule({
  summary: 'Download a file to a place of the host',
  params,
  aliases: { username: 'url_username', password: 'url_password', sha256sum: 'sha256' },
  rules: [{ kind: 'exclusive', names: ['checksum', 'sha256'] }],
  example: '- name: Download kubectl\n  get_url:\n    url: https://dl.k8s.io/v1.31.0/bin/linux/amd64/kubectl\n    dest: /usr/local/bin/kubectl\n    checksum: sha256:https://dl.k8s.io/v1.31.0/bin/linux/amd64/kubectl.sha256\n    mode: "0755"',
  returns: { dest: 'path of the file', url: 'the address', status_code: 'the server\'s answer', sha256: 'hex SHA-256 of what was downloaded', size: 'bytes', elapsed: 'seconds', msg: 'OK, or why nothing was done' },
  touches: ({ dest }) => [dest],
  slow: true,
  ahead: false,
  async inspect(asked, probe, here): Promise<Found> {
    const dest = await expandPath(asked.dest, probe);
    const [place, ids, tool] = await Promise.all([lookAtPlace({ dest, name: nameOfUrl(asked.url), follow: true, read: false, sum: asked.force || asked.checksum !== undefined || asked.sha256 !== undefined }, probe), askIds(asked, probe), askTool(probe)]);
    const given = asked.sha256 !== undefined ? readChecksum(`sha256:${asked.sha256}`) : asked.checksum === undefined ? undefined : readChecksum(asked.checksum);
    // That a file which is not there comes is certain; what a dry run does not need, it does not fetch.
    if (here.check && !place.stat && given?.value.includes('://')) return { place, ids, tool };
    const wanted = given && given.value.includes('://') ? { ...given, value: await askList(asked, given, tool, probe) } : given ?? (await askContent(asked, place, tool, probe));
    return { place, ids, tool, wanted, sum: wanted && place.stat && (await askSum(place, wanted.algorithm, probe)) };
  },
  plan(asked, found) {
    const { place, ids, wanted } = found;
    const result = { url: shownUrl(asked.url), dest: place.path, ...attributeResult(asked, place.stat) };
    if (place.stat && (!wanted || wanted.value === found.sum)) {
      return withKnownNames(ids, { changes: attributeChanges(place.path, asked, place.stat, ids), result: { ...result, msg: 'file already exists', size: place.stat.size } });
    }
    return withKnownNames(ids, planDownload(asked, found, result));
  },
  output(_asked, _found, steps) {
    const ran = steps.findLast((each) => each.step.kind === 'run');
    const [, status, sha256, size] = /(?:^|\n)@(\d+) (\w*) (\d+)\s*$/.exec(ran ? textOf(ran.stdout) : '') ?? [];
    if (!ran || status === undefined) return {};
    return { msg: 'OK', status_code: Number(status), sha256, size: Number(size), elapsed: Math.round(ran.duration / 1000) };
  },
});

function downloadOf(asked: Params, url = asked.url): Download {
  return { url, headers: asked.headers, username: asked.url_username, password: asked.url_password, validateCerts: asked.validate_certs, timeout: asked.timeout, useProxy: asked.use_proxy };
}

async function askList(asked: Params, given: Checksum, tool: Tool | undefined, probe: Probe): Promise<string> {
  const download = downloadOf(asked, given.value);
  const list = await askStream(needTool(tool, download), download, 'cat', [], probe);
  return findInList(list.stdout.toString(), nameOfUrl(asked.url), given);
}

/** With `force` and no checksum, what would be downloaded is summed up without keeping it, so that it is known whether it differs. */
async function askContent(asked: Params, place: Place, tool: Tool | undefined, probe: Probe): Promise<Checksum | undefined> {
  if (!asked.force || !place.stat) return undefined;
  const download = downloadOf(asked);
  const answer = await askStream(needTool(tool, download), download, 'sha256sum', [], probe);
  return { algorithm: 'sha256', value: answer.stdout.toString().slice(0, 64) };
}

async function askSum({ path, stat }: Place, algorithm: string, probe: Probe): Promise<string> {
  if (algorithm === 'sha256' && stat?.sha256 !== undefined) return stat.sha256;
  const answer = await probe.ask(['sh', '-c', '"$2sum" < "$1"', 'sh', path, algorithm], { timeout: 600 });
  return answer.stdout.toString().split(' ')[0]!;
}

/** What the download leaves, so that check mode knows what later tasks will find. */
function leftFile(asked: Params, place: Place, ids: Ids, wanted: Checksum | undefined): Left {
  const { mode } = finalState(asked, place.stat, ids);
  return { path: place.path, mode, owner: asked.owner ?? place.stat?.owner, group: asked.group ?? place.stat?.group, ...(wanted?.algorithm === 'sha256' && { sha256: wanted.value }) };
}

function planDownload(asked: Params, { place, ids, tool, wanted }: Found, result: Record<string, unknown>): Plan {
  const download = downloadOf(asked);
  const folders = place.folders.map((path) => ({ kind: 'directory' as const, path }));
  const planWith = (using: Tool): Plan => ({
    changes: [{
      summary: `download ${shownUrl(asked.url)} to ${place.path}`,
      of: place.path,
      steps: [...folders, scriptStep(downloadScript(using, asked, place, ids), [place.path, wanted?.algorithm ?? '', wanted?.value ?? ''], { stdin: downloadInput(using, download), leaves: [leftFile(asked, place, ids, wanted)] })],
    }],
    result,
  });
  const plan = planWith(needTool(tool, download, planWith('curl')));
  if (!place.folderMissing) return plan;
  const folder = posix.dirname(place.path);
  throw new Missing({ kind: 'path', name: folder }, `the folder ${folder} is not on the host`, 'make it earlier with the file module (state: directory)', plan);
}

/** The private folder beside the place holds all until the file is renamed; it goes whatever happens. */
function downloadScript(tool: Tool, asked: Params, place: Place, ids: Ids): string {
  return `
dest=$1 algorithm=$2 wanted=$3
private=$(umask 077; mktemp -d "$(dirname -- "$dest")/.kplay.XXXXXX") || exit
tmp=$private/file
watcher=
trap '[ -z "$watcher" ] || kill "$watcher" 2>/dev/null; rm -rf "$private"' EXIT
trap 'exit 143' TERM HUP INT
( while sleep 5 </dev/null >/dev/null 2>&1; do [ ! -f "$tmp" ] || echo "received $(($(stat -c %s "$tmp") / 1048576)) MiB"; done ) </dev/null 2>/dev/null &
watcher=$!
${downloadText(tool)}
kill "$watcher" 2>/dev/null; watcher=
if [ -n "$wanted" ]; then
  sum=$("\${algorithm}sum" < "$tmp") || exit
  if [ "\${sum%% *}" != "$wanted" ]; then echo "what was downloaded has the $algorithm \${sum%% *}, expected $wanted" >&2; exit 65; fi
fi
sum=$(sha256sum < "$tmp")
size=$(stat -c %s "$tmp")
${putInPlace(finalState(asked, place.stat, ids), { backup: asked.backup })}
echo "@\${status:-200} \${sum%% *} $size"`;
}
