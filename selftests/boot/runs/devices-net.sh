# SPDX-License-Identifier: GPL-2.0-only
# machine: --store --module xen-netfront
# limit: 300
#
# A network interface of a stock guest, with a route: both ends reach each other,
# one more comes and goes, and all goes on after suspend and resume.
. /runs.sh

mkdir -p "$tmp/lib"
cp /guest/modules/xen-netfront.ko "$tmp/lib/"
(cd "$tmp" && find lib | cpio -o -H newc 2>/dev/null) >"$tmp/extra.cpio"
cat "$tmp/extra.cpio" /guest/initrd >"$tmp/initrd"
ip addr add 10.9.0.1/32 dev lo
host_begin

create() { # create NAME WHERE
	lodge create "$1" --kernel /guest/vmlinuz-amd64 --initrd "$tmp/initrd" --memory 192M \
		--cmdline 'console=hvc0 quiet lodge.run=devices lodge.ip=10.9.0.2/24 lodge.gateway=10.9.0.1' \
		--net "$2"
}

refused 'a bridge that is not there' 'no bridge' create one bridge=nobridge
check 'nothing is left of it' sh -c '! ip link show | grep -q vif'
check 'a guest with a route' create one route=10.9.0.2,mac=00:16:3e:00:00:07
check 'it has the address that was said' says one 'guest: net eth0 00:16:3e:00:00:07' 100
check 'it reaches domain 0' says one 'guest: net eth0 ping 0' 40
check 'domain 0 reaches it' ping -c 3 -W 5 10.9.0.2
check 'it is connected' sh -c 'lodge net list one | grep -q " connected .*route=10.9.0.2"'
check 'one more, while it runs' lodge net attach one none --timeout 30
check 'the guest sees it' says one 'guest: net eth1' 20
check 'one less' lodge net detach one 1 --timeout 30
check 'the guest sees it go' says one 'guest: gone eth1' 20
check 'suspend' lodge suspend one
check 'resume' lodge resume one
check 'domain 0 reaches it' ping -c 10 -W 5 10.9.0.2
check 'audit: all counts are right' lodge audit one
expect 'it powers off' 0 lodge shutdown one --wait --timeout 60
check 'its kernel log is clean' says one 'guest: kernel log clean' 1
check 'no interface is left' sh -c '! ip link show | grep -q vif'
check 'xenstored stops' lodge store stop
host_end
finish
