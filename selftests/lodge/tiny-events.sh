#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tiny-events.sh: event channels between two domains that run at the same time
# (../guest/special/peer.c), and between a domain and user space in domain 0
# (storm.c there, evtchn_peer.c here), and among the vCPUs of one (smp_events.c);
# what is left when either end goes.
# machine: --memory 1024 --smp 2
# limit: 300
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge

domid() { lodge show "$1" --json | json id; }

# start NAME KERNEL CMDLINE [OPTION]: in the background, its console in $tmp/NAME; wait until it is there
start() {
	lodge destroy "$1" 2>/dev/null # the record of an earlier one would be taken for it
	timeout 240 lodge create "$1" --kernel "$2" --memory 32M --cmdline "$3" --console ${4:-} \
		>"$tmp/$1" 2>&1 &
	eval "pid_$1=\$!"
	tries=0
	until [ "$(domid "$1" 2>/dev/null)" ] || [ $tries -gt 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}

# results NAME: wait for it and pass its results on
results() {
	eval "pid=\$pid_$1"
	wait "$pid"
	tr -d '\r' <"$tmp/$1" >"$tmp/console"
	while IFS= read -r line; do
		case $line in
		'ok '*'# SKIP'*) ;; # another mode's
		'ok '*) ok "$1: ${line#ok * }" ;;
		'not ok '*) not_ok "$1: ${line#not ok * }" ;;
		'#'*) echo "$line" ;;
		esac
	done <"$tmp/console"
	if grep -q '^# end of tests' "$tmp/console"; then
		ok "$1: ran to its end"
	else
		tail -n 20 "$tmp/console" | sed 's/^/# /'
		not_ok "$1: ran to its end"
	fi
}

# Between two domains.
start a peer.pv role=a
start b peer.pv role=b
results b
results a
check 'two domains leave nothing behind' no_domains

# Among the vCPUs of one.
start smp smp_events.pv '' --vcpus=4
results smp
check 'a domain of four vCPUs leaves nothing behind' no_domains

# One of the two is killed while tokens go between them.
round=0
while [ $round -lt 6 ]; do
	start a peer.pv role=a
	start b peer.pv role=b
	sleep 0.$((round % 3 + 1))
	if [ $((round % 2)) -eq 0 ]; then
		lodge destroy a
		sleep 0.1
		lodge destroy b
	else
		lodge destroy b
		lodge destroy a
	fi
	wait "$pid_a" "$pid_b"
	round=$((round + 1))
done >"$tmp/kills" 2>&1
check 'domains that are killed while they send leave nothing behind' no_domains

# To and fro with domain 0.
start echo storm.pv mode=echo
check 'domain 0 gets an answer to each event' ./evtchn_peer echo "$(domid echo)" 300
results echo

# A storm: bounded by the budget of its port, and domain 0 goes on.
start storm storm.pv 'mode=storm seconds=3'
if ./evtchn_peer count "$(domid storm)" 2 >"$tmp/count"; then
	sed 's/^/# /' "$tmp/count"
	events=$(sed 's/.*events=\([0-9]*\).*/\1/' "$tmp/count")
	ms=$(sed 's/.* ms=\([0-9]*\).*/\1/' "$tmp/count")
	check 'a storm comes through, and no more of it than its budget' \
		test "$events" -gt 10 -a "$events" -le $((1024 + 8 * ms + 16))
else
	sed 's/^/# /' "$tmp/count"
	not_ok 'a storm comes through'
fi
results storm

# A storm at a reader that dies, and at one that never reads.
start storm storm.pv 'mode=storm seconds=3'
timeout -s KILL 2 ./evtchn_peer count "$(domid storm)" 60 >/dev/null
check 'the reader dies in the storm' test $? -ne 0
results storm
check 'storms leave nothing behind' no_domains
finish
