# SPDX-License-Identifier: GPL-2.0-only
# machine: --store --memory 1536 --smp 2
# limit: 400
#
# What domain 0 asks a stock guest for by xenstore: power off, reboot, suspend,
# give memory back, take CPUs down.
. /runs.sh
host_begin

field() { # field NAME KEY
	lodge show "$1" -j | json "$2"
}

says() { # says NAME TEXT SECONDS [TIMES]: does its console say that soon, so often?
	for i in $(seq "$3"); do
		[ "$(lodge console "$1" --log | grep -c "$2")" -lt "${4:-1}" ] || return 0
		sleep 1
	done
	lodge console "$1" --log | tail -n 30
	return 1
}

ticks() { # ticks NAME: how many lines it has written by now
	lodge console "$1" --log | grep -c '^guest: tick'
}

goes_on() { # goes_on NAME: it writes more
	says "$1" '^guest: tick' 30 $(($(ticks "$1") + 3))
}

create() { # create NAME [OPTION...]
	create_name=$1
	shift
	lodge create "$create_name" --kernel /guest/vmlinuz-cloud-amd64 --initrd /guest/initrd \
		--cmdline 'console=hvc0 quiet lodge.run=idle lodge.tick=1' "$@"
}

lodge monitor -j >"$tmp/events" 2>&1 &
monitor=$!

check 'a guest of two vCPUs that may have four' create one --vcpus 2 --max-vcpus 4 --memory 256M --maxmem 384M
check 'it reaches user space' says one '^guest: tick' 90
check 'rename' lodge rename one uno
check 'xenstore has its new name' test "$(xenstore-read "/local/domain/$(field uno id)/name")" = uno

check 'two of its vCPUs are up' lodge vcpu-set uno 2
check 'so the guest says' says uno '^guest: tick [0-9]* 2 ' 20
check 'vcpu-set: up to four' lodge vcpu-set uno 4
check 'so the guest says' says uno '^guest: tick [0-9]* 4 ' 20
check 'down to one' lodge vcpu-set uno 1
check 'so the guest says' says uno '^guest: tick [0-9]* 1 ' 20
check 'and two again' lodge vcpu-set uno 2
refused 'more than it was created with' 'max-vcpus' lodge vcpu-set uno 5

check 'mem-set: less' lodge mem-set uno 192M
check 'it has less' test "$(field uno memory_bytes)" -le $((193 << 20))
check 'mem-set: more than it started with' lodge mem-set uno 320M
check 'it has more' test "$(field uno memory_bytes)" -ge $((319 << 20))
refused 'more than it was created with' 'maxmem' lodge mem-set uno 1G
check 'audit: all counts are right' lodge audit uno

for i in 1 2 3; do
	check "suspend ($i)" lodge suspend uno
	check 'it is suspended' test "$(field uno state)" = suspended
	check 'resume' lodge resume uno
	check 'timers and console go on' goes_on uno
done
check 'both vCPUs are up' lodge vcpu-set uno 2
check 'xenstore works after that: vcpu-set' lodge vcpu-set uno 3
check 'so the guest says' says uno '^guest: tick [0-9]* 3 ' 20
check 'mem-set' lodge mem-set uno 256M
check 'audit: all counts are right' lodge audit uno
check 'sysrq' lodge sysrq uno s
check 'the guest obeys' says uno 'Emergency Sync' 20
expect 'shutdown: its user space is asked' 0 lodge shutdown uno --wait --timeout 60
check 'and powers off' says uno 'guest: poweroff asked for' 1
check 'its kernel log is clean' says uno 'guest: kernel log clean' 1
check 'the events tell' test "$(grep -c '"event":"resumed"' "$tmp/events")" = 3

check 'another' create two --memory 128M --on-reboot restart
check 'it reaches user space' says two '^guest: tick' 90
first=$(field two id)
expect 'reboot' 4 lodge reboot two --wait --timeout 60
for i in $(seq 30); do
	[ "$(field two id)" = "$first" ] || break
	sleep 1
done
check 'it comes again' says two '^guest: tick' 90
check 'destroy' lodge destroy two

kill $monitor
wait $monitor 2>/dev/null
lodge store stop
host_end
finish
