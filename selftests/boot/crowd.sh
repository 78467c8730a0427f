# SPDX-License-Identifier: GPL-2.0-only
#
# crowd.sh: sourced by runs with many small domains that spin (special/spin.c):
# c1, c2, ... with 16 MB, one vCPU, and in turn a weight of 300 and of 100.

crowd_weight() { # crowd_weight NUMBER
	echo $((100 + 200 * ($1 % 2)))
}

# crowd_create NUMBER...: domains that begin to spin at $crowd_from, seconds after 1970
crowd_create() {
	for crowd_n in "$@"; do
		lodge create "c$crowd_n" --kernel $KSFT_DIR/spin.pv --memory 16M --no-store \
			--cmdline "from=${crowd_from:-0}" --weight "$(crowd_weight "$crowd_n")" || return
	done
}

crowd_destroy() { # crowd_destroy NUMBER...
	for crowd_n in "$@"; do
		lodge destroy "c$crowd_n" || return
	done
}

# One reading of all: "NAME NANOSECONDS" a line.
crowd_times() {
	lodge list -j | tr '{' '\n' | sed -n 's/.*"name":"\(c[0-9]*\)".*"cpu_time_ns":\([0-9]*\).*/\1 \2/p'
}

# crowd_shares BEFORE AFTER BOUND: between two readings, do those of weight 300 together
# get their share, within BOUND percent of the whole?  Those that are in both.
crowd_shares() {
	awk -v bound="$3" '
		function weight(name) { return 100 + 200 * (substr(name, 2) % 2) }
		NR == FNR { before[$1] = $2; next }
		$1 in before {
			used = $2 - before[$1]; sum += used; weights += weight($1); n++
			if (weight($1) > 100) { heavy += used; heavy_weights += weight($1) }
		}
		END {
			if (sum < 500000000) { print "# hardly anybody ran"; exit 1 }
			got = 100 * heavy / sum; ideal = 100 * heavy_weights / weights
			printf "# %d domains, %.1f s in all; the heavy ones %.1f %% of %.1f %%\n",
				n, sum / 1e9, got, ideal
			exit got - ideal > bound || ideal - got > bound
		}' "$1" "$2"
}

# crowd_alive NUMBER...: does each say by its console, within 60 s, that it goes on?
crowd_alive() {
	for crowd_n in "$@"; do
		for crowd_try in $(seq 30); do
			lodge console "c$crowd_n" --log | grep -q '^spin [1-9]' && continue 2
			sleep 2
		done
		echo "c$crowd_n says:"
		lodge console "c$crowd_n" --log | tail -n 5
		return 1
	done
}

# crowd_overhead NUMBER...: the largest account of these in overhead_kb
crowd_overhead() {
	overhead_kb=0
	for crowd_n in "$@"; do
		crowd_kb=$(($(lodge stat "c$crowd_n" -j | json overhead_bytes) / 1024))
		[ $crowd_kb -le $overhead_kb ] || overhead_kb=$crowd_kb
	done
}

uptime_s() {
	cut -d' ' -f1 /proc/uptime
}

# since START: seconds
since() {
	awk -v start="$1" '{ printf "%.1f", $1 - start }' /proc/uptime
}
