#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make install` puts exactly what it should where it should, and `make uninstall` takes it away.

. "$(dirname "$0")/lib.sh"

LIST='
755 usr/bin/shunt
755 usr/sbin/shuntd
755 usr/sbin/shunt-manager
644 usr/share/man/man1/shunt.1
644 usr/share/man/man8/shuntd.8
644 usr/share/man/man8/shunt-manager.8
644 usr/share/bash-completion/completions/shunt
644 usr/lib/systemd/system/shuntd.service
644 usr/lib/systemd/system/shunt-manager.service
644 usr/lib/sysusers.d/shunt-manager.conf
644 usr/share/doc/shunt/examples/context.yaml
644 usr/share/doc/shunt/examples/settings.yaml
644 etc/default/shuntd
644 etc/default/shunt-manager'

# Units are written for where they go, so two tests must not write them at a time.
make_quiet() # ARGUMENTS...
{
	flock "$BUILD" make --no-print-directory BUILD="$BUILD" "$@"
}

prepare()
{
	make_quiet install DESTDIR="$WORLD/destination" prefix=/usr
	make_quiet install prefix="$WORLD/here" sysconfdir="$WORLD/here/etc"
}

installed() # DIRECTORY
{
	find "$1" ! -type d -printf '%m %P\n' | sort
}

test_exactly_what_is_listed_is_installed()
{
	expect_equal "$(installed "$WORLD/destination")" "$(sort <<<"${LIST:1}")" "files"
	[ -d "$WORLD/destination/etc/shunt" ] || fail "no directory for manifests"
}

test_installed_programs_are_those_that_were_built()
{
	local program

	for program in bin/shunt sbin/shuntd sbin/shunt-manager; do
		cmp "$WORLD/destination/usr/$program" "$BUILD/bin/${program#*/}" || fail "$program"
		expect_match "$("$WORLD/here/$program" --version)" "^${program#*/} [0-9]" "version"
	done
}

test_manual_pages_are_shown()
{
	local page

	for page in shunt shuntd shunt-manager; do
		expect_match "$(MANPAGER=cat MANPATH=$WORLD/destination/usr/share/man man "$page")" \
			"^${page^^}\([18]\).*SEE ALSO" "the page $page"
	done
}

# With all that they name in its place.
test_units_are_valid()
{
	local output

	output=$(systemd-analyze verify --man=no "$WORLD"/here/lib/systemd/system/*.service 2>&1) ||
		fail "$output"
	expect_equal "$(grep -F "$WORLD" <<<"$output")" "" "what systemd says of our units"
}

# From 0 to 10; what the kernel's tables need cannot be less.
test_units_expose_little()
{
	local unit score

	for unit in shuntd.30 shunt-manager.15; do
		score=$(systemd-analyze security --offline=true --no-pager --threshold="${unit#*.}" \
			--root="$WORLD/destination" "${unit%.*}.service" 2>&1) ||
			fail "${unit%.*} is exposed: $(grep Overall <<<"$score")"
		note "$(grep -o 'exposure.*[0-9]' <<<"$score")"
	done
}

test_configuration_that_was_changed_is_kept()
{
	local changed=$WORLD/destination/etc/default/shuntd

	echo '# mine' >>"$changed"
	make_quiet install DESTDIR="$WORLD/destination" prefix=/usr
	expect_equal "$(tail -1 "$changed")" '# mine' "the last line after another installation"
	make_quiet uninstall DESTDIR="$WORLD/destination" prefix=/usr
	expect_equal "$(installed "$WORLD/destination")" '644 etc/default/shuntd' "files that are left"
}

test_nothing_is_left_after_removal()
{
	make_quiet uninstall prefix="$WORLD/here" sysconfdir="$WORLD/here/etc"
	expect_equal "$(installed "$WORLD/here")" "" "files that are left"
}

packaging_main
