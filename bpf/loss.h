/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Losses, counted where they happen: per cgroup and reason, or in the owner's own bucket when there are too many cgroups. */
#ifndef LOSS_H
#define LOSS_H

#include "state.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct loss_key);
	__type(value, struct program_loss);
} losses SEC(".maps");

static __always_inline void add_loss(struct loss *loss, u64 now)
{
	u64 epoch = shared.loss_epoch;

	if (loss->epoch != epoch || !loss->count) {
		loss->epoch = epoch;
		loss->first_ns = now;
	}
	loss->last_ns = now;
	__sync_fetch_and_add(&loss->count, 1);
}

static __always_inline int add_loss_of(const struct loss_key *key, const struct program_loss *fresh)
{
	struct owner *bucket;
	struct program_loss *found;
	u64 now = bpf_ktime_get_boot_ns();
	u32 owner = key->owner, reason = key->reason;

	found = bpf_map_lookup_elem(&losses, key);
	if (!found) {
		/* Two CPUs may race here: NOEXIST, so that neither resets the other's count. */
		bpf_map_update_elem(&losses, key, fresh, BPF_NOEXIST);
		found = bpf_map_lookup_elem(&losses, key);
	}
	if (found) {
		add_loss(&found->loss, now);
	} else {
		bucket = bpf_map_lookup_elem(&owners, &owner);
		if (bucket && reason < LOSS_REASONS)
			add_loss(&bucket->overflow[reason], now);
	}
	__sync_fetch_and_add(&shared.losses, 1);
	return 0;
}

/* Not inlined: it is rare, and five programs use it. */
static __noinline int count_loss(u64 cgroup, u32 owner, u32 reason)
{
	struct loss_key key = { .cgroup = cgroup, .owner = owner, .reason = reason };
	struct program_loss fresh = {};

	return add_loss_of(&key, &fresh);
}

#endif
