# The same as site.yml, as an admin writes it who knows exactly what there is to do: look, and change only what differs.
# Takes the machine's name; ends with `changed=N`.
set -eu
umask 022
name=$1
home=/srv/bench-site
settings=/etc/bench-site
count=0
new=$(mktemp)
trap 'rm -f "$new"' EXIT

changed() { count=$((count + 1)); }

# folder PATH
folder() {
  [ -d "$1" ] || { mkdir "$1"; changed; }
  mode "$1" 755
}

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

# line FILE PATTERN LINE
line() {
  grep -qxF "$3" "$1" && return
  if grep -q "$2" "$1"; then sed -i "s/$2.*/$3/" "$1"; else echo "$3" >> "$1"; fi
  changed
}

for each in $home $home/pages $home/notes $home/state $settings; do folder $each; done

put $home/pages/index.html 644 << 'END'
<!doctype html>
<title>A small site</title>
<link rel="stylesheet" href="site.css">
<h1>A small site</h1>
<p>It is here to be copied.</p>
<p><a href="about.html">About</a></p>
END
put $home/pages/about.html 644 << 'END'
<!doctype html>
<title>About</title>
<link rel="stylesheet" href="site.css">
<h1>About</h1>
<p>Five pages, three notes, two settings, one service.</p>
END
put $home/pages/site.css 644 << 'END'
body { margin: 2rem auto; max-width: 40rem; font-family: sans-serif; }
h1 { font-weight: normal; }
END
put $home/pages/robots.txt 644 << 'END'
User-agent: *
Disallow: /
END
put $home/pages/health.json 644 << 'END'
{ "status": "fine", "since": "always" }
END
for note in backup restore contact; do
  put $home/notes/$note.txt 644 << END
$note: ask a small site's keepers
END
done

before=$count
put /usr/local/bin/bench-site 755 << 'END'
#!/bin/sh
# Stands for a program that serves.
exec sleep infinity
END
put /etc/systemd/system/bench-site.service 644 << 'END'
[Unit]
Description=A small site

[Service]
EnvironmentFile=/etc/bench-site/environment
ExecStart=/usr/local/bin/bench-site

[Install]
WantedBy=multi-user.target
END
put $settings/site.conf 644 << END
# A small site on $name
root = $home/current
worker 1 = 127.0.0.1:8081
worker 2 = 127.0.0.1:8082
worker 3 = 127.0.0.1:8083
workers = 3
END
put $settings/environment 600 << END
SITE_NAME=$name
SITE_TITLE="A SMALL SITE"
SITE_PORTS=8081,8082,8083
END
[ $count = $before ] && restart=no || restart=yes

[ -e $settings/limits.conf ] || { : > $settings/limits.conf; changed; }
line $settings/limits.conf '^connections=' connections=512
line $settings/limits.conf '^requests=' requests=10000
line $settings/limits.conf '^memory=' memory=256M
line $settings/limits.conf '^timeout=' timeout=30
line $settings/limits.conf "^# kept for $name\$" "# kept for $name"
mode $settings/limits.conf 644

[ "$(readlink $home/current)" = $home/pages ] || { ln -sfn $home/pages $home/current; changed; }

cd $home/pages
[ -e ../state/pages.sum ] || { sha256sum * > ../state/pages.sum; changed; }
sha256sum --check --quiet ../state/pages.sum

[ $restart = no ] || { systemctl daemon-reload; systemctl restart bench-site.service; changed; }
systemctl is-enabled --quiet bench-site.service || { systemctl enable --quiet bench-site.service; changed; }
systemctl is-active --quiet bench-site.service || { systemctl start bench-site.service; changed; }
echo "changed=$count"
