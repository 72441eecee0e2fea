# By hand: connects the pods. $1 this node's part of the pods' network, then PART ADDRESS of each other node.
set -eu
part=$1; shift
cat > /etc/cni/net.d/10-pods.conflist << END
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "ipam": {"type": "host-local", "ranges": [[{"subnet": "$part"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
END
while [ $# -gt 0 ]; do ip route replace "$1" via "$2"; shift 2; done
