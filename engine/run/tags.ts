/** --tags and --skip-tags, with Ansible's meaning of always, never, tagged, untagged and all. */

export interface TagChoice {
  /** Empty: all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
}

/** True where a task with these tags runs. */
export function isChosen(tags: readonly string[], { only, skip }: TagChoice): boolean {
  const own = tags.length === 0 ? ['untagged'] : tags;
  const shares = (names: readonly string[]): boolean => own.some((tag) => names.includes(tag));
  const never = own.includes('never');
  const wanted = only.length === 0 ? ['all'] : only;
  const chosen = own.includes('always') || shares(wanted) || (!never && (wanted.includes('all') || (wanted.includes('tagged') && tags.length > 0)));
  if (!chosen) return false;
  if (skip.includes('all')) return own.includes('always') && !skip.includes('always');
  return !shares(skip) && !(skip.includes('tagged') && tags.length > 0);
}
