# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1536
# limit: 300
#
# A short form of the mixed load; Documentation/testing.rst tells how to run
# the five minutes.
. /runs.sh
seconds=${WORKLOAD_SECONDS:-40}
host_begin
check "amd64: $seconds s of fork, exec, mmap, pipes, signals, files" \
	stock_poweroff a amd64 512M "workload lodge.seconds=$seconds"
check 'the load found nothing wrong' said a 'guest: workload status 0'
grep '^workload:' $tmp/a.console | sed 's/^/# /'
host_end
finish
