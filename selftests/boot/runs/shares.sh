# SPDX-License-Identifier: GPL-2.0-only
# machine: --icount
# limit: 300
#
# Four spinning guests of weights 1:2:4:8 on one pCPU get what their weights
# say, within 1 % of the whole in each window of 2 s; the host stays responsive;
# a paused one gets nothing.  With --icount: time that the machine itself is not
# given must not look like a share.
. /runs.sh

spinner() { # spinner NAME WEIGHT
	lodge create "$1" --kernel /guest/vmlinuz-cloud-amd64 --initrd /guest/initrd --memory 96M \
		--weight "$2" --cmdline 'console=hvc0 quiet lodge.run=spin' || return 1
	for spinner_try in $(seq 90); do
		if lodge console "$1" --log | grep -q 'guest: spinning'; then
			lodge pause "$1"
			return
		fi
		sleep 1
	done
	return 1
}

# One reading of all: "NAME NANOSECONDS" a line.
readings() {
	lodge list -j | tr '{' '\n' | sed -n 's/.*"name":"\(s[0-9]*\)".*"cpu_time_ns":\([0-9]*\).*/\1 \2/p'
}

# window: is everybody within 1 % of the whole from its share?
window() {
	readings >"$tmp/before"
	sleep 2
	readings >"$tmp/after"
	awk 'NR == FNR { before[$1] = $2; next }
	     { used[$1] = $2 - before[$1]; sum += used[$1] }
	     END {
		for (n in used) {
			weight = substr(n, 2); ideal = 100 * weight / 15; got = 100 * used[n] / sum
			printf "# %s: %.2f %%, ideal %.2f %%\n", n, got, ideal
			if (got - ideal > 1 || ideal - got > 1) bad = 1
		}
		exit bad || sum < 500000000
	     }' "$tmp/before" "$tmp/after"
}

host_begin
for weight in 1 2 4 8; do
	check "a spinner of weight $weight" spinner s$weight $((weight * 100))
done
used=$(readings | sed -n 's/^s8 //p')
sleep 1
check 'a paused domain gets nothing' [ "$(readings | sed -n 's/^s8 //p')" = "$used" ]
for weight in 1 2 4 8; do
	lodge unpause s$weight
done
sleep 1
for turn in 1 2 3; do
	check "shares are 1:2:4:8 (window $turn)" window
done
for weight in 1 2 4 8; do
	lodge pause s$weight
done
# Who has the hypervisor work for him, outside of his slices, pays for it.
check 'a guest whose hypercalls sleep' lodge create calls --kernel "$KSFT_DIR/ends.pv" \
	--memory 32M --cmdline end=sleeping_calls
check 'a guest that spins' lodge create s0 --kernel "$KSFT_DIR/spin.pv" --memory 32M
sleep 1
used=$(readings | sed -n 's/^s0 //p')
sleep 2
used=$((($(readings | sed -n 's/^s0 //p') - used) / 20000000))
echo "# the one that spins got $used %"
check 'the one that spins gets about its half' [ $used -ge 40 ]
lodge destroy calls
lodge destroy s0
for weight in 1 2 4 8; do
	lodge unpause s$weight
done
start=$(cut -d' ' -f1 /proc/uptime)
for process in $(seq 20); do busybox true; done
echo "# 20 processes of the host in $(awk -v s="$start" '{ print $1 - s }' /proc/uptime) s"
check 'a host process gets its turn' awk -v s="$start" '{ exit !($1 - s < 10) }' /proc/uptime
for weight in 1 2 4 8; do
	check "destroy s$weight" lodge destroy s$weight
done
host_end
finish
