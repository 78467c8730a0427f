# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1536
# limit: 180
. /runs.sh
host_begin
check 'cloud-amd64, 512 MB: a session, then poweroff' stock_poweroff a cloud-amd64 512M demo
check 'the demo did all it had to' said a 'guest: demo status 0'
check 'cloud-amd64, 96 MB' stock_poweroff b cloud-amd64 96M poweroff
host_end
finish
