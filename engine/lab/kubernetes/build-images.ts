/** Makes the images of a lab's cluster and puts them into a mirror folder. */
import { chmod, copyFile, link, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { mirrorPaths, type MirrorImage } from '../../mirror/mirror.ts';
import { writeImage, writeLayer, type Layer } from '../../mirror/write-image.ts';
import { must } from '../command.ts';
import { debootstrap, type RootOptions } from '../debootstrap.ts';
import { baseDropped, baseLinks, commonFiles, images, type ImageRecipe } from './images.ts';
import { basePackages } from './recipe.ts';

export interface ImageBuild extends Pick<RootOptions, 'system' | 'architecture' | 'workshop' | 'onStep'> {
  /** Folder of the programs that were built. */
  readonly built: string;
  /** Root in which the distribution's packages are installed. */
  readonly packaged: string;
  /** The mirror folder. */
  readonly mirror: string;
}

/** Builds every image; gives the mirror's list of them. */
export async function buildImages(build: ImageBuild): Promise<readonly MirrorImage[]> {
  const layout = mirrorPaths(build.mirror).images;
  await mkdir(layout, { recursive: true });
  const base = await baseLayer(build, layout);
  const made: MirrorImage[] = [];
  for (const recipe of images) {
    build.onStep(`image ${recipe.names[0]}`);
    const own = await layerOf(build, layout, (tree) => fillTree(build, recipe, tree));
    const { digest } = await writeImage(layout, recipe.names, recipe.onBase ? [base, own] : [own], build.architecture, recipe.config);
    made.push(...recipe.names.map((name) => ({ name, digest })));
  }
  return made;
}

function baseLayer(build: ImageBuild, layout: string): Promise<Layer> {
  return layerOf(build, layout, async (root) => {
    await debootstrap({ ...build, variant: 'extract', packages: basePackages, root, onStep: (step) => build.onStep(`base layer: ${step}`) });
    for (const path of baseDropped) await rm(join(root, path), { recursive: true, force: true });
    for (const [path, target] of Object.entries(baseLinks)) await symlink(target, join(root, path));
  });
}

async function layerOf({ workshop }: ImageBuild, layout: string, fill: (tree: string) => Promise<void>): Promise<Layer> {
  const [tree, archive] = [join(workshop, 'layer'), join(workshop, 'layer.tar')];
  await rm(tree, { recursive: true, force: true });
  await fill(tree);
  // The same content gives the same archive, whenever it is made.
  await must(['tar', '--create', '--file', archive, '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--directory', tree, '.'], { timeout: 600 });
  const layer = await writeLayer(layout, archive);
  await Promise.all([rm(tree, { recursive: true }), rm(archive)]);
  return layer;
}

async function fillTree({ built, packaged }: ImageBuild, { programs, multiCall }: ImageRecipe, tree: string): Promise<void> {
  const at = async (path: string): Promise<string> => {
    await mkdir(dirname(join(tree, path)), { recursive: true, mode: 0o755 });
    return join(tree, path);
  };
  for (const [path, text] of Object.entries(commonFiles)) await writeFile(await at(path), text, { mode: 0o644 });
  await mkdir(await at('/root'), { mode: 0o700 });
  await mkdir(await at('/tmp'));
  await chmod(join(tree, 'tmp'), 0o1777);
  for (const [path, from] of Object.entries(programs)) {
    await copyFile('built' in from ? join(built, from.built) : join(packaged, from.packaged), await at(path));
    await chmod(join(tree, path), 0o755);
  }
  if (multiCall === undefined) return;
  const program = join(tree, multiCall);
  const names = (await must([program, '--list'])).split('\n').filter((name) => /^[\w[.-]+$/.test(name) && name !== basename(program));
  for (const name of names) await link(program, join(dirname(program), name));
}
