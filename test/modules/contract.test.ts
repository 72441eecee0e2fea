/** Every module in the folder keeps the contract. */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type * as z from 'zod';
import { openCatalogue } from '../../engine/module/catalogue.ts';
import { checkArgs } from '../../engine/playbook/check-args.ts';
import { openReading } from '../../engine/playbook/read-playbook.ts';
import { readTasks } from '../../engine/playbook/read-tasks.ts';
import { noDirectives } from '../../engine/playbook/reading.ts';
import { parseYaml } from '../../engine/source/yaml.ts';

const catalogue = openCatalogue(fileURLToPath(new URL('../../modules/', import.meta.url)));

test('the folder holds the modules that playbooks need', (t) => {
  for (const name of ['package', 'file', 'copy', 'template', 'lineinfile', 'blockinfile', 'stat', 'get_url', 'unarchive', 'command', 'shell', 'systemd', 'sysctl', 'kernel_module', 'hostname', 'user', 'group', 'wait_for', 'set_fact', 'debug', 'assert', 'fail', 'meta', 'setup', 'cert', 'etcd_member', 'swap', 'mount', 'timezone', 'hosts_entries', 'selinux', 'uri', 'slurp', 'fetch', 'reboot', 'firewall', 'toml', 'image', 'kubectl', 'kubectl_info', 'kubectl_label', 'kubectl_annotate', 'kubectl_taint', 'kubectl_drain']) {
    t.true(catalogue.names.includes(name), name);
  }
});

for (const name of catalogue.names) {
  test(`${name}: its example is a list of tasks without problems that use it`, async (t) => {
    const module = await catalogue.load(name);
    const reading = openReading(catalogue);
    const tree = parseYaml({ name: `${name}.example`, text: module.example });
    const nodes = await readTasks({ reading, file: '/x/site.yml', folder: '/x', inherited: noDirectives, handlers: false, stack: [] }, tree, 'the example');
    t.deepEqual(reading.problems.map((each) => each.message), []);
    t.true(nodes.some((node) => node.kind === 'task' && node.action.kind === 'module' && node.action.module === module));
    for (const node of nodes) if (node.kind === 'task' && node.action.kind === 'module') t.deepEqual(checkArgs(node.action.name, node.action.module, node.action.args), []);
  });

  test(`${name}: each param is described, and its aliases and rules name params`, async (t) => {
    const module = await catalogue.load(name);
    const shape = module.params.shape as Record<string, z.ZodType>;
    for (const [field, schema] of Object.entries(shape)) t.truthy(schema.description, `${field} has no description`);
    for (const [alias, field] of Object.entries(module.aliases ?? {})) {
      t.true(field in shape, `${alias} stands for ${field}`);
      t.false(alias in shape, `${alias} is an alias and a param`);
    }
    for (const rule of module.rules ?? []) for (const field of rule.names) t.true(field in shape, field);
    if (module.freeForm) t.true(module.freeForm in shape);
    t.true(module.summary.length > 10 && !module.summary.endsWith('.'), module.summary);
  });
}
