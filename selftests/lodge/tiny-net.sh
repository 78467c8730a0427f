#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tiny-net.sh: the network back end, with a tiny guest's front ends
# (../guest/special/netfront.c) connected by hand: hostile ones shut their own
# device and nothing else; datagrams of all sizes come back as they were sent.
# machine: --smp 2
# limit: 240
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge

dev() { # dev NR: the interface of device NR
	echo "vift$1"
}

state() { # state NR: of device NR
	./vif show "$id" "$1" | sed -n 's/^state //p'
}

count() { # count NR COUNTER: of device NR
	set -- "$(./vif show "$id" "$1" | sed -n "s/^$2 //p")"
	echo "${1:-0}"
}

shut() { # shut NR WORDS: device NR has failed, and says why
	[ "$(state "$1")" = failed ] && ./vif show "$id" "$1" | grep -q "^reason .*$2" && return
	./vif show "$id" "$1"
	return 1
}

connect() { # connect NR FEATURES: as the guest offers it
	./vif connect "$id" "$1" "$2" \
		"$(lodge console net --log | tr -d '\r' | sed -n "s/^# vif $1 //p")"
}

rx_notify=32 sg=1 mcast=64
lodge create net --kernel netfront.pv --memory 32M || not_ok 'the guest starts'
check 'the guest offers its devices' says net '^# ready' 30
id=$(lodge show net --json | json id)
made=0
for v in 0 1 2 3 4 5; do
	./vif create "$id" $v 02:00:00:00:00:0$v "$(dev $v)" && made=$((made + 1))
done
check 'six devices are made' [ $made -eq 6 ]
expect 'one that exists' 17 ./vif create "$id" 0 02:00:00:00:00:09 vift9
expect 'an interface that exists' 17 ./vif create "$id" 9 02:00:00:00:00:09 vift0
expect 'a group address' 22 ./vif create "$id" 9 03:00:00:00:00:09 vift9
expect 'a front end without feature-rx-notify' 22 connect 0 $sg
expect 'a ring that is not granted' 1 ./vif connect "$id" 0 $rx_notify 500:501:5
expect 'a ring beyond the table' 22 ./vif connect "$id" 0 $rx_notify 100000:9:5
expect 'a port that is none' 22 ./vif connect "$id" 0 $rx_notify 8:9:4000
connected=0
for v in 0 1 2 3 4 5; do
	connect $v $((rx_notify | sg | (v == 1 ? mcast : 0))) && connected=$((connected + 1))
	ip link set "$(dev $v)" up
done
check 'they are connected' [ $connected -eq 6 ]
expect 'twice' 106 connect 0 $rx_notify
check 'the guest has tried everything' says net '^# echo' 100
check 'the wrong packets shut nothing' [ "$(state 1)" = connected ]
check 'they were counted' [ "$(count 1 tx-dropped)" -ge 8 ]
check 'events for nothing were counted' [ "$(count 1 spurious-events)" -ge 1 ]
check 'the wrong index shut its device' shut 3 'more requests than the ring has'
check 'the piece beyond its page shut its device' shut 4 'crosses the end of its page'
# Its interface has sent something by itself: neighbour discovery.
check 'receive buffers that are not granted lose packets' [ "$(count 2 rx-dropped)" -ge 1 ]
check 'and shut nothing' [ "$(state 2)" = connected ]

ip addr add 10.9.0.1/24 dev vift0
check 'ping' ping -c 3 -W 5 10.9.0.2
check 'ping, large' ping -c 3 -W 5 -s 9000 10.9.0.2
check 'datagrams of any size in 1500 bytes' ./udp_echo 10.9.0.2 100 1472 1 8
check 'datagrams in fragments' ./udp_echo 10.9.0.2 20 65507 2
ip link set vift0 mtu 65517
check 'datagrams in one large packet' ./udp_echo 10.9.0.2 50 65489 3
check 'some of them were not copied' [ "$(count 0 tx-zerocopy)" -ge 20 ]
check 'all counts are exact' lodge audit net
./vif show "$id" 0 | sed 's/^/# /'

# The object stays, and what it did.
sent=$(count 0 tx-packets)
check 'a device is disconnected' ./vif disconnect "$id" 0
expect 'twice' 107 ./vif disconnect "$id" 0
check 'it kept its counts' [ "$(count 0 tx-packets)" -eq "$sent" ]
check 'and is connected again' connect 0 $((rx_notify | sg))
check 'datagrams go on' ./udp_echo 10.9.0.2 20 1472 4
check 'a failed one is disconnected' ./vif disconnect "$id" 3
check 'and removed' ./vif remove "$id" 3
expect 'it is gone' 2 ./vif show "$id" 3
check 'its interface, too' [ ! -e /sys/class/net/vift3 ]
./udp_echo 10.9.0.2 stop
check 'the guest ended' says net '^# end of tests' 20
lodge console net --log | tr -d '\r' | tiny_results guest
lodge destroy net >/dev/null 2>&1
check 'no interface is left' [ ! -e /sys/class/net/vift0 ]
check 'nothing is left behind' no_domains
finish
