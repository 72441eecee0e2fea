# By hand: one more node. $1 endpoint, $2 token, $3 hash of the authority, $4 own address, $5 certificate key for a control plane, else -.
set -eu
umask 077
cat > /root/kubeadm.yaml << END
apiVersion: kubeadm.k8s.io/v1beta2
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: $1
    token: $2
    caCertHashes: ["$3"]
nodeRegistration:
  criSocket: /run/containerd/containerd.sock
  kubeletExtraArgs:
    oom-score-adj: "0"
END
[ "$5" = - ] || cat >> /root/kubeadm.yaml << END
controlPlane:
  localAPIEndpoint:
    advertiseAddress: $4
  certificateKey: $5
END
kubeadm join --config /root/kubeadm.yaml --skip-phases=preflight > /root/join.log 2>&1 || { tail -n 20 /root/join.log >&2; exit 1; }
