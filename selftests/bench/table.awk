# SPDX-License-Identifier: GPL-2.0-only
#
# table.awk: rows, and what ./run printed natively and for lodge, as tables or,
# with json=1, as one JSON object.

FNR == 1 { file++ }

file == 1 && !/^#/ && NF > 3 {
	kind[++rows] = $1
	name[rows] = $2
	xen[rows] = $3
	text[rows] = $4
	for (i = 5; i <= NF; i++)
		text[rows] = text[rows] " " $i
}

# The boot is counted in the guest's seconds, of 1 ns an instruction.
$1 == "bench" && NF == 3 {
	ticks[file, $2] = $2 == "uptime_seconds" ? $3 * 1e9 : $3
}

$1 == "step" {
	at = $2 SUBSEP $3
	times[$2] = $4
}

$1 == "counter" {
	if (!($2 in counters)) {
		counters[$2] = ++nr_counters
		counter[nr_counters] = $2
	}
	value[at, $2] = $3
	last = at
}

# How often COUNTER went up by one operation OP, without what stepping costs.
function per(op, counter_name, all, nothing) {
	all = value[op, "end", counter_name] - value[op, "begin", counter_name]
	nothing = value["nothing", "end", counter_name] - value["nothing", "begin", counter_name]
	all -= nothing
	return (all > 0 ? all : 0) / times[op]
}

function short(n) {
	return n == "-" ? n : sprintf(n >= 99.95 || n == int(n) ? "%.0f" : "%.2f", n)
}

function whole(n) {
	return n == "-" ? n : sprintf("%.0f", n)
}

# "-" is a number that is not known.
function over(native, lodge) {
	return native == "-" || lodge == "-" ? "-" : lodge - native
}

function number(n) {
	return n == "-" ? "null" : sprintf("%.10g", n)
}

function need(where, op) {
	if ((where, op) in ticks)
		return ticks[where, op]
	printf "bench: no line \"bench %s\" from %s\n", op,
		(where == 2 ? "the native run" : "lodge") >"/dev/stderr"
	failed = 1
	return "-"
}

function operation_json(i, n, l, c, some) {
	l = need(3, name[i])
	printf "%s\n{\"name\":\"%s\"", (i > 1 && kind[i - 1] == kind[i] ? "," : ""), name[i]
	if (kind[i] == "bare") {
		printf ",\"lodge\":%s,\"xen_4_17\":%s}", number(l), number(xen[i])
		return
	}
	n = need(2, name[i])
	printf ",\"native\":%s,\"lodge\":%s,\"overhead\":%s,\"xen_4_17_overhead\":%s",
		number(n), number(l), number(over(n, l)), number(xen[i])
	if (name[i] in times) {
		printf ",\"each\":{"
		for (c = 1; c <= nr_counters; c++)
			if (counter[c] !~ /_ns$|_bytes$/ && per(name[i], counter[c]) > 0) {
				printf "%s\"%s\":%s", some ? "," : "", counter[c],
					number(per(name[i], counter[c]))
				some = 1
			}
		printf "}"
	}
	printf "}"
}

function counters_json(when, c, some) {
	for (c = 1; c <= nr_counters; c++)
		if ((when, counter[c]) in value) {
			printf "%s\"%s\":%s", some ? "," : "", counter[c],
				number(value[when, counter[c]])
			some = 1
		}
}

function print_json(i) {
	printf "{\"unit\":\"instructions\",\"operations\":["
	for (i = 1; i <= rows; i++)
		if (kind[i] == "stock")
			operation_json(i)
	printf "],\n\"bare\":["
	for (i = 1; i <= rows; i++)
		if (kind[i] == "bare")
			operation_json(i)
	printf "],\n\"boot\":{"
	counters_json("start" SUBSEP "end")
	printf "},\n\"run\":{"
	counters_json(last)
	printf "}}\n"
}

function print_stock(i, n, l) {
	printf "Instructions of the whole machine; exits: times the switcher was left.\n\n"
	printf "%-39s %10s %10s %10s %10s %9s %9s %9s\n", "in a stock Linux guest", "native",
		"lodge", "overhead", "Xen 4.17*", "exits", "calls**", "PT writes"
	for (i = 1; i <= rows; i++) {
		if (kind[i] != "stock")
			continue
		n = need(2, name[i])
		l = need(3, name[i])
		printf "%-39s %10s %10s %10s %10s", text[i], whole(n), whole(l), whole(over(n, l)), xen[i]
		if (name[i] in times)
			printf " %9s %9s %9s", short(per(name[i], "exits")),
				short(per(name[i], "switcher_hypercalls")),
				short(per(name[i], "emulated_page_table_writes"))
		printf "\n"
	}
	printf "\n*  what Xen 4.17 adds to native: a constant, measured once in the same machine\n"
	printf "** hypercalls that were done without leaving the switcher; PT writes: emulated ones\n"
}

function print_bare(i) {
	printf "\n%-39s %10s %10s\n", "in a bare PV kernel", "lodge", "Xen 4.17*"
	for (i = 1; i <= rows; i++)
		if (kind[i] == "bare")
			printf "%-39s %10s %10s\n", text[i], whole(need(3, name[i])), xen[i]
	printf "\n*  a constant, as above\n"
}

function print_counters(c, start) {
	start = "start" SUBSEP "end"
	printf "\n%-39s %10s %10s\n", "the domain's counters", "boot", "whole run"
	for (c = 1; c <= nr_counters; c++)
		if (counter[c] !~ /_bytes$/)
			printf "%-39s %10.0f %10.0f\n", counter[c], value[start, counter[c]],
				value[last, counter[c]]
}

END {
	if (json) {
		print_json()
	} else {
		print_stock()
		print_bare()
		print_counters()
	}
	exit failed
}
