// SPDX-License-Identifier: GPL-2.0-only
/*
 * bvt_heap.c: the order of a run queue.
 */
#include "bvt.h"

/**
 * DOC: bvt_heap
 *
 * Leftist heaps: the least node is the root; insertion and the removal of any
 * node take O(log n) steps, without recursion or allocation.  Called by bvt.c.
 */

/**
 * bvt_node_before() - does one node come before another?
 * @a: a node
 * @b: another, of the same queue
 *
 * Return: true if so; first come, first served among equals.
 */
bool bvt_node_before(const struct bvt_node *a, const struct bvt_node *b)
{
	s64 diff = (s64)(a->key_vt - b->key_vt);

	return diff ? diff < 0 : (s64)(a->seq - b->seq) < 0;
}

static u32 node_dist(const struct bvt_node *n)
{
	return n ? n->dist : 0;
}

/*
 * The longer side goes left, so the right spine is never longer than
 * log2(n + 1).  Returns false when nothing changed for the parent.
 */
static bool node_fix(struct bvt_node *n)
{
	u32 old = n->dist;

	if (node_dist(n->left) < node_dist(n->right)) {
		struct bvt_node *t = n->left;

		n->left = n->right;
		n->right = t;
	}
	n->dist = node_dist(n->right) + 1;
	return n->dist != old;
}

/* Merge two trees along their right spines; both may be empty. */
static struct bvt_node *node_merge(struct bvt_node *a, struct bvt_node *b)
{
	struct bvt_node *root = NULL, *last = NULL, *t;
	struct bvt_node **link = &root;

	while (a && b) {
		if (bvt_node_before(b, a)) {
			t = a;
			a = b;
			b = t;
		}
		*link = a;
		a->parent = last;
		last = a;
		link = &a->right;
		a = a->right;
	}
	*link = a ? a : b;
	if (*link)
		(*link)->parent = last;
	for (; last; last = last->parent)
		node_fix(last);
	return root;
}

/**
 * bvt_heap_insert() - put a node into a heap
 * @h: the heap
 * @n: a node that is in none
 * @key_vt: its key
 * @seq: of the queue; orders equal keys
 */
void bvt_heap_insert(struct bvt_heap *h, struct bvt_node *n, u64 key_vt, u64 seq)
{
	n->parent = NULL;
	n->left = NULL;
	n->right = NULL;
	n->dist = 1;
	n->key_vt = key_vt;
	n->seq = seq;
	h->root = node_merge(h->root, n);
}

/**
 * bvt_heap_remove() - take a node out of its heap, wherever it is in there
 * @h: the heap
 * @n: the node
 */
void bvt_heap_remove(struct bvt_heap *h, struct bvt_node *n)
{
	struct bvt_node *up = n->parent;
	struct bvt_node *sub = node_merge(n->left, n->right);

	if (sub)
		sub->parent = up;
	if (!up) {
		h->root = sub;
		return;
	}
	if (up->left == n)
		up->left = sub;
	else
		up->right = sub;
	/*
	 * While distances change on this way, the old ones (if they grow) or the
	 * new ones (if they shrink) rise by one at each step: log2(n) steps.
	 */
	while (up && node_fix(up))
		up = up->parent;
}
