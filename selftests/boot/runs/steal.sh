# SPDX-License-Identifier: GPL-2.0-only
# machine: --icount
# limit: 300
#
# What a guest is told of the time that it does not get: /proc/stat of a stock
# guest that always has something to do, alone and beside a domain that spins.
# With --icount: time that the machine itself is not given must not look stolen.
. /runs.sh

windows() { # how many windows of 2 s has it told?
	lodge console stock --log | grep -c '^guest: steal [0-9]* of '
}

# steal: the per cent that were stolen in the first whole window from now on
steal() {
	steal_after=$(($(windows) + 2))
	for steal_try in $(seq 60); do
		[ "$(windows)" -lt $steal_after ] || break
		sleep 0.5
	done
	lodge console stock --log | tr -d '\r' |
		awk '/^guest: steal [0-9]+ of / { s = $3; a = $5 } END { printf "%d\n", a ? 100 * s / a + 0.5 : -1 }'
}

within() { # within VALUE MIN MAX
	echo "# $1 %"
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

host_begin
check 'a stock guest' lodge create stock --kernel /guest/vmlinuz-cloud-amd64 --initrd /guest/initrd \
	--memory 96M --cmdline 'console=hvc0 quiet lodge.run=steal'
for try in $(seq 90); do
	[ "$(windows)" -lt 1 ] || break
	sleep 1
done
lodge console stock --log | grep 'guest: steal so far' | sed 's/^/# /'
check 'alone, nothing is stolen' within "$(steal)" 0 3
check 'beside it a domain that spins' lodge create spin --kernel /kselftest/lodge/ends.pv --memory 32M \
	--cmdline end=spin
check 'half is stolen' within "$(steal)" 46 54
check 'a spinner of three times its weight' lodge sched spin --weight 768
check 'three quarters are stolen' within "$(steal)" 71 79
check 'destroy it' lodge destroy spin
check 'alone again' within "$(steal)" 0 3
check 'destroy' lodge destroy stock
host_end
finish
