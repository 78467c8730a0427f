# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 8192 --smp 2
# limit: 900
#
# A hundred domains at once on two pCPUs, all spinning: none costs more than 80 KiB and
# 1 % of its memory, each goes on, half of them with three times the weight get three
# times as much, the host stays responsive, all go and leave nothing.
. /runs.sh
. /crowd.sh
all=$(seq 100)

# heavy: do those of weight 300 get what is theirs, 75 %?
heavy() {
	awk 'NR == FNR { before[$1] = $2; next }
		{ used = $2 - before[$1]; sum += used; if (substr($1, 2) % 2) heavy += used }
		END {
			printf "# %.1f s in all, %.1f %% of it for the heavy ones\n", sum / 1e9, 100 * heavy / sum
			exit !(sum > 500000000 && heavy > 0.65 * sum && heavy < 0.85 * sum)
		}' "$tmp/before" "$tmp/after"
}

host_begin
# By default domain 0 means as much as one of a hundred, and would get 2 %.
check 'domain 0 gets a fifth' lodge sched domain-0 --weight 5000
crowd_create 0
crowd_destroy 0 0 # whatever is allocated once and kept; the second time its record
before_kb=$(mem_available_kb)
# Until all are there they sleep, so that this does not take twice as long.
crowd_from=$(($(date +%s) + 20))
start=$(uptime_s)
check 'create 100 domains' crowd_create $all
echo "# created in $(since "$start") s"
missed_kb=$(((before_kb - $(mem_available_kb)) / 100 - 16 * 1024))
crowd_overhead 1 34 67 100
bound_kb=$((80 + 16 * 1024 / 100))
echo "# a domain: account at most $overhead_kb kB, missed $missed_kb kB, bound $bound_kb kB"
check 'the account of each is within 80 kB and 1 %' [ $overhead_kb -le $bound_kb ]
check 'the host misses no more for each' [ $missed_kb -le $bound_kb ]
check 'the account is no more than 16 kB short' [ $((missed_kb - overhead_kb)) -le 16 ]

while [ "$(date +%s)" -le $crowd_from ]; do sleep 1; done
crowd_times >"$tmp/before"
start=$(uptime_s)
for process in $(seq 20); do busybox true; done
took=$(since "$start")
echo "# 20 processes of the host in $took s"
check 'a host process gets its turn' [ "${took%.*}" -lt 10 ]
sleep 5
crowd_times >"$tmp/after"
check 'half of the domains have three times the weight of the others' heavy
heavy
for try in $(seq 20); do
	crowd_times >"$tmp/after"
	[ "$(awk '$2 > 0' "$tmp/after" | wc -l)" -lt 100 ] || break
	sleep 2
done
check 'each has had its turn' [ "$(awk '$2 > 0' "$tmp/after" | wc -l)" -eq 100 ]
check 'some say that they go on' crowd_alive $(seq 3 17 100)

start=$(uptime_s)
check 'destroy all' crowd_destroy $all
echo "# destroyed in $(since "$start") s"
host_end
finish
