/** Makes dist/, which is what users run: few large files start several times faster than many small ones. */
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

/** Another folder may be named, to try something out. */
const out = process.argv[2] ?? 'dist';
const modules = readdirSync('modules').filter((name) => name.endsWith('.ts')).map((name) => `modules/${name}`);

rmSync(out, { recursive: true, force: true });
// One build with all doors, so that what several of them use is there once: a module's ModuleFailure is the engine's own.
const { metafile } = await build({
  entryPoints: ['engine/cli/main.ts', 'engine/kplay.ts', 'engine/module/kit.ts', ...modules],
  bundle: true,
  splitting: true,
  outbase: '.',
  outdir: out,
  // As deep as the files they are made of, so that what stands beside the engine is found from there too.
  chunkNames: 'engine/chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // A package of the older kind that is loaded late would come without its names.
  mainFields: ['module', 'main'],
  // Packages of the older kind use what ES modules lack.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  define: { __dirname: 'import.meta.dirname' },
  // Compiled parts of ssh2, which does as well without them.
  external: ['cpu-features', '*.node'],
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
});
chmodSync(`${out}/engine/cli/main.js`, 0o755);
writeFileSync(`${out}/LICENSES.txt`, licences(Object.keys(metafile.inputs)).join(`\n${'-'.repeat(80)}\n\n`));

/** The licence of each package that a part of the bundle comes from. */
function licences(files: readonly string[]): string[] {
  const folders = new Set(files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { name: string; version: string; license?: string };
    const texts = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file)).map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
    return `${name} ${version} (${license ?? 'see below'})\n\n${texts.join('\n')}`;
  });
}
