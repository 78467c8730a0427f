# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --smp 2
# limit: 14400
#
# A million rounds of the races that the vCPUs of one domain run against the
# validator, audited all the while, each with another seed.  A round of a guest
# is one of each of its races: about ten changes that are fought over.
. /runs.sh
seeds=${SMP_SEEDS:-40}
rounds=${SMP_ROUNDS:-2500}
SMP_SECONDS=1200
host_begin
total=0
for seed in $(seq "$seeds"); do
	tiny_smp smp_race 3 "rounds=$rounds seed=$seed"
	tiny_smp smp_chaos 3 "rounds=$rounds seed=$seed"
	# 4 1/4 of the first, 6 1/10 of the second
	total=$((total + rounds * 1035 / 100))
done
echo "# $total rounds"
check 'the clock, for a minute' tiny_smp smp_clock 4 'ms=60000'
host_end
finish
