/** Steps that bring a join to its end that was cut off when the node was in the cluster already. */
import { quote, type Run } from '../../engine/module/kit.ts';
import { prelude } from './kubeadm-shell.ts';
import { scriptStep } from './script.ts';

/**
 * kubeadm's last act on a node that joins is to have it say which runtime it has; reset and upgrade ask for that. A kubelet may
 * say so of its own node, once it has made it. Nothing where the host has no kubectl.
 */
const say = (node: string, socket: string): string => `
node=${quote(node)} runtime=${quote(socket)} key=kubeadm.alpha.kubernetes.io/cri-socket
ask() { kubectl --kubeconfig="$k/kubelet.conf" --request-timeout=10s "$@"; }
systemctl start kubelet || exit
rm -f "$k/bootstrap-kubelet.conf"
if [ -n "$node" ] && [ -n "$runtime" ] && command -v kubectl >/dev/null 2>&1; then
  end=$(($(date +%s) + 60))
  until now=$(ask get node "$node" -o 'jsonpath={.metadata.annotations.kubeadm\\.alpha\\.kubernetes\\.io/cri-socket}'); do [ "$(date +%s)" -lt "$end" ] || exit; sleep 2; done
  [ -n "$now" ] || ask annotate node "$node" "$key=$runtime" || exit
fi`;

/** Finishes a worker's join. */
export function finishWorkerStep(node: string, socket: string, root = ''): Run {
  return scriptStep(`root=$1${prelude}${say(node, socket)}\nrm -f "$unfinished"`, [root], { timeout: 300 });
}

/** How a control plane's join goes on: its node first, then what kubeadm has yet to do. */
export function goingOn(node: string, socket: string): string {
  return `${say(node, socket)}\nattempt "$@"`;
}

/** Waits until the kubelet has its own way into the cluster; ends with code 1 where it does not find it in five minutes. */
export function waitForKubeletStep(root = ''): Run {
  return scriptStep(`
root=$1${prelude}
systemctl start kubelet
end=$(($(date +%s) + 300))
until [ -s "$k/kubelet.conf" ] && [ -e "$root/var/lib/kubelet/pki/kubelet-client-current.pem" ]; do
  if [ "$(date +%s)" -ge "$end" ]; then
    echo 'a join was cut off when its etcd was a member already, and the kubelet does not finish it' >&2
    echo 'see that etcd runs here; or remove the member from another control plane, then kubeadm_reset this host with etcd_member: forget' >&2
    exit 1
  fi
  sleep 2
done`, [root], { timeout: 360 });
}
