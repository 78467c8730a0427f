# SPDX-License-Identifier: GPL-2.0-only
# machine: --store
# limit: 360
#
# Debian's xenstored and stock guests: each sees its own nodes, writes what is
# its own and nothing else, and leaves nothing behind, whatever ends it.
. /runs.sh

# store_guest NAME WORDS [OPTION...]
store_guest() {
	store_name=$1 store_words=$2
	shift 2
	lodge create "$store_name" --kernel /guest/vmlinuz-cloud-amd64 --initrd /guest/initrd \
		--memory 128M --cmdline "console=hvc0 quiet lodge.run=$store_words" "$@"
}

# value PATH VALUE: is that its value?
value() {
	seen=$(xenstore-read "$1") || return
	[ "$seen" = "$2" ] || { echo "$1 is '$seen', not '$2'"; return 1; }
}

# left COUNT: as many domains beside domain 0 have nodes
left() {
	[ "$(xenstore-list /local/domain | wc -l)" -eq $(($1 + 1)) ] &&
		[ "$(xenstore-list /vm | wc -l)" -eq "$1" ] && return
	xenstore-ls /
	return 1
}

# soon COMMAND...: within 20 s
soon() {
	soon_tries=100
	until "$@" >/dev/null 2>&1; do
		soon_tries=$((soon_tries - 1))
		[ $soon_tries -gt 0 ] || { "$@"; return; }
		sleep 0.2
	done
}

id_of() {
	lodge show "$1" -j | json id
}

host_begin
check 'a guest without xenstore' store_guest plain poweroff --no-store --paused
check 'nobody started xenstored for it' [ ! -e /run/xenstored/socket ]
check 'it goes' lodge destroy plain

check 'the first guest' store_guest one store
one=$(id_of one)
check 'a second guest' store_guest two "store lodge.other=$one"
check 'a third, that crashes' store_guest crash panic
check 'the first is done with the store' says one 'guest: store done' 100
lodge console one --log | tr -d '\r' >$tmp/one.console
check 'it reads its name' said one 'guest: store name = one'
check 'it reads its id' said one "guest: store domid = $one"
check 'it reads its memory target' said one 'guest: store memory/target = 131072'
check 'it reads that its CPU is online' said one 'guest: store cpu/0/availability = online'
check 'it lists its directory' said one 'guest: store lists: attr console control cpu data device domid drivers error feature memory name store vm'
check 'it wrote a node of its own' said one 'guest: store data/hello = from one'
for denied in 'write name other' 'write memory/target 1' 'rm control' \
	'write /local/domain/0/name other' 'write /tool/x other'; do
	check "it may not: $denied" said one "guest: store denies $denied: EACCES"
done
check 'its kernel log is clean' says one 'guest: kernel log clean' 20
check 'domain 0 reads what it wrote' value "/local/domain/$one/data/hello" 'from one'
check 'its kernel found the control directory' value "/local/domain/$one/control/feature-poweroff" 1
check 'domain 0 has a name' value /local/domain/0/name Domain-0

check 'the second is done with the store' says two 'guest: store done' 100
lodge console two --log | tr -d '\r' >$tmp/two.console
for denied in "write /local/domain/$one/data/hello from another" "read /local/domain/$one/data/hello" \
	"rm /local/domain/$one/control/shutdown"; do
	check "it may not: $denied" said two "guest: store denies $denied: EACCES"
done
check 'the first guest keeps its node' value "/local/domain/$one/data/hello" 'from one'

# A watch of domain 0's: it is told of itself first, then of what is written.
xenstore-watch -n 2 "/local/domain/$one/data" >$tmp/watch &
watch=$!
soon test -s $tmp/watch
xenstore-write "/local/domain/$one/data/note" x
check 'xenstore-watch works' wait $watch
check 'it says which node' grep -q 'data/note' $tmp/watch

check 'the third crashes' says crash 'guest: panicking' 100
check 'and ends' soon sh -c 'lodge show crash -j | grep -q "\"ended\""'
check 'its nodes go by themselves' soon left 2
for name in one two; do
	check "$name: the references are right" lodge audit $name
done
check 'the module stays while a domain lives' sh -c '! rmmod lodge 2>/dev/null'
check 'xenstored stays while a domain lives' sh -c '! lodge store stop 2>/dev/null'
two=$(id_of two)
check 'a new name' lodge rename two deux
check 'in the store too' value "/local/domain/$two/name" deux
check 'destroy the second guest' lodge destroy deux
check 'which leaves no node' left 1

kill -9 "$(cat /run/xenstored/xenstored.pid)"
check 'a guest whose xenstored is killed lives on' \
	sh -c 'sleep 1; lodge show one -j | grep -q "\"running\""'
check 'and is destroyed as any' lodge destroy one
check 'nothing is left of their memory' soon no_domains
check 'xenstored starts again' lodge store start
check 'with an empty store' [ -z "$(xenstore-list /local/domain 2>/dev/null)" ]
check 'xenstored stops' lodge store stop
host_end
finish
