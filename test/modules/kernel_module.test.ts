/** kernel_module: what it decides, and what counts as loaded. */
import test from 'ava';
import { rows } from '../support/plan-rows.ts';
import kernelModule, { whatIs } from '../../modules/kernel_module.ts';
import { moduleBehind, optionOf, pathsOf } from '../../modules/shared/kernel-features.ts';

const load = '/etc/modules-load.d/br_netfilter.conf';
const options = '/etc/modprobe.d/br_netfilter.conf';
const bare = { why: '', load: undefined, options: undefined };

rows('kernel_module', kernelModule, {
  'loads a module now and at boot': { given: { ...bare, kind: 'loadable' }, asked: { name: 'br_netfilter' }, says: ['load the kernel module br_netfilter', `write ${load}`], does: ['script br_netfilter', `write ${load}`] },
  'leaves alone what is loaded and named at boot': { given: { ...bare, kind: 'loaded', load: 'br_netfilter\n' }, asked: { name: 'br_netfilter' }, says: [] },
  'counts a module that is part of the kernel as loaded': { given: { ...bare, kind: 'builtin', load: 'br_netfilter\n' }, asked: { name: 'br_netfilter' }, says: [], result: { found: 'builtin' } },
  'leaves boot alone where that is asked': { given: { ...bare, kind: 'loadable' }, asked: { name: 'br_netfilter', persistent: 'disabled' }, says: ['load the kernel module br_netfilter'] },
  'loads with parameters and keeps them for boot': {
    given: { ...bare, kind: 'loadable' }, asked: { name: 'br_netfilter', params: 'a=1 b=2' },
    says: ['load the kernel module br_netfilter with a=1 b=2', `write ${load}`, `write ${options}`], does: ['script br_netfilter a=1 b=2', `write ${load}`, `write ${options}`],
  },
  'unloads and takes its boot files away': {
    given: { kind: 'loaded', why: '', load: 'br_netfilter\n', options: 'options br_netfilter a=1\n' }, asked: { name: 'br_netfilter', state: 'absent' },
    does: ['modprobe -r -- br_netfilter', `remove ${load}`, `remove ${options}`],
  },
  'has nothing to unload where it is not loaded': { given: { ...bare, kind: 'unknown' }, asked: { name: 'br_netfilter', state: 'absent' }, says: [] },
  'says that a part of the kernel cannot be unloaded': { given: { ...bare, kind: 'builtin' }, asked: { name: 'br_netfilter', state: 'absent' }, fails: /part of the kernel/ },
  'says why there is no such module': { given: { ...bare, kind: 'unknown', why: 'modprobe: FATAL: Module x not found' }, asked: { name: 'x' }, fails: /^there is no kernel module x: modprobe: FATAL/ },
});

test('modprobe has the first word on what a module is; without a folder of modules, /proc and /sys have', (t) => {
  t.is(whatIs({ loaded: 'yes', modprobe: 'yes\n' }).kind, 'loaded');
  t.is(whatIs({ modprobe: 'yes\ninsmod /lib/modules/6.1.0/kernel/net/bridge/br_netfilter.ko ', loaded: '', there: '' }).kind, 'loadable');
  t.is(whatIs({ modprobe: 'yes\n', builtin: 'kernel/fs/overlayfs/overlay.ko' }).kind, 'builtin');
  t.is(whatIs({ modprobe: 'yes\n', builtin: '' }).kind, 'loaded', 'an alias of a loaded module');
  t.is(whatIs({ modprobe: 'none\nthe kernel 6.18.44 has no folder of modules', there: '/proc/sys/net/bridge' }).kind, 'builtin');
  t.is(whatIs({ modprobe: 'none\nthe kernel 6.18.44 has no folder of modules', there: '', config: 'CONFIG_VETH=y' }).kind, 'builtin');
  t.deepEqual(whatIs({ modprobe: 'none\nthe kernel 6.18.44 has no folder of modules', there: '', config: '' }), { kind: 'unknown', why: 'the kernel 6.18.44 has no folder of modules, and nothing in /proc or /sys shows it' });
  t.deepEqual(whatIs({ modprobe: 'no\nmodprobe: FATAL: Module x not found in directory /lib/modules/6.1.0', there: '' }), { kind: 'unknown', why: 'modprobe: FATAL: Module x not found in directory /lib/modules/6.1.0' });
});

test('modules are known by what they bring', (t) => {
  t.deepEqual(pathsOf('br_netfilter'), ['/sys/module/br_netfilter', '/proc/sys/net/bridge']);
  t.is(optionOf('br-netfilter'), 'CONFIG_BRIDGE_NETFILTER');
  t.is(optionOf('vxlan'), 'CONFIG_VXLAN');
  t.is(moduleBehind('/proc/sys/net/bridge/bridge-nf-call-iptables'), 'br_netfilter');
  t.is(moduleBehind('/proc/sys/net/ipv4/ip_forward'), undefined);
});
