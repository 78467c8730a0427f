# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --smp 2
# limit: 700
#
# Five minutes of a stock guest's time beside the host's: less than 100 ppm apart,
# never back, no sleep too short.
. /runs.sh
. /stock.sh
host_begin
clock_guest amd64 2 ${CLOCK_SECONDS:-300}
check 'drift below 100 ppm' [ $drift_ppm -lt 100 ]
host_end
finish
