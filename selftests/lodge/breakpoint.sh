#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# breakpoint.sh: a guest arms debug registers with addresses of the host's code
# on the way into and out of the guest.  The host must not notice: the CPU raises
# #DB again and again for an instruction that nobody of the host's asked about.
# machine: --append nokaslr
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge

for symbol in switch_to_guest switch_enter asm_sysvec_apic_timer_interrupt schedule; do
	address=$(awk -v s=$symbol '$3 == s { print $1; exit }' /proc/kallsyms)
	if [ -z "$address" ]; then
		skip "breakpoint on $symbol" "no such symbol"
		continue
	fi
	timeout 30 lodge create "bp-$symbol" --kernel breakpoint.elf --memory 32M \
		--cmdline "bp=$address" --console >"$tmp/console" 2>&1
	check "breakpoint on $symbol" grep -q '^ok 1 .*host' "$tmp/console"
done
finish
