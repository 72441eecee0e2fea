/** Commands by which images come to a host, get further names, and go. */
import type { Run, Step } from '../../engine/module/kit.ts';
import { registryKey, type ImageName } from './image-name.ts';
import { imagesText, type ImageAccess } from './image-look.ts';
import { scriptStep } from './script.ts';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Names that hold what is being loaded until it has its own. */
const loading = 'kplay.invalid/load';

/** $tool, $socket, $namespace from the first three arguments; `images` speaks with the runtime, `quiet` tells only what went wrong. */
const head = `
tool=$1 socket=$2 namespace=$3; shift 3
PATH=$PATH:/usr/local/bin:/usr/local/sbin:/opt/bin
images() {
  case $tool in
    ctr) ctr \${socket:+-a "$socket"} -n "$namespace" images "$@";;
    docker) docker \${socket:+-H "unix://$socket"} "$@";;
    crictl) crictl \${socket:+-r "unix://$socket"} "$@";;
  esac
}
quiet() { said=$(images "$@" 2>&1 >/dev/null </dev/null) || { code=$?; printf '%s\\n' "$said" | grep -v '^ *$' | tail -n 3 | sed 's/^ctr: //' >&2; exit "$code"; }; }`;

function step(text: string, { tool, socket, namespace }: ImageAccess, args: readonly string[], options: Partial<Run> = {}): Run {
  return scriptStep(`${head}\n${text}`, [tool, socket, namespace, ...args], { timeout: 3600, ...options });
}

/**
 * Pulls an image: with containerd by the mirrors and authorities of /etc/containerd/certs.d, as the kubelet would. One that is
 * asked for by digest is pulled by it and then gets its name.
 */
export function pullStep(access: ImageAccess, image: ImageName, login?: Login): Run {
  const exact = image.digest === undefined ? image.name : `${image.repository}@${image.digest}`;
  const secret = login === undefined ? '' : access.tool === 'docker' ? dockerConfig(image, login) : access.tool === 'crictl' ? base64(login) : login.password;
  return step(`name=$1 exact=$2 user=$3
echo "pulling $exact"
${login === undefined ? plainPull : loginPull[access.tool]}
[ "$exact" = "$name" ] || ${tagText('"$exact"', '"$name"')}`, access, [image.name, exact, login?.username ?? ''], login === undefined ? {} : { stdin: secret });
}

const hostsText = 'hosts=; [ ! -d /etc/containerd/certs.d ] || hosts=--hosts-dir=/etc/containerd/certs.d';
const plainPull = `case $tool in ctr) ${hostsText}; quiet pull $hosts "$exact";; *) quiet pull "$exact";; esac`;

const privateText = `umask 077; d=$(mktemp -d /run/kplay-image.XXXXXX) || exit
trap 'rm -rf "$d"' EXIT; trap 'exit 143' TERM HUP INT PIPE`;

/**
 * No password stands in an argv. ctr asks for it at a terminal: `script` is one, which shows nothing of what it is told. docker
 * reads it from a configuration of its own, crictl from its environment.
 */
const loginPull: Readonly<Record<ImageAccess['tool'], string>> = {
  ctr: `command -v script >/dev/null 2>&1 || { echo 'to log in at a registry, ctr needs a terminal: the program "script" (of util-linux or bsdutils) is not on the host' >&2; exit 69; }
${privateText}
mkfifo "$d/ready" && cat > "$d/password" || exit
${hostsText}
export d exact user socket namespace hosts
{ read -r _ < "$d/ready"; cat "$d/password"; echo; } | script -qec 'stty -echo; echo > "$d/ready"; exec ctr \${socket:+-a "$socket"} -n "$namespace" images pull $hosts --user "$user" "$exact"' /dev/null > "$d/said" 2>&1; code=$?
[ "$code" = 0 ] || { tr -d '\\r' < "$d/said" | grep -aE '^(ctr: |time=|.*: (not found|denied|unauthorized))' | tail -n 3 | sed 's/^ctr: //' >&2; exit "$code"; }`,
  docker: `${privateText}
cat > "$d/config.json" || exit
DOCKER_CONFIG=$d; export DOCKER_CONFIG
quiet pull "$exact"`,
  crictl: `CRICTL_AUTH=$(cat); export CRICTL_AUTH
quiet pull "$exact"
unset CRICTL_AUTH`,
};

