# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1536 --smp 2
# limit: 480
#
# Stock guests with more vCPUs than the host has CPUs: 64 come up and work; four
# go offline and come back under load.
. /runs.sh
host_begin
# All 64 spin in stop_machine() until the last has had its turn: on an emulated
# machine that shares its CPUs that takes longer than the guest's watchdog waits.
check '64 vCPUs on 2 pCPUs' stock_poweroff many cloud-amd64 512M 'cpus nosoftlockup' --vcpus 64
check 'all 64 are online' said many 'guest: 64 CPUs online'
check 'vCPUs go and come back' stock_poweroff few cloud-amd64 256M 'hotplug lodge.cycles=3' --vcpus 4
check 'each time' said few 'guest: hotplug: 9 of 9'
host_end
finish
