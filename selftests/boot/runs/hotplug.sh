# SPDX-License-Identifier: GPL-2.0-only
# machine: --smp 2
# limit: 240
#
# A pCPU goes and comes back under two spinning guests: both live on, pause and
# weight changes in between.  One is pinned to it, and returns.
. /runs.sh

cpu1() { # cpu1 0|1: take it offline or online
	echo "$1" >/sys/devices/system/cpu/cpu1/online
}

spinner() {
	lodge create "$1" --kernel /guest/vmlinuz-cloud-amd64 --initrd /guest/initrd --memory 96M \
		--cmdline 'console=hvc0 quiet lodge.run=spin' || return 1
	for spinner_try in $(seq 90); do
		lodge console "$1" --log | grep -q 'guest: spinning' && return 0
		sleep 1
	done
	return 1
}

cpu_ns() { # cpu_ns NAME: CPU time it has had
	lodge list -j | tr '{' '\n' | sed -n "s/.*\"name\":\"$1\".*\"cpu_time_ns\":\([0-9]*\).*/\1/p"
}

runs_on() { # did this domain get CPU time in the last second?
	runs_on_before=$(cpu_ns "$1")
	sleep 1
	[ "$(cpu_ns "$1")" -gt "$runs_on_before" ]
}

on_cpu() { # on_cpu NAME CPU: is its vCPU 0 there?
	lodge vcpu-list "$1" -j | tr -d ' \n' | grep -q "\"pcpu\":$2[,}]"
}

host_begin
check 'one spinner' spinner a
check 'another' spinner b
check 'one is pinned to pCPU 1' lodge vcpu-pin a 0 1
check 'and moves there at once' on_cpu a 1
refused 'a pCPU that the host cannot have' '.' lodge vcpu-pin a 0 4000
for turn in 1 2 3 4 5 6; do
	check "pCPU 1 goes offline ($turn)" cpu1 0
	check "both run on what is left ($turn)" eval 'runs_on a && runs_on b'
	lodge sched b --weight $((turn * 100))
	lodge pause a && lodge unpause a
	check "the pinned one is on pCPU 0 meanwhile ($turn)" on_cpu a 0
	check "pCPU 1 comes back ($turn)" cpu1 1
	sleep 1
	check "and the one that is pinned to it ($turn)" on_cpu a 1
done
check 'the first is still itself' lodge audit a
check 'the second, too' lodge audit b
check 'destroy one' lodge destroy a
check 'destroy the other' lodge destroy b
host_end
finish
