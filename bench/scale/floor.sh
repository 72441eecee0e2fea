# The same as site.yml, as an admin writes it who knows exactly what there is to do.
# Takes the host's name, its address, and the folder that holds all hosts' folders; ends with `changed=N`.
set -eu
umask 022
home=$3/$1
count=0
new=$(mktemp)
trap 'rm -f "$new"' EXIT

changed() { count=$((count + 1)); }

# mode PATH BITS
mode() {
  [ "$(stat -c %a "$1")" = "$2" ] || { chmod "$2" "$1"; changed; }
}

# put PATH BITS: the content comes from stdin
put() {
  cat > "$new"
  if cmp -s "$new" "$1"; then
    mode "$1" "$2"
  else
    install -m "$2" "$new" "$1.new"
    mv "$1.new" "$1"
    changed
  fi
}

[ -d "$home" ] || { mkdir -p "$home"; changed; }
mode "$home" 755
put "$home/app.conf" 644 << 'END'
# The settings of a small service.
listen = 127.0.0.1:8080
workers = 4
log = /var/log/app.log
level = info
timeout = 30
cache = 64M
END
put "$home/host.conf" 640 << END
name=$1
address=$2
END
limits=$home/limits.conf
if ! grep -qsxF connections=512 "$limits"; then
  if grep -qs '^connections=' "$limits"; then sed -i 's/^connections=.*/connections=512/' "$limits"; else echo connections=512 >> "$limits"; fi
  changed
fi
mode "$limits" 644
test -s "$home/app.conf"
[ "$(stat -c '%U %a' "$home/app.conf")" = 'root 644' ]
for note in backup restore contact rota escalation; do
  put "$home/$note.txt" 644 << END
$note
END
done
echo "changed=$count"
