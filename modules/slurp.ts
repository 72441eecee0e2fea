/** Reads a file of the host into a variable, as base64. Changes nothing. */
import { defineModule, Missing, ModuleFailure, text, TooLarge, z, type Probe } from '../engine/module/kit.ts';
import { expandPath } from './shared/host-path.ts';

/** Bytes; what is kept in a variable is held in memory, and again in base64. */
const most = 8 * 1024 * 1024;

export default defineModule({
  summary: 'Read a file of the host into a variable',
  params: z.object({
    src: text().describe('path of a file on the host, links followed; at most 8 MiB'),
  }),
  aliases: { path: 'src' },
  example: '- name: Read what is mounted\n  slurp:\n    src: /proc/mounts\n  register: mounts\n- debug:\n    msg: "{{ mounts.content | b64decode }}"',
  returns: { content: 'the file in base64: the filter b64decode gives its text', encoding: 'base64', source: 'path of the file' },
  touches: () => [],
  reads: true,
  async inspect({ src }, probe) {
    const path = await expandPath(src, probe);
    return { path, bytes: await readWhole(path, probe) };
  },
  plan(_asked, { path, bytes }) {
    if (!bytes) throw new Missing({ kind: 'path', name: path }, `file not found: ${path}`);
    return { changes: [], result: { content: bytes.toString('base64'), encoding: 'base64', source: path } };
  },
});

function readWhole(path: string, probe: Probe): Promise<Buffer | undefined> {
  return probe.read(path, { cap: most }).catch((error: unknown) => {
    if (error instanceof TooLarge) throw new ModuleFailure(`${path} is too large to be kept in a variable: it has more than 8 MiB`, { hint: 'bring it to the controller with the fetch module' });
    throw error;
  });
}
