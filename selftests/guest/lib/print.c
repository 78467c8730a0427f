// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The console ring, with console_io as the fallback, and the few text
 * functions that a freestanding program must bring along.
 */
#include "guest.h"

volatile struct xencons_interface *console_ring;

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;

	asm volatile("rep movsb" : "+D" (d), "+S" (src), "+c" (n) : : "memory");
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;

	asm volatile("rep stosb" : "+D" (d), "+c" (n) : "a" (c) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--, a++, b++)
		;
	return n ? (u8)*a - (u8)*b : 0;
}

const char *strstr(const char *hay, const char *needle)
{
	size_t n = strlen(needle);

	for (; *hay; hay++)
		if (!strncmp(hay, needle, n))
			return hay;
	return NULL;
}

/* The ring's page lies in the initial mapping; find it by its mfn. */
void console_init(void)
{
	const u64 *p2m = (const u64 *)start_info->mfn_list;
	u64 pfn;

	for (pfn = 0; pfn < start_info->nr_pages; pfn++)
		if (p2m[pfn] == start_info->console.domU.mfn) {
			console_ring = pfn_to_va(pfn);
			return;
		}
}

static void console_kick(void)
{
	struct evtchn_send send = { .port = start_info->console.domU.evtchn };

	hc2(event_channel_op, EVTCHNOP_send, &send);
}

void console_write(const char *text, size_t len)
{
	volatile struct xencons_interface *c = console_ring;
	u32 prod;

	if (!c) {
		hc3(console_io, CONSOLEIO_write, len, text);
		return;
	}
	for (prod = c->out_prod; len; len--) {
		while (prod - c->out_cons >= sizeof(c->out)) {
			c->out_prod = prod;
			console_kick();
			hc2(sched_op, SCHEDOP_yield, 0);
		}
		c->out[prod++ % sizeof(c->out)] = *text++;
	}
	barrier_();
	c->out_prod = prod;
	console_kick();
}

/* Wait, within reason, until the other side has read everything. */
void console_drain(void)
{
	volatile struct xencons_interface *c = console_ring;
	unsigned long n;

	for (n = 0; c && c->out_cons != c->out_prod && n < 200000; n++) {
		if (n % 1000 == 0)
			console_kick();
		hc2(sched_op, SCHEDOP_yield, 0);
	}
}

static char *put_number(char *p, char *end, u64 n, unsigned int base)
{
	char digits[24];
	int i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	while (i && p < end)
		*p++ = digits[--i];
	return p;
}

/* %s %c %d %u %x with l, and %p; enough for a test. */
int format_text(char *buf, size_t size, const char *fmt, __builtin_va_list ap)
{
	char *p = buf, *end = buf + size - 1;
	const char *s;
	bool wide;
	long v;

	for (; *fmt && p < end; fmt++) {
		if (*fmt != '%') {
			*p++ = *fmt;
			continue;
		}
		for (wide = false, fmt++; *fmt == 'l'; fmt++)
			wide = true;
		switch (*fmt) {
		case 's':
			for (s = __builtin_va_arg(ap, const char *); *s && p < end; s++)
				*p++ = *s;
			break;
		case 'c':
			*p++ = __builtin_va_arg(ap, int);
			break;
		case 'd':
			v = wide ? __builtin_va_arg(ap, long) : __builtin_va_arg(ap, int);
			if (v < 0) {
				*p++ = '-';
				v = -v;
			}
			p = put_number(p, end, v, 10);
			break;
		case 'u':
		case 'x':
			p = put_number(p, end, wide ? __builtin_va_arg(ap, u64) :
				       __builtin_va_arg(ap, u32), *fmt == 'x' ? 16 : 10);
			break;
		case 'p':
			p = put_number(p, end, __builtin_va_arg(ap, u64), 16);
			break;
		default:
			*p++ = *fmt;
		}
	}
	*p = 0;
	return p - buf;
}

void print(const char *fmt, ...)
{
	char line[512];
	__builtin_va_list ap;
	int len;

	__builtin_va_start(ap, fmt);
	len = format_text(line, sizeof(line), fmt, ap);
	__builtin_va_end(ap);
	console_write(line, len);
}
