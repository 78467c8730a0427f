#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# netlink_spec.sh: the family "lodge" is described three times, and must be the
# same three times: Documentation/netlink/specs/lodge.yaml (for people and YNL),
# kmod/uapi/lodge_netlink.h (for programs), and the policies of the module.
# Each is turned into a sorted list of facts, one a line; diff is the test.
#
# Needs cc and awk. Neither the module nor root.

top=${1:-$(dirname "$0")/..}
spec=$top/Documentation/netlink/specs/lodge.yaml
header=$top/kmod/uapi/lodge_netlink.h
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# The YAML, written in one regular style: keys by their indentation.
#   attr SET NAME NUMBER TYPE       enum NAME ENTRY NUMBER
#   cmd NAME NUMBER                 policy CMD ATTR TYPE MIN MAX
#   unknown CMD ATTR                (an attribute that its set does not have)
spec_facts() {
	awk '
	# As it is written: awk may round large ones.
	function limit(s) { return s == "" ? 0 : s }
	function policy(cmd, set, attr,    key) {
		key = set SUBSEP attr
		print "policy", cmd, attr, type[key], limit(min[key]), limit(max[key])
	}
	function listed(attr) {
		if (!((set_of[cmd], attr) in type))
			print "unknown", cmd, attr
		if (in_request)
			policy(cmd, set_of[cmd], attr)
		if (anchor)
			list[anchor] = list[anchor] " " attr
	}
	/^[ ]*#/ || /^---/ { next }
	/^[a-z]/ { section = $1 }
	{ indent = match($0, /[^ ]/) - 1 }

	section == "definitions:" && indent == 4 && $1 == "name:" { def = $2; n = 0 }
	section == "definitions:" && indent == 8 && $1 == "name:" { entry = $2; gsub("\"", "", entry); print "enum", def, entry, n++ }
	section == "definitions:" && indent == 8 && $1 == "value:" { print "enum-value", def, entry, $2 }

	section == "attribute-sets:" && indent == 4 && $1 == "name:" { set = $2; n = 0 }
	section == "attribute-sets:" && indent == 8 && $1 == "name:" { attr = $2; number = ++n }
	section == "attribute-sets:" && indent == 8 && $1 == "type:" {
		type[set, attr] = $2
		print "attr", set, attr, number, $2
	}
	section == "attribute-sets:" && $1 == "min:" { min[set, attr] = $2 }
	section == "attribute-sets:" && $1 == "exact-len:" { min[set, attr] = max[set, attr] = $2 }
	section == "attribute-sets:" && ($1 == "max:" || $1 == "max-len:") { max[set, attr] = $2 }

	section == "operations:" && indent == 6 && $1 == "name:" { cmd = $2; print "cmd", cmd, ++ncmd }
	section == "operations:" && $1 == "attribute-set:" { set_of[cmd] = $2 }
	section == "operations:" && indent == 8 { in_request = $1 == "request:" }
	section == "operations:" && indent == 6 { in_request = 0 }
	section == "operations:" && $1 == "attributes:" {
		anchor = $2 ~ /^&/ ? substr($2, 2) : ""
		if ($2 ~ /^\*/) {
			count = split(list[substr($2, 2)], names, " ")
			for (i = 1; i <= count; i++)
				listed(names[i])
		}
	}
	section == "operations:" && indent == 12 && $1 == "-" { listed($2) }
	' "$spec" | sort -u
}

