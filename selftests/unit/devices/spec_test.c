// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What users say about devices, and files of guests
 *
 * Good and bad descriptions, xl's forms among them, and random ones made from
 * pieces of good ones: these must not crash, and a refusal is one line.
 */
#include <string.h>

#include "config.h"
#include "spec.h"
#include "../ktap.h"

static void test_names(void)
{
	static const struct { const char *name; uint32_t handle; } good[] = {
		{ "xvda", 51712 }, { "xvdb", 51728 }, { "xvda1", 51713 }, { "xvdp15", 51967 },
		{ "xvdq", 1 << 28 | 16 << 8 }, { "xvdaa", 1 << 28 | 26 << 8 },
		{ "xvda16", 1 << 28 | 16 }, { "xvdz255", 1 << 28 | 25 << 8 | 255 },
	};
	static const char * const bad[] = {
		"", "xvd", "xvd1", "sda", "xvdA", "xvda0", "xvda01", "xvda256", "xvda1b",
		"xvdaaaaaaaaaaaaaaaaaaaaaaaa", "xvda99999999999999999999", "xvda ",
	};
	char name[SPEC_NAME_MAX];
	uint32_t handle;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		expect(!disk_name_parse(good[i].name, &handle) && handle == good[i].handle,
		       "%s: %u", good[i].name, handle);
		disk_name_format(name, sizeof(name), good[i].handle);
		expect(!strcmp(name, good[i].name), "%s became %s", good[i].name, name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect(disk_name_parse(bad[i], &handle), "'%s' is %u", bad[i], handle);
	for (int i = 0; i < 100000; i++) {
		uint32_t any = ktap_random_log();

		disk_name_format(name, sizeof(name), any);
		if (!disk_name_parse(name, &handle))
			expect(handle == any || any & 1 << 28, "%s: %u, not %u", name, handle, any);
	}
}

static void test_disks(void)
{
	struct disk_spec d;
	struct errbuf e;

	expect(!disk_parse(&d, "/a.img", &e) && !strcmp(d.target, "/a.img") && !d.handle &&
	       !d.read_only && !d.format[0], "plain");
	expect(!disk_parse(&d, "/dev/sdb,ro,name=xvdb,limit-iops=500,limit-bps=10M", &e) &&
	       d.read_only && d.handle == 51728 && d.limit_iops == 500 &&
	       d.limit_bps == 10 << 20, "own form");
	expect(!disk_parse(&d, "/a.img,qcow2,xvda,rw", &e) && !strcmp(d.format, "qcow2") &&
	       d.handle == 51712 && !d.read_only, "xl's positions");
	expect(!disk_parse(&d, "phy:/dev/vg/x, raw, xvdc, r", &e) &&
	       !strcmp(d.target, "/dev/vg/x") && d.read_only, "xl's prefix: %s", d.target);
	expect(!disk_parse(&d, "/a.iso,,xvdd,cdrom", &e) && d.cdrom && d.read_only, "cdrom");
	expect(!disk_parse(&d, "format=vhd, vdev=xvda, access=rw, target=/a,b=c.vhd", &e) &&
	       !strcmp(d.target, "/a,b=c.vhd") && !strcmp(d.format, "vpc"), "xl's keys: %s",
	       d.target);
	expect(!disk_parse(&d, "/a=b.img,no-discard", &e) && d.no_discard, "= in a name");
}

#define REFUSED(parse, what, said, words) do { \
	struct errbuf err = { "" }; \
	expect((parse)(what, said, &err) == -1, "not refused: %s", said); \
	expect(strstr(err.text, words), "%s: %s", said, err.text); \
} while (0)

static void test_bad_disks(void)
{
	struct disk_spec d;

	REFUSED(disk_parse, &d, "", "missing");
	REFUSED(disk_parse, &d, ",,,", "missing");
	REFUSED(disk_parse, &d, "/a,name=sda", "no name");
	REFUSED(disk_parse, &d, "/a,name=", "empty");
	REFUSED(disk_parse, &d, "/a,nonsense", "no format");
	REFUSED(disk_parse, &d, "/a,access=maybe", "neither");
	REFUSED(disk_parse, &d, "/a,limit-iops=0", "not a number");
	REFUSED(disk_parse, &d, "/a,limit-iops=-1", "not a number");
	REFUSED(disk_parse, &d, "/a,limit-bps=99999999999G", "no rate");
	REFUSED(disk_parse, &d, "/a,limit-bps=1Mx", "no rate");
	REFUSED(disk_parse, &d, "/a,colour=red", "nothing about a disk");
}

static void test_nets(void)
{
	static const uint8_t mac[6] = { 0x00, 0x16, 0x3e, 0x12, 0xab, 0xff };
	struct net_spec n;
	struct errbuf e;

	expect(!net_parse(&n, "nat", &e) && n.kind == NET_NAT && !n.has_mac, "nat");
	expect(!net_parse(&n, "bridge=br0,mac=00:16:3e:12:AB:ff,queues=4", &e) &&
	       n.kind == NET_BRIDGE && !strcmp(n.bridge, "br0") && n.has_mac &&
	       !memcmp(n.mac, mac, 6) && n.queues == 4, "bridge");
	expect(!net_parse(&n, "mac=00:16:3e:00:00:01, bridge=xenbr0, vifname=web, rate=10Mb/s", &e) &&
	       !strcmp(n.ifname, "web") && n.limit_bps == 1250000, "xl: %llu",
	       (unsigned long long)n.limit_bps);
	expect(!net_parse(&n, "route=10.1.2.3", &e) && n.kind == NET_ROUTE, "route");
	expect(!net_parse(&n, "route=fd00::1", &e) && n.kind == NET_ROUTE, "route, IPv6");
	expect(!net_parse(&n, "none,limit-bps=1K", &e) && n.limit_bps == 1024, "none");
}

