# SPDX-License-Identifier: GPL-2.0-only
# machine: --smp 2 --nmi
# limit: 240
#
# NMIs all the time, into every window of the world switch: each reaches the
# host's handler, none is lost in the guest, nobody crashes.
. /runs.sh

nmis() { # how many the host's handlers have seen
	awk '/^ *NMI:/ { print $2 + $3 }' /proc/interrupts
}

host_begin
before=$(nmis)
check 'a stock guest boots and works under an NMI storm' \
	stock_poweroff a amd64 256M "workload lodge.seconds=15"
after=$(nmis)
echo "# $((after - before)) NMIs"
check 'the host saw the NMIs' [ $((after - before)) -ge 500 ]
# One that hit the guest is taken by the host at once, not by the guest again.
exits=$(lodge stat a | sed -n 's/^exit nmi *//p')
echo "# ${exits:-no} exits for NMIs"
check 'no more exits for NMIs than NMIs' [ "$exits" -le $((after - before)) ]
host_end
finish
