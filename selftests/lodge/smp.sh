#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# smp.sh: the tiny guests of several vCPUs: vcpu_op, events, flushes, the clock,
# and a short slice of the races against the validator (../boot/soak has the rest).
# machine: --memory 1024 --smp 2
# limit: 300
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge

tiny_smp smp_vcpu 5 ''
tiny_smp smp_event 4 ''
tiny_smp smp_tlb 4 ''
tiny_smp smp_clock 4 'ms=1500'
tiny_smp smp_race 3 'rounds=150 seed=1'
tiny_smp smp_chaos 3 'rounds=150 seed=1'

# flushes NAME HOW: a thousand flushes of all vCPUs while the other one sleeps or spins
flushes() {
	lodge create "$1" --kernel smp_tlb.pv --vcpus 2 --memory 32M --cmdline "flush=$2" --console \
		>"$tmp/console" 2>&1
	lodge stat "$1" >"$tmp/stat"
	lodge destroy "$1"
	all=$(sed -n 's/^tlb_flushes *//p' "$tmp/stat")
	interrupts=$(sed -n 's/^tlb_flush_interrupts *//p' "$tmp/stat")
	echo "# $2: $all flushes, $interrupts interrupts"
}

flushes alone alone
check 'a thousand flushes beside a vCPU that sleeps' [ "$all" -ge 1000 ]
check 'disturb no pCPU' [ "$interrupts" -le 20 ]
flushes busy busy
check 'a thousand flushes beside a vCPU that spins' [ "$all" -ge 1000 ]
# One pCPU may have both for a while.
check 'disturb the one that runs it' [ "$interrupts" -ge 100 ]
check 'and nobody else' [ "$interrupts" -le "$((all + 20))" ]
check 'all gone' no_domains
finish
