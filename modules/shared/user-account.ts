/** What can be asked of an account, and what is found of it. */
import type { Account, GroupEntry } from './accounts.ts';

/** The params of `user` that decide something. */
export interface UserParams {
  readonly name: string;
  readonly state: 'present' | 'absent';
  readonly uid?: number | undefined;
  readonly non_unique: boolean;
  readonly group?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly append: boolean;
  readonly comment?: string | undefined;
  readonly home?: string | undefined;
  readonly create_home: boolean;
  readonly move_home: boolean;
  readonly skeleton?: string | undefined;
  readonly umask?: string | undefined;
  readonly shell?: string | undefined;
  readonly system: boolean;
  readonly password?: string | undefined;
  readonly update_password: 'always' | 'on_create';
  readonly password_lock?: boolean | undefined;
  readonly password_expire_max?: number | undefined;
  readonly password_expire_min?: number | undefined;
  readonly password_expire_warn?: number | undefined;
  readonly expires?: number | undefined;
  readonly generate_ssh_key: boolean;
  readonly ssh_key_type: 'rsa' | 'ed25519' | 'ecdsa';
  readonly ssh_key_bits?: number | undefined;
  readonly ssh_key_file?: string | undefined;
  readonly ssh_key_comment?: string | undefined;
  readonly remove: boolean;
  readonly force: boolean;
}

export interface UserFound {
  readonly account: Account | undefined;
  /** Who has the wanted number. */
  readonly holder: Account | undefined;
  /** The group of the user's own name. */
  readonly ownGroup: GroupEntry | undefined;
  /** Name of the primary group. */
  readonly primary: string | undefined;
  /** Names of all groups, the primary one among them. */
  readonly member: readonly string[];
  /** The groups that were asked for, by the name or number they were asked by. */
  readonly groups: ReadonlyMap<string, GroupEntry | undefined>;
  readonly hasHome: boolean;
  readonly hasHomeParent: boolean;
  readonly publicKey: string | undefined;
  /** Undefined where the account has no line in shadow or we may not read it. Days as text. */
  readonly shadow: { readonly same: boolean; readonly locked: boolean; readonly min: string; readonly max: string; readonly warn: string; readonly expires: string } | undefined;
}
