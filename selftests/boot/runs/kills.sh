# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --smp 2
# limit: 300
#
# Domains that end at random moments of their boot or load; 500 are in soak/kills.sh.
. /runs.sh
. /stock.sh
host_begin
kills ${KILLS:-6} ${KILLS_SEED:-1}
host_end
finish
