/** Inventories from an executable that answers `--list` with JSON. Its answer is data and never a template. */
import PQueue from 'p-queue';
import { nearestHint } from '../source/nearest.ts';
import { TextError } from '../source/problem.ts';
import { shortName } from '../source/read-source.ts';
import { addChild, addGroup, addHost, groupNameFault, hostNameFault, setGroupVariable, type Draft, type DraftGroup, type Origin } from './draft.ts';
import { bounds } from './inventory.ts';
import { parseAnswer } from './parse-answer.ts';
import { runScript } from './run-script.ts';

type Data = Readonly<Record<string, unknown>>;

interface Reading {
  readonly draft: Draft;
  readonly origin: Origin;
  /** How messages call the script. */
  readonly name: string;
  /** Hosts that the answer names. */
  readonly hosts: Set<string>;
}

/** Runs the script and adds its answer to the draft, problems included. Throws TextError where it gives no JSON within `timeout` seconds. */
export async function readScript(file: string, draft: Draft, origin: Origin, timeout: number): Promise<void> {
  const name = shortName(file);
  const { stdout, stderr } = await runScript(file, ['--list'], timeout);
  if (stderr.trim() !== '') draft.warnings.push({ message: `the inventory script ${name} wrote to stderr: ${stderr.trim().split('\n').slice(-5).join('\n')}` });
  const answer = parseAnswer(`${name} --list`, stdout);
  const reading: Reading = { draft, origin, name, hosts: new Set() };
  for (const [group, body] of Object.entries(answer)) {
    if (group !== '_meta') readGroup(reading, group, body);
  }
  const meta = answer['_meta'];
  if (isData(meta) && 'hostvars' in meta) setHostVars(reading, meta['hostvars']);
  else await askEachHost(reading, file, timeout);
}

function readGroup(reading: Reading, name: string, body: unknown): void {
  const fault = groupNameFault(name);
  if (fault) return complain(reading, `group ${JSON.stringify(name)}: ${fault}`);
  const group = addGroup(reading.draft, name);
  if (Array.isArray(body)) return readHosts(reading, group, body);
  if (!isData(body)) return complain(reading, `group "${name}" must be a list of hosts or an object`);
  const known = ['hosts', 'vars', 'children'];
  // An object with none of the three is the oldest form: one host of the group's name, and its variables.
  if (!known.some((key) => key in body)) return Object.keys(body).length > 0 ? readGroup(reading, name, { hosts: [name], vars: body }) : undefined;
  for (const [key, value] of Object.entries(body)) {
    if (key === 'hosts') readHosts(reading, group, value);
    else if (key === 'vars') readVars(reading, group, value);
    else if (key === 'children') readChildren(reading, group, value);
    else reading.draft.warnings.push({ message: `${reading.name}: unknown key ${JSON.stringify(key)} in group "${name}"`, hint: nearestHint(key, known) });
  }
}

function readHosts(reading: Reading, group: DraftGroup, hosts: unknown): void {
  if (!Array.isArray(hosts)) return complain(reading, `"hosts" of group "${group.name}" must be a list`);
  for (const host of hosts) {
    const fault = typeof host === 'string' ? hostNameFault(host) : 'a host name is text';
    if (fault) complain(reading, `${brief(host)} in group "${group.name}": ${fault}`);
    else {
      addHost(reading.draft, host as string, group.name, reading.origin);
      reading.hosts.add(host as string);
    }
  }
}

function readVars({ draft, name }: Reading, group: DraftGroup, vars: unknown): void {
  if (!isData(vars)) return complain({ draft, name }, `"vars" of group "${group.name}" must be an object`);
  for (const [key, data] of Object.entries(vars)) setGroupVariable(draft, group, key, { data });
}

function readChildren(reading: Reading, group: DraftGroup, children: unknown): void {
  if (!Array.isArray(children)) return complain(reading, `"children" of group "${group.name}" must be a list`);
  for (const child of children) {
    const fault = typeof child === 'string' ? groupNameFault(child) : 'a group name is text';
    if (fault) complain(reading, `${brief(child)} in group "${group.name}": ${fault}`);
    else addChild(reading.draft, group.name, addGroup(reading.draft, child as string).name);
  }
}

function setHostVars(reading: Reading, hostvars: unknown): void {
  if (!isData(hostvars)) return complain(reading, '"hostvars" in "_meta" must be an object');
  for (const [host, vars] of Object.entries(hostvars)) if (reading.hosts.has(host)) setVars(reading, host, vars);
}

/** A script without `_meta` is asked about each host, four at a time. */
async function askEachHost(reading: Reading, file: string, timeout: number): Promise<void> {
  const queue = new PQueue({ concurrency: 4 });
  const ask = async (host: string): Promise<void> => {
    const { stdout } = await runScript(file, ['--host', host], timeout);
    if (stdout.trim() !== '') setVars(reading, host, parseAnswer(`${reading.name} --host ${host}`, stdout));
  };
  try {
    await Promise.all([...reading.hosts].map((host) => queue.add(() => ask(host))));
  } finally {
    queue.clear();
  }
}

function setVars(reading: Reading, host: string, vars: unknown): void {
  if (!isData(vars)) return complain(reading, `the variables of host "${host}" must be an object`);
  for (const [key, data] of Object.entries(vars)) reading.draft.hosts.get(host)!.vars.set(key, { data });
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  return JSON.stringify(value).slice(0, 60);
}

function complain({ draft, name }: Pick<Reading, 'draft' | 'name'>, message: string): void {
  if (draft.problems.length > bounds.problems) throw new TextError(draft.problems.splice(0));
  draft.problems.push({ message: `${name}: ${message}` });
}
