# Makes a machine as it was before the first run.
set -eu
if [ -e /etc/systemd/system/bench-site.service ]; then
  systemctl disable --quiet --now bench-site.service 2>&1
  rm /etc/systemd/system/bench-site.service
  systemctl daemon-reload
fi
rm -rf /srv/bench-site /etc/bench-site /usr/local/bin/bench-site
