# SPDX-License-Identifier: GPL-2.0-only
# machine: --icount --program cyclictest
# limit: 300
#
# Domain 0 on one pCPU: with a hog it gets what its weight says, within 2 % of the
# whole, against one spinning domain and several; nothing is lost when one side is
# idle; how long its tasks wait is bounded.  With --icount: time that the machine
# itself is not given must not look like a share, or like latency.
. /runs.sh

start_spinners() { # start_spinners N: that many domains
	for i in $(seq "$1"); do
		lodge create "s$i" --kernel "$KSFT_DIR/pulse.pv" --memory 16M --no-store || return 1
	done
}

stop_spinners() {
	for i in $(seq "$1"); do
		lodge destroy "s$i" || return 1
	done
}

start_hog() {
	busybox sh -c 'while :; do :; done' &
	hog=$!
}

stop_hog() {
	kill $hog
	wait $hog 2>/dev/null
	true
}

# "domains N", "wall N", "hog N": ns so far
readings() {
	lodge list -j | tr '{' '\n' |
		sed -n 's/.*"uptime_ns":\([0-9]*\).*"cpu_time_ns":\([0-9]*\).*/\1 \2/p' |
		awk '{ wall = $1; used += $2 } END { printf "wall %.0f\ndomains %.0f\n", wall, used }'
	[ -z "$hog" ] || echo "hog $(cut -d' ' -f1 "/proc/$hog/schedstat")"
}

# used: percent of the pCPU that the domains, then the hog got in two seconds
used() {
	readings >"$tmp/before"
	sleep 2
	readings >"$tmp/after"
	awk 'NR == FNR { before[$1] = $2; next } { n[$1] = 100 * ($2 - before[$1]) }
	     END { wall = n["wall"] / 100; printf "%.2f %.2f\n", n["domains"] / wall, n["hog"] / wall }' \
		"$tmp/before" "$tmp/after"
}

# share WEIGHT DOMAINS IDEAL: is domain 0 within 2 % of that percentage?
share() {
	lodge sched domain-0 --weight "$1" || return 1
	start_spinners "$2" || return 1
	start_hog
	sleep 1
	read -r domains hogs <<-EOF
		$(used)
	EOF
	stop_hog
	echo "# weight $1 against $2 * 256: domains $domains %, hog $hogs %, ideal $3 %"
	stop_spinners "$2" && awk -v d="$domains" -v want="$3" \
		'BEGIN { off = 100 - d - want; exit !(off < 2 && off > -2) }'
}

# A domain alone, and a host that wakes now and then: how much is lost?
nothing_lost() {
	hog=''
	read -r domains _ <<-EOF
		$(used)
	EOF
	echo "# one spinning domain alone: $domains %"
	awk -v d="$domains" 'BEGIN { exit !(d > 98) }'
}

# latency NAME AVERAGE MAX OPTION...: are the average and the worst, in us, within that?
latency() {
	latency_name=$1 latency_average=$2 latency_max=$3
	shift 3
	cyclictest -q -t1 -i 5000 -l 200 "$@" >"$tmp/latency" || return 1
	sed -n 's/.*Avg: *\([0-9]*\) Max: *\([0-9]*\).*/\1 \2/p' "$tmp/latency" >"$tmp/figures"
	echo "# $latency_name: average and worst latency, us: $(cat "$tmp/figures")"
	awk -v a="$latency_average" -v m="$latency_max" '{ n++; ok = $1 <= a && $2 <= m }
		END { exit !(n == 1 && ok) }' "$tmp/figures"
}

# kept: what makes no sense is refused, and changes nothing
kept() {
	lodge sched domain-0 --weight 300 --warp-value 7ms || return 1
	! lodge sched domain-0 --weight 1 --affinity 0 || return 1
	! lodge sched domain-0 --weight 1 --warp guest || return 1
	lodge sched --save | grep '^domain-0 weight=300 warp=on warp-value=7ms' || return 1
	lodge sched domain-0 --warp-value 10ms
}

host_begin
check 'its parameters are shown, set, and kept when others make no sense' kept
check 'weights 256 : 256' share 256 1 50
check 'weights 64 : 256' share 64 1 20
check 'weights 1024 : 256' share 1024 1 80
check 'weights 256 : 3 * 256' share 256 3 25
check 'a weight of 1 does not take all from it' share 1 1 2
lodge sched domain-0 --weight 256
start_spinners 1
check 'a domain gets what domain 0 leaves' nothing_lost
stop_spinners 1
start_spinners 3
check 'latency of a real-time task, spinning domains' latency 'real time' 50 500 --policy=fifo -p 80
check 'latency of a normal task, spinning domains' latency normal 500 5000 --policy=other
start_hog
check 'latency of a real-time task, domains and a hog' latency 'real time, hog' 50 500 --policy=fifo -p 80
check 'latency of a normal task, domains and a hog' latency 'normal, hog' 20000 60000 --policy=other
stop_hog
stop_spinners 3
host_end
finish
