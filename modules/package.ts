/** Keeps packages installed, held or removed, and the repositories they come from, with apt or dnf. */
import { defineModule, ModuleFailure, type Here, type Plan, type Probe } from '../engine/module/kit.ts';
import { aptScript, aptTodo, foreseenFacts, readAptFacts, type AptFacts } from './shared/apt-look.ts';
import { isRemoval, mustRefresh, operation, planApt, simulationOptions, type AptFound } from './shared/apt-plan.ts';
import { simulate } from './shared/apt-simulate.ts';
import { dnfScript, dnfTodo, foreseenRpms, lookAtOffer, readDnfFacts, type DnfFacts } from './shared/dnf-look.ts';
import { installedNow, planDnf, type DnfFound } from './shared/dnf-plan.ts';
import { askedOfApt, askedOfDnf, type Asked } from './shared/package-names.ts';
import { packageParams, type PackageParams } from './shared/package-params.ts';
import { lookAtRepositories, repositoryChanges, withKeys } from './shared/repositories.ts';
import { askRecords } from './shared/script.ts';

type Found = AptFound | DnfFound;

export default defineModule<typeof packageParams, Found>({
  summary: 'Keep packages and their repositories, with apt or dnf',
  params: packageParams,
  aliases: { pkg: 'name', package: 'name', 'update-cache': 'update_cache', 'install-recommends': 'install_recommends', 'allow-downgrade': 'allow_downgrade', allow_downgrades: 'allow_downgrade', 'default-release': 'default_release' },
  rules: [{ kind: 'oneOf', names: ['name', 'deb', 'repositories', 'update_cache', 'autoremove'] }],
  example: `- name: etcd is installed and keeps its version, and is not started yet
  package:
    name: [etcd-server, etcd-client]
    version: 3.4*
    hold: true
    start_services: false
    update_cache: true
    cache_valid_time: 3600`,
  returns: { installed: 'what was installed or changed: name, version, was', removed: 'what was removed: name, version', cache_updated: 'whether the package lists were refreshed' },
  inspect,
  plan: (params, found, here): Plan => (found.manager === 'apt' ? planApt(params, found, here.check) : planDnf(params, found)),
  output: (_params, found, steps) => (found.manager === 'dnf' ? installedNow(steps) : {}),
});

/** $1 the package manager, or auto; then names, "--", package files. */
const inspectScript = `
use=$1; shift
has() { command -v "$1" >/dev/null 2>&1; }
if [ "$use" = auto ]; then
  if has apt-get && has dpkg-query; then use=apt; elif has dnf; then use=dnf; elif has yum; then use=yum; else use=none; fi
fi
printf '@manager\\n %s\\n' "$use"
case $use in
apt) ${aptScript}
;;
dnf|yum) ${dnfScript}
;;
esac`;

/** One question tells where all is as asked; where it is not, a second one asks the package manager what it would do. */
async function inspect(params: PackageParams, probe: Probe, here: Here): Promise<Found> {
  const names = (params.name ?? []).map((each) => each.split('=')[0]!.trim());
  const files = [...names.filter((each) => each.startsWith('/')), ...(params.deb ?? [])];
  const args = [params.use, ...names.filter((each) => !each.startsWith('/') && !each.startsWith('-')), '--', ...files];
  const [repositories, records] = await Promise.all([lookAtRepositories(params.repositories, probe, here), askRecords(probe, inspectScript, args)]);
  const manager = records['manager'];
  if (manager === 'apt') return lookByApt(params, readAptFacts(records), await withKeys(repositories.apt, 'apt', probe, here), probe, here);
  if (manager !== 'dnf' && manager !== 'yum') throw new ModuleFailure('this host has neither apt nor dnf nor yum');
  return lookByDnf(params, readDnfFacts(manager, records), await withKeys(repositories.dnf, 'dnf', probe, here), probe);
}

async function lookByApt(params: PackageParams, now: AptFacts, repositories: AptFound['repositories'], probe: Probe, here: Here): Promise<AptFound> {
  const asked = askedOfApt(params);
  const facts = foreseenFacts(now, asked, probe);
  const todo = aptTodo(params, asked, facts);
  const isRewritten = repositories.some((each) => repositoryChanges(each, 'apt', facts.release).length > 0);
  const isOpen = todo.length > 0 && !isRemoval(params) && mustRefresh(params, facts, true, isRewritten);
  const isAsked = (todo.length > 0 || params.autoremove) && (!isOpen || here.check);
  const simulation = isAsked ? await simulate(probe, operation(params, todo), simulationOptions(params), todo.map((each) => target(params, each))) : undefined;
  return { manager: 'apt', facts, asked, repositories, simulation };
}

async function lookByDnf(params: PackageParams, now: DnfFacts, repositories: DnfFound['repositories'], probe: Probe): Promise<DnfFound> {
  const asked = askedOfDnf(params);
  const facts = foreseenRpms(now, asked, probe);
  const todo = dnfTodo(params, asked, facts);
  const open = todo.filter(({ isFile }) => !isFile);
  const offer = open.length > 0 && !isRemoval(params) ? await lookAtOffer(probe, facts.manager, open) : undefined;
  return { manager: 'dnf', facts, asked, repositories, offer };
}

function target(params: PackageParams, { name, version }: Asked): string {
  return version === undefined || isRemoval(params) ? name : `${name}=${version}`;
}
