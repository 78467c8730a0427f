# SPDX-License-Identifier: GPL-2.0-only
#
# stock.sh: sourced by the runs that look at a stock guest's time or its balloon.

# drift FILE: parts per million between the host's time and the guest's, from
# lines of "HOST_NS ... guest: time GUEST_NS".  What comes by the console comes late,
# never early, so of each quarter of the lines the one that was fastest counts.
drift() {
	tr -d '\r' <"$1" | awk '
		BEGIN { n = 0 }
		/guest: time [0-9]+$/ { host[n] = $1 / 1000; guest[n] = $NF / 1000; n++ }
		function least(from, to,    i, at) {
			at = from
			for (i = from; i < to; i++)
				if (host[i] - guest[i] < host[at] - guest[at])
					at = i
			return at
		}
		END {
			if (n < 8) { print "few"; exit }
			a = least(0, int(n / 4)); b = least(int(3 * n / 4), n)
			d = ((host[b] - guest[b]) - (host[a] - guest[a])) / (guest[b] - guest[a]) * 1e6
			printf "%d\n", d < 0 ? -d + 0.5 : d + 0.5
		}'
}

# clock_guest KERNEL VCPUS SECONDS: a stock guest that runs "clock"; sets drift_ppm
clock_guest() {
	lodge create clock --kernel "/guest/vmlinuz-$1" --initrd /guest/initrd --memory 256M --vcpus $2 \
		--no-store --cmdline "console=hvc0 quiet lodge.run=clock lodge.seconds=$3" --console 2>&1 |
		/kselftest/lodge/stamp >$tmp/clock.console
	tr -d '\r' <$tmp/clock.console | sed -n 's/^[0-9]* guest: \(clock:\|sleep 1:\|a sleep\)/# \1/p'
	check "$1, $2 vCPUs, $3 s: never back, no sleep too short" grep -q 'guest: clock status 0' $tmp/clock.console
	check 'its kernel log is clean' grep -q 'guest: kernel log clean' $tmp/clock.console
	drift_ppm=$(drift $tmp/clock.console)
	echo "# drift against the host: $drift_ppm ppm"
	case $drift_ppm in *[!0-9]* | '') tail -n 20 $tmp/clock.console; drift_ppm=999999 ;; esac
}

# ballooned NAME: wait for the guest's line about NAME; sets has_kb (by the guest),
# owns_kb (by the module) and free_kb (by the host)
ballooned() {
	says balloon "^guest: balloon $1 " 90 || return
	has_kb=$(lodge console balloon --log | tr -d '\r' | sed -n "s/^guest: balloon $1 .*current \([0-9]*\)\$/\1/p")
	owns_kb=$(($(lodge show balloon -j | json memory_bytes) / 1024))
	free_kb=$(mem_available_kb)
	echo "# $1: the guest says $has_kb kB, the module $owns_kb kB; the host has $free_kb kB"
}

near() { # near A B: less than 8 MB apart?
	[ $(($1 - $2)) -lt 8192 ] && [ $(($2 - $1)) -lt 8192 ] || { echo "$1 and $2 are not the same"; return 1; }
}

# balloon_guest KERNEL VCPUS: 256 MB that may become 384 MB
balloon_guest() {
	lodge create balloon --kernel "/guest/vmlinuz-$1" --initrd /guest/initrd --memory 256M --maxmem 384M \
		--vcpus $2 --no-store --cmdline "console=hvc0 quiet lodge.run=balloon lodge.max_kb=393216" ||
		not_ok "$1: create"
	says balloon '^guest: balloon start' 90 >/dev/null
	ballooned half
	half_free_kb=$free_kb
	check "$1: half of it is given up" near $owns_kb $((128 * 1024))
	ballooned full
	check "$1: all of it is back" near $owns_kb $((256 * 1024))
	# The load of the guest is in its memory, not in the host's.
	check "$1: from the host, which had got it" near $((half_free_kb - free_kb)) $((128 * 1024))
	ballooned max
	check "$1: up to its limit" near $owns_kb $((384 * 1024))
	max_free_kb=$free_kb
	ballooned beyond
	check "$1: not beyond its limit" [ $owns_kb -le $((384 * 1024)) ]
	check "$1: though the guest wants more" near $owns_kb $((384 * 1024))
	check "$1: audit" sh -c 'lodge audit balloon -j | grep -q "\"mismatches\":\\s*0"'
	ballooned back
	check "$1: and back down" near $owns_kb $((128 * 1024))
	check "$1: the host gets all of it" near $((free_kb - max_free_kb)) $((256 * 1024))
	check "$1: the guest goes to its end" lodge wait balloon
	lodge console balloon --log | tr -d '\r' >$tmp/balloon.console
	check "$1: the load found nothing wrong" grep -q '^guest: workload status 0' $tmp/balloon.console
	check "$1: its kernel log is clean" grep -q '^guest: kernel log clean' $tmp/balloon.console
	grep -q '^guest: workload status 0' $tmp/balloon.console || tail -n 20 $tmp/balloon.console | sed 's/^/# /'
	lodge destroy balloon
}
