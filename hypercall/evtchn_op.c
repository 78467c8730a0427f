// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: event_channel_op
 *
 * The hypercall: copies the argument in, carries the command out on the
 * caller's own ports, copies the answer back.  Another domain comes in only
 * as the remote end of bind_interdomain; naming one elsewhere is -EPERM.
 *
 * The FIFO commands (init_control, expand_array, set_priority) are refused
 * with -ENOSYS: stock Linux then uses the 2-level ABI.
 */
#include <linux/nospec.h>
#include <linux/string.h>
#include "evtchn.h"

union evtchn_arg {
	struct evtchn_alloc_unbound alloc_unbound;
	struct evtchn_bind_interdomain bind_interdomain;
	struct evtchn_bind_virq bind_virq;
	struct evtchn_bind_ipi bind_ipi;
	struct evtchn_bind_pirq bind_pirq;
	struct evtchn_close close;
	struct evtchn_send send;
	struct evtchn_status status;
	struct evtchn_bind_vcpu bind_vcpu;
	struct evtchn_unmask unmask;
	struct evtchn_reset reset;
};

struct evtchn_cmd {
	long (*fn)(struct vcpu *v, union evtchn_arg *arg);
	u8 size;
	bool answers;		/* copy the argument back on success */
};

/*
 * Who is meant by a domain id?  *d has a reference afterwards.  A record of a
 * domain that has ended is no domain.
 */
static int find_domain(struct vcpu *v, domid_t id, struct domain **d)
{
	if (id == DOMID_SELF || id == v->domain->id) {
		*d = v->domain;
		kref_get(&v->domain->ref);
		return 0;
	}
	*d = evtchn_find_domain(id);
	return *d ? 0 : -ESRCH;
}

/* For commands that an ordinary domain may only use on itself. */
static int check_self(struct vcpu *v, domid_t id)
{
	struct domain *d;
	int ret;

	if (id == DOMID_SELF || id == v->domain->id)
		return 0;
	ret = find_domain(v, id, &d);
	if (ret)
		return ret;
	domain_put(d);
	return -EPERM;
}

/* A new port goes into the answer; what is not one is the error. */
static long answer(int ret, evtchn_port_t *port)
{
	if (ret < 0)
		return ret;
	*port = ret;
	return 0;
}

static long op_alloc_unbound(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_alloc_unbound *op = &arg->alloc_unbound;
	domid_t remote = op->remote_dom == DOMID_SELF ? v->domain->id : op->remote_dom;
	int ret = check_self(v, op->dom);

	if (ret)
		return ret;
	return answer(evtchn_bind_unbound(v->domain, remote, NULL), &op->port);
}

static long op_bind_interdomain(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_bind_interdomain *op = &arg->bind_interdomain;
	struct domain *remote;
	int ret;

	ret = find_domain(v, op->remote_dom, &remote);
	if (ret)
		return ret;
	ret = evtchn_bind_interdomain(v->domain, remote, op->remote_port, NULL);
	domain_put(remote);
	return answer(ret, &op->local_port);
}

static long op_bind_virq(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_bind_virq *op = &arg->bind_virq;

	return answer(evtchn_bind_virq(v->domain, op->virq, op->vcpu, NULL), &op->port);
}

static long op_bind_ipi(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_bind_ipi *op = &arg->bind_ipi;

	return answer(evtchn_bind_ipi(v->domain, op->vcpu), &op->port);
}

/* No domain has physical interrupts. */
static long op_bind_pirq(struct vcpu *v, union evtchn_arg *arg)
{
	return -EPERM;
}

static long op_close(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_close(v->domain, arg->close.port, EVTCHN_BY_OWNER);
}

static long op_send(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_send(v->domain, arg->send.port);
}

static long op_unmask(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_unmask(v->domain, arg->unmask.port);
}

static void fill_status(const struct evtchn *chn, u32 port, struct evtchn_status *st)
{
	switch (chn->state) {
	case EVTCHN_UNBOUND:
		st->status = EVTCHNSTAT_unbound;
		st->u.unbound.dom = chn->remote_id;
		break;
	case EVTCHN_INTERDOMAIN:
		st->status = EVTCHNSTAT_interdomain;
		st->u.interdomain.dom = chn->remote->id;
		st->u.interdomain.port = chn->remote_port;
		break;
	case EVTCHN_HOST:	/* domain 0's end has no number of its own */
		st->status = EVTCHNSTAT_interdomain;
		st->u.interdomain.dom = 0;
		st->u.interdomain.port = port;
		break;
	case EVTCHN_VIRQ:
		st->status = EVTCHNSTAT_virq;
		st->u.virq = chn->virq;
		break;
	case EVTCHN_IPI:
		st->status = EVTCHNSTAT_ipi;
		break;
	default:
		st->status = EVTCHNSTAT_closed;
	}
	st->vcpu = chn->vcpu;
}

