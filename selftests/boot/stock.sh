# SPDX-License-Identifier: GPL-2.0-only
#
# stock.sh: sourced by runs that look at a stock guest's time or balloon, and by those that
# end domains at random moments.

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

# Domains that end at random moments: each time another kernel, number of vCPUs, load,
# moment and way to go; the counts of every domain must be exact just before, and
# nothing may be left after.  The sequence follows from a seed, so that a failure can
# be repeated.
kills_random=1
random() { # random BELOW: sets picked
	kills_random=$(((kills_random * 1103515245 + 12345) % 2147483648))
	picked=$(((kills_random / 65536) % $1))
}

audit_exact() { # audit_exact NAME: 0 mismatches; it may be gone already
	lodge audit "$1" -j >$tmp/audit 2>$tmp/audit.err || {
		lodge show "$1" -j 2>/dev/null | grep -q '"state":.*"running"' || return 0
		cat $tmp/audit.err
		return 1
	}
	[ "$(json mismatches <$tmp/audit)" = 0 ] || { cat $tmp/audit; return 1; }
}

# kill_stock N: a stock guest that boots, or is under load, ends
kill_stock() {
	random 2; [ $picked -eq 0 ] && kills_kernel=cloud-amd64 || kills_kernel=amd64
	random 3; kills_vcpus=$((1 << picked))
	random 3; case $picked in 0) kills_load=idle ;; *) kills_load='workload lodge.seconds=60' ;; esac
	random 5; kills_way=$picked
	random 9000; kills_ms=$picked
	[ $kills_way -ne 4 ] || kills_load=panic
	# The moment of a creator's death is one of the creation.
	[ $kills_way -ne 3 ] || kills_ms=$((kills_ms / 16))
	kills_what="$kills_kernel, $kills_vcpus vCPUs, $kills_load, way $kills_way after $kills_ms ms"
	lodge create k --kernel /guest/vmlinuz-$kills_kernel --initrd /guest/initrd --memory 128M --no-store \
		--vcpus $kills_vcpus --cmdline "console=hvc0 quiet lodge.run=$kills_load" >$tmp/create 2>&1 &
	kills_creator=$!
	usleep $((kills_ms * 1000))
	audit_exact k || return 1
	case $kills_way in
	0 | 1) lodge destroy k >/dev/null 2>&1 ;;	# by domain 0
	2) lodge pause k >/dev/null 2>&1; audit_exact k || return 1 ;;
	3) for kills_pid in $(pidof lodge); do kill -9 $kills_pid; done ;;
	4) kills_tries=0				# it panics by itself
		until lodge wait k >/dev/null 2>&1 || [ $? -ne 1 ] || [ $kills_tries -ge 20 ]; do
			sleep 0.2
			kills_tries=$((kills_tries + 1))
		done ;;
	esac
	wait $kills_creator
	lodge destroy k >/dev/null 2>&1
	return 0
}

# kill_pair KIND: two domains that storm each other with grants, or with events; one
# ends, then the other
kill_pair() {
	random 6000; kills_ms=$picked
	kills_what="a pair with $1 after $kills_ms ms"
	case $1 in
	grants)	# Ids go round: the next two domains get the numbers after this one's.
		lodge create id --kernel /kselftest/lodge/grant_storm.pv --memory 32M --no-store --paused || return 1
		kills_id=$(lodge show id -j | json id)
		lodge destroy id
		set -- /kselftest/lodge/grant_storm.pv "peer=$((kills_id + 2))" "peer=$((kills_id + 1))" ;;
	events)
		set -- /kselftest/lodge/peer.pv role=a role=b ;;
	esac
	lodge create pa --kernel $1 --memory 32M --no-store --cmdline "$2" || return 1
	lodge create pb --kernel $1 --memory 32M --no-store --cmdline "$3" || return 1
	usleep $((kills_ms * 1000))
	audit_exact pa && audit_exact pb || return 1
	random 2; [ $picked -eq 0 ] && kills_first=pa kills_second=pb || kills_first=pb kills_second=pa
	lodge destroy $kills_first >/dev/null 2>&1
	audit_exact $kills_second || return 1
	lodge destroy $kills_second >/dev/null 2>&1
	# What had ended by itself was only forgotten; the other end may have been kept by it.
	lodge destroy $kills_first >/dev/null 2>&1
	return 0
}

# kills NUMBER SEED: that many domains end, and each time nothing is left
kills() {
	kills_random=$2 kills_done=0 kills_wrong=0
	while [ $kills_done -lt $1 ] && [ $kills_wrong -lt 5 ]; do
		kills_done=$((kills_done + 1))
		case $((kills_done % 8)) in
		3) kill_pair grants >$tmp/kill 2>&1; kills_status=$? ;;
		6) kill_pair events >$tmp/kill 2>&1; kills_status=$? ;;
		*) kill_stock >$tmp/kill 2>&1; kills_status=$? ;;
		esac
		[ $kills_status -ne 0 ] || no_domains >>$tmp/kill 2>&1 || kills_status=1
		[ $kills_status -ne 0 ] || continue
		kills_wrong=$((kills_wrong + 1))
		echo "# number $kills_done of seed $2: $kills_what"
		tail -n 20 $tmp/kill | sed 's/^/# /'
		for kills_name in k pa pb id; do lodge destroy $kills_name; done >/dev/null 2>&1
	done
	check "$kills_done domains ended at random (seed $2): counts exact, nothing left" [ $kills_wrong -eq 0 ]
}