# The header: enumerators count on from the last one; the first word of the
# comment of an attribute is its type.
header_facts() {
	awk '
	function dashes(s) { s = tolower(s); gsub("_", "-", s); return s }
	/^enum/ { next_value = 0 }
	/\(__LODGE/ || !/^\tLODGE_/ { next }
	{
		name = $1
		sub(",", "", name)
		if ($2 == "=")
			next_value = $3 + 0
		value = next_value++
	}
	name ~ /^LODGE_CMD_/ { print "cmd", dashes(substr(name, 11)), value }
	name ~ /^LODGE_A_/ {
		rest = substr(name, 9)
		at = index(rest, "_")
		type = "pad"
		if (match($0, /\/\* [a-z0-9]+/))
			type = substr($0, RSTART + 3, RLENGTH - 3)
		print "attr", dashes(substr(rest, 1, at - 1)), dashes(substr(rest, at + 1)), value, type
	}
	match(name, /^LODGE_(DOMAIN_STATE|VCPU_STATE|SHUTDOWN_CODE|WARP|BACKEND_TYPE|BACKEND_STATE)_/) {
		print "enum", dashes(substr(name, 7, RLENGTH - 7)), dashes(substr(name, RLENGTH + 1)), value
	}
	' "$header" | sort
}

# The policies: netlink_policy.h compiled with small stand-ins for the kernel's
# macros, and a line of C for each command of netlink.c that has one.
policy_facts() {
	cat >"$tmp/policy.c" <<-'END'
	#include <stdio.h>
	#include "uapi/lodge.h"
	#include "uapi/lodge_netlink.h"
	#include "bvt.h"
	#define DOMID_FIRST_RESERVED 0x7ff0	/* xen/interface/xen.h */
	#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
	enum { NLA_U32 = 1, NLA_U64, NLA_NUL_STRING, NLA_FLAG, NLA_NESTED, NLA_BINARY, };
	struct netlink_range_validation { unsigned long min, max; };
	struct nla_policy { int type; unsigned long len, min, max; struct netlink_range_validation *range; };
	#define NLA_POLICY_RANGE(_type, _min, _max) { .type = _type, .min = _min, .max = _max }
	#define NLA_POLICY_FULL_RANGE(_type, _range) { .type = _type, .range = _range }
	#define NLA_POLICY_EXACT_LEN(_len) NLA_POLICY_RANGE(NLA_BINARY, _len, _len)
	#define NLA_POLICY_NESTED(_policy) { .type = NLA_NESTED }
	#include "netlink_policy.h"
	static void show(const char *cmd, unsigned int nr, const char *name, const struct nla_policy *policy, unsigned int size)
	{
		const struct nla_policy *p = &policy[nr];
		if (nr >= size || !p->type)
			return;
		static const char *const types[] = { [NLA_U32] = "u32", [NLA_U64] = "u64",
			[NLA_NUL_STRING] = "string", [NLA_FLAG] = "flag", [NLA_NESTED] = "nest",
			[NLA_BINARY] = "binary" };
		if (p->type == NLA_NUL_STRING)
			printf("policy %s %s string 0 %lu\n", cmd, name, p->len);
		else
			printf("policy %s %s %s %lu %lu\n", cmd, name, types[p->type],
			       p->range ? p->range->min : p->min, p->range ? p->range->max : p->max);
	}
	int main(void)
	{
	END
	# Each command with its policy, times each attribute of the policy's set.
	sed -n 's/.*\.cmd\t= LODGE_CMD_\([A-Z_]*\),.*/cmd \1/p; s/.*POLICY(\([a-z_]*\)).*/policy \1/p' \
		"$top/kmod/netlink.c" |
	awk '$1 == "cmd" { cmd = $2 } $1 == "policy" { print cmd, $2 }' |
	while read -r cmd policy; do
		set=$(echo "$policy" | sed 's/_.*//' | tr a-z A-Z)
		dashed=$(echo "$cmd" | tr A-Z_ a-z-)
		grep -v '(__LODGE' "$header" |
			sed -n "s/^\t\(LODGE_A_${set}_\([A-Z_]*\)\)[ ,].*/\1 \2/p" |
		while read -r attr name; do
			echo "show(\"$dashed\", $attr, \"$(echo "$name" | tr A-Z_ a-z-)\", $policy, ARRAY_SIZE($policy));"
		done
	done >>"$tmp/policy.c"
	echo 'return 0; }' >>"$tmp/policy.c"
	${CC:-cc} -Wno-unused -I"$top/kmod" -I"$top/sched" -o "$tmp/policy" "$tmp/policy.c" &&
		"$tmp/policy" | sort
}

nr=0
failed=0
same() { # same NAME FILE FILE
	nr=$((nr + 1))
	if [ -s "$2" ] && diff "$2" "$3" >"$tmp/diff"; then
		echo "ok $nr $1 ($(wc -l <"$2") facts)"
	else
		sed 's/^/# /' "$tmp/diff"
		echo "not ok $nr $1"
		failed=1
	fi
}

echo 'TAP version 13'
echo '1..2'
spec_facts >"$tmp/spec"
header_facts >"$tmp/header"
policy_facts >"$tmp/policies"
grep -v '^policy' "$tmp/spec" >"$tmp/spec-numbers"
grep '^policy' "$tmp/spec" >"$tmp/spec-policies"
same 'specification and header have the same numbers, names and types' "$tmp/spec-numbers" "$tmp/header"
same 'specification and policies accept the same requests' "$tmp/spec-policies" "$tmp/policies"
exit $failed
