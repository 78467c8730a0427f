# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1536 --smp 2
# limit: 240
# after: cores
#
# Core files of domains in every state.  The files leave the machine as lines
# "# core NAME DATA", and the host's gdb has the last word on them.
. /runs.sh
host_begin

# send NAME FILE: compressed, and in lines that are comments of KTAP
send() {
	gzip -9 <"$2" | base64 | sed "s/^/# core $1 /"
}

is() { # is NAME STATE
	[ "$(lodge show "$1" -j | json state)" = "$2" ]
}

tiny() { # tiny NAME END [OPTION...]
	tiny_name=$1 tiny_end=$2
	shift 2
	lodge create "$tiny_name" --kernel /kselftest/lodge/ends.pv --memory 8M \
		--cmdline "end=$tiny_end" "$@"
}

check 'a guest that runs' tiny runs spin
sleep 1
check 'dump-core' lodge dump-core runs "$tmp/runs"
check 'it runs on' is runs running
before=$(lodge show runs -j | json cpu_time_ns)
sleep 1
check 'and gets CPU' test "$(lodge show runs -j | json cpu_time_ns)" -gt "$before"
refused 'a file that exists is not touched' 'choose another name' lodge dump-core runs "$tmp/runs"
check 'pause' lodge pause runs
check 'dump-core of a paused guest' lodge dump-core runs "$tmp/paused"
check 'it stays paused' is runs paused
check 'both are of the same size' test "$(wc -c <"$tmp/runs")" = "$(wc -c <"$tmp/paused")"
check 'destroy' lodge destroy runs
refused 'its record has no memory' 'its memory is gone' lodge dump-core runs "$tmp/none"
check 'and leaves no file' test ! -e "$tmp/none"
refused 'a name that nobody has' 'no domain' lodge dump-core nobody "$tmp/none"

check 'a guest that crashes' tiny crashed crash --on-crash preserve
sleep 1
check 'is preserved' is crashed preserved
check 'dump-core of a preserved guest' lodge dump-core crashed "$tmp/crashed"
check 'audit: all counts are right' lodge audit crashed
check 'destroy' lodge destroy crashed

check 'a stock guest of two vCPUs' lodge create stock --kernel /guest/vmlinuz-cloud-amd64 \
	--initrd /guest/initrd --memory 128M --vcpus 2 --cmdline 'console=hvc0 quiet lodge.run=idle'
for i in $(seq 60); do
	lodge console stock --log | grep -q '^guest: idle' && break
	sleep 1
done
check 'dump-core of a stock guest' lodge dump-core stock "$tmp/stock"
check 'the file is sparse' test "$(du -k "$tmp/stock" | cut -f 1)" -lt 110000
# A dump that is interrupted lets the guest go on.
lodge dump-core stock "$tmp/broken" &
sleep 0.2
kill -9 $!
wait $! 2>/dev/null
before=$(lodge show stock -j | json cpu_time_ns)
sleep 2
check 'whoever dies while dumping does no harm' test "$(lodge show stock -j | json cpu_time_ns)" -gt "$before"
rm -f "$tmp/broken"
# One that is destroyed meanwhile ends all the same.
lodge dump-core stock "$tmp/broken" >"$tmp/out" 2>&1 &
sleep 0.2
check 'destroy while it is dumped' lodge destroy stock
wait $! 2>/dev/null
check 'no half file is left' sh -c "[ ! -e $tmp/broken ] || grep -q . $tmp/broken"

send runs "$tmp/runs"
send crashed "$tmp/crashed"
head -c 65536 "$tmp/stock" >"$tmp/head"
send stock "$tmp/head"
rm -f "$tmp"/runs "$tmp"/paused "$tmp"/crashed "$tmp"/stock "$tmp"/broken
host_end
finish
