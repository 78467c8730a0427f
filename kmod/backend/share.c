// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What a front end shares
 *
 * A front end names grants and an event channel; here they become addresses
 * and a port of domain 0's.  A granted page is used where it lies in the host's
 * direct map: nothing is mapped but rings of more than one page.  All of it stays
 * the guest's to write at any moment; whoever reads it copies first.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "device.h"

/**
 * backend_pin() - use a page that the guest has granted to domain 0
 * @be: whose
 * @ref: grant reference, any value
 * @readonly: it will only be read
 * @pin: out; ended by grant_unpin()
 *
 * Context: process context, IRQs and bottom halves on or a spinlock held; does
 * not sleep.  grant_unpin() likewise: not from a completion in an interrupt.
 * Return: 0, -EINVAL (no such reference), -EPERM (not granted to domain 0, or not
 * so), -ENXIO (it names no frame of the guest's), -ESHUTDOWN (the domain ends).
 */
int backend_pin(struct backend *be, u32 ref, bool readonly, struct grant_pin *pin)
{
	return grant_pin_host(be->domain, ref, readonly, pin);
}

/**
 * backend_map_ring() - map the pages of a ring, one after the other
 * @be: whose
 * @refs: grants of them, any values
 * @nr: 1 to LODGE_BACKEND_RING_PAGES_MAX
 * @ring: out
 *
 * Context: sleepable.
 * Return: 0, -ENOMEM, or as backend_pin(); then there is nothing to undo.
 */
int backend_map_ring(struct backend *be, const u32 *refs, u32 nr, struct backend_ring *ring)
{
	struct page *page[LODGE_BACKEND_RING_PAGES_MAX];
	int ret;

	ring->addr = NULL;
	for (ring->nr = 0; ring->nr < nr; ring->nr++) {
		ret = backend_pin(be, refs[ring->nr], false, &ring->pin[ring->nr]);
		if (ret)
			goto unmap;
		page[ring->nr] = backend_pinned_page(&ring->pin[ring->nr]);
	}
	ring->addr = nr == 1 ? page_address(page[0]) : vmap(page, nr, VM_MAP, PAGE_KERNEL);
	if (ring->addr)
		return 0;
	ret = -ENOMEM;
unmap:
	backend_unmap_ring(ring);
	return ret;
}

/**
 * backend_unmap_ring() - undo backend_map_ring()
 * @ring: nobody uses it any more; nothing happens if it is not mapped
 *
 * Context: sleepable.
 */
void backend_unmap_ring(struct backend_ring *ring)
{
	if (ring->nr > 1 && ring->addr)
		vunmap(ring->addr);
	ring->addr = NULL;
	while (ring->nr)
		grant_unpin(&ring->pin[--ring->nr]);
}

static void port_event(struct evtchn_sink *sink, u32 nr)
{
	struct backend_port *port = container_of(sink, struct backend_port, sink);

	port->event(port);
}

/**
 * backend_bind_port() - the other end of a front end's event channel
 * @be: whose
 * @evtchn: port of the guest's that waits for domain 0, any value
 * @event: takes its events; the first comes before this returns
 * @port: out; stays where it is until backend_close_port()
 *
 * Context: sleepable.
 * Return: 0, -EINVAL (not such a port), -ENOSPC, -ENOMEM, -ESRCH (the domain has ended).
 */
int backend_bind_port(struct backend *be, u32 evtchn, void (*event)(struct backend_port *port),
		      struct backend_port *port)
{
	int ret;

	port->sink.event = port_event;
	port->event = event;
	ret = evtchn_dom0_bind_interdomain(&port->sink, be->domain->id, evtchn);
	port->port = ret > 0 ? ret : 0;
	return ret > 0 ? 0 : ret;
}

/**
 * backend_close_port() - undo backend_bind_port()
 * @port: no event comes from it when this returns; nothing happens if it is not bound
 *
 * Context: sleepable.
 */
void backend_close_port(struct backend_port *port)
{
	if (port->port)
		evtchn_dom0_close(port->port);
	port->port = 0;
}
