/** Steps that take a node down on purpose. */
import type { Run } from '../../engine/module/kit.ts';
import { containers, prelude } from './kubeadm-shell.ts';
import { scriptStep } from './script.ts';

/**
 * kubeadm only warns where the member could not be removed, and deletes its data all the same: two of three such and the
 * others have lost their quorum. So that phase goes first, and its warning is an error.
 */
export function leaveEtcdStep(root = ''): Run {
  return scriptStep(`root=$1${prelude}
said=$(kubeadm reset phase remove-etcd-member --kubeconfig "$k/admin.conf" 2>&1 < /dev/null); code=$?
printf '%s\\n' "$said" | grep -v '^To see the stack trace'
why=$(printf '%s\\n' "$said" | grep -m 1 -o -e 'failed to remove etcd member.*' -e 'Unable to fetch the kubeadm-config ConfigMap.*')
[ "$code" = 0 ] && [ -z "$why" ] && exit 0
printf 'its etcd cannot leave the cluster, so nothing is taken away (etcd_member: forget does it all the same): %s\\n' "\${why:-$(printf '%s\\n' "$said" | grep -v '^To see the stack trace' | tail -n 1)}" >&2
exit 1`, [root], { timeout: 600 });
}

/**
 * Resets, and takes away what kubeadm leaves of it. The cluster is not asked: kubeadm would try for minutes to take a member out
 * of it that has left already, or that nobody answers for any more.
 */
export function resetStep({ cri_socket = '', ignore_preflight_errors = [] }: { readonly cri_socket?: string | undefined; readonly ignore_preflight_errors?: readonly string[] | undefined }, root = ''): Run {
  return scriptStep(`root=$1 socket=$2; shift 2${prelude}${containers}
reset --kubeconfig=/nowhere "$@" || exit
rm -rf "$unfinished" "$unfinished.new" "$k"/.kubeadm-kept.?????? "$k/super-admin.conf" "$k/tmp" "$root/var/lib/kubelet/kubeadm-flags.env"`,
  [root, cri_socket, ...(ignore_preflight_errors.length > 0 ? [`--ignore-preflight-errors=${ignore_preflight_errors.join(',')}`] : [])], { timeout: 1800 });
}
