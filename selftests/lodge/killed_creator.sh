#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# killed_creator.sh: a creator that is killed at any point leaves nothing behind,
# or a domain that lives and can be destroyed.
# machine: --memory 1024
# limit: 300
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge
need_kernel

# killed SIGNAL MILLISECONDS
killed() {
	start k idle >"$tmp/create" 2>&1 &
	creator=$!
	usleep $(($2 * 1000))
	# The command itself, not the subshell it was started from.
	for pid in $(pidof lodge); do kill -s "$1" "$pid" 2>/dev/null; done
	wait $creator
	lodge destroy k >/dev/null 2>&1
	no_domains
}

for signal in KILL INT TERM; do
	for ms in 1 20 50 100 150 200 300 400 600 800 1200; do
		check "SIG$signal after $ms ms" killed $signal $ms
	done
done
check 'the name can be used' start k poweroff
expect 'and the domain runs to its end' 0 lodge wait k
finish
