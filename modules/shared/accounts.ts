/** Lines of passwd, group and shadow, as getent gives them. */

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

/** name:x:uid:gid:comment:home:shell; undefined where the line is none. */
export function readAccount(line: string | undefined): Account | undefined {
  const [name, , uid, gid, comment = '', home = '', shell = ''] = line?.split('\n')[0]?.split(':') ?? [];
  if (!name || uid === undefined || gid === undefined) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), comment, home, shell };
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** name:x:gid:member,member; undefined where the line is none. */
export function readGroup(line: string | undefined): GroupEntry | undefined {
  const [name, , gid, members = ''] = line?.split('\n')[0]?.split(':') ?? [];
  return name && gid !== undefined ? { name, gid: Number(gid), members: members.split(',').filter(Boolean) } : undefined;
}

/** What useradd(8) takes as a name; a dollar sign may end it. */
export const accountName = /^[a-zA-Z_][\w.@-]*\$?$/;
