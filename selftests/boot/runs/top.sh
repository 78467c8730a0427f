# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --smp 2 --tmux
# limit: 240
#
# lodge top: what it says adds up; and live, on a terminal (tmux's), it obeys keys,
# follows the terminal's size, and leaves the terminal as it was.
. /runs.sh

spinner() { # spinner NAME CPU
	lodge create "$1" --kernel /kselftest/lodge/ends.pv --memory 16M --cmdline end=spin --no-store &&
		lodge vcpu-pin "$1" all "$2"
}

# of FILE OBJECT KEY: KEY's value in the object that says OBJECT, in JSON
of() {
	tr '{' '\n' <"$1" | grep -F "$2" | head -n 1 | sed "s/.*\"$3\":\"*\([^,\"}]*\).*/\1/"
}

sum() { # sum FILE KEY: of all objects
	tr '{' '\n' <"$1" | sed -n "s/.*\"$2\":\([0-9.]*\).*/\1/p" | awk '{ s += $1 } END { print s + 0 }'
}

near() { # near A B BY
	echo "# $1, $2"
	awk -v a="$1" -v b="$2" -v by="$3" 'BEGIN { exit !(a - b <= by && b - a <= by) }'
}

least() { # least A B: is A at least B?
	echo "# $1"
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'
}

host_begin
check 'a spinner on CPU 0' spinner one 0
check 'two on CPU 1' spinner two 1
check 'the second' spinner three 1

check 'batch, as JSON' sh -c "lodge top -j -n 1 -d 3s >$tmp/json"
j=$tmp/json
sed 's/^/# /' $j
domains=$(awk -v a="$(of $j '"name":"one"' cpu_percent)" -v b="$(of $j '"name":"two"' cpu_percent)" \
	-v c="$(of $j '"name":"three"' cpu_percent)" 'BEGIN { print a + b + c }')
check 'three spinners have nearly two pCPUs' least "$domains" 170
check 'that is what the pCPUs say' near "$domains" "$(sum $j domains_percent)" 4
host=$(of $j '"name":"domain-0"' cpu_percent)
check 'and domain 0 has the rest' near "$(awk -v a="$domains" -v b="$host" \
	-v c="$(sum $j idle_percent)" 'BEGIN { print a + b + c }')" 200 4
check 'who always runs is always waiting otherwise' near \
	"$(awk -v a="$(of $j '"name":"two"' cpu_percent)" -v b="$(of $j '"name":"two"' steal_percent)" \
	'BEGIN { print a + b }')" 100 3
check 'two of equal weight have as much' near "$(of $j '"name":"two"' cpu_percent)" \
	"$(of $j '"name":"three"' cpu_percent)" 10
check 'the pCPU goes from one to the other' least "$(of $j '"pcpu":1' switches_per_s)" 5
check 'two are in its queue' [ "$(of $j '"pcpu":1' runnable)" = 2 ]

lodge pause three
check 'vCPUs, as JSON' sh -c "lodge top -v -j -n 1 -d 1s >$tmp/vcpus"
check 'the paused one has nothing' [ "$(of $tmp/vcpus '"name":"three"' cpu_percent)" = 0 ]
check 'and waits for nothing' [ "$(of $tmp/vcpus '"name":"three"' steal_percent)" = 0 ]
lodge stat three -j >$tmp/stat
classes=$(sed 's/.*"exits_by_class":\[\([^]]*\).*/\1/' $tmp/stat | tr '{' '\n' |
	sed -n 's/.*"count":\([0-9]*\).*/\1/p' | awk '{ s += $1 } END { print s + 0 }')
check 'its exits are those of all classes' [ "$classes" = "$(json exits <$tmp/stat)" ]
check 'and there are some' [ "$classes" -gt 0 ]
check 'as text, twice' sh -c "lodge top -b -n 2 -d 200ms -s name >$tmp/text"
check 'two headings' [ "$(grep -c '^lodge top .* 3 domains, 2 pCPUs' $tmp/text)" = 2 ]
check 'in the order of names' [ "$(awk '/^ *[0-9]+ [a-z]/ { printf "%s ", $2 }' $tmp/text)" = \
	'domain-0 one three two domain-0 one three two ' ]
sed 's/^/# /' $tmp/text
lodge unpause three
expect 'no unit' 2 lodge top -b -d 5
expect 'too short' 2 lodge top -b -d 1ms
expect 'no such column' 2 lodge top -b -s nothing
expect 'not on a terminal' 2 lodge top

# ---- live ----

