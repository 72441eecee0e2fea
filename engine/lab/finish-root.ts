/** The last steps of a base root: the lab's own files in, what each machine must have of its own out. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Certificate } from './base-root.ts';
import { must } from './command.ts';
import { bootFolder, enabledUnits, maskedUnits, rootFiles } from './recipe.ts';

/** Turns a freshly unpacked root into a base root. */
export async function finishRoot(root: string, certificates: readonly Certificate[]): Promise<void> {
  for (const { path, text, mode } of rootFiles) await put(join(root, path), text, mode);
  await mkdir(join(root, bootFolder), { recursive: true });
  await linkUnits(root);
  await quietSysctls(root);
  await dropOwn(root);
  for (const { name, text } of certificates) await put(join(root, 'usr/local/share/ca-certificates', name), text);
  if (certificates.length > 0) await must(['chroot', root, 'update-ca-certificates']);
}

async function linkUnits(root: string): Promise<void> {
  const units = join(root, 'etc/systemd/system');
  for (const unit of maskedUnits) await link(join(units, unit), '/dev/null');
  for (const { unit, from, wantedBy } of enabledUnits) await link(join(units, `${wantedBy}.wants`, unit), `${from}/${unit}`);
}

/** Settings of vm.* and kernel.* are this host's own: what the distribution would set at boot is left out, what playbooks write stays in force. */
async function quietSysctls(root: string): Promise<void> {
  const usual = join(root, 'usr/lib/sysctl.d');
  const local = join(root, 'etc/sysctl.d');
  await rm(local, { recursive: true, force: true });
  await mkdir(local);
  for (const name of existsSync(usual) ? await readdir(usual) : []) await link(join(local, name), '/dev/null');
}

/** Keys, ids, names and package sources: every machine gets its own. */
async function dropOwn(root: string): Promise<void> {
  const ssh = join(root, 'etc/ssh');
  const keys = (await readdir(ssh)).filter((name) => name.startsWith('ssh_host_')).map((name) => join(ssh, name));
  const sources = join(root, 'etc/apt/sources.list.d');
  const lists = (await readdir(sources)).map((name) => join(sources, name));
  const own = ['etc/hostname', 'etc/hosts', 'etc/resolv.conf', 'etc/machine-id', 'var/lib/dbus/machine-id', 'etc/apt/sources.list', 'etc/apt/apt.conf.d/99mmdebstrap'];
  for (const path of [...keys, ...lists, ...own.map((name) => join(root, name))]) await rm(path, { force: true });
}

async function put(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, mode);
}

async function link(path: string, target: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await symlink(target, path);
}
