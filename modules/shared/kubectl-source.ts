/** Where definitions come from: the task itself, files and templates of the controller, files of the host, an address. */
import { createHash } from 'node:crypto';
import posix from 'node:path/posix';
import { localFile, localTemplate, Missing, ModuleFailure, flag, readYaml, text, z, type Here, type Probe } from '../../engine/module/kit.ts';
import { readChecksum } from './checksum.ts';
import { askStream, askTool, needTool, shownUrl, type Download } from './download.ts';
import { expandPath } from './host-path.ts';
import { withImages } from './kubectl-images.ts';
import { withPatches } from './kubectl-patch.ts';
import { isMapping, readObjects, type KubeObject } from './kubectl-object.ts';
import { askRecords } from './script.ts';
import { linesOf } from './records.ts';

/** Params that say what the objects are. */
export const sourceParams = {
  definition: z.unknown().meta({ kplay: 'private' }).optional().describe('the objects: a mapping, a list of them, or YAML or JSON text of any number of documents; alias resource_definition, inline'),
  src: localFile().optional().describe('file of the controller with the objects, from files/ of the role or beside the playbook; of a folder every .yml, .yaml and .json in it, at any depth. With remote_src a path of the host'),
  template: localTemplate().optional().describe('template of the controller that gives the objects, from templates/ of the role or beside the playbook'),
  remote_src: flag().default(false).describe('src is a path of the host; default no'),
  url: text().optional().describe('address of the objects, asked by the host each time: http, https'),
  checksum: text().optional().describe('sha256:HEX that src or url must have; a folder has none'),
  api_version: text().optional().describe('with kind and name: the object\'s API, such as apps/v1; default v1'),
  kind: text().optional().describe('with name: an object by its name alone, or one that needs no more than that, such as a Namespace'),
  name: text().optional().describe('the object\'s name, where a definition does not say it'),
  namespace: text().optional().describe('namespace of objects whose definition does not say theirs, and whose kind has one; default default'),
  patches: z.array(z.record(z.string(), z.unknown())).meta({ kplay: 'private' }).default([]).describe('parts of objects, each with kind and metadata.name, merged into the object of that name before it is applied: mappings field by field, lists of what has a name by name, anything else as it stands here; null takes a field away'),
  images: z.record(z.string(), text()).default({}).describe('other places of images: beginning of their names, what stands there instead, such as {docker.io: mirror.example/docker.io}; the longest that fits counts'),
};

export type SourceWish = z.infer<ReturnType<typeof sourceSchema>>;
const sourceSchema = () => z.object(sourceParams);

/** Bytes of a file of the host that are read. */
const most = 16 * 1024 * 1024;

/** The objects that are asked for, changed as is asked. Throws ModuleFailure for what is none, Missing where it lies on the host and is not there. */
export async function readSources(asked: SourceWish, probe: Probe, here: Here): Promise<KubeObject[]> {
  const objects = withPatches(await readSource(asked, probe, here), asked.patches);
  if (objects.length === 0) throw new ModuleFailure('there is no object in the definition');
  return objects.map((each) => withImages(each, asked.images));
}

async function readSource(asked: SourceWish, probe: Probe, here: Here): Promise<KubeObject[]> {
  const { definition, src, template, url } = asked;
  if (definition !== undefined) return readObjects(named(documentsOf(definition), asked), 'the definition');
  if (template !== undefined) return readObjects(readYaml(await here.template(template), template), template);
  if (url !== undefined) return readObjects(readYaml(await download(asked, url, probe), shownUrl(url)), shownUrl(url));
  if (src !== undefined) return asked.remote_src ? fromHost(asked, src, probe) : fromController(asked, src, here);
  return readObjects([bare(asked)], 'the task');
}

