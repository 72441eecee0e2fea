/** A lab command in a process of its own, to be killed in the middle: `node cut-off.js up|down|rebuild PLAN`. */
import { labDown } from '../../engine/lab/down.ts';
import type { LabPlan } from '../../engine/lab/plan.ts';
import { labRebuild } from '../../engine/lab/rebuild.ts';
import { labUp } from '../../engine/lab/up.ts';

const commands = { up: labUp, down: labDown, rebuild: labRebuild };
const [command, plan] = process.argv.slice(2) as [keyof typeof commands, string];
process.stdout.write('begins\n');
await commands[command](JSON.parse(plan) as LabPlan, { report: () => {} });
