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
 * Who is meant by a domain id?  *d is a reference to another live domain, or
 * NULL: the caller itself if @id says so, else domain 0, which has no ports.
 */
static int find_domain(struct vcpu *v, domid_t id, struct domain **d)
{
	*d = NULL;
	if (id == DOMID_SELF || id == v->domain->id || id == 0)
		return 0;
	if (id >= DOMID_FIRST_RESERVED)
		return -ESRCH;
	*d = domain_get(id);
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
	if (d)
		domain_put(d);
	return -EPERM;
}

static struct vcpu *find_vcpu(struct domain *d, u32 id)
{
	if (id >= d->nr_vcpus)
		return NULL;
	return d->vcpu[array_index_nospec(id, LODGE_MAX_VCPUS)];
}

static long op_alloc_unbound(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_alloc_unbound *op = &arg->alloc_unbound;
	struct domain *d = v->domain;
	struct evtchn *chn;
	unsigned long flags;
	int ret = check_self(v, op->dom);

	if (ret)
		return ret;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	ret = evtchn_alloc(d);
	if (ret > 0) {
		chn = evtchn_get(d, ret);
		chn->state = EVTCHN_UNBOUND;
		chn->remote_id = op->remote_dom == DOMID_SELF ? d->id : op->remote_dom;
		op->port = ret;
		ret = 0;
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return ret;
}

/* Both locks are held. */
static int bind_pair(struct domain *d, struct domain *remote, u32 remote_port)
{
	struct evtchn *peer = evtchn_get(remote, remote_port);
	struct evtchn *chn;
	int port;

	if (!peer || peer->state != EVTCHN_UNBOUND || peer->remote_id != d->id)
		return -EINVAL;
	port = evtchn_alloc(d);
	if (port < 0)
		return port;

	chn = evtchn_get(d, port);
	chn->state = EVTCHN_INTERDOMAIN;
	chn->remote = remote;
	chn->remote_port = remote_port;
	peer->state = EVTCHN_INTERDOMAIN;
	peer->remote = d;
	peer->remote_port = port;

	/* What was sent to the unbound port is lost: let the binder look. */
	evtchn_set_pending(d, chn, port);
	return port;
}

/* Both ends in one domain. */
static int bind_self(struct domain *d, u32 port)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	ret = bind_pair(d, d, port);
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return ret;
}

static int bind_remote(struct domain *d, struct domain *remote, u32 remote_port)
{
	struct domain *first = d->id < remote->id ? d : remote;
	struct domain *second = first == d ? remote : d;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&first->evtchn_lock, flags);
	spin_lock_nested(&second->evtchn_lock, SINGLE_DEPTH_NESTING);
	ret = bind_pair(d, remote, remote_port);
	spin_unlock(&second->evtchn_lock);
	spin_unlock_irqrestore(&first->evtchn_lock, flags);
	return ret;
}

static long op_bind_interdomain(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_bind_interdomain *op = &arg->bind_interdomain;
	struct domain *d = v->domain, *remote;
	int ret;

	ret = find_domain(v, op->remote_dom, &remote);
	if (ret)
		return ret;
	if (remote) {
		ret = bind_remote(d, remote, op->remote_port);
		domain_put(remote);
	} else {
		ret = op->remote_dom ? bind_self(d, op->remote_port) : -EINVAL;
	}
	if (ret < 0)
		return ret;
	op->local_port = ret;
	return 0;
}

static long op_bind_virq(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_bind_virq *op = &arg->bind_virq;
	struct domain *d = v->domain;
	struct evtchn *chn;
	struct vcpu *target;
	unsigned long flags;
	u32 virq;
	int ret;

	if (op->virq >= NR_VIRQS)
		return -EINVAL;
	virq = array_index_nospec(op->virq, NR_VIRQS);
	if (virq_is_global(virq) && op->vcpu)
		return -EINVAL;
	target = find_vcpu(d, op->vcpu);
	if (!target)
		return -ENOENT;

	spin_lock_irqsave(&d->evtchn_lock, flags);
	ret = target->virq_port[virq] ? -EEXIST : evtchn_alloc(d);
	if (ret > 0) {
		chn = evtchn_get(d, ret);
		chn->state = EVTCHN_VIRQ;
		chn->vcpu = target->id;
		chn->virq = virq;
		target->virq_port[virq] = ret;
		op->port = ret;
		ret = 0;
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return ret;
}

static long op_bind_ipi(struct vcpu *v, union evtchn_arg *arg)
{
	struct evtchn_bind_ipi *op = &arg->bind_ipi;
	struct domain *d = v->domain;
	struct vcpu *target = find_vcpu(d, op->vcpu);
	struct evtchn *chn;
	unsigned long flags;
	int ret;

	if (!target)
		return -ENOENT;
	spin_lock_irqsave(&d->evtchn_lock, flags);
	ret = evtchn_alloc(d);
	if (ret > 0) {
		chn = evtchn_get(d, ret);
		chn->state = EVTCHN_IPI;
		chn->vcpu = target->id;
		op->port = ret;
		ret = 0;
	}
	spin_unlock_irqrestore(&d->evtchn_lock, flags);
	return ret;
}

/* No domain has physical interrupts. */
static long op_bind_pirq(struct vcpu *v, union evtchn_arg *arg)
{
	return -EPERM;
}

static long op_close(struct vcpu *v, union evtchn_arg *arg)
{
	return evtchn_close(v->domain, arg->close.port, false);
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
	struct evtchn_bind_vcpu *op = &arg->bind_vcpu;
	struct domain *d = v->domain;
	struct vcpu *target = find_vcpu(d, op->vcpu);
	struct evtchn *chn;
	unsigned long flags;
	int ret = -EINVAL;

	if (!target)
		return -ENOENT;
	spin_lock_irqsave(&d->evtchn_lock, flags);
	chn = evtchn_get(d, op->port);
	switch (chn ? chn->state : EVTCHN_FREE) {
	case EVTCHN_VIRQ:
		if (!virq_is_global(chn->virq))
			break;
		fallthrough;
	case EVTCHN_UNBOUND:
	case EVTCHN_INTERDOMAIN:
	case EVTCHN_HOST:
		WRITE_ONCE(chn->vcpu, target->id);
		ret = 0;
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

	if (ret)
		return ret;
	while (*port < NR_EVTCHNS) {
		*port = find_next_bit(d->evtchn->used, NR_EVTCHNS, *port);
		evtchn_close(d, *port, true);
		*port += 1;
		if (!(++n % 64) && vcpu_should_yield(v))
			return -ERESTART;
	}
	return 0;
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
