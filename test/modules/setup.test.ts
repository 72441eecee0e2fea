/** setup: facts under Ansible's names, read from recorded answers and from this machine. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';
import setup from '../../modules/setup.ts';
import { distributionFacts } from '../../modules/shared/facts-distribution.ts';
import { firmwareFacts, hardwareFacts } from '../../modules/shared/facts-hardware.ts';
import { dnsFacts, networkFacts } from '../../modules/shared/facts-network.ts';
import { localFacts, systemFacts, virtualFacts } from '../../modules/shared/facts-system.ts';
import { ipv6OfHex, netmask, networkOf } from '../../modules/shared/ipv4.ts';

const session = sharedSession(test);
const short = ({ distribution, distribution_version, distribution_major_version, distribution_release, os_family }: Record<string, unknown>) => [distribution, distribution_version, distribution_major_version, distribution_release, os_family];

/** os-release and what older files add → what Ansible calls it. */
const systems: Record<string, { files: Record<string, string>; is: unknown[] }> = {
  'Debian 12': { files: { 'os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian', debian_version: '12.11' }, is: ['Debian', '12.11', '12', 'bookworm', 'Debian'] },
  'Debian testing': { files: { 'os-release': 'NAME="Debian GNU/Linux"\nVERSION_CODENAME=forky\nID=debian', debian_version: 'forky/sid' }, is: ['Debian', 'NA', 'NA', 'forky', 'Debian'] },
  'Ubuntu 22.04': { files: { 'os-release': 'PRETTY_NAME="Ubuntu 22.04.4 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION="22.04.4 LTS (Jammy Jellyfish)"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian', debian_version: 'bookworm/sid' }, is: ['Ubuntu', '22.04', '22', 'jammy', 'Debian'] },
  'Rocky 9': { files: { 'os-release': 'NAME="Rocky Linux"\nVERSION="9.3 (Blue Onyx)"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"', release: 'Rocky Linux release 9.3 (Blue Onyx)' }, is: ['Rocky', '9.3', '9', 'Blue Onyx', 'RedHat'] },
  'RHEL 8': { files: { 'os-release': 'NAME="Red Hat Enterprise Linux"\nVERSION="8.9 (Ootpa)"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="8.9"', release: 'Red Hat Enterprise Linux release 8.9 (Ootpa)' }, is: ['RedHat', '8.9', '8', 'Ootpa', 'RedHat'] },
  'CentOS 7': { files: { 'os-release': 'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"', release: 'CentOS Linux release 7.9.2009 (Core)' }, is: ['CentOS', '7.9', '7', 'Core', 'RedHat'] },
  'CentOS Stream 9': { files: { 'os-release': 'NAME="CentOS Stream"\nVERSION="9"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="9"', release: 'CentOS Stream release 9' }, is: ['CentOS', '9', '9', 'Stream', 'RedHat'] },
  'AlmaLinux 9': { files: { 'os-release': 'NAME="AlmaLinux"\nVERSION="9.4 (Seafoam Ocelot)"\nID="almalinux"\nVERSION_ID="9.4"' }, is: ['AlmaLinux', '9.4', '9', 'Seafoam Ocelot', 'RedHat'] },
  'openEuler 22.03': { files: { 'os-release': 'NAME="openEuler"\nVERSION="22.03 (LTS-SP3)"\nID="openEuler"\nVERSION_ID="22.03"' }, is: ['openEuler', '22.03', '22', 'LTS-SP3', 'RedHat'] },
  'Kylin V10': { files: { 'os-release': 'NAME="Kylin Linux Advanced Server"\nVERSION="V10 (Lance)"\nID="kylin"\nVERSION_ID="V10"' }, is: ['Kylin Linux Advanced Server', 'V10', 'V10', 'Lance', 'RedHat'] },
  'openSUSE Leap': { files: { 'os-release': 'NAME="openSUSE Leap"\nVERSION="15.5"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.5"' }, is: ['openSUSE Leap', '15.5', '15', 'NA', 'Suse'] },
  'one that nobody has heard of': { files: { 'os-release': 'NAME=\'My "own" Linux\'\nID=mine\nID_LIKE="ubuntu debian"\nVERSION_ID=1.2.3' }, is: ['My "own" Linux', '1.2.3', '1', 'NA', 'Debian'] },
  'none at all': { files: { ostype: 'Linux' }, is: ['Linux', 'NA', 'NA', 'NA', 'Linux'] },
};
for (const [name, { files, is }] of Object.entries(systems)) test(`${name} is called as Ansible calls it`, (t) => t.deepEqual(short(distributionFacts(files)), is));

