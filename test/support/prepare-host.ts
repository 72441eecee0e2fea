/**
 * Run before the tests: as root on Debian or Ubuntu it installs what the tests on real machines, sshd, etcd and Jinja2 need,
 * and builds Kubernetes from the distribution's source package, once, and says so. No service of these packages is started or enabled.
 * Anywhere else those tests skip, each saying why.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { testKubernetes } from './kubernetes.ts';

const wanted: Readonly<Record<string, string>> = {
  '/usr/bin/systemd-nspawn': 'systemd-container', '/usr/bin/mmdebstrap': 'mmdebstrap', '/usr/sbin/nft': 'nftables', '/usr/bin/ip': 'iproute2',
  '/usr/bin/ssh': 'openssh-client', '/usr/sbin/sshd': 'openssh-server', '/usr/bin/sudo': 'sudo', '/usr/bin/busybox': 'busybox', '/usr/bin/openssl': 'openssl',
  '/usr/bin/etcd': 'etcd-server', '/usr/bin/etcdctl': 'etcd-client', '/usr/bin/unzip': 'unzip', '/usr/bin/zip': 'zip', '/usr/bin/curl': 'curl',
  '/usr/lib/python3/dist-packages/jinja2': 'python3-jinja2', '/usr/bin/zstd': 'zstd', '/usr/bin/bzip2': 'bzip2', '/usr/bin/xz': 'xz-utils',
  '/usr/bin/skopeo': 'skopeo', '/usr/bin/docker-registry': 'docker-registry', '/usr/bin/gpg': 'gnupg', '/usr/bin/mksh': 'mksh', '/usr/bin/dnf': 'dnf', '/usr/bin/createrepo_c': 'createrepo-c', '/usr/bin/rpmbuild': 'rpm',
};

const missing = Object.entries(wanted).filter(([file]) => !existsSync(file)).map(([, name]) => name);
const able = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && existsSync('/etc/debian_version');
if (missing.length > 0 && able) install(missing);
else if (missing.length > 0) process.stderr.write(`\n*** tests that need ${missing.join(', ')} are skipped: only root on Debian or Ubuntu can install them ***\n\n`);
if (able) await testKubernetes('the tests');

function install(packages: readonly string[]): void {
  process.stderr.write(`installing for the tests: ${packages.join(' ')} (their services are neither started nor enabled)\n`);
  const policy = '/usr/sbin/policy-rc.d';
  const mine = !existsSync(policy);
  if (mine) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['update', '-q'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    const services = packages.flatMap((name) => ({ 'openssh-server': ['ssh.service', 'ssh.socket'], 'etcd-server': ['etcd.service'], nftables: ['nftables.service'], 'docker-registry': ['docker-registry.service'] })[name] ?? []);
    execFileSync('apt-get', ['install', '-q', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...packages], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    // Nor do they start at the next boot.
    for (const service of services) spawnSync('systemctl', ['disable', service], { stdio: 'ignore' });
  } catch (error) {
    process.stderr.write(`\n*** could not install them, so tests that need them are skipped: ${(error as Error).message} ***\n\n`);
  } finally {
    if (mine) rmSync(policy);
  }
}
