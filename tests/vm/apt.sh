# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after kernels.sh. How do we get packages of other suites and machines without touching this
# machine's apt? A configuration of our own per suite and architecture: lists, cache and sources lie under
# build/vm, signatures are checked against Debian's keyring, and the mirror is the one this machine uses.
# shellcheck shell=bash disable=SC2154

vm_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The machine's mirror of Debian's main or security archive: apt_mirror main|security
apt_mirror() {
	local given=${SIGPATH_VM_MIRROR:-}
	[ "$1" = main ] || given=${SIGPATH_VM_SECURITY_MIRROR:-}
	[ -z "$given" ] || {
		echo "$given"
		return
	}
	# shellcheck disable=SC2016 # apt expands them
	apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(SITE)' 'Created-By: Packages' |
		awk -F'|' -v want="$1" '$1 == "Debian" && ($2 ~ /-security$/) == (want == "security") { print $3; exit }'
}

# apt_at SUITE ARCH COMMAND...: apt's COMMAND with the private configuration. ARCH is `source` for sources.
apt_at() {
	local root=$vm_cache/apt/$1-$2 arch=${2/#source/amd64} command=$3
	shift 3
	"$command" -q -o "Dir::State=$root/state" -o "Dir::State::status=$root/status" -o "Dir::Cache=$root/cache" \
		-o "Dir::Etc::sourcelist=$root/sources.list" -o "Dir::Etc::sourceparts=$root/empty.d" \
		-o "Dir::Etc::trusted=$vm_keyring" -o "Dir::Etc::trustedparts=$root/empty.d" \
		-o "Dir::Etc::preferences=$root/no-preferences" -o "Dir::Etc::preferencesparts=$root/empty.d" \
		-o "APT::Architecture=$arch" -o "APT::Architectures::=$arch" -o Acquire::Languages=none \
		-o APT::Sandbox::User= -o APT::Get::AllowUnauthenticated=false \
		-o Acquire::AllowInsecureRepositories=false -o APT::Get::List-Cleanup=false "$@"
}

# apt_prepare SUITE ARCH [refresh]: lists are fetched once, and again only when told so. Only a stable release has
# a -security suite.
apt_prepare() {
	local root=$vm_cache/apt/$1-$2 main security kind=deb signed="[arch=${2/#source/amd64} signed-by=$vm_keyring]"
	[ "$2" != source ] || kind=deb-src
	[ "${3:-}" = refresh ] || ! [ -e "$root/ready" ] || return 0
	[ -r "$vm_keyring" ] || vm_die "no $vm_keyring: install debian-archive-keyring"
	main=$(apt_mirror main)
	[ -n "$main" ] || vm_die "this machine's apt has no Debian mirror: run apt-get update, or set SIGPATH_VM_MIRROR"
	security=$(apt_mirror security)
	mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial" "$root/empty.d" "$vm_cache/packages"
	: >"$root/status"
	echo "$kind $signed $main $1 main" >"$root/sources.list"
	[[ $1 == @(sid|experimental|*-backports) ]] || [ -z "$security" ] ||
		echo "$kind $signed $security $1-security main" >>"$root/sources.list"
	# Error-Mode=any: without it apt-get update is content with a signature that it could not check.
	apt_at "$1" "$2" apt-get update -o APT::Update::Error-Mode=any >"$root/update.log" 2>&1 || {
		cat "$root/update.log" >&2
		vm_die "cannot read the packages of $1 for $2"
	}
	touch "$root/ready"
}

# The newest version of a package: apt_newest SUITE ARCH PACKAGE
apt_newest() {
	apt_at "$1" "$2" apt-cache show --no-all-versions "$3" 2>/dev/null | sed -n 's/^Version: //p' | head -n 1
}

# The .deb of a package's version if it is in the cache: apt_cached ARCH PACKAGE VERSION
apt_cached() {
	local file
	for file in "$vm_cache/packages/${2}_${3//:/%3a}"_{"$1",all}.deb; do
		[ ! -s "$file" ] || {
			echo "$file"
			return
		}
	done
	return 1
}

# apt_fetch SUITE ARCH PACKAGE: prints the path of its .deb. apt checks its hash against the signed list.
apt_fetch() {
	local version
	version=$(apt_newest "$1" "$2" "$3")
	[ -n "$version" ] || vm_die "$1 has no package $3 for $2"
	apt_cached "$2" "$3" "$version" || {
		(cd "$vm_cache/packages" && apt_at "$1" "$2" apt-get download "$3=$version" >&2) ||
			vm_die "cannot download $3 $version of $1"
		apt_cached "$2" "$3" "$version"
	}
}
