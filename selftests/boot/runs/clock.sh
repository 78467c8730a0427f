# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --smp 2
# limit: 200
#
# A stock guest's time on two vCPUs that move between two pCPUs: never back, no
# sleep too short, no drift.  The five minutes are in soak/drift.sh.
. /runs.sh
. /stock.sh
host_begin
clock_guest cloud-amd64 2 ${CLOCK_SECONDS:-20}
# Over so short a time what the console adds counts: a quarter of it is noise.
check 'it does not run away from the host' [ $drift_ppm -le 1000 ]
host_end
finish
