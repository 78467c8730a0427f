# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 6144
# limit: 240
. /runs.sh
host_begin
check 'amd64, 4 GB' stock_poweroff a amd64 4G demo
host_end
finish
