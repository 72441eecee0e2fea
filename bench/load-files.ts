/** What is too long to write by hand: a playbook of many tasks, an inventory of many hosts, a large file of variables. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** How much there is of each. */
export const sizes = { tasks: 5000, hosts: 10_000, trivial: 500, vars: 1024 * 1024 } as const;

/** Names of the files by what they hold. */
export type LoadFiles = Readonly<Record<'tasks' | 'trivial' | 'yaml' | 'ini' | 'few' | 'vars', string>>;

/** Writes them into a folder. */
export async function writeLoadFiles(folder: string): Promise<LoadFiles> {
  const texts: Readonly<Record<string, string>> = { 'tasks.yml': tasks(), 'trivial.yml': trivial(), 'hosts.yml': yaml(), 'hosts.ini': ini(), 'few.yml': few, 'large.yml': vars(), 'vars.yml': withVars };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(texts)) await writeFile(path.join(folder, name), text);
  const at = (name: string): string => path.join(folder, name);
  return { tasks: at('tasks.yml'), trivial: at('trivial.yml'), yaml: at('hosts.yml'), ini: at('hosts.ini'), few: at('few.yml'), vars: at('vars.yml') };
}

const few = '- hosts: few\n  connection: local\n  gather_facts: false\n  tasks:\n    - debug: { msg: "{{ fqdn }}" }\n';
const withVars = '- hosts: all\n  connection: local\n  gather_facts: false\n  vars_files: [large.yml]\n  tasks:\n    - debug: { msg: "{{ service_7.url }}" }\n';

/** Names, conditions, loops, templates and notifications, as people write them. */
function tasks(): string {
  const kinds: readonly ((n: number) => string)[] = [
    (n) => `    - name: Folder ${n}\n      file:\n        path: /srv/app/${n}\n        state: directory\n        mode: "0755"\n`,
    (n) => `    - name: "Settings ${n} of {{ app }}"\n      copy:\n        dest: "/srv/app/${n}/{{ app }}.conf"\n        content: |\n          name = {{ app }}\n          port = {{ port + ${n} }}\n      notify: restart\n      tags: [config, "t${n % 50}"]\n`,
    (n) => `    - name: Line ${n}\n      lineinfile:\n        path: /etc/app.conf\n        regexp: "^key${n}="\n        line: "key${n}={{ values[${n % 10}] | default('none') }}"\n      when: port > 80 and app is defined\n`,
    (n) => `    - name: Command ${n}\n      command: /usr/bin/true ${n} {{ app }}\n      register: result_${n}\n      changed_when: false\n      loop: [a, b, c]\n`,
    (n) => `    - name: Fact ${n}\n      set_fact:\n        fact_${n}: "{{ app | upper }}-{{ item }}"\n      loop: "{{ values }}"\n      when: result_${n - 1} is succeeded\n`,
  ];
  const head = '- name: Many tasks\n  hosts: all\n  gather_facts: false\n  vars:\n    app: shop\n    port: 8080\n    values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n  handlers:\n    - name: restart\n      command: /usr/bin/true\n  tasks:\n';
  return head + count(sizes.tasks, (n) => kinds[n % kinds.length]!(n));
}

function trivial(): string {
  return `- hosts: all\n  connection: local\n  gather_facts: false\n  tasks:\n${count(sizes.trivial, (n) => (n % 2 === 0 ? `    - debug:\n        msg: "number ${n}"\n` : `    - set_fact:\n        fact_${n}: "{{ ${n} + 1 }}"\n`))}`;
}

const groups = 50;
const nameOf = (n: number): string => `node${String(n).padStart(5, '0')}`;
const addressOf = (n: number): string => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;

function yaml(): string {
  const rack = (group: number): string => `    rack${group}:\n      vars:\n        rack: ${group}\n      hosts:\n${members(group, (n) => `        ${nameOf(n)}:\n          ansible_host: ${addressOf(n)}\n          serial: "S${n}"\n`)}`;
  return `all:\n  vars:\n    domain: example.org\n    fqdn: "{{ inventory_hostname }}.{{ domain }}"\n  children:\n${count(groups, rack)}    few:\n      hosts:\n${count(4, (n) => `        ${nameOf(n)}:\n`)}`;
}

function ini(): string {
  const rack = (group: number): string => `\n[rack${group}]\n${members(group, (n) => `${nameOf(n)} ansible_host=${addressOf(n)} serial=S${n}\n`)}\n[rack${group}:vars]\nrack=${group}\n`;
  return `[all:vars]\ndomain=example.org\nfqdn="{{ inventory_hostname }}.{{ domain }}"\n${count(groups, rack)}\n[few]\n${count(4, (n) => `${nameOf(n)}\n`)}`;
}

function vars(): string {
  let text = '';
  for (let n = 0; text.length < sizes.vars; n++) text += `service_${n}:\n  name: service-${n}\n  port: ${1000 + n}\n  enabled: yes\n  url: "https://{{ domain | default('example.org') }}/${n}"\n  tags: [web, "zone ${n % 7}", plain]\n  limits: { cpu: 2, memory: 512Mi }\n`;
  return text;
}

function members(group: number, line: (n: number) => string): string {
  return count(sizes.hosts / groups, (at) => line(at * groups + group));
}

function count(times: number, text: (n: number) => string): string {
  return Array.from({ length: times }, (_, n) => text(n)).join('');
}
