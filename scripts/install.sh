#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make install` and `make uninstall` do. Files are given as MODE:SOURCE:TARGET, and targets are
# below $DESTDIR.
#
#   scripts/install.sh install|uninstall|configure|deconfigure FILE...
set -euo pipefail

INSTALL=${INSTALL:-install}

split() # FILE
{
	local rest=${1#*:}

	mode=${1%%:*}
	source=${rest%%:*}
	target=${DESTDIR:-}${rest#*:}
}

file_install()
{
	"$INSTALL" -D -m "$mode" "$source" "$target"
}

# What somebody has changed is his.
file_configure()
{
	if [ -e "$target" ] && ! cmp -s "$source" "$target"; then
		echo "kept: $target differs from $source"
	else
		file_install
	fi
}

file_uninstall()
{
	rm -f "$target"
}

file_deconfigure()
{
	if [ -e "$target" ] && ! cmp -s "$source" "$target"; then
		echo "kept: $target differs from $source"
	else
		rm -f "$target"
	fi
}

action=$1
shift
for file; do
	split "$file"
	"file_$action"
done
