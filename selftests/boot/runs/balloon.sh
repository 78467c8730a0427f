# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1536
# limit: 300
#
# A stock guest's own balloon driver: down, up, to the domain's limit and beyond,
# while a load runs; and the host really gets the memory.
. /runs.sh
. /stock.sh
host_begin
balloon_guest cloud-amd64 1
host_end
finish
