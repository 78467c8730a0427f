# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1536
# limit: 240
#
# The ways a guest ends, and the exit status each has.
. /runs.sh
host_begin
expect 'a poweroff: status 0' 0 stock off cloud-amd64 128M poweroff
expect 'a reboot request: status 4' 4 stock again cloud-amd64 128M reboot
expect 'a panic: status 3' 3 stock crash cloud-amd64 128M panic
check 'the guest did panic' grep -q 'sysrq triggered crash' $tmp/crash.console
lodge console crash --log >$tmp/log 2>&1
check 'its console log is kept' grep -q 'sysrq triggered crash' $tmp/log
host_end
finish
