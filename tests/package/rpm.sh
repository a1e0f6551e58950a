#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# rpm.sh ARCH: tests build/package/sigpath-VERSION-1.PROCESSOR.rpm: what is in it, and that it installs, upgrades and
# leaves nothing. Its scripts run in a copy of this machine's root directory, which ends with the test. As root.
# shellcheck disable=SC2016 # in_copy() expands what it is given
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/../../packaging/build/common.sh"
. "$here/checks.sh"
package_options --arch "$1"
processor=x86_64
[ "$package_arch" != arm64 ] || processor=aarch64
rpm=$package_out/sigpath-$package_version-1.$processor.rpm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check_digests() { rpm -K "$rpm" | grep -q 'digests OK' || fail "$(rpm -K "$rpm")"; }

check_files() {
	rpm -qpl "$rpm" >"$work/files"
	for file in /usr/sbin/sigpath /usr/share/man/man8/sigpath.8 /etc/sigpath/sigpath.conf /usr/share/licenses/sigpath/curl \
		/usr/lib/systemd/system/sigpath.service /usr/share/bash-completion/completions/sigpath; do
		grep -qx "$file" "$work/files" || fail "no $file"
	done
	[ "$(rpm -qp --qf '%{NAME} %{VERSION} %{ARCH} %{LICENSE}' "$rpm")" = "sigpath $package_version $processor GPL-2.0-or-later" ] ||
		fail "$(rpm -qpi "$rpm")"
	[ "$(rpm -qpc "$rpm" | sort)" = "$(grep '^/etc/' "$work/files" | grep -v '^/etc/sigpath$' | sort)" ] ||
		fail "files of configuration: $(rpm -qpc "$rpm")"
	# Flags: 1 is %config, 16 is noreplace.
	! rpm -qp --qf '[%{FILEFLAGS} %{FILENAMES}\n]' "$rpm" | awk '$2 ~ "^/etc/.*[.]conf$" && $1 != 17' | grep . || fail "replaced"
	! rpm -qp --qf '[%{FILEUSERNAME}:%{FILEGROUPNAME}\n]' "$rpm" | grep -v '^root:root$' || fail "an owner"
	! rpm -qp --requires "$rpm" | grep -v '^rpmlib(\|^/bin/sh$' || fail "it needs something"
}

check_scripts_enable_nothing() {
	rpm -qp --scripts "$rpm" >"$work/scripts"
	! grep -E 'systemctl.* (enable|start|restart|preset)' "$work/scripts" || fail "a script"
	grep -q 'disable --now sigpath.service' "$work/scripts" || fail "the service is not stopped"
}

# in_copy COMMANDS: with a copy of the root directory at $copy, in which rpm has a database of its own and systemctl
# only writes down what it is asked.
in_copy() {
	unshare --mount bash -euc '
		mount -t tmpfs none "$1"
		mkdir "$1"/{upper,work,copy}
		mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" none "$1/copy"
		copy=$1/copy rpm=$2
		rm -rf "$copy/var/lib/rpm" "$copy/etc/sigpath"
		mkdir -p "$copy/run/systemd/system"
		for name in systemctl journalctl; do
			rm -f "$copy/usr/bin/$name"
			printf "#!/bin/sh\necho \"\${0##*/} \$*\" >>/asked\n" >"$copy/usr/bin/$name"
			chmod 755 "$copy/usr/bin/$name"
		done
		packages() { rpm --root "$copy" --dbpath /var/lib/rpm "$@"; }
		eval "$3"' - "$work" "$rpm" "$1"
}

check_install_and_remove() {
	in_copy '
		packages -i --nodeps --ignorearch "$rpm"
		[ -x "$copy/usr/sbin/sigpath" ]
		packages -V --nodeps sigpath
		if grep -E " (enable|start|restart)" "$copy/asked"; then exit 1; fi
		grep -q "systemctl daemon-reload" "$copy/asked"
		: >"$copy/asked"
		packages -e sigpath
		grep -q "systemctl --no-reload disable --now sigpath.service" "$copy/asked"
		left=$(cd "$1/upper" && find . -path "*/sigpath*" ! -path "./tmp/*" ! -type c)
		[ -z "$left" ] || { echo "left: $left"; exit 1; }' || fail "see above"
}

# An edited file stays, and the service is only restarted if it runs.
check_upgrade_keeps_the_configuration() {
	in_copy '
		packages -i --nodeps --ignorearch "$rpm"
		echo "# mine" >>"$copy/etc/sigpath/sigpath.conf"
		: >"$copy/asked"
		packages -U --nodeps --ignorearch --replacepkgs --force "$rpm"
		grep -q "^# mine" "$copy/etc/sigpath/sigpath.conf"
		! grep -E " (enable|start|restart|disable)" "$copy/asked"' || fail "see above"
}

check_reproducible() { "$here/again.sh" rpm "$package_arch" "$rpm" || fail "another rpm"; }

run_checks
