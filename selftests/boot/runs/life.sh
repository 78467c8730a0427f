# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1536 --smp 2
# limit: 300
#
# The life of a domain as its user steers it: names, pins, requests to a stock
# guest, and what becomes of a domain that ends.
. /runs.sh
host_begin

field() { # field NAME KEY
	lodge show "$1" -j | json "$2"
}

is() { # is NAME STATE
	got=$(field "$1" state)
	[ "$got" = "$2" ] || { echo "$1 is '$got', not '$2'"; return 1; }
}

becomes() { # becomes NAME STATE SECONDS
	for i in $(seq "$3"); do
		! is "$1" "$2" >/dev/null || return 0
		sleep 1
	done
	is "$1" "$2"
}

says() { # says NAME TEXT SECONDS: does its console say that soon?
	for i in $(seq "$3"); do
		! lodge console "$1" --log | grep -q "$2" || return 0
		sleep 1
	done
	lodge console "$1" --log | tail -n 20
	return 1
}

create() { # create NAME RUN [OPTION...]
	create_name=$1 create_run=$2
	shift 2
	lodge create "$create_name" --kernel /guest/vmlinuz-cloud-amd64 --initrd /guest/initrd \
		--memory 128M --cmdline "console=hvc0 quiet lodge.run=$create_run" "$@"
}

lodge monitor -j >"$tmp/events" 2>&1 &
monitor=$!
sleep 1

check 'two guests' create one idle
check 'two guests' create two idle --vcpus 2

# names
check 'rename' lodge rename one uno
check 'it has the new name' is uno running
refused 'and no longer the old one' 'no domain' lodge show one
refused 'a name that lives is refused' 'has this name' lodge rename uno two
refused 'its own, too' 'already' lodge rename uno uno
expect 'and what is no name' 2 lodge rename uno 'a/b'
check 'the event tells' grep -q '"event":"renamed".*"name":"uno"' "$tmp/events"

# vCPUs
check 'vcpu-list knows all vCPUs' test "$(lodge vcpu-list | grep -c '^[ut]')" = 3
check 'those of one domain' test "$(lodge vcpu-list two | grep -c '^two ')" = 2
check 'as JSON' test "$(lodge vcpu-list two -j | grep -o '"affinity":"0-1"' | wc -l)" = 2
check 'pin one' lodge vcpu-pin two 1 1
check 'it is there' sh -c 'lodge vcpu-list two | grep -Eq "^two +[0-9]+ +1 +[a-z]+ +1 +[^ ]+  1$"'
check 'pin all' lodge vcpu-pin two all 0
check 'they are there' test "$(lodge vcpu-list two | awk '$5 == 0 && $7 == 0' | wc -l)" = 2
check 'and free again' lodge vcpu-pin two all all
check 'anywhere' test "$(lodge vcpu-list two | grep -c ' 0-1$')" = 2
refused 'no such vCPU' 'no such vCPU' lodge vcpu-pin two 2 0
refused 'no such CPU' 'names no CPU' lodge vcpu-pin two 0 300-301
expect 'no list' 2 lodge vcpu-pin two 0 x
check 'the event tells' grep -q '"event":"pinned"' "$tmp/events"

# requests
check 'both reach user space: uno' says uno '^guest: idle' 60
check 'both reach user space: two' says two '^guest: idle' 60
check 'sysrq' lodge sysrq uno s
check 'the guest obeys' says uno 'Emergency Sync' 20
expect 'shutdown: the guest powers off' 0 lodge shutdown uno --wait --timeout 60
check 'so it says' sh -c 'lodge show uno -j | grep -q "\"shutdown\":\"poweroff\""'
expect 'reboot: the guest asks for it' 4 lodge reboot two --wait --timeout 60
refused 'no request to one that has ended' 'ended' lodge shutdown uno
check 'a guest that does not listen' lodge create deaf --kernel /kselftest/lodge/ends.pv --memory 32M --cmdline end=spin
expect 'is waited for no longer than told' 8 lodge shutdown deaf --wait --timeout 2
check 'destroy' lodge destroy deaf

# what becomes of it
check 'create --on-crash preserve' create kept panic --on-crash preserve
check 'it is preserved' becomes kept preserved 60
check 'with its memory' test "$(field kept memory_bytes)" -ge $((120 << 20))
check 'audit: all counts are right' lodge audit kept
refused 'it cannot be unpaused' 'memory is kept' lodge unpause kept
expect 'wait tells the crash' 3 lodge wait kept
check 'destroy frees it' lodge destroy kept
check 'the reason stays' test "$(field kept shutdown)" = crash
check 'forget it' lodge destroy kept

status=0
timeout 120 lodge create again --kernel /kselftest/lodge/ends.pv --memory 32M --cmdline end=reboot \
	--on-reboot restart --console >"$tmp/again" 2>&1 || status=$?
check 'on the console: restarted until it is too often' test $status = 4
check 'five times' test "$(grep -c 'restarting it' "$tmp/again")" = 5
check 'and each time it ran' test "$(grep -c '^# end reboot' "$tmp/again")" = 6
check 'and said so' grep -q 'left as it is' "$tmp/again"

check 'in the background' create back idle --on-reboot restart
check 'rename what is watched' lodge rename back forth
check 'it reaches user space' says forth '^guest: idle' 60
first=$(field forth id)
check 'reboot' lodge reboot forth
for i in $(seq 30); do
	[ "$(field forth id)" = "$first" ] || break
	sleep 1
done
check 'it comes again under its new name, with another id' test "$(field forth id)" -gt "$first"
check 'and runs' says forth '^guest: idle' 60
check 'what is destroyed is not restarted' lodge destroy forth
sleep 2
check 'it is not' is forth ended
check 'and nobody stays' sh -c '! pidof lodge | tr " " "\n" | grep -v "^'$monitor'$" | grep .'

kill $monitor
wait $monitor 2>/dev/null
host_end
finish
