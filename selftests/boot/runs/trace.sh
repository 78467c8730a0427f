# SPDX-License-Identifier: GPL-2.0-only
# machine: --smp 2 --memory 1024
# limit: 400
#
# lodge trace beside domains that spin and one that works to a beat: what it counts
# and draws, losses that it tells of, an end by ^C, what a killed one leaves, and
# nothing that goes on after it.
. /runs.sh

tracing=/sys/kernel/tracing

pulse() { # pulse NAME VCPUS WORD...
	pulse_name=$1 pulse_vcpus=$2
	shift 2
	lodge create "$pulse_name" --kernel "$KSFT_DIR/pulse.pv" --memory 32M \
		--vcpus "$pulse_vcpus" --cmdline "$*" >"$tmp/create" 2>&1
}

# vcpu NAME KEY: a number of NAME's vCPU 0 in the summary
vcpu() {
	tr '{' '\n' <"$tmp/sum.json" | grep '"name":"'"$1"'","vcpu":0' | json "$2"
}

# Each line of the JSON is an event: are the fields there that its kind must have?
events_well_formed() {
	sed -n '/^"traceEvents"/,/^\]/p' "$1" | sed '1d;$d' | awk '
		{ n++ }
		!/^\{"ph":"[MXi]","name":"[^"]+","pid":[1-9][0-9]*,"tid":[1-9][0-9]*,.*\},?$/ { bad = 1 }
		/"ph":"X"/ && !/"ts":[0-9]+\.[0-9][0-9][0-9],"dur":[0-9]+\.[0-9][0-9][0-9],/ { bad = 1 }
		/"ph":"i"/ && !/"s":"t","ts":[0-9]+\.[0-9][0-9][0-9],/ { bad = 1 }
		bad { print; exit }
		END { exit bad || n < 20 }'
}

# interrupt SIGNAL: end a trace that would last longer
interrupt() {
	lodge trace all --duration 20s -o "$tmp/end.svg" >"$tmp/end" 2>&1 &
	end_pid=$!
	until [ -n "$(ls $tracing/instances)" ] || ! kill -0 $end_pid; do sleep 1; done
	kill "-$1" $end_pid
	wait $end_pid
}

no_instance() {
	[ -z "$(ls $tracing/instances)" ] && [ "$(cat $tracing/events/lodge/enable)" = 0 ]
}

host_begin
check 'a spinner' pulse spin 2
check 'a domain that works 1 ms every 100 ms' pulse beat 1 work_us=1000 period_us=100000
sleep 1

check 'a picture and a summary' lodge trace all --duration 1s -j -o "$tmp/all.svg"
cp "$tmp/expect" "$tmp/sum.json"
check 'the picture is whole' [ "$(tail -n 1 "$tmp/all.svg")" = '</svg>' ]
check 'with a lane for each' [ "$(grep -cE '>(pCPU [01]|(spin|beat)\.[01])</text>' "$tmp/all.svg")" -ge 5 ]
echo "# spin.0 ran $(vcpu spin runs_ns) ns, beat.0 ran $(vcpu beat runs_ns) ns, woke $(vcpu beat wakes) times, waited $(vcpu beat wake_to_run_median_ns) ns"
check 'the spinner runs' [ "$(vcpu spin runs_ns)" -gt 100000000 ]
check 'and does not sleep' [ "$(vcpu spin sleeps_ns)" -eq 0 ]
check 'the beat wakes' [ "$(vcpu beat wakes)" -gt 0 ]
check 'and sleeps' [ "$(vcpu beat sleeps_ns)" -gt 0 ]
check 'no time is lost' [ $(($(vcpu beat runs_ns) + $(vcpu beat waits_ns) + $(vcpu beat sleeps_ns) + $(vcpu beat off_ns))) -eq 1000000000 ]

check 'JSON of one domain, with exits' lodge trace beat --exits --duration 500ms -o "$tmp/beat.json"
cp "$tmp/expect" "$tmp/numbers"
check 'with numbers for people' grep -q '^beat.0 ' "$tmp/numbers"
check 'the JSON is well formed' events_well_formed "$tmp/beat.json"
check 'and tells of hypercalls' grep -q '"name":"hypercall"' "$tmp/beat.json"
check 'and not of others' [ "$(grep -c '"name":"spin (' "$tmp/beat.json")" -eq 0 ]

lodge trace all --exits --duration 400ms --buffer 4K >"$tmp/out" 2>"$tmp/err"
check 'losses are told' grep -q 'events were lost' "$tmp/err"
lodge pause spin
lodge trace spin --duration 50ms -j >"$tmp/sum.json"
check 'a paused domain is off' [ "$(vcpu spin off_ns)" -eq 50000000 ]

check 'SIGINT ends it' interrupt INT
check 'and it has a picture' [ "$(tail -n 1 "$tmp/end.svg")" = '</svg>' ]
check 'no instance is left' no_instance
interrupt KILL
check 'a killed one leaves an instance' [ -n "$(ls $tracing/instances)" ]
check 'the next one works' lodge trace all --duration 10ms
check 'and removes it' no_instance

refused 'an unknown domain' nobody lodge trace nobody
refused 'a time without a unit' unit lodge trace all --duration 5
refused 'a file of another kind' svg lodge trace all -o x.png
refused 'a directory that is not there' 'cannot write' lodge trace all --duration 1ms -o /none/x.svg

check 'destroy' lodge destroy spin
check 'destroy the other' lodge destroy beat

# rmmod while somebody listens
echo 1 >$tracing/events/lodge/enable
host_end
finish
