# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 8192 --smp 2
# limit: 14400
#
# For $GUEST_SECONDS (two minutes) domains of a crowd of a
# hundred come, go, pause and go on at random moments, some two at once, all spinning.
# Between storms a while of peace, in which those with more weight get more; in the end
# nothing is left.
. /runs.sh
. /crowd.sh
all=$(seq 100)
random=1

# next BOUND: a number of 0..BOUND-1 in $next
next() {
	random=$(((random * 1103515245 + 12345) & 0x7fffffff))
	next=$(((random >> 12) % $1))
}

# The state of number N is in $state_N: none, running, paused.
step() { # step NUMBER
	eval "state=\${state_$1:-none}"
	next 4
	case $state$next in
	none*) crowd_create "$1" && state=running ;;
	running0) lodge pause "c$1" && state=paused ;;
	paused[01]) lodge unpause "c$1" && state=running ;;
	*) crowd_destroy "$1" && state=none ;;
	esac || return
	eval "state_$1=$state"
}

# Another comes and goes at the same time, while there is a storm.
rival() {
	while [ -e "$tmp/storm" ]; do
		crowd_create 101 && crowd_destroy 101 || return
	done
}

storm() { # storm STEPS
	for storm_step in $(seq "$1"); do
		next 100
		step $((next + 1)) || return
		steps=$((steps + 1))
	done
}

peace() {
	crowd_times >"$tmp/before"
	sleep 10
	crowd_times >"$tmp/after"
	for n in $all; do
		eval "state=\${state_$n:-none}"
		[ $state = running ] && echo "c$n"
	done >"$tmp/running"
	for file in before after; do
		awk 'NR == FNR { runs[$1]; next } $1 in runs' "$tmp/running" "$tmp/$file" >"$tmp/$file.runs"
	done
	crowd_shares "$tmp/before.runs" "$tmp/after.runs" 10
}

host_begin
check 'domain 0 gets a fifth' lodge sched domain-0 --weight 5000
steps=0 end=$(($(cut -d. -f1 /proc/uptime) + ${GUEST_SECONDS:-120})) turn=0
while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ]; do
	turn=$((turn + 1))
	touch "$tmp/storm"
	rival >"$tmp/rival" 2>&1 &
	rival=$!
	storm 150 >"$tmp/said" 2>&1
	status=$?
	rm "$tmp/storm"
	[ $status -eq 0 ] || cat "$tmp/said"
	check "storm $turn" [ $status -eq 0 ]
	status=0
	wait $rival || { status=$?; cat "$tmp/rival"; }
	check 'another came and went beside it' [ $status -eq 0 ]
	peace >"$tmp/shares"
	status=$?
	cat "$tmp/shares"
	check "the heavy ones get their share ($turn)" [ $status -eq 0 ]
done
echo "# $steps domains came, went, paused or went on"
for n in $all; do
	eval "state=\${state_$n:-none}"
	[ $state = none ] || check "destroy c$n" crowd_destroy $n
done
host_end
finish
