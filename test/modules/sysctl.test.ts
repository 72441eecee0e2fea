/** sysctl: what it decides, and how it reads keys and files. */
import test from 'ava';
import { sharedSession } from '../support/settles.ts';
import { rows } from '../support/plan-rows.ts';
import { tryModule } from '../support/try-module.ts';
import sysctl from '../../modules/sysctl.ts';
import { readSettings, sysctlPath, withSettings } from '../../modules/shared/sysctl.ts';

const forward = '/proc/sys/net/ipv4/ip_forward';
const own = '/etc/sysctl.d/99-zz-kplay.conf';
const off = { now: { [forward]: '0' }, file: undefined, later: [] };
const on = { now: { [forward]: '1' }, file: 'net.ipv4.ip_forward = 1\n', later: [] };

rows('sysctl', sysctl, {
  'sets a parameter now and at boot': {
    given: off, asked: { name: 'net.ipv4.ip_forward', value: 1 },
    says: ['set net.ipv4.ip_forward to 1, was 0', `set net.ipv4.ip_forward at boot in ${own}`],
    does: [`script ${forward} 1 net.ipv4.ip_forward`, `write ${own}`],
  },
  'leaves alone what is as asked': { given: on, asked: { name: 'net.ipv4.ip_forward', value: '1' }, says: [] },
  'does not care for the kind of blanks': {
    given: { now: { '/proc/sys/net/ipv4/tcp_rmem': '4096 131072 6291456' }, file: 'net.ipv4.tcp_rmem=4096\t131072 6291456\n', later: [] },
    asked: { name: 'net.ipv4.tcp_rmem', value: '4096   131072\t6291456' }, says: [],
  },
  'leaves the running kernel alone without reload': { given: off, asked: { name: 'net.ipv4.ip_forward', value: 1, reload: 'no' }, says: [`set net.ipv4.ip_forward at boot in ${own}`] },
  'sets it all the same with sysctl_set': { given: off, asked: { name: 'net.ipv4.ip_forward', value: 1, reload: false, sysctl_set: true }, says: ['set net.ipv4.ip_forward to 1, was 0', `set net.ipv4.ip_forward at boot in ${own}`] },
  'takes a parameter out of the file and leaves the kernel': { given: on, asked: { name: 'net.ipv4.ip_forward', state: 'absent' }, says: [`take net.ipv4.ip_forward out of ${own}`], does: [`write ${own}`] },
  'names the kernel module that a missing parameter comes with': {
    given: { now: {}, file: undefined, later: [] }, asked: { name: 'net.bridge.bridge-nf-call-iptables', value: 1 },
    fails: /^missing path \/proc\/sys\/net\/bridge\/bridge-nf-call-iptables: the kernel has no parameter/,
    says: ['set net.bridge.bridge-nf-call-iptables to 1', `set net.bridge.bridge-nf-call-iptables at boot in ${own}`],
  },
  'lets a missing parameter pass where that is asked': { given: { now: {}, file: undefined, later: [] }, asked: { name: 'net.nothing', value: 1, ignoreerrors: true }, says: [`set net.nothing at boot in ${own}`] },
  'warns of a file that has the last word at boot': { given: { ...on, later: [{ file: '/etc/sysctl.conf', key: 'net/ipv4/ip_forward', value: '0' }] }, asked: { name: 'net.ipv4.ip_forward', value: 1 }, says: [], warns: [/set to 0 by \/etc\/sysctl\.conf, which is read after/] },
  'sets several at once': {
    given: { now: { [forward]: '1', '/proc/sys/vm/swappiness': '60' }, file: '', later: [] }, asked: { values: { 'net.ipv4.ip_forward': 1, 'vm.swappiness': 0 } },
    says: ['set vm.swappiness to 0, was 60', `set net.ipv4.ip_forward, vm.swappiness at boot in ${own}`],
  },
  'refuses a name that is none': { given: off, asked: { name: 'a b', value: 1 }, fails: /not the name of a kernel parameter/ },
  'refuses a way out of /proc/sys': { given: off, asked: { name: 'net/../../etc', value: 1 }, fails: /not the name of a kernel parameter/ },
  'needs a value': { given: off, asked: { name: 'net.ipv4.ip_forward' }, fails: /needs a value/ },
});

test('the first separator of a key decides what dots and slashes mean', (t) => {
  t.is(sysctlPath('net.ipv4.ip_forward'), forward);
  t.is(sysctlPath('net/ipv4/ip_forward'), forward);
  t.is(sysctlPath('net.ipv4.conf.eth0/1.rp_filter'), '/proc/sys/net/ipv4/conf/eth0.1/rp_filter');
  t.is(sysctlPath('net/ipv4/conf/eth0.1/rp_filter'), '/proc/sys/net/ipv4/conf/eth0.1/rp_filter');
});

test('a file keeps its comments and order; a key is set once, where its last line stood', (t) => {
  const file = '# kept\nvm.swappiness = 10\n\nkernel.panic=5\nvm/swappiness = 20\n; end';
  t.is(withSettings(file, new Map([['vm.swappiness', '0'], ['a.b', '1']])), '# kept\n\nkernel.panic=5\nvm/swappiness = 0\n; end\na.b = 1\n');
  t.is(withSettings('vm.swappiness=0\n', new Map([['vm.swappiness', undefined]])), '');
  t.is(withSettings('-vm.swappiness =  0 \n', new Map([['vm.swappiness', '0']])), '-vm.swappiness =  0 \n', 'a line that says it already stays as it is');
  t.deepEqual(readSettings('a = 1\n#b=2\n; c = 3\n-d=4 5\t6\nnothing\n'), [{ key: 'a', value: '1' }, { key: 'd', value: '4 5 6' }]);
});

const session = sharedSession(test);
test('sysctl asks a real kernel for its values in one question', async (t) => {
  const tried = await tryModule(sysctl, { values: { 'kernel.ostype': 'Linux', 'net.ipv4.ip_local_port_range': '1 2' }, reload: false }, { session: await session(), check: true });
  t.is((tried.result['values'] as Record<string, string>)['kernel.ostype'], 'Linux');
  t.regex((tried.result['values'] as Record<string, string>)['net.ipv4.ip_local_port_range']!, /^\d+ \d+$/);
});
