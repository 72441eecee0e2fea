import test from 'ava';
import { inventoryGraph } from '../../../engine/inventory/inventory-graph.ts';
import { hostJson, inventoryJson } from '../../../engine/inventory/inventory-json.ts';
import { TextError } from '../../../engine/source/problem.ts';
import { inventoryOf, varsOf } from './written.ts';

const files = { hosts: 'lone z=1 a=2\n[web]\nw1\n[k8s:children]\nweb\nmaster\n[master]\nm1\nw1\n[none]\n[k8s:vars]\nv=x\n' };

test('--list is what Ansible prints', async (t) => {
  const inventory = await inventoryOf(t, files);
  t.is(JSON.stringify(inventoryJson(inventory, (host) => varsOf(inventory, host))), JSON.stringify({
    _meta: { hostvars: { lone: { a: 2, z: 1 }, m1: { v: 'x' }, w1: { v: 'x' } } },
    all: { children: ['ungrouped', 'k8s', 'none'] },
    k8s: { children: ['web', 'master'] },
    master: { hosts: ['m1', 'w1'] },
    ungrouped: { hosts: ['lone'] },
    web: { hosts: ['w1'] },
  }));
});

test('--host sorts names at every depth and leaves out magic', (t) => {
  t.is(JSON.stringify(hostJson({ b: { z: 1, a: [{ d: 1, c: 2 }] }, a: null, inventory_hostname: 'x', groups: {} })), '{"a":null,"b":{"a":[{"c":2,"d":1}],"z":1}}');
});

test('--graph is what Ansible prints', async (t) => {
  const inventory = await inventoryOf(t, files);
  t.is(inventoryGraph(inventory), `@all:
  |--@ungrouped:
  |  |--lone
  |--@k8s:
  |  |--@web:
  |  |  |--w1
  |  |--@master:
  |  |  |--m1
  |  |  |--w1
  |--@none:`);
  t.is(inventoryGraph(inventory, 'web', { host: () => ({ b: 1, a: 'x' }), group: () => ({ g: [1] }) }), '@web:\n  |--w1\n  |  |--{a = x}\n  |  |--{b = 1}\n  |--{g = [1]}');
  t.throws(() => inventoryGraph(inventory, 'wbe'), { instanceOf: TextError, message: /did you mean "web"/ });
});
