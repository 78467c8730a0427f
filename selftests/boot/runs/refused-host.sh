# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 512 --append nolapic
# limit: 120
#
# A host that cannot do it (here: its local APIC is off), and a host without the
# module: one sentence, an errno, and nothing else happens.
. /runs.sh

in_order() { # the command must be refused with one line that names the module
	refused "without the module: lodge $*" 'module is not loaded' lodge "$@"
}

in_order create a --kernel /guest/vmlinuz-cloud-amd64 --memory 128M
in_order list
in_order show a
in_order console a
in_order pause a
in_order unpause a
in_order destroy a
in_order wait a
in_order monitor
in_order sched a
in_order stat a

expect 'lodge check tells that this host is unsuitable' 1 lodge check
insmod /lodge.ko >"$tmp/insmod" 2>&1
check 'insmod fails' test $? -ne 0
check 'with the errno of the reason' grep -q 'does not support requested operation' "$tmp/insmod"
check 'and a sentence in the log' sh -c "dmesg | grep 'lodge: refused: .*APIC'"
check 'it is not loaded' sh -c '! lsmod | grep -q ^lodge'
check 'there is no device' test ! -e /dev/lodge
finish
