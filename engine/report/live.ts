/** Rows on a terminal, drawn by listr2: its tasks are made to mirror the rows and never own what happens. */
import { DefaultRenderer, figures, Listr, ListrLogger, ProcessOutput, Spinner, type ListrDefaultRendererLogLevels, type ListrTaskObject } from 'listr2';
import { cleanText } from './clean.ts';
import type { ReportOptions } from './options.ts';
import type { Row } from './rows.ts';
import { openScreen, type Screen } from './screen.ts';
import type { Style } from './style.ts';
import { endings } from './summary.ts';
import { fit } from './width.ts';

/** Milliseconds from one picture to the next at least: drawn at each event, as listr2 does, 50 hosts take it minutes. */
const pace = 100;

type Task = ListrTaskObject<unknown, typeof DefaultRenderer, typeof DefaultRenderer>;

export interface Live {
  /** Lines that stay, above the tree. */
  print(lines: readonly string[]): void;
  /** Takes the tree away, prints what is left and gives the terminal back. */
  end(): Promise<void>;
}

interface Theatre {
  readonly screen: Screen;
  readonly output: ProcessOutput;
  readonly spinner: Spinner;
  readonly style: Style;
  columns(): number;
  /** The rows to show, asked once a picture. */
  rows(): readonly Row[];
  /** listr2's tasks below another, kept for reuse: those past its rows wait unseen. */
  readonly slots: WeakMap<Task, Task[]>;
  readonly shown: WeakMap<object, Row>;
  /** Resolved by the end; until then each of listr2's tasks is at work. */
  readonly over: Promise<void>;
  root?: Task;
  state: 'opening' | 'drawing' | 'ended';
}

/** Draws `rows` some ten times a second until it is ended. */
export function openLive(options: ReportOptions, style: Style, rows: () => readonly Row[]): Live {
  const output = new ProcessOutput(options.stdout as unknown as NodeJS.WriteStream, options.stderr as unknown as NodeJS.WriteStream);
  const screen = openScreen({ write: (text) => output.toStdout(text, false), columns: () => options.columns(), rows: () => options.rows() });
  let finished = (): void => undefined;
  const over = new Promise<void>((resolve) => (finished = resolve));
  const theatre: Theatre = {
    screen, output, style, rows, over, spinner: new Spinner(), columns: () => options.columns(), slots: new WeakMap(), shown: new WeakMap(), state: 'opening',
  };
  const running = openList(theatre).run({});
  // A process that ends without a word must not leave a terminal without its cursor.
  const restore = (): void => finish(theatre);
  process.once('exit', restore);
  return {
    print: (lines) => screen.print(lines),
    async end() {
      finished();
      await running;
      process.off('exit', restore);
    },
  };
}

function openList(theatre: Theatre): Listr<unknown, typeof DefaultRenderer, typeof DefaultRenderer> {
  return new Listr<unknown, typeof DefaultRenderer, typeof DefaultRenderer>(
    [{
      task: (_, wrapper) => {
        theatre.root = wrapper.task as Task;
        return theatre.over;
      },
    }],
    {
      renderer: rendererFor(theatre),
      rendererOptions: { spinner: theatre.spinner, logger: new ListrLogger<ListrDefaultRendererLogLevels>({ processOutput: theatre.output }) },
      registerSignalListeners: false,
    },
  );
}

/** listr2's own renderer, paced, with our icons and widths, and drawing on our screen, where lines above can stay. */
function rendererFor(theatre: Theatre): typeof DefaultRenderer {
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  return class extends DefaultRenderer {
    static override nonTTY = true;
    override async render(): Promise<void> {
      await super.render();
      theatre.state = 'drawing';
    }
    override update(): void {
      if (theatre.state === 'ended') return;
      timer ??= setTimeout(() => {
        mirror(theatre);
        // listr2 starts new tasks in microtasks: a moment later all rows are there.
        setImmediate(() => {
          last = performance.now();
          timer = undefined;
          draw(theatre, this.create());
        });
      }, Math.max(0, last + pace - performance.now()));
    }
    override end(): void {
      clearTimeout(timer);
      finish(theatre);
    }
    protected override style(task: object): string {
      return icon(theatre, task);
    }
    protected override format(message: string, mark: string, level: number): string[] {
      return [fit(`${'  '.repeat(level)}${mark} ${message}`, theatre.columns() - 1)];
    }
  };
}

function draw({ state, output, screen }: Theatre, picture: string): void {
  if (state !== 'drawing') return;
  screen.print(strays(output));
  for (const stream of [output.stream.stdout, output.stream.stderr]) stream.hijack();
  screen.draw(picture === '' ? [] : picture.split('\n'));
}

function finish(theatre: Theatre): void {
  if (theatre.state === 'ended') return;
  theatre.spinner.stop();
  theatre.screen.print(strays(theatre.output));
  theatre.screen.draw([]);
  if (theatre.state === 'drawing') theatre.output.release();
  theatre.state = 'ended';
}

/** What others wrote to the terminal meanwhile (a warning of Node's): shown above the tree, not through it. */
function strays(output: ProcessOutput): string[] {
  const text = [output.stream.stdout, output.stream.stderr].flatMap((stream) => stream.release()).map(({ entry }) => entry).join('');
  return text === '' ? [] : cleanText(text).replace(/\n$/, '').split('\n');
}

/** Makes listr2's tasks show the rows. */
function mirror(theatre: Theatre): void {
  if (theatre.root) grow(theatre, theatre.root, theatre.rows());
}

function grow(theatre: Theatre, parent: Task, rows: readonly Row[]): void {
  let slots = theatre.slots.get(parent);
  if (slots === undefined) theatre.slots.set(parent, (slots = []));
  for (const [at, row] of rows.entries()) {
    const task = (slots[at] ??= sprout(theatre, parent));
    task.title = row.text;
    theatre.shown.set(task, row);
    grow(theatre, task, row.rows);
  }
  parent.subtasks = slots.slice(0, rows.length);
}

function sprout(theatre: Theatre, parent: Task): Task {
  const list = new Listr<unknown, typeof DefaultRenderer, typeof DefaultRenderer>(
    { title: '…', task: () => theatre.over },
    { silentRendererCondition: true, registerSignalListeners: false },
    parent,
  );
  void list.run({});
  return list.tasks[0]!;
}

function icon({ shown, spinner, style }: Theatre, task: object): string {
  const status = shown.get(task)?.status ?? 'more';
  if (status === 'running') return style('changed', spinner.fetch());
  return status === 'more' ? ' ' : style(endings[status], mark(status));
}

/** The sign of an ending, plain where the terminal has no others. */
export function mark(status: keyof typeof endings): string {
  if (status === 'failed' || status === 'unreachable') return figures.cross;
  if (status === 'skipped') return figures.arrowDown;
  if (status === 'unknown') return '?';
  return status === 'ignored' || status === 'rescued' ? figures.warning : figures.tick;
}
