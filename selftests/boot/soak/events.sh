# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --smp 2
# limit: 1500
#
# Event channels for EVENT_SECONDS (600): between two domains, among the vCPUs of
# one, and pairs of which one or both are killed at any moment.
. /runs.sh
host_begin
cd /kselftest/lodge || exit 1
end=$(($(cut -d . -f 1 /proc/uptime) + ${EVENT_SECONDS:-600}))
rounds=0 bad=0 kills=0

# run NAME KERNEL CMDLINE [OPTION]: all its tests must pass
run() {
	timeout 300 lodge create "$1" --kernel "$2" --memory 32M --cmdline "$3" --console ${4:-} \
		>"$tmp/$1.run" 2>&1
	grep -q '^# end of tests' "$tmp/$1.run" && ! grep -q '^not ok' "$tmp/$1.run" && return
	bad=$((bad + 1))
	sed "s/^/# $1: /" "$tmp/$1.run"
}

pair() { # role=b finds its peer one id below its own: it must come right after
	lodge destroy a 2>/dev/null # the record of an earlier one would be taken for it
	lodge create a --kernel peer.pv --memory 32M --cmdline role=a --console >"$tmp/a.run" 2>&1 &
	a=$!
	until lodge show a >/dev/null 2>&1; do sleep 0.1; done
}

while [ "$(cut -d . -f 1 /proc/uptime)" -lt "$end" ]; do
	run smp smp_events.pv '' --vcpus=4
	pair
	run b peer.pv role=b
	wait $a
	grep -q '^# end of tests' "$tmp/a.run" && ! grep -q '^not ok' "$tmp/a.run" || {
		bad=$((bad + 1))
		sed 's/^/# a: /' "$tmp/a.run"
	}
	for when in 1 2 3 4 5 6 7 8; do
		pair
		lodge create b --kernel peer.pv --memory 32M --cmdline role=b
		sleep 0.$((when * (rounds % 3 + 1) % 10))
		if [ $((when % 2)) -eq 0 ]; then
			lodge destroy a
			[ $((when % 4)) -eq 0 ] || sleep 0.2
			lodge destroy b
		else
			lodge destroy b
			lodge destroy a
		fi
		wait $a
		kills=$((kills + 2))
	done >/dev/null 2>&1
	rounds=$((rounds + 1))
done
echo "# $rounds rounds, $kills kills"
check 'every domain passed' [ $bad -eq 0 ]
host_end
finish
