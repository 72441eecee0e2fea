/** What each host was asked, and how long that and its log-in took. */
import type { Connects, HostProfile } from '../event/profile.ts';
import type { Waited, Waiting } from '../session/wire.ts';
import { openBusy, type Busy } from './busy.ts';

export interface HostTimes {
  /** As a Meter's. */
  begin(host: string, what: Waiting): (waited: Waited) => void;
  /** All hosts that were asked anything so far, the slowest first. */
  hosts(): HostProfile[];
  connects(): Connects;
}

interface Host {
  readonly busy: Busy;
  trips: number;
  sent: number;
  received: number;
  connects: number;
  slowest: number;
}

/** `now` in milliseconds. */
export function openHostTimes(now: () => number): HostTimes {
  const all = new Map<string, Host>();
  const connecting = openBusy(now);
  const known = (name: string): Host => {
    let host = all.get(name);
    if (!host) all.set(name, (host = { busy: openBusy(now), trips: 0, sent: 0, received: 0, connects: 0, slowest: 0 }));
    return host;
  };
  return {
    begin(name, what) {
      const host = known(name);
      const end = what === 'connect' ? connecting.begin() : host.busy.begin();
      if (isTrip(what)) host.trips++;
      return ({ ms, sent, received }) => {
        end();
        host.sent += sent;
        host.received += received;
        if (what !== 'connect') return;
        host.connects++;
        host.slowest = Math.max(host.slowest, ms);
      };
    },
    hosts: () =>
      [...all]
        .map(([host, { busy, trips, sent, received }]) => ({ host, busy_ms: busy.total(), round_trips: trips, sent_bytes: sent, received_bytes: received }))
        .sort((a, b) => b.busy_ms - a.busy_ms),
    connects() {
      const hosts = [...all].map(([host, { slowest, connects }]) => ({ host, ms: slowest, count: connects })).filter(({ count }) => count > 0);
      return { count: hosts.reduce((sum, { count }) => sum + count, 0), wall_ms: connecting.total(), hosts: hosts.sort((a, b) => b.ms - a.ms) };
    },
  };
}

/** What counts as a round trip: the start of a shell and a log-in belong to no task. */
export function isTrip(what: Waiting): boolean {
  return what === 'request' || what === 'transfer';
}
