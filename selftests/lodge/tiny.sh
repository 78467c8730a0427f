#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tiny.sh: boot every tiny PV guest (../guest), one after the other, and pass on
# its KTAP.  A guest that does not get to its end is a failure of its own, and so
# is one after which a count of the module is wrong.
# machine: --memory 1024
# limit: 600
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge

for elf in ${TINY:-*.elf}; do
	guest=$(basename "$elf" .elf)
	status=0
	timeout 90 lodge create "tiny-$guest" --kernel "$elf" --memory 32M --console \
		>"$tmp/raw" 2>&1 || status=$?
	[ $status -lt 124 ] || lodge destroy "tiny-$guest" # it hangs: the command was ended
	tr -d '\r' <"$tmp/raw" >"$tmp/console"
	tiny_results "$guest" <"$tmp/console"
	if [ $status -eq 0 ] && grep -q '^# end of tests' "$tmp/console"; then
		ok "$guest: ran to its end"
	else
		tail -n 20 "$tmp/console" | sed 's/^/# /'
		not_ok "$guest: ran to its end" "lodge create ended with status $status"
	fi
	check "$guest: left nothing behind" no_domains
done
finish
