#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tiny-ends.sh: the ways in which a domain can end (../guest/special/ends.c), each with
# its exit status and a reason; and domains that end in no way of their own, which
# must leave room for others and be destroyed.
# machine: --memory 1024
# limit: 600
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge

# ends NAME STATUS WORDS: boot it; the command must exit with STATUS and say WORDS
ends() {
	end_name=$1 end_status=$2 end_words=$3 status=0
	timeout 60 lodge create "end-$1" --kernel ends.pv --memory 32M --cmdline "end=$1" \
		--console >"$tmp/end" 2>&1 || status=$?
	[ $status -lt 124 ] || lodge destroy "end-$1"
	if ! grep -q "^# end $end_name" "$tmp/end" && [ "$end_name" != console_garbage ]; then
		sed 's/^/# /' "$tmp/end"
		not_ok "$end_name: the guest gets that far" "status $status"
	elif [ $status -ne "$end_status" ]; then
		tail -n 5 "$tmp/end" | sed 's/^/# /'
		not_ok "$end_name: exit status $end_status" "status $status"
	elif ! tr -d '\r' <"$tmp/end" | tail -n 1 | grep -Eqi "$end_words"; then
		tail -n 5 "$tmp/end" | sed 's/^/# /'
		not_ok "$end_name: the reason says '$end_words'"
	else
		ok "$end_name: ends with status $end_status and says why"
	fi
	lodge destroy "end-$end_name" >/dev/null 2>&1 # what has suspended itself is still there
	check "$end_name: leaves nothing behind" no_domains
}

ends poweroff 0 'powered off'
ends reboot 4 'reboot'
ends crash 3 'crash'
ends suspend 6 'suspend'
ends watchdog 3 'watchdog'
ends unknown 3 '.'
ends console_garbage 0 'powered off'

# Faults that the guest cannot be told about end it, alone, with the first reason.
ends no_handler 3 'no handler'
for e in stack_unmapped stack_null stack_hole stack_m2p stack_noncanonical stack_table \
	stack_above_hole stack_read_only stack_half kernel_stack_unmapped kernel_stack_hole \
	recursion unmap_itself empty_cr3 upcall_stack; do
	ends $e 3 'stack'
done
ends iret_unreadable 3 'iret'
ends iret_hole 3 'iret'
ends iret_no_user_tables 3 'user page tables'

# What it leaves undone must not befall who runs there next.
check 'a domain that spins' lodge create beside --kernel spin.pv --memory 32M
expect 'stale_selector: ends' 3 lodge create end-stale --kernel ends.pv --memory 32M --vcpus 2 \
	--cmdline end=stale_selector --console
sleep 1
check 'stale_selector: the other one still spins' test "$(lodge show beside -j | json state)" = running
check 'stale_selector: and has noticed nothing' \
	sh -c '! lodge console beside --log | grep -E "^not ok|unexpected"'
lodge destroy beside
check 'stale_selector: leaves nothing behind' no_domains

# endless NAME: beside it another domain must live, and it must go when told to
endless() {
	check "$1: starts" lodge create "end-$1" --kernel ends.pv --memory 32M --cmdline "end=$1"
	sleep 1
	status=0
	timeout 60 lodge create beside --kernel sanity.elf --memory 32M --console \
		>"$tmp/beside" 2>&1 || status=$?
	if [ $status -eq 0 ] && grep -q '^# end of tests' "$tmp/beside"; then
		ok "$1: another domain lives beside it"
	else
		tail -n 10 "$tmp/beside" | sed 's/^/# /'
		not_ok "$1: another domain lives beside it" "status $status"
		lodge destroy beside 2>/dev/null
	fi
	check "$1: can be paused" lodge pause "end-$1"
	check "$1: goes on" lodge unpause "end-$1"
	check "$1: can be destroyed" lodge destroy "end-$1"
	check "$1: leaves nothing behind" no_domains
}

for e in spin block yield hypercalls faults event_flood console_flood console_kicks \
	timer_flood pin_flood multicall_forever sleeping_calls; do
	endless $e
done
finish
