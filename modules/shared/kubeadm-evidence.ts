/** What helps to see why a node does not come up: kubelet's last words, the containers, what the control plane wrote. */
import type { Evidence, Probe } from '../../engine/module/kit.ts';
import { pathLine, unfinishedFile } from './kubeadm-files.ts';
import { askRecords } from './script.ts';

/** $1 yes: only where a command of kubeadm is unfinished. */
const script = `
[ "$1" = yes ] && [ ! -f ${unfinishedFile} ] && exit 0
${pathLine}
show() { printf '@%s\\n' "$1"; sed 's/^/ /'; printf '\\n'; }
has() { command -v "$1" >/dev/null 2>&1; }
{ systemctl show kubelet -p ActiveState -p SubState -p NRestarts -p ExecMainStatus 2>/dev/null | tr '\\n' ' '; echo; journalctl -u kubelet -n 25 --no-pager -o cat 2>&1; } | show kubelet
if has crictl; then crictl ps -a 2>&1 | head -n 25
elif has docker && docker info >/dev/null 2>&1; then docker ps -a --filter name=k8s_ --format '{{.Names}}  {{.Status}}' 2>&1 | grep -v k8s_POD | head -n 25
elif has ctr; then ctr -n k8s.io tasks ls 2>&1 | head -n 25
fi | show containers
for c in kube-apiserver etcd; do
  log=$(ls -t /var/log/pods/kube-system_$c-*/$c/*.log 2>/dev/null | head -n 1)
  [ -n "$log" ] && tail -n 8 "$log" | cut -c 1-400 | show "$c"
done`;

const titles: Readonly<Record<string, string>> = {
  kubelet: 'kubelet, and the last lines of its journal', containers: 'containers of Kubernetes', 'kube-apiserver': 'last lines of kube-apiserver', etcd: 'last lines of etcd',
};

/** Asks for all of it; parts that the host does not have are left out. A host that was refused as it is has nothing to tell: `unfinished` asks only after a start. */
export async function nodeEvidence(probe: Probe, { unfinished = false } = {}): Promise<Evidence[]> {
  const records = await askRecords(probe, `(${script}\n)`, [unfinished ? 'yes' : 'no']);
  return Object.entries(titles).flatMap(([name, title]) => (records[name]?.trim() ? [{ title, text: records[name].trimEnd() }] : []));
}