const link = { ifname: 'eth0', addr_info: [{ family: 'inet', local: '10.0.3.7', prefixlen: 20, scope: 'global', broadcast: '10.0.15.255' }, { family: 'inet', local: '10.9.9.9', prefixlen: 32, scope: 'global' }, { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link' }] };
const network = {
  sysnet: 'eth0\t02:fc:00:00:00:01\t1500\t0x1003\t1\tether\t1000\tup\nlo\t00:00:00:00:00:00\t65536\t0x9\t772\tether\t\tunknown\nbr-a\t02:aa:00:00:00:01\t1500\t0x1102\t1\tbridge\t-1\tdown\nveth1\t02:bb:00:00:00:01\t1500\t0x1003\t1\tether\t10000\tup',
  links: JSON.stringify([{ ifname: 'lo', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host' }, { family: 'inet6', local: '::1', prefixlen: 128, scope: 'host' }] }, link, { ifname: 'br-a', addr_info: [] }, { ifname: 'veth1', master: 'br-a', addr_info: [] }]),
  route4: '[{"dst":"8.8.8.8","gateway":"10.0.0.1","dev":"eth0","prefsrc":"10.0.3.7","flags":[],"uid":0,"cache":[]}]',
};
const eth0 = { address: '10.0.3.7', broadcast: '10.0.15.255', netmask: '255.255.240.0', network: '10.0.0.0', prefix: '20' };

test('interfaces and the default route are told as Ansible tells them', (t) => {
  const facts = networkFacts(network);
  t.deepEqual(facts['interfaces'], ['eth0', 'lo', 'br-a', 'veth1']);
  t.deepEqual(facts['default_ipv4'], { interface: 'eth0', gateway: '10.0.0.1', macaddress: '02:fc:00:00:00:01', mtu: 1500, type: 'ether', alias: 'eth0', ...eth0 });
  t.deepEqual(facts['default_ipv6'], {});
  t.deepEqual(facts['all_ipv4_addresses'], ['10.0.3.7', '10.9.9.9']);
  t.deepEqual(facts['all_ipv6_addresses'], ['fe80::1']);
  t.like(facts['eth0'], { device: 'eth0', active: true, promisc: false, type: 'ether', speed: 1000, ipv4: eth0, ipv6: [{ address: 'fe80::1', prefix: '64', scope: 'link' }] });
  t.deepEqual((facts['eth0'] as { ipv4_secondaries: { address: string }[] }).ipv4_secondaries.map((each) => each.address), ['10.9.9.9']);
  t.like(facts['br_a'], { device: 'br-a', active: false, promisc: true, type: 'bridge', interfaces: ['veth1'] });
  t.like(facts['lo'], { type: 'loopback', macaddress: undefined });
});

test('without ip(8), /proc tells the same', (t) => {
  const { links: _, route4: __, ...rest } = network;
  const facts = networkFacts({
    ...rest,
    'proc-route': 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\neth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\neth0\t0000000A\t00000000\t0001\t0\t0\t0\t00F0FFFF\t0\t0\t0',
    fib_trie: 'Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.0.0.0\n        /20 link UNICAST\n        |-- 10.0.3.7\n           /32 host LOCAL\n        |-- 10.0.15.255\n           /32 link BROADCAST\n     |-- 127.0.0.1\n        /32 host LOCAL',
    if_inet6: 'fe800000000000000000000000000001 02 40 20 80     eth0\n00000000000000000000000000000001 01 80 10 80       lo',
  });
  t.deepEqual(facts['default_ipv4'], { interface: 'eth0', gateway: '10.0.0.1', macaddress: '02:fc:00:00:00:01', mtu: 1500, type: 'ether', alias: 'eth0', ...eth0 });
  t.deepEqual(facts['all_ipv6_addresses'], ['fe80::1']);
});

test('sums with addresses', (t) => {
  t.is(netmask(0), '0.0.0.0');
  t.is(netmask(32), '255.255.255.255');
  t.is(netmask(20), '255.255.240.0');
  t.is(networkOf('192.168.255.9', 17), '192.168.128.0');
  t.is(ipv6OfHex('fd000000000000000000000000000002'), 'fd00::2');
  t.is(ipv6OfHex('20010db8000000010000000000000001'), '2001:db8:0:1::1');
  t.is(ipv6OfHex('00000000000000000000000000000001'), '::1');
  t.is(ipv6OfHex('00000000000000000000000000000000'), '::');
  t.is(ipv6OfHex('20010db8000100020003000400050006'), '2001:db8:1:2:3:4:5:6');
});

test('resolv.conf is read', (t) => {
  t.deepEqual(dnsFacts('# x\nnameserver 10.0.0.2\nnameserver 10.0.0.3 ; second\nsearch a.example b.example\noptions ndots:5 rotate\n').dns, { nameservers: ['10.0.0.2', '10.0.0.3'], search: ['a.example', 'b.example'], options: { ndots: '5', rotate: true } });
  t.deepEqual(dnsFacts(undefined), { dns: {} });
});

const intel = (id: number, socket: number) => `processor\t: ${id}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R)\nphysical id\t: ${socket}\nsiblings\t: 4\ncore id\t\t: ${id % 2}\ncpu cores\t: 2`;
const counted = (cpuinfo: string, machine = 'x86_64') => {
  const { processor_count, processor_cores, processor_threads_per_core, processor_vcpus } = hardwareFacts({ cpuinfo }, machine);
  return [processor_count, processor_cores, processor_threads_per_core, processor_vcpus];
};
test('processors are counted as sockets, cores and threads', (t) => {
  t.deepEqual(counted([0, 1, 2, 3].map((id) => intel(id, 0)).join('\n')), [1, 2, 2, 4]);
  t.deepEqual(counted([...[0, 1, 2, 3].map((id) => intel(id, 0)), ...[4, 5, 6, 7].map((id) => intel(id, 1))].join('\n')), [2, 2, 2, 8]);
  t.deepEqual(counted('processor\t: 0\nprocessor\t: 1\nprocessor\t: 2', 'aarch64'), [3, 1, 1, 3]);
  t.deepEqual(hardwareFacts({ cpuinfo: intel(0, 0) }, 'x86_64')['processor'], ['0', 'GenuineIntel', 'Intel(R) Xeon(R)']);
});

test('memory, mounts and disks are told in Ansible\'s units', (t) => {
  const facts = hardwareFacts({
    meminfo: 'MemTotal:       24683808 kB\nMemFree:        23568384 kB\nBuffers:           10240 kB\nCached:           102400 kB\nSwapCached:            0 kB\nSwapTotal:       2097152 kB\nSwapFree:        1048576 kB',
    mounts: '/dev/vda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n/dev/vdb /mnt/a\\040b xfs rw 0 0\nnas:/x /nas nfs rw 0 0\n/dev/vdc /mnt/x none rw 0 0', sizes: '4096 1000 400 300 50 20 /\n512 10 5 5 0 0 /mnt/a b', uuids: 'c0ffee vda1',
    disks: 'disk\tvda\t536870912\t512\t0\t0\t1\t0x1af4\t\npart\tvda\tvda1\t2048\t34', uptime: '3841.55 7000.12',
  }, 'x86_64');
  t.like(facts, { memtotal_mb: 24105, memfree_mb: 23016, swaptotal_mb: 2048, swapfree_mb: 1024, uptime_seconds: 3841 });
  t.deepEqual(facts['memory_mb'], { real: { total: 24105, free: 23016, used: 1089 }, nocache: { free: 23126, used: 979 }, swap: { total: 2048, free: 1024, used: 1024, cached: 0 } });
  const mounts = facts['mounts'] as Record<string, unknown>[];
  t.deepEqual(mounts.map(({ mount, device }) => [mount, device]), [['/', '/dev/vda1'], ['/mnt/a b', '/dev/vdb'], ['/nas', 'nas:/x']]);
  t.like(mounts[0], { fstype: 'ext4', options: 'rw,relatime', uuid: 'c0ffee', size_total: 4096000, size_available: 1228800, block_used: 700, inode_used: 30 });
  t.like(mounts[2], { uuid: 'N/A', size_total: undefined });
  t.like((facts['devices'] as Record<string, unknown>)['vda'], { size: '256.00 GB', sectors: '536870912', model: null, vendor: '0x1af4', partitions: { vda1: { size: '1.00 MB', sectors: '2048', start: '34', sectorsize: 512 } } });
});

test('names come from the kernel and /etc/hosts, and no name server is asked', (t) => {
  const names = (hostname: string, hosts: string) => {
    const { nodename, hostname: short, fqdn, domain } = systemFacts({ hostname, hosts }, 'Debian');
    return [nodename, short, fqdn, domain];
  };
  t.deepEqual(names('m1', '127.0.1.1 m1.lab.example m1 # own'), ['m1', 'm1', 'm1.lab.example', 'lab.example']);
  t.deepEqual(names('m1', '10.0.0.1 m1 m1.lab.example'), ['m1', 'm1', 'm1.lab.example', 'lab.example']);
  t.deepEqual(names('m1.x.y', ''), ['m1.x.y', 'm1', 'm1.x.y', 'x.y']);
  t.deepEqual(names('m1', '127.0.0.1 localhost'), ['m1', 'm1', 'm1', '']);
});

test('managers and security are told by what is there', (t) => {
  const facts = (there: string[], family: string, more = {}) => systemFacts({ there: there.join('\n'), ...more }, family);
  t.is(facts(['/usr/bin/apt-get', '/usr/bin/dnf'], 'Debian')['pkg_mgr'], 'apt');
  t.is(facts(['/usr/bin/apt-get', '/usr/bin/dnf', '/usr/bin/dnf-3', '/usr/bin/yum'], 'RedHat')['pkg_mgr'], 'dnf');
  t.is(facts(['/usr/bin/yum'], 'RedHat')['pkg_mgr'], 'yum');
  t.is(facts([], 'Debian')['pkg_mgr'], 'unknown');
  t.is(facts(['/run/systemd/system'], 'Debian')['service_mgr'], 'systemd');
  t.is(facts([], 'Debian', { comm: 'init' })['service_mgr'], 'service');
  t.deepEqual(facts(['/sys/fs/selinux/enforce'], 'RedHat', { enforce: '1', policyvers: '33', selinux: '# x\nSELINUX=enforcing\nSELINUXTYPE=targeted' })['selinux'], { status: 'enabled', mode: 'enforcing', config_mode: 'enforcing', type: 'targeted', policyvers: '33' });
  t.deepEqual(facts([], 'Debian')['selinux'], { status: 'disabled' });
  t.true(systemFacts({ root: '1:2\n8:2' }, 'Debian')['is_chroot']);
  t.false(systemFacts({ root: '8:2\n8:2' }, 'Debian')['is_chroot']);
  t.false(systemFacts({ root: '8:2' }, 'Debian')['is_chroot'], 'only root can compare');
});

test('what kind of machine it is goes by what the machine says of itself', (t) => {
  const is = (records: Record<string, string>) => Object.values(virtualFacts(records)).join(' ');
  t.is(is({ container: 'docker', vm: 'kvm' }), 'docker guest');
  t.is(is({ container: 'systemd-nspawn', vm: 'kvm' }), 'container guest');
  t.is(is({ container: 'none', vm: 'kvm' }), 'kvm guest');
  t.is(is({ container: 'none', vm: 'oracle' }), 'virtualbox guest');
  t.is(is({ container: '', vm: '', sys_vendor: 'QEMU', product_name: 'Standard PC' }), 'kvm guest');
  t.is(is({ container: '', vm: '', sys_vendor: 'VMware, Inc.' }), 'VMware guest');
  t.is(is({ container: '', vm: '', cgroup: '0::/system.slice/docker-ab12.scope' }), 'docker guest');
  t.is(is({ container: 'none', vm: 'none', modules: 'kvm 1 0 - Live 0x0' }), 'kvm host');
  t.is(is({ container: 'none', vm: 'none' }), 'NA NA');
  t.is(firmwareFacts({ product_uuid: ' 1234 ' })['product_uuid'], '1234');
  t.is(firmwareFacts({})['product_uuid'], 'NA');
});

test('environment and command line are data, whatever they hold', (t) => {
  const facts = systemFacts({ env: 'A=1\nB={{ 7*7 }} $(reboot)\u0001second\nLC_ALL=C\nC==x', cmdline: 'BOOT_IMAGE=/vmlinuz root=UUID=1-2 ro quiet dyndbg="file a +p"' }, 'Debian');
  t.deepEqual(facts['env'], { A: '1', B: '{{ 7*7 }} $(reboot)\nsecond', C: '=x' });
  t.deepEqual(facts['cmdline'], { BOOT_IMAGE: '/vmlinuz', root: 'UUID=1-2', ro: true, quiet: true, dyndbg: 'file a +p' });
});

test('local facts are JSON or INI; what is neither says so', (t) => {
  t.deepEqual(localFacts({ 'local:a': '{"x": [1]}', 'local:b': '[General]\nSize = big\n; no\n[Other]\nk: v\n', 'local:c': 'nonsense' }), { local: { a: { x: [1] }, b: { General: { size: 'big' }, Other: { k: 'v' } }, c: 'error loading facts as JSON or INI' } });
});

const gather = async (params: Record<string, unknown>) => (await tryModule(setup, params, { session: await session() })).result['ansible_facts'] as Record<string, unknown>;

test('this machine tells all its facts in one question', async (t) => {
  const facts = await gather({});
  for (const name of ['distribution', 'os_family', 'kernel', 'architecture', 'hostname', 'memtotal_mb', 'processor_vcpus', 'default_ipv4', 'interfaces', 'lo', 'mounts', 'date_time', 'env', 'user_id', 'pkg_mgr', 'service_mgr', 'virtualization_type', 'machine_id', 'product_name', 'lsb', 'cmdline', 'uptime_seconds', 'is_chroot', 'apparmor', 'local', 'dns']) {
    t.true(`ansible_${name}` in facts, name);
  }
  t.is(facts['module_setup'], true);
  t.true(Math.abs(Date.now() / 1000 - Number((facts['ansible_date_time'] as { epoch: string }).epoch)) < 60);
});

test('parts and names narrow what is gathered', async (t) => {
  const names = async (params: Record<string, unknown>) => new Set(Object.keys(await gather(params)).map((name) => name.replace('ansible_', '')));
  const min = await names({ gather_subset: 'min' });
  t.true(min.has('distribution') && !min.has('memtotal_mb') && !min.has('interfaces'));
  const net = await names({ gather_subset: ['!all', 'network'] });
  t.true(net.has('distribution') && net.has('interfaces') && !net.has('memtotal_mb'));
  const some = await names({ gather_subset: ['!hardware'] });
  t.true(some.has('interfaces') && !some.has('memtotal_mb'));
  t.deepEqual([...(await names({ gather_subset: ['!all', '!min'] }))], ['gather_subset', 'module_setup']);
  t.deepEqual([...(await names({ filter: ['ansible_distribution_m*', 'kernel'] }))].filter((name) => !['gather_subset', 'module_setup'].includes(name)).toSorted(), ['distribution_major_version', ...(min.has('distribution_minor_version') ? ['distribution_minor_version'] : []), 'kernel']);
  t.false(setup.params.safeParse({ gather_subset: 'netwrok' }).success);
});

test('local facts are read from their folder; programs there are named and not run', async (t) => {
  const folder = await tempFolder(t);
  await writeFile(path.join(folder, 'site.fact'), '{"rack": 7}');
  await writeFile(path.join(folder, 'evil.fact'), `#!/bin/sh\ntouch ${folder}/ran\n`);
  await chmod(path.join(folder, 'evil.fact'), 0o755);
  const facts = await gather({ fact_path: folder, filter: 'local' });
  t.deepEqual(facts['ansible_local'], { site: { rack: 7 } });
  t.false(existsSync(path.join(folder, 'ran')));
});

/** Facts that must be Ansible's own, word for word, where Ansible is installed. */
const same = [
  'architecture', 'distribution', 'distribution_major_version', 'distribution_release', 'distribution_version', 'os_family', 'kernel', 'kernel_version', 'machine', 'system', 'nodename', 'hostname', 'memtotal_mb', 'swaptotal_mb', 'processor', 'processor_cores', 'processor_count', 'processor_threads_per_core', 'processor_vcpus',
  'default_ipv4', 'default_ipv6', 'lo', 'dns', 'cmdline', 'machine_id', 'product_name', 'product_uuid', 'pkg_mgr', 'service_mgr', 'selinux', 'apparmor', 'is_chroot', 'user_id', 'user_uid', 'user_dir', 'user_shell', 'user_gecos', 'virtualization_type', 'virtualization_role', 'lsb', 'fips', 'userspace_bits', 'real_user_id', 'effective_group_id',
];

test('the facts of this machine are those that Ansible gathers', async (t) => {
  const answer = await promisify(execFile)('ansible', ['localhost', '-c', 'local', '-m', 'setup'], { maxBuffer: 64 * 1024 * 1024 }).catch((error: NodeJS.ErrnoException) => error);
  if (answer instanceof Error) {
    t.is((answer as NodeJS.ErrnoException).code, 'ENOENT', answer.message);
    process.stderr.write('\n*** FACTS ARE NOT COMPARED: ansible is not installed here ***\n\n');
    return;
  }
  const theirs = (JSON.parse(answer.stdout.slice(answer.stdout.indexOf('{'))) as { ansible_facts: Record<string, unknown> }).ansible_facts;
  const ours = await gather({});
  for (const name of same) t.deepEqual(ours[`ansible_${name}`], theirs[`ansible_${name}`], name);
});