static void test_bad_nets(void)
{
	struct net_spec n;

	REFUSED(net_parse, &n, "", "where the interface leads");
	REFUSED(net_parse, &n, "mac=00:16:3e:00:00:01", "where the interface leads");
	REFUSED(net_parse, &n, "nat,bridge=br0", "only one");
	REFUSED(net_parse, &n, "bridge=", "empty");
	REFUSED(net_parse, &n, "bridge=a234567890123456", "too long");
	REFUSED(net_parse, &n, "bridge=a b", "no name");
	REFUSED(net_parse, &n, "bridge=../x", "no name");
	REFUSED(net_parse, &n, "bridge=-rf", "no name");
	REFUSED(net_parse, &n, "route=10.1.2", "no IPv4");
	REFUSED(net_parse, &n, "nat,mac=01:16:3e:00:00:01", "one station");
	REFUSED(net_parse, &n, "nat,mac=00:00:00:00:00:00", "one station");
	REFUSED(net_parse, &n, "nat,mac=00:16:3e:00:00:1", "one station");
	REFUSED(net_parse, &n, "nat,mac=00:16:3e:00:00:01:", "one station");
	REFUSED(net_parse, &n, "nat,queues=65", "not a number");
	REFUSED(net_parse, &n, "nat,script=vif-bridge", "not needed");
	REFUSED(net_parse, &n, "bat", "nothing about");
}

static void test_config(void)
{
	static const char text[] =
		"# a guest\nname = 'web' ; memory=512\nextra = \"root=/dev/xvda ro\" # as usual\n"
		"extra += \" quiet \\\"x\\\"\"\n\ndisk = [ '/a.img,raw,xvda,rw',\n  # more\n"
		"\t'/b.img,,xvdb,r', ]\nvif=[]\nvif += ['nat']\n";
	struct config c;
	struct errbuf e;

	if (!expect(!config_parse(&c, text, &e), "%s", e.text) || !expect(c.nr == 5, "%u", c.nr))
		return config_free(&c);
	expect(!strcmp(c.values[0].texts[0], "web"), "%s", c.values[0].texts[0]);
	expect(!strcmp(c.values[1].texts[0], "512") && c.values[1].line == 2, "memory");
	expect(!strcmp(c.values[2].texts[0], "root=/dev/xvda ro quiet \"x\""), "%s",
	       c.values[2].texts[0]);
	expect(c.values[3].is_list && c.values[3].nr == 2 && c.values[3].line == 6, "%u %u",
	       c.values[3].nr, c.values[3].line);
	expect(c.values[4].is_list && c.values[4].nr == 1, "%u", c.values[4].nr);
	config_free(&c);
}

static void test_bad_config(void)
{
	static const struct { const char *text, *words; } bad[] = {
		{ "name", "line 1: there is no =" }, { "\n\n= 3", "line 3: a line must" },
		{ "a = 'x", "does not end" }, { "a = 'x\n'", "does not end" },
		{ "a = x", "neither" }, { "a = 12k", "neither" }, { "a = 1 2", "more than one" },
		{ "a = 1\na = 2", "line 2: a is said a second" }, { "a = [ 'x' 'y' ]", "comma" },
		{ "a = [ 'x',", "neither" }, { "a = ['x']\na += 'y'", "only a list" },
	};
	struct config c;
	struct errbuf e;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		e.text[0] = '\0';
		expect(config_parse(&c, bad[i].text, &e), "not refused: %s", bad[i].text);
		expect(strstr(e.text, bad[i].words), "%s: %s", bad[i].text, e.text);
		config_free(&c);
	}
}

static const char * const pieces[] = {
	"/a.img", ",", ",", ",", "=", "name", "xvda", "ro", "cdrom", "limit-iops=", "9999999999",
	"target=", "format=", "qcow2", " ", "bridge=", "nat", "route=", "10.0.0.1", "mac=",
	"00:16:3e:", "rate=", "10Mb/s", "K", "\n", "#", "'", "\"", "\\", "[", "]", "+=", "a", ";",
};

static void test_random(void)
{
	char text[2048];

	for (int i = 0; i < 200000; i++) {
		unsigned int nr = ktap_random_below(16);
		struct errbuf e = { "" };
		struct disk_spec d;
		struct net_spec n;
		struct config c;
		char *exact;

		text[0] = '\0';
		while (nr--)
			strcat(text, pieces[ktap_random_below(ARRAY_SIZE(pieces))]);
		if (!(i % 4) && text[0])
			text[ktap_random_below(strlen(text))] = ktap_random_below(255) + 1;
		exact = strdup(text);
		if (disk_parse(&d, exact, &e))
			expect(e.text[0] && !strchr(e.text, '\n'), "%s", exact);
		if (net_parse(&n, exact, &e))
			expect(e.text[0] && !strchr(e.text, '\n'), "%s", exact);
		e.text[0] = '\0';
		if (config_parse(&c, exact, &e))
			expect(e.text[0] && !strchr(e.text, '\n'), "%s", exact);
		config_free(&c);
		free(exact);
	}
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	REFUSED(disk_parse, &(struct disk_spec){ 0 }, text, "too long");
	REFUSED(net_parse, &(struct net_spec){ 0 }, text, "too long");
}

static const struct ktap_test tests[] = {
	{ "names of disks", test_names },
	{ "disks", test_disks },
	{ "bad disks", test_bad_disks },
	{ "network interfaces", test_nets },
	{ "bad network interfaces", test_bad_nets },
	{ "configuration files", test_config },
	{ "bad configuration files", test_bad_config },
	{ "random descriptions", test_random },
};

KTAP_MAIN(tests)