export LC_ALL=C.UTF-8 TMUX_TMPDIR=$tmp
shows() { # shows TEXT: soon, on tmux's screen
	for shows_try in $(seq 40); do
		tmux capture-pane -p -t t >$tmp/screen
		! grep -Eq "$1" $tmp/screen || return 0
		sleep 0.25
	done
	sed 's/^/# |/' $tmp/screen
	return 1
}

gone() { # gone TEXT: soon it is not there any more
	for gone_try in $(seq 40); do
		tmux capture-pane -p -t t >$tmp/screen
		grep -Eq "$1" $tmp/screen || return 0
		sleep 0.25
	done
	sed 's/^/# |/' $tmp/screen
	return 1
}

key() {
	tmux send-keys -t t "$@"
}

# A shell that says how the terminal is, before and after.
cat >$tmp/shell <<-'END'
	PS1='ready> '
END
tmux -f /dev/null new-session -d -s t -x 100 -y 30 "env ENV=$tmp/shell TERM=screen sh -i"
shows '^ready>' || { not_ok 'a terminal'; finish; }
ok 'a terminal'
key "stty -g >$tmp/stty.before; echo before" Enter
check 'with a shell' shows '^before'
key 'lodge top -d 500ms' Enter
check 'live: the pCPUs' shows '^pCPU 1: domains +[0-9.]+ %, host'
check 'the columns, as many as fit' shows 'ID NAME +STATE +VCPUS +WEIGHT +%CPU %STEAL.*MEMORY +TIME *$'
check 'the spinners' shows '^ +[0-9]+ one +running +1 '
sed 's/^/# |/' $tmp/screen
check 'the shell is not seen' gone '^before'
key N
check 'N sorts by name' shows '^ *0 domain-0' && sleep 0.6
tmux capture-pane -p -t t >$tmp/screen
check 'in order' [ "$(awk '/^ *[0-9]+ [a-z]/ { printf "%s ", $2 }' $tmp/screen)" = 'domain-0 one three two ' ]
key r
check 'r turns it round' shows '^ *0 domain-0' && sleep 0.6
tmux capture-pane -p -t t >$tmp/screen
check 'round' [ "$(awk '/^ *[0-9]+ [a-z]/ { printf "%s ", $2 }' $tmp/screen)" = 'two three one domain-0 ' ]
key v
check 'v shows vCPUs' shows 'NAME +VCPU STATE +PCPU'
check 'and where they are' shows '^ +[0-9]+ one +0 runnable +0 '
key v h
check 'h shows the keys' shows 'move in the list'
sed 's/^/# |/' $tmp/screen
key x
check 'any key goes back' shows 'ID NAME +STATE'
tmux resize-window -t t -x 50 -y 8
check 'a small terminal: fewer columns' gone 'MEMORY'
check 'it still says who' shows '^ +[0-9]+ one '
sed 's/^/# |/' $tmp/screen
tmux resize-window -t t -x 160 -y 40
check 'a large one: all of them' shows 'EXIT/s HCALL/s +SYSC/s +FAULT/s +EMUL/s +IRQ/s +EVENT/s'
sed 's/^/# |/' $tmp/screen
check 'a domain comes' spinner four 0
check 'and is shown' shows '^ +[0-9]+ four +running'
check 'it goes' lodge destroy four
check 'and is not shown' gone ' four '
key q
check 'q: the shell is back' shows '^before'
check 'and what top drew is gone' gone 'pCPU 1:'
key "stty -g >$tmp/stty.after; echo after" Enter
check 'it obeys' shows '^after'
check 'the terminal is as it was' cmp $tmp/stty.before $tmp/stty.after
check 'its cursor is there, its first screen too' [ "$(tmux display-message -p -t t \
	'#{cursor_flag} #{alternate_on}')" = '1 0' ]
key 'lodge top' Enter
check 'again' shows '^pCPU 1: domains'
kill -TERM "$(pidof lodge)"
check 'a signal ends it as well' shows '^after'
key "stty -g >$tmp/stty.after; echo last" Enter
check 'it obeys' shows '^last'
check 'the terminal is as it was' cmp $tmp/stty.before $tmp/stty.after
key 'TERM=nonsense lodge top; echo status $?' Enter
check 'a terminal that nobody knows is refused' shows 'is not known here'
check 'with status 1' shows '^status 1'
key 'lodge top -n 1 -d 100ms; echo status $?' Enter
check '-n ends it' shows '^status 0'
tmux kill-server

for name in one two three; do
	check "destroy $name" lodge destroy $name
done
host_end
finish
