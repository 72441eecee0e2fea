/** What every lab command is handed beside its plan. */

/** One line of progress, for people. */
export interface LabProgress {
  /** `step`: work begins or goes on; `done`: something is finished; `warning`: it works, but look at this. */
  readonly kind: 'step' | 'done' | 'warning';
  /** The machine it is about; missing where it is about the lab or this host. */
  readonly machine?: string | undefined;
  readonly text: string;
}

export type LabReport = (progress: LabProgress) => void;

/** Asks whether packages may be installed on this host; `--yes` answers true. */
export type Confirm = (question: string, packages: readonly string[]) => Promise<boolean>;

export interface LabOptions {
  readonly report: LabReport;
  /** Missing where nobody can be asked: lacking packages are then an error that says what to run. */
  readonly confirm?: Confirm | undefined;
  /** Names of the machines it is about; all of the plan by default. */
  readonly only?: readonly string[] | undefined;
  /** Seconds that a machine may take to boot; default 90. */
  readonly bootTimeout?: number | undefined;
  /** Folder of what labs share, the base roots; default /var/cache/kplay. */
  readonly cache?: string | undefined;
}
