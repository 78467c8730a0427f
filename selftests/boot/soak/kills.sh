# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --smp 2
# limit: 14400
#
# 500 domains, among them pairs that share grants and events, end at random moments
# of their boot or load: by domain 0, with their creator, by a crash.
. /runs.sh
. /stock.sh
host_begin
for seed in 11 22 33 44 55; do
	kills ${KILLS:-100} $seed
done
host_end
finish
