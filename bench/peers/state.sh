# Tells all that the contenders leave on a machine: paths, kinds, modes, owners, links, contents, the service.
set -eu
for place in /srv/bench-site /etc/bench-site /usr/local/bin/bench-site /etc/systemd/system/bench-site.service; do
  [ -e "$place" ] || continue
  find "$place" -printf '%p %y %m %u:%g %l\n'
  find "$place" -type f -exec sha256sum {} +
done | sort
systemctl is-active bench-site.service || :
systemctl is-enabled bench-site.service 2> /dev/null || :
