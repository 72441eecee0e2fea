/** This host forwards packets while a lab is up, and does as before when the last one is down. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from './command.ts';
import { withLock } from './lock.ts';
import { runFolder, tablePrefix } from './paths.ts';

const setting = '/proc/sys/net/ipv4/ip_forward';
// In /run, which a reboot empties: as it resets the setting itself.
const found = join(runFolder, 'ip_forward.found');

/** Switches forwarding on, and remembers how it was found. */
export function keepForwarding(): Promise<void> {
  return withLock(join(runFolder, 'forwarding.lock'), quick, async () => {
    const now = (await readFile(setting, 'utf8')).trim();
    if (now === '1') return;
    await mkdir(runFolder, { recursive: true });
    if (!existsSync(found)) await writeFile(found, now);
    await writeFile(setting, '1');
  });
}

/** Sets forwarding back as it was found, unless a lab's nft table says that one is still up. */
export function releaseForwarding(): Promise<void> {
  return withLock(join(runFolder, 'forwarding.lock'), quick, async () => {
    if (!existsSync(found) || (await must(['nft', 'list', 'tables'])).includes(` ${tablePrefix}`)) return;
    await writeFile(setting, await readFile(found, 'utf8'));
    await rm(found);
  });
}

const quick = { onWait: () => {}, timeout: 30 };
