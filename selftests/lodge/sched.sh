#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# sched.sh: what domain 0 decides about scheduling: shown, set, refused, all or
# nothing, told to who listens; and warp that the guest turns on and off
# (../guest/special/warp.c).
# machine: --memory 1024
# limit: 150
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge

guest() { # guest NAME [OPTION...]
	guest_name=$1
	shift
	lodge create "$guest_name" --kernel warp.pv --memory 16M --no-store "$@"
}

# is NAME KEY VALUE [KEY VALUE]...: does lodge sched say so?
is() {
	lodge sched "$1" -j >"$tmp/is" || return 1
	shift
	while [ $# -gt 1 ]; do
		got=$(json "$1" <"$tmp/is")
		[ "$got" = "$2" ] || { cat "$tmp/is"; echo "$1 is '$got', not '$2'"; return 1; }
		shift 2
	done
}

all_are() { # all_are KEY VALUE: of both domains
	is a "$@" && is b "$@"
}

saved() { # saved: what --file would read
	lodge sched --save >"$tmp/saved"
}

unchanged() {
	lodge sched --save | diff "$tmp/saved" -
}

told() { # told WORDS: an event says so
	for told_try in 1 2 3 4 5 6 7 8 9 10; do
		grep -Eq "$1" "$tmp/events" && return
		sleep 0.3
	done
	tail -n 20 "$tmp/events"
	return 1
}

lodge monitor -j >"$tmp/events" 2>&1 &
monitor=$!

check 'a domain' guest a --paused --vcpus 2
check 'a domain with parameters of its own' guest b --paused --weight 300 --warp guest \
	--warp-value 7ms --warp-limit 3ms --unwarp-time 40ms --affinity 0
check 'what one starts with' is a weight 256 warp off warp_value_ns 10000000 warp_limit_ns 0 \
	unwarp_time_ns 0 affinity 0
check 'what the other was given' is b weight 300 warp guest warp_value_ns 7000000 \
	warp_limit_ns 3000000 unwarp_time_ns 40000000 affinity 0
refused 'create: a time without its unit' 'unit' guest c --warp-value 5
check 'and there is no such domain' [ -z "$(lodge list | grep -w c)" ]

check 'weight' lodge sched a --weight 512
check 'is set, and nothing else' is a weight 512 warp off warp_value_ns 10000000
check 'all of it' lodge sched a --weight 100 --warp on --warp-value 100us --warp-limit 20ms \
	--unwarp-time 1s --affinity all
check 'is set' is a weight 100 warp on warp_value_ns 100000 warp_limit_ns 20000000 \
	unwarp_time_ns 1000000000
check 'the limit goes' lodge sched a --warp-limit none
check 'is gone' is a warp_limit_ns 0
check 'listeners are told' told '"event":"sched".*"name":"a".*"sched":.*"warp_value_ns":100000'
check 'and about CPUs' told '"event":"pinned".*"name":"a"'
check 'shown as a table' sh -c 'lodge sched | grep -Eq "^[0-9]+ +a +100 on +100us +none +1s +0"'
check 'and as JSON' sh -c 'lodge sched -j | grep -q "\"domains\":\[.*\"name\":\"b\""'

check 'domain 0' lodge sched domain-0 --weight 1000 --warp-value 3ms --warp-limit 9ms
check 'has that share' is domain-0 id 0 weight 1000 warp_value_ns 3000000 warp_limit_ns 9000000
check 'listeners are told that' told '"event":"sched".*"name":"domain-0".*"weight":1000'
check 'it is in the table' sh -c 'lodge sched | grep -Eq "^0 +domain-0 +1000 "'
refused 'it decides for itself where it runs' 'scheduler' lodge sched domain-0 --affinity 0
refused 'and is no guest' 'guest' lodge sched domain-0 --warp guest
refused 'nor has it a console' 'host' lodge console domain-0
check 'the system' lodge sched --system --allowance 2ms --unit 50us
check 'is set' [ "$(lodge sched --system -j)" = '{"allowance_ns":2000000,"unit_ns":50000}' ]
check 'listeners are told that, too' told '"event":"sched-system".*"domain":null.*"allowance_ns":2000000'
check 'all domains at once' lodge sched --all --weight 77 --unwarp-time 5ms
check 'all have it' all_are weight 77 unwarp_time_ns 5000000
check 'and what was not said stays' is b warp guest warp_value_ns 7000000

# What is refused, and with what range; nothing may change by it.
check 'remember' saved
for option in --warp-value --warp-limit --unwarp-time; do
	refused "$option without a unit" 'unit' lodge sched a $option 5
	refused "$option 0 without a unit" 'unit' lodge sched a $option 0
	refused "$option with an unknown unit" 'unit' lodge sched a $option 5fn
	refused "$option negative" 'time' lodge sched a $option -5ms
	refused "$option of nothing" 'time' lodge sched a $option ''
	refused "$option far too large" 'range' lodge sched a $option 99999999999999999999s
done
refused 'W too large' '0s to 1s' lodge sched a --warp-value 1001ms
refused 'L too large' '0s to 10s' lodge sched a --warp-limit 11s
refused 'U too large' '0s to 100s' lodge sched a --unwarp-time 101s
refused 'C too small' '100us to 100ms' lodge sched --system --allowance 99us
refused 'C too large' '100us to 100ms' lodge sched --system --allowance 101ms
refused 'the unit too small' '10us to 1ms' lodge sched --system --unit 0ns
refused 'the unit too large' '10us to 1ms' lodge sched --system --unit 2ms
refused 'a weight of 0' '1 to 65535' lodge sched a --weight 0
refused 'a weight with a unit' '1 to 65535' lodge sched a --weight 5ms
refused 'warp maybe' 'guest' lodge sched a --warp maybe
refused 'no CPU at all' 'CPU' lodge sched a --affinity 4000
refused 'no list of CPUs' 'CPUs' lodge sched a --affinity here
refused 'C of a domain' 'system' lodge sched a --allowance 5ms
refused 'a weight of the system' 'system' lodge sched --system --weight 5
refused 'a domain that is not there' 'nobody' lodge sched nobody --weight 5
refused 'nobody at all' 'whose' lodge sched --weight 5
check 'nothing has changed' unchanged

# From a file: all or nothing.
printf '# policy\n@system allowance=5ms unit=20us\n\na weight=11 warp=off   # no comment\nb weight=22 warp-value=2ms affinity=0\ndomain-0 weight=256\n' >"$tmp/policy"
check 'a file' lodge sched --file "$tmp/policy"
check 'is carried out' is a weight 11 warp off
check 'all of it' is b weight 22 warp_value_ns 2000000 warp guest
check 'domain 0, too' is domain-0 weight 256 warp_value_ns 3000000
check 'the system as well' [ "$(lodge sched --system -j)" = '{"allowance_ns":5000000,"unit_ns":20000}' ]
check 'remember that' saved
bad() { # bad NAME WORDS LINE: a file whose second line is wrong
	printf 'a weight=33\n%s\nb weight=44\n' "$3" >"$tmp/bad"
	refused "a file: $1" "line 2: .*($2)" lodge sched --file "$tmp/bad"
}
bad 'no such domain' 'nobody' 'nobody weight=1'
bad 'out of range' '0s to 1s' '* warp-value=2s'
bad 'no unit' 'unit' '* warp-value=2'
bad 'unknown setting' 'speed' '* speed=2'
bad 'nothing set' 'nothing' '*'
bad 'no value' 'SETTING=VALUE' '* weight'
bad 'a domain twice' 'second' 'a weight=1'
bad 'a setting twice' 'twice' '* weight=1 weight=2'
bad 'no CPU at all' 'CPU' '* affinity=4000'
bad 'no name' 'name' '../x weight=1'
refused 'no file' 'nowhere' lodge sched --file "$tmp/nowhere"
refused 'an empty file' 'nothing' lodge sched --file /dev/null
check 'nothing of all this was done' unchanged
check 'what was saved is read again' sh -c "lodge sched --all --weight 1 && lodge sched --file - <'$tmp/saved'"
check 'and all is as it was' unchanged
awk 'BEGIN { for (i = 0; i < 4096; i++) print "* weight=" 1 + i % 1000 }' >"$tmp/long"
check 'a file of 4096 lines' lodge sched --file "$tmp/long"
check 'its last line counts' all_are weight 96
check 'b ends' lodge destroy b
refused 'what has ended is not scheduled' 'b' lodge sched b --weight 5
check 'nor is it in the list' sh -c '! lodge sched | grep -w b'
check 'a ends' lodge destroy a

# Guests that decide by themselves.
run() { # run MODE NAME [OPTION...]: a guest's results
	run_mode=$1 run_status=0
	shift
	guest "$@" --console --cmdline "mode=$run_mode" >"$tmp/raw" 2>&1 || run_status=$?
	tr -d '\r' <"$tmp/raw" >"$tmp/console"
	tiny_results "$run_mode" <"$tmp/console"
	check "$run_mode: ran to its end" [ $run_status -eq 0 ]
}
run refused c
run refused c --warp on
check 'a rival' guest rival --cmdline mode=rival
check 'spins' says rival '^# spinning' 20
run guest c --warp guest --warp-value 1s
run limit c --warp guest --warp-value 1s --warp-limit 20ms --unwarp-time 50s
check 'the rival ends' lodge destroy rival

# One that is in a hypercall for ever gets its share and no more.
cpu_ns() { # cpu_ns NAME
	lodge list -j | tr '{' '\n' | sed -n "s/.*\"name\":\"$1\".*\"cpu_time_ns\":\([0-9]*\).*/\1/p"
}

fair() { # has each of both at least a third of what they get, in 3 s?
	fair_a=$(cpu_ns endless) fair_b=$(cpu_ns spin)
	sleep 3
	fair_a=$((($(cpu_ns endless) - fair_a) / 1000000))
	fair_b=$((($(cpu_ns spin) - fair_b) / 1000000))
	echo "$fair_a ms and $fair_b ms"
	[ $((2 * fair_a)) -ge $fair_b ] && [ $((2 * fair_b)) -ge $fair_a ] && [ $fair_a -gt 100 ]
}
available_kb() {
	sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo
}
available=$(available_kb)
check 'a guest in a hypercall that does not end' lodge create endless --kernel endless.pv \
	--memory 16M --no-store
check 'is in it' says endless '^endless: begins' 20
check 'another, which spins' lodge create spin --kernel spin.pv --memory 16M --no-store
check 'spins' says spin '^spin' 20
check 'each gets its share' fair
check 'neither takes more memory than it has' [ $(($(available_kb) + (96 << 10))) -gt "$available" ]
check 'the first can be paused' timeout 10 lodge pause endless
check 'audit: all counts are right' lodge audit endless
check 'it ends' lodge destroy endless
check 'and so does the other' lodge destroy spin
kill $monitor
check 'nothing is left behind' no_domains
finish
