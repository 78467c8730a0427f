# SPDX-License-Identifier: GPL-2.0-only
# machine: --smp 2 --memory 1024
# limit: 300
#
# Tiny guests that spin on two pCPUs get what their weights say: domains of one vCPU,
# domains of several, weights that no placement could honour without moves, and one
# that is worth more than a pCPU.  Time that this machine itself is not given looks
# like a share, and with two CPUs it cannot count instructions instead: so 3 % of
# the whole in 6 s.  Where nothing disturbs, bvt_smp and sim ask for 1 % in 2 s.
. /runs.sh

# spinners NAME:WEIGHT:VCPUS...
spinners() {
	for spinner in "$@"; do
		IFS=: read -r spinner_name spinner_weight spinner_vcpus <<-EOF
			$spinner
		EOF
		lodge create "$spinner_name" --kernel /kselftest/lodge/pulse.pv --memory 16M --no-store \
			--weight "$spinner_weight" --vcpus "$spinner_vcpus" || return 1
	done
}

readings() {
	lodge list -j | tr '{' '\n' | sed -n 's/.*"name":"\([a-z]*\)".*"cpu_time_ns":\([0-9]*\).*/\1 \2/p'
}

# window NAME:PERCENT...: did each get that share of all pCPUs?
window() {
	readings >"$tmp/before"
	sleep 6
	readings >"$tmp/after"
	printf '%s\n' "$@" | awk -v before="$tmp/before" -v after="$tmp/after" '
		BEGIN {
			FS = "[ :]"
			while ((getline <before) > 0) used[$1] -= $2
			while ((getline <after) > 0) { used[$1] += $2 }
			for (n in used) sum += used[n]
			if (sum < 6000000000) { print "# only", sum, "ns used"; bad = 1 }
		}
		{
			got = 100 * used[$1] / sum
			printf "# %s: %.2f %%, ideal %.2f %%\n", $1, got, $2
			if (got - $2 > 3 || $2 - got > 3) bad = 1
		}
		END { exit bad }'
}

# shares WHAT "NAME:WEIGHT:VCPUS..." "NAME:PERCENT..."
shares() {
	check "$1: created" spinners $2
	sleep 1
	check "$1: shares" window $3
	check "$1: destroyed" sh -c 'for d in $(lodge list -j | tr "{" "\n" | sed -n "s/.*\"name\":\"\([a-z]*\)\".*/\1/p"); do lodge destroy $d || exit 1; done'
}

host_begin
shares 'weights 1:2:4:8' 'a:100:1 b:200:1 c:400:1 d:800:1' 'a:7.14 b:14.29 c:28.57 d:50'
shares 'three of one vCPU each' 'a:256:1 b:256:1 c:256:1' 'a:33.33 b:33.33 c:33.33'
shares 'three vCPUs against one' 'a:256:3 b:256:1' 'a:50 b:50'
shares 'four vCPUs against two of one, 2:3:3' 'a:200:4 b:300:1 c:300:1' 'a:25 b:37.5 c:37.5'
host_end
finish
