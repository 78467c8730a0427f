# SPDX-License-Identifier: GPL-2.0-only
# machine: --smp 2
# limit: 240
#
# What a guest is told of the time that it does not get: /proc/stat of a stock
# guest that always has something to do, alone and beside a domain that spins.  Both
# are on CPU 1, so that the host, which looks at them, can be on CPU 0.
. /runs.sh

told() { # told N: what it said in its last N windows, "STOLEN ALL SO-FAR" each, in ticks of 10 ms
	lodge console stock --log | tr -d '\r,' |
		sed -n 's/^guest: steal \([0-9]*\) of \([0-9]*\) so far \([0-9]*\)$/\1 \2 \3/p' | tail -n "$1"
}

# windows N: wait for so many more, and sum them up; sets stolen_percent, so_far_ms
# (by the guest) and waited_ms (by the module)
windows() {
	windows_want=$(($(told 10000 | wc -l) + $1))
	for windows_try in $(seq 300); do
		[ "$(told 10000 | wc -l)" -lt $windows_want ] || break
		sleep 0.5
	done
	waited_ms=$(lodge vcpu-list stock -j | sed 's/.*"wait_time_ns":\([0-9]*\)[0-9]\{6\}[,}].*/\1/')
	stolen_percent=$(told "$1" | awk '{ s += $1; a += $2 } END { printf "%d", a ? 100 * s / a : -1 }')
	so_far_ms=$(($(told 1 | sed 's/.* //') * 10))
	echo "# $stolen_percent % stolen; $so_far_ms ms so far, $waited_ms ms by the module's account"
}

near() { # near A B BY
	[ $(($1 - $2)) -le "$3" ] && [ $(($2 - $1)) -le "$3" ] || { echo "$1 and $2"; return 1; }
}

host_begin
check 'a stock guest' lodge create stock --kernel /guest/vmlinuz-cloud-amd64 --initrd /guest/initrd \
	--memory 96M --no-store --cmdline 'console=hvc0 quiet lodge.run=steal'
check 'pin it' lodge vcpu-pin stock all 1
for try in $(seq 90); do
	[ -z "$(told 1)" ] || break
	sleep 1
done
lodge console stock --log | grep '^guest: steal at first' | sed 's/^/# /'
windows 2
check 'alone, only the host takes something' [ "$stolen_percent" -ge 0 -a "$stolen_percent" -le 35 ]
check 'beside it a domain that spins' lodge create spin --kernel /kselftest/lodge/ends.pv --memory 16M \
	--no-store --cmdline end=spin --paused
check 'pin it' lodge vcpu-pin spin all 1
check 'let it run' lodge unpause spin
windows 1
windows 3
# Its share is the matter of shares.sh; the host wants some, too, and on a busy
# computer much.
check 'half is stolen, or more' [ "$stolen_percent" -ge 40 -a "$stolen_percent" -le 92 ]
check 'and that is what the module counts' near "$so_far_ms" "$waited_ms" 1500
check 'destroy' lodge destroy spin
check 'destroy' lodge destroy stock
host_end
finish