function dockerConfig(image: ImageName, login: Login): string {
  return JSON.stringify({ auths: { [registryKey(image)]: { auth: base64(login) } } });
}

function base64({ username, password }: Login): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

function tagText(from: string, to: string): string {
  return `case $tool in ctr) quiet tag --force ${from} ${to};; docker) quiet tag ${from} ${to};; esac`;
}

/** Gives an image further names; each then stands for it, whatever it stood for before. */
export function tagStep(access: ImageAccess, name: string, further: readonly string[]): Run {
  return step(`from=$1; shift\nfor to do ${tagText('"$from"', '"$to"')}; done`, access, [name, ...further]);
}

/** Takes names away; an image whose last name goes, goes too. */
export function removeStep(access: ImageAccess, names: readonly string[]): Run {
  const word = { ctr: 'rm', docker: 'rmi', crictl: 'rmi' }[access.tool];
  return step(`quiet ${word} "$@"`, access, names);
}

/** An archive on the host, and what is to come of it. */
export interface Load {
  readonly path: string;
  /** By what an image in the archive is known (digest, id or name; nothing where it is the only one) and the name it gets. */
  readonly pairs: readonly { readonly from: string; readonly to: string }[];
  /** By digests, which containerd gives names of their own for the while; else by the archive's names. */
  readonly byDigest: boolean;
  /** Names that loading brings and nobody asked for. */
  readonly drop: readonly string[];
  /** A folder that goes afterwards, whatever happens. */
  readonly stage?: string | undefined;
}

/** ctr reads plain tar alone; docker what is packed, too. The unpacked archive lies beside the packed one's copy, or in a folder of its own. */
const unpackText = `case $(od -An -tx1 -N4 "$path") in
    *' 1f 8b '*) unpack=gzip;; *' 28 b5 2f fd'*) unpack=zstd;; *' fd 37 7a 58'*) unpack=xz;; *' 42 5a 68 '*) unpack=bzip2;; *) unpack=;;
  esac
  if [ -n "$unpack" ]; then
    command -v "$unpack" >/dev/null 2>&1 || { echo "the archive is packed by $unpack, which is not on the host" >&2; exit 69; }
    [ -n "$stage" ] || { stage=$(mktemp -d /var/tmp/.kplay-image.XXXXXX) || exit; trap 'rm -rf "$stage"' EXIT; trap 'exit 143' TERM HUP INT PIPE; }
    "$unpack" -dc < "$path" > "$stage/plain" || exit
    path=$stage/plain
  fi`;

/** Loads an archive. */
export function loadStep(access: ImageAccess, { path, pairs, byDigest, drop, stage }: Load): Run {
  return step(`path=$1 stage=$2 by=$3 count=$4; shift 4
[ -z "$stage" ] || { trap 'rm -rf "$stage"' EXIT; trap 'exit 143' TERM HUP INT PIPE; }
echo "loading $path"
if [ "$tool" = ctr ]; then
  ${unpackText}
  case $by in digest) quiet import --base-name ${loading} --digests "$path";; *) quiet import "$path";; esac
else quiet load -i "$path"; fi
while [ "$count" -gt 0 ]; do
  from=$1 to=$2; shift 2; count=$((count - 1))
  case $tool:$by in
    ctr:digest) if [ -n "$from" ]; then from=${loading}@$from; else from=$(images ls -q | grep '^${loading}@' | head -n 1); fi;;
  esac
  [ "$from" = "$to" ] || { ${tagText('"$from"', '"$to"')}; }
done
case $tool:$by in
  ctr:digest) for name in $(images ls -q | grep '^${loading}[@:]'); do quiet rm "$name"; done;;
esac
for name do case $tool in ctr) quiet rm "$name";; *) quiet rmi "$name";; esac; done`,
  access, [path, stage ?? '', byDigest ? 'digest' : 'name', String(pairs.length), ...pairs.flatMap(({ from, to }) => [from, to]), ...drop]);
}

/** Shows what is there at the end, for the task's result. */
export function showStep({ tool, socket, namespace }: ImageAccess, names: readonly string[]): Step {
  return scriptStep(`${imagesText}\nprintf '@end\\n'`, [tool === 'ctr' ? 'containerd' : tool, socket, namespace, ...names], { quiet: true, codes: 'any' });
}
