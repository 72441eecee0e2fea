/** Asks for what plays want to be told (`vars_prompt`), before any host is touched. */
import type { Play, Playbook, VarsPrompt } from '../playbook/playbook.ts';
import { TextError, type Problem } from '../source/problem.ts';
import type { Run } from './run.ts';

/** Puts one question to whoever runs this; undefined where nobody is there to answer. */
export type Ask = (question: string, isPrivate: boolean) => Promise<string | undefined>;

/**
 * Fills `run.answers`. What is given with -e is not asked. Throws a TextError with every question that has neither answer nor
 * default, and where an answer that was to be repeated was repeated otherwise.
 */
export async function askPrompts(run: Run, playbooks: readonly Playbook[], ask: Ask): Promise<void> {
  const open: Problem[] = [];
  const asked = new Map<string, string>();
  for (const play of playbooks.flatMap((each) => each.plays)) {
    for (const prompt of play.prompts) {
      if (run.options.extraVars.values.has(prompt.name)) continue;
      const answer = asked.get(prompt.name) ?? (open.length > 0 ? undefined : await answerTo(prompt, ask)) ?? prompt.usual;
      if (answer === undefined) open.push(unanswered(prompt));
      else keep(run, play, prompt, answer, asked);
    }
  }
  if (open.length > 0) throw new TextError(open);
}

async function answerTo(prompt: VarsPrompt, ask: Ask): Promise<string | undefined> {
  const question = `${prompt.text}${prompt.usual === undefined ? '' : ` [${prompt.usual}]`}`;
  const answer = await ask(question, prompt.isPrivate);
  if (answer === undefined) return undefined;
  if (prompt.isConfirmed && (await ask(`${question}, once more`, prompt.isPrivate)) !== answer) {
    throw new TextError({ message: `the two answers for "${prompt.name}" differ`, span: prompt.span });
  }
  return answer === '' ? (prompt.usual ?? '') : answer;
}

function keep(run: Run, play: Play, { name, isPrivate }: VarsPrompt, answer: string, asked: Map<string, string>): void {
  asked.set(name, answer);
  if (isPrivate) run.hider.add(answer);
  run.answers.set(play, new Map([...(run.answers.get(play) ?? []), [name, answer]]));
}

function unanswered({ name, text, span }: VarsPrompt): Problem {
  return { message: `this play asks "${text}", and there is no terminal to answer on`, span, hint: `give the answer with -e ${name}=…` };
}
