import test from 'ava';
import { readExtraVars } from '../../../engine/cli/extra-vars.ts';
import { answer, play, prepare, type Playing, type Prepared } from '../../../engine/kplay.ts';
import type { Event } from '../../../engine/event/event.ts';
import { TextError } from '../../../engine/source/problem.ts';
import type { Ask } from '../../../engine/run/prompts.ts';
import { connect } from '../../../engine/session/open.ts';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { writeFiles } from '../../support/play.ts';
import type { ExecutionContext } from 'ava';

const site = `
- hosts: h1
  gather_facts: false
  vars: {color: never seen}
  vars_prompt:
    - {name: color, prompt: Which color?, private: false, default: blue}
    - {name: pin, prompt: And the pin?, confirm: true}
  tasks:
    - debug: {msg: "{{ color }} {{ pin | length }} {{ pin }}"}
- hosts: h1
  gather_facts: false
  vars_prompt:
    - {name: color, prompt: Once more?, private: false}
  tasks:
    - debug: {msg: "again {{ color }}"}
`;

async function prepared(t: ExecutionContext, text: string, extra: readonly string[] = []): Promise<{ readonly ready: Prepared; readonly events: Event[] }> {
  const folder = await writeFiles(t, { 'site.yml': text, hosts: 'h1 ansible_connection=local\n' });
  const events: Event[] = [];
  const playing: Playing = {
    playbooks: [path.join(folder, 'site.yml')], inventories: [path.join(folder, 'hosts')], modules: fileURLToPath(new URL('../../../modules/', import.meta.url)), connect, check: false, diff: false,
    forks: 1, verbosity: 0, tags: { only: [], skip: [] }, extraVars: readExtraVars(extra), defaults: { become: false, becomeUser: 'root' }, report: (event) => void events.push(event),
    signal: new AbortController().signal, now: Date.now,
  };
  return { ready: await prepare(playing), events };
}

const said = (events: readonly Event[]): string[] => events.flatMap((event) => (event.event === 'outcome' && event.task.module === 'debug' ? [event.outcome.message ?? ''] : []));

test('what a play asks is asked once, stands above its vars, and a private answer is hidden', async (t) => {
  const { ready, events } = await prepared(t, site);
  const questions: string[] = [];
  const ask: Ask = async (question, isPrivate) => { questions.push(`${question} ${isPrivate}`); return isPrivate ? '{{ 1234567 }}' : 'red'; };
  await answer(ready, ask);
  await play(ready);
  t.deepEqual(questions, ['Which color? [blue] false', 'And the pin? true', 'And the pin?, once more true']);
  t.deepEqual(said(events).map((text) => text.replace(/\*+/, '***')), ['red 13 ***', 'again red']);
});

test('what -e gives is not asked, and an empty answer is the default', async (t) => {
  const { ready, events } = await prepared(t, site, ['pin=0000']);
  await answer(ready, async (question) => { t.false(question.includes('pin')); return ''; });
  await play(ready);
  t.deepEqual(said(events), ['blue 4 0000', 'again blue']);
});

test('where nobody can answer, every question without a default is a problem with its place', async (t) => {
  const { ready } = await prepared(t, site);
  const error = await t.throwsAsync(answer(ready, async () => undefined), { instanceOf: TextError });
  t.regex(error.problems.map(({ message, hint }) => `${message}: ${hint}`).join('\n'), /^this play asks "And the pin\?".*-e pin=…$/);
  t.is(error.problems.length, 1);
  t.truthy(error.problems[0]!.span);
});

test('two answers that differ are a problem', async (t) => {
  const { ready } = await prepared(t, site);
  let count = 0;
  await t.throwsAsync(answer(ready, async () => String(count++)), { message: /the two answers for "pin" differ/ });
});

test('what vars_prompt cannot be is found while it is read', async (t) => {
  const error = await t.throwsAsync(prepared(t, '- hosts: h1\n  vars_prompt:\n    - {prompt: x}\n    - {name: a-b}\n    - {name: x, encrypt: yes}\n    - {name: y, private: maybe}\n  tasks: []\n'), { instanceOf: TextError });
  t.deepEqual(error.problems.map(({ message }) => message), [
    'this entry of vars_prompt has no `name:`', '"a-b" is not a variable name', '"encrypt" is not supported in vars_prompt', '"private" is yes or no',
  ]);
});
