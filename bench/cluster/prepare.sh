# By hand: a bare machine becomes one that kubeadm can work with. $1 mirror's URL, $2 Kubernetes' version, $3 CNI plugins' version,
# $4 virtual address, or - on workers, $5… addresses of the control planes, where it is one of them.
set -eu
mirror=$1 version=$2 cni=$3 vip=$4; shift 4
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install --yes --no-install-recommends -qq containerd conntrack curl ebtables ethtool iptables socat $([ $# = 0 ] || echo haproxy keepalived) >/dev/null

printf 'overlay\nbr_netfilter\n' > /etc/modules-load.d/kubernetes.conf
grep -qw overlay /proc/filesystems || modprobe overlay
[ -e /proc/sys/net/bridge ] || modprobe br_netfilter
printf '%s = 1\n' net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables > /etc/sysctl.d/kubernetes.conf
sysctl -q -p /etc/sysctl.d/kubernetes.conf

mkdir -p /etc/containerd/certs.d/registry.k8s.io
cat > /etc/containerd/config.toml << END
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.2"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true
END
cat > /etc/containerd/certs.d/registry.k8s.io/hosts.toml << END
[host."$mirror/v2/registry.k8s.io"]
  capabilities = ["pull", "resolve"]
  override_path = true
END
systemctl restart containerd

cd /usr/bin
for program in kubeadm kubelet kubectl; do
  curl -fsS -o $program "$mirror/dl.k8s.io/release/v$version/bin/linux/amd64/$program"
  echo "$(curl -fsS "$mirror/dl.k8s.io/release/v$version/bin/linux/amd64/$program.sha256")  $program" | sha256sum --check --quiet
  chmod 755 $program
done
mkdir -p /opt/cni/bin /etc/cni/net.d /etc/systemd/system/kubelet.service.d
curl -fsS "$mirror/github.com/containernetworking/plugins/releases/download/v$cni/cni-plugins-linux-amd64-v$cni.tgz" | tar -C /opt/cni/bin -xz
cat > /etc/systemd/system/kubelet.service << 'END'
[Unit]
Description=kubelet
After=network-online.target
[Service]
ExecStart=/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml $KUBELET_KUBEADM_ARGS
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
Restart=always
StartLimitInterval=0
RestartSec=10
[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable --quiet kubelet

[ $# -gt 0 ] || exit 0
cat > /etc/haproxy/haproxy.cfg << END
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend api
  bind :8443
  default_backend api
backend api
  option httpchk GET /readyz
  default-server inter 1s fall 2 rise 1
$(for address; do echo "  server $address $address:6443 check check-ssl verify none"; done)
END
cat > /etc/keepalived/keepalived.conf << END
vrrp_instance api {
  interface $(ip -o route get "$vip" | sed 's/.* dev \([^ ]*\).*/\1/')
  state BACKUP
  virtual_router_id 51
  priority $((100 + $(ip -o -4 addr show | grep -c "inet $1/")))
  advert_int 1
  virtual_ipaddress {
    $vip
  }
}
END
systemctl restart haproxy keepalived
