/** Shell text that the steps of the kubeadm modules are made of. It sets out from $root, which is empty on a real host. */
import { kubernetesFolder, pathLine, unfinishedFile } from './kubeadm-files.ts';

/** Names, and nobody else may read what is written. */
export const prelude = `
k=$root${kubernetesFolder} unfinished=$root${unfinishedFile}
${pathLine}
mask=$(umask); umask 077`;

/**
 * begin: notes that $verb was begun, and which files were there before. It stands until the command has ended well.
 * attempt: runs kubeadm once with its configuration; $code is how it ended, its complaint is in "$d/err".
 */
export const running = `
begin() {
  (umask "$mask"; mkdir -p "$k") || return
  {
    echo "$verb"
    find "$k" -type f ! -path '*/.kubeadm-*' | sed "s|^$root||"
    for f in /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /var/lib/etcd/member; do [ ! -e "$root$f" ] || echo "$f"; done
  } > "$unfinished.new" && mv "$unfinished.new" "$unfinished"
}
attempt() { (umask "$mask"; exec kubeadm "$@" --config "$d/config.yaml" 2> "$d/err" < /dev/null); code=$?; }`;

/** Without crictl an old kubeadm leaves the containers of containerd running. */
export const containers = `
containers() {
  ! command -v crictl >/dev/null 2>&1 && command -v ctr >/dev/null 2>&1 && [ -S "$root/run/containerd/containerd.sock" ] || return 0
  for task in $(ctr -n k8s.io tasks ls -q 2>/dev/null); do ctr -n k8s.io tasks kill -s SIGKILL "$task" 2>/dev/null; done
  sleep 1
  for container in $(ctr -n k8s.io containers ls -q 2>/dev/null); do
    ctr -n k8s.io tasks rm -f "$container" >/dev/null 2>&1
    ctr -n k8s.io containers rm "$container" 2>/dev/null
  done
  return 0
}
reset() {
  said=$(kubeadm reset --force \${socket:+"--cri-socket=$socket"} "$@" 2>&1 < /dev/null); code=$?
  printf '%s\\n' "$said" | grep -v '^To see the stack trace'
  [ "$code" = 0 ] || { printf '%s\\n' "$said" | grep -v '^To see the stack trace' | tail -n 1 >&2; return "$code"; }
  containers
}`;

/**
 * leave: takes away what an unfinished command has made. What was there before stays: an authority of the user's,
 * certificates for an etcd of its own, static pods. They are kept beside their place in between, and put back by the next
 * run where this one is cut off. The cluster is not asked: no member of it is taken away, and it may not answer.
 */
export const leaving = `${containers}
restore() {
  for kept in "$k"/.kubeadm-kept.??????; do
    [ -d "$kept" ] || continue
    find "$kept" -type f | while read -r f; do
      to=$root\${f#"$kept"}
      (umask "$mask"; mkdir -p "\${to%/*}") && mv "$f" "$to" || exit
    done || return
    rm -rf "$kept"
  done
}
leave() {
  restore && kept=$(mktemp -d "$k/.kubeadm-kept.XXXXXX") || return
  sed 1d "$unfinished" | while read -r f; do
    case $f in ${kubernetesFolder}/*) ;; *) continue;; esac
    [ -f "$root$f" ] || continue
    mkdir -p "$kept\${f%/*}" && cp -p "$root$f" "$kept$f" || exit
  done || return
  reset --kubeconfig=/nowhere && restore && rm -f "$unfinished"
}`;
