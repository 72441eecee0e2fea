# By hand: the first control plane. $1 version, $2 control plane endpoint, $3 own address. Prints what the others join with.
set -eu
umask 077
cat > /root/kubeadm.yaml << END
apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: $3
nodeRegistration:
  criSocket: /run/containerd/containerd.sock
  kubeletExtraArgs:
    oom-score-adj: "0"
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v$1
imageRepository: registry.k8s.io
controlPlaneEndpoint: $2
networking:
  podSubnet: 10.244.0.0/16
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
oomScoreAdj: 0
conntrack:
  maxPerCore: 0
END
kubeadm init --config /root/kubeadm.yaml --skip-phases=preflight,addon/coredns --upload-certs > /root/init.log 2>&1 || { tail -n 20 /root/init.log >&2; exit 1; }
echo "key=$(sed -n 's/.*--certificate-key \([0-9a-f]*\).*/\1/p' /root/init.log | head -n 1)"
kubeadm token create --print-join-command 2>/dev/null | sed -n 's/.*--token \([^ ]*\).*--discovery-token-ca-cert-hash \([^ ]*\).*/token=\1\nhash=\2/p'