/** What a mapping does not say, the task does. */
function named(documents: readonly unknown[], asked: SourceWish): unknown[] {
  const [only] = documents;
  if (documents.length !== 1 || !isMapping(only)) return [...documents];
  const metadata = isMapping(only['metadata']) ? only['metadata'] : {};
  return [{
    ...only, apiVersion: only['apiVersion'] ?? asked.api_version, kind: only['kind'] ?? asked.kind,
    ...((isMapping(only['metadata']) || asked.name !== undefined) && { metadata: { ...metadata, name: metadata['name'] ?? asked.name } }),
  }];
}

function bare({ api_version, kind, name }: SourceWish): unknown {
  if (kind === undefined || name === undefined) throw new ModuleFailure('nothing says which objects: give definition, src, template or url, or kind and name');
  return { apiVersion: api_version ?? 'v1', kind, metadata: { name } };
}

/** A list may hold mappings and texts. */
function documentsOf(definition: unknown): unknown[] {
  if (typeof definition === 'string') return readYaml(definition, 'the definition');
  return Array.isArray(definition) ? definition.flatMap(documentsOf) : [definition];
}

async function fromController({ checksum }: SourceWish, src: string, here: Here): Promise<KubeObject[]> {
  const file = await here.file(src);
  if (file.kind === 'file') return readObjects(readYaml((await checked(await file.read(), checksum, src)).toString(), src), src);
  if (checksum !== undefined) throw new ModuleFailure(`${src} is a folder, which has no checksum`);
  const names = (await file.list()).filter(isManifest);
  const texts = await Promise.all(names.map(async (name) => (await here.file(`${file.path}/${name}`)).read()));
  return readObjects(texts.flatMap((bytes, at) => readYaml(bytes.toString(), names[at]!)), src);
}

async function fromHost({ checksum }: SourceWish, src: string, probe: Probe): Promise<KubeObject[]> {
  const path = await expandPath(src, probe);
  const stat = await probe.stat(path, { follow: true });
  if (!stat) throw new Missing({ kind: 'path', name: path }, `${path} is not on the host`);
  if (stat.kind === 'directory' && checksum !== undefined) throw new ModuleFailure(`${path} is a folder, which has no checksum`);
  const files = stat.kind === 'directory' ? (await listFolder(path, probe)).filter(isManifest).sort() : [path];
  const read = async (file: string): Promise<Buffer> => {
    const bytes = await probe.read(file, { cap: most });
    if (!bytes) throw new Missing({ kind: 'path', name: file }, `${file} is not on the host`);
    return checked(bytes, checksum, file);
  };
  const texts = await Promise.all(files.map(read));
  return readObjects(texts.flatMap((bytes, at) => readYaml(bytes.toString(), posix.basename(files[at]!))), path);
}

async function listFolder(path: string, probe: Probe): Promise<string[]> {
  return linesOf((await askRecords(probe, 'printf "@files\\n"; find -L "$1" -type f | sed "s/^/ /"', [path]))['files']);
}

function isManifest(name: string): boolean {
  return /\.(ya?ml|json)$/.test(name);
}

/** Looks at it by the host's own tool, and keeps nothing there. */
async function download({ checksum }: SourceWish, url: string, probe: Probe): Promise<string> {
  if (!/^https?:\/\//.test(url)) throw new ModuleFailure(`"${shownUrl(url)}" does not begin with http:// or https://`);
  const request: Download = { url, headers: {}, validateCerts: true, timeout: 30, useProxy: true };
  const answer = await askStream(needTool(await askTool(probe), request), request, 'cat', [], probe);
  if (answer.truncated) throw new ModuleFailure(`${shownUrl(url)} has more than 4 MiB`, { hint: 'bring it to the host with get_url, and name it with src and remote_src' });
  return (await checked(answer.stdout, checksum, shownUrl(url))).toString();
}

async function checked(bytes: Buffer, checksum: string | undefined, what: string): Promise<Buffer> {
  if (checksum === undefined) return bytes;
  const { algorithm, value } = readChecksum(checksum);
  const sum = createHash(algorithm).update(bytes).digest('hex');
  if (sum !== value) throw new ModuleFailure(`${what} has the ${algorithm} ${sum}, expected ${value}`);
  return bytes;
}
