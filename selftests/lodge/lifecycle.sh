#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# lifecycle.sh: what can be done to a domain from its creation to its end.
# machine: --memory 1536
# limit: 300
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge
need_kernel

state() { # state NAME: its state, as lodge show tells it
	lodge show "$1" -j | json state
}

is() { # is NAME STATE
	got=$(state "$1")
	[ "$got" = "$2" ] || { echo "$1 is '$got', not '$2'"; return 1; }
}

listed() {
	lodge list | grep -q "\b$1\b"
}

not_listed() {
	! listed "$1"
}

cpu_time() { # ns that the domain ran
	lodge show "$1" -j | json cpu_time_ns
}

stands_still() {
	before=$(cpu_time "$1")
	sleep 1
	after=$(cpu_time "$1")
	echo "cpu time $before, then $after ns"
	[ -n "$before" ] && [ "$before" = "$after" ]
}

moves() {
	! stands_still "$1"
}

lodge monitor -j >"$tmp/events" 2>&1 &
monitor=$!
sleep 1

check 'create returns when the domain lives' start a spin
check 'list shows it' listed a
check 'show shows it running' is a running
check 'it reaches user space' says a '^guest: spinning' 60
refused 'a name that lives is refused' 'lives' start a idle
check 'pause' lodge pause a
check 'it is paused' is a paused
check 'a paused domain gets no CPU' stands_still a
refused 'pausing twice is an error' 'paused' lodge pause a
check 'unpause' lodge unpause a
check 'it runs again' is a running
check 'and gets CPU' moves a
refused 'unpausing twice is an error' 'paused' lodge unpause a
check 'weight can be changed' lodge sched a --weight 512
check 'and read back' test "$(lodge sched a -j | json weight)" = 512
check 'stat counts its exits' test "$(lodge stat a -j | json exits)" -gt 0
check 'audit finds its counts right' lodge audit a
check 'rmmod is refused while it lives' sh -c '! rmmod lodge'
check 'destroy' lodge destroy a
check 'its frames are free' no_domains

check 'create --paused' start p poweroff --paused
check 'it is paused' is p paused
check 'it has not run' test "$(cpu_time p)" = 0
check 'unpause lets it go' lodge unpause p
expect 'wait sees its poweroff' 0 lodge wait p
check 'the log of a domain that ended can be read' sh -c 'lodge console p --log | grep -q "guest: powering off"'
expect 'wait for one that ended' 0 lodge wait p
check 'its name is free again' start p reboot
expect 'wait tells a reboot request' 4 lodge wait p
check 'and once more' start p panic
expect 'wait tells a crash' 3 lodge wait p
check 'a record can be forgotten' lodge destroy p
check 'then it is not listed' not_listed p

check 'a domain with two at once' start b idle
check 'the other' start c idle
check 'both reach user space: b' says b '^guest: idle' 60
check 'both reach user space: c' says c '^guest: idle' 60
check 'destroy one' lodge destroy b
check 'the other lives' is c running
( sleep 2; lodge destroy c ) &
status=0
timeout 30 lodge wait c >"$tmp/out" 2>&1 || status=$?
check 'wait ends when somebody destroys the domain' test $status -ne 0 -a $status -ne 124 -a $status -ne 143
check 'all is free' no_domains

kill $monitor
wait $monitor 2>/dev/null
for event in created started paused unpaused shutdown ended; do
	check "the monitor told of $event" grep -q "\"$event\"" "$tmp/events"
done
finish
