#!/bin/sh
# Puts together what the tracer's image holds, from the build stage of deploy/Dockerfile:
#   assemble.sh DIRECTORY
# Node.js, the built service with its packages, `env` (the first line of the service starts it), and the libraries that
# these load, each with what a scanner needs to know its version and with its licence.
set -eu
image=$1
service=$image/opt/process-logging

mkdir -p "$image/usr/local/bin" "$image/usr/bin" "$image/etc" "$image/tmp" "$image/run" "$service/dist" \
	"$image/var/lib/dpkg/status.d"
chmod 1777 "$image/tmp"
printf 'root:x:0:0:root:/:/usr/sbin/nologin\n' >"$image/etc/passwd"
printf 'root:x:0:\n' >"$image/etc/group"
ln -s usr/lib "$image/lib"
mkdir -p "$image/usr/lib"
[ ! -e /lib64 ] || { ln -s usr/lib64 "$image/lib64" && mkdir -p "$image/usr/lib64"; }

cp "$(command -v node)" "$image/usr/local/bin/node"
cp "$(command -v env)" "$image/usr/bin/env"
cp -R dist/tracer-service dist/bpf "$service/dist/"
cp package.json "$service/"
cp -R node_modules "$service/"
find "$service" \( -name '*.map' -o -name '*.d.ts' -o -name '*.md' \) -type f -delete
# What npm noted for itself, and what only builds and explains koffi.
rm -rf "$service/node_modules/.package-lock.json" "$service/node_modules/.bin" \
	"$service/node_modules/koffi/vendor" "$service/node_modules/koffi/doc"

ln -s /opt/process-logging/dist/tracer-service/main.js "$image/usr/local/bin/tracer-service"
# The name that Coder's templates call.
ln -s /opt/process-logging/dist/tracer-service/main.js "$image/opt/exectrace"

libraries() {
	ldd "$1" | sed -n 's/^.*=> \(\/[^ ]*\) .*$/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*$/\1/p'
}
libbpf=$(ldconfig -p | sed -n 's/^[[:space:]]*libbpf\.so\.1 .*=> //p' | head -n 1)
{
	echo "$libbpf"
	for file in "$image/usr/local/bin/node" "$image/usr/bin/env" "$libbpf" $(find "$service/node_modules" -name '*.node'); do
		libraries "$file"
	done
} | sort -u | while read -r library; do
	mkdir -p "$image$(dirname "$library")"
	cp -L "$library" "$image$library"
	# Where /lib is a link to /usr/lib, packages list either path.
	real=$(readlink -f "$library")
	package=$(dpkg-query --search "$real" "${real#/usr}" 2>/dev/null | head -n 1 | sed 's/: .*//')
	[ -z "$package" ] || echo "$package"
done | sort -u >/tmp/packages
dpkg-query --search "$(command -v env)" /usr/bin/env /bin/env 2>/dev/null | sed 's/: .*//' | sort -u >>/tmp/packages
sort -u /tmp/packages | while read -r package; do
	name=${package%%:*}
	dpkg-query --status "$package" >"$image/var/lib/dpkg/status.d/$name"
	mkdir -p "$image/usr/share/doc/$name"
	cp -L "/usr/share/doc/$name/copyright" "$image/usr/share/doc/$name/copyright"
done
