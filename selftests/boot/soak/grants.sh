# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --smp 2
# limit: 3600
#
# Sixty pairs of domains that storm each other's grants, two vCPUs against one,
# audited and ended at random moments.
. /runs.sh
host_begin
(cd /kselftest/lodge && STORM_ROUNDS=60 ./tiny-grants.sh)
host_end
finish
