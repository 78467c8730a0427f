# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --smp 2 --module brd --module loop --module crc16 --module mbcache --module jbd2 --module crc32c_generic --module ext4
# limit: 240
#
# The block back end, driven by a tiny front end (../../guest/special/disk.c) without
# xenstore: on a RAM disk (bios), on a file of ext4 (direct I/O), on a file of tmpfs (page
# cache); read-only; limits; a domain that ends in the middle; a ring that lies.
. /runs.sh

vbd=$KSFT_DIR/vbd
handle=51712

if ! insmod /guest/modules/brd.ko rd_nr=1 rd_size=65536 max_part=0; then
	echo '1..0 # SKIP the modules of the guest kernel are not for this host'
	exit 0
fi
for module in crc16 mbcache jbd2 crc32c_generic ext4 loop; do
	insmod /guest/modules/$module.ko 2>/dev/null
done

# front NAME CMDLINE: a domain with the front end, paused until it has a disk
front() {
	lodge create "$1" --kernel $KSFT_DIR/disk.pv --memory 32M --cmdline "$2" &&
		domid=$(lodge show "$1" --json | json id)
}

# connected NAME: connect what it offers
connected() {
	says "$1" '^disk: port' 20 || return
	offer=$(lodge console "$1" --log | tr -d '\r' | sed -n 's/^disk: port //p')
	$vbd connect $domid $handle "${offer% ref *}" "${offer#* ref }"
}

# disk NAME FILE WORDS CMDLINE: all tests of the front end on a disk
disk() {
	check "$1: the front end starts" front "$1" "sectors=$(size "$2") $4"
	# shellcheck disable=SC2086 # words
	check "$1: a disk is made" $vbd create $domid $handle "$2" $3
	check "$1: it is connected" connected "$1"
}

# The front end's results, when it has ended.
ended() {
	says "$1" '^# end of tests' "${2:-60}" || not_ok "$1: ran to its end"
	lodge console "$1" --log | tr -d '\r' >$tmp/console
	tiny_results "$1" <$tmp/console
	lodge destroy "$1" >/dev/null 2>&1
	check "$1: left nothing behind" no_domains
}

size() { # size FILE: in sectors
	if [ -b "$1" ]; then blockdev --getsz "$1"; else echo $(($(stat -c %s "$1") / 512)); fi
}

host_begin
dmesg -c >/dev/null
disk ram /dev/ram0 '' ''
ended ram

mke2fs /dev/ram0 >/dev/null 2>&1
mkdir -p /mnt/ext && mount -t ext4 /dev/ram0 /mnt/ext
dd if=/dev/zero of=/mnt/ext/image bs=1M count=16 2>/dev/null
disk file /mnt/ext/image '' discard=1
ended file
dd if=/dev/zero of=/tmp/image bs=1M count=16 2>/dev/null
disk cache /tmp/image '' discard=1
ended cache
losetup /dev/loop0 /tmp/image
disk loop /dev/loop0 '' discard=1
ended loop

disk readonly /mnt/ext/image ro ro=1
ended readonly

# 100 requests a second: a storm gets no more, but for 100 ms worth and a ring's; less on a
# machine that is busy
disk limited /mnt/ext/image iops=100 role=storm
check 'limited: begins' says limited '^disk: storm' 20
before=$($vbd get $domid $handle | awk '/^(reads|writes) / { n += $2 } END { print n }')
sleep 5
after=$($vbd get $domid $handle | awk '/^(reads|writes) / { n += $2 } END { print n }')
check "limited: at most 100 a second ($((after - before)) in 5 s)" \
	[ $((after - before)) -ge 20 -a $((after - before)) -le 700 ]
check 'limited: audit' lodge audit limited
check 'limited: ends while requests wait' lodge destroy limited
check 'limited: left nothing behind' no_domains

# A domain that ends in the middle, disconnected in the middle, and connected anew.
disk storm /dev/loop0 '' role=storm
sleep 1
check 'storm: audit' lodge audit storm
check 'storm: goes on while it is paused and not' lodge pause storm
check 'storm: unpaused' lodge unpause storm
check 'storm: disconnected' $vbd disconnect $domid $handle
expect 'storm: not twice' 1 $vbd disconnect $domid $handle
check 'storm: connected anew' connected storm
sleep 1
check 'storm: destroyed' lodge destroy storm
check 'storm: left nothing behind' no_domains

# A ring that lies: shut, with a reason that is logged once.
dmesg -c >/dev/null
disk hostile /dev/loop0 '' 'role=hostile discard=1'
check 'hostile: lies' says hostile '^disk: lied' 40
sleep 1
$vbd get $domid $handle >$tmp/get
check 'hostile: its disk has failed' grep -q '^state failed' $tmp/get
check 'hostile: for a reason' grep -q '^reason the front end.s ring index' $tmp/get
sed 's/^/# /' $tmp/get
check 'hostile: which was logged once' [ "$(dmesg | grep -c 'ring index is out of range')" -eq 1 ]
expect 'hostile: it is not connected before it is disconnected' 1 $vbd connect $domid $handle 1 8
check 'hostile: disconnected' $vbd disconnect $domid $handle
check 'hostile: is as new' sh -c "$vbd get $domid $handle | grep -q '^state created'"
expect 'hostile: a port that is none' 1 $vbd connect $domid $handle 4000 8
expect 'hostile: grants that are none' 1 $vbd connect $domid $handle 1 400 401
expect 'hostile: three pages' 1 $vbd connect $domid $handle 1 8 8 8
check 'hostile: removed' $vbd remove $domid $handle
expect 'hostile: not twice' 1 $vbd remove $domid $handle
expect 'a directory is no disk' 1 $vbd create $domid 1 /tmp ro
expect 'a terminal is no disk' 1 $vbd create $domid 1 /dev/null
lodge destroy hostile >/dev/null 2>&1
losetup -d /dev/loop0
umount /mnt/ext
check 'nothing holds the RAM disk' rmmod brd
rm -f /tmp/image
host_end
finish
