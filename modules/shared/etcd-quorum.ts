/** Which members an etcd cluster can do without. Pure. */
import { ModuleFailure } from '../../engine/module/kit.ts';
import type { Member } from './etcd.ts';

/** How many of so many voters must agree. */
export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Whether the cluster keeps its quorum while a member is down for a while. */
export function mayStop(member: Member, members: readonly Member[], healthy: ReadonlySet<string>): boolean {
  const voters = members.filter((each) => !each.learner);
  return voters.filter((each) => each.id !== member.id && healthy.has(each.id)).length >= quorumOf(voters.length);
}

/** Throws ModuleFailure where removing a member for good would leave no cluster, or one without a quorum. */
export function refuseToLose(member: Member, members: readonly Member[], healthy: ReadonlySet<string>): void {
  if (member.learner) return;
  const left = members.filter((each) => !each.learner && each.id !== member.id);
  if (left.length === 0) throw new ModuleFailure(`${member.name} is the last voting member; without it there is no cluster and its data is gone`, { hint: 'to take the whole cluster down, stop etcd and remove its data folder by hand' });
  const up = left.filter((each) => healthy.has(each.id));
  const needed = quorumOf(left.length);
  if (up.length >= needed) return;
  const down = left.filter((each) => !healthy.has(each.id)).map((each) => each.name || each.peerUrls.join(','));
  throw new ModuleFailure(`removing ${member.name} would break the quorum: of the ${left.length} voting members then left ${up.length} would be healthy, ${needed} are needed`, { hint: `bring back ${down.join(', ')} first` });
}
