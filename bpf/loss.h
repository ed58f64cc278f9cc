/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Losses, counted where they happen: per cgroup and reason, or in the owner's own bucket when it has too many counters. */
#ifndef LOSS_H
#define LOSS_H

#include "shares.h"

#define LOSS_COUNTERS 4096

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LOSS_COUNTERS);
	__type(key, struct loss_key);
	__type(value, struct program_loss);
} losses SEC(".maps");

/* How many of an owner's counters user space has freed since the programs were loaded: it alone writes here. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, OWNERS);
	__type(key, u32);
	__type(value, u64);
} loss_counters_freed SEC(".maps");

static __always_inline void add_loss(struct loss *loss, u64 now, u64 count)
{
	u64 epoch = shared.loss_epoch;

	if (loss->epoch != epoch || !loss->count) {
		loss->epoch = epoch;
		loss->first_ns = now;
	}
	loss->last_ns = now;
	__sync_fetch_and_add(&loss->count, count);
}

static __always_inline void add_loss_counter(u32 owner_index, struct owner *owner, const struct loss_key *key,
					     const struct program_loss *fresh)
{
	u64 *freed = bpf_map_lookup_elem(&loss_counters_freed, &owner_index);
	u64 used = shared.loss_counters - shared.loss_counters_freed;

	if (!freed || !may_add(owner->loss_counters - *freed, used, LOSS_COUNTERS))
		return;
	/* Two CPUs may race here: NOEXIST, so that neither resets the other's count. */
	if (bpf_map_update_elem(&losses, key, fresh, BPF_NOEXIST))
		return;
	__sync_fetch_and_add(&owner->loss_counters, 1);
	__sync_fetch_and_add(&shared.loss_counters, 1);
}

static __always_inline int add_loss_of(const struct loss_key *key, const struct program_loss *fresh, u64 count)
{
	struct program_loss *found = bpf_map_lookup_elem(&losses, key);
	u64 now = bpf_ktime_get_boot_ns();
	u32 owner_index = key->owner, reason = key->reason;
	struct owner *owner = NULL;

	if (!found) {
		owner = bpf_map_lookup_elem(&owners, &owner_index);
		if (owner)
			add_loss_counter(owner_index, owner, key, fresh);
		found = bpf_map_lookup_elem(&losses, key);
	}
	if (found)
		add_loss(&found->loss, now, count);
	else if (owner && reason < LOSS_REASONS)
		add_loss(&owner->overflow[reason], now, count);
	__sync_fetch_and_add(&shared.losses, count);
	return 0;
}

/* Not inlined: it is rare, and many programs use it. */
static __noinline int count_losses(u64 cgroup, u32 owner, u32 reason, u32 count)
{
	struct loss_key key = { .cgroup = cgroup, .owner = owner, .reason = reason };
	struct program_loss fresh = {};

	return add_loss_of(&key, &fresh, count);
}

static __always_inline int count_loss(u64 cgroup, u32 owner, u32 reason)
{
	return count_losses(cgroup, owner, reason, 1);
}

#endif
