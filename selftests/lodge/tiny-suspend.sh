#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tiny-suspend.sh: a tiny guest suspends itself again and again
# (../guest/special/suspend.c), and is resumed each time; what can be done to it
# while it is suspended.
# machine: --memory 1024 --smp 2
# limit: 240
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge

state() { # state NAME
	lodge show "$1" -j 2>/dev/null | json state
}

is() { # is NAME STATE
	got=$(state "$1")
	[ "$got" = "$2" ] || { echo "$1 is '$got', not '$2'"; return 1; }
}

becomes() { # becomes NAME STATE
	tries=0
	until is "$1" "$2" >/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || { is "$1" "$2"; return 1; }
		sleep 0.1
	done
}

guest() { # guest NAME CMDLINE [OPTION...]
	guest_name=$1 guest_cmdline=$2
	shift 2
	lodge create "$guest_name" --kernel suspend.pv --memory 32M --cmdline "$guest_cmdline" "$@"
}

# resume_all NAME: resume it whenever it is suspended, until it ends; sets $resumed
resume_all() {
	resumed=0 tries=0
	while [ $tries -lt 600 ]; do
		case $(state "$1") in
		suspended) lodge resume "$1" || return 1
			resumed=$((resumed + 1)) tries=0 ;;
		ended) return 0 ;;
		*) tries=$((tries + 1))
			sleep 0.05 ;;
		esac
	done
	echo "$1 is $(state "$1") for long, after $resumed times"
	return 1
}

# results NAME: pass its results on
results() {
	lodge console "$1" --log | tr -d '\r' >"$tmp/console"
	while IFS= read -r line; do
		case $line in
		'ok '*'# SKIP'*) skip "$1: ${line#ok * }" "${line##*SKIP }" ;;
		'ok '*) ok "$1: ${line#ok * }" ;;
		'not ok '*) not_ok "$1: ${line#not ok * }" ;;
		'#'*) echo "$line" ;;
		esac
	done <"$tmp/console"
	check "$1: gets to its end" grep -q '^# end of tests' "$tmp/console"
}

lodge monitor -j >"$tmp/events" 2>&1 &
monitor=$!
sleep 1

check 'a guest of 33 vCPUs' guest smp '' --vcpus 33 --no-store
check 'it is resumed until it ends' resume_all smp
check 'that was 19 times' test $resumed = 19
results smp
expect 'it powered off in the end' 0 lodge wait smp
check 'suspended: the monitor told it 19 times' test \
	"$(grep '"event":"shutdown"' "$tmp/events" | grep -c '"state":"suspended"')" = 19
check 'resumed: too' test "$(grep -c '"event":"resumed"' "$tmp/events")" = 19

check 'one that names no start_info' guest none start_info=none --no-store
check 'is resumed all the same' resume_all none
results none

check 'one that names a frame that is none' guest bad start_info=bad --no-store
check 'is suspended' becomes bad suspended
refused 'and cannot be resumed' 'start_info' lodge resume bad
check 'it is suspended still' is bad suspended
check 'audit: all counts are right' lodge audit bad
check 'it can be destroyed' lodge destroy bad

check 'one more' guest one '' --no-store
check 'suspended' becomes one suspended
refused 'it cannot be paused' 'memory is kept' lodge pause one
check 'it has its memory' test "$(lodge show one -j | json memory_bytes)" -ge $((30 << 20))
check 'dump-core of a suspended guest' lodge dump-core one "$tmp/core"
check 'wait tells' sh -c 'lodge wait one; [ $? = 6 ]'
check 'resume' lodge resume one
refused 'what has ended cannot be resumed' 'ended' lodge resume smp
check 'suspended again' becomes one suspended
check 'audit: all counts are right' lodge audit one
check 'destroy' lodge destroy one
check 'one that runs' lodge create spin --kernel ends.pv --memory 32M --cmdline end=spin --no-store
refused 'only what is suspended can be resumed' 'not suspended' lodge resume spin
refused 'one without xenstore cannot be asked to suspend itself' 'does not listen' lodge suspend spin
check 'destroy' lodge destroy spin
check 'all is free' no_domains

kill $monitor
wait $monitor 2>/dev/null
finish
