/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The process table: who descends from which exec. Entries are made at fork, so a parent is known even when it
 * has ended, called setsid or handed its children to init by the time they exec.
 */
#ifndef PROCESSES_H
#define PROCESSES_H

#include "loss.h"

struct process {
	u64 start_ns; /* of the thread group leader: with the pid, the process's identity */
	u64 cgroup;   /* key, at its latest exec */
	struct exec_ref parent;
	u32 exec_number;
	u32 owner;
	u8 lineage;  /* enum lineage */
	u8 has_exec; /* it is an exec itself, so its children descend from it */
	u8 padding[6];
	char comm[16]; /* before the latest rename */
};

/* A hash map with preallocated entries: an LRU would evict the living. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, u32); /* host pid */
	__type(value, struct process);
} processes SEC(".maps");

/*
 * How many entries have a pid that ends in these bits. Pids follow each other, so this is in the cache where the
 * hash's buckets are not: most ends of processes that are not in the table cost no more than this look.
 */
#define PID_FILTER_SLOTS 65536

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32[PID_FILTER_SLOTS]);
} pid_filter SEC(".maps");

static __always_inline u32 *pid_filter_slot(u32 pid)
{
	u32 zero = 0, (*slots)[PID_FILTER_SLOTS] = bpf_map_lookup_elem(&pid_filter, &zero);

	return slots ? &(*slots)[pid & (PID_FILTER_SLOTS - 1)] : NULL;
}

/* May this process be in the table? No false "no". */
static __always_inline bool maybe_tracked(u32 pid)
{
	u32 *slot = pid_filter_slot(pid);

	return !slot || *slot;
}

static __always_inline void count_entry(u32 pid, struct owner *owner, long change)
{
	u32 *slot = pid_filter_slot(pid);

	if (slot)
		__sync_fetch_and_add(slot, change);
	if (owner)
		__sync_fetch_and_add(&owner->processes, change);
	__sync_fetch_and_add(&shared.processes, change);
}

/* The caller's comm of processes that found no place in the table, by pid. */
struct pending_comm {
	u32 pid;
	char comm[16];
	u32 padding;
};

#define PENDING_COMMS 1024

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PENDING_COMMS);
	__type(key, u32);
	__type(value, struct pending_comm);
} pending_comms SEC(".maps");

/*
 * An owner may add an entry while it holds fewer than are free (the dynamic threshold of shared-memory switches):
 * one fork bomb gets half of the table at most, two get a third each, and others always find room.
 */
static __always_inline bool may_add_process(struct owner *owner)
{
	u64 used = shared.processes;

	return used < config.process_limit && owner->processes < config.process_limit - used;
}

/* Takes the entry out; false when another CPU did so first. */
static __always_inline bool remove_process(u32 pid, u32 owner_index)
{
	if (bpf_map_delete_elem(&processes, &pid))
		return false;
	count_entry(pid, bpf_map_lookup_elem(&owners, &owner_index), -1);
	return true;
}

static __always_inline bool add_process(u32 pid, struct process *fresh)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &fresh->owner);
	struct process *stale;

	if (!owner)
		return false;
	if (!may_add_process(owner))
		goto refused;
	if (bpf_map_update_elem(&processes, &pid, fresh, BPF_NOEXIST)) {
		/* An earlier process with this pid whose end was not seen: it is over. */
		stale = bpf_map_lookup_elem(&processes, &pid);
		if (stale)
			remove_process(pid, stale->owner);
		if (bpf_map_update_elem(&processes, &pid, fresh, BPF_NOEXIST))
			goto refused;
	}
	count_entry(pid, owner, 1);
	return true;
refused:
	owner->last_refused_ns = bpf_ktime_get_boot_ns();
	count_loss(fresh->cgroup, fresh->owner, LOST_LINEAGE_TABLE_FULL);
	return false;
}

/* The entry of this process, not of an earlier one with its pid. */
static __always_inline struct process *find_process(u32 pid, u64 start_ns)
{
	struct process *process = bpf_map_lookup_elem(&processes, &pid);

	return process && process->start_ns == start_ns ? process : NULL;
}

/*
 * What to say of the ancestors of a process that has no entry: it came from outside the scope, unless the table
 * was full for this owner after it started.
 */
static __always_inline u8 lineage_without_entry(u32 owner_index, u64 start_ns)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &owner_index);

	return owner && owner->last_refused_ns >= start_ns ? LINEAGE_UNKNOWN : LINEAGE_ROOT;
}

/* Begins to know a process that came into the scope by other ways than fork. */
static __always_inline struct process *adopt_process(u32 pid, u64 start_ns, u64 cgroup, u32 owner, bool runs_already)
{
	struct process fresh = {
		.start_ns = start_ns,
		.cgroup = cgroup,
		.owner = owner,
		.lineage = lineage_without_entry(owner, start_ns),
	};

	/* What it ran so far counts as its exec number 0, unless execs of it may have gone unnumbered. */
	fresh.has_exec = runs_already && fresh.lineage != LINEAGE_UNKNOWN;
	return add_process(pid, &fresh) ? bpf_map_lookup_elem(&processes, &pid) : NULL;
}

static __always_inline void inherit_lineage(struct process *child, u32 parent_pid, const struct process *parent)
{
	if (parent->has_exec) {
		child->parent.pid = parent_pid;
		child->parent.start_ns = parent->start_ns;
		child->parent.exec_number = parent->exec_number;
		child->lineage = LINEAGE_KNOWN;
	} else {
		child->parent = parent->parent;
		child->lineage = parent->lineage;
	}
}

#endif