static long op_status(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_status *op = &arg->status;
	struct domain *d = v->domain;
	struct evtchn *chn;
	unsigned long flags;
	int ret = check_self(v, op->dom);

	if (ret)
		return ret;
	spin_lock_irqsave(&d->evtchn_lock, flags);
	chn = evtchn_get(d, op->port);
	if (chn)
		fill_status(chn, op->port, op);
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return chn ? 0 : -EINVAL;
}

static long op_bind_vcpu(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_bind_vcpu(v->domain, arg->bind_vcpu.port, arg->bind_vcpu.vcpu);
}

/* One reset at a time.  Return: -EBUSY if another vCPU is at it. */
static int reset_begin(struct domain *d)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	ret = d->evtchn->resetting ? -EBUSY : 0;
	d->evtchn->resetting = true;
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return ret;
}

/* Return: -EAGAIN if another vCPU has opened ports meanwhile. */
static int reset_end(struct domain *d)
{
	unsigned long flags;
	unsigned int port;
	int ret = 0;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	d->evtchn->resetting = false;
	port = 1;
	for_each_set_bit_from(port, d->evtchn->used, NR_EVTCHNS) {
		if (evtchn_get(d, port)->state != EVTCHN_HOST) {
			ret = -EAGAIN;
			break;
		}
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return ret;
}

static long op_reset(struct vcpu *v, union evtchn_arg *arg)
{
	struct domain *d = v->domain;
	int ret = check_self(v, arg->reset.dom);
	u64 *port = &v->resume.done;
	unsigned int n = 0;

	if (!ret && !*port)
		ret = reset_begin(d);
	if (ret)
		return ret;
	/* The next port to look at is at least 1 from here on: we are at it. */
	for (*port = max(*port, 1ULL); *port < NR_EVTCHNS; *port += 1) {
		*port = find_next_bit(d->evtchn->used, NR_EVTCHNS, *port);
		evtchn_close(d, *port, EVTCHN_BY_RESET);
		if (!(++n % 64) && vcpu_should_yield(v))
			return -ERESTART;
	}
	return reset_end(d);
}

#define CMD(_name, _answers)	[EVTCHNOP_##_name] = {		\
	.fn = op_##_name, .size = sizeof(struct evtchn_##_name), .answers = _answers }

static const struct evtchn_cmd evtchn_cmds[] = {
	CMD(bind_interdomain, true),
	CMD(bind_virq, true),
	CMD(bind_pirq, false),
	CMD(close, false),
	CMD(send, false),
	CMD(status, true),
	CMD(alloc_unbound, true),
	CMD(bind_ipi, true),
	CMD(bind_vcpu, false),
	CMD(unmask, false),
	CMD(reset, false),
};

static long event_channel_op(struct vcpu *v, u32 cmd, u64 gva)
{
	const struct evtchn_cmd *c;
	union evtchn_arg arg;
	long ret;

	if (cmd >= ARRAY_SIZE(evtchn_cmds))
		return -ENOSYS;
	c = &evtchn_cmds[array_index_nospec(cmd, ARRAY_SIZE(evtchn_cmds))];
	if (!c->fn)
		return -ENOSYS;
	if (copy_from_guest(v, &arg, gva, c->size))
		return -EFAULT;
	ret = c->fn(v, &arg);
	if (!ret && c->answers && copy_to_guest(v, gva, &arg, c->size))
		ret = -EFAULT;
	return ret;
}

/**
 * hc_event_channel_op() - __HYPERVISOR_event_channel_op
 * @v: the caller
 * @args: EVTCHNOP_*, address of its structure
 */
long hc_event_channel_op(struct vcpu *v, struct hypercall_args *args)
{
	return event_channel_op(v, args->a[0], args->a[1]);
}

/**
 * hc_event_channel_op_compat() - the old form: command and structure in one
 * @v: the caller
 * @args: address of a struct evtchn_op
 */
long hc_event_channel_op_compat(struct vcpu *v, struct hypercall_args *args)
{
	u32 cmd;

	if (copy_from_guest(v, &cmd, args->a[0], sizeof(cmd)))
		return -EFAULT;
	if (cmd > EVTCHNOP_unmask)
		return -ENOSYS;
	return event_channel_op(v, cmd, args->a[0] + offsetof(struct evtchn_op, u));
}
